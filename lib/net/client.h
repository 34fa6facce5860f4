/* SPDX-License-Identifier: ISC */
/*
 * Requests over HTTP, one at a time, to whoever takes or has reports or files.
 * The answer is waited for a minute at most, unless the caller sets other
 * limits.
 */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct net_client;

#define NET_CLIENT_WHY_LEN	256
#define NET_CLIENT_ETAG_LEN	80

struct net_client_answer {
	long	 status;	/* 0: none came */
	int	 hopeless;	/* ... nor would one the next time */
	int64_t	 retry_s;	/* Retry-After, 0: not said */
	size_t	 passed;	/* bytes that the sink has got */
	int64_t	 size;		/* Content-Length, or -1 */
	int64_t	 modified_s;	/* Last-Modified, or -1 */
	char	 etag[NET_CLIENT_ETAG_LEN];	/* without quotes, or "" */
	int	 kms;		/* encrypted by AWS KMS: ETAG is no MD5 */
	char	 why[NET_CLIENT_WHY_LEN];	/* in words: printable */
};

/* Returns NULL after a warning. */
struct net_client *net_client_new(void);
void	net_client_free(struct net_client *c);

/*
 * Follow one redirection, by the same method, where that is allowed (see
 * net/redirect.h); and use every connection once
 * only, as libcurl would send again what was lost on one used before.
 */
void	net_client_careful(struct net_client *c);

/*
 * Call TICK(ARG) about once a second while an answer is waited for; with NULL,
 * nothing is called.
 */
void	net_client_tick(struct net_client *c, void (*tick)(void *arg),
	    void *arg);

/*
 * Give up a connection that is not there after CONNECT_S seconds, an answer
 * that is not complete after TOTAL_S (0: no bound), and a transfer of less
 * than a byte a second for STALL_S (0: no bound).
 */
void	net_client_limits(struct net_client *c, long connect_s, long total_s,
	    long stall_s);

/*
 * From now on the bodies of answers with a status of 2xx go to SINK, piece by
 * piece, however long they are; it returns 0, or -1 to give the transfer up.
 * NULL: they are kept, as net_client_body() says.
 */
void	net_client_sink(struct net_client *c,
	    int (*sink)(void *arg, const char *data, size_t len), void *arg);

/* Of the next requests: no headers but the client's own; and one more. */
void	net_client_no_headers(struct net_client *c);
int	net_client_header(struct net_client *c, const char *line);

/*
 * Send LEN bytes of BODY by METHOD to URL, http or https, exactly as it is
 * spelled.  GET, HEAD and DELETE have no body.  Returns the status, 0: see
 * ANSWER.
 */
long	net_client_send(struct net_client *c, const char *method,
	    const char *url, const char *body, size_t len,
	    struct net_client_answer *answer);

/*
 * Replace what is not printable ASCII in TEXT by blanks, and drop those at its
 * end: what a server says cannot forge lines of our log or reach a terminal.
 */
void	net_client_printable(char *text);

/* The first 64 kB of the last answer, with a NUL behind. */
const struct base_buf *net_client_body(const struct net_client *c);

#endif
