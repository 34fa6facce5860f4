/* SPDX-License-Identifier: ISC */
/*
 * Networks looked up in the database for all requests: while some lookups
 * are under way the others gather, and go together in one round trip.
 */
#ifndef LOOKUP_H
#define LOOKUP_H

#include <stddef.h>

struct lookup;
struct base_pool;
struct store_lookup;

/* At most N round trips at once, through POOL.  NULL after a warning. */
struct lookup *lookup_new(struct base_pool *pool, size_t n);
void	lookup_free(struct lookup *l);

/* Answer one question.  Returns 0, or -1 as store_lookup_run(). */
int	lookup_run(struct lookup *l, const struct store_lookup *ask);

#endif
