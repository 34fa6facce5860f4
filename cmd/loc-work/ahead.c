/* SPDX-License-Identifier: ISC */
/*
 * Reading the lines of the next batch while the database is busy with this one;
 * and before that, if no batch is left but there is more in the stream, the
 * entries of the next turn.
 *
 * A thread makes observations of them, which takes nothing but the entries in
 * memory, and decides nothing.  Whatever would be a decision (a line that is
 * not JSON, memory that is short, an item that turns out to be skipped) makes
 * the result useless, and the batch is read again by whoever counts it, just as
 * if nobody had read ahead.
 *
 * The thread has the batch and the arena of struct work_ahead, and the counts
 * of the items, all of which are left alone until work_ahead_settle() or one of
 * the others has waited for it; also W->coming and W->reader, if it reads
 * entries.  The rows of export_config, which it looks at, are read anew only
 * between turns, when it has been waited for.
 */
#include <assert.h>
#include <string.h>

#include "work.h"

/* Read the lines of all items into the batch.  0, or -1 if that is no use. */
static int
read_lines(struct work_ahead *a)
{
	size_t i;

	obs_batch_reset(&a->batch);
	for (i = 0; i < a->n; i++) {
		memset(&a->batch.counts, 0, sizeof(a->batch.counts));
		if (work_item_read_ahead(a, &a->item[i]) == -1)
			return -1;
		a->item[i].counts = a->batch.counts;
	}
	obs_batch_sort(&a->batch);
	return 0;
}

static void
read_ahead(void *arg)
{
	struct work *w = arg;
	struct work_ahead *a = &w->ahead;

	if (a->n == 0) {
		work_in_flight_read_more(w);
		a->item = w->coming.item;
		a->n = work_in_flight_end(&w->coming, 0);
	}
	a->good = a->n > 0 && read_lines(a) == 0;
}

void
work_ahead_plan(struct work *w, struct work_item *item, size_t n)
{
	struct work_ahead *a = &w->ahead;

	a->planned = item;
	a->nplanned = n;
	a->is_planned = n > 0 || (w->in_flight.is_full && w->coming.n == 0 &&
	    !work_signals_stop && !work_signals_reload);
}

void
work_ahead_start(struct work *w)
{
	struct work_ahead *a = &w->ahead;

	if (a->running || a->is_read || !a->is_planned)
		return;
	a->item = a->planned;
	a->n = a->nplanned;
	a->is_planned = 0;
	a->batch.rules = w->batch.rules;
	a->internal = w->internal;
	a->good = 0;
	a->running = 1;
	base_aside_begin(&a->aside, read_ahead, w);
}

void
work_ahead_settle(struct work *w)
{
	struct work_ahead *a = &w->ahead;

	if (!a->running)
		return;
	base_aside_end(&a->aside);
	a->running = 0;
	a->is_read = a->good;
}

void
work_ahead_stop(struct work *w)
{
	work_ahead_settle(w);
	w->ahead.is_read = w->ahead.is_planned = 0;
}

/*
 * Whose items they are shows only when the thread has ended, which a batch that
 * is not the one that was read has to wait for, too: there is hardly any such.
 */
int
work_ahead_take(struct work *w, const struct work_item *item, size_t n)
{
	struct work_ahead *a = &w->ahead;
	struct obs_batch other;
	size_t i;

	work_ahead_settle(w);
	if (!a->is_read || a->item != item)
		return 0;
	assert(a->n == n);
	a->is_read = 0;
	for (i = 0; i < n; i++)
		if (item[i].skip)
			return 0;
	other = w->batch;
	w->batch = a->batch;
	a->batch = other;
	return 1;
}
