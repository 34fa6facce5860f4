/* SPDX-License-Identifier: ISC */
/*
 * The ledger names chunks by numbers, as the dump it is of is named in it, too:
 * by a row with the table number -1 and that dump's name.
 *
 * Engines without transactions keep half a chunk when they are interrupted, so
 * that such a table is emptied and loaded anew unless all of it was in.
 *
 * A run that was killed thus leaves a database that says of itself what it
 * lacks: tables that may have no indexes yet, whole chunks, and the ledger with
 * a row for each of them.  The next run of the same dump goes on; one of
 * another dump is refused, unless tables may be replaced.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/num.h"
#include "dump/create.h"
#include "dump/target.h"
#include "store/db.h"
#include "store/sql.h"

#define LEDGER		"loc_restore"

/*
 * A dump has what a table had, also what a strict mode would refuse: zero
 * dates, the 31st of February, 0 in a counter.
 *
 * It is set for every connection, also for those that came back after they were
 * lost: load_chunk() begins with it, inside the transaction that is done over.
 * Strictness is kept where it finds damage, a value that does not fit.
 */
int
dump_target_session(struct store_db *db)
{
	return store_db_exec(db, "SET NAMES utf8mb4, "
	    "foreign_key_checks = 0, sql_mode = 'STRICT_ALL_TABLES,"
	    "NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO,"
	    "ALLOW_INVALID_DATES'");
}

/* Append a statement about the table T. */
static void
add_about(struct base_buf *b, const char *before, const char *name,
    const char *after)
{
	base_buf_reset(b);
	base_buf_str(b, before);
	store_sql_name(b, name);
	base_buf_str(b, after);
}

struct look {
	struct dump_target	*t;
	char			 id[64];	/* of the dump half in */
	size_t			 tables;	/* others than the ledger */
	int			 has_ledger;
};

/*
 * The ledger does not count as a table: a database that has nothing but it is
 * one whose restore was interrupted before the first table.
 */
static int
on_target_table(void *arg, char **field, const unsigned long *flen)
{
	struct look *l = arg;

	(void)flen;
	if (strcmp(field[0], LEDGER) == 0)
		l->has_ledger = 1;
	else
		l->tables++;
	return 0;
}

static int
on_id(void *arg, char **field, const unsigned long *flen)
{
	struct look *l = arg;

	(void)flen;
	if (field[0] != NULL)
		strlcpy(l->id, field[0], sizeof(l->id));
	return 0;
}

/*
 * A chunk that is in; numbers that the manifest does not have are ignored.
 *
 * The ledger may be of a manifest that was replaced since.  It would be of
 * another name then, but what is in a database is not trusted to index memory.
 */
static int
on_chunk(void *arg, char **field, const unsigned long *flen)
{
	struct dump_target *t = arg;
	int64_t chunk = -1, table = -1;

	base_num_i64(field[0], flen[0], &table);
	base_num_i64(field[1], flen[1], &chunk);
	if (table >= 0 && (size_t)table < t->m->ntable && chunk >= 0 &&
	    (size_t)chunk < t->m->table[table].nchunk)
		t->in[table][chunk] = 1;
	return 0;
}

static int
ask_target(struct store_db *db, const char *sql, int (*row)(void *, char **,
    const unsigned long *), void *arg)
{
	return store_db_query(db, sql, strlen(sql), row, arg);
}

/* See what there is.  0 or -1. */
static int
look_at(struct look *l, struct store_db *db)
{
	if (ask_target(db, "SELECT table_name FROM information_schema.tables "
	    "WHERE table_schema = DATABASE()", on_target_table, l) == -1)
		return -1;
	return l->has_ledger && ask_target(db, "SELECT dump FROM " LEDGER
	    " WHERE table_nr = -1", on_id, l) == -1 ? -1 : 0;
}

/*
 * The tables of the dump, and the ledger of another, go.
 *
 * Tables that the dump does not have stay: an administrator who restores beside
 * others' tables would not forgive anything else.  Foreign keys are off in this
 * session, so the order is of no matter.
 */
static int
drop_tables(const struct dump_target *t, struct store_db *db)
{
	struct base_buf b;
	size_t i;
	int rc = 0;

	base_buf_init(&b);
	for (i = 0; rc == 0 && i < t->m->ntable; i++) {
		add_about(&b, "DROP TABLE IF EXISTS ", t->m->table[i].name,
		    "");
		rc = store_sql_run(db, &b);
	}
	base_buf_done(&b);
	return rc == 0 ? store_db_exec(db, "DROP TABLE IF EXISTS " LEDGER) :
	    rc;
}

/*
 * The ledger is the first table, so that the others are known to be ours.
 *
 * After a crash between the two statements there is a ledger without a name.
 * It counts as one of another dump, and is dropped and made again by the next
 * run.
 */
static int
make_ledger(const struct dump_target *t, struct store_db *db)
{
	return store_db_exec(db, "CREATE TABLE IF NOT EXISTS " LEDGER
	    " (table_nr int NOT NULL, chunk_nr int NOT NULL, "
	    "dump varchar(32), PRIMARY KEY (table_nr, chunk_nr)) "
	    "ENGINE=InnoDB DEFAULT CHARSET=utf8") == -1 ||
	    store_db_execf(db, "INSERT IGNORE INTO " LEDGER " VALUES (-1, 0, "
	    "'%s')", t->m->id) == -1 ? -1 : 0;
}

