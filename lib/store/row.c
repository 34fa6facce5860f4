/* SPDX-License-Identifier: ISC */
/*
 * Reading and writing many whole rows.  Which columns there are, and how each
 * travels, is in store/table.c, and how they are read into structs in
 * store/result.c; nothing here names one.
 *
 * Reading: one prepared SELECT for up to SELECT_KEYS keys (statements are kept,
 * so that each is prepared once in the life of a connection), rows in the order
 * of the primary key, which is forced: then InnoDB locks them in that order,
 * too, whatever order the keys were given in.  Callers give them sorted, so
 * that what comes in several SELECTs is in order as well.
 *
 * Writing: MariaDB takes a whole array of parameters in one round trip; other
 * servers, those that log statements and nodes of Galera get statements of many
 * rows as text.  Times and dates travel as the numbers YYYYMMDDHHMMSS and
 * YYYYMMDD, which need no pointers.  An update is an INSERT that finds its key:
 * a station or an area is there and locked by us, so that it is never inserted;
 * the centre of an area may be new (store/area.c).
 *
 * Values are clamped to what a column holds before they are sent.  So the
 * server has nothing to change, and a warning of it means that the table is
 * not what store/table.c says: that is an error, and the transaction ends.
 */
#include <assert.h>
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mysql.h>
#include <mysqld_error.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "radio/mac.h"
#include "store/db.h"
#include "store/result.h"
#include "store/row.h"
#include "store/sql.h"
#include "store/table.h"

/* Rows of one array. */
#define MANY		2000
/*
 * Keys of one SELECT.  From 1000 on MariaDB makes a table of them and locks
 * rows in the order of that.
 */
#define SELECT_KEYS	500

/*
 * Stations of MACs are spread over 16 tables by a digit of their address, as
 * Ichnaea did.  The first byte of a cell's key is its radio; the numbers of
 * radios have a gap where CDMA was, which no table exists for.
 */
int
store_row_table(enum obs_kind kind, const uint8_t *key)
{
	switch (kind) {
	case OBS_BLUE:
		return STORE_ROW_BLUE + radio_mac_shard(key);
	case OBS_WIFI:
		return STORE_ROW_WIFI + radio_mac_shard(key);
	default:
		return STORE_ROW_CELL + (key[0] == RADIO_CELL_GSM ? 0 :
		    key[0] - 1);
	}
}

int
store_row_area_table(const uint8_t *key)
{
	return key[0] == RADIO_CELL_NR ? STORE_ROW_AREA_NR : STORE_ROW_AREA;
}

int
store_row_centre_table(const uint8_t *key)
{
	return key[0] == RADIO_CELL_NR ? STORE_ROW_CENTRE_NR :
	    STORE_ROW_CENTRE;
}

enum obs_kind
store_row_kind(int table)
{
	assert(table >= 0 && table < STORE_ROW_AREA);
	return table < STORE_ROW_WIFI ? OBS_BLUE :
	    table < STORE_ROW_CELL ? OBS_WIFI : OBS_CELL;
}

static const struct store_table *
table_of_rows(int table)
{
	assert(table >= 0 && table < STORE_ROW_TABLES);
	return &store_table[STORE_TABLE_ROWS + table];
}

const char *
store_row_table_name(int table)
{
	return table_of_rows(table)->name;
}

const char *
store_row_key_name(int table)
{
	return table_of_rows(table)->key->name;
}

size_t
store_row_key_len(int table)
{
	return table_of_rows(table)->keylen;
}

static const void *
row_member_const(const struct store_table_column *c, const void *row)
{
	return (const char *)row + c->offset;
}

/*
 * STMT was run, or has failed: keep it for the next batch, or close it.  The
 * connection may be gone after a failure.
 */
static void
done_with(struct store_db *db, const struct base_buf *sql, MYSQL_STMT *stmt,
    int rc)
{
	if (rc == 0)
		store_db_keep(db, sql->data, stmt);
	else
		mysql_stmt_close(stmt);
}

/*
 * How many keys a SELECT has that is for N: a power of two, or one and a half
 * times that, so that there are few of them, and they are prepared once.
 */
