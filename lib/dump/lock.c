/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <stdint.h>
#include <sysexits.h>

#include "dump/lock.h"
#include "store/db.h"

/*
 * The lock is the server's, and ends with the connection that has it, so that
 * nothing has to be tidied up after a crash.
 *
 * The name is a hash since names of locks are limited to 64 characters (MySQL
 * 5.7), and that of a database alone may have as many.  The server ends
 * connections that are idle for long, and the lock with them; ours is idle
 * while a dump lasts, for which a week is allowed.
 */
struct store_db *
dump_lock_take(const char *key, const char *url, int *status, int *busy)
{
	struct store_db *db = store_db_open(key, url, status);
	int64_t got = -1;

	*busy = 0;
	if (db == NULL)
		return NULL;
	if (store_db_exec(db, "SET wait_timeout = 604800") == -1 ||
	    store_db_get_i64(db, "SELECT GET_LOCK(CONCAT('loc-backup.', "
	    "MD5(DATABASE())), 0)", &got, 0) == -1)
		*status = store_db_status(db);
	else if (got != 1) {
		warnx("%s: another dump of %s is under way, or being removed",
		    store_db_where(db), store_db_name(db));
		*status = EX_TEMPFAIL;
		*busy = 1;
	}
	if (got == 1)
		return db;
	store_db_free(db);
	return NULL;
}
