/* SPDX-License-Identifier: ISC */
/*
 * A file may be anything: tables may be views that never end, pages may lead
 * in circles, values be of any type and size.  So only real tables are read,
 * schemas are not trusted, a value may have 16 MiB, and the number of steps
 * of SQLite's machine is bounded by the size of the file: every row that is
 * read takes some bytes of it, so who needs more steps than that goes in
 * circles.
 *
 * Files are taken as they lie there.  A journal beside one, of a program that
 * runs or died, is not looked at, but for a write-ahead log, in which phones
 * keep most of what they have; where that cannot be read the file must do
 * without.
 */
#include <sys/stat.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/buf.h"
#include "convert/csv.h"
#include "convert/db.h"
#include "convert/sink.h"

#define VALUE_MAX	(16 * 1024 * 1024)	/* bytes */
#define STEPS		10000		/* between two looks */
#define STEPS_FREE	100000000	/* for a file of any size */
#define STEPS_BYTE	200		/* for each byte of the file */
#define CACHE_KB	"-8192"		/* negative: in KiB, not pages */

struct convert_db {
	sqlite3			*db;
	struct convert_sink	*sink;
	const atomic_int	*stop;		/* or NULL */
	int64_t			 steps;		/* that are left */
};

struct convert_db_rows {
	struct convert_db	*d;		/* outlives them */
	sqlite3_stmt		*st;
	char			 table[64];	/* for messages */
	const char *const	*columns;	/* borrowed */
	int64_t			 row;		/* its number */
	int			 ended;		/* until a key is set */
};

/*
 * SQLite asks after every STEPS of its machine; an answer but 0 ends what it
 * does, with an error.  This is the only place where a statement that finds
 * nothing, and so never comes back to us, can be ended by a signal or by the
 * bound on work.
 */
static int
on_sqlite_steps(void *arg)
{
	struct convert_db *d = arg;

	d->steps -= STEPS;
	return d->steps < 0 || (d->stop != NULL && *d->stop);
}

/*
 * Tell what SQLite says is wrong.  After a signal it is we who ended it, and
 * the user knows.  When the steps are used up SQLite says no more than
 * "interrupted", which would send its reader looking for a signal.
 */
static void
tell_db_error(struct convert_db *d)
{
	if (d->stop != NULL && *d->stop)
		return;
	d->sink->bad++;
	convert_sink_warn(d->sink, 0, "the database is damaged: %s",
	    d->steps < 0 ? "its pages go round in circles" :
	    sqlite3_errmsg(d->db));
}

/*
 * Append PATH as a URI that SQLite takes.  A question mark in the name of a
 * file would otherwise begin its parameters.  IMMUTABLE means that neither
 * locks nor journals are looked at.
 */
static void
add_uri(struct base_buf *b, const char *path, int immutable)
{
	base_buf_str(b, "file:");
	for (; *path != '\0'; path++)
		if (strchr("?#%", *path) != NULL)
			base_buf_fmt(b, "%%%02x", (unsigned char)*path);
		else
			base_buf_chr(b, *path);
	base_buf_str(b, immutable ? "?immutable=1" : "?mode=ro");
}

/*
 * Returns 1, or 0 if it cannot be opened and read like that.  Opening alone
 * reads nothing, so a statement has to show that there is a database.  The
 * schema is a stranger's: functions with side effects do not run from it, and
 * pages are checked before they are used.  Another program may hold its lock
 * for a while, as recordings are also taken from apps that run.
 *
 * After 0 D may have a database all the same, which is to be closed.
 */