static size_t
round_keys(size_t n)
{
	size_t many;

	assert(n > 0 && n <= SELECT_KEYS);
	for (many = 1; many < n; many *= 2)
		;
	if (many >= 4 && many / 4 * 3 >= n)
		many = many / 4 * 3;
	return many < SELECT_KEYS ? many : SELECT_KEYS;
}

/*
 * Run the prepared SELECT of N keys; the rows go to ROWS, their count up.  The
 * last key is repeated where the statement has room for MANY, which finds no
 * more.  Data that did not fit its buffer is no failure, see store/result.c.
 * Keys are different, so that there are at most as many rows as keys, for which
 * ROWS has room.
 */
static int
fetch_rows(MYSQL_STMT *stmt, struct store_result *r,
    const struct store_row_key *keys, size_t n, size_t many, char *rows,
    size_t *found)
{
	const struct store_table *t = r->table;
	MYSQL_BIND p[SELECT_KEYS];
	size_t got = 0, i;
	int rc;

	assert(n > 0 && n <= many && many <= SELECT_KEYS);
	memset(p, 0, many * sizeof(*p));
	for (i = 0; i < many; i++) {
		p[i].buffer_type = MYSQL_TYPE_BLOB;
		/* The library only reads it. */
		p[i].buffer = (void *)(uintptr_t)
		    keys[i < n ? i : n - 1].byte;
		p[i].buffer_length = t->keylen;
	}
	if (mysql_stmt_bind_param(stmt, p) != 0 ||
	    mysql_stmt_execute(stmt) != 0 ||
	    mysql_stmt_bind_result(stmt, r->bind) != 0)
		return -1;
	while ((rc = mysql_stmt_fetch(stmt)) == 0 ||
	    rc == MYSQL_DATA_TRUNCATED)
		if (got++ < n)
			store_result_take(r, rows +
			    (*found)++ * t->row_size);
	return rc == MYSQL_NO_DATA ? 0 : -1;
}

/*
 * Read at most SELECT_KEYS rows of TABLE, behind the FOUND there are.
 */
static int
select_some(struct store_db *db, int table, const struct store_row_key *keys,
    size_t n, int lock, void *rows, size_t *found)
{
	const struct store_table *t = table_of_rows(table);
	MYSQL_STMT *stmt;
	struct store_result r;
	struct base_buf b;
	size_t i, many = round_keys(n);
	int rc = -1;

	store_result_init(&r, t, NULL);
	base_buf_init(&b);
	base_buf_str(&b, "SELECT ");
	store_result_list(&r, &b);
	base_buf_fmt(&b, " FROM %s FORCE INDEX (PRIMARY) WHERE %s IN ",
	    t->name, t->key->name);
	for (i = 0; i < many; i++)
		base_buf_str(&b, i == 0 ? "(?" : ",?");
	base_buf_fmt(&b, ") ORDER BY %s%s", t->key->name,
	    lock ? " FOR UPDATE" : "");
	if ((stmt = store_db_prepare(db, &b)) != NULL) {
		rc = fetch_rows(stmt, &r, keys, n, many, rows, found);
		if (rc == -1)
			store_db_fail(db, b.data, stmt);
		done_with(db, &b, stmt, rc);
	}
	base_buf_done(&b);
	return rc;
}

/*
 * What was found before a failure counts for nothing: the locks go with the
 * transaction.
 */
int
store_row_select(struct store_db *db, int table,
    const struct store_row_key *keys, size_t n, int lock, void *rows,
    size_t *found)
{
	size_t i;

	*found = 0;
	for (i = 0; i < n; i += SELECT_KEYS)
		if (select_some(db, table, keys + i,
		    n - i < SELECT_KEYS ? n - i : SELECT_KEYS, lock, rows,
		    found) == -1)
			return -1;
	return 0;
}

/* "INSERT INTO table (columns) VALUES " */
static void
add_insert(struct base_buf *b, const struct store_table *t)
{
	base_buf_fmt(b, "INSERT INTO %s (", t->name);
	store_table_write_list(b, t);
	base_buf_str(b, ") VALUES ");
}

/*
 * What the key says already is not written again.  VALUES() is deprecated in
 * MySQL 8, but MariaDB does not know the alias of a row that has come instead
 * of it.
 */
