/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/db.h"
#include "store/retry.h"

#define ATTEMPTS	6
#define PAUSE_US	50000U	/* before the second; doubles */

static int
attempt(struct store_db *db, int (*work)(struct store_db *db, void *arg),
    void *arg)
{
	store_db_about(db, "begin");
	if (store_db_exec(db, "START TRANSACTION") == -1 ||
	    work(db, arg) == -1)
		return -1;
	store_db_about(db, "commit");
	return store_db_exec(db, "COMMIT");
}

int
store_retry(struct store_db *db, int (*work)(struct store_db *db, void *arg),
    void *arg)
{
	enum store_db_retry why;
	int i;

	for (i = 0; i < ATTEMPTS; i++) {
		if (attempt(db, work, arg) == 0)
			return 0;
		why = store_db_retry(db);
		if (why == STORE_DB_LOCK || why == STORE_DB_DUPLICATE)
			store_db_tell(db);
		store_db_rollback(db);
		if (why == STORE_DB_FATAL)
			return -1;	/* has warned */
		if (why == STORE_DB_LOST && store_db_connect(db, 0) == -1)
			return -1;
		usleep(arc4random_uniform(PAUSE_US << i));
	}
	warnx("%s: %s, %d times", store_db_where(db), store_db_error(db), ATTEMPTS);
	return -1;
}
