/* SPDX-License-Identifier: ISC */
/*
 * The loop of a worker.  A turn claims what others left behind, or reads what
 * is new, and counts it in transactions of about a batch; chores are done in
 * between.  Nothing is in flight at the end of a turn: it was counted and
 * acknowledged, or it is released, or it stays pending for whoever claims it.
 * So the configuration can be read anew between turns.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/clock.h"
#include "queue/group.h"
#include "store/version.h"
#include "work.h"

#define ONCE_MS		200		/* between looks for others' entries */

/*
 * Count what is in flight, in transactions of about a batch: as many reports
 * as the configuration says and not too many bytes, but one submission at
 * least, as that cannot be divided.
 */
static int
count_in_flight(struct work *w, const struct work_in_flight *h)
{
	uint64_t reports = 0;
	struct work_item *item;
	size_t bytes = 0, first = 0, i, k, n = 0;
	int rc = 0;

	assert(h->n > 0);
	if ((item = calloc(h->n, sizeof(*item))) == NULL) {
		warn("batch");
		return -1;
	}
	for (i = 0; i < h->nread; i++)
		for (k = 0; k < h->read[i].n; k++)
			item[n++].entry = &h->read[i].entry[k];
	assert(n == h->n);
	for (i = 0; i < n && rc == 0; i++) {
		reports += item[i].entry->count;
		bytes += item[i].entry->len;
		if (i + 1 < n && reports + item[i + 1].entry->count <=
		    (uint64_t)w->cf.work_batch_reports &&
		    bytes + item[i + 1].entry->len <= WORK_BATCH_BYTES)
			continue;
		rc = work_apply(w, item + first, i + 1 - first);
		first = i + 1;
		reports = bytes = 0;
	}
	free(item);
	return rc;
}

/*
 * One turn: 1 when something was done, 0 when there is nothing, or -1.
 * Claiming comes before reading, as what was left behind has waited longest.
 */
static int
take_turn(struct work *w, struct work_in_flight *h, struct work_due *due)
{
	int64_t now = base_clock_mono_ms();

	if (work_exports(w) == -1)
		return -1;
	if (now >= due->claim) {
		if (work_in_flight_claim(w, h) == -1)
			return -1;
		if (h->n == 0)
			due->claim = now + w->cf.queue_claim_idle_s * 1000;
	}
	if (h->n == 0 && work_in_flight_read(w, h) == -1)
		return -1;
	if (h->n == 0) {
		due->claim = 0;		/* idle: look around */
		return 0;
	}
	return count_in_flight(w, h) == -1 ? -1 : 1;
}

/*
 * One turn after the other.  Whatever fails is tried again, later and later.
 * With -1, until nothing is left, or something has failed.
 */
static int
run_loop(struct work *w, struct work_in_flight *h)
{
	struct base_clock_backoff pause = WORK_PAUSE;
	struct work_due due = { 0 };
	int idle, n;

	while (!work_signals_stop) {
		if (work_signals_tell)
			work_stats_tell(w);
		if (work_signals_reload)
			work_reopen(w);
		n = take_turn(w, h, &due);
		/* We shall not try these again, or not soon. */
		if (n == -1 && (w->once || work_signals_stop ||
		    work_signals_reload))
			work_in_flight_release(w, h);
		work_in_flight_done(h);
		if (n != -1 && work_chores(w, &due, n > 0) == -1)
			n = -1;
		if (n == -1) {
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
	struct work_in_flight h = { 0 };
	int rc;

	h.read = calloc(WORK_IN_FLIGHT_READS + 1, sizeof(*h.read));
	if (h.read == NULL) {
		warn("loc-work");
		return EX_OSERR;
	}
	rc = work_open_check(w);
	if (rc == EX_OK && !work_signals_stop) {
		work_metrics_watch(w);
		rc = run_loop(w, &h);
		work_leave(w);
	}
	free(h.read);
	return rc;
}
