/* SPDX-License-Identifier: ISC */
/*
 * JSON text to read from.  The text is checked as a whole before anything
 * is looked at: RFC 8259 grammar, UTF-8, depth; plus the literals NaN,
 * Infinity and -Infinity, which clients send.  A value is then a small
 * integer, as is a member name; 0 is the top level.
 *
 *	for (k = json_doc_first(d, obj); k != -1; k = json_doc_next(d, k))
 *		if (json_doc_is(d, k, "lat"))
 *			use(json_doc_value(k));
 */
#ifndef JSON_DOC_H
#define JSON_DOC_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define JSMN_HEADER
#define JSMN_PARENT_LINKS
#include <jsmn.h>

struct base_arena;

#define JSON_DOC_MAX_DEPTH	64
#define JSON_DOC_MAX_VALUES	8000000	/* with member names; 30 bytes each */

enum json_doc_kind {
	JSON_DOC_NULL,
	JSON_DOC_TRUE,
	JSON_DOC_FALSE,
	JSON_DOC_INT,		/* digits only, perhaps a minus */
	JSON_DOC_FLOAT,		/* with fraction or exponent */
	JSON_DOC_NAN,		/* NaN, Infinity, -Infinity */
	JSON_DOC_STRING,
	JSON_DOC_ARRAY,		/* these two are the last */
	JSON_DOC_OBJECT
};

/* What a value or member name is, and where in the text, without quotes. */
struct json_doc_part {
	int		start, end;
	int		after;	/* of a list or object: the value behind it */
	unsigned	kind;	/* enum json_doc_kind, and ... */
};

/* ... this, if it is a string of ASCII without any escape. */
#define JSON_DOC_PLAIN	0x80u

/*
 * Each value has a token, and those in a list or object a place for a name in
 * front: token T is value 2 * T, and the name of that is 2 * T - 1.
 */
struct json_doc {
	const char	*text;		/* borrowed from the caller */
	size_t		 len;
	jsmntok_t	*tok;		/* of all values, in order */
	int		 ntok;
	struct json_doc_part *part;	/* where values and names are */
	const char	*why;		/* what is wrong, after an error */
	size_t		 where;		/* ... and at which byte */
};

/* What WHY points to when it was not the text's fault. */
extern const char json_doc_nomem[];

/*
 * Read LEN bytes of TEXT, which stay the caller's and must outlive D; the
 * tokens live in A.  Returns 0, or -1 with D->why and D->where set.
 */
int	json_doc_parse(struct json_doc *d, const char *text, size_t len,
	    struct base_arena *a);

static inline enum json_doc_kind
json_doc_kind(const struct json_doc *d, int v)
{
	return d->part[v].kind & ~JSON_DOC_PLAIN;
}

static inline int
json_doc_is_null(const struct json_doc *d, int v)
{
	return d->part[v].kind == JSON_DOC_NULL;
}

/* 1 if string V has no escapes, and is of ASCII that needs none. */
static inline int
json_doc_is_plain(const struct json_doc *d, int v)
{
	return (d->part[v].kind & JSON_DOC_PLAIN) != 0;
}

/* How many members or elements value V has. */
static inline int
json_doc_size(const struct json_doc *d, int v)
{
	return d->tok[v / 2].size;
}

/* The first member name or element of value V, or -1. */
static inline int
json_doc_first(const struct json_doc *d, int v)
{
	return json_doc_size(d, v) == 0 ? -1 :
	    v + (json_doc_kind(d, v) == JSON_DOC_OBJECT ? 1 : 2);
}

/* What would be the value behind value V and all that is in it. */
static inline int
json_doc_behind(const struct json_doc *d, int v)
{
	return json_doc_kind(d, v) >= JSON_DOC_ARRAY ? d->part[v].after : v + 2;
}

/*
 * The member name or element after V, or -1.  Behind a name stands its value,
 * and behind a list or object all that is in it, which may be much.
 */