static void
add_update(struct base_buf *b, const struct store_table *t)
{
	const char *sep = " ON DUPLICATE KEY UPDATE ";
	size_t i;

	for (i = 0; i < t->ncol; i++)
		if (store_table_is_read(t->col[i].kind) &&
		    t->col[i].kind != STORE_TABLE_KEY) {
			base_buf_fmt(b, "%s%s=VALUES(%s)", sep,
			    t->col[i].name, t->col[i].name);
			sep = ",";
		}
}

/*
 * We write nothing that the server has to change, so any warning is a mistake
 * of ours.  But MySQL 8 warns of VALUES(); and a server that logs statements
 * warns that a row of a table with two unique keys might be another one on a
 * replica: not here, where both say the same.
 */
static int
on_warning(void *arg, char **field, const unsigned long *flen)
{
	int64_t code = 0;

	base_num_i64(field[1], flen[1], &code);
	if (code == ER_WARN_DEPRECATED_SYNTAX ||
	    code == ER_BINLOG_UNSAFE_STATEMENT)
		return 0;
	warnx("database: %s: warning %s", (const char *)arg, field[1]);
	return -1;
}

/*
 * Only the count comes with an answer, so that the usual case costs nothing;
 * the texts are a round trip of their own, and are given without values, as
 * numbers.
 */
static int
check_warnings(struct store_db *db, const struct store_table *t)
{
	static const char sql[] = "SHOW WARNINGS LIMIT 100";
	char name[32];

	if (store_db_warnings(db) == 0)
		return 0;
	strlcpy(name, t->name, sizeof(name));
	return store_db_query(db, sql, sizeof(sql) - 1, on_warning, name);
}

/* For check_warnings() after each statement. */
struct written {
	struct store_db			*db;
	const struct store_table	*table;
};

static int
after_text(void *arg)
{
	const struct written *w = arg;

	return check_warnings(w->db, w->table);
}

/*
 * Write rows as statements of text, each as long as the server takes it.  This
 * is the way of MySQL, which knows no arrays, and of servers that log
 * statements.  The warnings are looked at after each statement, since the next
 * one resets them.
 */
static int
write_text(struct store_db *db, const struct store_table *t,
    const void *const *rows, size_t n, enum store_row_mode mode)
{
	struct written w = { db, t };
	struct base_buf head, tail, *b;
	struct store_sql sql = { .db = db, .between = ",",
	    .after = after_text, .arg = &w };
	size_t c, i;
	int rc = -1;

	base_buf_init(&head);
	base_buf_init(&tail);
	add_insert(&head, t);
	base_buf_str(&tail, "");
	if (mode == STORE_ROW_UPSERT)
		add_update(&tail, t);
	if (!base_buf_ok(&head) || !base_buf_ok(&tail)) {
		warnx("database: out of memory");
		goto out;
	}
	sql.head = head.data;
	sql.tail = tail.data;
	for (i = 0; i < n && (b = store_sql_next(&sql)) != NULL; i++) {
		for (c = 0; c < t->ncol; c++) {
			base_buf_chr(b, c == 0 ? '(' : ',');
			store_table_literal(b, t, &t->col[c], rows[i]);
		}
		base_buf_chr(b, ')');
	}
	rc = store_sql_end(&sql);
out:
	base_buf_done(&head);
	base_buf_done(&tail);
	return rc;
}

/*
 * Bind the values of one column as an array of parameters.  P has the type of
 * the column, and then points into A, where they are until the next reset.
 * NULL is told by an indicator beside each value; the number that stands for
 * it is never sent.
 */
static int
bind_numbers(MYSQL_BIND *p, const struct store_table *t,
    const struct store_table_column *c, const void *const *rows, size_t n,
    struct base_arena *a)
{
	int64_t *num = base_arena_alloc(a, n * sizeof(*num));
	size_t i;

	if (num == NULL)
		return -1;
	p->buffer_type = MYSQL_TYPE_LONGLONG;
	p->buffer = num;
	for (i = 0; i < n; i++) {
		num[i] = store_table_num(t, c, rows[i]);
		p->u.indicator[i] = num[i] == STATION_ROW_NULL ?
		    STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
	}
	return 0;
}

