/* SPDX-License-Identifier: ISC */
/*
 * What is to be done besides counting, between transactions: cell areas that
 * are dirty are computed anew, and old ids leave the ledger.  Any number of
 * workers may do both at once.  While reports wait, areas get a moment of each
 * second only.
 */
#include "base/civil.h"
#include "base/clock.h"
#include "queue/group.h"
#include "store/area.h"
#include "store/db.h"
#include "store/update.h"
#include "work.h"

#define AREAS_EVERY_MS	1000
#define AREAS_FOR_MS	100		/* while reports are waiting */
#define FORGET_EVERY_MS	3600000
#define FORGET_ROWS	1000		/* of one statement */
#define OLD_MS		3600000		/* a worker that is gone */

/* Bring areas up to date; while BUSY only for a moment. */
int
work_chores_areas(struct work *w, struct work_due *due, int busy)
{
	int64_t start = base_clock_mono_ms();
	uint64_t before = w->stats.areas;
	int n;

	do {
		n = store_area_refresh(w->db, base_clock_now_s(),
		    &due->after);
		if (n > 0)
			w->stats.areas += (uint64_t)n;
	} while (n > 0 && !work_signals_stop && (!busy ||
	    base_clock_mono_ms() - start < AREAS_FOR_MS));
	if (n != -1 && w->stats.areas > before)
		work_metrics_task(w, "data.update_cellarea", start);
	due->areas = base_clock_mono_ms() + AREAS_EVERY_MS;
	return n == -1 ? -1 : 0;
}

/*
 * Ids are kept a day longer than submissions are accepted, for clocks that
 * differ.
 */
static int
forget_old_ids(struct work *w)
{
	int64_t n, now, start = base_clock_mono_ms();

	if (store_db_now(w->db, &now) == -1)
		return -1;
	do
		n = store_update_forget(w->db, now -
		    (w->cf.work_ledger_days + 1) * BASE_CIVIL_DAY_S,
		    FORGET_ROWS);
	while (n == FORGET_ROWS && !work_signals_stop);
	/* Workers that were killed left their names in Redis. */
	queue_group_tidy(&w->consumer.stream, w->consumer.group, OLD_MS);
	if (n == -1)
		return -1;
	work_metrics_task(w, "data.cleanup_ledger", start);
	return 0;
}

int
work_chores(struct work *w, struct work_due *due, int busy)
{
	int64_t now = base_clock_mono_ms();

	if ((!busy || now >= due->areas) &&
	    work_chores_areas(w, due, busy) == -1)
		return -1;
	if (now >= due->forget) {
		if (forget_old_ids(w) == -1)
			return -1;
		due->forget = now + FORGET_EVERY_MS;
	}
	return 0;
}
