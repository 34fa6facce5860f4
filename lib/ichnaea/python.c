/* SPDX-License-Identifier: ISC */
/*
 * Clients and their developers have read these texts for years, so they are
 * what Ichnaea sent, whose libraries made them of Python's own: repr() of
 * values, messages of colander, of the json module and of its codecs.
 *
 * Only what a client can see is imitated, and only for short texts: of a value
 * no more than FAULT_MAX bytes are shown, so that a body of megabytes does not
 * come back as an error.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "ichnaea/python.h"
#include "json/doc.h"
#include "json/write.h"

#define FAULT_MAX	300	/* bytes of a bad value that are shown */

static void python_repr(struct base_buf *b, const struct json_doc *d, int v);

/* No more of a text than matters: the excess shows as dots. */
static void
add_some(struct base_buf *b, const char *s, size_t len)
{
	base_buf_add(b, s, len <= FAULT_MAX ? len : FAULT_MAX + 1);
}

/*
 * One byte of a string between QUOTEs, as Python prints it; others stay as
 * they are.
 */
static void
show_char(struct base_buf *b, char quote, char c)
{
	static const char from[] = "\t\n\r", to[] = "tnr";
	const char *p;

	if (c == quote || c == '\\')
		base_buf_fmt(b, "\\%c", c);
	else if (c != '\0' && (p = strchr(from, c)) != NULL)
		base_buf_fmt(b, "\\%c", to[p - from]);
	else if ((c >= 0 && c < ' ') || c == 0x7f)
		base_buf_fmt(b, "\\x%02x", (unsigned)c);
	else
		base_buf_chr(b, c);
}

/*
 * String V in the quotes Python would choose.  A lone surrogate is no
 * character that could be sent, so Python shows it as an escape.
 */
static void
show_string(struct base_buf *b, const struct json_doc *d, int v)
{
	struct base_arena a;
	const char *s;
	char quote;
	size_t i, len = 0, used;
	uint32_t code;

	base_arena_init(&a);
	if ((s = json_doc_string(d, v, &a, &len)) == NULL)
		b->failed = 1;
	quote = len > 0 && memchr(s, '\'', len) != NULL &&
	    memchr(s, '"', len) == NULL ? '"' : '\'';
	base_buf_chr(b, quote);
	for (i = 0; i < len && i <= FAULT_MAX; i += used)
		if (base_utf8_next(s + i, len - i, &code, &used) ==
		    BASE_UTF8_SURROGATE)
			base_buf_fmt(b, "\\u%04x", code);
		else {
			show_char(b, quote, s[i]);
			used = 1;
		}
	base_buf_chr(b, quote);
	base_arena_done(&a);
}

/* A list or object as Python prints it: [1, None], {'a': 'b'}. */
static void
show_list(struct base_buf *b, const struct json_doc *d, int v)
{
	int is_object = json_doc_kind(d, v) == JSON_DOC_OBJECT, k;

	base_buf_chr(b, is_object ? '{' : '[');
	for (k = json_doc_first(d, v); k != -1 && b->len < FAULT_MAX;) {
		python_repr(b, d, k);
		if (is_object) {
			base_buf_str(b, ": ");
			python_repr(b, d, json_doc_value(k));
		}
		if ((k = json_doc_next(d, k)) != -1)
			base_buf_str(b, ", ");
	}
	base_buf_chr(b, is_object ? '}' : ']');
}

/*
 * V as Python prints it within a list: strings quoted.  Integers keep their
 * own digits, as Python's have no bound, and json_doc has bounded how deep
 * lists lie in each other.
 */