/* The same for doubles, whose NULL is NaN. */
static int
bind_doubles(MYSQL_BIND *p, const struct store_table_column *c,
    const void *const *rows, size_t n, struct base_arena *a)
{
	double *dbl = base_arena_alloc(a, n * sizeof(*dbl));
	size_t i;

	if (dbl == NULL)
		return -1;
	p->buffer_type = MYSQL_TYPE_DOUBLE;
	p->buffer = dbl;
	for (i = 0; i < n; i++) {
		dbl[i] = store_table_f64(c, rows[i]);
		p->u.indicator[i] = (char)(isnan(dbl[i]) ?
		    STMT_INDICATOR_NULL : STMT_INDICATOR_NONE);
	}
	return 0;
}

/*
 * The same for texts and keys, which are not copied: they point into the rows.
 * An empty text is NULL.
 */
static int
bind_texts(MYSQL_BIND *p, const struct store_table *t,
    const struct store_table_column *c, const void *const *rows, size_t n,
    struct base_arena *a)
{
	unsigned long *length = base_arena_alloc(a, n * sizeof(*length));
	const char **text = base_arena_alloc(a, n * sizeof(*text));
	int is_key = c->kind == STORE_TABLE_KEY;
	size_t i;

	if (text == NULL || length == NULL)
		return -1;
	p->buffer_type = is_key ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
	p->buffer = text;
	p->length = length;
	for (i = 0; i < n; i++) {
		text[i] = row_member_const(c, rows[i]);
		length[i] = is_key ? t->keylen : strlen(text[i]);
		p->u.indicator[i] = length[i] == 0 ? STMT_INDICATOR_NULL :
		    STMT_INDICATOR_NONE;
	}
	return 0;
}

/* The same for bytes; none are NULL. */
static int
bind_bytes(MYSQL_BIND *p, const struct store_table_column *c,
    const void *const *rows, size_t n, struct base_arena *a)
{
	unsigned long *length = base_arena_alloc(a, n * sizeof(*length));
	const void **data = base_arena_alloc(a, n * sizeof(*data));
	const uint8_t *b;
	size_t i;

	if (data == NULL || length == NULL)
		return -1;
	p->buffer_type = MYSQL_TYPE_BLOB;
	p->buffer = data;
	p->length = length;
	for (i = 0; i < n; i++) {
		b = row_member_const(c, rows[i]);
		data[i] = b + 1;
		length[i] = b[0];
		p->u.indicator[i] = b[0] == 0 ? STMT_INDICATOR_NULL :
		    STMT_INDICATOR_NONE;
	}
	return 0;
}

/*
 * Arrays are bound by column and not by row, so that the values of each column
 * are gathered from all rows here.
 */
static int
bind_column(MYSQL_BIND *p, const struct store_table *t,
    const struct store_table_column *c, const void *const *rows, size_t n,
    struct base_arena *a)
{
	if ((p->u.indicator = base_arena_alloc(a, n)) == NULL)
		return -1;
	switch (c->kind) {
	case STORE_TABLE_F64:
	case STORE_TABLE_F32:
		return bind_doubles(p, c, rows, n, a);
	case STORE_TABLE_TEXT:
	case STORE_TABLE_KEY:
		return bind_texts(p, t, c, rows, n, a);
	case STORE_TABLE_BYTES:
		return bind_bytes(p, c, rows, n, a);
	default:
		return bind_numbers(p, t, c, rows, n, a);
	}
}

/*
 * Bind N rows, which the server takes at once.  The rows and the arena have to
 * stay until they have been written, for the library copies no values when it
 * binds.  NULL when memory is short.
 */
static MYSQL_BIND *
bind_rows(const struct store_table *t, const void *const *rows, size_t n,
    struct base_arena *a)
{
	MYSQL_BIND *p = base_arena_calloc(a, t->ncol, sizeof(*p));
	size_t i;

	for (i = 0; p != NULL && i < t->ncol; i++)
		if (bind_column(&p[i], t, &t->col[i], rows, n, a) == -1)
			return NULL;
	return p;
}

/*
 * Return how many rows an array may have: a value is its indicator and at most
 * 8 bytes, or text.  All of an array is one packet, which has to be within
 * max_allowed_packet; the estimate is on the safe side, since nothing would
 * tell before the connection is gone.
 */
