/* SPDX-License-Identifier: ISC */
/*
 * One batch: submissions become observations, and these become rows.
 *
 * A submission counts exactly once if three things hold, whatever happens:
 *
 *  (a) its rows and its id in the ledger are committed together;
 *  (b) it is acknowledged after that, never before;
 *  (c) what is in the ledger is skipped.
 *
 * Steps, and what a crash before the next one leaves behind:
 *
 *	1  read the clock of the database       nothing
 *	2  set aside what can never be counted  dead letters, each with its
 *	   (too old, broken, killed workers)    entry acknowledged: done
 *	3  read the lines into a batch; those   dead letters of single lines.
 *	   that are not JSON are set aside      The entry comes again, and they
 *	                                        are set aside again: the same
 *	4  have the salts of the days (salt.c)  a salt that others use, too
 *	   store_update(): one transaction      all of it or nothing
 *	5  acknowledge                          the entries come again, are in
 *	                                        the ledger, and skipped
 *
 * Between 3 and 4 a line may be a dead letter whose submission is not counted
 * yet.  If it is replayed then, its id is not deferred in the ledger, so it
 * must not count: the submission may still come again and count whole.
 * work_item_known() sets it aside once more.
 *
 * THE BATCH is sorted by table and key before it is stored, and all workers
 * lock rows in that order, so two of them cannot lock each other out.  Its ids
 * are different from each other: twins are dropped first, as one transaction
 * would not find its own.
 *
 * WHO IS TO BLAME.  A database that refuses a batch (a value does not fit, a
 * row is too large) refuses it again, so what it refuses is narrowed down:
 * halves of the batch first, down to one submission, then in work_item_split()
 * to the lines of that.  One bad report costs itself only.
 *
 * WAITING.  What may work later is tried again, here, with everything in
 * flight: read_clock(), store_batch(), work_claims_ack() and what is in
 * item.c wait in work_pause().  The first two, and the search in item.c for
 * the lines to blame, renew the claims on the entries meanwhile, lest another
 * worker try in vain, too; the others do not, as it is mostly Redis that they
 * wait for.  Nothing but a signal, or the option -1, makes them give up; then
 * -1 goes all the way up and the entries stay pending.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/clock.h"
#include "queue/dead.h"
#include "store/db.h"
#include "store/update.h"
#include "work.h"

#define REMEMBERS_S	60		/* between looks at the counters */

/*
 * Set W->now by the clock of the database, which is the same for all workers: a
 * worker whose own clock is wrong must neither find all submissions too old,
 * nor date what it counts wrongly.
 */
static int
read_clock(struct work *w)
{
	struct base_clock_backoff pause = WORK_PAUSE;

	while (store_db_now(w->db, &w->now) == -1) {
		if (store_db_connect(w->db, 0) == 0 && pause.last_ms == 0 &&
		    store_db_now(w->db, &w->now) == 0)
			break;		/* it had hung up on us */
		if (work_pause(w, &pause) == -1)
			return -1;
		work_claims_renew(w);
	}
	return 0;
}

/*
 * Does the ledger have the id of every submission that was ever counted?  It
 * has, if nothing was counted before the days from which it keeps ids, as the
 * counters of days (stat) show.  Then an old submission that is brought back
 * from a backup can be counted, as it is sure that it was not.  If the database
 * cannot be asked the answer is no.
 */
static int
remembers_all(struct work *w)
{
	int64_t horizon = base_civil_day_of(w->now) - w->cf.work_ledger_days;
	int64_t first;

	if (w->remembers_s != 0 && w->now - w->remembers_s < REMEMBERS_S)
		return w->remembers;
	w->remembers = store_db_get_i64(w->db, "SELECT TO_DAYS(MIN(`time`)) "
	    "- TO_DAYS('1970-01-01') FROM stat", &first, INT64_MAX) == 0 &&
	    first > horizon;
	w->remembers_s = w->now;
	return w->remembers;
}

/*
 * Why submission E can never be counted, or NULL; *WHY is for work_why_tell(),
 * and is "report:failed" unless there is a word of its own.  What is returned
 * is kept with the dead letter, for people, and no program reads it.  An entry
 * that was delivered queue_max_deliveries times is claimed by itself
 * (work_in_flight_claim()), and has as many deliveries again before it is to
 * blame for all the failures.
 */
static const char *
find_fault(struct work *w, const struct queue_entry *e, const char **why)
{
	*why = "report:failed";
	if (e->broken)
		return "fields are missing";
	if (e->time_ms / 1000 < w->now -
	    w->cf.work_ledger_days * BASE_CIVIL_DAY_S && !remembers_all(w)) {
		*why = "report:too_old";
		return "too old to know whether it was counted";
	}
	if (e->deliveries > 2 * w->cf.queue_max_deliveries)
		return "failed too often";
	return NULL;
}

/*
 * Skip IT also if nothing of its API key is to be counted; or set it aside if
 * it can never be counted.  0, or -1 as work_apply().
 */
