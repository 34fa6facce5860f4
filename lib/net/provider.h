/* SPDX-License-Identifier: ISC */
/*
 * Questions to other location services: small JSON bodies out and back, a
 * few at a time, over connections that stay open.  None takes longer than
 * five seconds.
 */
#ifndef NET_PROVIDER_H
#define NET_PROVIDER_H

#include <stddef.h>

struct base_buf;
struct net_provider;
struct net_provider_call;

/*
 * At most MAX calls at once to one URL, and four times as many in all, so
 * that a service that hangs does not use up those of others.  Returns NULL
 * after a warning.
 */
struct net_provider *net_provider_new(size_t max);

/* No calls may be left. */
void	net_provider_free(struct net_provider *p);

/*
 * Reserve a call to URL (http or https); any thread may.  Returns NULL at
 * once if there are too many.  The caller owes a net_provider_give().
 */
struct net_provider_call *net_provider_take(struct net_provider *p,
	    const char *url);
void	net_provider_give(struct net_provider *p,
	    struct net_provider_call *call);

#define NET_PROVIDER_WHY_LEN	256

/*
 * Post LEN bytes of BODY and append the unpacked answer, of at most 64 kB,
 * to ANSWER, which is empty.  One redirection is followed, where that is
 * allowed (see net/redirect.h).  Returns the HTTP status, or -1
 * with in WHY what happened instead.
 */
long	net_provider_post(struct net_provider_call *call, const char *body,
	    size_t len, struct base_buf *answer,
	    char why[NET_PROVIDER_WHY_LEN]);

#endif
