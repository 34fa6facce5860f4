/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <err.h>
#include <stddef.h>
#include <sysexits.h>

#include "check/cli.h"
#include "check/database.h"
#include "conf/file.h"
#include "store/db.h"
#include "store/version.h"

#define CONNECT_S	5
#define ANSWER_S	10

/* Connect; else tell of each host, and return the status of the first. */
static int
connect_or_tell(struct store_db *db)
{
	size_t i, n = store_db_hosts(db);
	int status = EX_OK;

	if (store_db_connect(db, n > 1) == 0)
		return EX_OK;
	if (n == 1)
		return store_db_status(db);
	for (i = 0; i < n && store_db_connect_to(db, i) == -1; i++) {
		warnx("%s: %s", store_db_where(db), store_db_error(db));
		if (status == EX_OK)
			status = store_db_status(db);
	}
	return i < n ? EX_OK : status;
}

/* A database: whether it lets us in, and (VERSION) has our tables. */
static int
look_at_database(const char *key, const char *url, enum store_db_reads reads,
    int version)
{
	struct store_db *db;
	int status;

	if ((db = store_db_new(key, url, reads)) == NULL)
		return EX_CONFIG;
	store_db_timeouts(db, CONNECT_S, ANSWER_S);
	if (!version)
		store_db_no_default(db, 1);
	if ((status = connect_or_tell(db)) == EX_OK && version)
		switch (store_version_check(db)) {
		case STORE_VERSION_OK:
			break;
		case STORE_VERSION_WRONG:
			status = EX_CONFIG;
			break;
		case STORE_VERSION_UNKNOWN:
			status = store_db_status(db);
		}
	store_db_free(db);
	return status;
}

int
check_database(const struct conf_file *cf, unsigned what)
{
	switch (what) {
	case CHECK_CLI_RO:
		return look_at_database("ro_url", cf->ro_url, STORE_DB_STALE,
		    1);
	case CHECK_CLI_RW:
		return look_at_database("rw_url", cf->rw_url, STORE_DB_CAUSAL,
		    1);
	default:
		assert(what == CHECK_CLI_DDL);
		return look_at_database("ddl_url", cf->ddl_url,
		    STORE_DB_CAUSAL, 0);
	}
}
