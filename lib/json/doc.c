/* SPDX-License-Identifier: ISC */
/*
 * jsmn splits text quickly but accepts much that is not JSON and slows down
 * with depth, so check_json() reads the text first: it alone decides what is
 * valid, bounds the depth and counts the tokens.  jsmn's own strict mode would
 * refuse NaN and add nothing after that.  So jsmn sees only valid text, with
 * exactly as many tokens as it needs, and cannot fail.
 *
 * The scanner notes what is wrong and where; the texts are constants, as
 * lib/ichnaea/python.c finds its own words by them.  It is a loop with a stack
 * of brackets and not a set of functions that call each other, so that no
 * input can exhaust our stack.
 *
 * The literals NaN, Infinity and -Infinity are taken because Python's json
 * writes and reads them, and clients send them.
 */
#include <assert.h>
#include <math.h>

#define JSMN_STATIC
#define JSMN_PARENT_LINKS
#include <jsmn.h>

#include "base/arena.h"
#include "base/num.h"
#include "base/utf8.h"
#include "json/doc.h"

const char json_doc_nomem[] = "out of memory";

struct scan {
	const unsigned char	*p, *end;
	const char		*why;
	size_t			 tokens;
};

/* Note WHY the text is no JSON.  Returns 0, for scanners to return. */
static int
scan_fault(struct scan *s, const char *why)
{
	s->why = why;
	return 0;
}

/* The four blanks of RFC 8259; others, as U+00A0, are no blanks. */
static void
skip_blank(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' ||
	    *s->p == '\r' || *s->p == '\t'))
		s->p++;
}

/*
 * One character of several bytes; json_doc_parse() promises that texts are
 * UTF-8.
 */
static int
scan_utf8(struct scan *s)
{
	uint32_t code;
	size_t used;

	if (base_utf8_next(s->p, (size_t)(s->end - s->p), &code, &used) !=
	    BASE_UTF8_OK)
		return scan_fault(s, "invalid UTF-8");
	s->p += used;
	return 1;
}

static int
is_hex_digit(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' &&
	    (c | 0x20) <= 'f');
}

/* The same of an earlier place. */
static int
scan_fault_at(struct scan *s, const unsigned char *where, const char *why)
{
	s->p = where;
	return scan_fault(s, why);
}

/*
 * A string, from its opening quote on.  Plain ASCII, which most are, runs
 * through the inner loop; what begins with a backslash is only looked at, and
 * undone when somebody wants the text.  An unterminated one is told of where
 * it begins.
 */
static int
scan_string(struct scan *s)
{
	const unsigned char *p, *start = s->p++;
	int i;

	for (;;) {
		for (p = s->p; p < s->end && *p >= 0x20 && *p < 0x80 &&
		    *p != '"' && *p != '\\'; p++)
			;
		s->p = p;
		if (p == s->end)
			return scan_fault_at(s, start, "unterminated string");
		if (*s->p == '"') {
			s->p++;
			return 1;
		}
		if (*s->p >= 0x80) {
			if (!scan_utf8(s))
				return 0;
			continue;
		}
		if (*s->p < 0x20)
			return scan_fault(s, "invalid control character");
		if (++s->p == s->end)
			return scan_fault_at(s, start, "unterminated string");
		if (*s->p == 'u') {
			for (i = 1; i <= 4; i++)
				if (s->p + i >= s->end ||
				    !is_hex_digit(s->p[i]))
					return scan_fault(s,
					    "invalid \\u escape");
			s->p += 4;
		} else if (strchr("\"\\/bfnrt", *s->p) == NULL || *s->p == 0)
			return scan_fault_at(s, s->p - 1, "invalid escape");
		s->p++;
	}
}

/* Any number of digits.  Returns 1 if there was one. */
static int
scan_digits(struct scan *s)
{
	const unsigned char *from = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > from;
}

/* The literal WORD. */
static int
scan_word(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return scan_fault(s, "expected a value");
	s->p += n;
	return 1;
}

/*
 * What only begins like a fraction or an exponent is not part of the number,
 * and so unexpected behind it.
 */
static int
scan_number(struct scan *s)
{
	const unsigned char *end, *start = s->p;

	if (*s->p == '-' && ++s->p < s->end && *s->p == 'I')
		return scan_word(s, "Infinity") ||
		    scan_fault_at(s, start, "expected a value");
	if (s->p < s->end && *s->p == '0')
		s->p++;
	else if (!scan_digits(s))
		return scan_fault_at(s, start, "expected a value");
	end = s->p;
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		if (scan_digits(s))
			end = s->p;
	}
	s->p = end;
	if (s->p < s->end && (*s->p | 0x20) == 'e') {
		if (++s->p < s->end && (*s->p == '-' || *s->p == '+'))
			s->p++;
		if (scan_digits(s))
			end = s->p;
	}
	s->p = end;
	return 1;
}

