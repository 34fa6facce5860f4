/* SPDX-License-Identifier: ISC */
/*
 * Batches as objects, in a bucket or a directory, with a manifest.
 *
 * A batch is made into the bytes of an object once: {"items": [...]} and where
 * its reports came from (backup/batch.h), packed, and encrypted if [backup] of
 * location.ini says so.  Then, however often that has to be tried,
 *
 *	1  the manifest is stored, with the object's key and hash;
 *	2  the object is stored, whose hash the store confirms;
 *	3  the entries are acknowledged.
 *
 * A process that is killed between two of these leaves an object that is in a
 * manifest, or a line in a manifest without an object, which is not "stored";
 * what follows is delivered once more, under another key.  So nothing that was
 * acknowledged is missing in a manifest, no object is unknown, and no key ever
 * had two contents.  That an object was stored is written with the next one,
 * or SETTLE_MS later.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backup/batch.h"
#include "backup/recipient.h"
#include "base/civil.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "forward.h"
#include "net/gzip.h"
#include "net/statsd.h"
#include "obs/items.h"
#include "queue/dead.h"
#include "seal/writer.h"

#define LEVEL		7		/* of packing: Ichnaea's */
#define SETTLE_MS	60000
#define NO_KEY		"no_key"	/* see in_flight.c */

static const struct object_type packed = { "application/json", "gzip", NULL };
static const struct object_type sealed = { "application/octet-stream", NULL,
	NULL };
static const struct object_type manifest = { "application/json", NULL, NULL };

int
forward_object_open(struct forward *f)
{
	struct forward_object *o = &f->object;
	const struct object_tuning tuning = {
		.tick = forward_in_flight_renew, .arg = f, .once = 1,
		.private = 1
	};

	base_buf_init(&o->bytes);
	base_buf_init(&o->text);
	backup_manifest_init(&o->manifest);
	if (backup_place_cut(&o->place, f->row->url) == -1) {
		warnx("%s: url: too long", f->row->name);
		return -1;
	}
	if (backup_recipient_read(&o->to, f->cf) == -1 ||
	    (o->store = object_store_open(f->cf, o->place.store)) == NULL)
		return -1;
	object_store_tune(o->store, &tuning);
	return 0;
}

/* A new UUID of now, and the day. */
static void
make_name(char uuid[BASE_UUID_HEX], struct base_civil *day)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	base_civil_split(day, now.tv_sec);
	base_uuid_v1(uuid, (int64_t)now.tv_sec * 10000000 +
	    now.tv_nsec / 100);
}

/* The key of a new object for P; 0, or -1 when memory is short. */
static int
set_key(struct forward_object *o, const struct forward_part *p)
{
	struct store_export_place place = { p->source, p->key, 0, 0, 0 };
	char uuid[BASE_UUID_HEX];
	struct base_civil day;
	struct base_buf b;

	make_name(uuid, &day);
	place.year = day.year;
	place.month = day.month;
	place.day = day.day;
	base_buf_init(&b);
	store_export_path(&b, o->place.path, &place);
	base_buf_fmt(&b, "%s.json.gz%s", uuid, o->to.n > 0 ?
	    BACKUP_PLACE_SEALED : "");
	free(o->key);
	o->key = base_buf_ok(&b) ? strdup(b.data) : NULL;
	base_buf_done(&b);
	return o->key == NULL ? -1 : 0;
}

/* What R is of, as one report. */
static struct backup_batch_run
run_of(const struct forward_report *r)
{
	const struct forward_entry *h = r->of;
	struct backup_batch_run run = { .line = r->number, .n = 1,
	    .accepted_ms = h->entry.time_ms };

	if (h->entry.line > 0) {	/* a dead letter of one line */
		queue_dead_whole_submission(run.id, &h->entry);
		run.line = h->entry.line;
	} else
		memcpy(run.id, h->entry.submission, sizeof(run.id));
	/* What was requeued does not know how many there were. */
	run.of = h->is_part ? h->last : h->reports;
	if (run.of < run.line && h->is_part)
		run.of = run.line;
	return run;
}