static int
judge_item(struct work *w, struct work_item *it)
{
	const struct queue_entry *e = it->entry;
	const char *reason, *why;

	if (!it->skip && w->internal != NULL &&
	    store_export_skips_key(w->internal, e->key, e->keylen)) {
		it->skip = 1;
		it->why = "report:unwanted";
	}
	if (it->skip) {
		w->stats.skipped++;
		return 0;
	}
	reason = find_fault(w, e, &why);
	return reason == NULL ? 0 : work_item_bury(w, it, why, reason);
}

/*
 * By the id of the submission; of one that came twice the older entry is the
 * first, and counts.
 */
static int
cmp_submission(const void *a, const void *b)
{
	const struct work_item *const *x = a, *const *y = b;
	int c = memcmp((*x)->entry->submission, (*y)->entry->submission,
	    QUEUE_ENTRY_SUBMISSION);

	return c != 0 ? c : queue_id_cmp(&(*x)->entry->id, &(*y)->entry->id);
}

/*
 * What is to be counted of a batch.  The first N ids are those of the items, in
 * their order; those of bad lines follow.
 */
struct todo {
	struct work_item	**item;
	size_t			  n;
	struct store_update_id	 *ids;
	uint8_t			 *known;	/* set for ids in the ledger */
	size_t			  nids, cap;
	uint64_t		  reports;	/* without the bad ones */
};

/* Add an id.  0, or -1 after a warning. */
static int
append_id(struct todo *t, const uint8_t *id, enum store_update_id_kind kind)
{
	size_t cap = t->cap + 1000;
	struct store_update_id *ids;
	uint8_t *known;

	if (t->nids == t->cap) {
		ids = reallocarray(t->ids, cap, sizeof(*ids));
		if (ids != NULL)
			t->ids = ids;
		if ((known = realloc(t->known, cap)) != NULL)
			t->known = known;
		if (ids == NULL || known == NULL) {
			warn("batch");
			return -1;
		}
		t->cap = cap;
	}
	assert(t->nids < t->cap);
	memcpy(t->ids[t->nids].byte, id, STORE_UPDATE_ID_LEN);
	t->ids[t->nids++].kind = kind;
	return 0;
}

/* Leave out what came twice: a feed may ship something again. */
static void
drop_twins(struct work *w, struct todo *t, struct work_item *item, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		t->item[i] = &item[i];
	qsort(t->item, n, sizeof(*t->item), cmp_submission);
	for (i = 1; i < n; i++)
		if (memcmp(t->item[i]->entry->submission,
		    t->item[i - 1]->entry->submission,
		    QUEUE_ENTRY_SUBMISSION) == 0 && !t->item[i]->skip) {
			t->item[i]->skip = 1;
			t->item[i]->why = "report:counted_before";
			w->stats.known++;
		}
}

/*
 * List the ids of T.  A line that comes back from the dead letters counts only
 * if the ledger has it deferred (REDEEM); and it is deferred (DEFER) in the
 * transaction that counts its submission without it.
 */
static int
list_ids_of(struct todo *t)
{
	uint8_t id[QUEUE_ENTRY_SUBMISSION];
	const struct queue_entry *e;
	size_t i, k;

	t->nids = 0;
	for (i = 0; i < t->n; i++) {
		e = t->item[i]->entry;
		if (append_id(t, e->submission, e->line > 0 ?
		    STORE_UPDATE_REDEEM : STORE_UPDATE_COUNT) == -1)
			return -1;
	}
	for (i = 0; i < t->n; i++)
		for (k = 0; k < t->item[i]->nbad; k++) {
			queue_dead_line_submission(id, t->item[i]->entry,
			    t->item[i]->bad[k].line.number);
			if (append_id(t, id, STORE_UPDATE_DEFER) == -1)
				return -1;
		}
	return 0;
}

/*
 * Read the submissions of ITEM that are not skipped into the batch, in order of
 * arrival, and list them in T; bad lines are set aside.  This starts anew each
 * time it is called, but for what was read ahead.  From then on there is time
 * to read the next batch.
 */
