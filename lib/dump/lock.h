/* SPDX-License-Identifier: ISC */
/*
 * One at a time makes dumps of a database or removes them.  Two dumps at once
 * would both be right, but each would take the other's rows from the server a
 * second time; and a removal could take chunks that a dump under way needs,
 * which no manifest names yet.
 */
#ifndef DUMP_LOCK_H
#define DUMP_LOCK_H

struct store_db;

/*
 * Keep others out, wherever they run, until store_db_free() of what is
 * returned.  KEY and URL are as in store/db.h.  Returns NULL after a warning,
 * with an exit status in STATUS, and in BUSY whether another has the lock; if
 * not, the database could not be asked.
 */
struct store_db *dump_lock_take(const char *key, const char *url, int *status,
	    int *busy);

#endif
