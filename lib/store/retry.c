/* SPDX-License-Identifier: ISC */
/*
 * A transaction that is run until it goes through.  Others may be in its way
 * (a deadlock, a lock that took too long, a key that somebody inserted first)
 * or its connection may be lost; each of these rolls back the whole of it, so
 * that it is done over from the start, after a pause that grows and is left to
 * chance.
 *
 * The work must therefore begin each attempt by forgetting what the last one
 * has gathered.  It must also bear to be run once more after it was committed:
 * when the answer to COMMIT is lost, or a node of a cluster was cut off from
 * the others during it (1180), nobody can tell whether it was carried
 * out.  The ledger of store/update.c is what makes that safe for submissions;
 * the other users in this folder compute anew what they write, so that a
 * second run does no harm.
 *
 * The attempts are few, as the locks of one transaction are waited for up to
 * ten seconds: six of them may already take a minute, after which the caller
 * is better told that the database is overloaded.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "store/db.h"
#include "store/retry.h"

#define ATTEMPTS	6
#define PAUSE_MS	50	/* before the second, at most; doubles */

/* The stages are for store_db_on_conflict(): the work names more of them. */
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

/*
 * A fatal error was warned of when it happened, and a failed connection is by
 * store_db_connect().  Conflicts are silent until the last attempt, as they
 * are normal with several workers; programs count them by
 * store_db_on_conflict().  The rollback comes before anything else is decided,
 * so that no lock is held during the pause.
 */
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
	store_db_warn(db);
	return -1;
}
