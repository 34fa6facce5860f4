/* SPDX-License-Identifier: ISC */
/*
 * MariaDB takes a whole array of parameters in one round trip; other servers
 * get statements of many rows.  Times and dates travel as the numbers
 * YYYYMMDDHHMMSS and YYYYMMDD, which need no pointers.
 */
#include <assert.h>
#include <err.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mysql.h>
#include <mysqld_error.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/civil.h"
#include "base/num.h"
#include "radio/mac.h"
#include "store/db.h"
#include "store/row.h"
#include "store/sql.h"

enum kind {
	F64, INT, TIME, DATE, REGION, KEY,
	IDENT			/* a number within the key of a cell */
};

struct column {
	const char	*name;
	enum kind	 kind;
	size_t		 offset;
	int64_t		 min, max;	/* of INT */
};

#define KEY_COL(st, name)	{ name, KEY, offsetof(struct st, key), 0, 0 }
#define COL(st, kind, f)	{ #f, kind, offsetof(struct st, f), 0, 0 }
#define NUM(st, f, min, max)	{ #f, INT, offsetof(struct st, f), min, max }
#define PART(name, f)	{ name, IDENT, offsetof(struct radio_cell, f), 0, 0 }

#define STATION_COLUMNS \
	COL(station_row, F64, max_lat), COL(station_row, F64, min_lat), \
	COL(station_row, F64, max_lon), COL(station_row, F64, min_lon), \
	COL(station_row, F64, lat), COL(station_row, F64, lon), \
	COL(station_row, TIME, created), COL(station_row, TIME, modified), \
	NUM(station_row, radius, 0, UINT32_MAX), \
	COL(station_row, REGION, region), \
	NUM(station_row, samples, 0, UINT32_MAX), \
	NUM(station_row, source, INT8_MIN, INT8_MAX), \
	COL(station_row, F64, weight), \
	COL(station_row, DATE, last_seen), \
	COL(station_row, DATE, block_first), \
	COL(station_row, DATE, block_last), \
	NUM(station_row, block_count, 0, UINT8_MAX)
#define AREA_PARTS \
	PART("radio", type), PART("mcc", mcc), PART("mnc", mnc), \
	PART("lac", lac)

static const struct column mac_columns[] = {
	KEY_COL(station_row, "mac"), STATION_COLUMNS
};
static const struct column cell_columns[] = {
	KEY_COL(station_row, "cellid"), STATION_COLUMNS,
	NUM(station_row, psc, INT16_MIN, INT16_MAX),
	AREA_PARTS, PART("cid", cid)
};
static const struct column area_columns[] = {
	KEY_COL(station_area, "areaid"),
	COL(station_area, F64, lat), COL(station_area, F64, lon),
	COL(station_area, TIME, created), COL(station_area, TIME, modified),
	NUM(station_area, radius, INT32_MIN, INT32_MAX),
	COL(station_area, REGION, region),
	NUM(station_area, avg_cell_radius, 0, UINT32_MAX),
	NUM(station_area, num_cells, 0, UINT32_MAX),
	COL(station_area, DATE, last_seen), AREA_PARTS
};

static const struct shape {
	const struct column	*col;
	size_t			 ncol;
	size_t			 nread;		/* without identities */
	size_t			 size;		/* of the struct */
	size_t			 keylen;	/* see shape_of() */
} shapes[] = {
	{ mac_columns, sizeof(mac_columns) / sizeof(mac_columns[0]),
	    sizeof(mac_columns) / sizeof(mac_columns[0]),
	    sizeof(struct station_row), 0 },
	{ cell_columns, sizeof(cell_columns) / sizeof(cell_columns[0]),
	    sizeof(cell_columns) / sizeof(cell_columns[0]) - 5,
	    sizeof(struct station_row), 0 },
	{ area_columns, sizeof(area_columns) / sizeof(area_columns[0]),
	    sizeof(area_columns) / sizeof(area_columns[0]) - 4,
	    sizeof(struct station_area), 0 },
};

static const char *const names[STORE_ROW_TABLES] = {
	"blue_shard_0", "blue_shard_1", "blue_shard_2", "blue_shard_3",
	"blue_shard_4", "blue_shard_5", "blue_shard_6", "blue_shard_7",
	"blue_shard_8", "blue_shard_9", "blue_shard_a", "blue_shard_b",
	"blue_shard_c", "blue_shard_d", "blue_shard_e", "blue_shard_f",
	"wifi_shard_0", "wifi_shard_1", "wifi_shard_2", "wifi_shard_3",
	"wifi_shard_4", "wifi_shard_5", "wifi_shard_6", "wifi_shard_7",
	"wifi_shard_8", "wifi_shard_9", "wifi_shard_a", "wifi_shard_b",
	"wifi_shard_c", "wifi_shard_d", "wifi_shard_e", "wifi_shard_f",
	"cell_gsm", "cell_wcdma", "cell_lte", "cell_nr",
	"cell_area", "cell_area_nr"
};

