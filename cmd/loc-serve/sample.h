/* SPDX-License-Identifier: ISC */
/*
 * Queries kept as reports.  A thread of its own puts them into the spool: no
 * answer waits for that, and when the spool or memory is full they are
 * dropped.
 */
#ifndef SERVE_SAMPLE_H
#define SERVE_SAMPLE_H

#include <stdint.h>

struct serve_sample;
struct locate_query;
struct locate_search;
struct net_sentry;
struct base_pool;
struct spool_writer;

/*
 * Write to SPOOL, which must outlive it.  The share of queries that all keys
 * have in common is asked of REDIS; while it cannot be known nothing is
 * kept, and without Redis (NULL) it is all.  SENTRY, or NULL, is told what
 * is lost.  Returns NULL after a warning.
 */
struct serve_sample *serve_sample_new(struct spool_writer *spool,
	    struct base_pool *redis, struct net_sentry *sentry);

/* Finish what was taken. */
void	serve_sample_free(struct serve_sample *l);

/*
 * Keep query Q, answered by S, of the API key KEY ("": none) that has
 * PERCENT of its queries kept; if there is anything to learn from it.
 */
void	serve_sample_query(struct serve_sample *l, const char *key,
	    int64_t percent, const struct locate_query *q,
	    const struct locate_search *s);

#endif
