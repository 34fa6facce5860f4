/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/clock.h"
#include "queue/group.h"
#include "queue/redis.h"
#include "store/db.h"
#include "work.h"

#define ONCE_MS		200		/* between looks for others' entries */

/* Count what is in flight, in transactions of about a batch. */
static int
count_in_flight(struct work *w, const struct work_in_flight *h)
{
	uint64_t reports = 0;
	struct work_item *item;
	size_t bytes = 0, first = 0, i, k, n = 0;
	int rc = 0;

	if ((item = calloc(h->n, sizeof(*item))) == NULL) {
		warn("batch");
		return -1;
	}
	for (i = 0; i < h->nread; i++)
		for (k = 0; k < h->read[i].n; k++)
			item[n++].entry = &h->read[i].entry[k];
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

/* One turn: 1 when something was done, 0 when there is nothing, or -1. */
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
 * What to exit with when the work has to stop before it is done: whoever is
 * refused by a server need not come again, as opposed to who got no answer.
 */
static int
give_up_status(const struct work *w)
{
	if (work_stopping)
		return EX_OK;
	return store_db_status(w->db) == EX_NOPERM ||
	    queue_redis_status(w->consumer.stream.redis) == EX_NOPERM ?
	    EX_NOPERM : EX_TEMPFAIL;
}

static int
run_loop(struct work *w, struct work_in_flight *h)
{
	struct work_due due = { 0 };
	int fails = 0, idle, n;

	while (!work_stopping) {
		if (work_asked)
			work_stats_tell(w);
		n = take_turn(w, h, &due);
		work_in_flight_done(h);
		if (n != -1 && work_chores(w, &due, n > 0) == -1)
			n = -1;
		if (n == -1) {
			if (work_pause(w, ++fails) == -1)
				break;
			continue;
		}
		fails = 0;
		if (n > 0 || !w->once)
			continue;
		if (queue_group_idle(&w->consumer.stream, w->consumer.group,
		    &idle) != QUEUE_OK)
			break;
		if (idle)
			/* also the areas others have just marked */
			return work_chores_areas(w, &due, 0) == -1 ?
			    give_up_status(w) : EX_OK;
		work_pause_for(w, ONCE_MS);
	}
	return give_up_status(w);
}

/* Reach Redis, for as long as it takes. */
static int
reach_redis(struct work *w)
{
	enum queue_verdict v;
	int i;

	for (i = 1; (v = queue_redis_check(w->consumer.stream.redis,
	    w->cf.queue_allow_eviction)) == QUEUE_LOST; i++)
		if (work_pause(w, i) == -1)
			return give_up_status(w);
	return v == QUEUE_OK ? EX_OK : EX_CONFIG;
}

/* Work, until a signal or, with -1, until all is done. */
int
work_run(struct work *w)
{
	struct work_in_flight h = { 0 };
	int rc = EX_CONFIG;

	w->db = store_db_new("rw_url", w->cf.rw_url);
	h.read = calloc(WORK_IN_FLIGHT_READS + 1, sizeof(*h.read));
	if (w->db != NULL && h.read != NULL && (rc = reach_redis(w)) == EX_OK &&
	    !work_stopping) {
		work_metrics_watch(w);
		rc = run_loop(w, &h);
		if (queue_redis_connected(w->consumer.stream.redis))
			queue_consumer_leave(&w->consumer);
	}
	free(h.read);
	store_db_free(w->db);
	return rc;
}