/* Rows of one array. */
#define MANY		2000
/*
 * Keys of one SELECT.  From 1000 on MariaDB makes a table of them and locks
 * rows in the order of that.
 */
#define SELECT_KEYS	500

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

enum obs_kind
store_row_kind(int table)
{
	return table < STORE_ROW_WIFI ? OBS_BLUE :
	    table < STORE_ROW_CELL ? OBS_WIFI : OBS_CELL;
}

const char *
store_row_table_name(int table)
{
	return names[table];
}

const char *
store_row_key_name(int table)
{
	return table < STORE_ROW_CELL ? "mac" : table < STORE_ROW_AREA ?
	    "cellid" : "areaid";
}

size_t
store_row_key_len(int table)
{
	int nr = table == STORE_ROW_CELL_NR || table == STORE_ROW_AREA_NR;
	int radio = nr ? RADIO_CELL_NR : RADIO_CELL_GSM;

	if (table < STORE_ROW_CELL)
		return RADIO_MAC_LEN;
	return table < STORE_ROW_AREA ? radio_cell_key_len(radio) :
	    radio_cell_area_len(radio);
}

static struct shape
shape_of(int table)
{
	struct shape s = shapes[table < STORE_ROW_CELL ? 0 :
	    table < STORE_ROW_AREA ? 1 : 2];

	s.keylen = store_row_key_len(table);
	return s;
}

static void
add_select_list(struct base_buf *b, int table)
{
	const struct shape shape = shape_of(table), *s = &shape;
	size_t i;

	for (i = 0; i < s->nread; i++) {
		base_buf_str(b, i == 0 ? "SELECT " : ",");
		base_buf_str(b, s->col[i].name);
	}
	base_buf_fmt(b, " FROM %s", names[table]);
}

static void *
at(const struct column *c, void *row)
{
	return (char *)row + c->offset;
}

static const void *
at_const(const struct column *c, const void *row)
{
	return (const char *)row + c->offset;
}

static void
init_row(const struct shape *s, void *row)
{
	if (s->col == area_columns)
		station_area_init(row);
	else
		station_row_init(row);
}

/* One column of a result in the binary protocol. */
union cell {
	double		f64;
	int64_t		num;
	MYSQL_TIME	time;
	char		text[16];
};

#define MAX_COLUMNS	32

struct result {
	MYSQL_BIND	bind[MAX_COLUMNS];
	union cell	cell[MAX_COLUMNS];
	unsigned long	len[MAX_COLUMNS];
	my_bool		null[MAX_COLUMNS];
};

static void
bind_result(struct result *r, const struct shape *s)
{
	MYSQL_BIND *p;
	size_t i;

	memset(r->bind, 0, sizeof(r->bind));
	for (i = 0; i < s->nread; i++) {
		p = &r->bind[i];
		p->buffer = &r->cell[i];
		p->buffer_length = sizeof(r->cell[i]);
		p->length = &r->len[i];
		p->is_null = &r->null[i];
		switch (s->col[i].kind) {
		case F64:
			p->buffer_type = MYSQL_TYPE_DOUBLE;
			break;
		case TIME:
		case DATE:
			p->buffer_type = MYSQL_TYPE_DATETIME;
			break;
		case REGION:
		case KEY:
			p->buffer_type = MYSQL_TYPE_STRING;
			break;
		default:
			p->buffer_type = MYSQL_TYPE_LONGLONG;
		}
	}
}

static void
read_result(const struct result *r, const struct shape *s, void *row)
{
	const struct column *c;
	const MYSQL_TIME *t;
	int64_t day;
	size_t i;

	init_row(s, row);
	for (i = 0; i < s->nread; i++) {
		c = &s->col[i];
		if (r->null[i])
			continue;
		switch (c->kind) {
		case F64:
			*(double *)at(c, row) = r->cell[i].f64;
			break;
		case TIME:
		case DATE:
			t = &r->cell[i].time;
			if (t->month == 0)
				break;		/* 0000-00-00 */
			day = base_civil_days((int)t->year, (int)t->month,
			    (int)t->day);
			*(int64_t *)at(c, row) = c->kind == DATE ? day :
			    day * BASE_CIVIL_DAY_S + t->hour * 3600 +
			    t->minute * 60 + t->second;
			break;
		case REGION:
			memcpy(at(c, row), r->cell[i].text,
			    r->len[i] < 2 ? r->len[i] : 2);
			break;
		case KEY:
			memcpy(at(c, row), r->cell[i].text, s->keylen);
			break;
		default:
			*(int64_t *)at(c, row) = r->cell[i].num;
		}
	}
}

