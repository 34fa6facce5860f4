/* SPDX-License-Identifier: ISC */
#include "backup/batch.h"
#include "backup/manifest.h"
#include "backup/place.h"
#include "base/arena.h"
#include "base/buf.h"
#include "obs/items.h"
#include "tap.h"

static const struct {
	const char	*url, *store, *path;
} places[] = {
	{ "s3://raw", "s3://raw", "" },
	{ "s3://raw/", "s3://raw/", "" },
	{ "s3://raw/a/b", "s3://raw/a/b", "" },
	{ "s3://raw/{source}", "s3://raw", "{source}/" },
	{ "s3://raw//a//{source}/{day}/", "s3://raw/a", "{source}/{day}/" },
	{ "s3://raw/a/x{source}y", "s3://raw/a", "x{source}y/" },
	{ "file:///a/{year}", "file:///a", "{year}/" },
	{ "file:///{year}", "file:///", "{year}/" },
	{ "/a/b/{year}", "/a/b", "{year}/" },
	{ "/{year}", "/", "{year}/" },
};

static const struct {
	const char	*text, *why;
	size_t		 reports, runs;
} bodies[] = {
	{ "{\"items\": []}", NULL, 0, 0 },
	{ "{\"items\": [{\"a\": 1}, {}]}", NULL, 2, 0 },
	{ "{\"items\": [{}]", "is not JSON inside", 0, 0 },
	{ "[]", "is no list of reports inside", 0, 0 },
	{ "{\"items\": {}}", "is no list of reports inside", 0, 0 },
	{ "{\"items\": [1]}", "has something else than reports inside", 0,
	    0 },
	{ "{\"items\": [{}], \"submissions\": []}",
	    "its submissions are not those of its reports", 0, 0 },
	{ "{\"items\": [{}], \"submissions\": [{}]}",
	    "its submissions are not as expected", 0, 0 },
	{ "{\"items\": [{}], \"submissions\": [{\"id\": "
	    "\"0123456789abcdef0123456789abcdef\", \"accepted_ms\": 5, "
	    "\"line\": 0, \"n\": 1, \"of\": 1}]}",
	    "its submissions are not as expected", 0, 0 },
	{ "{\"items\": [{}], \"submissions\": [{\"id\": "
	    "\"0123456789abcdef0123456789abcdef\", \"accepted_ms\": 5, "
	    "\"line\": 1, \"n\": 1, \"of\": 1}]}", NULL, 1, 1 },
};

/* Members are compared: what is between them may be anything. */
static int
same_run(const struct backup_batch_run *a, const struct backup_batch_run *b)
{
	return memcmp(a->id, b->id, sizeof(a->id)) == 0 &&
	    a->accepted_ms == b->accepted_ms && a->line == b->line &&
	    a->n == b->n && a->of == b->of;
}

static void
try_batch(struct base_arena *a)
{
	struct backup_batch_run run[2] = {
		{ { 1, 2, 0xff }, 1700000000000, 1, 2, 3 },
		{ { 9 }, 5, 7, 1, 7 } };
	struct backup_batch b;
	struct base_buf text;
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		base_arena_reset(a);
		why = backup_batch_read(&b, bodies[i].text,
		    strlen(bodies[i].text), a);
		ok((why == NULL) == (bodies[i].why == NULL) && (why == NULL ||
		    strcmp(why, bodies[i].why) == 0) && (why != NULL ||
		    (b.reports == bodies[i].reports &&
		    b.runs == bodies[i].runs)), "%s: %s", bodies[i].text,
		    why == NULL ? "good" : why);
	}
	base_buf_init(&text);
	obs_items_add(&text, "{\"a\": 1}\n{\"b\": 2}\n{}\n", 21, 1);
	backup_batch_end(&text, "gnss", "k\"y", run, 2);
	ok(backup_batch_read(&b, text.data, text.len, a) == NULL,
	    "what was written is read: %s", text.data);
	is_int((long long)b.reports, 3, "its reports");
	is_str(b.key, "k\"y", "its key");
	ok(b.runs == 2 && same_run(&b.run[0], &run[0]) &&
	    same_run(&b.run[1], &run[1]),
	    "where they are from");
	base_buf_done(&text);
}

static void
try_manifest(void)
{
	struct backup_manifest_entry e = { .key = (char []){ "a/\"b" },
	    .source = (char []){ "gnss" }, .api_key = (char []){ "" },
	    .reports = 7, .bytes = 99, .first_ms = 1, .last_ms = 2,
	    .sha256 = "0123456789012345678901234567890123456789012345678901"
	    "234567890123", .stored = 1 };
	struct backup_manifest in, out;
	struct base_buf b, bad;
	int64_t s = 0;
	size_t i, n = 0;

	backup_manifest_init(&in);
	backup_manifest_init(&out);
	base_buf_init(&b);
	base_buf_init(&bad);
	backup_manifest_add(&in, &e);
	e.stored = 0;
	backup_manifest_add(&in, &e);
	backup_manifest_format(&b, &in, "t");
	ok(backup_manifest_parse(&out, b.data, b.len) == NULL && out.n == 2,
	    "a manifest: %s", b.data);
	ok(strcmp(out.entry[0].key, e.key) == 0 && out.entry[0].bytes == 99 &&
	    out.entry[0].stored && !out.entry[1].stored &&
	    strcmp(out.entry[1].sha256, e.sha256) == 0, "its entries");
	backup_manifest_done(&out);
	for (i = 0; i + 2 < b.len; i++) {
		n += backup_manifest_parse(&out, b.data, i) == NULL;
		backup_manifest_done(&out);
	}
	is_int((long long)n, 0, "a part of one is none");
	base_buf_str(&bad, "{\"version\":2,\"objects\":[]}");
	ok(backup_manifest_parse(&out, bad.data, bad.len) != NULL,
	    "one of a later version");
	ok(backup_manifest_is("manifest/2022-02-22/"
	    "c232ab00941411ec9f6b0242ac120002.json", &s) && s == 1645557742, "its key and time");
	ok(!backup_manifest_is("manifest/2022-02-22/"
	    "c232ab00941411ec9f6b0242ac120002.json.gz", &s), "no key of one");
	backup_manifest_done(&in);
	backup_manifest_done(&out);
	base_buf_done(&b);
	base_buf_done(&bad);
}

int
main(void)
{
	struct backup_place p;
	struct base_arena a;
	int64_t s = 0;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		is_int(backup_place_cut(&p, places[i].url), 0, places[i].url);
		is_str(p.store, places[i].store, "its store");
		is_str(p.path, places[i].path, "its keys");
	}
	is_int(backup_place_is_batch("a/c232ab00941411ec9f6b0242ac120002."
	    "json.gz", &s), 1, "a batch");
	is_int(s, 1645557742, "its time");
	is_int(backup_place_is_batch("c232ab00941411ec9f6b0242ac120002."
	    "json.gz.age", &s), 1, "an encrypted one");
	is_int(backup_place_is_batch("c232ab00941411ec9f6b0242ac120002."
	    "json", &s), 0, "no batch");
	is_int(backup_place_is_batch("c232ab00941441ec9f6b0242ac120002."
	    "json.gz", &s), 0, "of another version");
	base_arena_init(&a);
	try_batch(&a);
	base_arena_done(&a);
	try_manifest();
	return tap_done();
}
