/* SPDX-License-Identifier: ISC */
/* The client of a call, as it is counted and limited. */
#ifndef QUEUE_CALLER_H
#define QUEUE_CALLER_H

#define QUEUE_CALLER_LEN	46	/* an address as text, and its NUL */

struct queue_caller {
	int	 known;				/* it is an address */
	char	 address[QUEUE_CALLER_LEN];
	char	 network[QUEUE_CALLER_LEN];	/* the first address in it */
};

/*
 * The client whose address is TEXT (or NULL), in the shortest form, IPv4
 * within IPv6 as IPv4.  Its network is an IPv4 /24 or an IPv6 /56: as much as
 * one customer is given.  Who is not known counts as 127.0.0.1, as with
 * Ichnaea, and is of no network in common with others like it.
 */
void	queue_caller_parse(struct queue_caller *c, const char *text);

#endif
