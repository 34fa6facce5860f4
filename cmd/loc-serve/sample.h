/* SPDX-License-Identifier: ISC */
/*
 * Queries kept as reports.  A thread of its own puts them into the spool: no
 * answer waits for that, and when the spool or memory is full they are
 * dropped.
 */
#ifndef SERVE_SAMPLE_H
#define SERVE_SAMPLE_H

#include <stdint.h>

#include "locate/query.h"
#include "obs/witness.h"

struct serve_sample;
struct api_answer;
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

/* What is kept of a question; TOLD borrows from it. */
struct serve_sample_choice {
	struct locate_query	 told;		/* the part that teaches */
	int64_t			 percent;	/* that its key has kept */
	int			 drawn;		/* 0: the thread is to draw */
};

/*
 * Is the question of W, which was searched for, to be kept, of an API key that
 * has PERCENT of its queries kept?  1, with CHOICE for serve_sample_keep(), if
 * there is anything to learn from it and it was not drawn to be left out.
 */
int	serve_sample_choose(struct serve_sample *l, int64_t percent,
	    const struct api_answer *w, struct serve_sample_choice *choice);

/*
 * Keep CHOICE of the question of W, which came from WHO with the API key KEY
 * ("": none).
 */
void	serve_sample_keep(struct serve_sample *l, const char *key,
	    const struct obs_witness *who, const struct api_answer *w,
	    const struct serve_sample_choice *choice);

#endif
