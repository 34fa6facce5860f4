/* SPDX-License-Identifier: ISC */
/*
 * Inside the HTTP server (http/server.h): its connections, each with a
 * deadline for what the client must do next.
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
#include "http/loop.h"
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
	HTTP_CONN_WAITING,	/* the handler, for another thread */
	HTTP_CONN_SENDING,
	HTTP_CONN_UNSENT,	/* a reply, for a thread that may wait */
	HTTP_CONN_LINGERING	/* answered; what still comes is skipped */
};

/* What there is to do for it. */
enum http_conn_state {
	HTTP_CONN_HAS_REQUEST,	/* or a part of one */
	HTTP_CONN_QUIET,	/* nothing, until something comes */
	HTTP_CONN_GONE		/* to close it */
};

/* What comes after a request. */
enum http_conn_then {
	HTTP_CONN_MORE,		/* there may be another one */
	HTTP_CONN_LATER,	/* others have it, and the connection */
	HTTP_CONN_END
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
	int			 excess;	/* there was no room for it */
	int			 denied;	/* its client has its share */
	int			 evicted;	/* ended to make room */
	struct http_share_client *guest;	/* who has connected; or NULL:
						 * a trusted proxy, or denied */
	/* All that follows is for the thread that has the connection only. */
	struct base_buf		 in;		/* what was read */
	size_t			 at;		/* bytes used up of it */
	struct base_buf		 body, out;	/* of the request; the reply */
	struct base_buf		 wire;		/* the head of the reply */
	int64_t			 date_s;	/* the time that `date' shows */
	char			 date[HTTP_REPLY_DATE_LEN];
	struct http_body	 plain;
	struct base_arena	 arena;
	struct http_head	 head;
	struct http_request	 rq;
	struct http_reply	 rp;
	struct http_server_options *o;		/* of the request */
	int			 whole;		/* all of it was read */
	int			 ends;		/* the connection, with it */
	struct iovec		 iov[HTTP_REPLY_PIECES];	/* the reply */
	struct iovec		*unsent;	/* the rest of these ... */
	size_t			 nunsent;	/* ... 0: not begun */
	void			(*work)(void *arg);	/* that waits for ... */
	void			*work_arg;	/* ... a thread */
	struct http_share_client *user;		/* who sent it, if limited */
	size_t			 held;		/* of the room for bodies */
	int			 counted;	/* as one of the user's */
	int			 has_turn;	/* for a large body */
	struct http_peer	 sender;	/* of the request */
};

struct http_server {
	int			 fd[HTTP_LISTEN_MAX];	/* to accept from */
	size_t			 nfd;
	int			 wake;		/* ends the acceptor */
	int			 accepting;	/* its thread runs */
	pthread_t		 acceptor;
	int64_t			 warned_ms;	/* by it; 0: never */
	struct http_share	 share;		/* it has its own lock */
	struct http_loop	 loop;		/* likewise */
	pthread_mutex_t		 lock;		/* for all up to nexcess */
	pthread_cond_t		 gone;		/* n has become 0 */
	struct http_server_options *o;		/* for new requests */
	TAILQ_HEAD(, http_conn)	 conns;		/* the oldest first */
	unsigned		 n;		/* connections not yet freed */
	unsigned		 nexcess;	/* excess ones in the list */
	_Atomic unsigned	 nconn;		/* n, to be read without lock */
	_Atomic unsigned	 nwaiting;	/* excess ones, see has_room */
	/* Copied from the options, to be read without the lock. */
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

/*
 * Make room by ending the connection of least use; under the lock.  Returns 1,
 * or 0 if there is none that may be ended.
 */
int	http_conn_evict(struct http_server *h);

/*
 * End those that have waited for a request for a second; under the lock.
 * Returns how many others there are.
 */
unsigned http_conn_end_idle(struct http_server *h);

/* End those that have idled for too long; under the lock. */
void	http_conn_end_late(struct http_server *h);

/* End all, whatever they do; under the lock. */
void	http_conn_end_all(struct http_server *h);

/* For the event loop: serve the connection CONN. */
void	http_conn_serve(void *conn);

/*
 * For request.c, in the connection's thread.
 */

/* C begins PHASE now. */
void	http_conn_enter(struct http_conn *c, enum http_conn_phase phase);

/*
 * Is C not excess, or no more?  An excess one waits up to ROOM_MS for that.
 */
int	http_conn_has_room(struct http_conn *c);

/*
 * Should C make room after its reply?  Yes, if a new client waits for a place
 * while C has sent more requests than were answered.
 */
int	http_conn_is_wanted(const struct http_conn *c);

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

/*
 * Send what the client takes at once of the *N pieces from *IOV on, both of
 * which move on.  Returns 1 if that is all, 0 if something is left, or -1.
 */
int	http_conn_send_some(struct http_conn *c, struct iovec **iov,
	    size_t *n);

/*
 * Have a thread of the server go on with C in PHASE, HTTP_CONN_WAITING or
 * HTTP_CONN_UNSENT.  Returns 0, and C is not the caller's any more; or -1.
 */
int	http_conn_park(struct http_conn *c, enum http_conn_phase phase);

/* C has no request: wait for one if there may be MORE, or end it. */
void	http_conn_rest(struct http_conn *c, int more);

/* Is the client's end of the connection still there? */
int	http_conn_is_there(const struct http_conn *c);

/* Have a reply that was sent arrive before the connection is closed. */
void	http_conn_linger(struct http_conn *c);

/*
 * Read the rest of a request that has begun, and have it answered (request.c).
 * After HTTP_CONN_LATER the caller must not touch C any more: it may have been
 * answered and closed already.
 */
enum http_conn_then http_request_serve(struct http_conn *c);

/* Send the reply, or the rest of it, of a request that was parked unsent. */
enum http_conn_then http_request_send_rest(struct http_conn *c);

/* Free the memory that is kept for the next request (request.c). */
void	http_request_shrink(struct http_conn *c);

#endif
