/* SPDX-License-Identifier: ISC */
/* What pools have connections to: the read-only database, and Redis. */
#include <err.h>

#include "queue/redis.h"
#include "store/db.h"

#include "pool.h"

#define CONNECT_S	1
#define ANSWER_S	2
#define REDIS_MS	1000	/* of every wait for it */

static void *
new_database(const char *url)
{
	struct store_db *db = store_db_new(url);

	if (db != NULL) {
		store_db_impatient(db);
		store_db_timeouts(db, CONNECT_S, ANSWER_S);
	}
	return db;
}

static void
free_database(void *conn)
{
	store_db_free(conn);
}

static int
lost_database(const void *conn, int rc)
{
	return rc == -1 && store_db_retry(conn) == STORE_DB_LOST;
}

static void
notice_database(const void *conn, int away)
{
	if (away)
		warnx("going on without database: %s", store_db_error(conn));
	else
		warnx("the database is back");
}

const struct pool_kind pool_database = { new_database, free_database,
    lost_database, notice_database };

static void *
new_redis(const char *url)
{
	return queue_redis_new(url, REDIS_MS);
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

const struct pool_kind pool_redis = { new_redis, free_redis, lost_redis,
    NULL };
