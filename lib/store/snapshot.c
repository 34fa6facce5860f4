/* SPDX-License-Identifier: ISC */
/*
 * A transaction of REPEATABLE READ sees what was committed when it began to
 * look.  For several to see the same, nothing may be committed between the
 * first and the last, so that writers have to wait for some milliseconds.  How
 * that can be had depends on the server and the account; the ways are tried
 * from the gentlest on:
 *
 * BACKUP STAGE BLOCK_COMMIT, of MariaDB 10.4 and later, holds up commits and
 * nothing else.  FLUSH TABLES WITH READ LOCK waits for statements that run, and
 * others wait meanwhile; so it is given up after ten seconds.  Both need the
 * privilege RELOAD.  LOCK TABLES needs a right on the database alone, but waits
 * for transactions that have written to the tables.  Hosted servers may grant
 * none of them: then one connection has the snapshot for itself.
 *
 * The locks are held by a connection of their own, which ends when all others
 * look: so nothing is locked any longer, whatever happens to the program.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <mysqld_error.h>

#include "base/buf.h"
#include "base/num.h"
#include "store/db.h"
#include "store/snapshot.h"
#include "store/sql.h"

#define CONNECT_S	10
#define ANSWER_S	86400
#define LOCK_S		10

struct store_snapshot {
	struct store_db		*db[STORE_SNAPSHOT_MAX];
	unsigned		 n;
	enum store_snapshot_how	 how;
	int64_t			 time_s;
	char			 file[512];
	int64_t			 position;
	char			 gtid[512];
};

/*
 * A session that reads for hours: the server must not end it while what was
 * read is being stored, nor convert what it sends.
 */
static int
begin_session(struct store_db *db)
{
	return store_db_exec(db, "SET NAMES utf8mb4") == -1 ||
	    store_db_exec(db, "SET character_set_results = NULL, "
	    "wait_timeout = 86400, net_write_timeout = 3600 "
	    "/*M!100300 , idle_transaction_timeout = 0 */"
	    "/*M!100101 , max_statement_time = 0 */") == -1 ||
	    store_db_exec(db, "SET SESSION TRANSACTION ISOLATION LEVEL "
	    "REPEATABLE READ") == -1 ? -1 : 0;
}

/* A connection that has its session, but does not look yet; or NULL. */
static struct store_db *
open_snapshot_db(const char *key, const char *url, int *status)
{
	struct store_db *db = store_db_new(key, url, STORE_DB_STALE);

	*status = EX_CONFIG;
	if (db == NULL)
		return NULL;
	store_db_timeouts(db, CONNECT_S, ANSWER_S);
	if (store_db_connect(db, 0) == 0 && begin_session(db) == 0)
		return db;
	*status = store_db_status(db);
	store_db_free(db);
	return NULL;
}

/* The server warns if the snapshot is none. */
static int
begin_snapshot_look(struct store_db *db)
{
	if (store_db_exec(db,
	    "START TRANSACTION WITH CONSISTENT SNAPSHOT") == -1)
		return -1;
	if (store_db_warnings(db) == 0)
		return 0;
	warnx("%s: the server takes no consistent snapshot",
	    store_db_where(db));
	return -1;
}

/* Append a name to the list of tables. */
static int
add_table(void *arg, char **field, const unsigned long *flen)
{
	struct base_buf *b = arg;

	(void)flen;
	base_buf_str(b, b->len == 0 ? "LOCK TABLES " : ", ");
	store_sql_name(b, field[0]);
	base_buf_str(b, " READ");
	return 0;
}

static int
lock_tables(struct store_db *lock)
{
	static const char sql[] = "SELECT table_name FROM "
	    "information_schema.tables WHERE table_schema = DATABASE() AND "
	    "table_type = 'BASE TABLE'";
	struct base_buf b;
	int rc = -1;

	base_buf_init(&b);
	if (store_db_query(lock, sql, sizeof(sql) - 1, add_table, &b) == 0 &&
	    b.len > 0)
		rc = store_sql_run(lock, &b);
	base_buf_done(&b);
	return rc;
}

static int
is_mariadb(const struct store_db *db)
{
	return strstr(store_db_server(db), "MariaDB") != NULL;
}

/*
 * Keep writers out, by the first way that there is.  A connection on which one
 * way has failed half is ended before the next is tried.
 */
static enum store_snapshot_how
keep_out(struct store_db *lock)
{
	enum store_snapshot_how how = STORE_SNAPSHOT_ALONE;
	char sql[64];

	snprintf(sql, sizeof(sql), "SET lock_wait_timeout = %d", LOCK_S);
	store_db_expect_denial(lock, 1);
	store_db_expect(lock, ER_PARSE_ERROR);
	if (store_db_connect(lock, 0) == -1)
		return how;
	if (is_mariadb(lock) && store_db_exec(lock, sql) == 0 &&
	    store_db_exec(lock, "BACKUP STAGE START") == 0 &&
	    store_db_exec(lock, "BACKUP STAGE BLOCK_COMMIT") == 0)
		return STORE_SNAPSHOT_STAGE;
	store_db_disconnect(lock);
	if (store_db_exec(lock, sql) == 0 &&
	    store_db_exec(lock, "FLUSH TABLES WITH READ LOCK") == 0)
		return STORE_SNAPSHOT_GLOBAL;
	store_db_disconnect(lock);
	if (store_db_exec(lock, sql) == 0 && lock_tables(lock) == 0)
		return STORE_SNAPSHOT_TABLES;
	store_db_disconnect(lock);
	return how;
}

