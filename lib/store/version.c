/* SPDX-License-Identifier: ISC */
/*
 * A program and its database have to be of the same version: a query would
 * fail on a column that is not there yet, and one that a newer version has
 * made may mean something else.  When the server is away nothing is known,
 * which is a verdict of its own: what a program makes of that is its own
 * affair.
 */
#include <err.h>
#include <stdint.h>

#include <mysqld_error.h>

#include "store/db.h"
#include "store/schema.h"
#include "store/version.h"

/* A warning about the database of DB, and what to do. */
static enum store_version_verdict
warn_wrong(const struct store_db *db, const char *what, const char *cure)
{
	warnx("%s: database %s %s: %s", store_db_where(db),
	    store_db_name(db), what, cure);
	return STORE_VERSION_WRONG;
}

/*
 * The error of a missing table is expected, as it is an answer; the warning
 * says what to do instead.
 */
enum store_version_verdict
store_version_check(struct store_db *db)
{
	int64_t latest = store_schema_latest(), version = 0;
	int failed;

	store_db_expect(db, ER_NO_SUCH_TABLE);
	failed = store_db_connect(db, 0) == -1 || store_db_get_i64(db,
	    "SELECT MAX(number) FROM loc_version", &version, 0) == -1;
	store_db_expect(db, 0);
	if (failed && store_db_errno(db) == ER_NO_SUCH_TABLE)
		return warn_wrong(db, "is not one of loc",
		    "run loc-db init, or migrate what Ichnaea made");
	if (failed)
		return STORE_VERSION_UNKNOWN;
	if (version < latest)
		return warn_wrong(db, "is older than this program",
		    "run loc-db migrate");
	if (version > latest)
		return warn_wrong(db, "is newer than this program",
		    "install the version of loc that migrated it");
	return STORE_VERSION_OK;
}

/*
 * Such an error says that the database was exchanged or migrated while the
 * program was running.
 */
int
store_version_suspect(const struct store_db *db)
{
	switch (store_db_errno(db)) {
	case ER_NO_SUCH_TABLE:
	case ER_BAD_FIELD_ERROR:
	case ER_BAD_DB_ERROR:
		return 1;
	default:
		return 0;
	}
}
