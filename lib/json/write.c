/* SPDX-License-Identifier: ISC */
/*
 * The writer remembers one bit for each level it is within, whether that is an
 * object, and whether something stands in the innermost level already.  That
 * is all it needs: when a level ends, something stands in the one around it.
 * Callers that mix up names and levels make text that is no JSON whatever the
 * input, so these are asserted.
 */
#include <assert.h>
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

/*
 * Write the character at S, which cannot stand for itself: by a letter, or
 * by its code, above U+FFFF by two.  Returns how many bytes it has.
 */
static size_t
escape_char(struct base_buf *b, const unsigned char *s, size_t len)
{
	static const char from[] = "\"\\\n\r\t\b\f", to[] = "\"\\nrtbf";
	const char *letter = *s == '\0' ? NULL : strchr(from, *s);
	uint32_t code = *s;
	size_t used = 1;

	assert(len > 0);
	if (letter != NULL) {
		base_buf_chr(b, '\\');
		base_buf_chr(b, to[letter - from]);
		return used;
	}
	if (code >= 0x80)
		code = code_point(s, len, &used);
	if (code >= 0x10000) {
		base_buf_fmt(b, "\\u%04x", 0xd7c0 + (code >> 10));
		code = 0xdc00 | (code & 0x3ff);
	}
	base_buf_fmt(b, "\\u%04x", code);
	return used;
}

/* May C stand for itself in a string that is pure ASCII? */
static int
is_plain_ascii(unsigned char c)
{
	return c >= 0x20 && c <= 0x7f && c != '"' && c != '\\';
}

/* Runs of plain characters, which most strings are, are copied whole. */
void
json_write_str(struct base_buf *b, const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text, *run;
	const unsigned char *end = s + len;

	base_buf_chr(b, '"');
	while (s < end) {
		for (run = s; s < end && is_plain_ascii(*s); s++)
			;
		base_buf_add(b, run, (size_t)(s - run));
		if (s < end)
			s += escape_char(b, s, (size_t)(end - s));
	}
	base_buf_chr(b, '"');
}

void
json_write_cstr(struct base_buf *b, const char *s)
{
	json_write_str(b, s, strlen(s));
}

void
json_write_init(struct json_write *w, struct base_buf *b,
    enum json_write_style style)
{
	*w = (struct json_write){ .b = b, .style = style };
}

/*
 * Every other function that writes something comes through here: this is where
 * separators and names are put, in one way.
 */
void
json_write_value(struct json_write *w, const char *name)
{
	int spaced = w->style == JSON_WRITE_SPACED;

	/* Members have names, and nothing else has. */
	assert((name != NULL) == (w->depth > 0 &&
	    (w->objects >> (w->depth - 1) & 1) != 0));
	assert(w->depth > 0 || !w->follows);
	if (w->follows)
		base_buf_add(w->b, ", ", spaced ? 2 : 1);
	w->follows = 1;
	if (name == NULL)
		return;
	json_write_cstr(w->b, name);
	base_buf_add(w->b, ": ", spaced ? 2 : 1);
}

/* Begin what BRACKET begins. */
static void
begin_level(struct json_write *w, const char *name, char bracket)
{
	uint32_t bit = (uint32_t)1 << w->depth;

	assert(w->depth < JSON_WRITE_DEPTH);
	json_write_value(w, name);
	base_buf_chr(w->b, bracket);
	w->objects = bracket == '{' ? w->objects | bit : w->objects & ~bit;
	w->depth++;
	w->follows = 0;
}

void
json_write_object(struct json_write *w, const char *name)
{
	begin_level(w, name, '{');
}

void
json_write_array(struct json_write *w, const char *name)
{
	begin_level(w, name, '[');
}

void
json_write_begin(struct json_write *w, struct base_buf *b)
{
	json_write_init(w, b, JSON_WRITE_COMPACT);
	json_write_object(w, NULL);
}

void
json_write_end(struct json_write *w)
{
	assert(w->depth > 0);
	w->depth--;
	base_buf_chr(w->b, (w->objects >> w->depth & 1) != 0 ? '}' : ']');
	w->follows = 1;
}

void
json_write_text(struct json_write *w, const char *name, const char *s)
{
	json_write_value(w, name);
	if (s == NULL)
		base_buf_str(w->b, "null");
	else
		json_write_cstr(w->b, s);
}

void
json_write_i64(struct json_write *w, const char *name, int64_t v)
{
	json_write_value(w, name);
	base_buf_i64(w->b, v);
}

void
json_write_bool(struct json_write *w, const char *name, int v)
{
	json_write_value(w, name);
	base_buf_str(w->b, v ? "true" : "false");
}

void
json_write_f7(struct json_write *w, const char *name, double v)
{
	json_write_value(w, name);
	base_buf_f7(w->b, v);
}

void
json_write_f64(struct json_write *w, const char *name, double v)
{
	json_write_value(w, name);
	base_buf_f64(w->b, v);
}

void
json_write_hex(struct json_write *w, const char *name, const void *data,
    size_t len)
{
	json_write_value(w, name);
	base_buf_chr(w->b, '"');
	base_buf_hex(w->b, data, len);
	base_buf_chr(w->b, '"');
}
