/* SPDX-License-Identifier: ISC */
/*
 * A manifest is read with distrust: whoever can write to the store could have
 * changed it, and its hash proves only that it is whole.  So every member is
 * checked before anything is done by it, sums are compared with what they are
 * sums of, and names that become names of objects are checked to be hashes.
 *
 * Two programs of different age may meet at one place.  Members that a reader
 * does not know are passed over, and a text that it needs and does not find
 * ends the reading; whoever changes what a member means changes
 * DUMP_MANIFEST_FORMAT.  All that was read lies in the arena of the manifest,
 * while the tokens of the JSON, which are larger than what they describe, are
 * freed before dump_manifest_read() returns.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "dump/manifest.h"
#include "json/doc.h"
#include "json/write.h"

#define COUNT_MAX	(1LL << 60)
#define SEAL		",\"sha256\":\""
#define SEAL_LEN	(sizeof(SEAL) - 1)
/*
 * The tail has a fixed length, so that a reader finds where the hashed text
 * ends without parsing it, and parses nothing that is not whole.
 */
#define TAIL_LEN	(SEAL_LEN + BASE_SHA256_HEX - 1 + sizeof("\"}\n") - 1)

static const char no_memory[] = "out of memory";

void
dump_manifest_init(struct dump_manifest *m)
{
	memset(m, 0, sizeof(*m));
	base_arena_init(&m->arena);
}

void
dump_manifest_done(struct dump_manifest *m)
{
	base_arena_done(&m->arena);
	memset(m, 0, sizeof(*m));
}

/*
 * The name sorts like the time.  Places rely on that: the last name of a sorted
 * list is the newest dump.  A year of five digits would break the order, which
 * the assertion excludes.
 */
void
dump_manifest_id(char id[DUMP_MANIFEST_ID_LEN], int64_t s)
{
	struct base_civil c;
	char text[64];

	base_civil_split(&c, s);
	snprintf(text, sizeof(text), "%04d%02d%02dT%02d%02d%02dZ", c.year,
	    c.month, c.day, c.hour, c.minute, c.second);
	assert(strlen(text) == DUMP_MANIFEST_ID_LEN - 1);
	strlcpy(id, text, DUMP_MANIFEST_ID_LEN);
}

/*
 * Only the form is looked at, not whether there is such a day: the name decides
 * which objects of a place are manifests, and a strange one should be found
 * there and reported rather than be overlooked.
 */
int
dump_manifest_is_id(const char *text, size_t len)
{
	size_t i;

	if (len != DUMP_MANIFEST_ID_LEN - 1 || text[8] != 'T' ||
	    text[len - 1] != 'Z')
		return 0;
	for (i = 0; i < len - 1; i++)
		if (i != 8 && (text[i] < '0' || text[i] > '9'))
			return 0;
	return 1;
}

const struct dump_manifest_table *
dump_manifest_find(const struct dump_manifest *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->ntable; i++)
		if (strcmp(m->table[i].name, name) == 0)
			return &m->table[i];
	return NULL;
}

/*
 * The keys that a chunk begins and ends with are for people who look for a row.
 * A dump that is encrypted has none, and no reader may need them.
 */
static void
write_chunk_entry(struct json_write *w, const struct dump_manifest_chunk *c)
{
	json_write_object(w, NULL);
	json_write_text(w, "sha256", c->hash);
	json_write_i64(w, "rows", c->rows);
	json_write_i64(w, "bytes", c->bytes);
	if (c->first != NULL && c->last != NULL) {
		json_write_text(w, "first", c->first);
		json_write_text(w, "last", c->last);
	}
	json_write_end(w);
}

/*
 * The statement that makes the table is kept as the server wrote it, and is
 * taken apart only by who restores it: a fault in dump/create.c can thus be
 * mended without making the dump again.  Columns are named beside it, as
 * generated ones are in the statement but not in the rows.
 */