/* Run the prepared SELECT of N keys; the rows go to ROWS, their count up. */
static int
fetch(MYSQL_STMT *stmt, const struct shape *s,
    const struct store_row_key *keys, size_t n, char *rows, size_t *found)
{
	MYSQL_BIND p[SELECT_KEYS];
	struct result r;
	size_t i;
	int rc;

	memset(p, 0, n * sizeof(*p));
	for (i = 0; i < n; i++) {
		p[i].buffer_type = MYSQL_TYPE_BLOB;
		/* The library only reads it. */
		p[i].buffer = (void *)(uintptr_t)keys[i].byte;
		p[i].buffer_length = s->keylen;
	}
	bind_result(&r, s);
	if (mysql_stmt_bind_param(stmt, p) != 0 ||
	    mysql_stmt_execute(stmt) != 0 ||
	    mysql_stmt_bind_result(stmt, r.bind) != 0)
		return -1;
	while ((rc = mysql_stmt_fetch(stmt)) == 0 ||
	    rc == MYSQL_DATA_TRUNCATED)
		if (n-- > 0)
			read_result(&r, s, rows + (*found)++ * s->size);
	return rc == MYSQL_NO_DATA ? 0 : -1;
}

static int
select_some(struct store_db *db, int table, const struct store_row_key *keys,
    size_t n, int lock, void *rows, size_t *found)
{
	const struct shape shape = shape_of(table), *s = &shape;
	MYSQL_STMT *stmt = NULL;
	struct base_buf b;
	size_t i;
	int rc = -1;

	base_buf_init(&b);
	add_select_list(&b, table);
	base_buf_fmt(&b, " FORCE INDEX (PRIMARY) WHERE %s IN ",
	    s->col[0].name);
	for (i = 0; i < n; i++)
		base_buf_str(&b, i == 0 ? "(?" : ",?");
	base_buf_fmt(&b, ") ORDER BY %s%s", s->col[0].name,
	    lock ? " FOR UPDATE" : "");
	if (!base_buf_ok(&b)) {
		warnx("database: out of memory");
		goto out;
	}
	if (store_db_handle(db) == NULL)
		goto out;
	if ((stmt = mysql_stmt_init(store_db_handle(db))) == NULL) {
		warnx("database: out of memory");
		goto out;
	}
	if (mysql_stmt_prepare(stmt, b.data, b.len) != 0 ||
	    fetch(stmt, s, keys, n, rows, found) == -1)
		store_db_fail(db, b.data, mysql_stmt_errno(stmt),
		    mysql_stmt_error(stmt));
	else
		rc = 0;
out:
	if (stmt != NULL)
		mysql_stmt_close(stmt);
	base_buf_done(&b);
	return rc;
}

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

static int64_t
clamp(int64_t v, int64_t min, int64_t max)
{
	return v < min ? min : v > max ? max : v;
}

/* A double without infinities; NaN is NULL. */
static double
f64(const struct column *c, const void *row)
{
	double v = *(const double *)at_const(c, row);

	return isinf(v) ? copysign(DBL_MAX, v) : v;
}

/*
 * The number that stands for a column that is no double, text or key.
 * Times stay in the years the servers support; of earlier ones the number
 * would be taken for a year of two digits.
 */
static int64_t
number(const struct column *c, const void *row)
{
	int64_t date, max_s, min_s, v = *(const int64_t *)at_const(c, row);
	struct base_civil t;

	if (v == STATION_ROW_NULL)
		return v;
	if (c->kind == INT)
		return clamp(v, c->min, c->max);
	min_s = base_civil_days(1000, 1, 1) * BASE_CIVIL_DAY_S;
	max_s = base_civil_days(10000, 1, 1) * BASE_CIVIL_DAY_S - 1;
	if (c->kind == DATE)
		v = clamp(v, min_s / BASE_CIVIL_DAY_S,
		    max_s / BASE_CIVIL_DAY_S) * BASE_CIVIL_DAY_S;
	base_civil_split(&t, clamp(v, min_s, max_s));
	date = (t.year * 100LL + t.month) * 100 + t.day;
	return c->kind == DATE ? date :
	    ((date * 100 + t.hour) * 100 + t.minute) * 100 + t.second;
}

