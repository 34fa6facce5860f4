/* SPDX-License-Identifier: ISC */
/*
 * Reading the lines of a batch; mostly of the next one, while the database is
 * busy with this one; and before that, if no batch is left but there is more in
 * the stream, the entries of the next turn.
 *
 * A thread does that, which takes nothing but the entries in memory, and
 * decides nothing.  If memory is short, or an item turns out to be skipped, the
 * result is useless, and the batch is read again by whoever counts it, just as
 * if nobody had read ahead.
 *
 * The thread has the batch of struct work_ahead and the items, which are left
 * alone until work_ahead_settle() or one of the others has waited for it; also
 * W->coming and W->reader, if it reads entries.  The rows of export_config,
 * which it looks at, are read anew only between turns, when it has been waited
 * for.
 */
#include <assert.h>
#include <err.h>
#include <string.h>

#include "work.h"

/* Read N items, but for what is skipped, into B.  0, or -1: no memory. */
static int
read_items(struct obs_batch *b, const struct store_export *internal,
    struct work_item *item, size_t n)
{
	size_t i;

	obs_batch_reset(b);
	for (i = 0; i < n; i++) {
		memset(&b->counts, 0, sizeof(b->counts));
		if (!item[i].skip && work_lines_read(b, internal, &item[i], 1,
		    UINT32_MAX) == -1)
			return -1;
		item[i].counts = b->counts;
	}
	obs_batch_sort(b);
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
	a->good = a->n > 0 &&
	    read_items(&a->batch, a->internal, a->item, a->n) == 0;
}

void
work_ahead_plan(struct work *w, struct work_item *item, size_t n)
{
	struct work_ahead *a = &w->ahead;

	a->planned = item;
	a->nplanned = n;
	a->is_planned = n > 0 || (w->in_flight.may_have_more &&
	    w->coming.n == 0 && !work_signals_stop && !work_signals_reload);
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
	a->batch.last_day = w->batch.last_day;
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
 * Have W->batch be what the thread has read of N items: 1, or 0.  Whose items
 * they are shows only when it has ended, which a batch that is not the one that
 * was read has to wait for, too: there is hardly any such.
 */
static int
take_batch(struct work *w, const struct work_item *item, size_t n)
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

int
work_ahead_read(struct work *w, struct work_item *item, size_t n)
{
	struct base_clock_backoff pause = WORK_PAUSE;

	if (take_batch(w, item, n))
		return 0;
	while (read_items(&w->batch, w->internal, item, n) == -1) {
		warnx("out of memory");
		if (work_pause(w, &pause) == -1)
			return -1;
	}
	return 0;
}
