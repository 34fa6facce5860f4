/* SPDX-License-Identifier: ISC */
/* One request as handlers see it: whole, unpacked and decoded. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stddef.h>

#include "base/addr.h"

struct base_arena;
struct base_buf;
struct http_body_fault;
struct http_head;
struct http_url_arg;

enum http_request_verdict {
	HTTP_REQUEST_OK,
	HTTP_REQUEST_BAD_BODY,	/* cannot be unpacked or read as text */
	HTTP_REQUEST_BAD_REQUEST,	/* its end is not clear: answer 400 */
	HTTP_REQUEST_TOO_LARGE,	/* answer 413 */
	HTTP_REQUEST_BUSY	/* no room for it: answer 503 */
};

struct http_request {
	enum http_request_verdict verdict;
	const struct http_body_fault *fault;	/* of HTTP_REQUEST_BAD_BODY */
	const char		*method;	/* "GET"; "": not known */
	const char		*target;	/* as sent; NULL: not known */
	const char		*path;		/* decoded, without query */
	const char		*body;		/* unpacked, UTF-8, ... */
	size_t			 len;		/* ... if it was sent so */
	struct base_addr	 client;	/* see peer.h */
	int			 from_proxy;	/* itself, not through it */
	struct base_arena	*arena;		/* until the reply is sent, for
						 * one thread at a time */
	/* for the functions below */
	const struct http_head	*head;		/* NULL: not known */
	const struct http_url_arg *arg;
	size_t			 narg;
};

/* The last query argument NAME, or NULL; none if the query is no UTF-8. */
const char *http_request_arg(const struct http_request *rq,
	    const char *name);

/* The value of header NAME, in whatever case; or NULL. */
const char *http_request_field(const struct http_request *rq,
	    const char *name);

/*
 * The values of all headers NAME, which is a list, as one; or NULL.  If memory
 * is short it is the first.
 */
const char *http_request_list(const struct http_request *rq,
	    const char *name);

/*
 * The reply to RQ, whose handler has returned HTTP_REPLY_LATER, or may not have
 * returned yet, is complete.  Any thread may call this, once: RQ and what
 * belongs to it are gone when it returns.  It never waits: what the client does
 * not take at once is sent by a thread of the server.  The reply is no file.
 */
void	http_request_finish(const struct http_request *rq);

/*
 * Have WORK(ARG) called in a thread of the server, which may wait there as in a
 * handler, for such a request.  If that cannot be it is called at once.
 */
void	http_request_elsewhere(const struct http_request *rq,
	    void (*work)(void *arg), void *arg);

/* Append the address asked for, http://HOST/PATH?QUERY, as it was sent. */
void	http_request_url(const struct http_request *rq, struct base_buf *b);

#endif