/* A value that is no list and no object, by its first byte. */
static int
scan_scalar(struct scan *s)
{
	switch (*s->p) {
	case '"':
		return scan_string(s);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	case 'N':
		return scan_word(s, "NaN");
	case 'I':
		return scan_word(s, "Infinity");
	case '-': case '0': case '1': case '2': case '3': case '4':
	case '5': case '6': case '7': case '8': case '9':
		return scan_number(s);
	default:
		return scan_fault(s, "expected a value");
	}
}

/* A member name and its colon. */
static int
scan_name(struct scan *s)
{
	skip_blank(s);
	if (s->p == s->end || *s->p != '"')
		return scan_fault(s, "expected a member name");
	s->tokens++;
	if (!scan_string(s))
		return 0;
	skip_blank(s);
	if (s->p == s->end || *s->p != ':')
		return scan_fault(s, "expected a colon");
	s->p++;
	return 1;
}

/*
 * The whole text.  CLOSE holds the brackets that are open, each as the one
 * that ends it.  After "value:" a value is expected; what follows one is a
 * comma, which leads back there, or the bracket that ends what it stands in,
 * after which the same is expected again.
 */
static int
check_json(struct scan *s)
{
	char close[JSON_DOC_MAX_DEPTH];
	int depth = 0;

	if (s->end - s->p >= 3 && memcmp(s->p, "\xef\xbb\xbf", 3) == 0)
		return scan_fault(s, "byte order mark");
value:
	skip_blank(s);
	if (s->p == s->end)
		return scan_fault(s, "expected a value");
	s->tokens++;
	if (*s->p == '{' || *s->p == '[') {
		assert(depth <= JSON_DOC_MAX_DEPTH);
		if (depth == JSON_DOC_MAX_DEPTH)
			return scan_fault(s, "nested too deeply");
		close[depth++] = *s->p == '{' ? '}' : ']';
		s->p++;
		skip_blank(s);
		if (s->p == s->end || *s->p != close[depth - 1]) {
			if (close[depth - 1] == '}' && !scan_name(s))
				return 0;
			goto value;
		}
	} else if (!scan_scalar(s))
		return 0;
	while (depth > 0) {
		skip_blank(s);
		if (s->p == s->end)
			return scan_fault(s, "unexpected end");
		if (*s->p == close[depth - 1]) {
			s->p++;
			depth--;
			continue;
		}
		if (*s->p != ',')
			return scan_fault(s, "expected a comma");
		s->p++;
		if (close[depth - 1] == '}' && !scan_name(s))
			return 0;
		goto value;
	}
	skip_blank(s);
	return s->p == s->end || scan_fault(s, "extra data");
}

int
json_doc_parse(struct json_doc *d, const char *text, size_t len,
    struct base_arena *a)
{
	struct scan s = { (const unsigned char *)text,
	    (const unsigned char *)text + len, NULL, 0 };
	jsmn_parser parser;

	memset(d, 0, sizeof(*d));
	d->text = text;
	d->len = len;
	if (len > INT32_MAX)
		s.why = "too long";
	else if (check_json(&s) && s.tokens > JSON_DOC_MAX_VALUES)
		s.why = "too many values";
	else if (s.why == NULL) {
		jsmn_init(&parser);
		d->tok = base_arena_alloc(a, s.tokens * sizeof(*d->tok));
		if (d->tok == NULL)
			s.why = json_doc_nomem;
		else
			d->ntok = jsmn_parse(&parser, text, len, d->tok,
			    (unsigned int)s.tokens);
	}
	assert(s.why != NULL || d->ntok == (int)s.tokens);
	d->why = s.why;
	d->where = (size_t)((const char *)s.p - text);
	return s.why == NULL ? 0 : -1;
}

/*
 * jsmn tells strings, lists and objects; the rest follows from the first byte.
 * A number is a float if it has a point or an exponent, as Python has it.
 */
enum json_doc_kind
json_doc_kind(const struct json_doc *d, int v)
{
	const jsmntok_t *t = &d->tok[v];
	int i;

	if (t->type == JSMN_STRING)
		return JSON_DOC_STRING;
	if (t->type == JSMN_ARRAY)
		return JSON_DOC_ARRAY;
	if (t->type == JSMN_OBJECT)
		return JSON_DOC_OBJECT;
	switch (d->text[t->start]) {
	case 'n':
		return JSON_DOC_NULL;
	case 't':
		return JSON_DOC_TRUE;
	case 'f':
		return JSON_DOC_FALSE;
	case 'N': case 'I':
		return JSON_DOC_NAN;
	case '-':
		if (d->text[t->start + 1] == 'I')
			return JSON_DOC_NAN;
	}
	for (i = t->start; i < t->end; i++)
		if (d->text[i] == '.' || (d->text[i] | 0x20) == 'e')
			return JSON_DOC_FLOAT;
	return JSON_DOC_INT;
}

/* The four hex digits at P as a number. */
static unsigned
hex4(const char *p)
{
	unsigned char b[2];

	base_num_unhex(b, 2, p);
	return (unsigned)b[0] << 8 | b[1];
}

/*
 * Undo the escapes in N bytes of a string at P.  Writes no more than N bytes
 * to OUT, as no escape is shorter than what it stands for, and returns how
 * many.
 */
