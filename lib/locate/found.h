/* SPDX-License-Identifier: ISC */
/* What is stored of the networks of a query. */
#ifndef LOCATE_FOUND_H
#define LOCATE_FOUND_H

#include <stddef.h>

#include "station/row.h"

/*
 * Rows in any order, in the arena of the lookup.  They may be blocked or
 * have no position: the search sorts that out.  Of a row these are set: key,
 * lat, lon, radius, region, samples, created, modified, last_seen,
 * block_last, block_count; of MACs the peak or, without one, the weight; of
 * cells the places and the box.
 *
 * Where the question is not one of the reference's, the centres of areas are
 * looked up beside them; and if none of its cells is known, the cells of the
 * same areas whose ids are near, which mostly are of the same site.
 */
struct locate_found {
	struct station_row	*blue, *wifi, *cell, *near;
	struct station_area	*area;
	struct station_centre	*centre;
	size_t			 nblue, nwifi, ncell, nnear, narea, ncentre;
};

/* How far ids of cells may differ to be near. */
#define LOCATE_FOUND_NEAR	5

#endif
