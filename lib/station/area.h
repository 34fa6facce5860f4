/* SPDX-License-Identifier: ISC */
/* A cell area from the cells in it. */
#ifndef STATION_AREA_H
#define STATION_AREA_H

#include <stddef.h>
#include <stdint.h>

struct station_area;

/*
 * The cells of an area that have a position, one region and one side of the
 * zero meridian, added up.  NULL as in struct station_row.
 */
struct station_area_part {
	char	region[3];
	int	is_west;		/* longitudes below 0 */
	int64_t	cells;
	double	sum_lat, sum_lon;
	/*
	 * Of the positions, and of the boxes that are not NULL; those may
	 * reach beyond 180 degrees.
	 */
	double	pos_max_lat, pos_min_lat, pos_max_lon, pos_min_lon;
	double	box_max_lat, box_min_lat, box_max_lon, box_min_lon;
	double	sum_radius;		/* m, over those not NULL */
	int64_t	radii;			/* how many these are */
	int64_t	last_seen;		/* the latest */
};

/*
 * Set AREA, which holds its key, to the sum of N > 0 PARTS.  created and
 * modified stay as they are.
 */
void	station_area_sum(struct station_area *area,
	    const struct station_area_part *parts, size_t n);

#endif
