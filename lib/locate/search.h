/* SPDX-License-Identifier: ISC */
/*
 * Where is the device?  Pure: the query, the rows found for its networks and
 * the time in, the best position out.  A query says whether positions are to be
 * Ichnaea's or those of the model.
 */
#ifndef LOCATE_SEARCH_H
#define LOCATE_SEARCH_H

#include <stdint.h>

#include "locate/cell.h"
#include "locate/mac.h"
#include "locate/support.h"

struct base_arena;
struct locate_found;
struct locate_query;

struct locate_search {
	struct locate_result_list	 list;	/* all results */
	struct locate_result_group	 group;	/* the best supported */
	const struct locate_result	*best;	/* the answer, or NULL */
	const struct locate_result	*own;	/* best of our own stations */
	enum locate_result_class	 expected;
	int				 as_ichnaea;	/* as the query */
	struct locate_mac_found		 blue, wifi;	/* what was used */
	struct locate_cell_found	 cell;
	/* Of the model, if there is a result of the kind: */
	struct locate_support		 blue_support, wifi_support;
	/* What contradicts a result that was dropped, or NULL. */
	const struct locate_result	*contradicts_blue, *contradicts_wifi;
};

/*
 * Search with rows F of query Q at second NOW_S.  S borrows from Q, F and A
 * and is valid until they change.  Returns 0, or -1 when memory is short.
 */
int	locate_search(struct locate_search *s, const struct locate_query *q,
	    const struct locate_found *f, int64_t now_s,
	    struct base_arena *a);

/* Take the answer of a provider into account, too. */
void	locate_search_add(struct locate_search *s,
	    const struct locate_result *r);

#endif
