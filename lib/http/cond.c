/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "http/cond.h"

/* Beyond this numbers of bytes are all alike: no file is so long. */
#define BYTES_MAX	(INT64_MAX / 16)

/* The digits at *S as a number, which saturates; -1 if there are none. */
static int64_t
take_digits(const char **s)
{
	const char *p = *s;
	int64_t v = 0;

	for (; *p >= '0' && *p <= '9'; p++)
		if (v < BYTES_MAX)
			v = v * 10 + (*p - '0');
	if (p == *s)
		return -1;
	*s = p;
	return v;
}

static const char *
skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/*
 * "bytes=A-B", "bytes=A-" and "bytes=-N", the last N bytes.  A range that ends
 * before it begins is none.  One that begins behind the end cannot be had, and
 * neither can any of an empty file.
 */
enum http_cond_verdict
http_cond_range(struct http_cond_part *p, const char *range)
{
	int64_t first, last;

	assert(p->size >= 0);
	p->at = 0;
	p->len = p->size;
	if (range == NULL || strncasecmp(range, "bytes=", 6) != 0)
		return HTTP_COND_ALL;
	range = skip_blanks(range + 6);
	first = take_digits(&range);
	if (*range != '-')
		return HTTP_COND_ALL;
	range++;
	last = take_digits(&range);
	if (*skip_blanks(range) != '\0' || (first == -1 && last == -1) ||
	    (first != -1 && last != -1 && last < first))
		return HTTP_COND_ALL;
	if (first == -1) {
		first = last < p->size ? p->size - last : 0;
		last = last == 0 ? -1 : p->size - 1;
	} else if (last == -1 || last >= p->size)
		last = p->size - 1;
	if (first >= p->size || last < first)
		return HTTP_COND_NONE;
	p->at = first;
	p->len = last - first + 1;
	return HTTP_COND_PART;
}

/*
 * A list of tags, each with its quotes and perhaps W/ in front, or "*" for
 * whatever there is.  A tag may contain commas.
 */
int
http_cond_match(const char *list, const char *etag, int weak)
{
	size_t len = strlen(etag);
	const char *end;
	int is_weak;

	if (list == NULL)
		return 0;
	if (strcmp(list, "*") == 0)
		return 1;
	for (;;) {
		list += strspn(list, " \t,");
		is_weak = strncmp(list, "W/", 2) == 0;
		list += is_weak ? 2 : 0;
		if (*list != '"' || (end = strchr(list + 1, '"')) == NULL)
			return 0;
		end++;
		if ((weak || !is_weak) && (size_t)(end - list) == len &&
		    memcmp(list, etag, len) == 0)
			return 1;
		list = end;
	}
}
