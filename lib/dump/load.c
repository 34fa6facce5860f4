/* SPDX-License-Identifier: ISC */
/*
 * A job is a chunk: a thread fetches it, sees whether it is what was stored,
 * and loads it in one transaction, together with a row of the ledger that says
 * so.  Rows come in the order of the primary key and, where that can be, into
 * a table that has no other index yet: so InnoDB appends them, and the thread
 * that has loaded the last chunk of a table makes its indexes by sorting.
 * Tables whose rows have no key are one job, since the order in which rows
 * come is the only one they have.
 *
 * The rows that say of which version a database is come last.  A database that
 * is half restored is therefore none that a program would work with.
 *
 * Servers that do not allow LOAD DATA LOCAL get statements with the same rows.
 */
#include <assert.h>
#include <err.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/parallel.h"
#include "dump/line.h"
#include "dump/load.h"
#include "dump/pack.h"
#include "dump/place.h"
#include "dump/target.h"
#include "io/progress.h"
#include "store/db.h"
#include "store/infile.h"
#include "store/retry.h"
#include "store/schema.h"
#include "store/sql.h"

#define CONNECT_S	10
#define STATEMENT_S	(7 * 86400)	/* to make an index */
/*
 * A statement is closed when it has this many bytes.  It is well below what
 * servers accept by default (max_allowed_packet: 4 MB of MySQL 5.7, 16 MB of
 * MariaDB), a single long row apart, and large enough that round trips do not
 * count.
 */
#define INSERT_BYTES	(512 << 10)

/* Chunks FIRST to LAST - 1 of a table, by one thread. */
struct job {
	size_t	table, first, last;
};

struct run {
	const struct dump_load	*l;
	struct dump_manifest	*m;
	struct dump_target	 target;
	struct job		*job;
	size_t			 njob;
	atomic_size_t		*left;		/* jobs of each table */
	struct worker		*worker;
	int			 by_insert;
	int			 last_tables;	/* which of both parts it is */
	struct io_progress	 progress;
	atomic_llong		 rows;
	atomic_int		 status;
};

/* What a thread has for itself, and the chunk that it is at. */
struct worker {
	struct run		*run;
	struct store_db		*db;
	struct object_store	*store;
	struct dump_pack	*pack;
	struct base_buf		 text, sql;
	size_t			 table, chunk;
	int			 status;
};

static int
is_load_stopped(const struct run *r)
{
	return r->l->stop != NULL && *r->l->stop;
}

/*
 * Append the columns.  A server that has a type for JSON takes no bytes for
 * it: they go through a variable that is made a text.
 *
 * Columns are named, though the order is that of the table: a table may have
 * generated columns in between, which are not in the rows and may not be set.
 */
static void
add_columns(struct base_buf *b, const struct dump_manifest_table *t,
    int by_insert)
{
	const char *set = " SET ";
	size_t i;

	base_buf_str(b, " (");
	for (i = 0; i < t->ncol; i++) {
		base_buf_str(b, i > 0 ? "," : "");
		if (!by_insert && strcmp(t->col[i].type, "json") == 0)
			base_buf_fmt(b, "@c%zu", i);
		else
			store_sql_name(b, t->col[i].name);
	}
	base_buf_chr(b, ')');
	for (i = 0; !by_insert && i < t->ncol; i++) {
		if (strcmp(t->col[i].type, "json") != 0)
			continue;
		base_buf_str(b, set);
		store_sql_name(b, t->col[i].name);
		base_buf_fmt(b, " = CONVERT(@c%zu USING utf8mb4)", i);
		set = ", ";
	}
}

/*
 * All rows of the chunk are there, and the server has changed none.
 *
 * The server turns what it dislikes into warnings, with LOAD DATA LOCAL even
 * what a strict mode makes errors of.  A value that was cut to fit a column
 * would be lost in silence, so that any warning fails the chunk.  Returns 0 or
 * -1, like the statements before it, so that the transaction is rolled back.
 */
static int
is_complete(struct worker *w, int64_t rows, unsigned warnings)
{
	const struct dump_manifest_table *t =
	    &w->run->m->table[w->table];

	assert(w->chunk < t->nchunk);
	if (rows == t->chunk[w->chunk].rows && warnings == 0)
		return 0;
	warnx("table %s: the server took %lld of %lld rows, with %u warnings",
	    t->name, (long long)rows, (long long)t->chunk[w->chunk].rows,
	    warnings);
	w->status = EX_DATAERR;
	return -1;
}

/*
 * The rows go to the server as they were stored, without being parsed by us:
 * their format is the server's default one, see dump/line.h.  CHARACTER SET
 * binary says that bytes are not to be converted, as they were not when they
 * were read.
 */
