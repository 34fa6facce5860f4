/* SPDX-License-Identifier: ISC */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "json/coerce.h"
#include "json/doc.h"
#include "json/write.h"

#define FAULT_MAX	300	/* bytes of a bad value that are shown */

static int
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The text of string V, its escapes undone; "" when memory is short. */
static const char *
plain(const struct json_doc *d, int v, struct base_arena *a, size_t *len)
{
	const char *s = json_doc_raw(d, v, len);

	if (memchr(s, '\\', *len) == NULL)
		return s;
	if ((s = json_doc_string(d, v, a, len)) == NULL) {
		s = "";
		*len = 0;
	}
	return s;
}

/* The same as numbers are read: blanks around it go. */
static const char *
trim(const struct json_doc *d, int v, struct base_arena *a, size_t *len)
{
	const char *s = plain(d, v, a, len);

	for (; *len > 0 && is_blank(s[0]); --*len)
		s++;
	while (*len > 0 && is_blank(s[*len - 1]))
		--*len;
	return s;
}

/* String V as an integer.  Returns 1, or 0. */
static int
string_i64(const struct json_doc *d, int v, int64_t *val)
{
	struct base_arena a;
	const char *s;
	size_t len;
	int ok;

	base_arena_init(&a);
	s = trim(d, v, &a, &len);
	ok = base_num_i64(s, len, val);
	base_arena_done(&a);
	return ok;
}

static int
is_empty(const struct json_doc *d, int v)
{
	return d->tok[v].type == JSMN_STRING ?
	    d->tok[v].start == d->tok[v].end : d->tok[v].size == 0;
}

/* What any other string, list or object is to a field of one number. */
static enum json_coerce_verdict
nothing_or_bad(const struct json_doc *d, int v)
{
	return is_empty(d, v) ? JSON_COERCE_MISSING : JSON_COERCE_BAD;
}

enum json_coerce_verdict
json_coerce_int(const struct json_doc *d, int v, int64_t *val)
{
	switch (json_doc_kind(d, v)) {
	case JSON_DOC_NULL:
		return JSON_COERCE_MISSING;
	case JSON_DOC_TRUE:
	case JSON_DOC_FALSE:
		*val = json_doc_kind(d, v) == JSON_DOC_TRUE;
		return JSON_COERCE_OK;
	case JSON_DOC_STRING:
		if (string_i64(d, v, val))
			return JSON_COERCE_OK;
		break;
	case JSON_DOC_ARRAY:
	case JSON_DOC_OBJECT:
		break;
	default:
		return json_doc_i64(d, v, val) ? JSON_COERCE_OK :
		    JSON_COERCE_BAD;
	}
	return nothing_or_bad(d, v);
}

/* 1 if LEN bytes of S are a number to the reference, but not a finite one. */
static int
not_finite(const char *s, size_t len)
{
	static const char *const words[] = { "nan", "inf", "infinity" };
	size_t i;

	if (len > 0 && (*s == '-' || *s == '+')) {
		s++;
		len--;
	}
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == len &&
		    strncasecmp(words[i], s, len) == 0)
			return 1;
	return 0;
}

/* String V as a number, which may be NaN.  Returns 1, or 0. */
static int
string_f64(const struct json_doc *d, int v, double *val)
{
	struct base_arena a;
	const char *s;
	size_t len;
	int ok = 1;

	base_arena_init(&a);
	s = trim(d, v, &a, &len);
	if (not_finite(s, len))
		*val = NAN;
	else
		ok = base_num_f64(s, len, val);
	base_arena_done(&a);
	return ok;
}

enum json_coerce_verdict
json_coerce_f64(const struct json_doc *d, int v, double *val)
{
	double f;

	switch (json_doc_kind(d, v)) {
	case JSON_DOC_NULL:
		return JSON_COERCE_MISSING;
	case JSON_DOC_TRUE:
	case JSON_DOC_FALSE:
		f = json_doc_kind(d, v) == JSON_DOC_TRUE;
		break;
	case JSON_DOC_STRING:
		if (!string_f64(d, v, &f))
			return nothing_or_bad(d, v);
		break;
	default:
		if (!json_doc_f64(d, v, &f))
			return nothing_or_bad(d, v);
	}
	if (!isfinite(f))
		return JSON_COERCE_MISSING;
	*val = f;
	return JSON_COERCE_OK;
}

enum json_coerce_verdict
json_coerce_str(const struct json_doc *d, int v, struct base_arena *a,
    const char **val, size_t *len)
{
	double f;

	switch (json_doc_kind(d, v)) {
	case JSON_DOC_NULL:
	case JSON_DOC_FALSE:
		return JSON_COERCE_MISSING;
	case JSON_DOC_TRUE:
	case JSON_DOC_NAN:
		return JSON_COERCE_BAD;
	case JSON_DOC_INT:
	case JSON_DOC_FLOAT:
		json_doc_f64(d, v, &f);
		return f == 0 ? JSON_COERCE_MISSING : JSON_COERCE_BAD;
	case JSON_DOC_ARRAY:
	case JSON_DOC_OBJECT:
		return nothing_or_bad(d, v);
	case JSON_DOC_STRING:
		break;
	}
	if (is_empty(d, v))
		return JSON_COERCE_MISSING;
	*val = json_doc_string(d, v, a, len);
	return JSON_COERCE_OK;
}

