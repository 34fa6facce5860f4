/* SPDX-License-Identifier: ISC */
/*
 * Connections to Redis, shared by all requests.  When it does not answer
 * nobody queues up for it: for a moment all are told so at once, then one
 * tries again.
 */
#ifndef CACHE_H
#define CACHE_H

#include <stddef.h>

struct cache;
struct queue_redis;

/* At most N connections to URL.  Returns NULL after a warning. */
struct cache *cache_new(const char *url, size_t n);
void	cache_free(struct cache *c);

/*
 * Call WORK(R, ARG) with a connection.  Returns what it returned; or -1 if
 * there is no connection, or C is NULL.
 */
int	cache_run(struct cache *c, int (*work)(struct queue_redis *r,
	    void *arg), void *arg);

#endif
