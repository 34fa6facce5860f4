/* SPDX-License-Identifier: ISC */
/*
 * Who the client is: the peer of the connection, or what a trusted proxy says
 * in X-Forwarded-For, to which each proxy on the way has added the address
 * that it saw.
 *
 * The client is the rightmost address that is not a trusted proxy's.  What is
 * left of it was written by the client, or by proxies that nobody here knows,
 * so that inventing addresses is of no use.  If all are trusted, the leftmost
 * is the client.
 */
#ifndef HTTP_PEER_H
#define HTTP_PEER_H

#include <stddef.h>

#include "base/addr.h"

struct sockaddr;

/* Networks, with as many bits as they have in the form of IPv6. */
struct http_peer_list {
	struct http_peer_network {
		struct base_addr addr;
		unsigned bits;
	}	*at;
	size_t	 n;
	/*
	 * Believe the leftmost address, whoever wrote it, and take none that
	 * has a port or brackets, as Ichnaea does.
	 */
	int	 leftmost;
};

/*
 * Read networks separated by blanks or commas: ADDRESS/BITS or ADDRESS.
 * NULL is an empty list.  Returns NULL, or what was expected instead of what
 * begins at *AT; then nothing is held.
 */
const char *http_peer_list_open(struct http_peer_list *l, const char *text,
	    const char **at);
void	http_peer_list_end(struct http_peer_list *l);

/*
 * The client of a request.  Its address is not known if the header names it in
 * another way than by address.
 */
struct http_peer {
	const struct http_peer_list *list;
	struct base_addr addr;
	int	 trusted;		/* the client is itself a proxy */
	int	 believed;		/* so the header is */
	int	 named;			/* by the header */
};

/*
 * Begin with SA, the peer of the connection; L is borrowed.  Peers of local
 * sockets are trusted, and have no address.
 */
void	http_peer_begin(struct http_peer *p, const struct http_peer_list *l,
	    const struct sockaddr *sa);

/* Add the value of an X-Forwarded-For header, in the order of headers. */
void	http_peer_forwarded(struct http_peer *p, const char *value);

#endif
