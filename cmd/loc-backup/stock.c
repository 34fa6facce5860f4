/* SPDX-License-Identifier: ISC */
/*
 * What a place holds: its list of objects, and what its manifests say should
 * be there.  The two are sorted by key and merged.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/civil.h"
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

/* Objects that are no batches are kept by their names. */
static int
on_object(void *arg, const char *key, const struct object_info *info)
{
	struct backup_stock *k = arg;
	struct backup_object *o;
	int64_t made_s = info->modified_s;
	int batch = backup_place_is_batch(key, &made_s);

	if (strncmp(key, DATABASE, strlen(DATABASE)) == 0)
		return backup_stopping ? -1 : 0;
	if ((o = add_object(k, key)) == NULL)
		return -1;
	o->kind = batch ? BACKUP_BATCH : backup_manifest_is(key, &made_s) ?
	    BACKUP_MANIFEST : BACKUP_FOREIGN;
	o->made_s = made_s;
	o->bytes = info->size;
	return backup_stopping ? -1 : 0;
}

/* By time, and by key where that is the same. */
static int
cmp_time(const void *a, const void *b)
{
	const struct backup_object *x = a, *y = b;

	return x->made_s != y->made_s ? (x->made_s > y->made_s ? 1 : -1) :
	    strcmp(x->key, y->key);
}

static int
cmp_key(const void *a, const void *b)
{
	return strcmp(((const struct backup_object *)a)->key,
	    ((const struct backup_object *)b)->key);
}

/* A line of a manifest that was "stored" is the better one of two. */
static int
cmp_entry(const void *a, const void *b)
{
	const struct backup_manifest_entry *x = a, *y = b;
	int c = strcmp(x->key, y->key);

	return c != 0 ? c : y->stored - x->stored;
}

/* More of a manifest; one without an end is none. */
static int
on_manifest(void *arg, const char *data, size_t len)
{
	struct base_buf *b = arg;

	base_buf_add(b, data, len);
	return base_buf_ok(b) && b->len <= BACKUP_MANIFEST_BYTES ? 0 : -1;
}

/* Read the manifest O.  What is wrong with it is its "why". */
static int
read_manifest(struct backup_stock *k, struct object_store *s,
    struct backup_object *o, struct base_buf *b)
{
	enum object_verdict v;
	size_t i = k->manifest.n;

	base_buf_reset(b);
	v = object_store_get(s, o->key, 0, -1, on_manifest, b);
	if (v == OBJECT_NONE)		/* it was expired meanwhile */
		return EX_OK;
	if (v == OBJECT_STOPPED)
		o->why = "is too long for a manifest";
	else if (v != OBJECT_OK) {
		warnx("%s: %s", object_store_name(s), object_store_why(s));
		return EX_UNAVAILABLE;
	} else
		o->why = backup_manifest_parse(&k->manifest, b->len > 0 ?
		    b->data : "", b->len);
	for (o->number = ++k->manifests; i < k->manifest.n; i++)
		k->manifest.entry[i].of = o->number;
	return backup_stopping ? EX_TEMPFAIL : EX_OK;
}

static int
read_manifests(struct backup_stock *k, struct object_store *s)
{
	struct base_buf b;
	int rc = EX_OK;
	size_t i;

	base_buf_init(&b);
	for (i = 0; rc == EX_OK && i < k->n; i++)
		if (k->object[i].kind == BACKUP_MANIFEST)
			rc = read_manifest(k, s, &k->object[i], &b);
	base_buf_done(&b);
	return rc;
}

/*
 * Find for each line of a manifest its object, which may be missing; one that
 * was not "stored" may be so rightly.
 */
static int
merge(struct backup_stock *k)
{
	struct backup_manifest *m = &k->manifest;
	size_t i, at = 0, n = k->n;
	struct backup_object *o;
	int64_t made_s;

	if (n > 0)
		qsort(k->object, n, sizeof(*k->object), cmp_key);
	if (m->n > 0)
		qsort(m->entry, m->n, sizeof(*m->entry), cmp_entry);
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
backup_stock_read(struct backup_stock *k, struct object_store *s)
{
	enum object_verdict v;
	int rc;

	memset(k, 0, sizeof(*k));
	backup_manifest_init(&k->manifest);
	v = object_store_list(s, "", on_object, k);
	if (v == OBJECT_STOPPED) {
		warnx("%s: %s", object_store_name(s), backup_stopping ?
		    "stopped" : "out of memory");
		return backup_stopping ? EX_TEMPFAIL : EX_OSERR;
	}
	if (v != OBJECT_OK) {
		warnx("%s: %s", object_store_name(s), object_store_why(s));
		return EX_UNAVAILABLE;
	}
	if ((rc = read_manifests(k, s)) != EX_OK)
		return rc;
	if (merge(k) == -1) {
		warnx("out of memory");
		return EX_OSERR;
	}
	return EX_OK;
}

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
