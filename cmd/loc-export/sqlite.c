/* SPDX-License-Identifier: ISC */
/*
 * Cells as a database of SQLite: one table, and an index of the positions.  It
 * is made in a temporary file, as SQLite writes to and fro in it, and goes to
 * the output when it is complete.  The file loses its name at once, so that
 * nothing is left behind whatever happens; it needs no journal, either.
 */
#include <assert.h>
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "export.h"

#define SCHEMA \
	"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; " \
	"PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = FILE; " \
	"CREATE TABLE cell (radio TEXT NOT NULL, mcc INTEGER NOT NULL, " \
	"mnc INTEGER NOT NULL, lac INTEGER NOT NULL, cid INTEGER NOT NULL, " \
	"psc INTEGER, lat REAL NOT NULL, lon REAL NOT NULL, radius INTEGER, " \
	"samples INTEGER, created INTEGER, updated INTEGER, " \
	"PRIMARY KEY (radio, mcc, mnc, lac, cid)) WITHOUT ROWID; BEGIN"
#define INSERT	"INSERT INTO cell VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"
#define FINISH	"COMMIT; CREATE INDEX cell_position ON cell (lat, lon)"
#define PIECE	4096

/*
 * The database, its one statement, and the file that it has lost the name of.
 */
struct sqlite {
	sqlite3		*db;
	sqlite3_stmt	*insert;
	int		 fd;
};

/*
 * SQLite leaves no object to ask for the error only when it had no memory for
 * that object.
 */
static int
tell_sqlite(const struct sqlite *s)
{
	warnx("SQLite: %s", s->db == NULL ? "out of memory" :
	    sqlite3_errmsg(s->db));
	return -1;
}

/*
 * Make the table; from then on SQLite has the file open.  One transaction has
 * all rows, as one for each would write the same pages over and over; a journal
 * would be of no use, since nobody gets to see the file if this does not come
 * to its end.
 */
static int
begin_sqlite(struct sqlite *s, const char *path)
{
	return sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE, NULL) ==
	    SQLITE_OK && sqlite3_exec(s->db, SCHEMA, NULL, NULL, NULL) ==
	    SQLITE_OK && sqlite3_prepare_v2(s->db, INSERT, -1, &s->insert,
	    NULL) == SQLITE_OK ? 0 : tell_sqlite(s);
}

/*
 * The file loses its name when SQLite has opened it by that name, which it can
 * do in no other way; after a failure, too.  What the caller has then is a
 * state that done_sqlite() takes.
 */
static int
head_sqlite(void **state, struct export_out *o)
{
	struct sqlite *s = calloc(1, sizeof(*s));
	char path[PATH_MAX];
	int rc;

	(void)o;
	if ((*state = s) == NULL) {
		warn(NULL);
		return -1;
	}
	if ((s->fd = export_out_mktemp(path)) == -1)
		return -1;
	rc = begin_sqlite(s, path);
	unlink(path);
	return rc;
}

/* NULL stays NULL: a zero would be a value that nobody measured. */
static void
bind_number(sqlite3_stmt *stmt, int at, int64_t v)
{
	if (v == STATION_ROW_NULL)
		sqlite3_bind_null(stmt, at);
	else
		sqlite3_bind_int64(stmt, at, v);
}

/*
 * The statement is reset at once, as SQLite binds nothing to one that has run
 * and was not reset.  Texts of radios are constants, so that it need not copy
 * them.
 */
static int
row_sqlite(void *state, struct export_out *o, const struct station_row *r)
{
	struct sqlite *s = state;
	struct radio_cell c;

	(void)o;
	assert(s->db != NULL && s->insert != NULL);
	radio_cell_from_key(&c, r->key);
	sqlite3_bind_text(s->insert, 1, radio_cell_type_name(
	    (enum radio_cell_type)c.type), -1, SQLITE_STATIC);
	bind_number(s->insert, 2, c.mcc);
	bind_number(s->insert, 3, c.mnc);
	bind_number(s->insert, 4, c.lac);
	bind_number(s->insert, 5, c.cid);
	bind_number(s->insert, 6, r->psc);
	sqlite3_bind_double(s->insert, 7, r->lat);
	sqlite3_bind_double(s->insert, 8, r->lon);
	bind_number(s->insert, 9, r->radius);
	bind_number(s->insert, 10, r->samples);
	bind_number(s->insert, 11, r->created);
	bind_number(s->insert, 12, r->modified);
	if (sqlite3_step(s->insert) != SQLITE_DONE)
		return tell_sqlite(s);
	sqlite3_reset(s->insert);
	return 0;
}

/*
 * All of the file to the output, in pieces: it may be larger than the memory.
 */
static int
pass_file(int fd, struct export_out *o)
{
	char piece[PIECE];
	off_t at = 0;
	ssize_t n = 0;

	while (!export_out_failed(o) && (n = pread(fd, piece, PIECE, at)) > 0) {
		export_out_put(o, piece, (size_t)n);
		at += n;
	}
	if (n == -1)
		warn("temporary file");
	return n == -1 || export_out_failed(o) ? -1 : 0;
}

/*
 * The index is made when all rows are in: sorted once it takes a fraction of
 * what it takes row by row.  The file is read only after SQLite has closed it,
 * when nothing is in its cache alone any more.
 */
static int
tail_sqlite(void *state, struct export_out *o)
{
	struct sqlite *s = state;

	assert(s->db != NULL && s->insert != NULL);
	sqlite3_finalize(s->insert);
	s->insert = NULL;
	if (sqlite3_exec(s->db, FINISH, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_close(s->db) != SQLITE_OK)
		return tell_sqlite(s);
	s->db = NULL;
	return pass_file(s->fd, o);
}

/* What tail_sqlite() has closed is NULL, which SQLite's functions take. */
static void
done_sqlite(void *state)
{
	struct sqlite *s = state;

	if (s == NULL)
		return;
	sqlite3_finalize(s->insert);
	sqlite3_close(s->db);
	if (s->fd != -1)
		close(s->fd);
	free(s);
}

const struct export_format export_sqlite = { "sqlite", head_sqlite,
	row_sqlite, tail_sqlite, done_sqlite };