/* Binlog_snapshot_file and Binlog_snapshot_position of MariaDB. */
static int
on_status(void *arg, char **field, const unsigned long *flen)
{
	struct store_snapshot *s = arg;

	if (field[0] == NULL || field[1] == NULL)
		return 0;
	if (strcasecmp(field[0], "binlog_snapshot_file") == 0)
		strlcpy(s->file, field[1], sizeof(s->file));
	else if (strcasecmp(field[0], "binlog_snapshot_position") == 0)
		base_num_i64(field[1], flen[1], &s->position);
	return 0;
}

static int
on_master_status(void *arg, char **field, const unsigned long *flen)
{
	struct store_snapshot *s = arg;

	if (field[0] != NULL && field[1] != NULL) {
		strlcpy(s->file, field[0], sizeof(s->file));
		base_num_i64(field[1], flen[1], &s->position);
	}
	return 0;
}

static int
on_gtid(void *arg, char **field, const unsigned long *flen)
{
	struct store_snapshot *s = arg;

	(void)flen;
	if (field[0] != NULL)
		strlcpy(s->gtid, field[0], sizeof(s->gtid));
	return 0;
}

/* Ask DB for what need not be there. */
static int
ask_snapshot(struct store_db *db, const char *sql, int (*row)(void *, char **,
    const unsigned long *), struct store_snapshot *s)
{
	return store_db_query(db, sql, strlen(sql), row, s);
}

/*
 * MariaDB tells each transaction where in the log its snapshot is.  MySQL
 * tells only where the log ends now, which is the same as long as commits are
 * held up.  What cannot be had is left out: the dump is as good without it.
 */
static void
find_position(struct store_snapshot *s)
{
	struct store_db *db = s->db[0];
	struct base_buf b;

	store_db_expect_denial(db, 1);
	if (is_mariadb(db)) {
		ask_snapshot(db, "SHOW STATUS LIKE 'binlog_snapshot_%'",
		    on_status, s);
		base_buf_init(&b);
		base_buf_str(&b, "SELECT BINLOG_GTID_POS(");
		store_sql_quote(&b, s->file);
		base_buf_fmt(&b, ", %lld)", (long long)s->position);
		if (s->file[0] != '\0' && base_buf_ok(&b))
			ask_snapshot(db, b.data, on_gtid, s);
		base_buf_done(&b);
	} else if (s->how != STORE_SNAPSHOT_ALONE) {
		store_db_expect(db, ER_UNKNOWN_SYSTEM_VARIABLE);
		ask_snapshot(db, "SHOW MASTER STATUS", on_master_status, s);
		ask_snapshot(db, "SELECT @@GLOBAL.gtid_executed", on_gtid, s);
		store_db_expect(db, 0);
	}
	store_db_expect_denial(db, 0);
}

/*
 * All connections are there, and their sessions set, before anybody has to
 * wait: what happens under the lock is a statement for each.
 */
static int
look_at_once(struct store_snapshot *s, struct store_db *lock)
{
	unsigned i;

	s->how = STORE_SNAPSHOT_ALONE;
	if (lock != NULL)
		s->how = keep_out(lock);
	for (i = 0; i < s->n; i++) {
		if (i > 0 && s->how == STORE_SNAPSHOT_ALONE) {
			store_db_free(s->db[i]);
			s->db[i] = NULL;
		} else if (begin_snapshot_look(s->db[i]) == -1)
			return -1;
	}
	if (s->how == STORE_SNAPSHOT_ALONE)
		s->n = 1;
	find_position(s);
	return store_db_now(s->db[0], &s->time_s);
}

struct store_snapshot *
store_snapshot_open(const char *key, const char *url, unsigned n, int *status)
{
	struct store_snapshot *s;
	struct store_db *lock = NULL;
	int rc = -1;

	assert(n >= 1 && n <= STORE_SNAPSHOT_MAX);
	*status = EX_OSERR;
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		warn("database");
		return NULL;
	}
	for (; s->n < n; s->n++)
		if ((s->db[s->n] = open_snapshot_db(key, url, status)) == NULL)
			goto out;
	if (n > 1 && (lock = store_db_new(key, url, STORE_DB_STALE)) == NULL)
		goto out;
	rc = look_at_once(s, lock);
	*status = EX_UNAVAILABLE;
out:
	store_db_free(lock);
	if (rc == -1) {
		store_snapshot_end(s);
		s = NULL;
	}
	return s;
}

/* The connections' transactions have written nothing. */
void
store_snapshot_end(struct store_snapshot *s)
{
	unsigned i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++)
		store_db_free(s->db[i]);
	free(s);
}

unsigned
store_snapshot_count(const struct store_snapshot *s)
{
	return s->n;
}

struct store_db *
store_snapshot_db(struct store_snapshot *s, unsigned i)
{
	assert(i < s->n);
	return s->db[i];
}

enum store_snapshot_how
store_snapshot_how(const struct store_snapshot *s)
{
	return s->how;
}

const char *
store_snapshot_how_text(enum store_snapshot_how how)
{
	static const char *const text[] = {
		[STORE_SNAPSHOT_STAGE] = "backup stage",
		[STORE_SNAPSHOT_GLOBAL] = "global read lock",
		[STORE_SNAPSHOT_TABLES] = "table locks",
		[STORE_SNAPSHOT_ALONE] = "one connection"
	};

	return text[how];
}

int64_t
store_snapshot_time(const struct store_snapshot *s)
{
	return s->time_s;
}

const char *
store_snapshot_file(const struct store_snapshot *s)
{
	return s->file;
}

int64_t
store_snapshot_position(const struct store_snapshot *s)
{
	return s->position;
}

const char *
store_snapshot_gtid(const struct store_snapshot *s)
{
	return s->gtid;
}
