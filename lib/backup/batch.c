/* SPDX-License-Identifier: ISC */
/*
 * The text is built by adding to what is there already: reports are appended
 * one by one while they come, and what they belong to only at the end, when it
 * is known.  So a batch never has to be held in memory as a tree.
 */
#include <assert.h>
#include <string.h>

#include "backup/batch.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "json/write.h"

/*
 * The end of the list of items, then members of the object around it.
 *
 * B has the list with its reports, still open, so that it cannot be empty.
 */
void
backup_batch_end(struct base_buf *b, const char *source, const char *key,
    const struct backup_batch_run *run, size_t n)
{
	size_t i;

	assert(b->len > 0);
	base_buf_str(b, "], \"source\": ");
	json_write_cstr(b, source);
	base_buf_str(b, ", \"key\": ");
	if (key == NULL)
		base_buf_str(b, "null");
	else
		json_write_cstr(b, key);
	base_buf_str(b, ", \"submissions\": [");
	for (i = 0; i < n; i++) {
		base_buf_str(b, i > 0 ? ", {\"id\": \"" : "{\"id\": \"");
		base_buf_hex(b, run[i].id, BASE_UUID_LEN);
		base_buf_fmt(b, "\", \"accepted_ms\": %lld, \"line\": %u, "
		    "\"n\": %u, \"of\": %u}", (long long)run[i].accepted_ms,
		    (unsigned)run[i].line, (unsigned)run[i].n,
		    (unsigned)run[i].of);
	}
	base_buf_str(b, "]}");
}

/*
 * Member NAME of V as a number from 1 to 2^32 - 1.  1 or 0.
 *
 * A run of nothing, or a line 0, would be a fault of the writer: lines count
 * from 1.
 */
static int
read_run_count(const struct json_doc *d, int v, const char *name, uint32_t *n)
{
	int64_t i;
	int m = json_doc_get(d, v, name);

	if (m == -1 || json_doc_kind(d, m) != JSON_DOC_INT ||
	    !json_doc_i64(d, m, &i) || i < 1 || i > UINT32_MAX)
		return 0;
	*n = (uint32_t)i;
	return 1;
}

/*
 * A run of reports: 1, or 0 if it is none.
 *
 * The sum of line and count is bounded, as a restore adds them for the number
 * of each report.
 */
static int
read_run(struct backup_batch_run *r, const struct json_doc *d, int v)
{
	int id, ms;
	const char *hex;
	size_t len;

	if (json_doc_kind(d, v) != JSON_DOC_OBJECT)
		return 0;
	id = json_doc_get(d, v, "id");
	ms = json_doc_get(d, v, "accepted_ms");
	if (id == -1 || ms == -1 || json_doc_kind(d, id) != JSON_DOC_STRING)
		return 0;
	hex = json_doc_raw(d, id, &len);
	return len == 2 * BASE_UUID_LEN &&
	    base_num_unhex(r->id, BASE_UUID_LEN, hex) &&
	    json_doc_i64(d, ms, &r->accepted_ms) &&
	    read_run_count(d, v, "line", &r->line) &&
	    read_run_count(d, v, "n", &r->n) &&
	    read_run_count(d, v, "of", &r->of) &&
	    r->n <= UINT32_MAX - r->line;
}

/*
 * Read the list LIST of runs.  NULL or what is wrong.
 *
 * Runs and reports are matched by position alone.  If their numbers differ it
 * is not known which report is of which submission, and nothing of the batch
 * can be brought back under an id.
 */
static const char *
read_runs(struct backup_batch *b, int list, struct base_arena *a)
{
	static const char bad[] = "its submissions are not as expected";
	const struct json_doc *d = &b->doc;
	uint64_t reports = 0;
	size_t n = 0;
	int v;

	if (json_doc_kind(d, list) != JSON_DOC_ARRAY)
		return bad;
	for (v = json_doc_first(d, list); v != -1; v = json_doc_next(d, v))
		n++;
	if ((b->run = base_arena_calloc(a, n + 1, sizeof(*b->run))) == NULL)
		return "out of memory";
	for (v = json_doc_first(d, list); v != -1; v = json_doc_next(d, v)) {
		if (!read_run(&b->run[b->runs], d, v))
			return bad;
		reports += b->run[b->runs++].n;
	}
	return reports == b->reports ? NULL :
	    "its submissions are not those of its reports";
}

/*
 * Objects of others, also those that Ichnaea made, have the items only.
 *
 * Reports themselves are not looked into: whoever takes them, loc-submit for
 * one, checks each of them anyway and keeps the good ones.
 */
const char *
backup_batch_read(struct backup_batch *b, const char *text, size_t len,
    struct base_arena *a)
{
	struct json_doc *d = &b->doc;
	int key, list, v;

	memset(b, 0, sizeof(*b));
	if (json_doc_parse(d, text, len, a) == -1)
		return d->why == json_doc_nomem ? "out of memory" :
		    "is not JSON inside";
	b->items = json_doc_get(d, 0, "items");
	if (b->items == -1 || json_doc_kind(d, b->items) != JSON_DOC_ARRAY)
		return "is no list of reports inside";
	for (v = json_doc_first(d, b->items); v != -1;
	    v = json_doc_next(d, v)) {
		if (json_doc_kind(d, v) != JSON_DOC_OBJECT)
			return "has something else than reports inside";
		b->reports++;
	}
	key = json_doc_get(d, 0, "key");
	if (key != -1 && json_doc_kind(d, key) == JSON_DOC_STRING &&
	    (b->key = json_doc_string(d, key, a, NULL)) == NULL)
		return "out of memory";
	list = json_doc_get(d, 0, "submissions");
	return list == -1 ? NULL : read_runs(b, list, a);
}
