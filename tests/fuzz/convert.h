/* SPDX-License-Identifier: ISC */
/* What the fuzz targets of lib/convert share: a sink that checks reports. */
#ifndef FUZZ_CONVERT_H
#define FUZZ_CONVERT_H

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "convert/sink.h"
#include "json/doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A report is a line of JSON with a position and a time. */
static void
fuzz_put(void *arg, const char *line, size_t len)
{
	struct base_arena a;
	struct json_doc d;

	(void)arg;
	base_arena_init(&a);
	assert(len > 0 && line[len - 1] == '\n');
	assert(memchr(line, '\n', len - 1) == NULL);
	assert(json_doc_parse(&d, line, len, &a) == 0);
	assert(json_doc_get(&d, json_doc_get(&d, 0, "position"),
	    "latitude") != -1);
	assert(json_doc_get(&d, 0, "timestamp") != -1);
	base_arena_done(&a);
}

static void
fuzz_tell(void *arg, uint64_t line, const char *what)
{
	(void)arg, (void)line;
	assert(strlen(what) > 0);
}

/* Returns 0, or -1 when memory is short. */
static inline int
fuzz_sink(struct convert_sink *s, struct convert_zone *zone)
{
	if (convert_sink_init(s) == -1)
		return -1;
	s->put = fuzz_put;
	s->tell = fuzz_tell;
	s->zone = zone;
	return 0;
}

#endif
