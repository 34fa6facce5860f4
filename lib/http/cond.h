/* SPDX-License-Identifier: ISC */
/*
 * Requests for a part of a file, and for a file that has changed (RFC 9110,
 * 13 and 14).  What cannot be read is as if it were not there, as the standard
 * wants it.
 */
#ifndef HTTP_COND_H
#define HTTP_COND_H

#include <stdint.h>

/* A file of SIZE bytes, of which LEN from AT on are sent. */
struct http_cond_part {
	int64_t	size, at, len;
};

enum http_cond_verdict {
	HTTP_COND_ALL,		/* 200 */
	HTTP_COND_PART,		/* 206 */
	HTTP_COND_NONE		/* 416: there is no such part */
};

/*
 * Set AT and LEN of P, whose SIZE is known, to what the header Range says.
 * Several ranges in one request are answered with all of the file.
 */
enum http_cond_verdict http_cond_range(struct http_cond_part *p,
	    const char *range);

/*
 * Is ETAG, with its quotes, one of LIST, the header If-None-Match or If-Match?
 * With WEAK marks of weakness do not count; else what has one is no match.
 */
int	http_cond_match(const char *list, const char *etag, int weak);

#endif
