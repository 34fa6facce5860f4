/* SPDX-License-Identifier: ISC */
/*
 * The consumer groups of a stream.  QUEUE_GROUP_INTERNAL fills the database;
 * every other target of an export has a group of its name, which is made and
 * destroyed with it: those are listed in the set NAME:groups.  Groups that
 * somebody else made are left alone.
 */
#ifndef QUEUE_GROUP_H
#define QUEUE_GROUP_H

#include <stddef.h>
#include <stdint.h>

#include "queue/groups.h"
#include "queue/stream.h"

/* Results: 0 or more done, -1 the connection is lost, -2 the server refused. */

/*
 * Returns 1 if all is done by the group NAME, or there is none; 0 if entries
 * wait for it or are in somebody's hands.
 */
int	queue_group_idle(const struct queue_stream *s, const char *name);

/*
 * How many entries GROUP has still to be given or to acknowledge; if Redis
 * cannot tell, the length of the stream, which is never less.
 */
int	queue_group_lag(const struct queue_stream *s, const char *group,
	    int64_t *n);

/*
 * Make sure of the group NAME, which starts with the oldest entry; LISTED:
 * and that it is listed.
 */
int	queue_group_make(const struct queue_stream *s, const char *name,
	    int listed);

/* A target: its group is kept, and made if it can be used. */
struct queue_group_target {
	const char	*name;
	int		 usable;
};

/*
 * Read the groups in order to settle them: unless the list is changed in the
 * meantime, queue_group_settle() gives every usable one of N targets its
 * group and destroys the listed groups that are not among the targets.  A new
 * one starts behind the newest entry.  One that was listed starts with the
 * oldest, as all do when there is no list: Redis has forgotten them.
 */
int	queue_group_watch(const struct queue_stream *s,
	    struct queue_groups *g);
int	queue_group_settle(const struct queue_stream *s,
	    const struct queue_groups *g,
	    const struct queue_group_target *target, size_t n);

/*
 * Forget the consumers of GROUP, if it is there, that have nothing in hand
 * and did nothing for IDLE_MS.
 */
int	queue_group_tidy(const struct queue_stream *s, const char *group,
	    int64_t idle_ms);

#endif