static int
read_all(struct work *w, struct todo *t, struct work_item *item, size_t n)
{
	size_t i;

	if (work_ahead_read(w, item, n) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (!item[i].skip && work_item_bury_lines(w, &item[i]) == -1)
			return -1;
	work_ahead_start(w);
	t->n = 0;
	t->reports = 0;
	for (i = 0; i < n; i++) {
		if (item[i].skip)
			continue;
		t->item[t->n++] = &item[i];
		assert(item[i].nbad == 0 || item[i].entry->count > 1);
		if (item[i].entry->count > item[i].nbad)
			t->reports += item[i].entry->count - item[i].nbad;
	}
	assert(t->n <= n);
	return list_ids_of(t);
}

/* Add to the counts of this process what T and R say, and tell of it. */
static void
note_stored(struct work *w, const struct todo *t,
    const struct store_update_result *r, int64_t took_ms)
{
	uint64_t obs = 0;
	int i;

	for (i = 0; i < OBS_KINDS; i++)
		obs += r->stations.kind[i].obs;
	w->stats.submissions += t->n;
	w->stats.reports += t->reports;
	w->stats.observations += obs;
	w->stats.rows += r->stations.rows;
	if (w->verbose)
		warnx("%zu submissions, %llu reports, %llu observations, "
		    "%llu rows, %lld ms", t->n,
		    (unsigned long long)t->reports, (unsigned long long)obs,
		    (unsigned long long)r->stations.rows, (long long)took_ms);
}

/*
 * Room to count by API key what the batch makes of stations: NULL if all are
 * believed or, after a warning, if memory is short.
 */
static struct store_tally *
tally_room(struct work *w)
{
	size_t n = w->batch.nkey * OBS_KINDS;
	struct store_tally *more;

	if (w->trust == NULL)
		return NULL;
	if (n > w->tallycap) {
		more = reallocarray(w->tally, n, sizeof(*more));
		if (more == NULL) {
			warn("metrics");
			return NULL;
		}
		w->tally = more;
		w->tallycap = n;
	}
	return w->tally;
}

/*
 * Store the batch of T, again and again while the database cannot, with the
 * claims on what is in flight renewed meanwhile.  AGAIN is returned only when a
 * signal, or -1, has ended the waiting.
 */
static enum store_update_verdict
store_batch(struct work *w, struct todo *t, struct store_update_result *r)
{
	int64_t start = base_clock_mono_ms(), now, try;
	enum store_update_verdict v;
	struct base_clock_backoff pause = WORK_PAUSE;

	r->tally = tally_room(w);
	for (;;) {
		try = base_clock_mono_ms();
		v = work_salt(w) == -1 ? STORE_UPDATE_AGAIN :
		    store_update(w->db, &w->batch, w->trust, t->ids, t->nids,
		    t->known, w->now, r);
		if (v != STORE_UPDATE_AGAIN || work_pause(w, &pause) == -1)
			break;
		work_claims_renew(w);
		if (read_clock(w) == -1)
			break;
	}
	if (v == STORE_UPDATE_DONE) {
		now = base_clock_mono_ms();
		note_stored(w, t, r, now - start);
		work_metrics_batch(w, t->item, t->n, r, now - try);
	}
	return v;
}

/*
 * Count those of N submissions that are to be counted, in one transaction.
 * Each round of the loop leaves less to do: what turns out to be known is
 * skipped, and of a single submission that is refused the lines to blame
 * become bad.  Returns 0 when all are counted, set aside or skipped; 1 if the
 * database refuses the batch, which is more than one submission; or -1 as
 * work_apply().
 */
static int
count_once(struct work *w, struct todo *t, struct work_item *item, size_t n)
{
	struct store_update_result r;
	size_t i;

	for (;;) {
		if (read_all(w, t, item, n) == -1)
			return -1;
		if (t->n == 0)
			return 0;
		switch (store_batch(w, t, &r)) {
		case STORE_UPDATE_DONE:
			return 0;
		case STORE_UPDATE_KNOWN:
			for (i = 0; i < t->n; i++)
				if (t->known[i] &&
				    work_item_known(w, t->item[i]) == -1)
					return -1;
			break;
		case STORE_UPDATE_REFUSED:
			if (n > 1)
				return 1;
			if (work_item_split(w, &item[0], &r) == -1)
				return -1;
			break;
		case STORE_UPDATE_AGAIN:
			return -1;
		}
	}
}

/*
 * Count N submissions, together or, if that is refused, halves of them.  The
 * halves keep the order of arrival.
 */
static int
count_halves(struct work *w, struct todo *t, struct work_item *item, size_t n)
{
	int rc = count_once(w, t, item, n);

	if (rc == 1) {
		assert(n > 1);
		if (count_halves(w, t, item, n / 2) == -1)
			return -1;
		return count_halves(w, t, item + n / 2, n - n / 2);
	}
	work_why_tell(w, item, n);
	return rc == -1 ? -1 : work_claims_ack(w, item, n);
}

/* Twins are dropped when what is unwanted, or cannot count, is skipped. */
int
work_apply(struct work *w, struct work_item *item, size_t n)
{
	int64_t start_ms = base_clock_mono_ms();
	struct todo t = { 0 };
	size_t i;
	int rc = -1;

	assert(n > 0);
	t.item = reallocarray(NULL, n, sizeof(struct work_item *));
	if (t.item == NULL) {
		warn("batch");
		goto out;
	}
	if (read_clock(w) == -1)
		goto out;
	/* A front end's clock may be quite wrong: as far ahead as behind. */
	w->batch.last_day = base_civil_day_of(w->now) +
	    w->cf.work_ledger_days;
	work_ahead_settle(w);		/* it reads these items, maybe */
	for (i = 0; i < n; i++)
		if (judge_item(w, &item[i]) == -1)
			goto out;
	drop_twins(w, &t, item, n);
	if ((rc = count_halves(w, &t, item, n)) == 0)
		work_metrics_task(w, "data.export_reports", start_ms);
out:
	free(t.item);
	free(t.ids);
	free(t.known);
	return rc;
}
