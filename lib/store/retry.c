/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <stdlib.h>

#include "base/clock.h"
#include "store/db.h"
#include "store/retry.h"

#define ATTEMPTS	6
#define PAUSE_MS	50	/* before the second, at most; doubles */

static int
run_transaction(struct store_db *db,
    int (*work)(struct store_db *db, void *arg), void *arg)
{
	store_db_stage(db, "begin");
	if (store_db_exec(db, "START TRANSACTION") == -1 ||
	    work(db, arg) == -1)
		return -1;
	store_db_stage(db, "commit");
	return store_db_exec(db, "COMMIT");
}

int
store_retry(struct store_db *db, int (*work)(struct store_db *db, void *arg),
    void *arg)
{
	struct base_clock_backoff pause = { .first_ms = PAUSE_MS,
	    .max_ms = PAUSE_MS << ATTEMPTS };
	enum store_error why;
	int i;

	for (i = 0; i < ATTEMPTS; i++) {
		if (i > 0)	/* by chance, so that two do not meet again */
			base_clock_nap(arc4random_uniform(
			    (uint32_t)base_clock_backoff_next(&pause)), NULL);
		if (run_transaction(db, work, arg) == 0)
			return 0;
		why = store_db_retry(db);
		if (why == STORE_ERROR_LOCK || why == STORE_ERROR_DUPLICATE)
			store_db_conflict(db);
		store_db_rollback(db);
		if (why == STORE_ERROR_FATAL)
			return -1;	/* has warned */
		if (why == STORE_ERROR_LOST && store_db_connect(db, 0) == -1)
			return -1;
	}
	warnx("%s: %s, %d times", store_db_where(db), store_db_error(db),
	    ATTEMPTS);
	return -1;
}
