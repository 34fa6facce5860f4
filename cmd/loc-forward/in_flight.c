/* SPDX-License-Identifier: ISC */
/*
 * What is in flight: entries that were read and not acknowledged, and their
 * reports.
 *
 * Reports wait in parts until their part has enough of them for a batch.  With
 * one part an entry's reports are delivered together; objects and files have a
 * part for each source and key, so an entry's reports may be in many parts and
 * be delivered hours apart.  Therefore every report points to its entry, which
 * counts those that are left, and the entry is acknowledged when none is:
 *
 *	left == 0	all were delivered or set aside: acknowledged
 *	left == reports	nothing was: at the end it is released as it is
 *	otherwise	at the end the rest is requeued: it becomes an entry of
 *			its own, with empty lines for what was done
 *
 * A crash loses these counts, and what is in flight is delivered again.
 *
 * Reports that are done keep their places in their part until
 * forward_in_flight_tidy(): the batch they are of may be in the middle of
 * being halved.  Until then they count in the part's text but not in `left'.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "forward.h"
#include "json/doc.h"
#include "net/statsd.h"
#include "obs/source.h"
#include "queue/dead.h"

#define NO_KEY		"no_key"
#define IDS		1000		/* of one command */

/*
 * Keep the id of E, to acknowledge it.  0, or -1 after a warning if the list
 * cannot grow: the entry then stays in flight.
 */
static int
add_ack(struct forward *f, const struct queue_entry *e)
{
	size_t cap = 2 * f->capacks + 64;
	struct queue_id *p;

	if (f->nacks == f->capacks) {
		if ((p = reallocarray(f->acks, cap, sizeof(*p))) == NULL) {
			warn("%s", f->row->name);
			return -1;
		}
		f->acks = p;
		f->capacks = cap;
	}
	f->acks[f->nacks++] = e->id;
	return 0;
}

int
forward_in_flight_bury(struct forward *f, const struct queue_entry *e,
    const struct queue_line *l, const char *why)
{
	char id[QUEUE_DEAD_ID_LEN];

	queue_dead_id(id, &f->consumer, e, l == NULL ? 0 : l->number);
	if (queue_dead_bury(&f->consumer, e, l, why) != QUEUE_OK)
		return -1;
	if (l == NULL)
		warnx("%s: dead letter %s: submission of %u reports set "
		    "aside: %s", f->row->name, id, (unsigned)e->count, why);
	else
		warnx("%s: dead letter %s: report %u of its submission set "
		    "aside: %s", f->row->name, id, (unsigned)l->number, why);
	f->stats->dead++;
	net_statsd_count(f->statsd, "data.deadletter", 1, "key", f->row->name,
	    NULL);
	return 0;
}

/*
 * Acknowledge from the end of the list, which then needs only to be shortened.
 * If Redis is away the rest stays for the next turn.
 */
int
forward_in_flight_ack(struct forward *f)
{
	size_t n;

	while (f->nacks > 0) {
		n = f->nacks > IDS ? IDS : f->nacks;
		if (queue_consumer_ack(&f->consumer, f->acks + f->nacks - n,
		    n) != QUEUE_OK)
			return -1;
		f->nacks -= n;
	}
	return 0;
}

/* Keep what is needed of E besides its payload; or NULL, short of memory. */
static struct forward_entry *
new_entry(struct forward *f, const struct queue_entry *e)
{
	struct forward_entry *h = calloc(1, sizeof(*h));

	if (h == NULL || (h->key = malloc(e->keylen + 1)) == NULL) {
		free(h);
		return NULL;
	}
	memcpy(h->key, e->key, e->keylen);
	h->key[e->keylen] = '\0';
	h->entry = *e;
	h->entry.key = h->key;
	h->entry.payload = NULL;
	h->entry.group = NULL;
	h->is_part = e->group != NULL;
	*f->entries_end = h;
	f->entries_end = &h->next;
	f->nentries++;
	return h;
}

/* The part for reports of SOURCE with KEY, or NULL when memory is short. */
static struct forward_part *
get_part(struct forward *f, const char *source, const char *key)
{
	struct forward_part *p, **end = &f->parts;

	if (f->row->schema != STORE_EXPORT_S3)
		source = key = "";
	else if (*key == '\0')
		key = NO_KEY;
	for (; (p = *end) != NULL; end = &p->next)
		if (strcmp(p->source, source) == 0 &&
		    strcmp(p->key, key) == 0)
			return p;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	base_buf_init(&p->text);
	if ((p->source = strdup(source)) == NULL ||
	    (p->key = strdup(key)) == NULL) {
		free(p->source);
		free(p);
		return NULL;
	}
	return *end = p;
}

