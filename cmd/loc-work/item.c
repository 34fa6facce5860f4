/* SPDX-License-Identifier: ISC */
/*
 * One submission that cannot count, or some of whose lines cannot: these are
 * set aside so that the others can.
 *
 * A line is set aside once, before the rest of its submission is stored: the
 * other way round a crash would lose it.  A submission of one report that is
 * bad is set aside as a whole, and so is one with very many bad lines.  Any
 * other is stored without its bad lines, also if no line is left: then its id
 * counts, and those of its lines are deferred.
 *
 * Whoever sets something aside goes on trying until Redis has taken it, so
 * that "set aside" and "skipped" are never true of the same report without a
 * dead letter.
 */
#include <assert.h>
#include <err.h>

#include "base/clock.h"
#include "net/statsd.h"
#include "queue/dead.h"
#include "store/db.h"
#include "store/update.h"
#include "work.h"

/* All of IT or line L; repeat what Redis would not do until it does. */
static int
set_aside(struct work *w, const struct work_item *it,
    const struct queue_line *l, const char *reason)
{
	const struct queue_entry *e = it->entry;
	struct base_clock_backoff pause = WORK_PAUSE;
	char id[QUEUE_DEAD_ID_LEN];

	queue_dead_id(id, &w->consumer, e, l != NULL ? l->number : 0);
	if (l == NULL)
		warnx("dead letter %s: submission of %u reports set aside: %s",
		    id, (unsigned)e->count, reason);
	else
		warnx("dead letter %s: report %u of %u set aside: %s", id,
		    (unsigned)l->number, (unsigned)e->count, reason);
	while (queue_dead_bury(&w->consumer, e, l, reason) != QUEUE_OK)
		if (work_pause(w, &pause) == -1)
			return -1;
	w->stats.buried++;
	net_statsd_count(w->statsd, "data.deadletter", 1, "key",
	    w->consumer.group, NULL);
	return 0;
}

int
work_item_bury(struct work *w, struct work_item *it, const char *why,
    const char *reason)
{
	if (set_aside(w, it, NULL, reason) == -1)
		return -1;
	it->skip = 1;
	it->why = why;
	return 0;
}

int
work_item_bury_lines(struct work *w, struct work_item *it)
{
	struct work_bad *b;
	size_t i;

	if (it->nbad == 0)
		return 0;
	/* What is nothing but one bad line has a reason of its own. */
	if (it->entry->count <= 1)
		return work_item_bury(w, it, it->bad[0].why,
		    it->bad[0].reason);
	if (it->nbad == WORK_BAD_MAX)
		return work_item_bury(w, it, it->bad[0].why,
		    "many of its reports cannot be counted");
	for (i = 0; i < it->nbad; i++) {
		b = &it->bad[i];
		if (!b->buried && set_aside(w, it, &b->line, b->reason) == -1)
			return -1;
		b->buried = 1;
	}
	return 0;
}

/*
 * The ledger knows the submission of which IT is a line if that has counted;
 * then this line has, too, with it or by a replay before.
 */
int
work_item_known(struct work *w, struct work_item *it)
{
	uint8_t whole[QUEUE_ENTRY_SUBMISSION];
	struct base_clock_backoff pause = WORK_PAUSE;
	int rc;

	it->skip = 1;
	it->why = "report:counted_before";
	w->stats.known++;
	if (it->entry->line == 0)
		return 0;
	queue_dead_whole_submission(whole, it->entry);
	while ((rc = store_update_is_known(w->db, whole)) == -1)
		if (work_pause(w, &pause) == -1)
			return -1;
	return rc == 1 ? 0 : work_item_bury(w, it, "report:out_of_order",
	    "the submission it is of was not counted yet");
}

/*
 * Does the database take lines FIRST to END - 1?  Nothing of them is kept.
 * There may be many such trials, and each takes as long as a batch.
 */
static enum store_update_verdict
try_lines(struct work *w, struct work_item *it, uint32_t first,
    uint32_t end, struct store_update_result *r)
{
	struct base_clock_backoff pause = WORK_PAUSE;
	enum store_update_verdict v = STORE_UPDATE_AGAIN;

	for (;;) {
		work_claims_keep(w);
		obs_batch_reset(&w->batch);
		if (work_lines_read(&w->batch, w->internal, it, first,
		    end) == 0) {
			obs_batch_sort(&w->batch);
			v = store_update_try(w->db, &w->batch, w->trust,
			    base_clock_now_s(), r);
		}
		if (v != STORE_UPDATE_AGAIN || work_pause(w, &pause) == -1)
			return v;
	}
}

/*
 * Halve until what is refused is one line.  Two lines that are refused only
 * together make none to blame; then the whole is set aside.  0, or -1 as
 * work_apply().
 */
static int
narrow_down(struct work *w, struct work_item *it, uint32_t first, uint32_t end)
{
	uint32_t mid = first + (end - first) / 2;
	struct store_update_result r;

	if (it->nbad == WORK_BAD_MAX)
		return 0;
	assert(first < end);
	switch (try_lines(w, it, first, end, &r)) {
	case STORE_UPDATE_REFUSED:
		break;
	case STORE_UPDATE_AGAIN:
		return -1;
	default:
		return 0;
	}
	if (end - first == 1)
		return work_lines_blame(it, &it->last,
		    "report:database_refused", r.refusal);
	if (narrow_down(w, it, first, mid) == -1)
		return -1;
	return narrow_down(w, it, mid, end);
}

/* A submission of one line needs no search. */
int
work_item_split(struct work *w, struct work_item *it,
    const struct store_update_result *r)
{
	size_t before = it->nbad;
	int rc = 0;

	/* It was warned of once. */
	store_db_expect(w->db, r->refusal_code);
	if (it->last.number > 1)
		rc = narrow_down(w, it, 1, it->last.number + 1);
	store_db_expect(w->db, 0);
	if (rc == 0 && it->nbad == before)
		return work_item_bury(w, it, "report:database_refused",
		    r->refusal);
	return rc;
}
