/* SPDX-License-Identifier: ISC */
/*
 * Which region is the device in?  Pure, like locate/search.h: every kind of
 * network speaks for some regions, and so does the address; the region with
 * the highest sum of scores is the answer.
 */
#ifndef LOCATE_REGION_H
#define LOCATE_REGION_H

#include <stddef.h>
#include <stdint.h>

#include "locate/result.h"

struct base_arena;
struct locate_found;
struct locate_query;

/* As many regions as there may be. */
#define LOCATE_REGION_MAX	256

struct locate_region_result {
	enum locate_result_source source;
	enum locate_result_kind	  kind;
	int			  region;	/* see geo/region.h */
	double			  score;
	const char		 *fallback;	/* "ipf" or NULL */
};

struct locate_region {
	struct locate_region_result at[3 * LOCATE_REGION_MAX + 1];
	size_t			    n;
	const struct locate_region_result *best; /* the answer, or NULL */
};

/*
 * NEED becomes the part of Q that has to be looked up: no cells, whose
 * country codes mostly suffice, but the areas of those with a code that
 * several regions share.  Borrows from Q and A.  Returns 0, or -1 when memory
 * is short.
 */
int	locate_region_need(struct locate_query *need,
	    const struct locate_query *q, struct base_arena *a);

/*
 * Search with rows F of what Q needs, at second NOW_S.  S borrows nothing.
 */
void	locate_region_search(struct locate_region *s,
	    const struct locate_query *q, const struct locate_found *f,
	    int64_t now_s);

#endif
