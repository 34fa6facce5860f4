/* SPDX-License-Identifier: ISC */
/*
 * jsmn splits text quickly but accepts much that is not JSON and slows down
 * with depth, so check_json() reads the text first: it alone decides what is
 * valid, bounds the depth, and counts the tokens and notes of what kind they
 * are.  jsmn's own strict mode would refuse NaN and add nothing after that.
 * So jsmn sees only valid text, with exactly as many tokens as it needs, and
 * cannot fail.
 *
 * Nor does jsmn see all of it, as most of a text is inside of strings, which
 * need not be looked at twice: what it splits are the bones of the text, which
 * are its brackets, and two quotes for each other value.  jsmn takes no offence
 * at what is missing between these, as names are.  It makes of them what is in
 * what, and how many things are; where values and names are in the text itself
 * is noted by check_json(), and what is behind each list and object.
 *
 * How many tokens there are shows at the end only, so room is made for notes of
 * as many as texts of this length usually have; if there are more, the text is
 * read once more.
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
#include <endian.h>
#include <math.h>

#define JSMN_STATIC
#define JSMN_PARENT_LINKS
#include <jsmn.h>

#include "base/arena.h"
#include "base/num.h"
#include "base/utf8.h"
#include "json/doc.h"

const char json_doc_nomem[] = "out of memory";

#define BYTES_A_TOKEN	12	/* of usual text, or more */
#define MORE_TOKENS	40	/* than that */
#define TOKEN_BONES	2	/* brackets or quotes */

struct scan {
	const unsigned char	*p, *end;
	const char		*why;
	struct json_doc_part	*parts;		/* room for CAP and one more,
						 * with names */
	char			*bones;		/* TOKEN_BONES times as many */
	size_t			 cap;
	size_t			 tokens;	/* found, also beyond CAP */
	size_t			 names;
	unsigned		 kind;		/* of the last scalar */
};

_Static_assert(MORE_TOKENS * TOKEN_BONES >= JSON_DOC_MAX_DEPTH + 4,
    "bones between two tokens have room");

