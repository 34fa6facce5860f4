/* SPDX-License-Identifier: ISC */
/*
 * What asking a provider needs of Redis: kept answers, and the count of the
 * calls made.  All return -1 when Redis is lost or refuses.
 */
#ifndef QUEUE_PROVIDER_H
#define QUEUE_PROVIDER_H

#include <stddef.h>
#include <stdint.h>

struct queue_redis;

/* So many keys at once. */
#define QUEUE_PROVIDER_KEYS	20

struct queue_provider_key {
	const char	*data;		/* any bytes */
	size_t		 len;
};

/*
 * Call FOUND with each text that is kept under one of N keys, the Ith; the text
 * is gone when FOUND returns.  Returns 0.
 */
int	queue_provider_get(struct queue_redis *r,
	    const struct queue_provider_key *key, size_t n,
	    void (*found)(void *ctx, size_t i, const char *text,
	    size_t len),
	    void *ctx);

/* Keep VALUE under each of N keys for EXPIRE_S seconds.  Returns 0. */
int	queue_provider_set(struct queue_redis *r,
	    const struct queue_provider_key *key, size_t n,
	    const char *value, size_t len, int64_t expire_s);

enum queue_provider_verdict {
	QUEUE_PROVIDER_FAILED = -1,	/* it could not be counted */
	QUEUE_PROVIDER_OVER,		/* no more calls in this interval */
	QUEUE_PROVIDER_MAY
};

/*
 * Count a call to the provider NAME at second NOW_S.  It may be made unless it
 * is one more than LIMIT (0: none) in the INTERVAL_S seconds it falls into.
 */
enum queue_provider_verdict queue_provider_admit(struct queue_redis *r,
	    const char *name, int64_t limit, int64_t interval_s,
	    int64_t now_s);

/*
 * The percentage that applies to the sampling of queries of all keys; may
 * exceed 100.  Returns 0.
 */
int	queue_provider_sample_rate(struct queue_redis *r, double *percent);

#endif
