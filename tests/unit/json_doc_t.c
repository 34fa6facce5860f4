/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "base/buf.h"
#include "json/doc.h"
#include "json/write.h"

#include "tap.h"

static const char *const valid[] = {
	"{}", "[]", "0", "-0", "-0.0", "1e5", "1E+5", "1.5e-7", "\"\"",
	"true", "false", "null", "NaN", "Infinity", "-Infinity",
	" [ 1 , 2 ] ", "{\"a\":{\"b\":[null]}}", "\"\\u00e9\\n\\/\"",
	"\"\xc3\xa9\"", "\"\\ud800\"", "[[],{},[{}]]", "\t\r\n1\n",
};
static const char *const invalid[] = {
	"", " ", "{\"a\"}", "{\"a\":}", "[1,]", "[1 2]", "{\"a\":1 \"b\":2}",
	"[\"a\":1]", "{\"a\"::1}", "[tru]", "[01]", "[1abc]", "[-]", "{} {}",
	"\"\x01\"", "\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "{1:2}",
	"\"\\x\"", "\"\\u12\"", "\"abc", "[", "{", "{\"a\":1,}", "1.", ".5",
	"+1", "1e", "nul", "Nan", "-Inf", "// c\n1", "'a'", "[}", "{]",
	"\xef\xbb\xbf{}", "\"\xf5\x80\x80\x80\"",
};

/* What is wrong, and where. */
static void
faults(struct base_arena *a)
{
	static const struct {
		const char *text, *why;
		size_t where;
	} t[] = {
		{ "\xef\xbb\xbf{}", "byte order mark", 0 },
		{ "", "expected a value", 0 }, { " \n", "expected a value", 2 },
		{ "[1,]", "expected a value", 3 }, { "[-]", "expected a value", 1 },
		{ "[-x]", "expected a value", 1 },
		{ "[-Inf]", "expected a value", 1 },
		{ "[Nan]", "expected a value", 1 },
		{ "[.5]", "expected a value", 1 },
		{ "[5.]", "expected a comma", 2 },
		{ "[5.e1]", "expected a comma", 2 },
		{ "[1.5e]", "expected a comma", 4 },
		{ "[1e+]", "expected a comma", 2 },
		{ "[01]", "expected a comma", 2 }, { "1x", "extra data", 1 },
		{ "[1", "unexpected end", 2 },
		{ "{1:2}", "expected a member name", 1 },
		{ "{\"a\" 1}", "expected a colon", 5 },
		{ "[\"ab", "unterminated string", 1 },
		{ "[\"ab\\", "unterminated string", 1 },
		{ "[\"a\\x\"]", "invalid escape", 3 },
		{ "[\"a\n\"]", "invalid control character", 3 },
		/* What looks like the end is in a string, or of another. */
		{ "[\"a]\r", "invalid control character", 4 },
		{ "[\"a] ", "unterminated string", 1 },
		{ "[[1] ", "unexpected end", 5 },
		{ "[1}", "expected a comma", 2 }, { "] ", "expected a value", 0 },
		{ "[1]] ", "extra data", 3 }, { "1]", "extra data", 1 },
	};
	struct json_doc d;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		json_doc_parse(&d, t[i].text, strlen(t[i].text), a);
		is_str(d.why, t[i].why, "fault");
		is_int((long long)d.where, (long long)t[i].where, t[i].why);
	}
}

static void
numbers(struct base_arena *a)
{
	static const struct {
		const char *text;
		double f;
		int isint;
		long long i;
	} t[] = {
		{ "12", 12, 1, 12 }, { "-7", -7, 1, -7 }, { "1.9", 1.9, 1, 1 },
		{ "-1.9", -1.9, 1, -1 }, { "1e3", 1000, 1, 1000 },
		{ "1e400", INFINITY, 0, 0 }, { "NaN", NAN, 0, 0 },
		{ "51.507412299999999", 51.5074123, 1, 51 },
		{ "99999999999999999999", 1e20, 1, INT64_MAX },
		{ "-0", 0, 1, 0 }, { "-0.0", -0.0, 1, 0 },
		{ "0.1", 0.1, 1, 0 },
		{ "123456789012345678", 123456789012345680.0, 1,
		    123456789012345678 },
		{ "2.2250738585072011e-308", 2.2250738585072011e-308, 1, 0 },
		{ "9007199254740993", 9007199254740992.0, 1,
		    9007199254740993 },
	};
	struct json_doc d;
	size_t i;
	int64_t v;
	double f;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		json_doc_parse(&d, t[i].text, strlen(t[i].text), a);
		ok(json_doc_f64(&d, 0, &f) && (f == t[i].f ?
		    signbit(f) == signbit(t[i].f) : isnan(f) &&
		    isnan(t[i].f)), "number %s", t[i].text);
		v = 0;
		ok(json_doc_i64(&d, 0, &v) == t[i].isint && v == t[i].i,
		    "integer of %s", t[i].text);
	}
}

