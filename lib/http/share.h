/* SPDX-License-Identifier: ISC */
/*
 * What one client may hold of the server, so that the others do not notice:
 * connections, requests at once, memory of bodies, and turns for what takes
 * long.
 *
 * A client is a network: an IPv4 address or an IPv6 /64, which one
 * subscriber has for himself.  Clients that hold nothing are forgotten, so
 * nobody can fill the memory with them.  All functions may be called by any
 * thread.
 */
#ifndef HTTP_SHARE_H
#define HTTP_SHARE_H

#include <sys/queue.h>

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_SHARE_BUCKETS	256

struct http_peer;
struct http_share_client;
struct http_share_waiter;

/* What there is, for all and for one of them. */
struct http_share_limits {
	unsigned	 connections;	/* of one client ... */
	unsigned	 requests;	/* ... or at once, through proxies */
	size_t		 all_bytes;	/* of large bodies ... */
	size_t		 bytes;		/* ... of one client */
	unsigned	 all_turns;	/* at once ... */
	unsigned	 turns;		/* ... of one client */
	unsigned	 all_waiting;	/* for a turn ... */
	unsigned	 waiting;	/* ... of one client */
};

struct http_share {
	uint32_t	 seed;		/* of the hash */
	pthread_mutex_t	 lock;		/* for all of: */
	struct http_share_limits max;
	size_t		 bytes;
	unsigned	 turns, nwaiting;
	LIST_HEAD(, http_share_client) bucket[HTTP_SHARE_BUCKETS];
	TAILQ_HEAD(http_share_waiters, http_share_waiter) waiters;
};

void	http_share_init(struct http_share *s);
void	http_share_done(struct http_share *s);

/* Limits from now on; what is held already stays. */
void	http_share_change(struct http_share *s,
	    const struct http_share_limits *max);

/*
 * The client at PEER, for one user of it, who gives it back; all those whose
 * address is not known are one.  NULL when memory is short.
 */
struct http_share_client *http_share_take(struct http_share *s,
	    const struct http_peer *peer);
void	http_share_give(struct http_share *s, struct http_share_client *c);

/*
 * C wants one more connection, or begins one more request.  Returns 1, and
 * the caller owes the end; or 0 if C has enough of them.
 */
int	http_share_connect(struct http_share *s, struct http_share_client *c);
void	http_share_disconnect(struct http_share *s,
	    struct http_share_client *c);
int	http_share_request(struct http_share *s, struct http_share_client *c);
void	http_share_replied(struct http_share *s, struct http_share_client *c);

/* C wants LEN bytes of memory: 1, and the caller owes the release; or 0. */
int	http_share_hold(struct http_share *s, struct http_share_client *c,
	    size_t len);
void	http_share_release(struct http_share *s, struct http_share_client *c,
	    size_t len);

/*
 * Wait until it is C's turn for work that takes long, at most WAIT_MS.
 * Turns are had in the order of asking, but for clients that have enough of
 * them.  Returns 1, and the caller owes the end of the turn; or 0 if it took
 * too long, or too many wait already.
 */
int	http_share_begin_turn(struct http_share *s,
	    struct http_share_client *c, int64_t wait_ms);
void	http_share_end_turn(struct http_share *s,
	    struct http_share_client *c);

#endif
