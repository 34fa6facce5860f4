/* SPDX-License-Identifier: ISC */
/*
 * One batch: submissions are read into observations and stored together.
 * Whatever is wrong with one of them must not cost the others.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "obs/source.h"
#include "store/update.h"
#include "work.h"

#define KEEP_MS		1000	/* at least, between signs of life */

/* Repeat what Redis would not do until it does.  0 or -1 as work_apply(). */
static int
bury(struct work *w, struct work_item *it, const char *reason)
{
	char id[QUEUE_ID_TEXT];
	int i;

	queue_id_format(id, &it->entry->id);
	warnx("submission %s of %u reports set aside: %s", id,
	    (unsigned)it->entry->count, reason);
	for (i = 1; queue_stream_bury(&w->stream, QUEUE_STREAM_INTERNAL,
	    it->entry, reason) != 0; i++)
		if (work_pause(w, i) == -1)
			return -1;
	it->skip = 1;
	w->stats.buried++;
	return 0;
}

/* The entries of N items side by side, for the caller to free; or NULL. */
static struct queue_entry *
entries(const struct work_item *item, size_t n)
{
	struct queue_entry *e;
	size_t i;

	if ((e = reallocarray(NULL, n, sizeof(*e))) == NULL)
		warn("batch");
	for (i = 0; e != NULL && i < n; i++)
		e[i] = *item[i].entry;
	return e;
}

static int
ack(struct work *w, const struct work_item *item, size_t n)
{
	struct queue_entry *e;
	int i, rc = 0;

	if ((e = entries(item, n)) == NULL)
		return -1;
	for (i = 1; rc == 0 && queue_stream_ack(&w->stream,
	    QUEUE_STREAM_INTERNAL, e, n) != 0; i++)
		rc = work_pause(w, i);
	free(e);
	return rc;
}

/* While the database is away nobody else shall try in vain. */
static void
keep(struct work *w, const struct work_item *item, size_t n)
{
	struct queue_entry *e = entries(item, n);

	if (e != NULL)
		queue_stream_keep(&w->stream, QUEUE_STREAM_INTERNAL,
		    w->consumer, e, n);
	free(e);
}

/* 1 if nothing of the API key of E is to be counted. */
static int
is_unwanted(const struct work *w, const struct queue_entry *e)
{
	return w->own != NULL &&
	    store_export_skips_key(w->own, e->key, e->keylen);
}

/* Why submission E cannot be counted, or NULL. */
static const char *
check(const struct work *w, const struct queue_entry *e)
{
	if (e->broken)
		return "fields are missing";
	if (e->time_ms / 1000 < base_civil_now_s() -
	    w->cf.work_ledger_days * BASE_CIVIL_DAY_S)
		return "too old to know whether it was counted";
	if (e->deliveries > 2 * w->cf.queue_max_deliveries)
		return "failed too often";
	return NULL;
}

/* Add a report line, unless it is from a source that is not wanted here. */
static enum obs_batch_verdict
read_line(struct work *w, const struct queue_entry *e, const char *line,
    size_t len)
{
	const char *source;
	size_t n;

	if (w->own != NULL && w->own->skip_sources[0] != '\0') {
		base_arena_reset(&w->line);
		source = obs_source_get(line, len, &w->line, &n);
		if (source == NULL)
			return OBS_BATCH_NOMEM;
		if (store_export_skips_source(w->own, source, n))
			return OBS_BATCH_OK;
	}
	return obs_batch_add(&w->batch, e->key, e->keylen, line, len);
}

/* Read the report lines of E into the batch: all or none. */
static enum obs_batch_verdict
read_entry(struct work *w, const struct queue_entry *e)
{
	const char *end = e->payload + e->len, *lf, *p;
	enum obs_batch_verdict v = OBS_BATCH_OK;
	struct obs_batch *b = &w->batch;
	const struct obs_batch before = *b;

	for (p = e->payload; p < end && v == OBS_BATCH_OK; p = lf + 1) {
		if ((lf = memchr(p, '\n', (size_t)(end - p))) == NULL)
			lf = end;
		if (lf > p)
			v = read_line(w, e, p, (size_t)(lf - p));
	}
	if (v != OBS_BATCH_OK) {
		b->n = before.n;
		b->ngrid = before.ngrid;
		b->ngroup = before.ngroup;
		b->counts = before.counts;
	}
	return v;
}

static int
cmp_sub(const void *a, const void *b)
{
	const struct work_item *const *x = a, *const *y = b;
	int c = memcmp((*x)->entry->sub, (*y)->entry->sub,
	    QUEUE_ENTRY_SUB_LEN);

	/* Of one that came twice the first counts. */
	return c != 0 ? c : queue_id_cmp(&(*x)->entry->id, &(*y)->entry->id);
}

/* What is to be counted of a batch. */
struct todo {
	struct work_item	**item;
	struct store_update_id	 *ids;
	uint8_t			 *known;
	size_t			  n;
	uint64_t		  reports;
};

