/* SPDX-License-Identifier: ISC */
/*
 * The generic cell rate algorithm: LIMIT calls in a window, refilled at an
 * even rate.  Its whole state is one time, "due": when the caller will have
 * paid for all its calls at that rate.  A call moves it on by one step, or by
 * several, and is refused if it would end up more than a window ahead of now.
 *
 * The script in count.c does the same in Redis.
 */
#ifndef QUEUE_GCRA_H
#define QUEUE_GCRA_H

#include <stdint.h>

struct queue_gcra {
	int64_t	limit;			/* calls, 1 or more */
	int64_t	window_us;		/* LIMIT or more */
};

struct queue_gcra_answer {
	int64_t	remaining;		/* calls that can be made now */
	int64_t	reset_us;		/* until all can be made again */
	int64_t	retry_us;		/* until one can; 0: this one may */
};

/* What a call costs. */
int64_t	queue_gcra_step_us(const struct queue_gcra *g);

/*
 * A call at NOW_US that costs as much as COST of them, LIMIT at most, by
 * somebody who is due at DUE_US (any time before now: who has paid for all).
 * Returns the new due, and in A whether the call may go on; a refused call
 * costs nothing.
 */
int64_t	queue_gcra_call(const struct queue_gcra *g, int64_t due_us,
	    int64_t now_us, int64_t cost, struct queue_gcra_answer *a);

/*
 * What has been answered turns out to cost COST calls more: who has not as
 * many has none for a window.  Returns the new due.
 */
int64_t	queue_gcra_charge(const struct queue_gcra *g, int64_t due_us,
	    int64_t now_us, int64_t cost);

#endif