static int64_t
ident(const struct shape *s, const struct column *c, const void *row)
{
	struct radio_cell cell;

	if (s->col == area_columns)
		radio_cell_from_area_key(&cell, at_const(&s->col[0], row));
	else
		radio_cell_from_key(&cell, at_const(&s->col[0], row));
	return c->offset == offsetof(struct radio_cell, cid) ? cell.cid :
	    *(const int32_t *)at_const(c, &cell);
}

/* "INSERT INTO table (columns) VALUES " */
static void
add_insert(struct base_buf *b, const struct shape *s, int table)
{
	size_t i;

	base_buf_fmt(b, "INSERT INTO %s ", names[table]);
	for (i = 0; i < s->ncol; i++)
		base_buf_fmt(b, "%c%s", i == 0 ? '(' : ',', s->col[i].name);
	base_buf_str(b, ") VALUES ");
}

static void
add_update(struct base_buf *b, const struct shape *s)
{
	const char *sep = " ON DUPLICATE KEY UPDATE ";
	size_t i;

	for (i = 1; i < s->ncol; i++)
		if (s->col[i].kind != IDENT) {
			base_buf_fmt(b, "%s%s=VALUES(%s)", sep,
			    s->col[i].name, s->col[i].name);
			sep = ",";
		}
}

