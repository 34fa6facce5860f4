/* SPDX-License-Identifier: ISC */
/*
 * The consumer groups of a stream.  Each has its own place in the stream and
 * is given every entry once: QUEUE_GROUP_INTERNAL fills the database, and
 * every other target of an export has a group of its name, which is made and
 * destroyed with it.  Those groups are listed in a set beside the stream;
 * groups that are not in the set were made by someone else and left alone.
 * QUEUE_GROUP_INTERNAL is never destroyed, whether it is listed yet or not.
 */
#ifndef QUEUE_GROUP_H
#define QUEUE_GROUP_H

#include <stddef.h>
#include <stdint.h>

#include "queue/groups.h"
#include "queue/stream.h"
#include "queue/verdict.h"

/*
 * *IDLE is 1 if the group NAME is done with everything, or does not exist; 0
 * if entries wait for it or are in flight.
 */
enum queue_verdict queue_group_idle(const struct queue_stream *s,
	    const char *name, int *idle);

/*
 * *N is the lag of the group NAME, see queue/groups.h; if Redis cannot tell
 * it, the length of the stream, which is never less.
 */
enum queue_verdict queue_group_lag(const struct queue_stream *s,
	    const char *name, int64_t *n);

/*
 * Make sure that the group NAME exists, and with LISTED that it is listed.  A
 * new one starts with the oldest entry.
 */
enum queue_verdict queue_group_make(const struct queue_stream *s,
	    const char *name, int listed);

/*
 * A target: its group is kept, and made if the target can be used.  None that
 * can be used is called QUEUE_GROUP_INTERNAL, whose group is always made.
 */
struct queue_group_target {
	const char	*name;
	int		 usable;
};

/*
 * Make the listed groups those of the N targets, in two steps: _watch reads
 * the groups, and _settle makes and destroys some, unless the list was
 * changed in between.  Whoever calls both reads the targets in between.  A
 * group that is new starts behind the newest entry.  One that is listed and
 * missing starts with the oldest entry, as all do when nothing is listed:
 * Redis has forgotten them.
 *
 * _settle returns QUEUE_OK also if the list was changed and nothing was done.
 * A caller that has watched and cannot read the targets need not settle: the
 * list stays watched, which at worst lets the next _settle do nothing, too.
 */
enum queue_verdict queue_group_watch(const struct queue_stream *s,
	    struct queue_groups *g);
enum queue_verdict queue_group_settle(const struct queue_stream *s,
	    const struct queue_groups *g,
	    const struct queue_group_target *target, size_t n);

/*
 * Have Redis forget the consumers of the group NAME, if it exists, that have
 * nothing in flight and did nothing for IDLE_MS.
 */
enum queue_verdict queue_group_tidy(const struct queue_stream *s,
	    const char *name, int64_t idle_ms);

#endif
