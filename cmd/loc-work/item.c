/* SPDX-License-Identifier: ISC */
/*
 * One submission: its report lines, and those of them that are set aside so
 * that the others can count.
 *
 * Lines are numbered from 1 as they stand in the entry, empty ones too.  The
 * number is part of a dead letter's id, so it must never change: what
 * loc-forward defers keeps its numbers by empty lines, and a line that is
 * replayed comes as an entry of its own that knows its number (entry->line).
 *
 * An item's list of bad lines only grows, while the item is read again and
 * again: lines that are not JSON are added when they are read, those that the
 * database refuses by work_item_split().  A line in the list is left out of
 * the batch.  It is set aside once, before the rest of the submission is
 * stored: the other way round a crash would lose it.  A submission of one
 * report that is bad is set aside as a whole, and so is one with very many bad
 * lines.  Any other is stored without its bad lines, also if no line is left:
 * then its id counts, and those of its lines are deferred.
 *
 * Whoever sets something aside goes on trying until Redis has taken it, so
 * that "set aside" and "skipped" are never true of the same report without a
 * dead letter.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/clock.h"
#include "net/statsd.h"
#include "obs/source.h"
#include "queue/dead.h"
#include "store/db.h"
#include "store/update.h"
#include "work.h"

/*
 * So many bad lines condemn a submission as a whole: it is nothing that our
 * programs made, and each of them costs memory and time.
 */
#define BAD_MAX		100

void
work_item_done(struct work_item *it)
{
	free(it->bad);
	it->bad = NULL;
	it->nbad = 0;
}

/* The entry of line NUMBER in the list of bad ones, or NULL. */
static struct work_bad *
find_bad(const struct work_item *it, uint32_t number)
{
	size_t i;

	for (i = 0; i < it->nbad; i++)
		if (it->bad[i].line == number)
			return &it->bad[i];
	return NULL;
}

/* Note that a line is to be set aside.  0, or -1 when memory is short. */
static int
add_bad(struct work_item *it, uint32_t number, const char *why,
    const char *reason)
{
	struct work_bad *b;

	assert(it->nbad < BAD_MAX && find_bad(it, number) == NULL);
	if (it->bad == NULL)
		it->bad = calloc(BAD_MAX, sizeof(*b));
	if ((b = it->bad) == NULL)
		return -1;
	b += it->nbad++;
	b->line = number;
	b->buried = 0;
	b->why = why;
	strlcpy(b->reason, reason, sizeof(b->reason));
	return 0;
}

/*
 * Add a report line to B, unless it is from a source that is not wanted here,
 * as INTERNAL says.
 */
static enum obs_batch_verdict
add_line_to(struct obs_batch *b, const struct store_export *internal,
    struct base_arena *a, const struct queue_entry *e,
    const struct queue_line *l)
{
	const char *source;
	size_t n;

	if (l->len == 0)
		return OBS_BATCH_OK;
	if (internal != NULL && internal->skip_sources[0] != '\0') {
		base_arena_reset(a);
		source = obs_source_get(l->text, l->len, a, &n);
		if (source == NULL)
			return OBS_BATCH_NOMEM;
		if (store_export_skips_source(internal, source, n)) {
			b->counts.why[OBS_WHY_UNWANTED]++;
			return OBS_BATCH_OK;
		}
	}
	return obs_batch_add(b, e->key, e->keylen, l->text, l->len);
}

static enum obs_batch_verdict
add_line(struct work *w, const struct queue_entry *e,
    const struct queue_line *l)
{
	return add_line_to(&w->batch, w->internal, &w->line, e, l);
}

/* What is added next is of E.  0, or -1 when memory is short. */
static int
begin_submission(struct obs_batch *b, const struct queue_entry *e)
{
	return obs_batch_begin(b, &e->witness,
	    base_civil_day_of(e->time_ms / 1000));
}

/* In the thread that reads ahead: what is bad is for others to see to. */
int
work_item_read_ahead(struct work_ahead *a, const struct work_item *it)
{
	struct queue_line l = { 0 };

	if (it->nbad > 0 || begin_submission(&a->batch, it->entry) == -1)
		return -1;
	while (queue_entry_line(it->entry, &l))
		if (add_line_to(&a->batch, a->internal, &a->line, it->entry,
		    &l) != OBS_BATCH_OK)
			return -1;
	return 0;
}

/* The next line of IT behind L that is not bad: 1, or 0. */
static int
next_good_line(const struct work_item *it, struct queue_line *l)
{
	while (queue_entry_line(it->entry, l))
		if (find_bad(it, l->number) == NULL)
			return 1;
	return 0;
}

/*
 * Lines are read one by one, so that a bad one does not cost its neighbours.
 * Either all good lines are in the batch afterwards, or none.  0, or -1 after
 * a warning when memory is short.
 */
