/* SPDX-License-Identifier: ISC */
/*
 * Which places a command is about.  A URL is enough, so that backups can be
 * looked at, checked and restored on a machine that has nothing else, or when
 * the database is what was lost.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "io/cli.h"
#include "store/db.h"

#include "backup.h"

#define CONNECT_S	5
#define ANSWER_S	10

/*
 * Add the place at URL.  Returns an exit status.
 *
 * The name is borrowed: from the arguments, or from the rows, which live as
 * long as the targets do.
 */
static int
add_target(struct backup_targets *t, const char *name, const char *url)
{
	struct backup_target *grown;
	size_t i;

	grown = reallocarray(t->target, t->n + 1, sizeof(*grown));
	if (grown == NULL) {
		warn(NULL);
		return EX_OSERR;
	}
	t->target = grown;
	grown += t->n;
	grown->name = name;
	if (backup_place_cut(&grown->place, url) == -1) {
		warnx("%s: too long", name);
		return EX_USAGE;
	}
	/* Two rows may share a place, which is looked at once then. */
	for (i = 0; i < t->n; i++)
		if (strcmp(t->target[i].place.store, grown->place.store) == 0)
			return EX_OK;
	t->n++;
	return EX_OK;
}

/*
 * Read export_config, with the account that may do least.
 *
 * The time-outs are short, as people wait at a terminal.
 */
static int
read_target_rows(struct backup_targets *t)
{
	const char *key = t->cf.ro_url != NULL ? "ro_url" : "rw_url";
	const char *url = t->cf.ro_url != NULL ? t->cf.ro_url : t->cf.rw_url;
	struct store_db *db;
	int rc = EX_CONFIG;

	if (url == NULL && conf_file_need(&t->cf, &t->cf.ro_url) == -1)
		return EX_CONFIG;
	if ((db = store_db_new(key, url, t->cf.ro_url != NULL ?
	    STORE_DB_STALE : STORE_DB_CAUSAL)) == NULL)
		return EX_CONFIG;
	store_db_timeouts(db, CONNECT_S, ANSWER_S);
	rc = EX_OK;
	if (store_db_connect(db, 0) == -1 ||
	    store_export_load(db, &t->rows) == -1)
		rc = store_db_status(db);
	store_db_free(db);
	return rc;
}

/*
 * Add the row NAME, or all that are of schema s3 if it is NULL.
 *
 * Rows that are not usable were warned of when they were loaded, and are as if
 * they were not there.
 */
static int
add_rows(struct backup_targets *t, const char *name)
{
	const struct store_export *row;
	size_t i, before = t->n;
	int rc = EX_OK;

	for (i = 0; i < t->rows.n && rc == EX_OK; i++) {
		row = &t->rows.row[i];
		if (row->usable && row->schema == STORE_EXPORT_S3 &&
		    (name == NULL || strcmp(row->name, name) == 0))
			rc = add_target(t, row->name, row->url);
	}
	if (rc == EX_OK && t->n == before && name != NULL) {
		warnx("%s: export_config has no such row of schema s3", name);
		return EX_CONFIG;
	}
	if (rc == EX_OK && t->n == 0) {
		t->none = name == NULL;
		warnx("export_config has no row of schema s3");
		return EX_CONFIG;
	}
	return rc;
}

/*
 * An operand or a row that is wrong leaves no target at all, since half of the
 * places would look like all of them.
 */
int
backup_targets_open(struct backup_targets *t, const struct io_cli *cli)
{
	int i, n = cli->words, need_rows = n == 0, rc = EX_OK;
	char *const *name = cli->word;

	memset(t, 0, sizeof(*t));
	store_export_init(&t->rows);
	if (conf_file_open(&t->cf, cli->arg['c']) == -1)
		return EX_CONFIG;
	t->has_cf = 1;
	for (i = 0; i < n; i++)
		need_rows |= strchr(name[i], '/') == NULL;
	if (need_rows && (rc = read_target_rows(t)) != EX_OK)
		return rc;
	if (n == 0)
		rc = add_rows(t, NULL);
	for (i = 0; i < n && rc == EX_OK; i++)
		rc = strchr(name[i], '/') != NULL ?
		    add_target(t, name[i], name[i]) : add_rows(t, name[i]);
	if (rc != EX_OK)
		t->n = 0;
	return rc;
}

void
backup_targets_done(struct backup_targets *t)
{
	free(t->target);
	store_export_done(&t->rows);
	if (t->has_cf)
		conf_file_end(&t->cf);
}
