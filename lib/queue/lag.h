/* SPDX-License-Identifier: ISC */
/* What groups that lag behind have to give up. */
#ifndef QUEUE_LAG_H
#define QUEUE_LAG_H

#include <stddef.h>
#include <stdint.h>

struct queue_id;
struct queue_stream;

/*
 * Give up the oldest entries before LOW, at most MAX of them, which
 * QUEUE_GROUP_INTERNAL has done: no group is given them any more.  LOST is
 * called for each group that had not done them all, with the number of
 * reports in them, which is also added up in the hash NAME:dropped.  Returns
 * how many entries, -1 if the connection is lost, -2 refused.
 */
int64_t	queue_lag_give_up(const struct queue_stream *s,
	    const struct queue_id *low, size_t max,
	    void (*lost)(void *arg, const char *group, int64_t reports),
	    void *arg);

#endif
