/* SPDX-License-Identifier: ISC */
/*
 * Timeouts are short, as somebody waits for the answer: a second to connect,
 * two for the database to say something, one for Redis.  A database that hangs
 * is left for another, if there is one, which is asked the same.  After a
 * failure everybody goes on without that server for a second, then one request
 * tries.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/pool.h"
#include "io/outage.h"
#include "queue/redis.h"
#include "store/db.h"

#include "pool.h"

#define CONNECT_S	1	/* to the database */
#define ANSWER_S	2
#define REDIS_MS	1000	/* of every wait for it */
#define WAIT_MS		1000	/* for a connection that others use */
#define PAUSE_MS	1000	/* after a failure */
#define STALE_MS	200	/* whoever fails faster had been hung up on */

/*
 * Two trips keep a server busy while the answers of one are read; more only
 * make smaller groups, unless the database has to wait for its disk.  Where
 * there are FEW_PROCESSORS one is better: while it is under way they have
 * enough to do with what was asked before and what comes next, and a larger
 * group costs the database a third less for each question.
 */
#define TRIPS		2
#define FEW_PROCESSORS	2

static void *
new_database(const void *url)
{
	struct store_db *db = store_db_new("ro_url", url, STORE_DB_STALE);

	if (db != NULL) {
		store_db_fail_fast(db);
		store_db_timeouts(db, CONNECT_S, ANSWER_S);
	}
	return db;
}

static void
free_database(void *conn)
{
	store_db_free(conn);
}

/*
 * Was the connection lost, so that the work may be tried with another?  Any
 * other failure is that of the statement and would come again.
 */
static int
lost_database(const void *conn, int rc)
{
	return rc == -1 && store_db_retry(conn) == STORE_ERROR_LOST;
}

/* Who asked again by himself has waited long enough. */
static int
moved_database(void *conn, int64_t took_ms)
{
	return took_ms < (ANSWER_S + CONNECT_S) * 1000 &&
	    store_db_hung(conn) && store_db_switch(conn);
}

/* The pool calls this, with its lock held. */
static void
notice_database(const void *conn, struct base_outage *o, int down)
{
	char why[600];

	snprintf(why, sizeof(why), "going on without: %s",
	    store_db_error(conn));
	if (down)
		io_outage_fails(o, store_db_where(conn), why);
	else
		io_outage_works(o, store_db_where(conn));
}

static void *
new_redis(const void *url)
{
	struct queue_redis *r = queue_redis_new(url, REDIS_MS);

	/* The limits, which every call asks first, warn for all. */
	if (r != NULL)
		queue_redis_quiet(r);
	return r;
}

static void
free_redis(void *conn)
{
	queue_redis_free(conn);
}

static int
lost_redis(const void *conn, int rc)
{
	return rc == -1 && !queue_redis_connected(conn);
}

/* Both pools have the same patience.  Nothing is connected here. */
static struct base_pool *
make_pool(const struct base_pool_kind *kind, const char *url, size_t n)
{
	struct base_pool_options o = { .kind = kind, .arg = url, .n = n,
	    .wait_ms = WAIT_MS, .pause_ms = PAUSE_MS, .stale_ms = STALE_MS };

	return base_pool_new(&o);
}

struct base_pool *
serve_pool_database(const char *url, size_t n)
{
	static const struct base_pool_kind kind = { new_database,
	    free_database, lost_database, moved_database, notice_database };

	return make_pool(&kind, url, n);
}

struct base_pool *
serve_pool_redis(const char *url, size_t n)
{
	static const struct base_pool_kind kind = { new_redis, free_redis,
	    lost_redis, NULL, NULL };

	return make_pool(&kind, url, n);
}

size_t
serve_pool_trips(size_t n)
{
	size_t trips = sysconf(_SC_NPROCESSORS_ONLN) > FEW_PROCESSORS ?
	    TRIPS : 1;

	return n < trips ? n : trips;
}