static int
load_file(struct worker *w, struct store_db *db)
{
	const struct dump_manifest_table *t = &w->run->m->table[w->table];

	base_buf_reset(&w->sql);
	base_buf_str(&w->sql, "LOAD DATA LOCAL INFILE 'chunk' INTO TABLE ");
	store_sql_name(&w->sql, t->name);
	base_buf_str(&w->sql, " CHARACTER SET binary");
	add_columns(&w->sql, t, 0);
	if (!base_buf_ok(&w->sql) || store_infile_run(db, w->sql.data,
	    w->text.data, w->text.len) == -1)
		return -1;
	return is_complete(w, (int64_t)store_db_affected(db),
	    store_db_warnings(db));
}

/*
 * Append the row at *P as values.  0, or -1: it is none.
 *
 * A row with fewer or more fields than the manifest has columns, or with half
 * an escape, can only come from a manifest that was made up, as the hash of the
 * rows has been checked.  It is found here, since the server would only say
 * that the statement is wrong.
 */
static int
add_values(struct worker *w, const char **p, const char *end)
{
	const struct dump_manifest_table *t = &w->run->m->table[w->table];
	const char *field;
	size_t i, len;
	int last = '\t', json;

	for (i = 0; i < t->ncol && last == '\t'; i++) {
		last = dump_line_field(p, end, &field, &len);
		json = strcmp(t->col[i].type, "json") == 0;
		base_buf_str(&w->sql, i == 0 ? "(" : ",");
		base_buf_str(&w->sql, json ? "CONVERT(" : "");
		if (dump_line_literal(&w->sql, field, len) == -1)
			return -1;
		base_buf_str(&w->sql, json ? " USING utf8mb4)" : "");
	}
	base_buf_chr(&w->sql, ')');
	return i == t->ncol && last == '\n' ? 0 : -1;
}

/*
 * The same by statements, as many as it takes.
 *
 * All statements of a chunk are in one transaction, so a chunk is in as a whole
 * in this way, too.
 */
static int
load_statements(struct worker *w, struct store_db *db)
{
	const struct dump_manifest_table *t = &w->run->m->table[w->table];
	const char *end = w->text.data + w->text.len, *p = w->text.data;
	int64_t rows = 0;
	unsigned warnings = 0;
	size_t start;

	while (p < end) {
		base_buf_reset(&w->sql);
		base_buf_str(&w->sql, "INSERT INTO ");
		store_sql_name(&w->sql, t->name);
		add_columns(&w->sql, t, 1);
		base_buf_str(&w->sql, " VALUES ");
		for (start = w->sql.len; p < end &&
		    w->sql.len < INSERT_BYTES;) {
			base_buf_str(&w->sql, w->sql.len > start ? "," : "");
			if (add_values(w, &p, end) == -1) {
				warnx("table %s: a row has other columns "
				    "than the table", t->name);
				w->status = EX_DATAERR;
				return -1;
			}
		}
		if (store_sql_run(db, &w->sql) == -1)
			return -1;
		rows += (int64_t)store_db_affected(db);
		warnings += store_db_warnings(db);
	}
	return is_complete(w, rows, warnings);
}

/*
 * The transaction.  It may be done over: after a connection that was lost
 * during the commit the ledger tells whether it had been done.
 *
 * The note is written before the rows.  Were two runs at work, the second would
 * wait for the first one's note, fail on its key, and find when it is done over
 * that the chunk is in; no row would be sent twice.
 */
static int
load_chunk(struct store_db *db, void *arg)
{
	struct worker *w = arg;
	int has;

	if (dump_target_session(db) == -1 ||
	    (has = dump_target_has(db, w->table, w->chunk)) == -1)
		return -1;
	if (has)
		return 0;
	if (dump_target_note(db, w->table, w->chunk) == -1)
		return -1;
	return w->run->by_insert ? load_statements(w, db) : load_file(w, db);
}

/*
 * Fetch and load one chunk.
 *
 * The status of the worker has what is wrong with the data, and that of the
 * connection what is wrong with the server.  The former is reported if there is
 * any, as the latter follows from it.  Rows are counted for the progress only
 * after the commit.
 */
static int
do_chunk(struct worker *w)
{
	struct run *r = w->run;
	const struct dump_manifest_chunk *c =
	    &r->m->table[w->table].chunk[w->chunk];
	int rc;

	if ((rc = dump_pack_get(w->pack, c, &w->text)) != EX_OK)
		return rc;
	w->status = EX_OK;
	if (store_retry(w->db, load_chunk, w) == -1)
		return w->status != EX_OK ? w->status :
		    store_db_retry(w->db) == STORE_ERROR_FATAL ?
		    store_db_status(w->db) : EX_TEMPFAIL;
	atomic_fetch_add(&r->rows, c->rows);
	return EX_OK;
}