/* Note WHY the text is no JSON.  Returns 0, for scanners to return. */
static int
scan_fault(struct scan *s, const char *why)
{
	s->why = why;
	return 0;
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

/* The lowest byte of X that is not 0. */
static inline size_t
first_byte(uint64_t x)
{
	return (unsigned)__builtin_ctzll(x) / 8;
}

#define TURNED	('"' ^ ' ')	/* the bit */
typedef signed char sixteen __attribute__((vector_size(16)));

/*
 * Where from P on there is a byte that is not plain in a string: a control
 * character, a quote, a backslash, or one of several of UTF-8; or NULL if there
 * is none, or less than sixteen bytes of END.  So many are looked at together,
 * as most strings are short and nothing else.  As signed numbers the bytes of
 * UTF-8 are below the control characters, and with one bit turned a quote is
 * next above these, and a blank is not.  A comparison that is true is -1, which
 * a backslash takes away again.
 */
static inline const unsigned char *
find_odd(const unsigned char *p, const unsigned char *end)
{
	uint64_t plain[2];
	sixteen x;

	for (; end - p >= 16; p += 16) {
		memcpy(&x, p, 16);
		x ^= TURNED;
		x = (x > ' ') - (x == ('\\' ^ TURNED));
		memcpy(plain, &x, 16);
		if (~plain[0] != 0)
			return p + first_byte(le64toh(~plain[0]));
		if (~plain[1] != 0)
			return p + 8 + first_byte(le64toh(~plain[1]));
	}
	return NULL;
}

/* The same of the last bytes, too; or END. */
static const unsigned char *
skip_plain(const unsigned char *p, const unsigned char *end)
{
	const unsigned char *q = find_odd(p, end);

	if (q != NULL)
		return q;
	while (p < end && *p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\')
		p++;
	return p;
}

/*
 * A string, from its opening quote on.  What begins with a backslash is only
 * looked at, and undone when somebody wants the text.  An unterminated one is
 * told of where it begins.
 */
static int
scan_string(struct scan *s)
{
	const unsigned char *start = s->p++;
	int i;

	for (s->kind = JSON_DOC_STRING | JSON_DOC_PLAIN;;
	    s->kind = JSON_DOC_STRING) {
		s->p = skip_plain(s->p, s->end);
		if (s->p == s->end)
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

/* The literal WORD, of KIND. */
static int
scan_word(struct scan *s, const char *word, enum json_doc_kind kind)
{
	size_t n = strlen(word);

	s->kind = kind;
	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return scan_fault(s, "expected a value");
	s->p += n;
	return 1;
}

/* A value that is no list, no object, no string, and no usual number. */
static int
scan_odd(struct scan *s)
{
	const unsigned char *start = s->p;

	switch (*start) {
	case 't':
		return scan_word(s, "true", JSON_DOC_TRUE);
	case 'f':
		return scan_word(s, "false", JSON_DOC_FALSE);
	case 'n':
		return scan_word(s, "null", JSON_DOC_NULL);
	case 'N':
		return scan_word(s, "NaN", JSON_DOC_NAN);
	case 'I':
		return scan_word(s, "Infinity", JSON_DOC_NAN);
	case '-':
		return scan_word(s, "-Infinity", JSON_DOC_NAN);
	default:
		return scan_fault(s, "expected a value");
	}
}

static inline int
is_digit(unsigned char c)
{
	return c - (unsigned)'0' <= 9;
}

/* The first that is no digit, from one that is on. */
static inline const unsigned char *
skip_digits(const unsigned char *p)
{
	do
		p++;
	while (is_digit(*p));
	return p;
}

/*
 * Where check_json() is.  This is apart from struct scan, and all that gets it
 * is inline, so that it is in registers.
 *
 * The last byte before END that is no blank is a bracket which ends something,
 * or there is a NUL at END.  Neither is part of a blank or a number, so what
 * goes over these finds it and needs not ask at each byte whether that is the
 * last: only behind such a bracket may be nothing.
 */
struct walk {
	const unsigned char	*text, *p, *end;
	struct json_doc_part	*part, *last;	/* the next value's; ... */
	size_t			 more;		/* ... that came to be LAST */
	size_t			 names;
	char			*bones, *next;
};

/* Note WHY the text is no JSON at W.  Returns 0. */
static inline int
walk_fault(struct scan *s, const struct walk *w, const char *why)
{
	s->p = w->p;
	return scan_fault(s, why);
}

static inline int
is_blank(unsigned char c)
{
	return c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t');
}

/*
 * Over the four blanks of RFC 8259; others, as U+00A0, are no blanks.  Returns
 * the next byte.
 */
static inline unsigned char
skip_blank(struct walk *w)
{
	while (is_blank(*w->p))
		w->p++;
	return *w->p;
}

static inline void
add_bone(struct walk *w, char c)
{
	*w->next++ = c;
}

static inline void
note_part(struct json_doc_part *part, const struct walk *w, unsigned kind,
    const unsigned char *start, const unsigned char *end)
{
	part->start = (int)(start - w->text);
	part->end = (int)(end - w->text);
	part->kind = kind;
}

/*
 * Note a token of KIND that is from START to END.  When there is no room for
 * more all go to one place, as the text is read once more then, and bones are
 * of no use.
 */
static inline void
note_token(struct walk *w, unsigned kind, const unsigned char *start,
    const unsigned char *end)
{
	note_part(w->part, w, kind, start, end);
	if (w->part < w->last)
		w->part += 2;
	else {
		w->more++;
		w->next = w->bones;
	}
}

/* The bones of what has no parts. */
static inline void
add_bones(struct walk *w)
{
	memcpy(w->next, "\"\"", 2);
	w->next += 2;
}

/*
 * A string, that is a value or the name of the next one.  Nearly all are plain
 * from one quote to the other.
 */
static inline __attribute__((always_inline)) int
take_string(struct scan *s, struct walk *w, int is_name)
{
	const unsigned char *start = w->p, *q = find_odd(start + 1, w->end);
	unsigned kind = JSON_DOC_STRING | JSON_DOC_PLAIN;

	if (q != NULL && *q == '"')
		w->p = q + 1;
	else {
		s->p = start;
		if (!scan_string(s))
			return 0;
		w->p = s->p;
		kind = s->kind;
	}
	if (is_name) {
		note_part(w->part - 1, w, kind, start + 1, w->p - 1);
		w->names++;
		return 1;
	}
	note_token(w, kind, start + 1, w->p - 1);
	add_bones(w);
	return 1;
}

/*
 * A number, or another value that is no list, no object and no string.  What
 * only begins like a fraction or an exponent is not part of the number, and so
 * unexpected behind it.  A number is a float if it has one of them, as Python
 * has it.
 */
static inline __attribute__((always_inline)) int
take_number(struct scan *s, struct walk *w)
{
	const unsigned char *start = w->p, *p = start, *q;
	unsigned kind = JSON_DOC_INT;

	p += *p == '-';
	if (!is_digit(*p)) {
		s->p = start;
		if (!scan_odd(s))
			return 0;
		p = s->p;
		kind = s->kind;
	} else {
		p = *p == '0' ? p + 1 : skip_digits(p);
		if (*p == '.' && is_digit(p[1])) {
			p = skip_digits(p + 1);
			kind = JSON_DOC_FLOAT;
		}
		if ((*p | 0x20) == 'e') {
			q = p + 1;
			q += *q == '-' || *q == '+';
			if (is_digit(*q)) {
				p = skip_digits(q);
				kind = JSON_DOC_FLOAT;
			}
		}
	}
	note_token(w, kind, start, p);
	add_bones(w);
	w->p = p;
	return 1;
}

/* A list or an object that is open. */
struct open {
	struct json_doc_part	*part;
	unsigned char		 close;	/* the bracket that ends it */
};

/* A list or an object begins: O. */
static inline void
begin_parts(struct walk *w, struct open *o, unsigned char bracket)
{
	o->part = w->part;
	o->close = bracket + 2;		/* so it is in ASCII */
	note_token(w, bracket == '{' ? JSON_DOC_OBJECT : JSON_DOC_ARRAY, w->p,
	    w->p);
	add_bone(w, (char)bracket);
	w->p++;
}

/* O ends, which was one of PARTS. */
static inline void
end_parts(struct walk *w, const struct open *o,
    const struct json_doc_part *parts)
{
	add_bone(w, (char)o->close);
	w->p++;
	o->part->end = (int)(w->p - w->text);
	o->part->after = (int)(w->part - parts);
}

/*
 * The whole text.  After "value:" a value is expected; what follows one is a
 * comma, which leads back there, or the bracket that ends what it stands in,
 * after which the same is expected again.  There is always a byte to look at:
 * see struct walk.
 */
static int
check_json(struct scan *s)
{
	struct walk walk = { .text = s->p, .p = s->p, .end = s->end,
	    .part = s->parts, .last = s->parts + 2 * s->cap, .bones = s->bones,
	    .next = s->bones }, *const w = &walk;
	struct open open[JSON_DOC_MAX_DEPTH + 1], *o = open; /* none is 0 */
	unsigned char c;

	if (w->end - w->p >= 3 && memcmp(w->p, "\xef\xbb\xbf", 3) == 0)
		return walk_fault(s, w, "byte order mark");
value:
	c = skip_blank(w);
	if (c == '"') {
		if (!take_string(s, w, 0))
			return 0;
	} else if (c == '{' || c == '[') {
		if (o == open + JSON_DOC_MAX_DEPTH)
			return walk_fault(s, w, "nested too deeply");
		begin_parts(w, ++o, c);
		if (skip_blank(w) != o->close)
			goto part;
	} else if (!take_number(s, w))
		return 0;
	while (o > open) {
		c = skip_blank(w);
		if (c == ',') {
			w->p++;
			goto part;
		}
		if (c != o->close)
			return walk_fault(s, w, w->p == w->end ?
			    "unexpected end" : "expected a comma");
		end_parts(w, o--, s->parts);
		while (w->p < w->end && is_blank(*w->p))
			w->p++;
		if (w->p == w->end)
			break;
	}
	if (o > open)
		return walk_fault(s, w, "unexpected end");
	while (w->p < w->end && is_blank(*w->p))
		w->p++;
	if (w->p < w->end)
		return walk_fault(s, w, "extra data");
	s->p = w->p;
	s->tokens = (size_t)(w->part - s->parts) / 2 + w->more;
	s->names = w->names;
	assert(s->tokens > s->cap ||
	    w->next <= w->bones + s->cap * TOKEN_BONES);
	*w->next = '\0';
	return 1;
part:
	if (o->close != '}')
		goto value;
	if (skip_blank(w) != '"')
		return walk_fault(s, w, "expected a member name");
	if (!take_string(s, w, 1))
		return 0;
	if (skip_blank(w) != ':')
		return walk_fault(s, w, "expected a colon");
	w->p++;
	goto value;
}

/*
 * Check LEN bytes of TEXT, which end as struct walk wants it, with room for
 * notes of CAP tokens in A.  Returns 1, or 0.
 */
static int
check_text(struct scan *s, const char *text, size_t len, size_t cap,
    struct base_arena *a)
{
	*s = (struct scan){ .p = (const unsigned char *)text,
	    .end = (const unsigned char *)text + len, .cap = cap,
	    .parts = base_arena_array(a, 2 * cap + 1, sizeof(*s->parts)),
	    .bones = base_arena_array(a, cap + 1, TOKEN_BONES) };
	if (s->parts == NULL || s->bones == NULL)
		return scan_fault(s, json_doc_nomem);
	return check_json(s);
}

/*
 * LEN bytes of TEXT as struct walk wants them: a copy in A of those few that
 * are no list and no object, or end too early.  NULL when memory is short.
 */
static const char *
ended_text(const char *text, size_t len, struct base_arena *a)
{
	size_t n = len;

	while (n > 0 && is_blank((unsigned char)text[n - 1]))
		n--;
	if (n > 0 && (text[n - 1] == '}' || text[n - 1] == ']'))
		return text;
	return base_arena_strndup(a, len == 0 ? "" : text, len);
}

/*
 * Split the text, which is valid, as S has found.  jsmn looks at each byte for
 * two ends, a NUL and a length; that there is no length saves it one.  Returns
 * 1, or 0.
 */
static int
split_text(struct json_doc *d, struct scan *s, struct base_arena *a)
{
	jsmn_parser parser;

	assert(s->tokens <= s->cap);
	d->tok = base_arena_alloc(a, s->tokens * sizeof(*d->tok));
	if (d->tok == NULL)
		return scan_fault(s, json_doc_nomem);
	d->part = s->parts;
	jsmn_init(&parser);
	d->ntok = jsmn_parse(&parser, s->bones, SIZE_MAX, d->tok,
	    (unsigned int)s->tokens);
	assert(d->ntok == (int)s->tokens);
	return 1;
}

int
json_doc_parse(struct json_doc *d, const char *text, size_t len,
    struct base_arena *a)
{
	struct scan s = { .why = NULL };
	const char *p = text;

	*d = (struct json_doc){ .text = text, .len = len };
	if (len > INT32_MAX)
		s.why = "too long";
	else if ((p = ended_text(text, len, a)) == NULL)
		s.why = json_doc_nomem;
	else if (check_text(&s, p, len, len / BYTES_A_TOKEN + MORE_TOKENS,
	    a)) {
		if (s.tokens + s.names > JSON_DOC_MAX_VALUES)
			s.why = "too many values";
		else if (s.tokens > s.cap)
			check_text(&s, p, len, s.tokens, a);
	}
	if (s.why == NULL)
		split_text(d, &s, a);
	d->why = s.why;
	if (s.p != NULL)
		d->where = (size_t)((const char *)s.p - p);
	return s.why == NULL ? 0 : -1;
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
	if (json_doc_is_plain(d, v))
		memcpy(s, raw, n);
	else
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

	if (json_doc_is_plain(d, v) || memchr(raw, '\\', *len) == NULL)
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
	const char *raw;
	size_t len;
	int i;

	raw = json_doc_raw(d, v, &len);
	for (i = 0; i < n; i++)
		if (names[i][0] == raw[0] &&
		    strncmp(names[i], raw, len) == 0 && names[i][len] == '\0')
			return i;
	if (!json_doc_is_plain(d, v))
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

	if (json_doc_kind(d, obj) != JSON_DOC_OBJECT)
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

	raw = json_doc_raw(d, v, &len);
	switch (json_doc_kind(d, v)) {
	case JSON_DOC_INT:
		if (len == 2 && memcmp(raw, "-0", 2) == 0) {
			*val = 0;	/* integers have one zero */
			return 1;
		}
		/* FALLTHROUGH */
	case JSON_DOC_FLOAT:
		return base_num_f64(raw, len, val);
	case JSON_DOC_NAN:
		*val = *raw == 'N' ? NAN : *raw == 'I' ? INFINITY : -INFINITY;
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
	if (json_doc_kind(d, v) == JSON_DOC_INT)
		return base_num_i64(raw, len, val);
	if (!json_doc_f64(d, v, &f) || !isfinite(f))
		return 0;
	*val = f >= 0x1p63 ? INT64_MAX : f < -0x1p63 ? INT64_MIN : (int64_t)f;
	return 1;
}
