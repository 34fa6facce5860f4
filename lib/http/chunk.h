/* SPDX-License-Identifier: ISC */
/*
 * Bodies in chunks (RFC 9112, 7.1), read as strictly as heads are:
 *
 *	body  = *( size [ ";" ext ] CRLF size*byte CRLF )
 *	        "0" [ ";" ext ] CRLF *( trailer CRLF ) CRLF
 *
 * where a size is at most 16 hexadecimal digits.  Extensions and trailers
 * are passed over; neither may be long.
 */
#ifndef HTTP_CHUNK_H
#define HTTP_CHUNK_H

#include <stddef.h>
#include <stdint.h>

/* What the next byte belongs to. */
enum http_chunk_state {
	HTTP_CHUNK_SIZE,
	HTTP_CHUNK_EXT,
	HTTP_CHUNK_SIZE_LF,
	HTTP_CHUNK_BYTES,
	HTTP_CHUNK_BYTES_CR,
	HTTP_CHUNK_BYTES_LF,
	HTTP_CHUNK_TRAILER,	/* the beginning of a line */
	HTTP_CHUNK_TRAILER_REST,
	HTTP_CHUNK_TRAILER_LF,
	HTTP_CHUNK_LAST_LF
};

/* All zero before the first byte. */
struct http_chunk {
	enum http_chunk_state state;
	unsigned	 digits;	/* of the size, so far */
	uint64_t	 size;		/* left of the chunk */
	size_t		 extra;		/* bytes of extensions and trailers */
};

enum http_chunk_verdict {
	HTTP_CHUNK_MORE,	/* all was read, and more is to come */
	HTTP_CHUNK_DATA,	/* some of the body: call again */
	HTTP_CHUNK_END,
	HTTP_CHUNK_BAD
};

/*
 * Read on from the LEN bytes at BUF; *USED of them have been read then.  The
 * *DATALEN bytes at *DATA, inside BUF, are the body's, if any.
 */
enum http_chunk_verdict http_chunk_next(struct http_chunk *k, const char *buf,
	    size_t len, size_t *used, const char **data, size_t *datalen);

#endif
