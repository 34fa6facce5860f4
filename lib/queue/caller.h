/* SPDX-License-Identifier: ISC */
/* The client of a call, as it is counted and limited. */
#ifndef QUEUE_CALLER_H
#define QUEUE_CALLER_H

#include "base/addr.h"

struct queue_caller {
	char	 address[BASE_ADDR_LEN];
	char	 network[BASE_ADDR_LEN];	/* the first address in it */
};

/*
 * The client with address A.  Its network is an IPv4 /24 or an IPv6 /56: as
 * much as one customer is given.  Who is not known counts as 127.0.0.1, as with
 * Ichnaea, and has no network ("") in common with others like it.
 */
void	queue_caller_set(struct queue_caller *c, const struct base_addr *a);

#endif