/*
 * The statements for table I: to make it, and to make its indexes later.
 *
 * Old servers know the charset of three bytes only by its old name, and new
 * ones write the new name, so it is renamed where the target does not know it.
 */
static int
split_create(const struct dump_target *t, size_t i, struct base_buf *table,
    struct base_buf *keys)
{
	struct base_buf b;
	int rc;

	base_buf_init(&b);
	if (t->old_names)
		dump_create_rename(&b, t->m->table[i].create);
	else
		base_buf_str(&b, t->m->table[i].create);
	if (base_buf_ok(&b))
		dump_create_split(table, keys, b.data);
	rc = base_buf_ok(&b) && base_buf_ok(table) && base_buf_ok(keys);
	base_buf_done(&b);
	if (!rc)
		warnx("table %s: out of memory", t->m->table[i].name);
	return rc ? 0 : -1;
}

/*
 * All are made before the first row is loaded: a server that refuses one of
 * them, for an engine that it lacks perhaps, should say so in the first second
 * and not after hours.  IF NOT EXISTS makes it the same for a run that goes on.
 */
static int
make_tables(const struct dump_target *t, struct store_db *db)
{
	struct base_buf keys, table;
	size_t i;
	int rc = 0;

	base_buf_init(&keys);
	base_buf_init(&table);
	for (i = 0; rc == 0 && i < t->m->ntable; i++) {
		base_buf_reset(&keys);
		base_buf_reset(&table);
		if ((rc = split_create(t, i, &table, &keys)) == 0)
			rc = store_sql_run(db, &table);
	}
	base_buf_done(&keys);
	base_buf_done(&table);
	return rc;
}

static int
has_all(const struct dump_target *t, size_t i)
{
	return memchr(t->in[i], 0, t->m->table[i].nchunk) == NULL;
}

/*
 * Tables without transactions, and those whose rows have no order but that in
 * which they are loaded, begin anew.
 *
 * TRUNCATE commits, so that a crash behind it leaves marks of chunks that are
 * gone.  The next run sees these marks as a half again, as the table was no
 * whole before, and empties it again.
 */
static int
empty_halves(struct dump_target *t, struct store_db *db)
{
	const struct dump_manifest_table *mt;
	struct base_buf b;
	size_t i;
	int rc = 0;

	base_buf_init(&b);
	for (i = 0; rc == 0 && i < t->m->ntable; i++) {
		mt = &t->m->table[i];
		if ((strcasecmp(mt->engine, "InnoDB") == 0 && mt->has_key) ||
		    has_all(t, i))
			continue;
		add_about(&b, "TRUNCATE TABLE ", mt->name, "");
		if (store_sql_run(db, &b) == -1 || store_db_execf(db,
		    "DELETE FROM " LEDGER " WHERE table_nr = %zu", i) == -1)
			rc = -1;
		memset(t->in[i], 0, mt->nchunk);
	}
	base_buf_done(&b);
	return rc;
}

/*
 * What was emptied is taken off before the sum, which says how much of the dump
 * need not be loaded again.
 */
static int
read_ledger(struct dump_target *t, struct store_db *db)
{
	size_t i, k;

	if (ask_target(db, "SELECT table_nr, chunk_nr FROM " LEDGER
	    " WHERE table_nr >= 0", on_chunk, t) == -1 ||
	    empty_halves(t, db) == -1)
		return -1;
	for (i = 0; i < t->m->ntable; i++)
		for (k = 0; k < t->m->table[i].nchunk; k++)
			t->nin += (size_t)t->in[i][k];
	assert(t->nin <= t->m->nchunk);
	return 0;
}

/*
 * A byte for each chunk, and one more, as a table may have none.  What was
 * allocated before a failure is freed by dump_target_done().
 */
static int
make_chunk_marks(struct dump_target *t)
{
	size_t i;

	if ((t->in = calloc(t->m->ntable + 1, sizeof(*t->in))) == NULL)
		return -1;
	for (i = 0; i < t->m->ntable; i++)
		if ((t->in[i] = calloc(t->m->table[i].nchunk + 1, 1)) == NULL)
			return -1;
	return 0;
}

/*
 * The database may be missing: then it is made, in the charset of ours.
 *
 * The connection is made without a database, as the server refuses one that
 * names a database which is missing.  Being denied is expected and not warned
 * of: whether the database is there is seen when it is used.
 */
static int
make_database(struct store_db *db)
{
	struct base_buf b;
	int rc;

	base_buf_init(&b);
	add_about(&b, "CREATE DATABASE IF NOT EXISTS ", store_db_name(db),
	    " CHARACTER SET utf8");
	store_db_no_default(db, 1);
	store_db_expect_denial(db, 1);
	rc = store_sql_run(db, &b);
	/* An account that may not make databases may have one all the same. */
	if (rc == -1 && store_db_connected(db))
		rc = 0;
	store_db_expect_denial(db, 0);
	store_db_no_default(db, 0);
	base_buf_done(&b);
	return rc;
}

