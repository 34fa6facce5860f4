/* SPDX-License-Identifier: ISC */
/*
 * Signatures of requests to S3 and its likes: AWS Signature Version 4, all in
 * the header Authorization, the body hashed.  Everything is canonical before
 * it is signed and sent, so that nobody on the way has to agree on how.
 */
#ifndef NET_SIGV4_H
#define NET_SIGV4_H

#include <stddef.h>
#include <stdint.h>

struct base_buf;

struct net_sigv4_pair {
	const char	*name, *value;
};

struct net_sigv4_request {
	const char	*method;
	const char	*path;		/* decoded, from its '/' on */
	const struct net_sigv4_pair *query;	/* decoded, in any order */
	size_t		 nquery;
	const struct net_sigv4_pair *header;	/* of lower case, by name */
	size_t		 nheader;	/* host and all that are to be signed */
	const char	*body_hash;	/* base_sha256_format() of it */
};

struct net_sigv4_key {
	const char	*id, *secret;
	const char	*region, *service;
};

#define NET_SIGV4_DATE_LEN	17

/* Second S as "YYYYMMDDTHHMMSSZ", as it stands in x-amz-date. */
void	net_sigv4_date(char out[NET_SIGV4_DATE_LEN], int64_t s);

/* Append path and query as they are sent: encoded and in order. */
void	net_sigv4_target(struct base_buf *b,
	    const struct net_sigv4_request *r);

/* Append the value of Authorization for R at DATE. */
void	net_sigv4_sign(struct base_buf *b, const struct net_sigv4_request *r,
	    const struct net_sigv4_key *key,
	    const char date[NET_SIGV4_DATE_LEN]);

#endif
