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
 * block_last, block_count; of an area all but avg_cell_radius.
 */
struct locate_found {
	struct station_row	*blue, *wifi, *cell;
	struct station_area	*area;
	size_t			 nblue, nwifi, ncell, narea;
};

#endif
