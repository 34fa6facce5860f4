/* SPDX-License-Identifier: ISC */
/*
 * Inside the HTTP server (http/server.h): its connections, each with a
 * thread and with a deadline for what the client must do next.
 */
#ifndef HTTP_CONN_H
#define HTTP_CONN_H

#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "http/body.h"
#include "http/head.h"
#include "http/listen.h"
#include "http/peer.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/share.h"

struct http_server_options;

/* What a connection is doing. */
enum http_conn_phase {
	HTTP_CONN_IDLE,		/* nothing of a request was read */
	HTTP_CONN_HEAD,		/* its head is coming in */
	HTTP_CONN_BODY,		/* its body is coming in */
	HTTP_CONN_WORKING,	/* its turn, or the handler: no deadline */
	HTTP_CONN_SENDING,
	HTTP_CONN_LINGERING	/* answered; what still comes is skipped */
};

struct http_conn {
	TAILQ_ENTRY(http_conn)	 next;
	struct http_server	*server;
	int			 fd;
	struct sockaddr_storage	 peer;
	_Atomic int		 phase;
	_Atomic int64_t		 since_ms;	/* the phase began */
	_Atomic size_t		 got;		/* bytes of the body */
	_Atomic int		 asked;		/* it has sent something */
	int			 excess;	/* over the limit ... */
	int			 denied;	/* ... of its client */
	int			 evicted;	/* ended to make room */
	struct http_share_client *guest;	/* NULL: of a trusted proxy */
	/* in the connection's thread only */
	struct base_buf		 in;		/* what was read ... */
	size_t			 at;		/* ... and used up of it */
	int			 timeout_s;	/* of recv() */
	struct base_buf		 body, out, wire;
	int64_t			 date_s;	/* of: */
	char			 date[HTTP_REPLY_DATE_LEN];
	struct http_body	 plain;
	struct base_arena	 arena;
	struct http_head	 head;
	struct http_request	 rq;
	struct http_server_options *o;		/* of the request */
	struct http_share_client *user;		/* who sent it, if limited */
	size_t			 held;		/* bytes of the body */
	int			 counted;	/* as one of the user's */
	int			 has_turn;
	struct http_peer	 sender;	/* of the request */
	char			 client[HTTP_PEER_TEXT_LEN];
};

struct http_server {
	int			 fd[HTTP_LISTEN_MAX];	/* to accept from */
	size_t			 nfd;
	int			 wake;		/* ends the acceptor */
	int			 accepting;	/* its thread runs */
	pthread_t		 acceptor;
	int64_t			 warned_ms;	/* by it; 0: never */
	struct http_share	 share;
	pthread_mutex_t		 lock;		/* for all of: */
	pthread_cond_t		 gone;		/* there is none any more */
	struct http_server_options *o;		/* for new requests */
	TAILQ_HEAD(, http_conn)	 conns;		/* the oldest first */
	unsigned		 n, nexcess;	/* of them */
	_Atomic unsigned	 nwaiting;	/* for a place, for a moment */
	/* copied from the options */
	_Atomic unsigned	 connections;
	_Atomic int		 request_s, idle_s;
	_Atomic int		 stopping;	/* close after the reply */
};

/*
 * Serve the client PEER, of LEN bytes, on the socket FD, which is taken
 * over.  Returns 0, or -1 with errno set, EBUSY if there are too many, and FD
 * left to the caller.
 */
int	http_conn_start(struct http_server *h, int fd,
	    const struct sockaddr *peer, socklen_t len);

/* Make room by ending a connection that does little.  Under the lock. */
int	http_conn_evict(struct http_server *h);

/*
 * End those that wait for a request; under the lock.  Returns how many
 * others there are.
 */
unsigned http_conn_end_idle(struct http_server *h);

/* End all, whatever they do; under the lock. */
void	http_conn_end_all(struct http_server *h);

/*
 * For request.c, in the connection's thread.
 */

/* C begins PHASE now. */
void	http_conn_enter(struct http_conn *c, enum http_conn_phase phase);

/* C has a request to be answered: is there room for it, or soon? */
int	http_conn_has_room(struct http_conn *c);

/*
 * Should C make room after its reply?  Yes, if a new client waits for a place
 * while C has sent more requests than were answered.
 */
int	http_conn_is_wanted(const struct http_conn *c);

/* Wait for the first byte of a request.  1, or 0: there is none to come. */
int	http_conn_await(struct http_conn *c);

/*
 * Read some of what comes in until the monotonic clock shows DUE_MS: into
 * C->in, moving what is there and not used up, or to the LEN bytes at BUF.
 * Returns how many bytes; 0 at the end or too late; -1 if memory is short.
 */
ssize_t	http_conn_fill(struct http_conn *c, int64_t due_ms);
ssize_t	http_conn_read(struct http_conn *c, void *buf, size_t len,
	    int64_t due_ms);

/* Send all of IOV, which is used up.  Returns 0, or -1 if that failed. */
int	http_conn_send(struct http_conn *c, struct iovec *iov, size_t n);

/* Is the client's end of the connection still there? */
int	http_conn_is_there(const struct http_conn *c);

/* Have a reply that was sent arrive before the connection is closed. */
void	http_conn_linger(struct http_conn *c);

/*
 * Read, answer and forget one request (request.c).  Returns 1 if there may
 * be another one on the connection.
 */
int	http_request_serve(struct http_conn *c);

#endif
