/* SPDX-License-Identifier: ISC */
/* A transaction that is done over when others were in its way. */
#ifndef STORE_RETRY_H
#define STORE_RETRY_H

struct store_db;

/*
 * Run WORK(DB, ARG) in a transaction and commit.  After a deadlock, a lock
 * wait timeout, a duplicate key or a lost connection everything is rolled
 * back and WORK runs again, a few times, after a random pause (full jitter).
 * WORK returns 0, or -1 as the functions of store/db.h do.  Returns 0, or
 * -1 after a warning; after a connection lost during the commit the work
 * may have been done all the same.
 */
int	store_retry(struct store_db *db,
	    int (*work)(struct store_db *db, void *arg), void *arg);

#endif
