/* SPDX-License-Identifier: ISC */
/*
 * What loc-export has published: the files in assets:export, with what their
 * manifests say of them.  Manifests lie in a place that others may write to,
 * and what they say is shown as text and nothing else.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/civil.h"
#include "io/signals.h"
#include "json/doc.h"
#include "object/store.h"

#include "site.h"

#define PLACE		"assets:export"
#define FILES_MAX	4096
#define MANIFESTS_MAX	100	/* of each kind, the newest */
#define MANIFEST_BYTES	(1024 * 1024)
#define NAME_LEN	128
#define HASH_LEN	64

struct file {
	char	name[NAME_LEN];
	int64_t	size, modified_s;
};

struct list {
	struct file	*file;
	size_t		 n;
	int		 failed;
};

/*
 * Ichnaea's page went by these words in names.  A name is part of an address,
 * so that one with anything but the usual characters is none of ours.
 */
static int
is_export(const char *key, const char *word)
{
	return strstr(key, word) != NULL && strlen(key) < NAME_LEN &&
	    key[0] != '.' && strlen(key) == strspn(key,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789._-");
}

static int
on_object(void *arg, const char *key, const struct object_info *info)
{
	struct list *l = arg;
	struct file *more;

	if ((!is_export(key, "full-") && !is_export(key, "diff-")) ||
	    l->n == FILES_MAX)
		return io_signals_stop ? -1 : 0;
	if (l->n % 256 == 0) {
		more = reallocarray(l->file, l->n + 256, sizeof(*more));
		if (more == NULL) {
			l->failed = 1;
			return -1;
		}
		l->file = more;
	}
	strlcpy(l->file[l->n].name, key, NAME_LEN);
	l->file[l->n].size = info->size;
	l->file[l->n++].modified_s = info->modified_s;
	return 0;
}

static int
cmp_file(const void *a, const void *b)
{
	return strcmp(((const struct file *)b)->name,
	    ((const struct file *)a)->name);
}

static int
on_manifest(void *arg, const char *data, size_t len)
{
	struct base_buf *b = arg;

	if (b->len + len > MANIFEST_BYTES)
		return -1;
	base_buf_add(b, data, len);
	return 0;
}

/* MLS-full-cell-export-STAMP.csv.gz has MLS-cell-export-STAMP.full.json. */
static int
name_manifest(char out[NAME_LEN], const char *file, const char *kind)
{
	const char *stamp = strstr(file, "-cell-export-");
	int len;

	if (stamp == NULL || strncmp(file, "MLS-", 4) != 0)
		return 0;
	stamp += strlen("-cell-export-");
	len = (int)strcspn(stamp, ".");
	return snprintf(out, NAME_LEN, "MLS-cell-export-%.*s.%.4s.json", len,
	    stamp, kind) < NAME_LEN;
}

/* Add what the manifest in B says, if it is one. */
static void
write_manifest(struct json_write *w, const struct base_buf *b)
{
	char text[SITE_COUNT_LEN];
	struct base_arena a;
	struct json_doc d;
	const char *s;
	size_t len;
	int64_t rows;
	int v;

	base_arena_init(&a);
	if (json_doc_parse(&d, b->data, b->len, &a) == 0) {
		v = json_doc_get(&d, 0, "sha256");
		if (v != -1 && json_doc_kind(&d, v) == JSON_DOC_STRING &&
		    (s = json_doc_string(&d, v, &a, &len)) != NULL &&
		    len == HASH_LEN &&
		    strspn(s, "0123456789abcdef") == HASH_LEN)
			json_write_text(w, "sha256", s);
		v = json_doc_get(&d, 0, "rows");
		if (v != -1 && json_doc_kind(&d, v) == JSON_DOC_INT &&
		    json_doc_i64(&d, v, &rows)) {
			site_format_count(text, rows);
			json_write_text(w, "rows", text);
		}
	}
	base_arena_done(&a);
}

/* The members that FILE has by its manifest.  Returns 0, or -1. */
static int
add_manifest(struct object_store *st, struct json_write *w,
    const struct file *f, const char *kind)
{
	char key[NAME_LEN];
	enum object_verdict v;
	struct base_buf b;

	if (!name_manifest(key, f->name, kind))
		return 0;
	base_buf_init(&b);
	v = object_store_get(st, key, 0, -1, on_manifest, &b);
	if (v == OBJECT_OK && base_buf_ok(&b) && b.len > 0)
		write_manifest(w, &b);
	base_buf_done(&b);
	/* A file may be published just now, or be older than manifests. */
	return v == OBJECT_OK || v == OBJECT_NONE || v == OBJECT_STOPPED ?
	    0 : -1;
}

/* Ichnaea's size: kB, rounded, half to even as Python does. */
static long long
kilobytes(int64_t bytes)
{
	long long k = bytes / 1024, rest = bytes % 1024;

	return k + (rest > 512 || (rest == 512 && k % 2 == 1));
}

/* "1.2 GB", for people. */
static void
format_size(char out[32], int64_t bytes)
{
	static const char *const unit[] = { "kB", "MB", "GB", "TB" };
	double v = (double)bytes / 1000;
	int i = 0;

	for (; v >= 999.5 && i < 3; i++)
		v /= 1000;
	snprintf(out, 32, v < 9.95 ? "%.1f\xc2\xa0%s" : "%.0f\xc2\xa0%s", v,
	    unit[i]);
}

/*
 * One export as the page of downloads wants it: its address below URL, its
 * size as Ichnaea told it and for people, and its date.  ASK says whether its
 * manifest is read, too, which is one request each.
 */
static int
write_file_of(struct object_store *st, struct json_write *w,
    const struct file *f, const char *url, const char *kind, int ask)
{
	char text[64], date[BASE_CIVIL_TIME_LEN];
	struct base_buf b;
	int rc;

	base_buf_init(&b);
	base_buf_fmt(&b, "%s%sexport/%s", url,
	    *url != '\0' && url[strlen(url) - 1] == '/' ? "" : "/", f->name);
	json_write_object(w, NULL);
	json_write_text(w, "name", f->name);
	json_write_text(w, "url", base_buf_ok(&b) ? b.data : "");
	json_write_i64(w, "bytes", f->size);
	snprintf(text, sizeof(text), "%lldkB", kilobytes(f->size));
	json_write_text(w, "kb", text);
	format_size(text, f->size);
	json_write_text(w, "size", text);
	base_civil_format_time(date, f->modified_s, ' ');
	date[16] = '\0';
	json_write_text(w, "date", date);
	rc = ask ? add_manifest(st, w, f, kind) : 0;
	json_write_end(w);
	base_buf_done(&b);
	return rc;
}

/* The files of one KIND, the newest first. */
static int
write_files(struct site *s, struct object_store *st, const struct list *l,
    const char *kind)
{
	const char *url = s->cf.assets_url != NULL ? s->cf.assets_url : "";
	struct json_write w;
	struct base_buf b;
	char word[8];
	size_t i;
	int asked = 0, rc = 0;

	snprintf(word, sizeof(word), "%s-", kind);
	base_buf_init(&b);
	json_write_init(&w, &b, JSON_WRITE_COMPACT);
	json_write_array(&w, NULL);
	for (i = 0; rc == 0 && i < l->n; i++)
		if (strstr(l->file[i].name, word) != NULL)
			rc = write_file_of(st, &w, &l->file[i], url, kind,
			    asked++ < MANIFESTS_MAX);
	json_write_end(&w);
	if (base_buf_ok(&b)) {
		json_write_value(&s->w, kind);
		base_buf_add(&s->values, b.data, b.len);
	} else
		rc = -1;
	base_buf_done(&b);
	return rc;
}

/*
 * Without a bucket, or an address that others find it by, there are no
 * downloads.  One that cannot be asked now leaves the old site as it was.
 */
int
site_downloads(struct site *s)
{
	struct object_store *st = NULL;
	struct list l = { .n = 0 };
	enum object_verdict v;
	int rc = EX_CONFIG;

	json_write_object(&s->w, "downloads");
	if (s->cf.assets_bucket == NULL || s->cf.assets_url == NULL)
		rc = EX_OK;
	else if ((st = object_store_open(&s->cf, PLACE)) != NULL) {
		v = object_store_list(st, "", on_object, &l);
		rc = v == OBJECT_OK || v == OBJECT_NONE ? EX_OK : EX_TEMPFAIL;
		if (rc == EX_OK && l.n > 0)
			qsort(l.file, l.n, sizeof(*l.file), cmp_file);
		if (rc == EX_OK && (write_files(s, st, &l, "full") == -1 ||
		    write_files(s, st, &l, "diff") == -1))
			rc = EX_TEMPFAIL;
		if (rc != EX_OK && !io_signals_stop)
			warnx("%s", object_store_why(st));
	}
	json_write_end(&s->w);
	object_store_end(st);
	free(l.file);
	return rc;
}
