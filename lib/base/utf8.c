/* SPDX-License-Identifier: ISC */
#include <assert.h>

#include "base/utf8.h"

/*
 * How the first byte decides (Unicode, table 3-7): the length, and between
 * which bounds the second byte lies, which excludes overlong forms and what
 * is beyond U+10FFFF.  All further bytes are 0x80 to 0xbf.
 */
enum base_utf8_verdict
base_utf8_next(const void *text, size_t len, uint32_t *code, size_t *used)
{
	const unsigned char *s = text;
	unsigned char lo = 0x80, hi = 0xbf;
	uint32_t c = s[0];
	size_t i, n;

	assert(len > 0);
	*used = 1;
	if (c < 0x80) {
		*code = c;
		return BASE_UTF8_OK;
	}
	if (c < 0xc2 || c > 0xf4)
		return BASE_UTF8_BAD_START;
	n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (c == 0xe0)
		lo = 0xa0;
	else if (c == 0xf0)
		lo = 0x90;
	else if (c == 0xf4)
		hi = 0x8f;
	c &= 0x7fu >> n;
	for (i = 1; i < n; i++, lo = 0x80, hi = 0xbf) {
		*used = i;
		if (i == len)
			return BASE_UTF8_CUT;
		if (s[i] < lo || s[i] > hi)
			return BASE_UTF8_BAD_REST;
		c = c << 6 | (s[i] & 0x3f);
	}
	*used = n;
	*code = c;
	return c >> 11 == 0x1b ? BASE_UTF8_SURROGATE : BASE_UTF8_OK;
}

/* Surrogates are no characters, so a text with one is broken. */
int
base_utf8_check(const void *text, size_t len)
{
	const unsigned char *s = text, *end = s + len;
	uint32_t code;
	size_t used;

	for (; s < end; s += used)
		if (base_utf8_next(s, (size_t)(end - s), &code, &used) !=
		    BASE_UTF8_OK)
			return 0;
	return 1;
}

/*
 * The length follows from the code; the first byte tells it by its leading
 * ones.
 */
size_t
base_utf8_put(char out[BASE_UTF8_MAX], uint32_t code)
{
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t i, n;

	assert(code <= 0x10ffff);
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	for (i = n - 1; i > 0; i--, code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)(lead[n] | code);
	return n;
}
