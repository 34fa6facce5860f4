/* SPDX-License-Identifier: ISC */
/*
 * What a place holds: its list of objects, and what its manifests say should
 * be there.  The two are sorted by key and merged.
 *
 * The result is what list, verify, expire and restore work on, in the order of
 * time.  Entries of manifests are pointed to and not copied, so that a stock is
 * to be kept as long as anything of it is in use.
 */
#include <assert.h>
#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/parallel.h"
#include "io/signals.h"
#include "object/store.h"

#include "backup.h"

/* Backups of the database may be in the same place, and are none of ours. */
#define DATABASE	"database/"

/* A list may have a million objects, so it grows by doubling. */
static struct backup_object *
add_object(struct backup_stock *k, const char *key)
{
	struct backup_object *grown;
	size_t cap = 2 * k->cap + 1024;

	assert(k->n <= k->cap);
	if (k->n == k->cap) {
		grown = reallocarray(k->object, cap, sizeof(*grown));
		if (grown == NULL)
			return NULL;
		k->object = grown;
		k->cap = cap;
	}
	grown = &k->object[k->n];
	*grown = (struct backup_object){ .bytes = -1 };
	if ((grown->key = strdup(key)) == NULL)
		return NULL;
	k->n++;
	return grown;
}

/*
 * Objects that are no batches are kept by their names.
 *
 * An object whose name has no time gets that of the store, so that it has a
 * place in the order at all.
 */
static int
on_stock_object(void *arg, const char *key, const struct object_info *info)
{
	struct backup_stock *k = arg;
	struct backup_object *o;
	int64_t made_s = info->modified_s;
	int batch = backup_place_is_batch(key, &made_s);

	if (strncmp(key, DATABASE, strlen(DATABASE)) == 0)
		return io_signals_stop ? -1 : 0;
	if ((o = add_object(k, key)) == NULL)
		return -1;
	o->kind = batch ? BACKUP_BATCH : backup_manifest_is(key, &made_s) ?
	    BACKUP_MANIFEST : BACKUP_FOREIGN;
	o->made_s = made_s;
	o->bytes = info->size;
	return io_signals_stop ? -1 : 0;
}

/* By time, and by key where that is the same. */
static int
cmp_time(const void *a, const void *b)
{
	const struct backup_object *x = a, *y = b;

	return x->made_s != y->made_s ? (x->made_s > y->made_s ? 1 : -1) :
	    strcmp(x->key, y->key);
}

/* Only until the merge: afterwards the order is that of time. */
static int
cmp_object_key(const void *a, const void *b)
{
	return strcmp(((const struct backup_object *)a)->key,
	    ((const struct backup_object *)b)->key);
}

/*
 * A line of a manifest that was "stored" is the better one of two.
 *
 * Where an object is in several manifests, the first of its entries is the one
 * that counts, see merge_listed().
 */
static int
cmp_listed_entry(const void *a, const void *b)
{
	const struct backup_manifest_entry *x = a, *y = b;
	int c = strcmp(x->key, y->key);

	return c != 0 ? c : y->stored - x->stored;
}

/* More of a manifest; one without an end is none. */
static int
on_manifest_bytes(void *arg, const char *data, size_t len)
{
	struct base_buf *b = arg;

	base_buf_add(b, data, len);
	return base_buf_ok(b) && b->len <= BACKUP_MANIFEST_BYTES ? 0 : -1;
}

/* Manifests are small and may be thousands, so several threads fetch them. */
#define THREADS		8

struct fetching {
	struct backup_stock	*stock;
	const struct conf_file	*cf;
	const char		*url;
	struct backup_object	**manifest;
	struct object_store	*store[THREADS];
	pthread_mutex_t		 lock;		/* of the stock, and: */
	int			 status;
};

/*
 * Take over the entries of M, of manifest O.  0, or -1: memory is short.
 *
 * Numbers of manifests begin with 1, in the order in which they were fetched; 0
 * is that of an object which is none.
 */
static int
take_entries(struct fetching *f, struct backup_object *o,
    const struct backup_manifest *m)
{
	struct backup_manifest_entry *e;
	size_t i;
	int rc = 0;

	assert(o->kind == BACKUP_MANIFEST && o->number == 0);
	pthread_mutex_lock(&f->lock);
	o->number = ++f->stock->manifests;
	for (i = 0; rc == 0 && i < m->n; i++) {
		e = backup_manifest_add(&f->stock->manifest, &m->entry[i]);
		if (e == NULL)
			rc = -1;
		else
			e->of = o->number;
	}
	pthread_mutex_unlock(&f->lock);
	return rc;
}

/*
 * Read the manifest O from S.  What is wrong with it is its "why".
 *
 * A manifest that is damaged is counted like the others, with a number, so that
 * expire finds it and lets it stay.
 */
static int
fetch_manifest(struct fetching *f, struct object_store *s,
    struct backup_object *o)
{
	struct backup_manifest m;
	struct base_buf b;
	enum object_verdict v;
	int rc = EX_OK;

