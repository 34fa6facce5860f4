/* SPDX-License-Identifier: ISC */
/*
 * One table for two kinds of names, which differ in how they begin
 * (queue/names.h), so that neither kind can starve the other for good: what is
 * used stays.  The day is part of the name of a key's calls, so yesterday's
 * count is another entry, which is forgotten when its place is needed.
 *
 * Everything is under one lock: an operation is a hash of some fifty bytes
 * and a few memory accesses.
 */
#include <assert.h>
#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lru.h"
#include "queue/local.h"

struct queue_local {
	pthread_mutex_t	 lock;
	/* Of a network when it is due, by our monotonic clock; or a count. */
	struct base_lru	*lru;		/* of int64_t */
};

struct queue_local *
queue_local_new(size_t n)
{
	struct queue_local *l;

	if ((l = calloc(1, sizeof(*l))) == NULL ||
	    (l->lru = base_lru_new(n, sizeof(int64_t))) == NULL) {
		warn(NULL);
		free(l);
		return NULL;
	}
	pthread_mutex_init(&l->lock, NULL);
	return l;
}

/* Nobody may be at it any more, which the caller has to see to. */
void
queue_local_free(struct queue_local *l)
{
	if (l == NULL)
		return;
	pthread_mutex_destroy(&l->lock);
	base_lru_free(l->lru);
	free(l);
}

/*
 * The least recently used name makes room, so that memory is bounded however
 * many callers there are.
 */
static void
set_value(struct queue_local *l, const char *name, int64_t v)
{
	size_t len = strlen(name);
	int64_t *value;

	pthread_mutex_lock(&l->lock);
	value = base_lru_make(l->lru, name, len);
	*value = v;
	pthread_mutex_unlock(&l->lock);
}

/* From now on, by our own clock: Redis's may say another time. */
void
queue_local_saw_network(struct queue_local *l, const char *network,
    int64_t reset_us)
{
	assert(reset_us >= 0);
	set_value(l, network, base_clock_mono_us() + reset_us);
}

void
queue_local_saw_calls(struct queue_local *l, const char *calls,
    int64_t count)
{
	set_value(l, calls, count);
}

/*
 * The clock is the monotonic one: nobody else sees these times, and a clock
 * that is set leaves them alone.
 */
void
queue_local_network(struct queue_local *l, const char *network,
    const struct queue_gcra *g, int64_t cost, struct queue_gcra_answer *a)
{
	int64_t *due, now_us = base_clock_mono_us();

	pthread_mutex_lock(&l->lock);
	due = base_lru_make(l->lru, network, strlen(network));
	*due = queue_gcra_call(g, *due, now_us, cost, a);
	pthread_mutex_unlock(&l->lock);
}

void
queue_local_charge(struct queue_local *l, const char *network,
    const struct queue_gcra *g, int64_t cost)
{
	int64_t *due, now_us = base_clock_mono_us();

	pthread_mutex_lock(&l->lock);
	due = base_lru_make(l->lru, network, strlen(network));
	*due = queue_gcra_charge(g, *due, now_us, cost);
	pthread_mutex_unlock(&l->lock);
}

/* A name that is new begins with 0, so that its first call is the first. */
int64_t
queue_local_calls(struct queue_local *l, const char *calls)
{
	int64_t count, *value;

	pthread_mutex_lock(&l->lock);
	value = base_lru_make(l->lru, calls, strlen(calls));
	count = ++*value;
	pthread_mutex_unlock(&l->lock);
	return count;
}
