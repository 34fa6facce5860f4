/* SPDX-License-Identifier: ISC */
/* What groups have to give up whose lag is too large. */
#ifndef QUEUE_LAG_H
#define QUEUE_LAG_H

#include <stddef.h>
#include <stdint.h>

#include "queue/verdict.h"

struct queue_id;
struct queue_stream;

/*
 * Give up the oldest entries before LOW, at most MAX of them; *N is how many
 * there were.  QUEUE_GROUP_INTERNAL must be done with all before LOW, and no
 * other group is given them any more.  LOST is called for each group that was
 * not done with all of them, with the number of reports in those, which is
 * also added up in a hash beside the stream.
 */
enum queue_verdict queue_lag_give_up(const struct queue_stream *s,
	    const struct queue_id *low, size_t max, int64_t *n,
	    void (*lost)(void *arg, const char *group, int64_t reports),
	    void *arg);

#endif
