/* SPDX-License-Identifier: ISC */
/*
 * The points that stand for a cell of the data map: a thousandth of a degree
 * in latitude and longitude, in which something was heard.  They show that,
 * and how long ago, and nothing of where in the cell it was; the same cell
 * has the same points each time, and its neighbours have others.
 */
#ifndef MAP_POINT_H
#define MAP_POINT_H

#include <stdint.h>

#define MAP_POINT_MAX	6	/* of a cell */

struct map_point {
	int32_t		lat, lon;	/* of the cell, thousandths of degrees */
	unsigned	in_lat, in_lon;	/* where in the lists it begins */
};

/*
 * How many points a cell has in which something was last heard DAYS ago: 6
 * at first, one less every two months, none after a year.
 */
unsigned map_point_count(int64_t days);

/* LAT and LON are of the south-west corner, in thousandths of degrees. */
void	map_point_init(struct map_point *p, int32_t lat, int32_t lon);

/* Point I, below MAP_POINT_MAX, in millionths of degrees. */
void	map_point_get(const struct map_point *p, unsigned i, int64_t *lat_e6,
	    int64_t *lon_e6);

#endif