static size_t
array_rows(const struct store_db *db, const struct store_table *t)
{
	size_t i, fit, row = 0;

	for (i = 0; i < t->ncol; i++)
		row += 4 + (t->col[i].size > 8 ? t->col[i].size : 8);
	fit = store_db_packet(db) / row;
	assert(fit > 0);
	return fit < MANY ? fit : MANY;
}

/*
 * The handle is asked for first, because which way is right is known only of a
 * server that we are connected to.
 */
int
store_row_pack_init(struct store_row_pack *p, struct store_db *db, int table,
    enum store_row_mode mode)
{
	*p = (struct store_row_pack){ .table = table, .mode = mode };
	if (store_db_handle(db) == NULL)
		return -1;
	if (store_db_bulk(db))
		p->many = array_rows(db, table_of_rows(table));
	return 0;
}

void
store_row_pack(struct store_row_pack *p, const void *const *rows, size_t n,
    struct base_arena *a)
{
	const struct store_table *t = table_of_rows(p->table);
	size_t arrays, i;

	p->rows = rows;
	p->n = n;
	if (p->many == 0 || n == 0)
		return;
	arrays = (n + p->many - 1) / p->many;
	p->bind = base_arena_array(a, arrays, sizeof(*p->bind));
	for (i = 0; i < arrays && p->bind != NULL; i++) {
		p->bind[i] = bind_rows(t, rows + i * p->many,
		    i < arrays - 1 ? p->many : n - i * p->many, a);
		if (p->bind[i] == NULL)
			p->bind = NULL;
	}
}

/* Write N rows that are bound to P by the prepared STMT. */
static int
write_array(struct store_db *db, MYSQL_STMT *stmt,
    const struct store_table *t, const char *sql, MYSQL_BIND *p, size_t n)
{
	unsigned size = (unsigned)n;

	/* The size must be known before the buffers are. */
	if (mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &size) != 0 ||
	    mysql_stmt_bind_param(stmt, p) != 0 ||
	    mysql_stmt_execute(stmt) != 0)
		return store_db_fail(db, sql, stmt);
	return check_warnings(db, t);
}

/*
 * Write rows as arrays of parameters, as many at once as the server takes.
 */
static int
write_arrays(struct store_db *db, const struct store_table *t,
    const struct store_row_pack *pack)
{
	size_t i, n = pack->n, many = pack->many;
	struct base_buf b;
	MYSQL_STMT *stmt;
	int rc = -1;

	base_buf_init(&b);
	add_insert(&b, t);
	for (i = 0; i < t->ncol; i++)
		base_buf_str(&b, i == 0 ? "(?" : ",?");
	base_buf_chr(&b, ')');
	if (pack->mode == STORE_ROW_UPSERT)
		add_update(&b, t);
	if ((stmt = store_db_prepare(db, &b)) != NULL) {
		for (i = 0, rc = 0; i < n && rc == 0; i += many)
			rc = write_array(db, stmt, t, b.data,
			    pack->bind[i / many],
			    n - i < many ? n - i : many);
		done_with(db, &b, stmt, rc);
	}
	base_buf_done(&b);
	return rc;
}

int
store_row_pack_write(struct store_db *db, const struct store_row_pack *p)
{
	const struct store_table *t = table_of_rows(p->table);

	if (p->n == 0)
		return 0;
	if (store_db_handle(db) == NULL)
		return -1;
	if (p->many == 0)
		return write_text(db, t, p->rows, p->n, p->mode);
	if (p->bind != NULL)
		return write_arrays(db, t, p);
	warnx("database: out of memory");
	return -1;
}

int
store_row_write(struct store_db *db, int table, const void *const *rows,
    size_t n, enum store_row_mode mode)
{
	struct store_row_pack p;
	struct base_arena a;
	int rc;

	if (n == 0)
		return 0;
	if (store_row_pack_init(&p, db, table, mode) == -1)
		return -1;
	base_arena_init(&a);
	store_row_pack(&p, rows, n, &a);
	rc = store_row_pack_write(db, &p);
	base_arena_done(&a);
	return rc;
}
