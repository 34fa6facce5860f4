/* SPDX-License-Identifier: ISC */
/*
 * The loop of a worker.  A turn claims what others left behind, or reads what
 * is new, and counts it in transactions of about a batch; chores are done in
 * between.  What a turn began with is not in flight at its end: it was counted
 * and acknowledged, or it is released, or it stays pending for whoever claims
 * it.  What was read meanwhile for the next turn is released before the
 * configuration is read anew, and at the end.
 */
#include <assert.h>
#include <sysexits.h>

#include "base/clock.h"
#include "queue/group.h"
#include "store/version.h"
#include "pace.h"
#include "work.h"

#define ONCE_MS		200		/* between looks for others' entries */

/*
 * Count what is in flight, in transactions of about a batch each, the next of
 * which is read meanwhile.  Who is to stop does so between two of them.
 */
static int
count_in_flight(struct work *w)
{
	const struct work_in_flight *h = &w->in_flight;
	int64_t start = base_clock_mono_ms(), took;
	struct work_item *item = h->item;
	size_t batches = 0, end = work_in_flight_end(h, 0), first, next;
	int rc = 0;

	assert(end > 0);
	for (first = 0; first < h->n && rc == 0; first = end, end = next) {
		batches++;
		work_claims_keep(w);
		next = work_in_flight_end(h, end);
		work_ahead_plan(w, item + end, next - end);
		rc = first > 0 && work_signals_stop ? -1 :
		    work_apply(w, item + first, end - first);
	}
	took = base_clock_mono_ms() - start;
	work_ahead_settle(w);		/* it looks at what is set here */
	if (rc == -1)
		work_ahead_stop(w);
	else
		w->batch_reports = work_pace(w->cf.work_batch_reports,
		    h->batch_reports, took / (int64_t)batches,
		    h->may_have_more);
	return rc;
}

/*
 * Take one turn.  Returns 1 when something was counted, 0 when there is
 * nothing, or -1 when something failed.  Claiming comes before reading, as what
 * was left behind has waited longest.  It is tried at once when the stream is
 * empty, else after queue_claim_idle_s.
 */
static int
take_turn(struct work *w, struct work_due *due)
{
	const struct work_in_flight *h = &w->in_flight;
	int64_t now = base_clock_mono_ms();

	work_ahead_settle(w);
	if (work_exports(w) == -1)
		return -1;
	if (now >= due->claim) {
		if (work_in_flight_claim(w) == -1)
			return -1;
		if (h->n == 0)
			due->claim = now + w->cf.queue_claim_idle_s * 1000;
	}
	if (h->n == 0 && work_in_flight_read(w) == -1)
		return -1;
	if (h->n == 0) {
		due->claim = 0;		/* there is time to look around */
		return 0;
	}
	return count_in_flight(w) == -1 ? -1 : 1;
}

/*
 * One turn after the other.  Whatever fails is tried again, later and later.
 * With -1, until nothing is left, or something has failed.
 */
static int
run_loop(struct work *w)
{
	struct base_clock_backoff pause = WORK_PAUSE;
	struct work_due due = { 0 };
	int idle, n;

	while (!work_signals_stop) {
		if (work_signals_tell)
			work_stats_tell(w);
		if (work_signals_reload) {
			work_claims_release(w);
			due.claim = 0;
			work_reopen(w);
		}
		n = take_turn(w, &due);
		/* Others need not wait until our claims are old. */
		if (n == -1 && (w->once || work_signals_stop ||
		    work_signals_reload))
			work_claims_release(w);
		work_in_flight_reset(&w->in_flight);
		if (n != -1 && work_chores(w, &due, n > 0) == -1)
			n = -1;
		if (n == -1) {
			work_claims_keep(w);
			if (store_version_suspect(w->db))
				store_version_check(w->db);
			if (work_pause(w, &pause) == -1 && w->once)
				break;
			continue;
		}
		base_clock_backoff_reset(&pause);
		if (n > 0 || !w->once)
			continue;
		if (queue_group_idle(&w->consumer.stream, w->consumer.group,
		    &idle) != QUEUE_OK)
			break;
		if (idle)
			/* also the areas others have just marked */
			return work_chores_areas(w, &due, 0) == -1 ?
			    work_open_status(w) : EX_OK;
		work_pause_for(w, ONCE_MS);
	}
	return work_signals_stop ? EX_OK : work_open_status(w);
}

int
work_run(struct work *w)
{
	int rc = work_open_check(w);

	if (rc == EX_OK && !work_signals_stop) {
		work_metrics_watch(w);
		rc = run_loop(w);
		work_claims_release(w);
		work_leave(w);
	}
	return rc;
}
