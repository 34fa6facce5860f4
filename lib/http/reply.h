/* SPDX-License-Identifier: ISC */
/* The reply to one request, which its handler fills in. */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include <sys/uio.h>

#include <stddef.h>
#include <stdint.h>

struct base_buf;

/* Headers of a reply beside Date, Connection and Content-Length. */
#define HTTP_REPLY_HEADERS	24

/* Filled in by the handler; text is borrowed until the reply is sent. */
struct http_reply {
	int		 status;
	struct http_reply_field {
		const char	*name, *value;
	}		 header[HTTP_REPLY_HEADERS];
	size_t		 nheader;
	struct base_buf	*body;		/* append to it */
	const struct http_reply_file *file;	/* instead of it; or NULL */
};

/*
 * A part of a file, LEN bytes from AT on, which is read while it is sent.  The
 * server closes FD.
 */
struct http_reply_file {
	int	fd;
	int64_t	at, len;
};

/* When a handler has answered. */
enum http_reply_when {
	HTTP_REPLY_NOW,		/* the reply may be sent */
	HTTP_REPLY_LATER	/* see http_request_finish() */
};

/* Add a header; both texts are borrowed until the reply is sent. */
void	http_reply_header(struct http_reply *rp, const char *name,
	    const char *value);

/* Fill in a reply that says STATUS in plain text and nothing else. */
void	http_reply_plain(struct http_reply *rp, int status);

/* What happens to the connection after a reply. */
enum http_reply_then {
	HTTP_REPLY_KEEP,	/* as HTTP/1.1 does without being told */
	HTTP_REPLY_KEEP_OLD,	/* as HTTP/1.0 wants to be told */
	HTTP_REPLY_CLOSE
};

/* The second NOW_S since 1970, as the header Date has it. */
#define HTTP_REPLY_DATE_LEN	30
void	http_reply_date(char out[HTTP_REPLY_DATE_LEN], int64_t now_s);

/*
 * Append the head of RP with DATE and FIELDS, which are whole lines.  Returns 1
 * if the body follows it, or 0 if its status has none.
 */
int	http_reply_write(struct base_buf *b, const struct http_reply *rp,
	    const char *date, const char *fields, enum http_reply_then then);

/*
 * A whole reply of status 503 with DATE and FIELDS, in pieces, that needs no
 * memory.  They are borrowed.
 */
#define HTTP_REPLY_PIECES 5
void	http_reply_unavailable(struct iovec iov[HTTP_REPLY_PIECES],
	    const char *date, const char *fields);

#endif
