/* SPDX-License-Identifier: ISC */
/*
 * The head of a request: its first line and its header fields, up to the
 * empty line.  Reading is strict, because a proxy in front may read the same
 * bytes otherwise: whatever two readers could understand in two ways is
 * refused, and nothing is guessed.
 *
 *	head  = line *( field ) CRLF
 *	line  = token SP target SP "HTTP/1." digit CRLF
 *	field = token ":" *( SP / HT ) value *( SP / HT ) CRLF
 *
 * A target has no blank, a value no control character but HT.  There are no
 * bare CR or LF, no NUL, and no folded lines.
 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX		(32 * 1024)	/* bytes */
#define HTTP_HEAD_FIELDS	128

enum http_head_verdict {
	HTTP_HEAD_OK,
	HTTP_HEAD_MORE,		/* its end is not there yet */
	HTTP_HEAD_BAD,		/* 400 */
	HTTP_HEAD_LONG_TARGET,	/* 414 */
	HTTP_HEAD_TOO_LARGE,	/* 431 */
	HTTP_HEAD_VERSION	/* 505 */
};

/* Its text is inside what http_head_parse() was given. */
struct http_head {
	size_t		 seen;		/* bytes looked at by the scan */
	const char	*method, *target;
	int		 minor;		/* of HTTP/1.x: 0, or 1 and later */
	struct http_head_field {
		const char	*name, *value;
	}		 field[HTTP_HEAD_FIELDS];
	size_t		 nfield;
	/* what the fields say */
	int		 chunked;
	int		 has_length;
	uint64_t	 length;	/* of the body; saturates */
	int		 keep_alive;
	int		 expects;	/* 100 Continue, before it goes on */
};

/* Nothing of a head has been seen. */
void	http_head_init(struct http_head *h);

/*
 * Look for the end in the LEN bytes that have come so far, of which the first
 * H->seen are those of the calls before.  Returns HTTP_HEAD_OK with *USED the
 * length of the head; HTTP_HEAD_MORE; or why it is refused.
 */
enum http_head_verdict http_head_scan(struct http_head *h, const char *buf,
	    size_t len, size_t *used);

/*
 * Read the LEN bytes of a head that the scan found, ending its parts with
 * NULs in place.  Returns HTTP_HEAD_OK, or why it is refused; then METHOD and
 * TARGET may be NULL.
 */
enum http_head_verdict http_head_parse(struct http_head *h, char *buf,
	    size_t len);

/*
 * The value of the first field called NAME from *AT on, which is moved behind
 * it and begins with 0; or NULL.
 */
const char *http_head_next(const struct http_head *h, const char *name,
	    size_t *at);

/* The value of the last field called NAME, or NULL. */
const char *http_head_last(const struct http_head *h, const char *name);

#endif
