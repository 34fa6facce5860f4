/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "base/buf.h"
#include "ichnaea/python.h"
#include "json/doc.h"

#include "tap.h"

static const struct {
	const char		*in, *name;
	enum ichnaea_python_kind	 kind;
	const char		*want;
} faults[] = {
	{ "\"ab\"", "x", ICHNAEA_PYTHON_NUMBER,
	    "\"\\\"ab\\\" is not a number\"" },
	{ "{\"a\":1}", "x", ICHNAEA_PYTHON_NUMBER,
	    "\"\\\"{'a': 1}\\\" is not a number\"" },
	{ "[null,true,[false,\"s\",-2.50],1e400,NaN,{}]", "x",
	    ICHNAEA_PYTHON_NUMBER, "\"\\\"[None, True, [False, 's', -2.5], inf, "
	    "nan, {}]\\\" is not a number\"" },
	{ "[-0,-0.0,10]", "x", ICHNAEA_PYTHON_NUMBER,
	    "\"\\\"[0, -0.0, 10]\\\" is not a number\"" },
	{ "[\"a\\\"b\\\\\",\"it's\",\"'\\\"\",\"\\u0000\\n\\u007f\\u00e9\"]", "x",
	    ICHNAEA_PYTHON_NUMBER, "\"\\\"['a\\\"b\\\\\\\\', \\\"it's\\\", "
	    "'\\\\'\\\"', '\\\\x00\\\\n\\\\x7f\\u00e9']\\\" is not a "
	    "number\"" },
	{ "[\"\\ud83d\\udfff\\udc05\"]", "x", ICHNAEA_PYTHON_NUMBER,
	    "\"\\\"['\\ud83d\\udfff\\\\udc05']\\\" is not a number\"" },
	{ "1", "macAddress", ICHNAEA_PYTHON_STRING,
	    "\"1 is not a string: {'macAddress': ''}\"" },
	{ "null", "x", ICHNAEA_PYTHON_LIST, "\"\\\"None\\\" is not iterable\"" },
	{ "[1]", NULL, ICHNAEA_PYTHON_OBJECT, "\"\\\"[1]\\\" is not a mapping "
	    "type: Does not implement dict-like functionality.\"" },
	{ "\"umts\"", "radioType", ICHNAEA_PYTHON_RADIO,
	    "\"\\\"umts\\\" is not one of gsm, cdma, wcdma, lte\"" },
	{ "{}", "items", ICHNAEA_PYTHON_PRESENT, "\"Required\"" },
};

/* Texts that are no JSON, and what Python says of them. */
static const struct {
	const char	*in, *want;
} broken[] = {
	{ "{", "JSONDecodeError('Expecting property name enclosed in double "
	    "quotes: line 1 column 2 (char 1)')" },
	{ "", "JSONDecodeError('Expecting value: line 1 column 1 (char 0)')" },
	{ "{\"a\" 1}", "JSONDecodeError(\"Expecting ':' delimiter: line 1 "
	    "column 6 (char 5)\")" },
	{ "[1\n 2]", "JSONDecodeError(\"Expecting ',' delimiter: line 2 "
	    "column 2 (char 4)\")" },
	{ "[\"\xc3\xa4\" 2]", "JSONDecodeError(\"Expecting ',' delimiter: "
	    "line 1 column 6 (char 5)\")" },
	{ "1 2", "JSONDecodeError('Extra data: line 1 column 3 (char 2)')" },
	{ "[\"a", "JSONDecodeError('Unterminated string starting at: line 1 "
	    "column 2 (char 1)')" },
	{ "\xef\xbb\xbf{}", "JSONDecodeError('Unexpected UTF-8 BOM (decode "
	    "using utf-8-sig): line 1 column 1 (char 0)')" },
	{ "{\xff}", "'utf-8' codec can't decode byte 0xff in position 1: "
	    "invalid start byte" },
	{ "\xe2\x82", "'utf-8' codec can't decode bytes in position 0-1: "
	    "unexpected end of data" },
	{ "[\"\xed\xa0\x80\"]", "'utf-8' codec can't decode byte 0xed in "
	    "position 2: invalid continuation byte" },
};

int
main(void)
{
	struct base_arena a;
	struct base_buf b;
	struct json_doc d;
	char long_text[2000], text[ICHNAEA_PYTHON_LEN];
	size_t i;

	base_arena_init(&a);
	base_buf_init(&b);
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		json_doc_parse(&d, faults[i].in, strlen(faults[i].in), &a);
		base_buf_reset(&b);
		ichnaea_python_fault(&b, &d, 0, faults[i].kind, faults[i].name);
		is_str(b.data, faults[i].want, "message");
	}
	memset(long_text, 'x', sizeof(long_text));
	long_text[0] = long_text[sizeof(long_text) - 1] = '"';
	json_doc_parse(&d, long_text, sizeof(long_text), &a);
	base_buf_reset(&b);
	ichnaea_python_fault(&b, &d, 0, ICHNAEA_PYTHON_NUMBER, "x");
	ok(b.len < 400 && strstr(b.data, "xxx...\\\" is not") != NULL,
	    "a long value is cut");
	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		ok(json_doc_parse(&d, broken[i].in, strlen(broken[i].in),
		    &a) == -1, "%s is no JSON", broken[i].want);
		ichnaea_python_json(text, &d);
		is_str(text, broken[i].want, "in Python's words");
	}
	ichnaea_python_gzip(text, ICHNAEA_PYTHON_GZIP_CUT);
	is_str(text, "GZIPDecodeError(\"EOFError('Compressed file ended before "
	    "the end-of-stream marker was reached')\")", "gzip, cut");
	ichnaea_python_ascii(text, 0xe9, 17);
	is_str(text, "'ascii' codec can't decode byte 0xe9 in position 17: "
	    "ordinal not in range(128)", "no ASCII");
	base_buf_done(&b);
	base_arena_done(&a);
	return tap_done();
}