static void
python_repr(struct base_buf *b, const struct json_doc *d, int v)
{
	const char *raw;
	double f;
	size_t len;

	raw = json_doc_raw(d, v, &len);
	switch (json_doc_kind(d, v)) {
	case JSON_DOC_NULL:
		base_buf_str(b, "None");
		break;
	case JSON_DOC_TRUE:
		base_buf_str(b, "True");
		break;
	case JSON_DOC_FALSE:
		base_buf_str(b, "False");
		break;
	case JSON_DOC_NAN:
		base_buf_str(b, *raw == 'N' ? "nan" : *raw == 'I' ? "inf" :
		    "-inf");
		break;
	case JSON_DOC_INT:
		if (json_doc_is(d, v, "-0"))
			base_buf_chr(b, '0');
		else
			add_some(b, raw, len);
		break;
	case JSON_DOC_FLOAT:
		json_doc_f64(d, v, &f);
		if (isfinite(f))
			base_buf_f64(b, f);
		else
			base_buf_str(b, f < 0 ? "-inf" : "inf");
		break;
	case JSON_DOC_STRING:
		show_string(b, d, v);
		break;
	case JSON_DOC_ARRAY:
	case JSON_DOC_OBJECT:
		show_list(b, d, v);
		break;
	}
}

/*
 * The value of a message: as python_repr(), but a string alone is bare.  The
 * buffer has a little more than is shown, so that it is known whether anything
 * was left out.
 */
static void
show_value(struct base_buf *b, const struct json_doc *d, int v)
{
	struct base_buf all;
	struct base_arena a;
	const char *s;
	size_t len;

	base_arena_init(&a);
	base_buf_init(&all);
	if (json_doc_kind(d, v) == JSON_DOC_STRING) {
		if ((s = json_doc_string(d, v, &a, &len)) == NULL)
			b->failed = 1;
		else
			add_some(&all, s, len);
	} else
		python_repr(&all, d, v);
	len = all.len < FAULT_MAX ? all.len : FAULT_MAX;
	while (len < all.len && len > 0 && (all.data[len] & 0xc0) == 0x80)
		len--;		/* no half characters */
	base_buf_add(b, all.data, len);
	if (len < all.len)
		base_buf_str(b, "...");
	base_buf_done(&all);
	base_arena_done(&a);
}

/*
 * The sentence that colander made of it, as a JSON string.  A value is shown
 * up to FAULT_MAX bytes, as it may be a whole body.
 */
void
ichnaea_python_fault(struct base_buf *b, const struct json_doc *d, int v,
    enum ichnaea_python_kind kind, const char *name)
{
	struct base_buf text;

	base_buf_init(&text);
	if (kind != ICHNAEA_PYTHON_STRING && kind != ICHNAEA_PYTHON_PRESENT)
		base_buf_chr(&text, '"');
	if (kind != ICHNAEA_PYTHON_PRESENT)
		show_value(&text, d, v);
	switch (kind) {
	case ICHNAEA_PYTHON_NUMBER:
		base_buf_str(&text, "\" is not a number");
		break;
	case ICHNAEA_PYTHON_STRING:
		base_buf_fmt(&text, " is not a string: {'%s': ''}", name);
		break;
	case ICHNAEA_PYTHON_LIST:
		base_buf_str(&text, "\" is not iterable");
		break;
	case ICHNAEA_PYTHON_OBJECT:
		base_buf_str(&text, "\" is not a mapping type: Does not "
		    "implement dict-like functionality.");
		break;
	case ICHNAEA_PYTHON_RADIO:
		base_buf_str(&text, "\" is not one of gsm, cdma, wcdma, lte");
		break;
	case ICHNAEA_PYTHON_PERCENT:
		base_buf_str(&text, "\" is not a number from 50 to 99");
		break;
	case ICHNAEA_PYTHON_PRESENT:
		base_buf_str(&text, "Required");
		break;
	}
	if (!base_buf_ok(&text))
		b->failed = 1;
	json_write_str(b, text.data, text.len);
	base_buf_done(&text);
}

/* What clients have always been told about the faults json_doc finds. */
static const struct {
	const char	*why, *text;
} faults[] = {
	{ "byte order mark",
	    "Unexpected UTF-8 BOM (decode using utf-8-sig)" },
	{ "expected a value", "Expecting value" },
	{ "expected a member name",
	    "Expecting property name enclosed in double quotes" },
	{ "expected a colon", "Expecting ':' delimiter" },
	{ "expected a comma", "Expecting ',' delimiter" },
	{ "unexpected end", "Expecting ',' delimiter" },
	{ "unterminated string", "Unterminated string starting at" },
	{ "invalid control character", "Invalid control character at" },
	{ "invalid escape", "Invalid \\\\escape" },
	{ "invalid \\u escape", "Invalid \\\\uXXXX escape" },
	{ "extra data", "Extra data" },
};