static void
write_table_entry(struct json_write *w, const struct dump_manifest_table *t)
{
	size_t i;

	json_write_object(w, NULL);
	json_write_text(w, "name", t->name);
	json_write_text(w, "engine", t->engine);
	json_write_text(w, "create", t->create);
	json_write_array(w, "columns");
	for (i = 0; i < t->ncol; i++) {
		json_write_object(w, NULL);
		json_write_text(w, "name", t->col[i].name);
		json_write_text(w, "type", t->col[i].type);
		json_write_end(w);
	}
	json_write_end(w);
	json_write_bool(w, "has_key", t->has_key);
	json_write_i64(w, "rows", t->rows);
	json_write_i64(w, "bytes", t->bytes);
	json_write_array(w, "chunks");
	for (i = 0; i < t->nchunk; i++)
		write_chunk_entry(w, &t->chunk[i]);
	json_write_end(w);
	json_write_end(w);
}

/*
 * What there is to know without looking at tables.
 *
 * Time stands there twice, as a number for programs and as a text for people.
 * Only the number is read back.
 */
static void
write_head(struct json_write *w, const struct dump_manifest *m)
{
	char time[BASE_CIVIL_TIME_LEN];

	base_civil_format_time(time, m->time_s, 'T');
	json_write_text(w, "format", DUMP_MANIFEST_FORMAT);
	json_write_text(w, "id", m->id);
	json_write_i64(w, "time", m->time_s);
	json_write_text(w, "time_utc", time);
	json_write_text(w, "program", m->program);
	json_write_text(w, "database", m->database);
	json_write_text(w, "server", m->server);
	json_write_text(w, "snapshot", m->snapshot);
	json_write_text(w, "revision", m->revision);
	json_write_i64(w, "version", m->version);
	json_write_text(w, "binlog_file", m->file);
	json_write_i64(w, "binlog_position", m->position);
	json_write_text(w, "gtid", m->gtid);
	json_write_text(w, "recipient", m->recipient);
	json_write_i64(w, "rows", m->rows);
	json_write_i64(w, "bytes", m->bytes);
	json_write_i64(w, "stored", m->stored);
	json_write_i64(w, "chunks", (int64_t)m->nchunk);
}

/*
 * The hash is that of the text up to it, so that it is added as text.
 *
 * The brace that closes the object is part of the tail, behind the hash; this
 * is why the object is never ended with json_write_end().  What was in B before
 * is not hashed.
 */
void
dump_manifest_write(struct base_buf *b, const struct dump_manifest *m)
{
	unsigned char hash[BASE_SHA256_BYTES];
	char hex[BASE_SHA256_HEX];
	struct json_write w;
	size_t i, start = b->len;

	json_write_begin(&w, b);
	write_head(&w, m);
	json_write_array(&w, "tables");
	for (i = 0; i < m->ntable; i++)
		write_table_entry(&w, &m->table[i]);
	json_write_end(&w);
	if (!base_buf_ok(b))
		return;
	base_sha256(hash, b->data + start, b->len - start);
	base_sha256_format(hex, hash);
	base_buf_fmt(b, "%s%s\"}\n", SEAL, hex);
}

/*
 * Is the hash at the end of TEXT that of the rest?
 *
 * It is made anew from the text and compared as bytes, the quotes and the line
 * feed included: so there is one spelling only, and a byte that was added
 * behind it is found, too.
 */
static int
is_whole_manifest(const char *text, size_t len)
{
	unsigned char hash[BASE_SHA256_BYTES];
	char tail[TAIL_LEN + 1], hex[BASE_SHA256_HEX];

	if (len <= TAIL_LEN)
		return 0;
	base_sha256(hash, text, len - TAIL_LEN);
	base_sha256_format(hex, hash);
	snprintf(tail, sizeof(tail), "%s%s\"}\n", SEAL, hex);
	return memcmp(text + len - TAIL_LEN, tail, TAIL_LEN) == 0;
}

/* A text being read; after the first fault nothing more is looked at. */
struct reading {
	struct json_doc		 doc;
	struct base_arena	*arena;
	const char		*why;
};

/*
 * Text NAME of OBJ, in the arena.  An optional one that is missing is NULL and
 * no fault.
 */
static const char *
take_member_text(struct reading *r, int obj, const char *name, int needed)
{
	int v = json_doc_get(&r->doc, obj, name);
	const char *s;

	if (r->why != NULL || (v == -1 && !needed))
		return NULL;
	if (v == -1 || json_doc_kind(&r->doc, v) != JSON_DOC_STRING) {
		r->why = "a text is missing in it";
		return NULL;
	}
	if ((s = json_doc_string(&r->doc, v, r->arena, NULL)) == NULL)
		r->why = no_memory;
	return s;
}

