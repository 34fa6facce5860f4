/* SPDX-License-Identifier: ISC */
/* Unpacking gzip bodies of unknown origin, within limits. */
#ifndef HTTP_GUNZIP_H
#define HTTP_GUNZIP_H

#include <stddef.h>

struct base_buf;

enum http_gunzip_verdict {
	HTTP_GUNZIP_OK,
	HTTP_GUNZIP_FOREIGN,	/* not gzip, or followed by something else */
	HTTP_GUNZIP_CUT,		/* ends too early */
	HTTP_GUNZIP_DAMAGED,	/* the checksum or the length is wrong */
	HTTP_GUNZIP_BROKEN,	/* not deflate inside */
	HTTP_GUNZIP_TOO_LARGE,
	HTTP_GUNZIP_NO_MEMORY
};

/*
 * Append to OUT what LEN bytes of DATA hold: any number of gzip members,
 * perhaps padded with NULs.  Stops when that would be more than MAX bytes;
 * after any failure OUT holds the part that was unpacked.
 */
enum http_gunzip_verdict http_gunzip(struct base_buf *out, const void *data,
	    size_t len, size_t max);

#endif