/* The runs of the reports FIRST to END - 1 of P, to be freed; or NULL. */
static struct backup_batch_run *
list_runs(const struct forward_part *p, size_t first, size_t end, size_t *n)
{
	struct backup_batch_run *list, *last, run;
	size_t i;

	*n = 0;
	if ((list = calloc(end - first, sizeof(*list))) == NULL)
		return NULL;
	for (i = first; i < end; i++) {
		run = run_of(&p->report[i]);
		last = *n == 0 ? NULL : &list[*n - 1];
		if (last != NULL && run.line == last->line + last->n &&
		    memcmp(run.id, last->id, sizeof(run.id)) == 0)
			last->n++;
		else
			list[(*n)++] = run;
	}
	return list;
}

/* The text of the object: 0, or -1 when memory is short. */
static int
make_text(struct forward *f, const struct forward_part *p, size_t first,
    size_t end)
{
	struct backup_batch_run *run;
	size_t i, n;

	base_buf_reset(&f->body);
	for (i = first; i < end; i++)
		obs_items_add(&f->body, p->text.data + p->report[i].at,
		    p->report[i].len, 1);
	if ((run = list_runs(p, first, end, &n)) == NULL)
		return -1;
	backup_batch_end(&f->body, p->source, strcmp(p->key, NO_KEY) == 0 ?
	    NULL : p->key, run, n);
	free(run);
	return base_buf_ok(&f->body) ? 0 : -1;
}

/* The bytes of the object: 0, or -1 when memory is short. */
static int
make_bytes(struct forward *f)
{
	struct forward_object *o = &f->object;

	base_buf_reset(&o->bytes);
	if (o->to.n == 0)
		return net_gzip(&o->bytes, f->body.data, f->body.len, LEVEL);
	base_buf_reset(&o->text);
	if (net_gzip(&o->text, f->body.data, f->body.len, LEVEL) == -1)
		return -1;
	return seal_writer_buf(&o->bytes, &o->to, o->text.data, o->text.len);
}

/*
 * Begin a manifest unless there is one of today with room.  The old one stays
 * as it is, so what was stored last must be in it.
 */
static enum object_verdict
begin_manifest(struct forward *f)
{
	struct forward_object *o = &f->object;
	char date[BASE_CIVIL_DATE_LEN], uuid[BASE_UUID_HEX];
	int64_t day = base_civil_day_of(base_clock_now_s());
	struct base_civil now;
	enum object_verdict v;

	if (o->manifest.n > 0 && o->manifest.n < BACKUP_MANIFEST_MAX &&
	    o->day == day)
		return OBJECT_OK;
	if (o->unsettled && (v = forward_object_settle(f, 0)) != OBJECT_OK)
		return v;
	backup_manifest_done(&o->manifest);
	make_name(uuid, &now);
	base_civil_format_date(date, day);
	snprintf(o->manifest_key, sizeof(o->manifest_key), "%s%s/%s.json",
	    BACKUP_MANIFEST_DIR, date, uuid);
	o->day = day;
	return OBJECT_OK;
}

/* Store the manifest as it is. */
static enum object_verdict
put_manifest(struct forward *f)
{
	struct forward_object *o = &f->object;
	enum object_verdict v = OBJECT_LATER;

	base_buf_reset(&o->text);
	backup_manifest_format(&o->text, &o->manifest, f->row->name);
	if (base_buf_ok(&o->text))
		v = object_store_put(o->store, o->manifest_key, &manifest,
		    o->text.data, o->text.len);
	if (v == OBJECT_OK) {
		o->unsettled = 0;
		o->settled_ms = base_clock_mono_ms();
	}
	return v;
}

