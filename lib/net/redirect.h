/* SPDX-License-Identifier: ISC */
/*
 * Redirections of the servers that we send reports and questions to.  These
 * are personal, so a server may move them to another path or from http to
 * https, but neither in clear text nor to anybody else.
 */
#ifndef NET_REDIRECT_H
#define NET_REDIRECT_H

#include <curl/curl.h>

/*
 * 1 if what was sent to URL FROM may be sent to URL TO: the same host, by
 * https or as before, and unless https is new by the same port.
 */
int	net_redirect_allowed(const char *from, const char *to);

enum net_redirect_verdict {
	NET_REDIRECT_NONE,	/* it is an answer */
	NET_REDIRECT_FOLLOW,	/* the request is to be performed again */
	NET_REDIRECT_REFUSED	/* it leads where it may not */
};

/* What is told of refused ones, and of a second one. */
extern const char net_redirect_why[];

/*
 * Look at what CURL, which does not follow redirections by itself, has got
 * from URL.  FOLLOW has set its new URL.
 */
enum net_redirect_verdict net_redirect_take(CURL *curl, const char *url);

#endif
