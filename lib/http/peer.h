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
#include <stdint.h>

struct sockaddr;

/* Long enough for an address as text. */
#define HTTP_PEER_TEXT_LEN	48

/* Networks; IPv4 as IPv6 (::ffff:a.b.c.d). */
struct http_peer_list {
	struct http_peer_network {
		uint8_t	 addr[16];
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

/* The client of a request, as far as is known. */
struct http_peer {
	const struct http_peer_list *list;
	uint8_t	 addr[16];
	int	 known;			/* addr is set */
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

/*
 * The address of the client as text; empty if it is not known, for one, if
 * the header names the client in another way than by address.
 */
void	http_peer_format(char out[HTTP_PEER_TEXT_LEN],
	    const struct http_peer *p);

#endif
