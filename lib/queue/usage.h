/* SPDX-License-Identifier: ISC */
/*
 * What servers have counted in Redis: calls of each key to each path in a
 * UTC day, and the addresses that they came from.
 */
#ifndef QUEUE_USAGE_H
#define QUEUE_USAGE_H

#include <stddef.h>
#include <stdint.h>

struct queue_redis;

/* The paths whose calls are counted, as they are named; NULL at the end. */
extern const char *const queue_usage_paths[];

struct queue_usage {
	char	key[64];
	char	what[128];	/* the path, or the type of call */
	int64_t	today;		/* calls, or different addresses */
	int64_t	week;		/* addresses of today and 6 days before */
};

/*
 * All counters of DAY, of KEY or of all keys (NULL), by key and path; or the
 * addresses of the week that ends with it, by key and type.  The caller frees
 * *LIST.  Returns 0, or -1 after a warning.
 */
int	queue_usage_calls(struct queue_redis *redis, const char *key,
	    int64_t day, struct queue_usage **list, size_t *n);
int	queue_usage_addresses(struct queue_redis *redis, const char *key,
	    int64_t day, struct queue_usage **list, size_t *n);

/*
 * Forget the addresses of days before the week that ends with DAY; later
 * ones are of servers whose clock is ahead.  Returns how many counters these
 * were, or -1 after a warning.
 */
int64_t	queue_usage_forget(struct queue_redis *redis, int64_t day);

/*
 * Calls of KEY to PATH on DAY.  Returns 0, or -1 after a warning.
 */
int	queue_usage_get(struct queue_redis *redis, const char *key,
	    const char *path, int64_t day, int64_t *calls);

/* Set that to 0. */
int	queue_usage_reset(struct queue_redis *redis, const char *key,
	    const char *path, int64_t day);

#endif