/*
 * The thread's own connection and store.
 *
 * It is done by the thread that first needs it: with fewer jobs than threads
 * the others never connect, and accounts may have few connections.  Index
 * building may take hours on a large table, so the time that an answer may take
 * is that of a week.
 */
static int
open_loader(struct worker *w)
{
	const struct dump_load *l = w->run->l;

	if (w->pack != NULL)
		return EX_OK;
	if ((w->store = object_store_open(l->cf, l->place)) == NULL ||
	    (w->db = store_db_new(l->db_key, l->db_url,
	    STORE_DB_CAUSAL)) == NULL)
		return EX_CONFIG;
	store_db_timeouts(w->db, CONNECT_S, STATEMENT_S);
	store_db_allow_load(w->db);
	if (store_db_connect(w->db, 0) == -1)
		return store_db_status(w->db);
	w->pack = dump_pack_new(w->store, w->run->m->recipient, NULL,
	    l->secret);
	return w->pack != NULL ? EX_OK : EX_OSERR;
}

/*
 * Load chunks of one table and, if no other job of that table is left, finish
 * the table.  The counter falls only after the chunks are committed, so whoever
 * brings it to 0 knows that all rows are in, also those of other threads, and
 * makes the indexes once.  Chunks that an interrupted run has loaded are passed
 * over without being fetched, but a job without any chunk left still counts:
 * the run may have ended before the indexes were made.
 */
static int
run_job(struct worker *w, const struct job *j)
{
	struct run *r = w->run;
	size_t k;
	int rc;

	assert(j->first <= j->last &&
	    j->last <= r->m->table[j->table].nchunk);
	if (is_load_stopped(r))
		return EX_TEMPFAIL;
	if ((rc = open_loader(w)) != EX_OK)
		return rc;
	w->table = j->table;
	for (k = j->first; k < j->last; k++) {
		if (r->target.in[j->table][k])
			continue;
		w->chunk = k;
		if ((rc = do_chunk(w)) != EX_OK)
			return rc;
		if (is_load_stopped(r))
			return EX_TEMPFAIL;
	}
	if (atomic_fetch_sub(&r->left[j->table], 1) > 1)
		return EX_OK;
	return dump_target_finish(&r->target, w->db, j->table);
}

/*
 * The first failure is what the program exits with: those of the other threads
 * are mostly consequences of it.  A thread that fails has no further job begun;
 * jobs that are at work end their chunk.
 */
static int
do_load_job(void *arg, unsigned thread, size_t job)
{
	struct run *r = arg;
	struct worker *w = &r->worker[thread];
	int none = EX_OK, rc;

	assert(thread < r->l->threads && job < r->njob);
	w->run = r;
	if ((rc = run_job(w, &r->job[job])) != EX_OK) {
		atomic_compare_exchange_strong(&r->status, &none, rc);
		return -1;
	}
	if (thread == 0)	/* one of them draws */
		io_progress_show(&r->progress,
		    (uint64_t)atomic_load(&r->rows), r->m->rows == 0 ? 1 :
		    (double)atomic_load(&r->rows) / (double)r->m->rows);
	return 0;
}

/*
 * Does the table say of which version the database is?
 *
 * Programs refuse a database without these rows, so that none works with half a
 * restore.
 */
static int
is_last(const char *name)
{
	return strcmp(name, "loc_version") == 0 ||
	    strcmp(name, "alembic_version") == 0;
}

/*
 * The jobs for the tables of the part that it is.
 *
 * A table without a key is one job, however many chunks it has, and a table
 * without chunks is one job with nothing to load, as it has to be finished,
 * too.  Room is for one job for each chunk and one for each table, which is
 * never too little.
 */
static void
plan_load_jobs(struct run *r)
{
	const struct dump_manifest_table *t;
	size_t i, k, n;

	r->njob = 0;
	for (i = 0; i < r->m->ntable; i++) {
		t = &r->m->table[i];
		if (is_last(t->name) != r->last_tables)
			continue;
		n = t->has_key && t->nchunk > 0 ? t->nchunk : 1;
		atomic_store(&r->left[i], n);
		for (k = 0; k < n; k++) {
			r->job[r->njob].table = i;
			r->job[r->njob].first = k;
			r->job[r->njob++].last = n == 1 ? t->nchunk : k + 1;
		}
	}
	assert(r->njob <= r->m->nchunk + r->m->ntable);
}

/*
 * Two rounds, with all threads done in between: this is what makes the tables
 * with the versions the last.  The first round's failure leaves them out.
 */
static int
load_tables(struct run *r)
{
	int rc = EX_OK;

	for (r->last_tables = 0; rc == EX_OK && r->last_tables < 2;
	    r->last_tables++) {
		plan_load_jobs(r);
		if (base_parallel_run(r->l->threads, r->njob, do_load_job, r) ==
		    -1 && (rc = atomic_load(&r->status)) == EX_OK)
			rc = EX_OSERR;
	}
	if (is_load_stopped(r))
		warnx("stopped: run it again to go on");
	return rc;
}