static int
read_good_lines(struct work *w, struct work_item *it)
{
	struct obs_batch *b = &w->batch;
	enum obs_batch_verdict v = OBS_BATCH_OK;
	struct obs_batch before;
	struct queue_line l = { 0 };

	if (begin_submission(b, it->entry) == -1) {
		warnx("out of memory");
		return -1;
	}
	before = *b;
	while (v != OBS_BATCH_NOMEM && it->nbad < BAD_MAX &&
	    next_good_line(it, &l)) {
		v = add_line(w, it->entry, &l);
		if (v == OBS_BATCH_BAD &&
		    add_bad(it, l.number, "report:not_json",
		    "not JSON") == -1)
			v = OBS_BATCH_NOMEM;
	}
	if (v == OBS_BATCH_NOMEM || it->nbad == BAD_MAX)
		obs_batch_undo(b, &before);
	if (v == OBS_BATCH_NOMEM)
		warnx("out of memory");
	return v == OBS_BATCH_NOMEM ? -1 : 0;
}

/* All of IT or line L; repeat what Redis would not do until it does. */
static int
set_aside(struct work *w, const struct work_item *it,
    const struct queue_line *l, const char *why, const char *reason)
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
	work_why(w, e, why, l == NULL && e->count > 0 ? e->count : 1);
	return 0;
}

int
work_item_bury(struct work *w, struct work_item *it, const char *why,
    const char *reason)
{
	if (set_aside(w, it, NULL, why, reason) == -1)
		return -1;
	it->skip = 1;
	return 0;
}

/*
 * Set aside those bad lines of IT that were not set aside yet, when it was read
 * before; or all of it, if it is of one report or has BAD_MAX of them.
 */
static int
bury_lines(struct work *w, struct work_item *it)
{
	struct work_bad *b;
	struct queue_line l = { 0 };

	if (it->nbad == 0)
		return 0;
	/* What is nothing but one bad line has a reason of its own. */
	if (it->entry->count <= 1)
		return work_item_bury(w, it, it->bad[0].why,
		    it->bad[0].reason);
	if (it->nbad == BAD_MAX)
		return work_item_bury(w, it, it->bad[0].why,
		    "many of its reports cannot be counted");
	while (queue_entry_line(it->entry, &l)) {
		if ((b = find_bad(it, l.number)) == NULL || b->buried)
			continue;
		if (set_aside(w, it, &l, b->why, b->reason) == -1)
			return -1;
		b->buried = 1;
	}
	return 0;
}

int
work_item_read(struct work *w, struct work_item *it)
{
	struct base_clock_backoff pause = WORK_PAUSE;

	while (read_good_lines(w, it) == -1)
		if (work_pause(w, &pause) == -1)
			return -1;
	return bury_lines(w, it);
}

/* Read the lines FIRST to END - 1 that are not bad.  0, -1: no memory. */
static int
read_range(struct work *w, const struct work_item *it, uint32_t first,
    uint32_t end)
{
	struct queue_line l = { 0 };

	obs_batch_reset(&w->batch);
	if (begin_submission(&w->batch, it->entry) == -1)
		return -1;
	while (next_good_line(it, &l) && l.number < end)
		if (l.number >= first &&
		    add_line(w, it->entry, &l) == OBS_BATCH_NOMEM)
			return -1;
	obs_batch_sort(&w->batch);
	return 0;
}

/* Does the database take these lines?  Nothing of them is kept. */
static enum store_update_verdict
try_range(struct work *w, const struct work_item *it, uint32_t first,
    uint32_t end, struct store_update_result *r)
{
	struct base_clock_backoff pause = WORK_PAUSE;
	enum store_update_verdict v = STORE_UPDATE_AGAIN;

	for (;;) {
		if (read_range(w, it, first, end) == 0)
			v = store_update_try(w->db, &w->batch, w->trust,
			    base_clock_now_s(), r);
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

	if (it->nbad == BAD_MAX)
		return 0;
	assert(first < end);
	switch (try_range(w, it, first, end, &r)) {
	case STORE_UPDATE_REFUSED:
		break;
	case STORE_UPDATE_AGAIN:
		return -1;
	default:
		return 0;
	}
	if (end - first == 1)
		return add_bad(it, first, "report:database_refused",
		    r.refusal);
	if (narrow_down(w, it, first, mid) == -1)
		return -1;
	return narrow_down(w, it, mid, end);
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
	int rc = 1;

	it->skip = 1;
	w->stats.known++;
	work_why(w, it->entry, "report:counted_before", it->entry->count);
	if (it->entry->line == 0)
		return 0;
	queue_dead_whole_submission(whole, it->entry);
	while ((rc = store_update_is_known(w->db, whole)) == -1)
		if (work_pause(w, &pause) == -1)
			return -1;
	return rc == 1 ? 0 : work_item_bury(w, it, "report:out_of_order",
	    "the submission it is of was not counted yet");
}

/* A submission of one line needs no search. */
int
work_item_split(struct work *w, struct work_item *it,
    const struct store_update_result *r)
{
	struct queue_line l = { 0 };
	size_t before = it->nbad;
	int rc;

	while (queue_entry_line(it->entry, &l))
		;
	/* It was warned of once. */
	store_db_expect(w->db, r->refusal_code);
	rc = l.number <= 1 ? 0 : narrow_down(w, it, 1, l.number + 1);
	store_db_expect(w->db, 0);
	if (rc == 0 && it->nbad == before)
		return work_item_bury(w, it, "report:database_refused",
		    r->refusal);
	return rc;
}