/*
 * What is wrong with the UTF-8 sequence at S, or NULL.  *USED is its length, or
 * how many bytes are wrong.  Surrogates are valid in the decoder's eyes and
 * wrong in Python's, which complains of their first byte.
 */
static const char *
utf8_fault(const unsigned char *s, size_t len, size_t *used)
{
	uint32_t code;

	switch (base_utf8_next(s, len, &code, used)) {
	case BASE_UTF8_OK:
		break;
	case BASE_UTF8_SURROGATE:
		*used = 1;
		return "invalid continuation byte";
	case BASE_UTF8_BAD_START:
		return "invalid start byte";
	case BASE_UTF8_BAD_REST:
		return "invalid continuation byte";
	case BASE_UTF8_CUT:
		return "unexpected end of data";
	}
	return NULL;
}

/* The codec's own sentence, which differs by whether it is one byte. */
static void
tell_utf8(char text[ICHNAEA_PYTHON_LEN], const unsigned char *s,
    size_t at, size_t used, const char *what)
{
	if (used == 1)
		snprintf(text, ICHNAEA_PYTHON_LEN, "'utf-8' codec "
		    "can't decode byte 0x%02x in position %zu: %s", s[at],
		    at, what);
	else
		snprintf(text, ICHNAEA_PYTHON_LEN, "'utf-8' codec "
		    "can't decode bytes in position %zu-%zu: %s", at,
		    at + used - 1, what);
}

/*
 * Python decodes the body first, so a byte that is no UTF-8 is told of even if
 * the JSON is broken before it.  Lines, columns and places count characters.
 */
void
ichnaea_python_json(char out[ICHNAEA_PYTHON_LEN],
    const struct json_doc *d)
{
	const unsigned char *s = (const unsigned char *)d->text;
	const char *text;
	size_t at, chars = 0, column = 1, i, line = 1, used;
	char quote;

	assert(d->why != NULL && d->where <= d->len);
	for (at = 0; at < d->len; at += used)
		if ((text = utf8_fault(s + at, d->len - at, &used)) != NULL) {
			tell_utf8(out, s, at, used, text);
			return;
		}
	for (at = 0; at < d->where; at += used, chars++, column++) {
		utf8_fault(s + at, d->len - at, &used);
		if (s[at] == '\n') {
			line++;
			column = 0;
		}
	}
	text = d->why;
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (strcmp(d->why, faults[i].why) == 0)
			text = faults[i].text;
	quote = strchr(text, '\'') == NULL ? '\'' : '"';
	snprintf(out, ICHNAEA_PYTHON_LEN, "JSONDecodeError(%c%s: "
	    "line %zu column %zu (char %zu)%c)", quote, text, line, column,
	    chars, quote);
}

/* The exception of pyramid's body reader around one of the gzip module's. */
void
ichnaea_python_gzip(char text[ICHNAEA_PYTHON_LEN],
    enum ichnaea_python_gzip fault)
{
	static const char *const errors[] = {
		[ICHNAEA_PYTHON_NOT_GZIP] =
		    "BadGzipFile('Not a gzipped file')",
		[ICHNAEA_PYTHON_GZIP_CUT] =
		    ("EOFError('Compressed file ended before the "
		    "end-of-stream marker was reached')"),
		[ICHNAEA_PYTHON_GZIP_CRC] = "BadGzipFile('CRC check failed')",
		[ICHNAEA_PYTHON_GZIP_DATA] =
		    "error('Error -3 while decompressing data')",
	};

	snprintf(text, ICHNAEA_PYTHON_LEN, "GZIPDecodeError(\"%s\")",
	    errors[fault]);
}

/* The same codec sentence as of UTF-8, of a body that says it is ASCII. */
void
ichnaea_python_ascii(char text[ICHNAEA_PYTHON_LEN], unsigned char byte,
    size_t at)
{
	snprintf(text, ICHNAEA_PYTHON_LEN, "'ascii' codec can't decode byte "
	    "0x%02x in position %zu: ordinal not in range(128)", byte, at);
}