/* Memory for the jobs and the threads. */
static int
make_load_room(struct run *r)
{
	r->job = calloc(r->m->nchunk + r->m->ntable + 1, sizeof(*r->job));
	r->left = calloc(r->m->ntable + 1, sizeof(*r->left));
	r->worker = calloc(r->l->threads, sizeof(*r->worker));
	if (r->job != NULL && r->left != NULL && r->worker != NULL)
		return EX_OK;
	warn("restore");
	return EX_OSERR;
}

/*
 * Also after a run that failed before there were workers.  What was loaded
 * stays in the database, as does the ledger, so that the next run goes on.
 */
static void
end_run(struct run *r)
{
	struct worker *w;
	unsigned i;

	for (i = 0; r->worker != NULL && i < r->l->threads; i++) {
		w = &r->worker[i];
		dump_pack_free(w->pack);
		object_store_end(w->store);
		store_db_free(w->db);
		base_buf_done(&w->text);
		base_buf_done(&w->sql);
	}
	free(r->worker);
	free(r->left);
	free(r->job);
	dump_target_done(&r->target);
}

/*
 * The manifest of the dump that was asked for.
 *
 * The list of the place is read also when a dump is named: it costs little, and
 * a place that cannot be listed is a better message than a dump that is
 * missing.
 */
static int
read_asked_manifest(const struct dump_load *l, struct dump_manifest *m)
{
	struct object_store *s;
	struct dump_place p;
	const char *id = l->id;
	int rc;

	if ((s = object_store_open(l->cf, l->place)) == NULL)
		return EX_CONFIG;
	if ((rc = dump_place_read(&p, s)) == EX_OK) {
		if (id == NULL && p.nid > 0)
			id = p.id[p.nid - 1];
		if (id == NULL) {
			warnx("%s: there is no dump", object_store_name(s));
			rc = EX_NOINPUT;
		} else {
			dump_manifest_done(m);
			rc = dump_place_manifest(s, id, m);
		}
		dump_place_done(&p);
	}
	object_store_end(s);
	return rc;
}

/*
 * What is done with the target while nobody else changes its schema.
 *
 * Whether the server allows files of the client is asked once, before threads
 * begin, instead of falling back after the first refusal.  The ledger goes last
 * of all: until then the database is known to be half restored.
 */
static int
load_locked(struct run *r, struct store_db *db)
{
	int64_t allowed = 0;
	int rc;

	rc = dump_target_open(&r->target, r->m, db, r->l->replace);
	if (rc != EX_OK || (rc = make_load_room(r)) != EX_OK)
		return rc;
	if (store_db_get_i64(db, "SELECT @@GLOBAL.local_infile", &allowed,
	    0) == -1)
		return store_db_status(db);
	r->by_insert = !allowed;
	io_progress_init(&r->progress, "rows", r->l->quiet);
	rc = load_tables(r);
	io_progress_done(&r->progress);
	if (rc == EX_OK && dump_target_end(db) == -1)
		rc = store_db_status(db);
	return rc;
}

/*
 * That the dump is encrypted is seen before anything in the database is
 * changed.  The lock of schemas has a connection of its own, which does nothing
 * else, as its end would release the lock; whoever changes the schema takes the
 * same one.
 */
int
dump_load_run(const struct dump_load *l, struct dump_manifest *m,
    struct dump_load_result *result)
{
	struct run r = { .l = l, .m = m };
	struct store_db *db = NULL, *lock = NULL;
	int rc;

	assert(l->threads >= 1 && l->threads <= DUMP_LOAD_THREADS_MAX);
	memset(result, 0, sizeof(*result));
	dump_manifest_init(m);
	if ((rc = read_asked_manifest(l, m)) != EX_OK)
		return rc;
	if (*m->recipient != '\0' && l->secret == NULL) {
		warnx("%s: dump %s is encrypted: -i names the file with the "
		    "secret key", l->place, m->id);
		return EX_NOPERM;
	}
	rc = EX_CONFIG;
	if ((db = store_db_new(l->db_key, l->db_url,
	    STORE_DB_CAUSAL)) == NULL ||
	    (lock = store_db_new(l->db_key, l->db_url,
	    STORE_DB_CAUSAL)) == NULL)
		goto out;
	store_db_timeouts(db, CONNECT_S, STATEMENT_S);
	rc = store_schema_lock(lock) == -1 ? EX_UNAVAILABLE :
	    load_locked(&r, db);
out:
	result->chunks_before = r.target.nin;
	result->by_insert = r.by_insert;
	end_run(&r);
	store_db_free(db);
	store_db_free(lock);
	return rc;
}
