/* SPDX-License-Identifier: ISC */
/*
 * A connection to Redis that is encrypted.  hiredis 0.14 knows nothing of
 * that: it has connected, makes commands and takes replies apart, and what
 * goes over its socket is ours.
 */
#ifndef QUEUE_TLS_H
#define QUEUE_TLS_H

struct conf_url;
struct queue_tls;
struct redisContext;

/*
 * Shake hands over the socket of C, which is to be with HOST, within the
 * timeouts that the socket has.  U says by whose word that is believed: of
 * u->ca, or else of the authorities that the system trusts.  Returns NULL
 * with the reason in c->errstr.
 */
struct queue_tls *queue_tls_open(struct redisContext *c,
	    const struct conf_url *u, const char *host);
void	queue_tls_end(struct queue_tls *t);

/*
 * As redisGetReply(): sends what is in the buffer of C, and waits for a reply.
 * Returns 0, or -1 with the reason in c->errstr, after which the connection is
 * of no use.
 */
int	queue_tls_reply(struct queue_tls *t, struct redisContext *c,
	    void **reply);

#endif
