/* SPDX-License-Identifier: ISC */
/*
 * HTTP in: whole requests to a handler, whole replies back, and no client
 * can cost another one its answer.
 *
 * Every connection has a thread, which calls the handler; it may wait for a
 * database.  Too many connections first cost those that are idle, then the
 * new ones.  Requests whose end is not clear, or that are too large or too
 * slow, are refused or cut off.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <sys/socket.h>

#include <stddef.h>
#include <stdint.h>

#include "http/peer.h"

struct base_arena;
struct base_buf;
struct http_server;
struct http_listen;

enum http_request_verdict {
	HTTP_REQUEST_OK,
	HTTP_REQUEST_BAD_BODY,	/* cannot be unpacked or read as text */
	HTTP_REQUEST_BAD_REQUEST,	/* its end is not clear: answer 400 */
	HTTP_REQUEST_TOO_LARGE,	/* answer 413 */
	HTTP_REQUEST_BUSY		/* no room for it: answer 503 */
};

struct http_request {
	enum http_request_verdict	 verdict;
	const char		*why;		/* of HTTP_REQUEST_BAD_BODY */
	const char		*method;	/* "GET" */
	const char		*target;	/* as sent; NULL: no memory */
	const char		*path;		/* decoded, without query */
	const char		*body;		/* unpacked, UTF-8, ... */
	size_t			 len;		/* ... if it was sent so */
	const char		*client;	/* address, see http/peer.h */
	struct base_arena	*arena;		/* until the reply is sent */
	void			*handle;	/* for http_request_arg() */
};

/* Headers of a reply beside Date, Connection and Content-Length. */
#define HTTP_REPLY_HEADERS	16

/* Filled in by the handler; text is borrowed until the reply is sent. */
struct http_reply {
	int		 status;
	struct http_reply_header {
		const char	*name, *value;
	}		 header[HTTP_REPLY_HEADERS];
	size_t		 nheader;
	struct base_buf	*body;		/* append to it */
};

/* How requests are treated; see http_server_change(). */
struct http_server_options {
	unsigned	 connections;	/* at once */
	size_t		 max_body;	/* bytes as sent ... */
	size_t		 max_inflated;	/* ... and unpacked */
	int		 request_s;	/* for a request to arrive */
	int		 idle_s;	/* for one to begin */
	struct http_peer_list proxies;
	/* Called in any thread, also for requests with a bad verdict. */
	void		(*handler)(void *ctx,
			    const struct http_request *rq,
			    struct http_reply *rp);
	/* Nothing refers to these options any more; in any thread. */
	void		(*unused)(void *ctx);
	/* The last connection has ended, or NULL; in any thread. */
	void		(*empty)(void *ctx);
	void		*ctx;
	unsigned	 uses;		/* by requests; begin with 0 */
};

/*
 * Begin to serve on the sockets L, which are to be closed after
 * http_server_end(), or NULL: on none; as O says, which is borrowed.  Returns
 * NULL after a warning.
 */
struct http_server	*http_server_open(const struct http_listen *l,
	    struct http_server_options *o);

/*
 * Serve on the connected socket FD, too, which is taken over; the client is
 * PEER, of LEN bytes.  Returns 0, or -1 after a warning.
 */
int	http_server_add(struct http_server *h, int fd,
	    const struct sockaddr *peer, socklen_t len);

/*
 * Treat requests that begin from now on as O says.  Those under way go on
 * with the options they began with; when the last has ended these are told
 * that they are unused, possibly before this returns.
 */
void	http_server_change(struct http_server *h,
	    struct http_server_options *o);

/*
 * Accept no more, finish the requests under way for at most WAIT_S seconds,
 * and release everything.  The options in use then are not told.
 */
void	http_server_end(struct http_server *h, int wait_s);

/* The last query argument NAME, or NULL; none if the query is no UTF-8. */
const char *http_request_arg(const struct http_request *rq,
	    const char *name);

/* The value of header NAME, in whatever case; or NULL. */
const char *http_request_field(const struct http_request *rq,
	    const char *name);

/* Append the address asked for, http://HOST/PATH?QUERY, as it was sent. */
void	http_request_url(const struct http_request *rq, struct base_buf *b);

void	http_reply_header(struct http_reply *rp, const char *name,
	    const char *value);

#endif