/*
 * Add line L of H.  0, or -1 when memory is short.  A report of a source
 * that the row leaves out counts nowhere: neither in what the entry holds nor
 * in what is left of it.
 */
static int
add_report(struct forward *f, struct forward_entry *h,
    const struct queue_line *l)
{
	struct forward_report *r;
	struct forward_part *p;
	const char *source;
	size_t cap, n;

	source = obs_source_get(l->text, l->len, &f->line, &n);
	if (source == NULL)
		return -1;
	if (store_export_skips_source(f->row, source, n))
		return 0;
	if ((p = get_part(f, source, h->key)) == NULL)
		return -1;
	if (p->n == p->cap) {
		cap = 2 * p->cap + 64;
		if ((r = reallocarray(p->report, cap, sizeof(*r))) == NULL)
			return -1;
		p->report = r;
		p->cap = cap;
	}
	r = &p->report[p->n];
	*r = (struct forward_report){ .of = h, .number = l->number,
	    .at = p->text.len, .len = l->len + 1,
	    .since_ms = base_clock_mono_ms() };
	base_buf_add(&p->text, l->text, l->len);
	base_buf_chr(&p->text, '\n');
	if (!base_buf_ok(&p->text))
		return -1;
	p->n++;
	h->last = l->number;
	h->reports++;
	h->left++;
	f->bytes += l->len + 1;
	f->stats->in_flight++;
	return 0;
}

/* 1 if it is a JSON object, 0 if not, -1 when memory is short. */
static int
is_json_object(struct forward *f, const char *text, size_t len)
{
	struct json_doc d;

	base_arena_reset(&f->line);
	if (json_doc_parse(&d, text, len, &f->line) == -1)
		return d.why == json_doc_nomem ? -1 : 0;
	return json_doc_kind(&d, 0) == JSON_DOC_OBJECT;
}

/*
 * Add the lines of E.  Empty ones stand for reports that were done with before
 * the entry was requeued, and count in the numbers only.  A line that is no
 * JSON object would break the body that it is put into, so it is set aside
 * here and not by the target.
 */
static int
add_lines(struct forward *f, struct forward_entry *h,
    const struct queue_entry *e)
{
	struct queue_line l = { 0 };
	int good;

	while (queue_entry_line(e, &l)) {
		if (l.len == 0)
			continue;
		if ((good = is_json_object(f, l.text, l.len)) == -1 ||
		    (good && add_report(f, h, &l) == -1))
			return -1;
		if (!good &&
		    forward_in_flight_bury(f, e, &l, "not JSON") == -1)
			return -1;
	}
	return 0;
}

/*
 * Entries that are done leave.  The list is walked whole, also to find its new
 * end; it is bounded by IN_FLIGHT_ENTRIES.
 */
static void
drop_done(struct forward *f)
{
	struct forward_entry *h, **at = &f->entries;

	while ((h = *at) != NULL) {
		if (h->left > 0) {
			at = &h->next;
			continue;
		}
		if (add_ack(f, &h->entry) == -1)
			break;
		*at = h->next;
		free(h->key);
		free(h);
		f->nentries--;
	}
	for (; *at != NULL; at = &(*at)->next)
		;
	f->entries_end = at;
}

int
forward_in_flight_add(struct forward *f, const struct queue_entry *e)
{
	struct forward_entry *h;

	/* What is broken is set aside by whoever fills the database. */
	if (e->broken || !queue_entry_is_for(e, f->consumer.group) ||
	    store_export_skips_key(f->row, e->key, e->keylen))
		return add_ack(f, e);
	if ((h = new_entry(f, e)) == NULL || add_lines(f, h, e) == -1) {
		warnx("%s: cannot take in a submission", f->row->name);
		return -1;
	}
	if (h->left == 0)
		drop_done(f);
	return 0;
}

/* Acknowledging may fail here: forward_in_flight_ack() is called each turn. */
void
forward_in_flight_done(struct forward *f, struct forward_part *p, size_t first,
    size_t end)
{
	size_t i;

	for (i = first; i < end; i++) {
		assert(!p->report[i].done && p->report[i].of->left > 0);
		p->report[i].done = 1;
		p->report[i].of->left--;
		f->stats->in_flight--;
	}
	drop_done(f);
	forward_in_flight_ack(f);		/* or later */
}

