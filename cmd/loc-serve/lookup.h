/* SPDX-License-Identifier: ISC */
/*
 * Networks looked up in the database for all requests: while some lookups
 * are under way the others gather, and go together in one round trip.
 */
#ifndef SERVE_LOOKUP_H
#define SERVE_LOOKUP_H

#include <stddef.h>

struct serve_lookup;
struct base_pool;
struct store_lookup;

/* At most N round trips at once, through POOL.  NULL after a warning. */
struct serve_lookup *serve_lookup_new(struct base_pool *pool, size_t n);
void	serve_lookup_free(struct serve_lookup *l);

/* Answer one question.  Returns 0, or -1 as store_lookup_run(). */
int	serve_lookup_run(struct serve_lookup *l,
	    const struct store_lookup *ask);

#endif
