/* SPDX-License-Identifier: ISC */
/*
 * One at a time makes dumps of a database or removes them.  Two dumps at once
 * would both be right, but each would take the other's rows from the server a
 * second time; and a removal could take chunks that a dump under way needs,
 * which no manifest names yet.
 */
#ifndef DUMP_LOCK_H
#define DUMP_LOCK_H

#include <stdatomic.h>

struct conf_file;
struct object_tuning;
struct store_db;
struct store_lease;

struct dump_lock {
	struct store_db		*db;
	struct store_lease	*lease;		/* or NULL */
};

/*
 * Keep others out of the database of CF's ro_url, wherever they run, until
 * dump_lock_end().  Returns 0, or -1 after a warning, with nothing to be ended,
 * an exit status in STATUS, and in BUSY whether another has the lock; if not,
 * the database could not be asked.  What STOP points to ends what waits.
 */
int	dump_lock_take(struct dump_lock *l, const struct conf_file *cf,
	    const atomic_int *stop, int *status, int *busy);

/*
 * Have stores that T is for change nothing once another has the lock: whoever
 * was stopped for a while may have lost it.
 */
void	dump_lock_tune(const struct dump_lock *l, struct object_tuning *t);

/* Also of what is all NULL. */
void	dump_lock_end(struct dump_lock *l);

#endif
