/* SPDX-License-Identifier: ISC */
/*
 * Packed bodies come from anybody, and a thousand times as much may come out
 * of them as they have bytes.  So the limit is applied while unpacking, in
 * steps of CHUNK bytes, and what has come out so far is all that was ever
 * allocated.  A stream that has given exactly as much as is allowed may still
 * have its checksum to read: one more byte of room, which is thrown away,
 * tells whether it has more to say.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <zlib.h>

#include "base/buf.h"
#include "http/gunzip.h"

#define GZIP_ONLY	(15 + 16)	/* inflateInit2: window bits, wrapper */
#define CHUNK		(64 * 1024)

/* One member, from Z->next_in on. */
static enum http_gunzip_verdict
unpack_member(z_stream *z, struct base_buf *out, size_t *left)
{
	unsigned char more;
	size_t room;
	int rc;

	if (z->avail_in > 0 && z->next_in[0] != 0x1f)
		return HTTP_GUNZIP_FOREIGN;
	if (z->avail_in > 1 && z->next_in[1] != 0x8b)
		return HTTP_GUNZIP_FOREIGN;
	do {
		room = *left < CHUNK ? *left : CHUNK;
		if (room == 0) {
			/* The end may still come without any output. */
			z->next_out = &more;
			z->avail_out = 1;
		} else {
			z->next_out = (Bytef *)base_buf_room(out, room);
			z->avail_out = (uInt)room;
		}
		if (z->next_out == NULL)
			return HTTP_GUNZIP_NO_MEMORY;
		rc = inflate(z, Z_NO_FLUSH);
		if (room == 0 && z->avail_out == 0)
			return HTTP_GUNZIP_TOO_LARGE;
		if (room > 0) {
			out->len += room - z->avail_out;
			*left -= room - z->avail_out;
		}
	} while (rc == Z_OK);
	switch (rc) {
	case Z_STREAM_END:
		return HTTP_GUNZIP_OK;
	case Z_BUF_ERROR:
		return HTTP_GUNZIP_CUT;
	case Z_MEM_ERROR:
		return HTTP_GUNZIP_NO_MEMORY;
	default:
		return z->msg != NULL && strstr(z->msg, "check") != NULL ?
		    HTTP_GUNZIP_DAMAGED : HTTP_GUNZIP_BROKEN;
	}
}

enum http_gunzip_verdict
http_gunzip(struct base_buf *out, const void *data, size_t len, size_t max)
{
	enum http_gunzip_verdict v = HTTP_GUNZIP_OK;
	z_stream z = { 0 };

	assert(out->failed == 0);
	if (len > UINT32_MAX)
		return HTTP_GUNZIP_TOO_LARGE;
	if (inflateInit2(&z, GZIP_ONLY) != Z_OK)
		return HTTP_GUNZIP_NO_MEMORY;
	z.next_in = (Bytef *)(uintptr_t)data;
	z.avail_in = (uInt)len;
	while (v == HTTP_GUNZIP_OK && z.avail_in > 0) {
		v = unpack_member(&z, out, &max);
		for (; z.avail_in > 0 && *z.next_in == '\0'; z.avail_in--)
			z.next_in++;
		inflateReset(&z);
	}
	inflateEnd(&z);
	base_buf_add(out, NULL, 0);	/* ends it with a NUL */
	return v;
}
