/* SPDX-License-Identifier: ISC */
/*
 * The consumer groups of a stream as a list: those that exist, and those that
 * should, because loc-work listed them, or loc-feed, which lists them again
 * when Redis has forgotten them.  See queue/group.h.
 */
#ifndef QUEUE_GROUPS_H
#define QUEUE_GROUPS_H

#include <stddef.h>
#include <stdint.h>

#include "queue/id.h"
#include "queue/verdict.h"

struct queue_stream;

/* The group that fills the database. */
#define QUEUE_GROUP_INTERNAL	"internal"

struct queue_group {
	char		*name;
	int		 exists;	/* 0: only listed, it was lost */
	int		 listed;
	struct queue_id	 low;		/* low-water mark, see below */
	int64_t		 lag;		/* entries not done; -1: unknown */
};

struct queue_groups {
	struct queue_group	*at;
	size_t			 n;
};

/*
 * Read all groups that exist and all that are listed.  A group is done with
 * every entry before its low-water mark.  Its lag counts the entries that it
 * was not given yet or has not acknowledged; Redis before 7 cannot tell it,
 * nor can any after entries were deleted by hand.  The caller owes a
 * queue_groups_done() after QUEUE_OK.
 */
enum queue_verdict queue_groups_read(const struct queue_stream *s,
	    struct queue_groups *g);
void	queue_groups_done(struct queue_groups *g);

/* Add a group of which only the name is known.  0, or -1 after a warning. */
int	queue_groups_add(struct queue_groups *g, const char *name,
	    int listed);

/* The group NAME that exists, or NULL. */
const struct queue_group *queue_groups_find(const struct queue_groups *g,
	    const char *name);

/*
 * The lowest of the low-water marks: all groups that exist are done with
 * every entry before LOW.  Zeros if there is no group.
 */
void	queue_groups_low_water(const struct queue_groups *g,
	    struct queue_id *low);

#endif
