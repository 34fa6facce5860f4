/* SPDX-License-Identifier: ISC */
/*
 * Group commit.  Threads hand in jobs and go on with something else; one of
 * them does every job that has gathered, as one batch, and tells whoever owns
 * each that it is done.  A job that finds nothing running is begun at once, so
 * nobody waits for a batch to fill.  Jobs that arrive meanwhile form the next
 * batch, so batches grow with the load, and no thread has to wake up for any
 * of them.
 */
#ifndef BASE_GROUP_H
#define BASE_GROUP_H

#include <sys/queue.h>

#include <stddef.h>
#include <stdint.h>

struct base_group;

/* Jobs of one batch at most. */
#define BASE_GROUP_MAX	64

/* A part of what whoever hands it in knows of the job; his until DONE. */
struct base_group_job {
	size_t	size;
	/*
	 * The work has been done.  It may have been in any thread that uses
	 * the group, which does the next batch afterwards: so this should not
	 * wait for anything.  It may free the job.
	 */
	void	(*done)(struct base_group_job *j);
	/* Of base/group.c: */
	TAILQ_ENTRY(base_group_job) next;
	int64_t	 since_ms;		/* it waits; 0: not known */
	void	*sleeper;		/* who waits in base_group_do() */
};

struct base_group_options {
	size_t	turns;		/* batches that run at once */
	/*
	 * When a job has waited for PATIENCE_MS another batch is begun all the
	 * same, until MOST of them run, so that one that hangs does not hold
	 * up the others.  0: every job waits for its turn.
	 */
	size_t	most;
	int	patience_ms;
	size_t	max_size;	/* sizes of the jobs of one batch, about */
	/* Do N jobs, 1 to BASE_GROUP_MAX, in order of arrival. */
	void	(*work)(void *ctx, struct base_group_job *const *job,
		    size_t n);
	/*
	 * The owners of one batch or more have been told, by the thread that
	 * calls this: it may wait here for as long as it likes, as it leaves
	 * the jobs that have come meanwhile to others.  NULL: nothing is to be
	 * done.
	 */
	void	(*after)(void *ctx);
	void	*ctx;
};

/* Returns NULL when memory is short. */
struct base_group *base_group_new(const struct base_group_options *o);

/*
 * All jobs must have been done; but threads may still be on their way out of
 * base_group_add(), which are waited for.
 */
void	base_group_free(struct base_group *g);

/*
 * Have J done, from any thread.  It may be done when this returns, or later in
 * another thread.  Before it returns this thread may do other jobs, too.
 */
void	base_group_add(struct base_group *g, struct base_group_job *j);

/*
 * The same in two steps, for a thread that has several jobs, or may not do
 * others now: J is put into the list, and whoever does that owes a
 * base_group_go() after the last one, which does what base_group_add() does
 * then.  There may be nothing left to do by then.
 */
void	base_group_put(struct base_group *g, struct base_group_job *j);
void	base_group_go(struct base_group *g);

/* As base_group_add(), but return when it is done; done() of J is not used. */
void	base_group_do(struct base_group *g, struct base_group_job *j);

#endif