/* Texts move to the front, in order, so none overwrites one that is left. */
void
forward_in_flight_tidy(struct forward *f, struct forward_part *p)
{
	size_t at = 0, i, n = 0;
	struct forward_report *r;

	for (i = 0; i < p->n; i++) {
		r = &p->report[i];
		if (r->done) {
			f->bytes -= r->len;
			continue;
		}
		assert(at <= r->at);
		memmove(p->text.data + at, p->text.data + r->at, r->len);
		r->at = at;
		at += r->len;
		p->report[n++] = *r;
	}
	p->n = n;
	p->text.len = at;
}

/* The ids of what is in flight, for the caller to free; or NULL. */
static struct queue_id *
list_ids(const struct forward *f)
{
	const struct forward_entry *h;
	struct queue_id *id;
	size_t n = 0;

	if ((id = calloc(f->nentries + 1, sizeof(*id))) == NULL)
		warn("%s", f->row->name);
	for (h = f->entries; id != NULL && h != NULL; h = h->next)
		id[n++] = h->entry.id;
	return id;
}

/*
 * This is called often, also by libcurl; it acts three times in claim_idle_s.
 */
void
forward_in_flight_renew(void *arg)
{
	struct forward *f = arg;
	int64_t now = base_clock_mono_ms();
	struct queue_id *id;
	size_t i, n;

	if (f->nentries == 0 ||
	    now - f->renewed_ms < f->cf->queue_claim_idle_s * 1000 / 3)
		return;
	f->renewed_ms = now;
	if ((id = list_ids(f)) == NULL)
		return;
	for (i = 0; i < f->nentries; i += n) {
		n = f->nentries - i > IDS ? IDS : f->nentries - i;
		if (queue_consumer_renew(&f->consumer, id + i, n) != QUEUE_OK)
			break;
	}
	free(id);
}

/* A report that is not done, and the text it is in. */
struct rest {
	const struct forward_report	*report;
	const char			*text;
};

/* By the number of the line. */
static int
cmp_rest(const void *a, const void *b)
{
	uint32_t x = ((const struct rest *)a)->report->number;
	uint32_t y = ((const struct rest *)b)->report->number;

	return (x > y) - (x < y);
}

/*
 * Some of the reports of H were delivered: leave the others as an entry of
 * their own.  They keep their numbers, by empty lines for those that are done.
 */
static int
requeue_rest(struct forward *f, const struct forward_entry *h)
{
	const struct forward_part *p;
	struct rest *r;
	uint32_t line = 1;
	size_t i, n = 0;
	int rc = -1;

	if ((r = calloc(h->left, sizeof(*r))) == NULL) {
		warn("%s", f->row->name);
		return -1;
	}
	assert(h->left > 0 && h->left < h->reports);
	for (p = f->parts; p != NULL; p = p->next)
		for (i = 0; i < p->n; i++)
			if (p->report[i].of == h && !p->report[i].done)
				r[n++] = (struct rest){ &p->report[i],
				    p->text.data };
	qsort(r, n, sizeof(*r), cmp_rest);
	base_buf_reset(&f->body);
	for (i = 0; i < n; i++, line++) {
		assert(line <= r[i].report->number);
		for (; line < r[i].report->number; line++)
			base_buf_chr(&f->body, '\n');
		base_buf_add(&f->body, r[i].text + r[i].report->at,
		    r[i].report->len);
	}
	if (base_buf_ok(&f->body) && queue_consumer_requeue(&f->consumer,
	    &h->entry, h->left, f->body.data, f->body.len) == QUEUE_OK)
		rc = 0;
	free(r);
	return rc;
}

/* If one rest cannot be requeued, nothing else can be done either. */
void
forward_in_flight_release(struct forward *f)
{
	const struct forward_entry *h;
	struct queue_id *id;
	size_t i, k, n = 0;

	if (f->nentries == 0 || (id = list_ids(f)) == NULL)
		return;
	for (h = f->entries; h != NULL; h = h->next)
		if (h->left == 0)
			continue;	/* done; it comes again */
		else if (h->left == h->reports)
			id[n++] = h->entry.id;
		else if (requeue_rest(f, h) != 0)
			break;
	for (i = 0; h == NULL && i < n; i += k) {
		k = n - i > IDS ? IDS : n - i;
		if (queue_consumer_release(&f->consumer, id + i, k) !=
		    QUEUE_OK)
			break;
	}
	free(id);
}

void
forward_in_flight_free(struct forward *f)
{
	struct forward_entry *h;
	struct forward_part *p;

	while ((h = f->entries) != NULL) {
		f->entries = h->next;
		free(h->key);
		free(h);
	}
	while ((p = f->parts) != NULL) {
		f->parts = p->next;
		base_buf_done(&p->text);
		free(p->report);
		free(p->source);
		free(p->key);
		free(p);
	}
	free(f->acks);
}
