/* SPDX-License-Identifier: ISC */
/*
 * Networks looked up in the database for all requests: while some lookups
 * are under way the others gather, and go together in one round trip.
 */
#ifndef SERVE_LOOKUP_H
#define SERVE_LOOKUP_H

#include <stddef.h>

struct base_arena;
struct base_pool;
struct locate_found;
struct locate_query;
struct serve_lookup;

/* At most N round trips at once, through POOL.  NULL after a warning. */
struct serve_lookup *serve_lookup_new(struct base_pool *pool, size_t n);
void	serve_lookup_free(struct serve_lookup *l);

/*
 * Find what is stored of the networks of Q, in memory of A.  Returns 0, or -1
 * after a warning, with in F what was found so far.
 */
int	serve_lookup_find(struct serve_lookup *l,
	    const struct locate_query *q, struct locate_found *f,
	    struct base_arena *a);

#endif
