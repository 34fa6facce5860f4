/* SPDX-License-Identifier: ISC */
/*
 * Counting calls in Redis, any number of them in one round trip: for a key,
 * path and day, with the addresses they come from, and where networks of
 * clients have a limit, for these.
 */
#ifndef QUEUE_COUNT_H
#define QUEUE_COUNT_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "queue/gcra.h"
#include "queue/names.h"

struct queue_count;
struct queue_redis;

/* Calls at once. */
#define QUEUE_COUNT_MAX	64
#define QUEUE_COUNT_WHY	128

enum queue_count_verdict {
	QUEUE_COUNT_UNKNOWN,	/* nothing was said of it, yet */
	QUEUE_COUNT_DONE,
	QUEUE_COUNT_REFUSED	/* Redis cannot count it */
};

struct queue_count_call {
	/* What it is counted under, "" what it is not; CALLS with USERS. */
	char	 users[QUEUE_NAMES_LEN];	/* addresses of a day */
	char	 calls[QUEUE_NAMES_LEN];	/* of a day */
	char	 network[QUEUE_NAMES_LEN];	/* the network, limited */
	char	 client[BASE_ADDR_LEN];	/* the address */
	int64_t	 cost;		/* for the network: calls, 1 or more */
	int	 is_made;	/* it has been answered: it costs all it can */
	/* What Redis says. */
	enum queue_count_verdict verdict;	/* begin with UNKNOWN */
	int64_t	 count;		/* CALLS with this; -1: not counted */
	struct queue_gcra_answer of_network;	/* if there is one */
	/* Of queue/count.c: */
	struct queue_count_call	*next, *last;
	size_t	 n;
};

/*
 * Networks are limited as G says; TIMEOUT_MS is that of connections.  Returns
 * NULL after a warning.
 */
struct queue_count *queue_count_new(const struct queue_gcra *g,
	    int timeout_ms);
void	queue_count_free(struct queue_count *c);

/*
 * Count those of N calls, in this order, of which nothing is known.  A call
 * that its network may not make is not counted under CALLS.  Returns 0; or -1
 * when the connection is lost, and nothing is known of some of them: these may
 * have been counted, or not.  WHY becomes what was said of one that Redis
 * refused, if there was one.  From any thread, each with a connection of its
 * own.
 */
int	queue_count_run(struct queue_count *c, struct queue_redis *r,
	    struct queue_count_call *const *call, size_t n,
	    char why[QUEUE_COUNT_WHY]);

#endif
