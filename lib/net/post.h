/* SPDX-License-Identifier: ISC */
/*
 * JSON sent to one URL by POST, compressed.  Nothing is ever sent twice: after
 * a failure the server may have taken it or not, and only the caller knows
 * what is worse.
 */
#ifndef NET_POST_H
#define NET_POST_H

#include <stddef.h>

struct net_post;

/*
 * Post to URL (http or https), with the query argument key=KEY added unless
 * KEY is NULL.  Returns NULL after a warning.
 */
struct net_post *net_post_new(const char *url, const char *key);
void	net_post_free(struct net_post *p);

enum net_post_verdict {
	NET_POST_OK,		/* taken */
	NET_POST_REFUSED,	/* this body was; another may not be */
	NET_POST_LATER,		/* no answer, or the server is not able to */
	NET_POST_WRONG		/* nothing is taken at this URL */
};

/*
 * Send LEN bytes of BODY and wait for the answer, a minute at most.  One
 * redirection is followed, by POST as well.  Unless OK it has warned, with
 * the URL less what may be secret in it.
 */
enum net_post_verdict net_post_json(struct net_post *p, const char *body,
	    size_t len);

#endif
