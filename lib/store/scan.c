/* SPDX-License-Identifier: ISC */
/*
 * One prepared statement for each table, whose rows are fetched in the binary
 * protocol while the server sends them: three times as fast as text, and
 * without a result in memory on either side.
 *
 * A snapshot holds up the server's purge as long as it lasts, so that readers
 * should not wait for anything slow while they have one.
 */
#include <assert.h>

#include <mysql.h>

#include "base/buf.h"
#include "store/db.h"
#include "store/result.h"
#include "store/row.h"
#include "store/scan.h"

/* The statement of S, which has the columns of R. */
static void
add_scan(struct base_buf *b, const struct store_scan *s,
    const struct store_result *r)
{
	base_buf_str(b, "SELECT ");
	store_result_list(r, b);
	base_buf_fmt(b, " FROM %s%s", r->table->name,
	    s->most ? " FORCE INDEX (PRIMARY)" : "");
	if (s->where != NULL)
		base_buf_fmt(b, " WHERE %s", s->where);
	base_buf_fmt(b, " ORDER BY %s", r->table->key->name);
}

/* A row of any of the tables. */
union row {
	struct station_row	station;
	struct station_area	area;
	struct station_centre	centre;
};

/*
 * Returns 0, 1 if EACH gave up, or -1: the statement has failed.  Data that did
 * not fit is no failure, see store/result.c.
 */
static int
fetch_all(MYSQL_STMT *stmt, struct store_result *r,
    int (*each)(void *arg, const void *row), void *arg)
{
	union row row;
	int rc;

	assert(sizeof(row) >= r->table->row_size);
	if (mysql_stmt_execute(stmt) != 0 ||
	    mysql_stmt_bind_result(stmt, r->bind) != 0)
		return -1;
	while ((rc = mysql_stmt_fetch(stmt)) == 0 ||
	    rc == MYSQL_DATA_TRUNCATED) {
		store_result_take(r, &row);
		if (each(arg, &row) != 0)
			return 1;
	}
	return rc == MYSQL_NO_DATA ? 0 : -1;
}

/*
 * When EACH gives up the server may have millions of rows left, which closing
 * the statement would read: the connection ends first.
 */
int
store_scan_any(struct store_db *db, const struct store_scan *s,
    int (*each)(void *arg, const void *row), void *arg)
{
	MYSQL_STMT *stmt;
	struct store_result r;
	struct base_buf b;
	int rc = -1;

	assert(s->table >= 0 && s->table < STORE_ROW_TABLES);
	store_result_init(&r, &store_table[STORE_TABLE_ROWS + s->table],
	    s->columns);
	base_buf_init(&b);
	add_scan(&b, s, &r);
	if ((stmt = store_db_prepare(db, &b)) != NULL) {
		rc = fetch_all(stmt, &r, each, arg);
		if (rc == -1)
			store_db_fail(db, b.data, stmt);
		else if (rc == 1)
			store_db_disconnect(db);
		mysql_stmt_close(stmt);
	}
	base_buf_done(&b);
	return rc == 0 ? 0 : -1;
}

/* Who wants stations. */
struct stations {
	int	(*each)(void *arg, const struct station_row *row);
	void	*arg;
};

static int
on_station(void *arg, const void *row)
{
	const struct stations *s = arg;

	return s->each(s->arg, row);
}

int
store_scan_rows(struct store_db *db, const struct store_scan *s,
    int (*each)(void *arg, const struct station_row *row), void *arg)
{
	struct stations all = { each, arg };

	assert(s->table < STORE_ROW_AREA);
	return store_scan_any(db, s, on_station, &all);
}
