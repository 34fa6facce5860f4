/* SPDX-License-Identifier: ISC */
/*
 * Databases of SQLite that strangers made: read-only, a row at a time, with
 * bounds on memory and on the work that a damaged or hostile file may cause.
 */
#ifndef CONVERT_DB_H
#define CONVERT_DB_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct convert_db;
struct convert_db_rows;
struct convert_sink;

/*
 * Open the file PATH.  When *STOP becomes true, unless STOP is NULL, rows end.
 * Returns NULL after telling S.
 */
struct convert_db *convert_db_open(struct convert_sink *s, const char *path,
	    const atomic_int *stop);
void	convert_db_end(struct convert_db *d);

struct convert_sink *convert_db_sink(const struct convert_db *d);

/* Is there a real TABLE, with COLUMN unless that is NULL? */
int	convert_db_has(struct convert_db *d, const char *table,
	    const char *column);

#define CONVERT_DB_COLUMNS	24

/*
 * The COLUMNS, N of them, of TABLE, those that it lacks being NULL; in the
 * order of its rows, or those for which WHERE holds, with its parameters.  The
 * names are borrowed.  Returns NULL after telling the sink.
 */
struct convert_db_rows *convert_db_select(struct convert_db *d,
	    const char *table, const char *const *columns, int n,
	    const char *where);
void	convert_db_rows_end(struct convert_db_rows *r);

/* Set parameter 1, or 2, and begin with the first row again. */
void	convert_db_rows_key(struct convert_db_rows *r, int at, int64_t v);
void	convert_db_rows_name(struct convert_db_rows *r, int at,
	    const char *text, size_t len);

/*
 * The next row: 1; 0 at the end, also when the file is damaged, which was
 * told.  The sink's line becomes its number.
 */
int	convert_db_next(struct convert_db_rows *r);

/* Let what is told next be of this row, if another was read meanwhile. */
void	convert_db_at(struct convert_db_rows *r);

/*
 * Column I as a number; NULL leaves *V.  Returns 1, or 0 if it is none, which
 * was told.
 */
int	convert_db_i64(struct convert_db_rows *r, int i, int64_t *v);
int	convert_db_f64(struct convert_db_rows *r, int i, double *v);

/* Column I to sort by: 0 if it is no number, which is not told. */
int64_t	convert_db_key(struct convert_db_rows *r, int i);

/* Column I as text of *LEN bytes, "" for NULL; borrowed until the next row. */
const char *convert_db_text(struct convert_db_rows *r, int i, size_t *len);

/* Column I is not what was EXPECTED.  Returns 0. */
int	convert_db_bad(struct convert_db_rows *r, int i, const char *expected);

#endif
