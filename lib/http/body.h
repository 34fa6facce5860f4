/* SPDX-License-Identifier: ISC */
/* Request bodies as they were sent made into UTF-8 text. */
#ifndef HTTP_BODY_H
#define HTTP_BODY_H

#include <stddef.h>

#include "base/buf.h"

/* What is wrong with a body. */
struct http_body_fault {
	enum http_body_fault_kind {
		HTTP_BODY_NOT_GZIP,	/* or followed by something else */
		HTTP_BODY_CUT,		/* ends too early */
		HTTP_BODY_DAMAGED,	/* the checksum or length is wrong */
		HTTP_BODY_BROKEN,	/* not deflate inside */
		HTTP_BODY_NOT_ASCII	/* BYTE at AT is none */
	}		kind;
	size_t		at;
	unsigned char	byte;
};

struct http_body {
	const char	*text;		/* what was sent, or in the buffer */
	size_t		 len;
	struct http_body_fault fault;	/* of HTTP_BODY_BAD */
	struct base_buf	 buf;
};

enum http_body_verdict {
	HTTP_BODY_OK,
	HTTP_BODY_BAD,		/* cannot be unpacked or decoded */
	HTTP_BODY_TOO_LARGE,
	HTTP_BODY_NO_MEMORY
};

void	http_body_init(struct http_body *b);
void	http_body_done(struct http_body *b);

/*
 * Read LEN bytes of SENT, which B borrows: unpack them, to at most MAX bytes,
 * if the Content-Encoding ENCODING is gzip (another leaves them as they are),
 * and convert them if the Content-Type TYPE names ISO 8859-1.  Any charset
 * but this and ASCII is taken for UTF-8, which is not checked: what clients
 * send in others is mostly ASCII.  Either header may be NULL.
 */
enum http_body_verdict http_body_read(struct http_body *b, const char *sent,
	    size_t len, const char *encoding, const char *type, size_t max);

#endif
