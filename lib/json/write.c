/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "json/write.h"

/*
 * The code point at S and its length.  Surrogates pass, as the reader makes
 * them of lone \u escapes; every byte of anything else broken is U+FFFD.
 */
static uint32_t
code_point(const unsigned char *s, size_t len, size_t *used)
{
	uint32_t code;

	switch (base_utf8_next(s, len, &code, used)) {
	case BASE_UTF8_OK:
	case BASE_UTF8_SURROGATE:
		return code;
	default:
		*used = 1;
		return 0xfffd;
	}
}

void
json_write_str(struct base_buf *b, const char *text, size_t len)
{
	static const char from[] = "\"\\\n\r\t\b\f", to[] = "\"\\nrtbf";
	const unsigned char *s = (const unsigned char *)text, *run;
	const unsigned char *end = s + len;
	const char *esc;
	size_t used;
	uint32_t u;

	base_buf_chr(b, '"');
	while (s < end) {
		for (run = s; s < end && *s >= 0x20 && *s < 0x7f &&
		    *s != '"' && *s != '\\'; s++)
			;
		base_buf_add(b, run, (size_t)(s - run));
		if (s == end)
			break;
		if (*s != 0 && *s < 0x7f &&
		    (esc = strchr(from, *s)) != NULL) {
			base_buf_chr(b, '\\');
			base_buf_chr(b, to[esc - from]);
			s++;
			continue;
		}
		if (*s == 0x7f) {
			base_buf_chr(b, (char)*s++);
			continue;
		}
		u = *s;
		used = 1;
		if (u >= 0x80)
			u = code_point(s, (size_t)(end - s), &used);
		if (u >= 0x10000) {
			base_buf_fmt(b, "\\u%04x", 0xd7c0 + (u >> 10));
			u = 0xdc00 | (u & 0x3ff);
		}
		base_buf_fmt(b, "\\u%04x", u);
		s += used;
	}
	base_buf_chr(b, '"');
}

void
json_write_cstr(struct base_buf *b, const char *s)
{
	json_write_str(b, s, strlen(s));
}
