/* SPDX-License-Identifier: ISC */
/*
 * JSON sent to one URL by POST, compressed.  Nothing is ever sent twice: after
 * a failure the server may have taken it or not, and only the caller knows
 * what is worse.
 */
#ifndef NET_POST_H
#define NET_POST_H

#include <stddef.h>

#include "net/client.h"

struct net_post;

/*
 * Post to URL (http or https), with the query argument key=KEY added unless
 * KEY is NULL.  Returns NULL after a warning.
 */
struct net_post *net_post_new(const char *url, const char *key);
void	net_post_free(struct net_post *p);

/* See net_client_tick(). */
void	net_post_tick(struct net_post *p, void (*tick)(void *arg), void *arg);

/* The URL less what may be secret in it. */
const char *net_post_name(const struct net_post *p);

enum net_post_verdict {
	NET_POST_OK,		/* taken */
	NET_POST_REFUSED,	/* this body was; another may not be */
	NET_POST_LATER,		/* no answer, or the server is not able to */
	NET_POST_WRONG		/* nothing is taken at this URL */
};

/*
 * Send LEN bytes of BODY, packed at LEVEL, and wait for the answer.  One
 * redirection is followed, by POST as well.
 */
enum net_post_verdict net_post_json(struct net_post *p, const char *body,
	    size_t len, int level, struct net_client_answer *answer);

#endif
