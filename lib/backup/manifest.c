/* SPDX-License-Identifier: ISC */
/*
 * A manifest is what makes a loss visible: without it an object that was
 * deleted would just not be there.  It is therefore read strictly.  An entry
 * that is not understood makes the whole manifest a wrong one, which verify
 * names, instead of an entry less, which nobody would miss.
 *
 * Texts are copied to the heap one by one, since a process that stores adds
 * entries for hours, and a reader gathers those of thousands of manifests in
 * one list.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "backup/manifest.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/uuid.h"
#include "json/doc.h"
#include "json/write.h"

/*
 * A later version may mean something else by the same members, so it is
 * refused; members that are new in the same version are passed over.
 */
#define VERSION		1
#define ENDING		".json"

void
backup_manifest_init(struct backup_manifest *m)
{
	memset(m, 0, sizeof(*m));
}

/* An entry whose copy failed half way has NULL for some. */
static void
free_texts(struct backup_manifest_entry *e)
{
	free(e->key);
	free(e->source);
	free(e->api_key);
}

void
backup_manifest_done(struct backup_manifest *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		free_texts(&m->entry[i]);
	free(m->entry);
	memset(m, 0, sizeof(*m));
}

/*
 * E stays the caller's.  The list moves when it grows: a pointer to an entry is
 * good until the next one is added, and whoever keeps one has to wait until all
 * are there.
 */
struct backup_manifest_entry *
backup_manifest_add(struct backup_manifest *m,
    const struct backup_manifest_entry *e)
{
	size_t cap = 2 * m->cap + 64;
	struct backup_manifest_entry *new;

	assert(m->n <= m->cap);
	assert(e->key != NULL && e->source != NULL);
	if (m->n == m->cap) {
		if ((new = reallocarray(m->entry, cap, sizeof(*new))) == NULL)
			return NULL;
		m->entry = new;
		m->cap = cap;
	}
	new = &m->entry[m->n];
	*new = *e;
	new->key = strdup(e->key);
	new->source = strdup(e->source);
	if (e->api_key != NULL)
		new->api_key = strdup(e->api_key);
	if (new->key == NULL || new->source == NULL ||
	    (new->api_key == NULL) != (e->api_key == NULL)) {
		free_texts(new);
		return NULL;
	}
	m->n++;
	return new;
}

/*
 * The order of the members is fixed, so that the same manifest is the same text
 * each time.
 */
void
backup_manifest_format(struct base_buf *b, const struct backup_manifest *m,
    const char *target)
{
	const struct backup_manifest_entry *e;
	struct json_write w;
	size_t i;

	json_write_begin(&w, b);
	json_write_i64(&w, "version", VERSION);
	json_write_text(&w, "target", target);
	json_write_array(&w, "objects");
	for (i = 0; i < m->n; i++) {
		e = &m->entry[i];
		json_write_object(&w, NULL);
		json_write_text(&w, "key", e->key);
		json_write_text(&w, "source", e->source);
		json_write_text(&w, "api_key", e->api_key);
		json_write_i64(&w, "reports", e->reports);
		json_write_i64(&w, "bytes", e->bytes);
		json_write_i64(&w, "first_ms", e->first_ms);
		json_write_i64(&w, "last_ms", e->last_ms);
		json_write_text(&w, "sha256", e->sha256);
		json_write_bool(&w, "stored", e->stored);
		json_write_end(&w);
	}
	json_write_end(&w);
	json_write_end(&w);
	base_buf_chr(b, '\n');
}

/*
 * Member NAME of V as a number of 0 or more.  1 or 0.
 *
 * Counts, sizes and times of an object are never negative, so that callers add
 * them up without looking.
 */
static int
read_member_num(const struct json_doc *d, int v, const char *name, int64_t *n)
{
	int m = json_doc_get(d, v, name);

	return m != -1 && json_doc_kind(d, m) == JSON_DOC_INT &&
	    json_doc_i64(d, m, n) && *n >= 0;
}

/* Is member NAME of V there, and null? */
static int
is_member_null(const struct json_doc *d, int v, const char *name)
{
	int m = json_doc_get(d, v, name);

	return m != -1 && json_doc_kind(d, m) == JSON_DOC_NULL;
}