/*
 * Count NAME of OBJ.  Negative numbers are faults, since callers make sizes of
 * memory of them.  The caller need not look at each result: what comes after
 * the first fault is 0 or not used.
 */
static int64_t
take_member_count(struct reading *r, int obj, const char *name)
{
	int v = json_doc_get(&r->doc, obj, name);
	int64_t n = 0;

	if (r->why == NULL && (v == -1 || json_doc_kind(&r->doc, v) !=
	    JSON_DOC_INT || !json_doc_i64(&r->doc, v, &n) || n < 0 ||
	    n > COUNT_MAX))
		r->why = "a count is missing in it";
	return n;
}

/*
 * Member NAME of OBJ, an array of *N elements of SIZE bytes, cleared.
 *
 * One element more than there are is allocated, so that an empty list is not
 * NULL, which would mean that memory is short.  The size is bounded by the
 * text, of which each element takes some bytes.
 */
static void *
take_array(struct reading *r, int obj, const char *name, size_t size, int *v,
    size_t *n)
{
	void *p;

	*n = 0;
	if (r->why != NULL)
		return NULL;
	*v = json_doc_get(&r->doc, obj, name);
	if (*v == -1 || json_doc_kind(&r->doc, *v) != JSON_DOC_ARRAY) {
		r->why = "a list is missing in it";
		return NULL;
	}
	*n = (size_t)json_doc_size(&r->doc, *v);
	if ((p = base_arena_calloc(r->arena, *n + 1, size)) == NULL) {
		r->why = no_memory;
		*n = 0;
	}
	return p;
}

/*
 * The hash becomes a part of the key of an object.  Were it not checked digit
 * by digit, a manifest could have any object of the place fetched for a chunk.
 */
static void
read_chunk_entry(struct reading *r, struct dump_manifest_chunk *c, int obj)
{
	const char *hash = take_member_text(r, obj, "sha256", 1);

	c->rows = take_member_count(r, obj, "rows");
	c->bytes = take_member_count(r, obj, "bytes");
	c->first = take_member_text(r, obj, "first", 0);
	c->last = take_member_text(r, obj, "last", 0);
	if (r->why != NULL)
		return;
	if (strlen(hash) != BASE_SHA256_HEX - 1 ||
	    strspn(hash, "0123456789abcdef") != BASE_SHA256_HEX - 1)
		r->why = "a hash in it is none";
	else
		memcpy(c->hash, hash, BASE_SHA256_HEX);
}

/*
 * The sums of a table have to be those of its chunks.
 *
 * A restore trusts these sums later: rows that the server took are compared
 * with those of the chunk, and rows of the table with those of the table.  A
 * manifest that contradicts itself would fail there only after hours.
 */
static void
read_chunk_list(struct reading *r, struct dump_manifest_table *t, int obj)
{
	int64_t bytes = 0, rows = 0;
	size_t i;
	int k, v;

	t->chunk = take_array(r, obj, "chunks", sizeof(*t->chunk), &v,
	    &t->nchunk);
	if (r->why != NULL)
		return;
	k = json_doc_first(&r->doc, v);
	for (i = 0; i < t->nchunk && r->why == NULL; i++) {
		read_chunk_entry(r, &t->chunk[i], k);
		rows += t->chunk[i].rows;
		bytes += t->chunk[i].bytes;
		if (rows > COUNT_MAX || bytes > COUNT_MAX)
			r->why = "a count in it is too large";
		k = json_doc_next(&r->doc, k);
	}
	if (r->why == NULL && (rows != t->rows || bytes != t->bytes))
		r->why = "its chunks are not what its tables count";
}

/*
 * The columns of a table are read before its chunks, as a table without columns
 * cannot be selected from or loaded, however many rows it claims.  That a table
 * has no chunks is right: it was empty.
 */