static size_t
undo_escapes(const char *p, size_t n, char *out)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *end = p + n, *q;
	char *start = out;
	unsigned lo, u;

	while (p < end) {
		if ((q = memchr(p, '\\', (size_t)(end - p))) == NULL)
			q = end;
		memcpy(out, p, (size_t)(q - p));
		out += q - p;
		if ((p = q) == end)
			break;
		if (*++p != 'u') {
			q = strchr(from, *p);
			*out++ = q != NULL ? to[q - from] : *p;
			p++;
			continue;
		}
		u = hex4(p + 1);
		p += 5;
		if (u >> 10 == 0x36 && end - p >= 6 && p[0] == '\\' &&
		    p[1] == 'u' && (lo = hex4(p + 2)) >> 10 == 0x37) {
			u = 0x10000 + ((u & 0x3ff) << 10 | (lo & 0x3ff));
			p += 6;
		}
		out += base_utf8_put(out, u);
	}
	assert((size_t)(out - start) <= n);
	return (size_t)(out - start);
}

const char *
json_doc_string(const struct json_doc *d, int v, struct base_arena *a,
    size_t *len)
{
	const char *raw;
	char *s;
	size_t n;

	raw = json_doc_raw(d, v, &n);
	if ((s = base_arena_alloc(a, n + 1)) == NULL)
		return NULL;
	n = undo_escapes(raw, n, s);
	s[n] = '\0';
	if (len != NULL)
		*len = n;
	return s;
}

const char *
json_doc_text(const struct json_doc *d, int v, char buf[JSON_DOC_TEXT_LEN],
    size_t *len)
{
	const char *raw = json_doc_raw(d, v, len);

	if (memchr(raw, '\\', *len) == NULL)
		return raw;
	if (*len > JSON_DOC_TEXT_LEN)
		return NULL;
	*len = undo_escapes(raw, *len, buf);
	return buf;
}

/* 1 if string V is WORD, however it is spelled. */
static int
name_is(const struct json_doc *d, int v, const char *word)
{
	char buf[JSON_DOC_TEXT_LEN];
	const char *s;
	size_t len;

	if (json_doc_is(d, v, word))
		return 1;
	s = json_doc_text(d, v, buf, &len);
	return s == buf && len == strlen(word) && memcmp(s, word, len) == 0;
}

/*
 * Clients that escape letters of names are rare, so names are compared as they
 * stand first, by their first letter and then as a whole, and only a name with
 * a backslash costs another round.
 */
int
json_doc_lookup(const struct json_doc *d, int v, const char *const *names,
    int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (names[i][0] == d->text[d->tok[v].start] &&
		    json_doc_is(d, v, names[i]))
			return i;
	if (memchr(d->text + d->tok[v].start, '\\',
	    (size_t)(d->tok[v].end - d->tok[v].start)) != NULL)
		for (i = 0; i < n; i++)
			if (name_is(d, v, names[i]))
				return i;
	return -1;
}

/*
 * Names are compared from the first to the last, as of repeated members the
 * last counts.
 */
int
json_doc_get(const struct json_doc *d, int obj, const char *name)
{
	int found = -1, k;

	if (d->tok[obj].type != JSMN_OBJECT)
		return -1;
	for (k = json_doc_first(d, obj); k != -1; k = json_doc_next(d, k))
		if (name_is(d, k, name))
			found = json_doc_value(k);
	return found;
}

/*
 * An integer is a number like others here, but -0 is 0 as an integer is, while
 * -0.0 keeps its sign: the two differ in what Python prints.
 */
int
json_doc_f64(const struct json_doc *d, int v, double *val)
{
	const char *raw;
	size_t len;

	switch (json_doc_kind(d, v)) {
	case JSON_DOC_INT:
		if (json_doc_is(d, v, "-0")) {
			*val = 0;	/* integers have one zero */
			return 1;
		}
		/* FALLTHROUGH */
	case JSON_DOC_FLOAT:
		raw = json_doc_raw(d, v, &len);
		return base_num_f64(raw, len, val);
	case JSON_DOC_NAN:
		*val = d->text[d->tok[v].start] == 'N' ? NAN :
		    d->text[d->tok[v].start] == 'I' ? INFINITY : -INFINITY;
		return 1;
	default:
		return 0;
	}
}

/*
 * Nearly all numbers are integers, which the digits themselves tell.  A float
 * is cut off, and what does not fit saturates: it is out of every range then.
 */
int
json_doc_i64(const struct json_doc *d, int v, int64_t *val)
{
	const char *raw;
	size_t len;
	double f;

	raw = json_doc_raw(d, v, &len);
	if (d->tok[v].type == JSMN_PRIMITIVE && base_num_i64(raw, len, val))
		return 1;
	if (!json_doc_f64(d, v, &f) || !isfinite(f))
		return 0;
	*val = f >= 0x1p63 ? INT64_MAX : f < -0x1p63 ? INT64_MIN : (int64_t)f;
	return 1;
}
