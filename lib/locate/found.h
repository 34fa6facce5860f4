/* SPDX-License-Identifier: ISC */
/*
 * What is stored of the networks of a query, and the one interface through
 * which it is looked up.
 */
#ifndef LOCATE_FOUND_H
#define LOCATE_FOUND_H

#include <stddef.h>

#include "station/row.h"

struct base_arena;
struct locate_query;

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

struct locate_lookup {
	void	*ctx;
	/*
	 * Look up all networks of Q at once.  Returns 0, or -1 after a
	 * warning, with in F what was found so far.
	 */
	int	(*find)(void *ctx, const struct locate_query *q,
		    struct locate_found *f, struct base_arena *a);
};

#endif
