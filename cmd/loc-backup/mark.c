/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "store/db.h"
#include "store/mark.h"

#include "backup.h"

#define CONNECT_S	5
#define ANSWER_S	10

/*
 * That there is no database, or none to write to, is no fault of a backup.
 *
 * The time-outs are short: what is marked has succeeded already, and its status
 * must not depend on a database that hangs.
 */
void
backup_mark_set(const struct conf_file *cf, const char *what)
{
	char name[STORE_MARK_NAME_MAX + 1];
	struct store_db *db;

	if (cf->rw_url == NULL ||
	    (db = store_db_new("rw_url", cf->rw_url, STORE_DB_CAUSAL)) == NULL)
		return;
	assert(strlen("backup.") + strlen(what) <= STORE_MARK_NAME_MAX);
	snprintf(name, sizeof(name), "backup.%s", what);
	store_db_timeouts(db, CONNECT_S, ANSWER_S);
	if (store_db_connect(db, 1) == -1 ||
	    store_mark_set(db, name, "") == -1)
		warnx("%s: the mark %s could not be set",
		    store_db_where(db), name);
	store_db_free(db);
}
