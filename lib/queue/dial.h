/* SPDX-License-Identifier: ISC */
/*
 * The line to a Redis server or a Sentinel: made, encrypted if the address
 * says so, and logged in.  Reasons of failures go to a text of the caller's.
 */
#ifndef QUEUE_DIAL_H
#define QUEUE_DIAL_H

#include <stddef.h>

struct conf_url;
struct queue_tls;
struct redisContext;
struct redisReply;

#define QUEUE_DIAL_WHY	200	/* bytes of a reason */

struct queue_dial {
	struct redisContext	*c;	/* NULL: there is no line */
	struct queue_tls	*tls;	/* NULL: it is not encrypted */
};

/*
 * Connect to HOST and PORT, or if HOST is NULL to the socket of U, waiting at
 * most TIMEOUT_MS for each step.  Returns 0, or -1 with WHY.
 */
int	queue_dial_open(struct queue_dial *d, const struct conf_url *u,
	    const char *host, unsigned port, int timeout_ms,
	    char why[QUEUE_DIAL_WHY]);
void	queue_dial_end(struct queue_dial *d);

/* Log in with the user and password of U, if it has any.  0, or -1 with WHY. */
int	queue_dial_login(struct queue_dial *d, const struct conf_url *u,
	    char why[QUEUE_DIAL_WHY]);

/*
 * Send what was appended, and wait for the next reply, which is the caller's
 * in REPLY.  Returns 0, or -1 with the reason in d->c->errstr.
 */
int	queue_dial_reply(struct queue_dial *d, void **reply);

/*
 * Run a command of words, NULL at the end.  Returns its reply, which may be an
 * error, for freeReplyObject(); or NULL with WHY.
 */
struct redisReply *queue_dial_run(struct queue_dial *d,
	    char why[QUEUE_DIAL_WHY], ...) __attribute__((sentinel));

#endif
