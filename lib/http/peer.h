/* SPDX-License-Identifier: ISC */
/* Whose word on the client's address is believed. */
#ifndef HTTP_PEER_H
#define HTTP_PEER_H

#include <stddef.h>
#include <stdint.h>

struct sockaddr;

/* Long enough for an address as text; longer ones are none. */
#define HTTP_PEER_TEXT_LEN	64

/* Networks; IPv4 as IPv6 (::ffff:a.b.c.d). */
struct http_peer_list {
	struct http_peer_network {
		uint8_t	 addr[16];
		unsigned bits;
	}	*at;
	size_t	 n;
};

/*
 * Read networks separated by blanks or commas: ADDRESS/BITS or ADDRESS.
 * NULL is an empty list.  Returns NULL, or what was expected instead of what
 * begins at *AT; then nothing is held.
 */
const char *http_peer_list_open(struct http_peer_list *l, const char *text,
	    const char **at);
void	http_peer_list_end(struct http_peer_list *l);

/* 1 if SA is in one of the networks; local sockets always are. */
int	http_peer_list_has(const struct http_peer_list *l,
	    const struct sockaddr *sa);

/*
 * The address of the client as text: the first element of FORWARDED (an
 * X-Forwarded-For header, or NULL) if it comes from one of L, or else of the
 * peer SA.  Empty if unknown; not necessarily an address.
 */
void	http_peer_client(char out[HTTP_PEER_TEXT_LEN],
	    const struct http_peer_list *l, const struct sockaddr *sa,
	    const char *forwarded);

#endif
