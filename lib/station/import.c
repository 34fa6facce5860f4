/* SPDX-License-Identifier: ISC */
/*
 * Cell CSV is what others have computed, so a row of it is a statement about a
 * station and no observation: it sets the position, and does not take part in
 * an average.  The time that the file gives decides who is right, so an import
 * can be repeated without effect, and of several files the newest position
 * stays, whatever their order.
 */
#include <math.h>
#include <string.h>

#include "geo/region.h"
#include "station/import.h"

/* The two modules have different values for what is not known. */
static int64_t
time_of_csv(int64_t t)
{
	return t == RADIO_CSV_NO_TIME ? STATION_ROW_NULL : t;
}

/* fmin() and fmax() ignore NaN, so a missing box becomes the point. */
static void
set_position(struct station_row *r, const struct radio_csv_row *csv)
{
	r->lat = csv->lat;
	r->lon = csv->lon;
	r->max_lat = fmax(r->max_lat, csv->lat);
	r->min_lat = fmin(r->min_lat, csv->lat);
	r->max_lon = fmax(r->max_lon, csv->lon);
	r->min_lon = fmin(r->min_lon, csv->lon);
	r->radius = csv->range_m;
	r->samples = csv->samples;
}

/*
 * A row without a time of its own cannot be newer than a stored one, so it
 * only ever makes new stations.
 */
int
station_import_is_newer(int64_t modified, const struct radio_csv_row *csv)
{
	return csv->updated != RADIO_CSV_NO_TIME &&
	    (modified == STATION_ROW_NULL || modified < csv->updated);
}

/*
 * The region stays that of the first import: a
 * cell does not leave its country, and to find the region costs a search of
 * polygons.
 */
enum station_import_outcome
station_import_merge(struct station_row *r, int exists,
    const struct radio_csv_row *csv, int64_t source)
{
	int64_t psc = csv->cell.psc;
	int region;

	if (exists) {
		if (!station_import_is_newer(r->modified, csv))
			return STATION_IMPORT_UNCHANGED;
	} else {
		station_row_init(r);
		radio_cell_key(r->key, &csv->cell);
		region = geo_region_for_cell(csv->lat, csv->lon,
		    csv->cell.mcc);
		if (region != GEO_REGION_NONE)
			memcpy(r->region, geo_region_code(region), 3);
	}
	set_position(r, csv);
	if (source != STATION_ROW_NULL)
		r->source = source;
	if (psc != RADIO_CELL_UNKNOWN)
		r->psc = psc;
	if (csv->created != RADIO_CSV_NO_TIME)
		r->created = csv->created;
	r->modified = time_of_csv(csv->updated);
	return exists ? STATION_IMPORT_UPDATED : STATION_IMPORT_INSERTED;
}
