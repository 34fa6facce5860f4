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
struct net_http;
struct net_listen;

enum net_http_verdict {
	NET_HTTP_OK,
	NET_HTTP_BAD_BODY,	/* cannot be unpacked or read as text */
	NET_HTTP_BAD_REQUEST,	/* its end is not clear: answer 400 */
	NET_HTTP_TOO_LARGE,	/* answer 413 */
	NET_HTTP_BUSY		/* no room for it: answer 503 */
};

struct net_http_request {
	enum net_http_verdict	 verdict;
	const char		*why;		/* of NET_HTTP_BAD_BODY */
	const char		*method;	/* "GET" */
	const char		*target;	/* as sent; NULL: no memory */
	const char		*path;		/* decoded, without query */
	const char		*body;		/* unpacked, UTF-8, ... */
	size_t			 len;		/* ... if it was sent so */
	const char		*client;	/* address, see http/peer.h */
	struct base_arena	*arena;		/* until the reply is sent */
	void			*handle;	/* for net_http_arg() */
};

/* Headers of a reply beside Date, Connection and Content-Length. */
#define NET_HTTP_HEADERS	16

/* Filled in by the handler; text is borrowed until the reply is sent. */
struct net_http_reply {
	int		 status;
	struct net_http_header {
		const char	*name, *value;
	}		 header[NET_HTTP_HEADERS];
	size_t		 nheader;
	struct base_buf	*body;		/* append to it */
};

/* How requests are treated; see net_http_change(). */
struct net_http_options {
	unsigned	 connections;	/* at once */
	size_t		 max_body;	/* bytes as sent ... */
	size_t		 max_inflated;	/* ... and unpacked */
	int		 request_s;	/* for a request to arrive */
	int		 idle_s;	/* for one to begin */
	struct net_peer_list proxies;
	/* Called in any thread, also for requests with a bad verdict. */
	void		(*handler)(void *ctx,
			    const struct net_http_request *rq,
			    struct net_http_reply *rp);
	/* Nothing refers to these options any more; in any thread. */
	void		(*unused)(void *ctx);
	/* The last connection has ended, or NULL; in any thread. */
	void		(*empty)(void *ctx);
	void		*ctx;
	unsigned	 uses;		/* by requests; begin with 0 */
};

/*
 * Begin to serve on the sockets L, which are to be closed after
 * net_http_end(), or NULL: on none; as O says, which is borrowed.  Returns
 * NULL after a warning.
 */
struct net_http	*net_http_open(const struct net_listen *l,
	    struct net_http_options *o);

/*
 * Serve on the connected socket FD, too, which is taken over; the client is
 * PEER, of LEN bytes.  Returns 0, or -1 after a warning.
 */
int	net_http_add(struct net_http *h, int fd, const struct sockaddr *peer,
	    socklen_t len);

/*
 * Treat requests that begin from now on as O says.  Those under way go on
 * with the options they began with; when the last has ended these are told
 * that they are unused, possibly before this returns.
 */
void	net_http_change(struct net_http *h, struct net_http_options *o);

/*
 * Accept no more, finish the requests under way for at most WAIT_S seconds,
 * and release everything.  The options in use then are not told.
 */
void	net_http_end(struct net_http *h, int wait_s);

/* The last query argument NAME, or NULL; none if the query is no UTF-8. */
const char *net_http_arg(const struct net_http_request *rq,
	    const char *name);

/* The value of header NAME, in whatever case; or NULL. */
const char *net_http_field(const struct net_http_request *rq,
	    const char *name);

/* Append the address asked for, http://HOST/PATH?QUERY, as it was sent. */
void	net_http_url(const struct net_http_request *rq, struct base_buf *b);

void	net_http_header(struct net_http_reply *rp, const char *name,
	    const char *value);

#endif
