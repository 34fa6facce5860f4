/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "obs/source.h"
#include "tap.h"

static const struct {
	const char	*line, *want;
} cases[] = {
	{ "{\"position\": {\"source\": \"query\"}}", "query" },
	{ "{\"position\": {\"latitude\": 1, \"source\": \"fused\"}}",
	    "fused" },
	{ "{\"position\": {\"source\": \"q\\u0075ery\"}}", "query" },
	{ "{\"position\": {\"latitude\": 1.0}}", "gnss" },
	{ "{\"position\": null, \"source\": \"query\"}", "gnss" },
	{ "{\"position\": {\"source\": null}}", "gnss" },
	{ "{\"position\": {\"source\": 9}}", "gnss" },
	{ "{\"position\": [\"source\"]}", "gnss" },
	{ "{\"position\": {\"source\": ", "gnss" },
	{ "[\"source\"]", "gnss" },
	{ "", "gnss" }
};

int
main(void)
{
	struct base_arena a;
	size_t i, n;

	base_arena_init(&a);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		is_str(obs_source_get(cases[i].line, strlen(cases[i].line),
		    &a, &n), cases[i].want, cases[i].line);
		is_int((long long)n, (long long)strlen(cases[i].want),
		    "its length");
		base_arena_reset(&a);
	}
	base_arena_done(&a);
	return tap_done();
}