/* Leave out what came twice: a feed may ship something again. */
static void
drop_twins(struct work *w, struct todo *t, struct work_item *item, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		t->item[i] = &item[i];
	qsort(t->item, n, sizeof(*t->item), cmp_sub);
	for (i = 1; i < n; i++)
		if (memcmp(t->item[i]->entry->sub, t->item[i - 1]->entry->sub,
		    QUEUE_ENTRY_SUB_LEN) == 0 && !t->item[i]->skip) {
			t->item[i]->skip = 1;
			w->stats.known++;
		}
}

/* Read the submissions that count, in order of arrival. */
static int
read_all(struct work *w, struct todo *t, struct work_item *item, size_t n)
{
	const struct queue_entry *e;
	enum obs_batch_verdict v;
	size_t i;
	int k;

	obs_batch_reset(&w->batch);
	t->n = 0;
	t->reports = 0;
	for (i = 0; i < n; i++) {
		if (item[i].skip)
			continue;
		e = item[i].entry;
		for (k = 1; (v = read_entry(w, e)) == OBS_BATCH_NOMEM; k++) {
			warnx("out of memory");
			if (work_pause(w, k) == -1)
				return -1;
		}
		if (v == OBS_BATCH_BAD) {
			if (bury(w, &item[i], "not JSON") == -1)
				return -1;
			continue;
		}
		t->item[t->n] = &item[i];
		memcpy(t->ids[t->n++].byte, e->sub, STORE_UPDATE_ID_LEN);
		t->reports += e->count;
	}
	obs_batch_sort(&w->batch);
	return 0;
}

static void
report(struct work *w, const struct todo *t,
    const struct store_update_result *r, int64_t took_ms)
{
	uint64_t obs = 0;
	int i;

	for (i = 0; i < OBS_KINDS; i++)
		obs += r->kind[i].obs;
	w->stats.submissions += t->n;
	w->stats.reports += t->reports;
	w->stats.observations += obs;
	w->stats.rows += r->rows;
	if (w->verbose)
		warnx("%zu submissions, %llu reports, %llu observations, "
		    "%llu rows, %lld ms", t->n,
		    (unsigned long long)t->reports, (unsigned long long)obs,
		    (unsigned long long)r->rows, (long long)took_ms);
}

/* Store a batch, until it is stored or shown to be impossible. */
static enum store_update_verdict
store(struct work *w, struct todo *t, struct work_item *item, size_t n,
    struct store_update_result *r)
{
	int64_t kept = base_civil_mono_ms(), start = kept, now;
	enum store_update_verdict v;
	int i;

	for (i = 1;; i++) {
		v = store_update(w->db, &w->batch, t->ids, t->n, t->known,
		    base_civil_now_s(), r);
		if (v != STORE_UPDATE_AGAIN || work_pause(w, i) == -1)
			break;
		now = base_civil_mono_ms();
		if (now - kept >= KEEP_MS) {
			keep(w, item, n);
			kept = now;
		}
	}
	if (v == STORE_UPDATE_DONE)
		report(w, t, r, base_civil_mono_ms() - start);
	return v;
}

/* Count what is to be counted of N submissions.  0, 1 to split, or -1. */
static int
count(struct work *w, struct todo *t, struct work_item *item, size_t n)
{
	struct store_update_result r;
	size_t i;

	for (;;) {
		if (read_all(w, t, item, n) == -1)
			return -1;
		if (t->n == 0)
			return 0;
		switch (store(w, t, item, n, &r)) {
		case STORE_UPDATE_DONE:
			return 0;
		case STORE_UPDATE_KNOWN:
			for (i = 0; i < t->n; i++)
				if (t->known[i]) {
					t->item[i]->skip = 1;
					w->stats.known++;
				}
			break;
		case STORE_UPDATE_REFUSED:
			if (n > 1)
				return 1;
			return bury(w, &item[0], r.refusal);
		case STORE_UPDATE_AGAIN:
			return -1;
		}
	}
}

static int
apply(struct work *w, struct todo *t, struct work_item *item, size_t n)
{
	switch (count(w, t, item, n)) {
	case 0:
		return ack(w, item, n);
	case 1:
		if (apply(w, t, item, n / 2) == -1)
			return -1;
		return apply(w, t, item + n / 2, n - n / 2);
	default:
		return -1;
	}
}

int
work_apply(struct work *w, struct work_item *item, size_t n)
{
	struct todo t = { 0 };
	const char *why;
	size_t i;
	int rc = -1;

	t.item = reallocarray(NULL, n, sizeof(struct work_item *));
	t.ids = reallocarray(NULL, n, sizeof(*t.ids));
	t.known = malloc(n);
	if (t.item == NULL || t.ids == NULL || t.known == NULL) {
		warn("batch");
		goto out;
	}
	for (i = 0; i < n; i++) {
		if (is_unwanted(w, item[i].entry)) {
			item[i].skip = 1;
			w->stats.skipped++;
			continue;
		}
		why = check(w, item[i].entry);
		if (why != NULL && bury(w, &item[i], why) == -1)
			goto out;
	}
	drop_twins(w, &t, item, n);
	rc = apply(w, &t, item, n);
out:
	free(t.item);
	free(t.ids);
	free(t.known);
	return rc;
}
