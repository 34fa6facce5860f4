/* SPDX-License-Identifier: ISC */
/*
 * Work that many threads want done and one does for all of them (group
 * commit).  Who comes while no turn is under way takes one at once, for
 * itself and for those that wait; who has had its turn lets the first that
 * came meanwhile take the next.  So nobody waits for company, and the longer
 * a turn takes the more jobs the next one has.
 */
#ifndef BASE_GROUP_H
#define BASE_GROUP_H

#include <stddef.h>

struct base_group;

/* Jobs of one turn at most. */
#define BASE_GROUP_MAX	64

struct base_group_options {
	size_t	turns;		/* under way at once */
	/*
	 * Who has waited for PATIENCE_MS takes a turn all the same, until
	 * there are MOST, so that one that hangs does not hold up the others.
	 * 0: everybody waits.
	 */
	size_t	most;
	int	patience_ms;
	size_t	max_size;	/* of the jobs of one turn together, about */
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
