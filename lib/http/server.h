/* SPDX-License-Identifier: ISC */
/*
 * HTTP in: whole requests to a handler, whole replies back, and no client
 * can cost another one its answer.
 *
 * Connections that wait for a request cost no thread.  A request has one to
 * itself while it is read and while it is answered; in between its handler may
 * give the thread back, and whoever has what it waits for finishes it, with
 * others that waited for the same.  Too many connections first cost those that
 * are idle, then the new ones.
 * Requests whose end is not clear, or that are too large or too slow, are
 * refused or cut off.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <sys/socket.h>

#include <stddef.h>

#include "http/peer.h"
#include "http/reply.h"

struct http_listen;
struct http_request;
struct http_server;

/* How requests are treated; see http_server_change(). */
struct http_server_options {
	unsigned	 connections;	/* at once */
	size_t		 max_body;	/* bytes as sent ... */
	size_t		 max_inflated;	/* ... and unpacked */
	int		 request_s;	/* for a request to arrive */
	int		 idle_s;	/* for one to begin */
	const char	*fields;	/* of all replies: whole lines */
	struct http_peer_list proxies;
	/*
	 * Called in any thread, also for requests with a bad verdict.  It may
	 * wait, or leave the request to others: then it returns
	 * HTTP_REPLY_LATER, and http_request_finish() is owed.
	 */
	enum http_reply_when (*handler)(void *ctx,
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

#endif
