/* SPDX-License-Identifier: ISC */
/*
 * The database adds up the cells of an area by region and by side of the zero
 * meridian, since sums of longitudes from both sides of the date line would
 * mean nothing.  Here these few sums become one area, so that an area of a
 * hundred thousand cells costs no more than a small one, and no cell is read
 * into memory.
 */
#include <math.h>
#include <string.h>

#include "geo/dist.h"
#include "geo/region.h"
#include "radio/cell.h"
#include "station/area.h"
#include "station/row.h"

/* How many cells have the region of part I, on either side. */
static int64_t
votes(const struct station_area_part *parts, size_t n, size_t i)
{
	int64_t sum = 0;
	size_t j;

	for (j = 0; j < n; j++)
		if (strcmp(parts[j].region, parts[i].region) == 0)
			sum += parts[j].cells;
	return sum;
}

/*
 * The region of most cells.  When several have as many: the one where the
 * centre lies, else the first in order; NULL is one, and before the others.
 */
static void
set_area_region(struct station_area *a, const struct station_area_part *parts,
    size_t n)
{
	struct radio_cell cell;
	const char *best = parts[0].region;
	int64_t most = votes(parts, n, 0), v;
	int region, tie = 0;
	size_t i;

	for (i = 1; i < n; i++) {
		if (strcmp(parts[i].region, best) == 0)
			continue;
		v = votes(parts, n, i);
		if (v > most)
			tie = 0;
		else if (v == most)
			tie = 1;
		if (v > most ||
		    (v == most && strcmp(parts[i].region, best) < 0))
			best = parts[i].region;
		if (v > most)
			most = v;
	}
	if (tie) {
		radio_cell_from_area_key(&cell, a->key);
		region = geo_region_for_cell(a->lat, a->lon, cell.mcc);
		if (region != GEO_REGION_NONE)
			best = geo_region_code(region);
	}
	strlcpy(a->region, best, sizeof(a->region));
}

/* A maximum over nothing but NULL is NaN, as fmax() ignores NaN. */
static double
or_else(double value, double other)
{
	return isnan(value) ? other : value;
}

/*
 * Add up all parts, those of the west moved east by SHIFT degrees.  The box is
 * that of the cells' boxes, or of their positions where none is known.  The
 * centre is the mean of the cells and not the middle of the box, so that one
 * cell far out moves it little.
 */
static void
sum_place(const struct station_area_part *parts, size_t n, double shift,
    double *lat, double *lon, struct geo_dist_box *box)
{
	struct geo_dist_box all = { NAN, NAN, NAN, NAN }, pos = all;
	const struct station_area_part *p;
	double cells = 0, move;
	size_t i;

	*lat = *lon = 0;
	for (i = 0; i < n; i++) {
		p = &parts[i];
		move = p->is_west ? shift : 0;
		cells += (double)p->cells;
		*lat += p->sum_lat;
		*lon += p->sum_lon + (double)p->cells * move;
		pos.max_lat = fmax(pos.max_lat, p->pos_max_lat);
		pos.min_lat = fmin(pos.min_lat, p->pos_min_lat);
		pos.max_lon = fmax(pos.max_lon, p->pos_max_lon + move);
		pos.min_lon = fmin(pos.min_lon, p->pos_min_lon + move);
		all.max_lat = fmax(all.max_lat, p->box_max_lat);
		all.min_lat = fmin(all.min_lat, p->box_min_lat);
		all.max_lon = fmax(all.max_lon, p->box_max_lon + move);
		all.min_lon = fmin(all.min_lon, p->box_min_lon + move);
	}
	*lat /= cells;
	*lon /= cells;
	box->max_lat = or_else(all.max_lat, pos.max_lat);
	box->min_lat = or_else(all.min_lat, pos.min_lat);
	box->max_lon = or_else(all.max_lon, pos.max_lon);
	box->min_lon = or_else(all.min_lon, pos.min_lon);
}

/*
 * An area that lies on both sides of the date line would seem to reach around
 * the world.  So when its box is wider than half of the world it is added up
 * once more with the west moved east, and the narrower of both boxes is right.
 * An area that is really so wide keeps the first.
 */
void
station_area_sum(struct station_area *area,
    const struct station_area_part *parts, size_t n)
{
	struct geo_dist_box box, moved;
	double lat, lon, moved_lon, radius = 0;
	int64_t radii = 0;
	size_t i;

	sum_place(parts, n, 0, &lat, &lon, &box);
	if (box.max_lon - box.min_lon > 180) {
		/* perhaps narrower across the date line */
		sum_place(parts, n, 360, &lat, &moved_lon, &moved);
		if (moved.max_lon - moved.min_lon <
		    box.max_lon - box.min_lon) {
			box = moved;
			lon = moved_lon;
		}
	}
	area->lat = lat;
	area->lon = lon > 180 ? lon - 360 : lon;
	area->radius = (int64_t)geo_dist_radius_m(lat, lon, &box);
	area->num_cells = 0;
	area->last_seen = STATION_ROW_NULL;
	for (i = 0; i < n; i++) {
		area->num_cells += parts[i].cells;
		radius += parts[i].sum_radius;
		radii += parts[i].radii;
		if (parts[i].last_seen > area->last_seen)
			area->last_seen = parts[i].last_seen;
	}
	area->avg_cell_radius = radii > 0 ?
	    (int64_t)rint(radius / (double)radii) : 0;
	set_area_region(area, parts, n);
}
