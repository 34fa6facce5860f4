/* SPDX-License-Identifier: ISC */
/* Where the primary is, as Redis Sentinels know it. */
#ifndef QUEUE_SENTINEL_H
#define QUEUE_SENTINEL_H

#include "queue/dial.h"

struct conf_url;

struct queue_sentinel {
	char		host[256];	/* a name or an address */
	unsigned	port;
};

/*
 * Ask the Sentinels of U for the primary that u->service names, one after the
 * other until one knows it.  Returns 0, or -1 with WHY the last of them did not
 * tell.
 */
int	queue_sentinel_find(struct queue_sentinel *s,
	    const struct conf_url *u, int timeout_ms,
	    char why[QUEUE_DIAL_WHY]);

#endif
