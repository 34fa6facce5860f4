/* SPDX-License-Identifier: ISC */
/*
 * Group commit.  Threads hand in jobs; one of them runs the work function for
 * every job queued so far.  A thread that finds nothing running starts at
 * once, so nobody waits for a batch to fill.  Jobs that arrive meanwhile form
 * the next batch, so batches grow with the load.
 */
#ifndef BASE_GROUP_H
#define BASE_GROUP_H

#include <stddef.h>

struct base_group;

/* Jobs of one batch at most. */
#define BASE_GROUP_MAX	64

struct base_group_options {
	size_t	turns;		/* batches that run at once */
	/*
	 * A thread that has waited for PATIENCE_MS starts a batch all the
	 * same, until MOST of them run, so that one that hangs does not hold
	 * up the others.  0: every thread waits for its turn.
	 */
	size_t	most;
	int	patience_ms;
	size_t	max_size;	/* sizes of the jobs of one batch, about */
	/* Do N jobs, 1 to BASE_GROUP_MAX, in order of arrival. */
	void	(*work)(void *ctx, void *const *job, size_t n);
	void	*ctx;
};

/* Returns NULL when memory is short. */
struct base_group *base_group_new(const struct base_group_options *o);
void	base_group_free(struct base_group *g);

/* Have JOB, of SIZE, done; returns when it is.  From any thread. */
void	base_group_do(struct base_group *g, void *job, size_t size);

#endif
