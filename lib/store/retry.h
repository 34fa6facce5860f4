/* SPDX-License-Identifier: ISC */
/* A transaction that is done over when others were in its way. */
#ifndef STORE_RETRY_H
#define STORE_RETRY_H

struct store_db;

/*
 * Run WORK(DB, ARG) in a transaction and commit.  After a deadlock, a lock
 * wait timeout, a duplicate key or a lost connection everything is rolled
 * back and WORK runs again, a few times, after a random pause (full jitter).
 * WORK returns 0, or -1 as the functions of store/db.h do: what it gives up for
 * a reason of its own, with no error of DB, is not run again.  Returns 0, or
 * -1 after a warning; after a connection lost during the commit the work
 * may have been done all the same.
 *
 * WORK begins by forgetting what an attempt before it left in ARG, leaves the
 * transaction open (a ROLLBACK as its last statement is allowed), and bears to
 * be run once more after it was committed.  store_db_retry() tells callers why
 * it failed in the end.
 */
int	store_retry(struct store_db *db,
	    int (*work)(struct store_db *db, void *arg), void *arg);

#endif
