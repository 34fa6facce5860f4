/* SPDX-License-Identifier: ISC */
/*
 * Whom the lock keeps out.  A lease (store/lease.h) keeps out all who write to
 * the same database, whichever replica or node they read it from.  But a dump
 * may be of a database that has no leases, as one of Ichnaea's before it is
 * taken over, or be made where there is no rw_url, or while the primary is
 * away.  So the server that is read from is asked for a lock as well, which
 * keeps out those who read from the same one.
 */
#include <err.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>

#include "conf/file.h"
#include "dump/lock.h"
#include "object/store.h"
#include "store/db.h"
#include "store/lease.h"

#define LEASE	"backup.database"

static void
say_busy(const struct store_db *db)
{
	warnx("%s: another dump of %s is under way, or being removed",
	    store_db_where(db), store_db_name(db));
}

/*
 * The server's lock ends with the connection that has it, so that nothing has
 * to be tidied up after a crash.  Returns 1, 0, or -1 as store_db_run().
 *
 * The name is a hash since names of locks are limited to 64 characters (MySQL
 * 5.7), and that of a database alone may have as many.  The server ends
 * connections that are idle for long, and the lock with them; ours is idle
 * while a dump lasts, for which a week is allowed.
 */
static int
lock_server(struct store_db *db)
{
	int64_t got = 0;

	return store_db_exec(db, "SET wait_timeout = 604800") == -1 ||
	    store_db_get_i64(db, "SELECT GET_LOCK(CONCAT('loc-backup.', "
	    "MD5(DATABASE())), 0)", &got, 0) == -1 ? -1 : got == 1;
}

/*
 * A primary that does not answer has told why by then; nobody can take a lease
 * while it is away.
 */
int
dump_lock_take(struct dump_lock *l, const struct conf_file *cf,
    const atomic_int *stop, int *status, int *busy)
{
	const struct store_lease_wish wish = { "rw_url", cf->rw_url, LEASE,
	    1, stop };
	enum store_lease_verdict verdict = STORE_LEASE_ABSENT;
	int got, ignored;

	*l = (struct dump_lock){ 0 };
	*busy = 0;
	l->db = store_db_open("ro_url", cf->ro_url, STORE_DB_STALE, status);
	if (l->db == NULL)
		return -1;
	if ((got = lock_server(l->db)) == -1)
		*status = store_db_status(l->db);
	if (got == 1 && cf->rw_url != NULL)
		l->lease = store_lease_take(&wish, &verdict, &ignored);
	if (got == 1 && verdict != STORE_LEASE_BUSY)
		return 0;
	if (got != -1) {
		say_busy(l->db);
		*status = EX_TEMPFAIL;
		*busy = 1;
	}
	dump_lock_end(l);
	return -1;
}

static int
may_change(void *lease)
{
	return store_lease_held(lease);
}

/* That the server's own lock can be lost unnoticed is of no matter then. */
void
dump_lock_tune(const struct dump_lock *l, struct object_tuning *t)
{
	if (l->lease != NULL) {
		t->may = may_change;
		t->may_arg = l->lease;
	}
}

void
dump_lock_end(struct dump_lock *l)
{
	store_lease_end(l->lease);
	store_db_free(l->db);
	*l = (struct dump_lock){ 0 };
}