static int
try_open(struct convert_db *d, const char *path, int immutable)
{
	struct base_buf uri;
	int rc;

	base_buf_init(&uri);
	add_uri(&uri, path, immutable);
	rc = base_buf_ok(&uri) ? sqlite3_open_v2(uri.data, &d->db,
	    SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_PRIVATECACHE,
	    NULL) : SQLITE_NOMEM;
	base_buf_done(&uri);
	if (rc != SQLITE_OK)
		return 0;
	sqlite3_db_config(d->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(d->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_limit(d->db, SQLITE_LIMIT_LENGTH, VALUE_MAX);
	sqlite3_busy_timeout(d->db, 2000);
	sqlite3_progress_handler(d->db, STEPS, on_sqlite_steps, d);
	return sqlite3_exec(d->db, "PRAGMA cell_size_check = ON; "
	    "PRAGMA cache_size = " CACHE_KB "; PRAGMA schema_version",
	    NULL, NULL, NULL) == SQLITE_OK;
}

/*
 * Is there a write-ahead log with anything in it?  If not, the file is opened
 * as one that nobody changes, which works on a medium that cannot be written
 * to, too.
 */
static int
has_log(const char *path)
{
	struct stat st;
	char *log;
	int has;

	if (asprintf(&log, "%s-wal", path) == -1)
		return 0;
	has = stat(log, &st) == 0 && st.st_size > 0;
	free(log);
	return has;
}

/*
 * SQLite reads a log only if it finds or can make the file of shared memory
 * beside it.  A directory that cannot be written to is no reason to give up,
 * as the database without its log holds all but the latest rows.  The bound on
 * steps grows with the file, so that a large one which is in order never meets
 * it.
 */
struct convert_db *
convert_db_open(struct convert_sink *s, const char *path,
    const atomic_int *stop)
{
	struct convert_db *d;
	struct stat st;

	if ((d = calloc(1, sizeof(*d))) == NULL) {
		s->nomem = 1;
		return NULL;
	}
	d->sink = s;
	d->stop = stop;
	d->steps = STEPS_FREE;
	if (stat(path, &st) == 0)
		d->steps += STEPS_BYTE * (int64_t)st.st_size;
	if (has_log(path)) {
		if (try_open(d, path, 0))
			return d;
		convert_sink_warn(s, 0, "its write-ahead log cannot be read");
		sqlite3_close(d->db);
		d->db = NULL;
	}
	if (try_open(d, path, 1))
		return d;
	tell_db_error(d);
	convert_db_end(d);
	return NULL;
}

void
convert_db_end(struct convert_db *d)
{
	if (d == NULL)
		return;
	sqlite3_close(d->db);
	free(d);
}

struct convert_sink *
convert_db_sink(const struct convert_db *d)
{
	return d->sink;
}

/*
 * The first number that QUERY gives for NAME, and MORE unless it is NULL, or
 * 0.  A schema that cannot be read has no tables as far as anybody here is
 * concerned; whoever selects from them then tells the damage.
 */
static int
ask_schema(struct convert_db *d, const char *query, const char *name,
    const char *more)
{
	sqlite3_stmt *st = NULL;
	int v = 0;

	if (sqlite3_prepare_v2(d->db, query, -1, &st, NULL) == SQLITE_OK) {
		sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
		if (more != NULL)
			sqlite3_bind_text(st, 2, more, -1, SQLITE_STATIC);
		if (sqlite3_step(st) == SQLITE_ROW)
			v = sqlite3_column_int(st, 0);
	}
	sqlite3_finalize(st);
	return v;
}

/*
 * Views have another type, and virtual tables no page.  Neither is read: a
 * view may compute rows without end, and a virtual table is code.
 */
int
convert_db_has(struct convert_db *d, const char *table, const char *column)
{
	if (!ask_schema(d, "SELECT rootpage > 0 FROM sqlite_master WHERE "
	    "type = 'table' AND name = ?1 COLLATE NOCASE", table, NULL))
		return 0;
	return column == NULL || ask_schema(d, "SELECT count(*) FROM "
	    "pragma_table_info(?1) WHERE name = ?2 COLLATE NOCASE", table,
	    column) > 0;
}

/*
 * Names are ours, never the file's, so none can be SQL.  A column that this
 * version of an app has not yet, or no longer, becomes NULL, which all readers
 * take for "not told": so one list of columns does for all versions.
 */
struct convert_db_rows *
convert_db_select(struct convert_db *d, const char *table,
    const char *const *columns, int n, const char *where)
{
	struct convert_db_rows *r;
	struct base_buf sql;
	int i;

	assert(n > 0 && n <= CONVERT_DB_COLUMNS);
	if ((r = calloc(1, sizeof(*r))) == NULL) {
		d->sink->nomem = 1;
		return NULL;
	}
	r->d = d;
	r->columns = columns;
	strlcpy(r->table, table, sizeof(r->table));
	base_buf_init(&sql);
	base_buf_str(&sql, "SELECT rowid");
	for (i = 0; i < n; i++)
		if (convert_db_has(d, table, columns[i]))
			base_buf_fmt(&sql, ", \"%s\"", columns[i]);
		else
			base_buf_str(&sql, ", NULL");
	base_buf_fmt(&sql, " FROM \"%s\" %s", table,
	    where == NULL ? "" : where);
	if (!base_buf_ok(&sql))
		d->sink->nomem = 1;
	else if (sqlite3_prepare_v2(d->db, sql.data, -1, &r->st, NULL) !=
	    SQLITE_OK)
		tell_db_error(d);
	base_buf_done(&sql);
	if (r->st != NULL)
		return r;
	free(r);
	return NULL;
}

void
convert_db_rows_end(struct convert_db_rows *r)
{
	if (r == NULL)
		return;
	sqlite3_finalize(r->st);
	free(r);
}

/*
 * A statement is prepared once and run for thousands of keys, which is what
 * makes it cheap to look up every network by itself.
 */
void
convert_db_rows_key(struct convert_db_rows *r, int at, int64_t v)
{
	sqlite3_reset(r->st);
	sqlite3_bind_int64(r->st, at, v);
	r->ended = 0;
}

/*
 * The text is copied, because it is mostly a column of another row, and that
 * goes with the next step.
 */
void
convert_db_rows_name(struct convert_db_rows *r, int at, const char *text,
    size_t len)
{
	sqlite3_reset(r->st);
	sqlite3_bind_text(r->st, at, text, (int)len, SQLITE_TRANSIENT);
	r->ended = 0;
}

/*
 * Once it has ended it stays so: SQLite would begin again at the first row.
 * Damage ends the rows of one table; what others have may still be good, so
 * nobody gives up the file.
 */
int
convert_db_next(struct convert_db_rows *r)
{
	int rc;

	assert(r->st != NULL);
	if (r->ended)
		return 0;
	rc = sqlite3_step(r->st);
	if (rc == SQLITE_ROW) {
		r->row = sqlite3_column_int64(r->st, 0);
		convert_db_at(r);
		return 1;
	}
	r->ended = 1;
	if (rc == SQLITE_NOMEM)
		r->d->sink->nomem = 1;
	else if (rc != SQLITE_DONE)
		tell_db_error(r->d);
	return 0;
}

void
convert_db_at(struct convert_db_rows *r)
{
	r->d->sink->line = (uint64_t)r->row;
}

/*
 * The field goes by table and column, as a database has no lines to look at.
 */
int
convert_db_bad(struct convert_db_rows *r, int i, const char *expected)
{
	char name[128];

	snprintf(name, sizeof(name), "%s.%s", r->table, r->columns[i]);
	convert_sink_bad(r->d->sink, name, expected);
	return 0;
}

/*
 * Column I as a field of text.  A column of SQLite may hold any type, whatever
 * it was declared to be, and apps put numbers into text.
 */
static struct convert_csv_field
field_of(struct convert_db_rows *r, int i)
{
	struct convert_csv_field f;

	f.text = convert_db_text(r, i, &f.len);
	return f;
}

/*
 * A real is cut to a whole number, as some apps have only that type.  One that
 * 64 bits cannot hold leaves *V: the conversion would be undefined.
 */
int
convert_db_i64(struct convert_db_rows *r, int i, int64_t *v)
{
	struct convert_csv_field f;
	long long whole;
	double n;

	switch (sqlite3_column_type(r->st, i + 1)) {
	case SQLITE_NULL:
		return 1;
	case SQLITE_INTEGER:
		*v = sqlite3_column_int64(r->st, i + 1);
		return 1;
	case SQLITE_FLOAT:
		n = sqlite3_column_double(r->st, i + 1);
		if (n > -1e18 && n < 1e18)
			*v = (int64_t)n;
		return 1;
	}
	f = field_of(r, i);
	switch (convert_csv_i64(&f, &whole)) {
	case 0:
		return convert_db_bad(r, i, "a whole number");
	case 1:
		*v = whole;
	}
	return 1;
}

int
convert_db_f64(struct convert_db_rows *r, int i, double *v)
{
	struct convert_csv_field f;

	switch (sqlite3_column_type(r->st, i + 1)) {
	case SQLITE_NULL:
		return 1;
	case SQLITE_INTEGER:
	case SQLITE_FLOAT:
		*v = sqlite3_column_double(r->st, i + 1);
		return 1;
	}
	f = field_of(r, i);
	return convert_csv_f64(&f, v) != 0 ? 1 :
	    convert_db_bad(r, i, "a number");
}

int64_t
convert_db_key(struct convert_db_rows *r, int i)
{
	return sqlite3_column_int64(r->st, i + 1);
}

/*
 * What has no bytes may come as NULL or not, and is no text either way.  The
 * length is asked for after the text, as the conversion may change it.
 */
const char *
convert_db_text(struct convert_db_rows *r, int i, size_t *len)
{
	const void *text = sqlite3_column_text(r->st, i + 1);

	*len = (size_t)sqlite3_column_bytes(r->st, i + 1);
	return text == NULL || *len == 0 ? (*len = 0, "") : text;
}
