/* SPDX-License-Identifier: ISC */
/*
 * Positions from cells by the model: of known cells the places where they were
 * heard as loud as now; if none is known, their sites, which are the cells with
 * ids near theirs; if none of these is known either, the area.  Each with a
 * radius within which the device is in 95 of 100 cases.
 */
#ifndef LOCATE_COVER_H
#define LOCATE_COVER_H

#include <stdint.h>

#include "locate/cell.h"

struct base_arena;
struct locate_found;
struct locate_query;
struct locate_result;

/*
 * Of more known cells or areas only so many count, and of more cells of a query
 * that knows none only so many are looked for by site: no device hears more.
 */
#define LOCATE_COVER_MAX	64
#define LOCATE_COVER_SITES	16

/*
 * Find what the cells of Q say among F, at second NOW_S.  CF, living in A,
 * lists the rows that it was made of.  Returns 1 and sets *R, 0 if they say
 * nothing, or -1 when memory is short.
 */
int	locate_cover_search(const struct locate_query *q,
	    const struct locate_found *f, int64_t now_s,
	    struct locate_result *r, struct locate_cell_found *cf,
	    struct base_arena *a);

#endif
