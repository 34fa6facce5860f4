/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "base/civil.h"
#include "store/db.h"

#include "pool.h"

#define CONNECT_S	1
#define ANSWER_S	2
#define WAIT_MS		1000	/* for a connection others use */
#define PAUSE_MS	1000	/* after a failure */
#define STALE_MS	200	/* who fails faster had been hung up on */

struct pool {
	pthread_mutex_t	 lock;
	pthread_cond_t	 given;
	struct store_db	**db;		/* db[0..nfree-1] are not in use */
	size_t		 n, nfree;
	int		 down;		/* the last attempt failed, ... */
	int		 trying;	/* ... somebody makes the next */
	int64_t		 next_ms;	/* ... not before */
};

struct pool *
pool_new(const char *url, size_t n)
{
	struct pool *p;
	size_t i;

	if ((p = calloc(1, sizeof(*p))) == NULL ||
	    (p->db = calloc(n, sizeof(*p->db))) == NULL) {
		warn(NULL);
		free(p);
		return NULL;
	}
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->given, NULL);
	for (i = 0; i < n; i++) {
		if ((p->db[i] = store_db_new(url)) == NULL) {
			pool_free(p);
			return NULL;
		}
		store_db_impatient(p->db[i]);
		store_db_timeouts(p->db[i], CONNECT_S, ANSWER_S);
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
		store_db_free(p->db[i]);
	pthread_cond_destroy(&p->given);
	pthread_mutex_destroy(&p->lock);
	free(p->db);
	free(p);
}

/* May the database be asked now?  Under the lock. */
static int
may_try(struct pool *p)
{
	if (!p->down)
		return 1;
	if (p->trying || base_civil_mono_ms() < p->next_ms)
		return 0;
	return p->trying = 1;
}

static struct store_db *
take(struct pool *p)
{
	int64_t end_ms = base_civil_mono_ms() + WAIT_MS;
	struct timespec end = { end_ms / 1000, end_ms % 1000 * 1000000 };
	struct store_db *db = NULL;
	int rc = 0;

	pthread_mutex_lock(&p->lock);
	while (p->nfree == 0 && !p->down && rc == 0)
		rc = pthread_cond_clockwait(&p->given, &p->lock,
		    CLOCK_MONOTONIC, &end);
	if (p->nfree > 0 && may_try(p))
		db = p->db[--p->nfree];
	pthread_mutex_unlock(&p->lock);
	return db;
}

static void
give(struct pool *p, struct store_db *db, int lost)
{
	int was;

	pthread_mutex_lock(&p->lock);
	was = p->down;
	p->down = lost;
	p->trying = 0;
	if (lost)
		p->next_ms = base_civil_mono_ms() + PAUSE_MS;
	if (lost && !was)
		warnx("going on without database: %s", store_db_error(db));
	else if (!lost && was)
		warnx("the database is back");
	p->db[p->nfree++] = db;
	if (lost)
		pthread_cond_broadcast(&p->given);
	else
		pthread_cond_signal(&p->given);
	pthread_mutex_unlock(&p->lock);
}

int
pool_run(struct pool *p, int (*work)(struct store_db *db, void *arg),
    void *arg)
{
	struct store_db *db;
	int64_t begin;
	int lost, rc;

	if ((db = take(p)) == NULL)
		return -1;
	begin = base_civil_mono_ms();
	if ((rc = work(db, arg)) == -1 &&
	    store_db_retry(db) == STORE_DB_LOST &&
	    base_civil_mono_ms() - begin < STALE_MS)
		rc = work(db, arg);
	lost = rc == -1 && store_db_retry(db) == STORE_DB_LOST;
	give(p, db, lost);
	return rc;
}