static void
printing(void)
{
	static const struct {
		double v;
		const char *want;
	} t[] = {
		{ 10, "10.0" }, { -0.1, "-0.1" }, { 51.5, "51.5" },
		{ 1e-5, "1e-05" }, { -3.2e-6, "-3.2e-06" }, { 1e16, "1e+16" },
		{ -0.0, "-0.0" }, { 0, "0.0" },
		{ 51.50741234567, "51.5074123" },
		{ 1.23456785, "1.2345678" }, { 123456789.123456789,
		    "123456789.1234568" }, { 0.0001, "0.0001" },
		{ 0.00001234567, "1.23e-05" }, { 4e-8, "0.0" },
		{ 1e15, "1000000000000000.0" }, { -122.9999999999, "-123.0" },
	};
	struct base_buf b;
	size_t i;

	base_buf_init(&b);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		base_buf_reset(&b);
		base_buf_f7(&b, t[i].v);
		is_str(b.data, t[i].want, "printed with 7 decimals");
	}
	base_buf_reset(&b);
	base_buf_f64(&b, 0.1 + 0.2);
	base_buf_chr(&b, ' ');
	base_buf_f64(&b, 1.25);
	base_buf_chr(&b, ' ');
	base_buf_i64(&b, INT64_MIN);
	is_str(b.data, "0.30000000000000004 1.25 -9223372036854775808",
	    "shortest form");
	base_buf_reset(&b);
	json_write_cstr(&b, "C\xc3\xb4te d\xe2\x80\x99I\n\"\\/\x01\xf0\x9f\x98"
	    "\x80\xff");
	is_str(b.data, "\"C\\u00f4te d\\u2019I\\n\\\"\\\\/\\u0001\\ud83d"
	    "\\ude00\\ufffd\"", "string in ASCII");
	base_buf_done(&b);
}

/* 1 if value V of D is a list of one list, and so on, of N levels. */
static int
is_nested(const struct json_doc *d, int v, int n)
{
	const char *raw;
	size_t len;

	for (; n > 0; n--, v = json_doc_first(d, v)) {
		raw = json_doc_raw(d, v, &len);
		if (json_doc_kind(d, v) != JSON_DOC_ARRAY || len !=
		    2 * (size_t)n || raw[0] != '[' || raw[len - 1] != ']')
			return 0;
	}
	return v == -1;
}

/*
 * Lists of which more and more are deep, so that there is no room for notes of
 * all tokens at first; then strings with blanks between them.
 */
static void
test_places(struct base_arena *a)
{
	struct base_buf b;
	struct json_doc d;
	const char *raw;
	int bad = 0, i, k, v;
	size_t len;

	base_buf_init(&b);
	base_buf_chr(&b, '[');
	for (i = 1; i < JSON_DOC_MAX_DEPTH; i++) {
		for (k = 0; k < i; k++)
			base_buf_chr(&b, '[');
		for (k = 0; k < i; k++)
			base_buf_chr(&b, ']');
		base_buf_chr(&b, i < JSON_DOC_MAX_DEPTH - 1 ? ',' : ']');
	}
	ok(json_doc_parse(&d, b.data, b.len, a) == 0, "many lists");
	for (i = 0, v = json_doc_first(&d, 0); v != -1;
	    v = json_doc_next(&d, v))
		bad += !is_nested(&d, v, ++i);
	ok(bad == 0 && i == JSON_DOC_MAX_DEPTH - 1, "each as deep as it was");

	base_buf_reset(&b);
	base_buf_str(&b, " { \"list\" :\n[");
	for (i = 0; i < 1000; i++)
		base_buf_fmt(&b, "%s\"%d,]}\" \t", i > 0 ? " ,\r\n" : "", i);
	base_buf_str(&b, "] , \"x\":{ } } ");
	ok(json_doc_parse(&d, b.data, b.len, a) == 0, "many strings");
	v = json_doc_get(&d, 0, "list");
	for (i = bad = 0, k = json_doc_first(&d, v); k != -1;
	    k = json_doc_next(&d, k), i++) {
		raw = json_doc_raw(&d, k, &len);
		bad += atoi(raw) != i || raw[len - 1] != '}' ||
		    raw[len] != '"' || raw[-1] != '"';
	}
	ok(bad == 0 && i == 1000, "each where it was");
	raw = json_doc_raw(&d, json_doc_get(&d, 0, "x"), &len);
	ok(len == 3 && memcmp(raw, "{ }", 3) == 0, "and what is behind them");
	raw = json_doc_raw(&d, 0, &len);
	ok(raw == b.data + 1 && len == b.len - 2, "and around them");
	base_buf_done(&b);
}
/*
 * A text of nothing but lists has more values than is usual for its length.
 * Behind each of its elements is the next.
 */
