/* SPDX-License-Identifier: ISC */
/*
 * Ranges, and lists of tags or types, that clients send: the first line is one,
 * the rest others.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/accept.h"
#include "http/cond.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = strndup((const char *)data, len), *tags = text;
	const char *range = strsep(&tags, "\n");
	struct http_cond_part p;
	enum http_cond_verdict v;
	int64_t size;
	int weight;

	for (size = 0; size < 1000000; size = size * 10 + 1) {
		p = (struct http_cond_part){ .size = size };
		v = http_cond_range(&p, range);
		assert(p.at >= 0 && p.len >= 0 && p.at + p.len <= size);
		assert(v != HTTP_COND_PART || p.len > 0);
		assert(v == HTTP_COND_PART || p.len == size);
	}
	if (http_cond_match(tags, "\"10-2f\"", 0))
		assert(http_cond_match(tags, "\"10-2f\"", 1));
	weight = http_accept_weight(tags, "text/html");
	assert(weight >= 0 && weight <= 1000);
	free(text);
	return 0;
}