/* Add the object that is about to be stored to the manifest. */
static enum object_verdict
add_to_manifest(struct forward *f, const struct forward_part *p, size_t first,
    size_t end)
{
	struct forward_object *o = &f->object;
	struct backup_manifest_entry e = { .key = o->key,
	    .source = p->source, .api_key = o->to.n > 0 ? NULL :
	    strcmp(p->key, NO_KEY) == 0 ? (char []){ "" } : p->key,
	    .reports = (int64_t)(end - first),
	    .bytes = (int64_t)o->bytes.len, .first_ms = INT64_MAX };
	unsigned char sum[BASE_SHA256_BYTES];
	enum object_verdict v;
	int64_t ms;
	size_t i;

	if ((v = begin_manifest(f)) != OBJECT_OK)
		return v;
	for (i = first; i < end; i++) {
		ms = p->report[i].of->entry.time_ms;
		e.first_ms = ms < e.first_ms ? ms : e.first_ms;
		e.last_ms = ms > e.last_ms ? ms : e.last_ms;
	}
	base_sha256(sum, o->bytes.data, o->bytes.len);
	base_sha256_format(e.sha256, sum);
	return backup_manifest_add(&o->manifest, &e) == NULL ? OBJECT_LATER :
	    OBJECT_OK;
}

/*
 * Make the object of a range of P, unless that is the one that was made last
 * and is not stored yet.
 */
static int
make_object(struct forward *f, const struct forward_part *p, size_t first,
    size_t end)
{
	struct forward_object *o = &f->object;

	if (o->part == p && o->first == first && o->end == end)
		return 0;
	o->part = NULL;
	o->listed = 0;
	if (make_text(f, p, first, end) == -1 || make_bytes(f) == -1 ||
	    set_key(o, p) == -1)
		return -1;
	o->part = p;
	o->first = first;
	o->end = end;
	return 0;
}

/* Steps 1 and 2. */
static enum object_verdict
store_object(struct forward *f, const struct forward_part *p, size_t first,
    size_t end)
{
	struct forward_object *o = &f->object;
	enum object_verdict v;

	if (!o->listed) {
		if ((v = add_to_manifest(f, p, first, end)) != OBJECT_OK)
			return v;
		o->listed = 1;
	}
	if ((v = put_manifest(f)) != OBJECT_OK ||
	    (v = object_store_put(o->store, o->key, o->to.n > 0 ? &sealed :
	    &packed, o->bytes.data, o->bytes.len)) != OBJECT_OK)
		return v;
	o->manifest.entry[o->manifest.n - 1].stored = 1;
	o->unsettled = 1;
	f->stats->bytes += o->bytes.len;
	o->part = NULL;		/* the next one is another */
	return OBJECT_OK;
}

/*
 * What a store refuses was not the fault of single reports: it sees none, and
 * cannot repeat any in what it answers.
 */
enum forward_verdict
forward_object_put(struct forward *f, const struct forward_part *p,
    size_t first, size_t end, char why[FORWARD_WHY_LEN])
{
	struct forward_object *o = &f->object;
	enum object_verdict v;

	if (make_object(f, p, first, end) == -1) {
		strlcpy(why, "out of memory", FORWARD_WHY_LEN);
		return FORWARD_LATER;
	}
	v = store_object(f, p, first, end);
	if (v != OBJECT_OK)
		snprintf(why, FORWARD_WHY_LEN, "%s: %s", o->place.store,
		    object_store_why(o->store));
	net_statsd_count(f->statsd, "data.export.upload", 1, "key",
	    f->row->name, "status", v == OBJECT_OK ? "success" : "failure",
	    NULL);
	return v == OBJECT_OK ? FORWARD_OK : v == OBJECT_LATER ?
	    FORWARD_LATER : FORWARD_WRONG;
}

enum object_verdict
forward_object_settle(struct forward *f, int soon)
{
	struct forward_object *o = &f->object;

	if (!o->unsettled || (soon &&
	    base_clock_mono_ms() - o->settled_ms < SETTLE_MS))
		return OBJECT_OK;
	o->settled_ms = base_clock_mono_ms();	/* if it fails, not at once */
	return put_manifest(f);
}

/* What cannot be settled now stays as it is in the manifest: not "stored". */
void
forward_object_end(struct forward *f)
{
	struct forward_object *o = &f->object;

	if (o->store != NULL)
		forward_object_settle(f, 0);
	object_store_end(o->store);
	backup_manifest_done(&o->manifest);
	base_buf_done(&o->bytes);
	base_buf_done(&o->text);
	free(o->key);
}