static inline int
json_doc_next(const struct json_doc *d, int v)
{
	int is_name = v & 1, t = (v + 1) / 2;
	int n = json_doc_behind(d, v + is_name);

	return n / 2 < d->ntok && d->tok[n / 2].parent == d->tok[t].parent ?
	    n - is_name : -1;
}

/*
 * The same for what is done with every report, in fewer steps:
 *
 *	end = json_doc_no_name(d, obj);
 *	for (k = json_doc_name(obj); k < end; k = json_doc_next_name(d, k))
 */
static inline int
json_doc_name(int obj)
{
	return obj + 1;
}

static inline int
json_doc_next_name(const struct json_doc *d, int name)
{
	return json_doc_behind(d, name + 1) - 1;
}

static inline int
json_doc_no_name(const struct json_doc *d, int obj)
{
	return json_doc_behind(d, obj) - 1;
}

/* The value of the member whose name is NAME. */
static inline int
json_doc_value(int name)
{
	return name + 1;
}

/* The raw text of a value, without the quotes of a string. */
static inline const char *
json_doc_raw(const struct json_doc *d, int v, size_t *len)
{
	*len = (size_t)(d->part[v].end - d->part[v].start);
	return d->text + d->part[v].start;
}

/* 1 if the raw text of V is WORD (as names without escapes are). */
static inline int
json_doc_is(const struct json_doc *d, int v, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(d->part[v].end - d->part[v].start) == len &&
	    memcmp(d->text + d->part[v].start, word, len) == 0;
}

/*
 * 1 if N bytes at A and B are equal: as memcmp(), which is slow to begin, for
 * texts as short as names are.
 */
static inline int
json_doc_equal(const char *a, const char *b, size_t n)
{
	size_t i;

	if (n < 4) {
		for (i = 0; i < n; i++)
			if (a[i] != b[i])
				return 0;
		return 1;
	}
	if (n < 8)
		return memcmp(a, b, 4) == 0 &&
		    memcmp(a + n - 4, b + n - 4, 4) == 0;
	if (memcmp(a, b, 8) != 0 || memcmp(a + n - 8, b + n - 8, 8) != 0)
		return 0;
	for (i = 8; i + 8 < n; i += 8)
		if (memcmp(a + i, b + i, 8) != 0)
			return 0;
	return 1;
}

/* The index in NAMES of the member name V, or -1. */
int	json_doc_lookup(const struct json_doc *d, int v,
	    const char *const *names, int n);

/*
 * The value of member NAME of object OBJ (the last one if repeated), or -1
 * if there is none or OBJ is no object.
 */
int	json_doc_get(const struct json_doc *d, int obj, const char *name);

/*
 * String V with its escapes undone, as NUL-terminated UTF-8 in A (a lone
 * surrogate becomes its 3-byte form); *LEN, if wanted, counts embedded NULs.
 * Returns NULL when memory is short.
 */
const char *json_doc_string(const struct json_doc *d, int v,
	    struct base_arena *a, size_t *len);

/* Longer strings are no number, and no word that anybody looks for. */
#define JSON_DOC_TEXT_LEN	1024

/*
 * The LEN bytes of string V with its escapes undone, without asking for
 * memory: borrowed from D, or in BUF if there were any.  Returns NULL if it
 * has escapes and is too long for that.
 */
const char *json_doc_text(const struct json_doc *d, int v,
	    char buf[JSON_DOC_TEXT_LEN], size_t *len);

/* Number V; *VAL may be infinite or NaN.  Returns 1, or 0 for no number. */
int	json_doc_f64(const struct json_doc *d, int v, double *val);

/*
 * Number V truncated towards zero, saturating at the 64-bit limits.
 * Returns 1, or 0 for no number and for NaN or infinity.
 */
int	json_doc_i64(const struct json_doc *d, int v, int64_t *val);

#endif