static void
dense(struct base_arena *a)
{
	char text[4 * 300 + 3] = "[";
	struct json_doc d;
	int k, n = 0, inner = 0, v;
	size_t i;

	for (i = 0; i < 300; i++)
		strlcat(text, i % 3 == 0 ? "[9]," : i % 3 == 1 ? "[]," :
		    "{},", sizeof(text));
	text[strlen(text) - 1] = ']';
	ok(json_doc_parse(&d, text, strlen(text), a) == 0, "dense text");
	for (k = json_doc_first(&d, 0); k != -1; k = json_doc_next(&d, k), n++)
		for (v = json_doc_first(&d, k); v != -1;
		    v = json_doc_next(&d, v))
			inner += json_doc_is(&d, v, "9");
	ok(n == 300 && inner == 100, "all of it is walked");
}

int
main(void)
{
	static const char text[] = "{\"a\":[1,{\"x\":2},\"s\"],\"b\\u0063\":"
	    "\"\\ud83d\\ude00\\u00e9\\n\",\"a\":{\"y\":[]},\"z\":null}";
	static const char *const names[] = { "z", "bc", "a" };
	char *big, deep[2 * JSON_DOC_MAX_DEPTH + 4];
	struct base_arena a;
	struct json_doc d;
	size_t i, len;
	int k, v;

	base_arena_init(&a);
	for (i = 0; i < sizeof(valid) / sizeof(valid[0]); i++)
		ok(json_doc_parse(&d, valid[i], strlen(valid[i]), &a) == 0,
		    "valid: %s", valid[i]);
	for (i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
		ok(json_doc_parse(&d, invalid[i], strlen(invalid[i]), &a) ==
		    -1 && d.why != NULL, "invalid, case %zu", i);
	ok(json_doc_parse(&d, "1\0", 2, &a) == -1, "NUL after a value");
	memset(deep, '[', JSON_DOC_MAX_DEPTH + 1);
	memset(deep + JSON_DOC_MAX_DEPTH + 1, ']', JSON_DOC_MAX_DEPTH + 1);
	ok(json_doc_parse(&d, deep, 2 * JSON_DOC_MAX_DEPTH + 2, &a) == -1,
	    "one level too deep");
	ok(json_doc_parse(&d, deep + 1, 2 * JSON_DOC_MAX_DEPTH, &a) == 0,
	    "deepest allowed");
	test_places(&a);

	len = 2 * JSON_DOC_MAX_VALUES + 1;
	big = malloc(len);
	memset(big, '0', len);
	for (i = 0; i < len; i += 2)
		big[i] = ',';
	big[0] = '[';
	big[len - 1] = ']';
	ok(json_doc_parse(&d, big, len, &a) == -1 &&
	    strcmp(d.why, "too many values") == 0, "one value too many");
	free(big);
	ok(json_doc_parse(&d, text, sizeof(text) - 1, &a) == 0, "document");
	v = json_doc_get(&d, 0, "a");
	ok(v != -1 && json_doc_kind(&d, v) == JSON_DOC_OBJECT, "last wins");
	v = json_doc_get(&d, 0, "bc");
	is_str(json_doc_string(&d, v, &a, &len), "\xf0\x9f\x98\x80\xc3\xa9\n",
	    "escapes undone");
	ok(json_doc_get(&d, 0, "q") == -1, "no such member");
	k = json_doc_first(&d, 0);
	ok(json_doc_lookup(&d, k, names, 3) == 2, "name looked up");
	v = json_doc_first(&d, json_doc_value(k));
	ok(json_doc_is(&d, v, "1"), "first element");
	v = json_doc_next(&d, v);
	ok(json_doc_kind(&d, v) == JSON_DOC_OBJECT, "second element");
	v = json_doc_next(&d, v);
	ok(json_doc_is(&d, v, "s") && json_doc_next(&d, v) == -1, "the end");
	k = json_doc_next(&d, k);
	ok(json_doc_lookup(&d, k, names, 3) == 1, "escaped name looked up");
	k = json_doc_next(&d, json_doc_next(&d, k));
	ok(json_doc_lookup(&d, k, names, 3) == 0 &&
	    json_doc_next(&d, k) == -1, "last member");
	ok(json_doc_parse(&d, "{\"a\":\"\",\"b\":[\"\",1],\"c\":2}", 25,
	    &a) == 0 && json_doc_get(&d, 0, "c") != -1 &&
	    json_doc_next(&d, json_doc_first(&d, json_doc_get(&d, 0, "b"))) !=
	    -1, "empty strings are stepped over");
	dense(&a);
	faults(&a);
	numbers(&a);
	printing();
	base_arena_done(&a);
	return tap_done();
}
