/* SPDX-License-Identifier: ISC */
/*
 * put_reports dir [per [age_s [witness]]] - put the report lines of stdin into
 * the spool DIR, PER (1) of them a submission, accepted AGE_S seconds ago.  The
 * API key is the member apiKey (null: none) of the first of them, or "test".
 * WITNESS is CLASS:TAG:SOURCE, as numbers; or nobody.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "json/doc.h"
#include "spool/record.h"
#include "spool/writer.h"

/* The key of what LINES begin with; borrows from A. */
static const char *
key_of(const char *lines, struct base_arena *a)
{
	const char *key = "test";
	struct json_doc d;
	size_t len;
	int v;

	base_arena_reset(a);
	if (json_doc_parse(&d, lines, strcspn(lines, "\n"), a) == 0 &&
	    (v = json_doc_get(&d, 0, "apiKey")) != -1)
		key = json_doc_kind(&d, v) == JSON_DOC_STRING ?
		    json_doc_string(&d, v, a, &len) : "";
	return key;
}

static struct obs_witness who;

static void
put(struct spool_writer *w, struct base_buf *b, uint32_t count, long age_s,
    struct base_arena *a)
{
	struct spool_record r = { .count = count, .payload = b->data,
	    .len = b->len, .witness = who };

	if (count == 0)
		return;
	r.key = key_of(b->data, a);
	r.keylen = strlen(r.key);
	r.time_ms = base_clock_now_ms() - age_s * 1000;
	base_uuid_v7(r.id, r.time_ms);
	if (!base_buf_ok(b) || spool_writer_append(w, &r) == -1)
		err(74, "append");
	base_buf_reset(b);
}

int
main(int argc, char *argv[])
{
	struct spool_writer *w;
	struct base_arena a;
	struct base_buf b;
	uint32_t count = 0, per;
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	long age_s;

	if (argc < 2)
		errx(64, "usage: put_reports dir [per [age_s [witness]]]");
	per = argc > 2 ? (uint32_t)atoi(argv[2]) : 1;
	age_s = argc > 3 ? atol(argv[3]) : 0;
	if (argc > 4 && sscanf(argv[4], "%hhu:%hu:%u", &who.class, &who.tag,
	    &who.source) != 3)
		errx(64, "%s: expected class:tag:source", argv[4]);
	if ((w = spool_writer_open(argv[1], 1LL << 40, 1LL << 26)) == NULL)
		return 73;
	base_arena_init(&a);
	base_buf_init(&b);
	while ((len = getline(&line, &cap, stdin)) != -1) {
		base_buf_add(&b, line, (size_t)len);
		if (++count == per) {
			put(w, &b, count, age_s, &a);
			count = 0;
		}
	}
	put(w, &b, count, age_s, &a);
	free(line);
	base_buf_done(&b);
	base_arena_done(&a);
	spool_writer_end(w);
	return 0;
}
