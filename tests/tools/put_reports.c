/* SPDX-License-Identifier: ISC */
/*
 * put_reports dir [per [age_s]] - put the report lines of stdin into the
 * spool DIR, PER (1) of them a submission, accepted AGE_S seconds ago.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "spool/record.h"
#include "spool/writer.h"

static void
put(struct spool_writer *w, struct base_buf *b, uint32_t count, long age_s)
{
	struct spool_record r = { .count = count, .key = "test",
	    .keylen = 4, .payload = b->data, .len = b->len };

	if (count == 0)
		return;
	r.time_ms = base_civil_now_ms() - age_s * 1000;
	spool_record_new_id(r.id, r.time_ms);
	if (!base_buf_ok(b) || spool_writer_append(w, &r) == -1)
		err(74, "append");
	base_buf_reset(b);
}

int
main(int argc, char *argv[])
{
	struct spool_writer *w;
	struct base_buf b;
	uint32_t count = 0, per;
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	long age_s;

	if (argc < 2)
		errx(64, "usage: put_reports dir [per [age_s]]");
	per = argc > 2 ? (uint32_t)atoi(argv[2]) : 1;
	age_s = argc > 3 ? atol(argv[3]) : 0;
	if ((w = spool_writer_open(argv[1], 1LL << 40, 1LL << 26)) == NULL)
		return 73;
	base_buf_init(&b);
	while ((len = getline(&line, &cap, stdin)) != -1) {
		base_buf_add(&b, line, (size_t)len);
		if (++count == per) {
			put(w, &b, count, age_s);
			count = 0;
		}
	}
	put(w, &b, count, age_s);
	free(line);
	base_buf_done(&b);
	spool_writer_end(w);
	return 0;
}