/*
 * Member NAME of V as a text in A, or NULL.
 *
 * A text with a NUL inside would be another one as a key, and is none.
 */
static char *
read_member_text(const struct json_doc *d, int v, const char *name,
    struct base_arena *a)
{
	int m = json_doc_get(d, v, name);
	const char *s;
	size_t len;

	if (m == -1 || json_doc_kind(d, m) != JSON_DOC_STRING ||
	    (s = json_doc_string(d, m, a, &len)) == NULL)
		return NULL;
	return strlen(s) == len ? base_arena_strndup(a, s, len) : NULL;
}

/*
 * Add the entry that V says.  1, 0 if it is none, or -1: no memory.
 *
 * The copy in the arena goes with the JSON, and backup_manifest_add() makes its
 * own.
 */
static int
read_listed_entry(struct backup_manifest *m, const struct json_doc *d, int v,
    struct base_arena *a)
{
	struct backup_manifest_entry e = { 0 };
	const char *sum;
	int stored;

	if (json_doc_kind(d, v) != JSON_DOC_OBJECT)
		return 0;
	e.key = read_member_text(d, v, "key", a);
	e.source = read_member_text(d, v, "source", a);
	e.api_key = read_member_text(d, v, "api_key", a);
	sum = read_member_text(d, v, "sha256", a);
	stored = json_doc_get(d, v, "stored");
	if (e.key == NULL || e.source == NULL || (e.api_key == NULL &&
	    !is_member_null(d, v, "api_key")) || sum == NULL ||
	    strlcpy(e.sha256, sum, sizeof(e.sha256)) !=
	    BASE_SHA256_HEX - 1 || stored == -1 ||
	    !read_member_num(d, v, "reports", &e.reports) ||
	    !read_member_num(d, v, "bytes", &e.bytes) ||
	    !read_member_num(d, v, "first_ms", &e.first_ms) ||
	    !read_member_num(d, v, "last_ms", &e.last_ms))
		return 0;
	e.stored = json_doc_kind(d, stored) == JSON_DOC_TRUE;
	return backup_manifest_add(m, &e) == NULL ? -1 : 1;
}

/*
 * The whole of it or, after a failure, a part; callers give up then.
 *
 * What was added before the fault stays in M for its caller to free.
 */
static const char *
read_listed_entries(struct backup_manifest *m, const struct json_doc *d,
    struct base_arena *a)
{
	int list = json_doc_get(d, 0, "objects"), rc, v;
	int64_t version;

	if (!read_member_num(d, 0, "version", &version) || list == -1 ||
	    json_doc_kind(d, list) != JSON_DOC_ARRAY)
		return "is no manifest";
	if (version > VERSION)
		return "is a manifest of a later version";
	for (v = json_doc_first(d, list); v != -1; v = json_doc_next(d, v))
		if ((rc = read_listed_entry(m, d, v, a)) != 1)
			return rc == 0 ? "has an entry that is none" :
			    "out of memory";
	return NULL;
}

/*
 * Memory that is short is told apart from text that is wrong, as only the
 * latter is a fault of the place.
 */
const char *
backup_manifest_parse(struct backup_manifest *m, const char *text, size_t len)
{
	struct base_arena a;
	struct json_doc d;
	const char *why;

	base_arena_init(&a);
	if (json_doc_parse(&d, text, len, &a) == -1)
		why = d.why == json_doc_nomem ? "out of memory" :
		    "is not JSON";
	else if (json_doc_kind(&d, 0) != JSON_DOC_OBJECT)
		why = "is no manifest";
	else
		why = read_listed_entries(m, &d, &a);
	base_arena_done(&a);
	return why;
}

/*
 * The name has the time in it, so that a manifest's age is known from a list,
 * and does not change when the object is copied to another place.
 */
int
backup_manifest_is(const char *key, int64_t *made_s)
{
	size_t dir = strlen(BACKUP_MANIFEST_DIR);
	const char *name = strrchr(key, '/');

	return strncmp(key, BACKUP_MANIFEST_DIR, dir) == 0 && name != NULL &&
	    strlen(name + 1) == BASE_UUID_HEX - 1 + strlen(ENDING) &&
	    strcmp(name + BASE_UUID_HEX, ENDING) == 0 &&
	    base_uuid_v1_time(name + 1, made_s);
}
