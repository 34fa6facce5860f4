/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "json/coerce.h"
#include "json/doc.h"

#include "tap.h"

#define M	JSON_COERCE_MISSING
#define BAD	JSON_COERCE_BAD
#define OK	JSON_COERCE_OK

/* Every kind of input against every kind of field. */
static const struct {
	const char		*in;
	enum json_coerce_verdict iv;
	long long		 i;
	enum json_coerce_verdict fv;
	double			 f;
	enum json_coerce_verdict sv;
	const char		*s;
	enum json_coerce_verdict bv;
	int			 b;
} rows[] = {
	{ "null", M, 0, M, 0, M, "", M, 0 },
	{ "true", OK, 1, OK, 1, BAD, "", OK, 1 },
	{ "false", OK, 0, OK, 0, M, "", OK, 0 },
	{ "0", OK, 0, OK, 0, M, "", OK, 0 },
	{ "-7", OK, -7, OK, -7, BAD, "", OK, 1 },
	{ "99999999999999999999", OK, INT64_MAX, OK, 1e20, BAD, "", OK, 1 },
	{ "1.9", OK, 1, OK, 1.9, BAD, "", OK, 1 },
	{ "-1.9", OK, -1, OK, -1.9, BAD, "", OK, 1 },
	{ "1e3", OK, 1000, OK, 1000, BAD, "", OK, 1 },
	{ "-0", OK, 0, OK, 0, M, "", OK, 0 },
	{ "0.0", OK, 0, OK, 0, M, "", OK, 0 },
	{ "-0.0", OK, 0, OK, -0.0, M, "", OK, 0 },
	{ "NaN", BAD, 0, M, 0, BAD, "", OK, 1 },
	{ "Infinity", BAD, 0, M, 0, BAD, "", OK, 1 },
	{ "-Infinity", BAD, 0, M, 0, BAD, "", OK, 1 },
	{ "1e400", BAD, 0, M, 0, BAD, "", OK, 1 },
	{ "\"\"", M, 0, M, 0, M, "", OK, 1 },
	{ "\" \"", BAD, 0, BAD, 0, OK, " ", OK, 1 },
	{ "\"12\"", OK, 12, OK, 12, OK, "12", OK, 1 },
	{ "\" 12 \"", OK, 12, OK, 12, OK, " 12 ", OK, 1 },
	{ "\"\\u0031\\u0032\"", OK, 12, OK, 12, OK, "12", OK, 1 },
	{ "\"\\t12\\n\"", OK, 12, OK, 12, OK, "\t12\n", OK, 1 },
	{ "\"\\u0031.5\"", BAD, 0, OK, 1.5, OK, "1.5", OK, 1 },
	{ "\"\\u0066alse\"", BAD, 0, BAD, 0, OK, "false", OK, 0 },
	{ "\"012\"", OK, 12, OK, 12, OK, "012", OK, 1 },
	{ "\"+5\"", OK, 5, OK, 5, OK, "+5", OK, 1 },
	{ "\"-3\"", OK, -3, OK, -3, OK, "-3", OK, 1 },
	{ "\"1.5\"", BAD, 0, OK, 1.5, OK, "1.5", OK, 1 },
	{ "\"1e2\"", BAD, 0, OK, 100, OK, "1e2", OK, 1 },
	{ "\"nan\"", BAD, 0, M, 0, OK, "nan", OK, 1 },
	{ "\"-Inf\"", BAD, 0, M, 0, OK, "-Inf", OK, 1 },
	{ "\"infinity\"", BAD, 0, M, 0, OK, "infinity", OK, 1 },
	{ "\"0\"", OK, 0, OK, 0, OK, "0", OK, 0 },
	{ "\"false\"", BAD, 0, BAD, 0, OK, "false", OK, 0 },
	{ "\"FALSE\"", BAD, 0, BAD, 0, OK, "FALSE", OK, 0 },
	{ "\"abc\"", BAD, 0, BAD, 0, OK, "abc", OK, 1 },
	{ "\"0x1f\"", BAD, 0, BAD, 0, OK, "0x1f", OK, 1 },
	{ "\"a\\u00e9\"", BAD, 0, BAD, 0, OK, "a\xc3\xa9", OK, 1 },
	{ "[]", M, 0, M, 0, M, "", OK, 1 },
	{ "{}", M, 0, M, 0, M, "", OK, 1 },
	{ "[1]", BAD, 0, BAD, 0, BAD, "", OK, 1 },
	{ "{\"a\":1}", BAD, 0, BAD, 0, BAD, "", OK, 1 },
};

int
main(void)
{
	struct base_arena a;
	struct json_doc d;
	const char *s;
	double f;
	size_t i, len;
	int64_t n;
	int yes;

	base_arena_init(&a);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_doc_parse(&d, rows[i].in, strlen(rows[i].in), &a);
		n = 0;
		ok(json_coerce_int(&d, 0, &n) == rows[i].iv && n == rows[i].i,
		    "%s as an integer", rows[i].in);
		f = 0;
		ok(json_coerce_f64(&d, 0, &f) == rows[i].fv &&
		    f == rows[i].f && !signbit(f) == !signbit(rows[i].f),
		    "%s as a float", rows[i].in);
		s = "";
		ok(json_coerce_str(&d, 0, &a, &s, &len) == rows[i].sv &&
		    strcmp(s, rows[i].s) == 0, "%s as a string", rows[i].in);
		yes = 0;
		ok(json_coerce_bool(&d, 0, &yes) == rows[i].bv &&
		    yes == rows[i].b, "%s as a boolean", rows[i].in);
	}
	base_arena_done(&a);
	return tap_done();
}
