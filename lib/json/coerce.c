/* SPDX-License-Identifier: ISC */
/*
 * Clients of location services are old and careless, and so was what they
 * talked to: Ichnaea's schema library made integers of "12", texts of nothing
 * but texts, and a boolean of anything.  Each field is read by the rules of
 * its own kind, in the functions below, of which a table of all kinds of input
 * is the test.
 *
 * Three outcomes matter: a value; none, which null, "" and empty lists are,
 * too; and one that cannot be what it should.  Only the last is a fault, and
 * what a fault costs is the caller's to decide.
 *
 * A string is read as a number after its escapes are undone and blanks around
 * it are gone, as Python's int() and float() read it.
 */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "json/coerce.h"
#include "json/doc.h"

/* What Python's strip() takes away, of ASCII. */
static int
is_python_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/*
 * The text of string V, its escapes undone in BUF; "" if it is too long for
 * that, and so no number and no word that is looked for.
 */
static const char *
plain_text(const struct json_doc *d, int v, char buf[JSON_DOC_TEXT_LEN],
    size_t *len)
{
	const char *s = json_doc_text(d, v, buf, len);

	if (s != NULL)
		return s;
	*len = 0;
	return "";
}

/* The same as numbers are read: blanks around it go. */
static const char *
trimmed_text(const struct json_doc *d, int v, char buf[JSON_DOC_TEXT_LEN],
    size_t *len)
{
	const char *s = plain_text(d, v, buf, len);

	for (; *len > 0 && is_python_blank(s[0]); --*len)
		s++;
	while (*len > 0 && is_python_blank(s[*len - 1]))
		--*len;
	return s;
}

/* String V as an integer.  Returns 1, or 0. */
static int
string_i64(const struct json_doc *d, int v, int64_t *val)
{
	char buf[JSON_DOC_TEXT_LEN];
	const char *s;
	size_t len;

	s = trimmed_text(d, v, buf, &len);
	return base_num_i64(s, len, val);
}

/* Nothing is in the string, list or object V. */
static int
is_empty(const struct json_doc *d, int v)
{
	return json_doc_kind(d, v) == JSON_DOC_STRING ?
	    d->part[v].start == d->part[v].end : json_doc_size(d, v) == 0;
}

/* What any other string, list or object is to a field of one number. */
static enum json_coerce_verdict
nothing_or_bad(const struct json_doc *d, int v)
{
	return is_empty(d, v) ? JSON_COERCE_MISSING : JSON_COERCE_BAD;
}

/*
 * Booleans are 0 and 1.  A fraction is cut off, but not one in a string:
 * Python's int("1.5") fails.
 */
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
	char buf[JSON_DOC_TEXT_LEN];
	const char *s;
	size_t len;

	s = trimmed_text(d, v, buf, &len);
	if (!not_finite(s, len))
		return base_num_f64(s, len, val);
	*val = NAN;
	return 1;
}

/*
 * NaN and infinity are numbers to Python and of no use to anybody, so they are
 * as no member at all.
 */
enum json_coerce_verdict
json_coerce_f64(const struct json_doc *d, int v, double *val)
{
	double f;

	if (!json_doc_f64(d, v, &f))
		switch (json_doc_kind(d, v)) {
		case JSON_DOC_NULL:
			return JSON_COERCE_MISSING;
		case JSON_DOC_TRUE:
		case JSON_DOC_FALSE:
			f = json_doc_kind(d, v) == JSON_DOC_TRUE;
			break;
		case JSON_DOC_STRING:
			if (string_f64(d, v, &f))
				break;
			/* FALLTHROUGH */
		default:
			return nothing_or_bad(d, v);
		}
	if (!isfinite(f))
		return JSON_COERCE_MISSING;
	*val = f;
	return JSON_COERCE_OK;
}

/*
 * Only texts are texts, but what Python takes for false is no text rather than
 * a wrong one.
 */
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
	char buf[JSON_DOC_TEXT_LEN];
	const char *s;
	size_t len;

	s = plain_text(d, v, buf, &len);
	return (len == 1 && *s == '0') ||
	    (len == 5 && strncasecmp(s, "false", 5) == 0);
}

/* What is not false in one of the ways that people write it is true. */
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
