/* SPDX-License-Identifier: ISC */
/* Where the primary is, as Redis Sentinels know it. */
#ifndef QUEUE_SENTINEL_H
#define QUEUE_SENTINEL_H

#include <stddef.h>

#include "queue/dial.h"

struct conf_url;

struct queue_sentinel {
	char		host[256];	/* a name or an address */
	unsigned	port;
};

/*
 * Ask the Sentinel that is host number I of U for the primary that u->service
 * names, waiting at most TIMEOUT_MS for each step.  Returns 0, or -1 with WHY it
 * did not tell.
 */
int	queue_sentinel_ask(struct queue_sentinel *s, const struct conf_url *u,
	    size_t i, int timeout_ms, char why[QUEUE_DIAL_WHY]);

#endif
