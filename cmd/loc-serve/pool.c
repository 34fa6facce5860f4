/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

#include "pool.h"

#define WAIT_MS		1000	/* for a connection others use */
#define PAUSE_MS	1000	/* after a failure */
#define STALE_MS	200	/* who fails faster had been hung up on */

struct pool {
	const struct pool_kind *kind;
	pthread_mutex_t	 lock;
	pthread_cond_t	 given;
	void		**conn;		/* conn[0..nfree-1] are not in use */
	size_t		 n, nfree;
	int		 down;		/* the last attempt failed, ... */
	int		 trying;	/* ... somebody makes the next */
	int64_t		 next_ms;	/* ... not before */
};

struct pool *
pool_new(const struct pool_kind *kind, const char *url, size_t n)
{
	struct pool *p;
	size_t i;

	if ((p = calloc(1, sizeof(*p))) == NULL ||
	    (p->conn = calloc(n, sizeof(*p->conn))) == NULL) {
		warn(NULL);
		free(p);
		return NULL;
	}
	p->kind = kind;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->given, NULL);
	for (i = 0; i < n; i++) {
		if ((p->conn[i] = kind->new(url)) == NULL) {
			pool_free(p);
			return NULL;
		}
		p->n = p->nfree = i + 1;
	}
	return p;
}

void
pool_free(struct pool *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->n; i++)
		p->kind->free(p->conn[i]);
	pthread_cond_destroy(&p->given);
	pthread_mutex_destroy(&p->lock);
	free(p->conn);
	free(p);
}

/* May the server be asked now?  Under the lock. */
static int
may_try(struct pool *p)
{
	if (!p->down)
		return 1;
	if (p->trying || base_clock_mono_ms() < p->next_ms)
		return 0;
	return p->trying = 1;
}

static void *
take(struct pool *p)
{
	int64_t end_ms = base_clock_mono_ms() + WAIT_MS;
	struct timespec end = { end_ms / 1000, end_ms % 1000 * 1000000 };
	void *conn = NULL;
	int rc = 0;

	pthread_mutex_lock(&p->lock);
	while (p->nfree == 0 && !p->down && rc == 0)
		rc = pthread_cond_clockwait(&p->given, &p->lock,
		    CLOCK_MONOTONIC, &end);
	if (p->nfree > 0 && may_try(p))
		conn = p->conn[--p->nfree];
	pthread_mutex_unlock(&p->lock);
	return conn;
}

static void
give(struct pool *p, void *conn, int lost)
{
	pthread_mutex_lock(&p->lock);
	if (lost != p->down && p->kind->notice != NULL)
		p->kind->notice(conn, lost);
	p->down = lost;
	p->trying = 0;
	if (lost)
		p->next_ms = base_clock_mono_ms() + PAUSE_MS;
	p->conn[p->nfree++] = conn;
	if (lost)
		pthread_cond_broadcast(&p->given);
	else
		pthread_cond_signal(&p->given);
	pthread_mutex_unlock(&p->lock);
}

int
pool_run(struct pool *p, int (*work)(void *conn, void *arg), void *arg)
{
	int64_t begin;
	void *conn;
	int rc;

	if (p == NULL || (conn = take(p)) == NULL)
		return -1;
	begin = base_clock_mono_ms();
	rc = work(conn, arg);
	if (p->kind->lost(conn, rc) &&
	    base_clock_mono_ms() - begin < STALE_MS)
		rc = work(conn, arg);
	give(p, conn, p->kind->lost(conn, rc));
	return rc;
}
