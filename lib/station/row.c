/* SPDX-License-Identifier: ISC */
/*
 * Zero is a value in nearly all columns (a latitude, a radius, the first day
 * of 1970), so no column may be left as memset() has it.  Who adds a column to
 * a struct adds it here.
 */
#include <math.h>
#include <string.h>

#include "station/row.h"

void
station_row_init(struct station_row *r)
{
	memset(r, 0, sizeof(*r));
	r->lat = r->lon = r->weight = NAN;
	r->max_lat = r->min_lat = r->max_lon = r->min_lon = NAN;
	r->radius = r->samples = r->source = STATION_ROW_NULL;
	r->created = r->modified = r->last_seen = STATION_ROW_NULL;
	r->block_first = r->block_last = r->block_count = STATION_ROW_NULL;
	r->psc = STATION_ROW_NULL;
	r->peak_lat = r->peak_lon = r->spread = STATION_ROW_NULL;
	r->peak_weight = NAN;
}

void
station_row_area_init(struct station_area *a)
{
	memset(a, 0, sizeof(*a));
	a->lat = a->lon = NAN;
	a->radius = a->avg_cell_radius = a->num_cells = STATION_ROW_NULL;
	a->created = a->modified = a->last_seen = STATION_ROW_NULL;
}

void
station_row_centre_init(struct station_centre *c)
{
	memset(c, 0, sizeof(*c));
	c->lat = c->lon = NAN;
	c->spread = STATION_ROW_NULL;
}