	base_buf_init(&b);
	backup_manifest_init(&m);
	v = object_store_get(s, o->key, 0, -1, on_manifest_bytes, &b);
	if (v == OBJECT_STOPPED)
		o->why = "is too long for a manifest";
	else if (v == OBJECT_OK)
		o->why = backup_manifest_parse(&m, b.len > 0 ? b.data : "",
		    b.len);
	else if (v != OBJECT_NONE) {	/* then it was expired meanwhile */
		warnx("%s: %s", object_store_name(s), object_store_why(s));
		rc = object_store_status(v);
	}
	if (take_entries(f, o, &m) == -1)
		rc = EX_OSERR;
	backup_manifest_done(&m);
	base_buf_done(&b);
	return rc;
}

/*
 * Stores are opened by the threads that use them.  A failure has no further
 * manifest begun: what is read by then is not used.
 */
static int
manifest_job(void *arg, unsigned thread, size_t job)
{
	struct fetching *f = arg;
	int rc = EX_CONFIG;

	assert(thread < THREADS);
	if (f->store[thread] == NULL)
		f->store[thread] = object_store_open(f->cf, f->url);
	if (f->store[thread] != NULL)
		rc = fetch_manifest(f, f->store[thread], f->manifest[job]);
	if (rc == EX_OK && io_signals_stop)
		rc = EX_TEMPFAIL;
	if (rc == EX_OK)
		return 0;
	pthread_mutex_lock(&f->lock);
	f->status = rc;
	pthread_mutex_unlock(&f->lock);
	return -1;
}

/*
 * The array of objects must not move while threads hold pointers into it, so
 * nothing is added to it here; that is what merge_listed() does, later.
 */
static int
fetch_manifests(struct backup_stock *k, const struct conf_file *cf,
    const char *url)
{
	struct fetching f = { .stock = k, .cf = cf, .url = url,
	    .lock = PTHREAD_MUTEX_INITIALIZER };
	size_t i, n = 0;

	f.manifest = calloc(k->n + 1, sizeof(struct backup_object *));
	if (f.manifest == NULL) {
		warn(NULL);
		return EX_OSERR;
	}
	for (i = 0; i < k->n; i++)
		if (k->object[i].kind == BACKUP_MANIFEST)
			f.manifest[n++] = &k->object[i];
	base_parallel_run(n < THREADS ? (unsigned)n + (n == 0) : THREADS, n,
	    manifest_job, &f);
	for (i = 0; i < THREADS; i++)
		object_store_end(f.store[i]);
	free(f.manifest);
	return f.status;
}

/*
 * Find for each line of a manifest its object, which may be missing; one that
 * was not "stored" may be so rightly.
 *
 * Objects that are missing are added behind N, so that the part which is being
 * walked stays sorted.  add_object() may move the array, so no pointer into it
 * is kept across a turn of the loop.
 */
static int
merge_listed(struct backup_stock *k)
{
	struct backup_manifest *m = &k->manifest;
	size_t i, at = 0, n = k->n;
	struct backup_object *o;
	int64_t made_s;

	if (n > 0)
		qsort(k->object, n, sizeof(*k->object), cmp_object_key);
	if (m->n > 0)
		qsort(m->entry, m->n, sizeof(*m->entry), cmp_listed_entry);
	for (i = 0; i < m->n; i++) {
		if (i > 0 && strcmp(m->entry[i].key, m->entry[i - 1].key) ==
		    0)
			continue;
		while (at < n && strcmp(k->object[at].key,
		    m->entry[i].key) < 0)
			at++;
		if (at < n && strcmp(k->object[at].key, m->entry[i].key) ==
		    0) {
			k->object[at].listed = &m->entry[i];
			continue;
		}
		if ((o = add_object(k, m->entry[i].key)) == NULL)
			return -1;
		made_s = m->entry[i].last_ms / 1000;
		backup_place_is_batch(o->key, &made_s);
		o->made_s = made_s;
		o->kind = BACKUP_BATCH;
		o->listed = &m->entry[i];
	}
	if (k->n > 0)
		qsort(k->object, k->n, sizeof(*k->object), cmp_time);
	return 0;
}

/* A list that breaks off is none: half of one would look like a loss. */
int
backup_stock_read(struct backup_stock *k, const struct conf_file *cf,
    const char *url)
{
	struct object_store *s;
	enum object_verdict v;
	int rc;

	memset(k, 0, sizeof(*k));
	backup_manifest_init(&k->manifest);
	if ((s = object_store_open(cf, url)) == NULL)
		return EX_CONFIG;
	v = object_store_list(s, "", on_stock_object, k);
	if (v == OBJECT_STOPPED)
		warnx("%s: %s", url, io_signals_stop ? "stopped" :
		    "out of memory");
	else if (v != OBJECT_OK)
		warnx("%s: %s", url, object_store_why(s));
	object_store_end(s);
	if (v == OBJECT_STOPPED)
		return io_signals_stop ? EX_TEMPFAIL : EX_OSERR;
	if (v != OBJECT_OK)
		return object_store_status(v);
	if ((rc = fetch_manifests(k, cf, url)) != EX_OK)
		return rc;
	if (merge_listed(k) == -1) {
		warnx("out of memory");
		return EX_OSERR;
	}
	return EX_OK;
}

/* All entries that "listed" points to go with it. */
void
backup_stock_done(struct backup_stock *k)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		free(k->object[i].key);
	free(k->object);
	backup_manifest_done(&k->manifest);
	memset(k, 0, sizeof(*k));
}