/*
 * Nothing is changed before it is known that the database is empty, holds this
 * very dump, or may be replaced.  The one exception is the database itself,
 * which is made when it is missing.
 */
int
dump_target_open(struct dump_target *t, const struct dump_manifest *m,
    struct store_db *db, int replace)
{
	struct look l = { .t = t };
	int64_t knows = 1;

	memset(t, 0, sizeof(*t));
	t->m = m;
	if (make_chunk_marks(t) == -1) {
		warn("restore");
		return EX_OSERR;
	}
	if (make_database(db) == -1 || dump_target_session(db) == -1 ||
	    look_at(&l, db) == -1 || store_db_get_i64(db, "SELECT COUNT(*) "
	    "FROM information_schema.character_sets WHERE "
	    "character_set_name = 'utf8mb3'", &knows, 1) == -1)
		return store_db_status(db);
	t->old_names = !knows;
	if (l.tables > 0 && !replace && strcmp(l.id, m->id) != 0) {
		warnx("%s: database %s has %zu tables: nothing was changed; "
		    "-f replaces those that the dump has", store_db_where(db),
		    store_db_name(db), l.tables);
		return EX_CANTCREAT;
	}
	if (strcmp(l.id, m->id) != 0 && drop_tables(t, db) == -1)
		return store_db_status(db);
	return make_ledger(t, db) == -1 || make_tables(t, db) == -1 ||
	    read_ledger(t, db) == -1 ? store_db_status(db) : EX_OK;
}

void
dump_target_done(struct dump_target *t)
{
	size_t i;

	for (i = 0; t->in != NULL && i < t->m->ntable; i++)
		free(t->in[i]);
	free(t->in);
	t->in = NULL;
}

/*
 * It belongs to the transaction of the rows.  The primary key refuses a second
 * note for the same chunk, so that a chunk is in once even when two run at a
 * time.
 */
int
dump_target_note(struct store_db *db, size_t table, size_t chunk)
{
	return store_db_execf(db, "INSERT INTO " LEDGER " VALUES (%zu, %zu, "
	    "NULL)", table, chunk);
}

/*
 * The memory of what is in is from the start of the run; here the server is
 * asked, since a commit whose answer was lost may have happened.
 */
int
dump_target_has(struct store_db *db, size_t table, size_t chunk)
{
	char sql[128];
	int64_t n;

	snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM " LEDGER
	    " WHERE table_nr = %zu AND chunk_nr = %zu", table, chunk);
	return store_db_get_i64(db, sql, &n, 0) == -1 ? -1 : n > 0;
}

/*
 * One statement makes all indexes, so that they are all there or none.
 *
 * Indexes that are there, be it one, are taken as all of them: they are made by
 * one ALTER TABLE, which is atomic.  A table that has kept its indexes from the
 * start has no statement for them.
 */
static int
add_indexes(const struct dump_target *t, struct store_db *db, size_t table)
{
	struct base_buf ask_b, create, keys;
	int64_t n = 0;
	int rc;

	assert(table < t->m->ntable);
	base_buf_init(&ask_b);
	base_buf_init(&create);
	base_buf_init(&keys);
	rc = split_create(t, table, &create, &keys);
	base_buf_str(&ask_b, "SELECT COUNT(DISTINCT index_name) FROM "
	    "information_schema.statistics WHERE table_schema = DATABASE() "
	    "AND index_name <> 'PRIMARY' AND table_name = ");
	store_sql_quote(&ask_b, t->m->table[table].name);
	if (rc == 0 && keys.len > 0 && base_buf_ok(&ask_b)) {
		rc = store_db_get_i64(db, ask_b.data, &n, 0);
		if (rc == 0 && n == 0)
			rc = store_sql_run(db, &keys);
	}
	base_buf_done(&ask_b);
	base_buf_done(&create);
	base_buf_done(&keys);
	return rc;
}

/*
 * Rows are counted by the server once more, when all indexes are there: this
 * finds what none of the checks of chunks can, rows that were in the table
 * before or that a trigger added.
 */
int
dump_target_finish(const struct dump_target *t, struct store_db *db,
    size_t table)
{
	const struct dump_manifest_table *mt = &t->m->table[table];
	struct base_buf b;
	int64_t n = -1;
	int rc;

	assert(table < t->m->ntable);
	if (add_indexes(t, db, table) == -1)
		return store_db_status(db);
	base_buf_init(&b);
	add_about(&b, "SELECT COUNT(*) FROM ", mt->name, "");
	rc = base_buf_ok(&b) ? store_db_get_i64(db, b.data, &n, -1) : -1;
	base_buf_done(&b);
	if (rc == -1)
		return store_db_status(db);
	if (n == mt->rows)
		return EX_OK;
	warnx("table %s: %lld rows are in, of %lld in the dump", mt->name,
	    (long long)n, (long long)mt->rows);
	return EX_DATAERR;
}

int
dump_target_end(struct store_db *db)
{
	return store_db_exec(db, "DROP TABLE " LEDGER);
}
