/* SPDX-License-Identifier: ISC */
/*
 * Counts of calls that are gathered and sent to Redis together, so that a
 * call need not wait for it.  What is gathered is bounded; what is lost on
 * the way is not sent again, lest it be counted twice.
 */
#ifndef QUEUE_GATHER_H
#define QUEUE_GATHER_H

struct queue_gather;
struct queue_redis;

/* Returns NULL after a warning. */
struct queue_gather *queue_gather_new(void);
void	queue_gather_free(struct queue_gather *g);

enum queue_gather_verdict {
	QUEUE_GATHER_FULL,	/* not kept */
	QUEUE_GATHER_KEPT,
	QUEUE_GATHER_FIRST	/* kept, and there was nothing before */
};

/*
 * Keep a call by CLIENT, an address, counted under the names CALLS and
 * ADDRESSES (queue/names.h).  Any thread may.
 */
enum queue_gather_verdict queue_gather_add(struct queue_gather *g,
	    const char *calls, const char *addresses, const char *client);

/* 1 if there is something to be sent. */
int	queue_gather_any(struct queue_gather *g);

enum queue_gather_sent {
	QUEUE_GATHER_SENT,
	QUEUE_GATHER_REFUSED,	/* in part: see queue_redis_error() */
	QUEUE_GATHER_LOST	/* the connection; some may have arrived */
};

/* Send what there is, by one thread at a time. */
enum queue_gather_sent queue_gather_send(struct queue_gather *g,
	    struct queue_redis *redis);

#endif
