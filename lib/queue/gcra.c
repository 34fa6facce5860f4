/* SPDX-License-Identifier: ISC */
/*
 * A bucket that holds LIMIT tokens and is refilled at an even rate would need
 * two numbers, what is in it and since when.  GCRA needs one: with "due" the
 * tokens missing are (due - now) / step.  All arithmetic is in whole
 * microseconds; a window that the limit does not divide is a little shorter
 * than asked for, by less than LIMIT microseconds.
 */
#include <assert.h>

#include "queue/gcra.h"

/* At least one, so that no limit is without end. */
int64_t
queue_gcra_step_us(const struct queue_gcra *g)
{
	assert(g->limit > 0 && g->window_us >= g->limit);
	return g->window_us / g->limit;
}

/* A clock that was set back must not lock anybody out for longer. */
static int64_t
bounded_due(int64_t due_us, int64_t now_us, int64_t window)
{
	return due_us < now_us ? now_us :
	    due_us > now_us + window ? now_us + window : due_us;
}

/* No call costs more than all: it could never be made. */
static int64_t
cost_us(const struct queue_gcra *g, int64_t cost)
{
	assert(cost > 0);
	return queue_gcra_step_us(g) * (cost < g->limit ? cost : g->limit);
}

/*
 * The generic cell rate algorithm of ATM (ITU-T I.371): one number per caller,
 * the time at which all that was used would be given back, says everything.  A
 * call moves it by its cost; it is refused when that would take it farther
 * than a window into the future, and then moves nothing.
 */
int64_t
queue_gcra_call(const struct queue_gcra *g, int64_t due_us, int64_t now_us,
    int64_t cost, struct queue_gcra_answer *a)
{
	int64_t step = queue_gcra_step_us(g), window = step * g->limit, over;

	due_us = bounded_due(due_us, now_us, window);
	over = due_us + cost_us(g, cost) - now_us - window;
	if (over <= 0)
		due_us += cost_us(g, cost);
	a->remaining = (now_us + window - due_us) / step;
	a->reset_us = due_us - now_us;
	a->retry_us = over > 0 ? over : 0;
	assert(a->remaining >= 0 && a->remaining <= g->limit);
	return due_us;
}

/* Never farther than a window ahead, as for calls that were refused. */
int64_t
queue_gcra_charge(const struct queue_gcra *g, int64_t due_us, int64_t now_us,
    int64_t cost)
{
	int64_t window = queue_gcra_step_us(g) * g->limit;

	due_us = bounded_due(due_us, now_us, window);
	return bounded_due(due_us + cost_us(g, cost), now_us, window);
}
