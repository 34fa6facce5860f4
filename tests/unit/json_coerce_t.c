/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "base/buf.h"
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

static const struct {
	const char		*in, *name;
	enum json_coerce_kind	 kind;
	const char		*want;
} faults[] = {
	{ "\"ab\"", "x", JSON_COERCE_NUMBER, "\"\\\"ab\\\" is not a number\"" },
	{ "{\"a\":1}", "x", JSON_COERCE_NUMBER,
	    "\"\\\"{'a': 1}\\\" is not a number\"" },
	{ "[null,true,[false,\"s\",-2.50],1e400,NaN,{}]", "x",
	    JSON_COERCE_NUMBER, "\"\\\"[None, True, [False, 's', -2.5], inf, "
	    "nan, {}]\\\" is not a number\"" },
	{ "[-0,-0.0,10]", "x", JSON_COERCE_NUMBER,
	    "\"\\\"[0, -0.0, 10]\\\" is not a number\"" },
	{ "[\"a\\\"b\\\\\",\"it's\",\"'\\\"\",\"\\u0000\\n\\u007f\\u00e9\"]", "x",
	    JSON_COERCE_NUMBER, "\"\\\"['a\\\"b\\\\\\\\', \\\"it's\\\", "
	    "'\\\\'\\\"', '\\\\x00\\\\n\\\\x7f\\u00e9']\\\" is not a "
	    "number\"" },
	{ "[\"\\ud83d\\udfff\\udc05\"]", "x", JSON_COERCE_NUMBER,
	    "\"\\\"['\\ud83d\\udfff\\\\udc05']\\\" is not a number\"" },
	{ "1", "macAddress", JSON_COERCE_STRING,
	    "\"1 is not a string: {'macAddress': ''}\"" },
	{ "null", "x", JSON_COERCE_LIST, "\"\\\"None\\\" is not iterable\"" },
	{ "[1]", NULL, JSON_COERCE_OBJECT, "\"\\\"[1]\\\" is not a mapping "
	    "type: Does not implement dict-like functionality.\"" },
	{ "\"umts\"", "radioType", JSON_COERCE_RADIO,
	    "\"\\\"umts\\\" is not one of gsm, cdma, wcdma, lte\"" },
	{ "{}", "items", JSON_COERCE_PRESENT, "\"Required\"" },
};

int
main(void)
{
	struct base_arena a;
	struct base_buf b;
	struct json_doc d;
	const char *s;
	char long_text[2000];
	double f;
	size_t i, len;
	int64_t n;
	int yes;

	base_arena_init(&a);
	base_buf_init(&b);
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
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		json_doc_parse(&d, faults[i].in, strlen(faults[i].in), &a);
		base_buf_reset(&b);
		json_coerce_fault(&b, &d, 0, faults[i].kind, faults[i].name);
		is_str(b.data, faults[i].want, "message");
	}
	memset(long_text, 'x', sizeof(long_text));
	long_text[0] = long_text[sizeof(long_text) - 1] = '"';
	json_doc_parse(&d, long_text, sizeof(long_text), &a);
	base_buf_reset(&b);
	json_coerce_fault(&b, &d, 0, JSON_COERCE_NUMBER, "x");
	ok(b.len < 400 && strstr(b.data, "xxx...\\\" is not") != NULL,
	    "a long value is cut");
	base_buf_done(&b);
	base_arena_done(&a);
	return tap_done();
}
