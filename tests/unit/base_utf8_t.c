/* SPDX-License-Identifier: ISC */
#include "base/utf8.h"

#include "tap.h"

static const struct {
	const char		*text;
	enum base_utf8_verdict	 verdict;
	uint32_t		 code;
	size_t			 used;
} first[] = {
	{ "a", BASE_UTF8_OK, 'a', 1 },
	{ "\x7f", BASE_UTF8_OK, 0x7f, 1 },
	{ "\xc2\x80", BASE_UTF8_OK, 0x80, 2 },
	{ "\xdf\xbfx", BASE_UTF8_OK, 0x7ff, 2 },
	{ "\xe0\xa0\x80", BASE_UTF8_OK, 0x800, 3 },
	{ "\xed\x9f\xbf", BASE_UTF8_OK, 0xd7ff, 3 },
	{ "\xee\x80\x80", BASE_UTF8_OK, 0xe000, 3 },
	{ "\xef\xbf\xbf", BASE_UTF8_OK, 0xffff, 3 },
	{ "\xf0\x90\x80\x80", BASE_UTF8_OK, 0x10000, 4 },
	{ "\xf4\x8f\xbf\xbf", BASE_UTF8_OK, 0x10ffff, 4 },
	{ "\xed\xa0\x80", BASE_UTF8_SURROGATE, 0xd800, 3 },
	{ "\xed\xbf\xbf", BASE_UTF8_SURROGATE, 0xdfff, 3 },
	/* no start */
	{ "\x80", BASE_UTF8_BAD_START, 0, 1 },
	{ "\xbf\x80", BASE_UTF8_BAD_START, 0, 1 },
	{ "\xc0\x80", BASE_UTF8_BAD_START, 0, 1 },
	{ "\xc1\xbf", BASE_UTF8_BAD_START, 0, 1 },
	{ "\xf5\x80\x80\x80", BASE_UTF8_BAD_START, 0, 1 },
	{ "\xff", BASE_UTF8_BAD_START, 0, 1 },
	/* overlong, too large, or followed by something else */
	{ "\xe0\x9f\xbf", BASE_UTF8_BAD_REST, 0, 1 },
	{ "\xf0\x8f\xbf\xbf", BASE_UTF8_BAD_REST, 0, 1 },
	{ "\xf4\x90\x80\x80", BASE_UTF8_BAD_REST, 0, 1 },
	{ "\xc2\x41", BASE_UTF8_BAD_REST, 0, 1 },
	{ "\xe2\x82\x41", BASE_UTF8_BAD_REST, 0, 2 },
	{ "\xf0\x9f\x98\xc2", BASE_UTF8_BAD_REST, 0, 3 },
	/* cut */
	{ "\xc2", BASE_UTF8_CUT, 0, 1 },
	{ "\xe2\x82", BASE_UTF8_CUT, 0, 2 },
	{ "\xf0\x9f\x98", BASE_UTF8_CUT, 0, 3 },
};

/* Every code point is written and read back. */
static void
test_all(void)
{
	char out[BASE_UTF8_MAX];
	enum base_utf8_verdict v;
	uint32_t back, bad = 0, c;
	size_t n, used;

	for (c = 0; c <= 0x10ffff; c++) {
		n = base_utf8_put(out, c);
		v = base_utf8_next(out, n, &back, &used);
		bad += back != c || used != n || v != (c >= 0xd800 &&
		    c <= 0xdfff ? BASE_UTF8_SURROGATE : BASE_UTF8_OK);
	}
	is_int(bad, 0, "all code points come back");
}

int
main(void)
{
	uint32_t code;
	size_t i, used;

	for (i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		code = 0;
		is_int(base_utf8_next(first[i].text, strlen(first[i].text),
		    &code, &used), first[i].verdict, "verdict");
		is_int(code, first[i].code, "code point");
		is_int((long long)used, (long long)first[i].used, "length");
		is_int(base_utf8_check(first[i].text, strlen(first[i].text)),
		    first[i].verdict == BASE_UTF8_OK, "as a whole");
	}
	is_int(base_utf8_check("", 0), 1, "nothing is fine");
	is_int(base_utf8_check("a\0\xc3\xa4", 4), 1, "NUL is a character");
	is_int(base_utf8_check("\xc3\xa4\x80", 3), 0, "one byte too many");
	test_all();
	return tap_done();
}
