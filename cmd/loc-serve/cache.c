/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "base/civil.h"
#include "queue/redis.h"

#include "cache.h"

#define TIMEOUT_MS	1000	/* of every wait for the server */
#define WAIT_MS		1000	/* for a connection others use */
#define PAUSE_MS	1000	/* after a failure */
#define STALE_MS	200	/* who fails faster had been hung up on */

struct cache {
	pthread_mutex_t	 lock;
	pthread_cond_t	 given;
	struct queue_redis **at;	/* at[0..nfree-1] are not in use */
	size_t		 n, nfree;
	int		 down;		/* the last attempt failed, ... */
	int		 trying;	/* ... somebody makes the next */
	int64_t		 next_ms;	/* ... not before */
};

struct cache *
cache_new(const char *url, size_t n)
{
	struct cache *c;
	size_t i;

	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->at = calloc(n, sizeof(*c->at))) == NULL) {
		warn(NULL);
		free(c);
		return NULL;
	}
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->given, NULL);
	for (i = 0; i < n; i++) {
		if ((c->at[i] = queue_redis_new(url, TIMEOUT_MS)) == NULL) {
			cache_free(c);
			return NULL;
		}
		c->n = c->nfree = i + 1;
	}
	return c;
}

void
cache_free(struct cache *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->n; i++)
		queue_redis_free(c->at[i]);
	pthread_cond_destroy(&c->given);
	pthread_mutex_destroy(&c->lock);
	free(c->at);
	free(c);
}

/* May Redis be asked now?  Under the lock. */
static int
may_try(struct cache *c)
{
	if (!c->down)
		return 1;
	if (c->trying || base_civil_mono_ms() < c->next_ms)
		return 0;
	return c->trying = 1;
}

static struct queue_redis *
take(struct cache *c)
{
	int64_t end_ms = base_civil_mono_ms() + WAIT_MS;
	struct timespec end = { end_ms / 1000, end_ms % 1000 * 1000000 };
	struct queue_redis *r = NULL;
	int rc = 0;

	pthread_mutex_lock(&c->lock);
	while (c->nfree == 0 && !c->down && rc == 0)
		rc = pthread_cond_clockwait(&c->given, &c->lock,
		    CLOCK_MONOTONIC, &end);
	if (c->nfree > 0 && may_try(c))
		r = c->at[--c->nfree];
	pthread_mutex_unlock(&c->lock);
	return r;
}

static void
give(struct cache *c, struct queue_redis *r)
{
	int lost = !queue_redis_connected(r);

	pthread_mutex_lock(&c->lock);
	c->down = lost;
	c->trying = 0;
	if (lost)
		c->next_ms = base_civil_mono_ms() + PAUSE_MS;
	c->at[c->nfree++] = r;
	if (lost)
		pthread_cond_broadcast(&c->given);
	else
		pthread_cond_signal(&c->given);
	pthread_mutex_unlock(&c->lock);
}

int
cache_run(struct cache *c, int (*work)(struct queue_redis *r, void *arg),
    void *arg)
{
	struct queue_redis *r;
	int64_t begin;
	int rc, was_open;

	if (c == NULL || (r = take(c)) == NULL)
		return -1;
	begin = base_civil_mono_ms();
	was_open = queue_redis_connected(r);
	rc = work(r, arg);
	if (rc == -1 && was_open && !queue_redis_connected(r) &&
	    base_civil_mono_ms() - begin < STALE_MS)
		rc = work(r, arg);
	give(c, r);
	return rc;
}
