/* SPDX-License-Identifier: ISC */
/*
 * Objects in a bucket of S3 or of a server like it: requests signed with
 * Signature Version 4 (net/sigv4.h), as [s3] of location.ini says.
 */
#ifndef NET_S3_H
#define NET_S3_H

#include <stddef.h>

#include "net/client.h"
#include "net/sigv4.h"

struct conf_file;
struct net_s3;

/* CF is borrowed.  Returns NULL after a warning. */
struct net_s3 *net_s3_new(const struct conf_file *cf, const char *bucket);
void	net_s3_free(struct net_s3 *s3);

/* See net_client_tick(). */
void	net_s3_tick(struct net_s3 *s3, void (*tick)(void *arg), void *arg);

/* See net_client_limits(). */
void	net_s3_limits(struct net_s3 *s3, long connect_s, long total_s,
	    long stall_s);

/* The body of the last answer that went to no sink. */
const struct base_buf *net_s3_body(const struct net_s3 *s3);

enum net_s3_verdict {
	NET_S3_OK,
	NET_S3_NONE,		/* there is no such object (404) */
	NET_S3_LATER,		/* no answer, or the server is not able to */
	NET_S3_WRONG		/* the request, the key or the bucket is */
};

#define NET_S3_HEADERS	8	/* of a request, besides our own */

struct net_s3_request {
	const char	*method;
	const char	*key;		/* of the object, "": the bucket */
	const struct net_sigv4_pair *query;
	size_t		 nquery;
	struct net_sigv4_pair header[NET_S3_HEADERS];	/* lower case */
	size_t		 nheader;
	const char	*body;
	size_t		 len;
	/* Where the answer's body goes, see net_client_sink(); or NULL. */
	int		(*sink)(void *arg, const char *data, size_t len);
	void		*sink_arg;
};

/* Send R.  ANSWER says what the server said, in words. */
enum net_s3_verdict net_s3_send(struct net_s3 *s3,
	    const struct net_s3_request *r, struct net_client_answer *answer);

#endif
