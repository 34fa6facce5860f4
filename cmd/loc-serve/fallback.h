/* SPDX-License-Identifier: ISC */
/*
 * Positions from the provider of an API key, for queries that our own data
 * does not answer: from the answers Redis keeps, or by asking, as often as
 * the key's rate limit allows.
 */
#ifndef SERVE_FALLBACK_H
#define SERVE_FALLBACK_H

#include <stddef.h>

struct base_arena;
struct serve_fallback;
struct locate_query;
struct locate_result;
struct net_sentry;
struct net_statsd;
struct base_pool;
struct store_key;

/*
 * At most CALLS at once to any provider.  REDIS may be NULL: then none is
 * ever asked.  STATSD and SENTRY, or NULL, are told of what is asked and
 * what goes wrong.  Returns NULL after a warning.
 */
struct serve_fallback *serve_fallback_new(size_t calls, struct base_pool *redis,
	    struct net_statsd *statsd, struct net_sentry *sentry);
void	serve_fallback_free(struct serve_fallback *f);

/* 1 if the row of K names a provider and allows to ask it. */
int	serve_fallback_may(const struct store_key *k);

/*
 * Find out from the provider of K, which may, where Q is.  Returns 1 with R
 * set, or 0; it never waits longer than some seconds.  What goes wrong is
 * warned of now and then.
 */
int	serve_fallback_ask(struct serve_fallback *f, const struct store_key *k,
	    const struct locate_query *q, struct locate_result *r,
	    struct base_arena *a);

#endif