static void
read_table_entry(struct reading *r, struct dump_manifest_table *t, int obj)
{
	size_t i;
	int k, v;

	t->name = take_member_text(r, obj, "name", 1);
	t->engine = take_member_text(r, obj, "engine", 1);
	t->create = take_member_text(r, obj, "create", 1);
	t->rows = take_member_count(r, obj, "rows");
	t->bytes = take_member_count(r, obj, "bytes");
	t->has_key = (k = json_doc_get(&r->doc, obj, "has_key")) != -1 &&
	    json_doc_kind(&r->doc, k) == JSON_DOC_TRUE;
	t->col = take_array(r, obj, "columns", sizeof(*t->col), &v, &t->ncol);
	if (r->why != NULL)
		return;
	k = json_doc_first(&r->doc, v);
	for (i = 0; i < t->ncol; i++) {
		t->col[i].name = take_member_text(r, k, "name", 1);
		t->col[i].type = take_member_text(r, k, "type", 1);
		k = json_doc_next(&r->doc, k);
	}
	if (r->why == NULL && (t->ncol == 0 || *t->name == '\0'))
		r->why = "a table in it has no name or no columns";
	else
		read_chunk_list(r, t, obj);
}

static void
read_table_list(struct reading *r, struct dump_manifest *m)
{
	int64_t bytes = 0, rows = 0;
	size_t chunks = 0, i;
	int k, v;

	m->table = take_array(r, 0, "tables", sizeof(*m->table), &v,
	    &m->ntable);
	if (r->why != NULL)
		return;
	k = json_doc_first(&r->doc, v);
	for (i = 0; i < m->ntable && r->why == NULL; i++) {
		read_table_entry(r, &m->table[i], k);
		if (__builtin_add_overflow(rows, m->table[i].rows, &rows) ||
		    __builtin_add_overflow(bytes, m->table[i].bytes, &bytes))
			r->why = "its tables are not what it counts";
		chunks += m->table[i].nchunk;
		k = json_doc_next(&r->doc, k);
	}
	if (r->why == NULL && (rows != m->rows || bytes != m->bytes ||
	    chunks != m->nchunk))
		r->why = "its tables are not what it counts";
}

/*
 * The format is looked at first, as nothing else of a foreign format can be
 * blamed for being missing.  The name is checked here, since it becomes a key;
 * that it is the one that was asked for is checked by the caller, see
 * dump_place_manifest().
 */
static void
read_manifest_head(struct reading *r, struct dump_manifest *m)
{
	const char *format = take_member_text(r, 0, "format", 1);
	const char *id = take_member_text(r, 0, "id", 1);

	if (r->why == NULL && strcmp(format, DUMP_MANIFEST_FORMAT) != 0)
		r->why = "it is of another program or version";
	else if (r->why == NULL && !dump_manifest_is_id(id, strlen(id)))
		r->why = "its name is none";
	if (r->why != NULL)
		return;
	strlcpy(m->id, id, sizeof(m->id));
	m->time_s = take_member_count(r, 0, "time");
	m->program = take_member_text(r, 0, "program", 1);
	m->database = take_member_text(r, 0, "database", 1);
	m->server = take_member_text(r, 0, "server", 1);
	m->snapshot = take_member_text(r, 0, "snapshot", 1);
	m->revision = take_member_text(r, 0, "revision", 1);
	m->version = take_member_count(r, 0, "version");
	m->file = take_member_text(r, 0, "binlog_file", 1);
	m->position = take_member_count(r, 0, "binlog_position");
	m->gtid = take_member_text(r, 0, "gtid", 1);
	m->recipient = take_member_text(r, 0, "recipient", 1);
	m->rows = take_member_count(r, 0, "rows");
	m->bytes = take_member_count(r, 0, "bytes");
	m->stored = take_member_count(r, 0, "stored");
	m->nchunk = (size_t)take_member_count(r, 0, "chunks");
}

/*
 * The hash is compared before the text is parsed, so that a parser of JSON
 * never sees what was cut.  It is no signature: who can write to the place can
 * write a hash as well.
 */
const char *
dump_manifest_read(struct dump_manifest *m, const char *text, size_t len)
{
	struct base_arena tokens;
	struct reading r = { .arena = &m->arena };

	if (!is_whole_manifest(text, len))
		return "it is cut or was changed";
	base_arena_init(&tokens);
	if (json_doc_parse(&r.doc, text, len, &tokens) == -1 ||
	    json_doc_kind(&r.doc, 0) != JSON_DOC_OBJECT)
		r.why = "it is no JSON object";
	if (r.why == NULL)
		read_manifest_head(&r, m);
	if (r.why == NULL)
		read_table_list(&r, m);
	base_arena_done(&tokens);
	return r.why;
}
