/* SPDX-License-Identifier: ISC */
/*
 * A small machine that is fed byte by byte, except for the chunks themselves,
 * which are handed on as they stand in the buffer.  It stops at the first
 * byte that does not belong where it is: to guess where a chunk ends is what
 * lets a second request be hidden in a body.
 *
 * Of extensions and trailers nothing is used.  They are counted together over
 * the whole body, so that they cannot go on for ever.
 */
#include <assert.h>

#include "http/chunk.h"

#define MAX_DIGITS	16		/* as many as 64 bits have */
#define MAX_EXTRA	(16 * 1024)

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	    c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A byte of the line with the size. */
static int
read_size(struct http_chunk *k, char c)
{
	int digit = hex_digit(c);

	if (digit != -1) {
		if (k->digits++ == MAX_DIGITS)
			return -1;
		k->size = k->size << 4 | (uint64_t)digit;
		return 0;
	}
	if (k->digits == 0 || (c != ';' && c != '\r'))
		return -1;
	k->state = c == ';' ? HTTP_CHUNK_EXT : HTTP_CHUNK_SIZE_LF;
	return 0;
}

/* A byte of text that nobody wants, up to the end of its line. */
static int
skip_text(struct http_chunk *k, char c, enum http_chunk_state at_end)
{
	unsigned char ch = (unsigned char)c;

	if (c == '\r')
		k->state = at_end;
	else if ((ch < ' ' && ch != '\t') || ch == 0x7f)
		return -1;
	return ++k->extra > MAX_EXTRA ? -1 : 0;
}

/* A byte that is not the body's.  Returns 0, or -1 if it is wrong there. */
static int
read_frame(struct http_chunk *k, char c)
{
	switch (k->state) {
	case HTTP_CHUNK_SIZE:
		return read_size(k, c);
	case HTTP_CHUNK_EXT:
		return skip_text(k, c, HTTP_CHUNK_SIZE_LF);
	case HTTP_CHUNK_SIZE_LF:
		k->state = k->size > 0 ? HTTP_CHUNK_BYTES :
		    HTTP_CHUNK_TRAILER;
		return c == '\n' ? 0 : -1;
	case HTTP_CHUNK_BYTES_CR:
		k->state = HTTP_CHUNK_BYTES_LF;
		return c == '\r' ? 0 : -1;
	case HTTP_CHUNK_BYTES_LF:
		k->state = HTTP_CHUNK_SIZE;
		k->digits = 0;
		return c == '\n' ? 0 : -1;
	case HTTP_CHUNK_TRAILER:
		k->state = HTTP_CHUNK_TRAILER_REST;
		if (c == ' ' || c == '\t' || c == ':')	/* folded, nameless */
			return -1;
		return skip_text(k, c, HTTP_CHUNK_LAST_LF);
	case HTTP_CHUNK_TRAILER_REST:
		return skip_text(k, c, HTTP_CHUNK_TRAILER_LF);
	case HTTP_CHUNK_TRAILER_LF:
		k->state = HTTP_CHUNK_TRAILER;
		return c == '\n' ? 0 : -1;
	case HTTP_CHUNK_LAST_LF:
		return c == '\n' ? 0 : -1;
	default:
		return -1;
	}
}

/*
 * The last line feed of a body is the one byte after which nothing is read:
 * what follows it is the next request.
 */
enum http_chunk_verdict
http_chunk_next(struct http_chunk *k, const char *buf, size_t len,
    size_t *used, const char **data, size_t *datalen)
{
	int last;

	assert(k->digits <= MAX_DIGITS && k->extra <= MAX_EXTRA);
	*datalen = 0;
	for (*used = 0; *used < len; ) {
		if (k->state == HTTP_CHUNK_BYTES) {
			*data = buf + *used;
			*datalen = k->size < len - *used ? (size_t)k->size :
			    len - *used;
			*used += *datalen;
			k->size -= *datalen;
			if (k->size == 0)
				k->state = HTTP_CHUNK_BYTES_CR;
			return HTTP_CHUNK_DATA;
		}
		last = k->state == HTTP_CHUNK_LAST_LF;
		if (read_frame(k, buf[(*used)++]) == -1)
			return HTTP_CHUNK_BAD;
		if (last)
			return HTTP_CHUNK_END;
	}
	return HTTP_CHUNK_MORE;
}