static void
add_value(struct base_buf *b, const struct shape *s, const struct column *c,
    const void *row)
{
	int64_t v;

	const char *region;

	switch (c->kind) {
	case F64:
		if (isnan(f64(c, row)))
			base_buf_str(b, "NULL");
		else
			base_buf_fmt(b, "%.17g", f64(c, row));
		return;
	case REGION:
		region = at_const(c, row);
		store_sql_quote(b, *region == '\0' ? NULL : region);
		return;
	case KEY:
		store_sql_quote_bytes(b, at_const(c, row), s->keylen);
		return;
	case IDENT:
		base_buf_i64(b, ident(s, c, row));
		return;
	default:
		if ((v = number(c, row)) == STATION_ROW_NULL)
			base_buf_str(b, "NULL");
		else
			base_buf_i64(b, v);
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

static int
check_warnings(struct store_db *db, int table)
{
	static const char sql[] = "SHOW WARNINGS LIMIT 100";
	char name[32];

	if (store_db_warnings(db) == 0)
		return 0;
	strlcpy(name, names[table], sizeof(name));
	return store_db_query(db, sql, sizeof(sql) - 1, on_warning, name);
}

/* For check_warnings() after each statement. */
struct written {
	struct store_db	*db;
	int		 table;
};

static int
after_text(void *arg)
{
	const struct written *w = arg;

	return check_warnings(w->db, w->table);
}

static int
write_text(struct store_db *db, int table, const void *const *rows, size_t n,
    enum store_row_mode mode)
{
	const struct shape shape = shape_of(table), *s = &shape;
	struct written w = { db, table };
	struct base_buf head, tail, *b;
	struct store_sql sql = { .db = db, .between = ",",
	    .after = after_text, .arg = &w };
	size_t c, i;
	int rc = -1;

	base_buf_init(&head);
	base_buf_init(&tail);
	add_insert(&head, s, table);
	base_buf_str(&tail, "");
	if (mode == STORE_ROW_UPDATE)
		add_update(&tail, s);
	if (!base_buf_ok(&head) || !base_buf_ok(&tail)) {
		warnx("database: out of memory");
		goto out;
	}
	sql.head = head.data;
	sql.tail = tail.data;
	for (i = 0; i < n && (b = store_sql_next(&sql)) != NULL; i++) {
		for (c = 0; c < s->ncol; c++) {
			base_buf_chr(b, c == 0 ? '(' : ',');
			add_value(b, s, &s->col[c], rows[i]);
		}
		base_buf_chr(b, ')');
	}
	rc = store_sql_end(&sql);
out:
	base_buf_done(&head);
	base_buf_done(&tail);
	return rc;
}

/* One column of an array of parameters. */
static int
bind_column(MYSQL_BIND *p, const struct shape *s, const struct column *c,
    const void *const *rows, size_t n, struct base_arena *a)
{
	unsigned long *length = NULL;
	const char **text = NULL;
	int64_t *num = NULL;
	double *dbl = NULL;
	char *null;
	size_t i;

	if ((null = base_arena_calloc(a, n, 1)) == NULL)
		return -1;
	switch (c->kind) {
	case F64:
		if ((dbl = base_arena_alloc(a, n * sizeof(*dbl))) == NULL)
			return -1;
		p->buffer_type = MYSQL_TYPE_DOUBLE;
		p->buffer = dbl;
		break;
	case REGION:
	case KEY:
		text = base_arena_alloc(a, n * sizeof(*text));
		length = base_arena_alloc(a, n * sizeof(*length));
		if (text == NULL || length == NULL)
			return -1;
		p->buffer_type = c->kind == KEY ? MYSQL_TYPE_BLOB :
		    MYSQL_TYPE_STRING;
		p->buffer = text;
		p->length = length;
		break;
	default:
		if ((num = base_arena_alloc(a, n * sizeof(*num))) == NULL)
			return -1;
		p->buffer_type = MYSQL_TYPE_LONGLONG;
		p->buffer = num;
	}
	p->u.indicator = null;
	for (i = 0; i < n; i++)
		switch (c->kind) {
		case F64:
			dbl[i] = f64(c, rows[i]);
			null[i] = (char)(isnan(dbl[i]) ? STMT_INDICATOR_NULL :
			    STMT_INDICATOR_NONE);
			break;
		case REGION:
		case KEY:
			text[i] = at_const(c, rows[i]);
			length[i] = c->kind == KEY ? s->keylen :
			    strlen(text[i]);
			null[i] = length[i] == 0 ? STMT_INDICATOR_NULL : 0;
			break;
		case IDENT:
			num[i] = ident(s, c, rows[i]);
			break;
		default:
			num[i] = number(c, rows[i]);
			null[i] = num[i] == STATION_ROW_NULL ?
			    STMT_INDICATOR_NULL : 0;
		}
	return 0;
}

static int
write_array(struct store_db *db, MYSQL_STMT *stmt, int table,
    const char *sql, const void *const *rows, size_t n, struct base_arena *a)
{
	const struct shape shape = shape_of(table), *s = &shape;
	MYSQL_BIND *p;
	unsigned size = (unsigned)n;
	size_t i;

	base_arena_reset(a);
	if ((p = base_arena_calloc(a, s->ncol, sizeof(*p))) == NULL) {
		warnx("database: out of memory");
		return -1;
	}
	for (i = 0; i < s->ncol; i++)
		if (bind_column(&p[i], s, &s->col[i], rows, n, a) == -1) {
			warnx("database: out of memory");
			return -1;
		}
	/* The size must be known before the buffers are. */
	if (mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &size) != 0 ||
	    mysql_stmt_bind_param(stmt, p) != 0 ||
	    mysql_stmt_execute(stmt) != 0)
		return store_db_fail(db, sql, mysql_stmt_errno(stmt),
		    mysql_stmt_error(stmt));
	return check_warnings(db, table);
}

/* Rows of one array: a value is its indicator and at most 8 bytes, or text. */
static size_t
array_rows(const struct store_db *db, const struct shape *s)
{
	size_t fit = store_db_packet(db) / (s->ncol * 9 + s->keylen);

	assert(fit > 0);
	return fit < MANY ? fit : MANY;
}

static int
write_arrays(struct store_db *db, int table, const void *const *rows,
    size_t n, enum store_row_mode mode)
{
	const struct shape shape = shape_of(table), *s = &shape;
	struct base_arena a;
	struct base_buf b;
	size_t i, many = array_rows(db, s);
	MYSQL_STMT *stmt;
	int rc = -1;

	base_arena_init(&a);
	base_buf_init(&b);
	add_insert(&b, s, table);
	for (i = 0; i < s->ncol; i++)
		base_buf_str(&b, i == 0 ? "(?" : ",?");
	base_buf_chr(&b, ')');
	if (mode == STORE_ROW_UPDATE)
		add_update(&b, s);
	if (!base_buf_ok(&b) ||
	    (stmt = mysql_stmt_init(store_db_handle(db))) == NULL) {
		warnx("database: out of memory");
		goto out;
	}
	if (mysql_stmt_prepare(stmt, b.data, b.len) != 0) {
		rc = store_db_fail(db, b.data, mysql_stmt_errno(stmt),
		    mysql_stmt_error(stmt));
	} else
		for (i = 0, rc = 0; i < n && rc == 0; i += many)
			rc = write_array(db, stmt, table, b.data, rows + i,
			    n - i < many ? n - i : many, &a);
	mysql_stmt_close(stmt);
out:
	base_buf_done(&b);
	base_arena_done(&a);
	return rc;
}

int
store_row_write(struct store_db *db, int table, const void *const *rows,
    size_t n, enum store_row_mode mode)
{
	if (n == 0)
		return 0;
	if (store_db_handle(db) == NULL)
		return -1;
	return store_db_bulk(db) ? write_arrays(db, table, rows, n, mode) :
	    write_text(db, table, rows, n, mode);
}
