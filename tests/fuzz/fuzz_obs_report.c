/* SPDX-License-Identifier: ISC */
/*
 * Bodies of submissions; the first byte picks the form and the mode.  What
 * comes out is JSON, and what is made regular twice does not change again;
 * but strict mode refuses, or fills in, a position that is not there.  Unless
 * strict, reports grow by no more than was promised.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "ichnaea/rules.h"
#include "json/doc.h"
#include "obs/report.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Read LINE as an item and append its regular form to OUT. */
static void
again(const char *line, size_t len, int strict, struct base_buf *out)
{
	struct base_arena a;
	struct base_buf details;
	struct json_doc d;
	struct obs_report r = { .api = OBS_REPORT_GEOSUBMIT2,
	    .rules = ichnaea_rules(strict), .now_ms = 1700000000000,
	    .arena = &a,
	    .lines = out, .details = &details };

	base_arena_init(&a);
	base_buf_init(&details);
	assert(json_doc_parse(&d, line, len, &a) == 0);
	assert(obs_report_item(&r, &d, 0) == OBS_REPORT_OK && r.n == 1);
	base_buf_done(&details);
	base_arena_done(&a);
}

static void
check_line(const char *line, size_t len, int strict)
{
	static const char position[] = "\"position\": {";
	struct base_buf once, twice;

	if (strict && memmem(line, len, position,
	    sizeof(position) - 1) == NULL)
		return;
	base_buf_init(&once);
	base_buf_init(&twice);
	again(line, len, strict, &once);
	again(once.data, once.len - 1, strict, &twice);
	assert(once.len == twice.len &&
	    memcmp(once.data, twice.data, once.len) == 0);
	base_buf_done(&once);
	base_buf_done(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct base_arena a;
	struct base_buf lines, details;
	struct json_doc d;
	struct obs_report r = { .now_ms = 1700000000000, .arena = &a,
	    .lines = &lines, .details = &details };
	const char *lf, *p;
	size_t n = 0;
	int strict;

	if (len == 0)
		return 0;
	base_arena_init(&a);
	base_buf_init(&lines);
	base_buf_init(&details);
	r.api = (enum obs_report_api)(data[0] % 3);
	strict = data[0] / 3 % 2;
	r.rules = ichnaea_rules(strict);
	if (json_doc_parse(&d, (const char *)data + 1, len - 1, &a) == 0)
		switch (obs_report_body(&r, &d)) {
		case OBS_REPORT_OK:
			for (p = lines.data; p != NULL &&
			    p < lines.data + lines.len; p = lf + 1, n++) {
				lf = strchr(p, '\n');
				check_line(p, (size_t)(lf - p), strict);
			}
			assert(n == r.n && details.len == 0);
			if (!strict)
				assert(lines.len <= 4 * len + 65536);
			break;
		case OBS_REPORT_REFUSED:
			assert(lines.len == 0 && r.n == 0 &&
			    json_doc_parse(&d, details.data, details.len,
			    &a) == 0);
			break;
		case OBS_REPORT_NOMEM:
			break;
		}
	base_buf_done(&lines);
	base_buf_done(&details);
	base_arena_done(&a);
	return 0;
}