/* Does string V say no? */
static int
is_false(const struct json_doc *d, int v)
{
	struct base_arena a;
	const char *s;
	size_t len;
	int no;

	base_arena_init(&a);
	s = plain(d, v, &a, &len);
	no = (len == 1 && *s == '0') ||
	    (len == 5 && strncasecmp(s, "false", 5) == 0);
	base_arena_done(&a);
	return no;
}

enum json_coerce_verdict
json_coerce_bool(const struct json_doc *d, int v, int *val)
{
	double f;

	switch (json_doc_kind(d, v)) {
	case JSON_DOC_NULL:
		return JSON_COERCE_MISSING;
	case JSON_DOC_FALSE:
		*val = 0;
		break;
	case JSON_DOC_INT:
	case JSON_DOC_FLOAT:
		json_doc_f64(d, v, &f);
		*val = f != 0;
		break;
	case JSON_DOC_STRING:
		*val = !is_false(d, v);
		break;
	default:
		*val = 1;
		break;
	}
	return JSON_COERCE_OK;
}

static void show(struct base_buf *b, const struct json_doc *d, int v);

/* No more of a text than matters: the excess shows as dots. */
static void
add_some(struct base_buf *b, const char *s, size_t len)
{
	base_buf_add(b, s, len <= FAULT_MAX ? len : FAULT_MAX + 1);
}

/* One byte of a string between QUOTEs, as Python prints it. */
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

/* 1 if a surrogate, which stands alone, is at S; it is shown then. */
static int
show_surrogate(struct base_buf *b, const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;

	if (len < 3 || u[0] != 0xed || u[1] < 0xa0)
		return 0;
	base_buf_fmt(b, "\\ud%x%02x", 0x8 + ((u[1] >> 2) & 7),
	    (u[1] & 3) << 6 | (u[2] & 0x3f));
	return 1;
}

/* String V in the quotes Python would choose. */
static void
show_string(struct base_buf *b, const struct json_doc *d, int v)
{
	struct base_arena a;
	const char *s;
	char quote;
	size_t i, len;

	base_arena_init(&a);
	s = plain(d, v, &a, &len);
	quote = memchr(s, '\'', len) != NULL && memchr(s, '"', len) == NULL ?
	    '"' : '\'';
	base_buf_chr(b, quote);
	for (i = 0; i < len && i <= FAULT_MAX; i++)
		if (show_surrogate(b, s + i, len - i))
			i += 2;
		else
			show_char(b, quote, s[i]);
	base_buf_chr(b, quote);
	base_arena_done(&a);
}

/* A list or object as Python prints it: [1, None], {'a': 'b'}. */
static void
show_list(struct base_buf *b, const struct json_doc *d, int v)
{
	int is_object = d->tok[v].type == JSMN_OBJECT, k;

	base_buf_chr(b, is_object ? '{' : '[');
	for (k = json_doc_first(d, v); k != -1 && b->len < FAULT_MAX;) {
		show(b, d, k);
		if (is_object) {
			base_buf_str(b, ": ");
			show(b, d, json_doc_value(k));
		}
		if ((k = json_doc_next(d, k)) != -1)
			base_buf_str(b, ", ");
	}
	base_buf_chr(b, is_object ? '}' : ']');
}

/* V as Python prints it within a list: strings quoted. */
static void
show(struct base_buf *b, const struct json_doc *d, int v)
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

/* The value of a message: as show(), but a string alone is bare. */
static void
show_value(struct base_buf *b, const struct json_doc *d, int v)
{
	struct base_buf all;
	struct base_arena a;
	const char *s;
	size_t len;

	base_arena_init(&a);
	base_buf_init(&all);
	if (d->tok[v].type == JSMN_STRING) {
		if ((s = json_doc_string(d, v, &a, &len)) == NULL)
			b->failed = 1;
		else
			add_some(&all, s, len);
	} else
		show(&all, d, v);
	len = all.len < FAULT_MAX ? all.len : FAULT_MAX;
	while (len < all.len && len > 0 && (all.data[len] & 0xc0) == 0x80)
		len--;		/* no half characters */
	base_buf_add(b, all.data, len);
	if (len < all.len)
		base_buf_str(b, "...");
	base_buf_done(&all);
	base_arena_done(&a);
}

void
json_coerce_fault(struct base_buf *b, const struct json_doc *d, int v,
    enum json_coerce_kind kind, const char *name)
{
	struct base_buf text;

	base_buf_init(&text);
	if (kind != JSON_COERCE_STRING && kind != JSON_COERCE_PRESENT)
		base_buf_chr(&text, '"');
	if (kind != JSON_COERCE_PRESENT)
		show_value(&text, d, v);
	switch (kind) {
	case JSON_COERCE_NUMBER:
		base_buf_str(&text, "\" is not a number");
		break;
	case JSON_COERCE_STRING:
		base_buf_fmt(&text, " is not a string: {'%s': ''}", name);
		break;
	case JSON_COERCE_LIST:
		base_buf_str(&text, "\" is not iterable");
		break;
	case JSON_COERCE_OBJECT:
		base_buf_str(&text, "\" is not a mapping type: Does not "
		    "implement dict-like functionality.");
		break;
	case JSON_COERCE_RADIO:
		base_buf_str(&text, "\" is not one of gsm, cdma, wcdma, lte");
		break;
	case JSON_COERCE_PRESENT:
		base_buf_str(&text, "Required");
		break;
	}
	if (!base_buf_ok(&text))
		b->failed = 1;
	json_write_str(b, text.data, text.len);
	base_buf_done(&text);
}
