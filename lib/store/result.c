/* SPDX-License-Identifier: ISC */
/*
 * Rows as the server sends them in the binary protocol, into structs: which
 * member a column goes to, and how it is converted, the description of the
 * table says (store/table.c), so that there is no code for any single table.
 *
 * Columns are bound by kind: all whole numbers travel as 64 bits and all others
 * as doubles, times or bytes, whatever the width of the column, and the client
 * library widens them.  Neighbours rely on two things: members whose columns
 * were NULL, or were not asked for, are what the row's init function leaves;
 * and nothing that a table holds can write past its member, though somebody
 * changed the table.
 */
#include <assert.h>
#include <string.h>

#include "base/civil.h"
#include "store/result.h"

/*
 * Is NAME one of NAMES, which have commas between them?  Whole names are
 * compared: "lat" is none of "lat_min,flat".
 */
static int
is_named_column(const char *names, const char *name)
{
	size_t len = strlen(name), n;

	for (;; names += n + 1) {
		n = strcspn(names, ",");
		if (n == len && memcmp(names, name, n) == 0)
			return 1;
		if (names[n] == '\0')
			return 0;
	}
}

/* What a column of KIND is fetched as. */
static enum enum_field_types
type_of_kind(enum store_table_kind kind)
{
	switch (kind) {
	case STORE_TABLE_F64:
	case STORE_TABLE_F32:
		return MYSQL_TYPE_DOUBLE;
	case STORE_TABLE_TIME:
	case STORE_TABLE_DATE:
		return MYSQL_TYPE_DATETIME;
	case STORE_TABLE_TEXT:
	case STORE_TABLE_KEY:
	case STORE_TABLE_BYTES:
		return MYSQL_TYPE_STRING;
	default:
		return MYSQL_TYPE_LONGLONG;
	}
}

/* The columns that there are now; of others store_result_init() asserts it. */
#define ROOM	sizeof(((union store_result_field *)NULL)->text)
_Static_assert(STATION_ROW_PLACES <= ROOM && STATION_ROW_TRUST <= ROOM &&
    STATION_ROW_MARKS <= ROOM && RADIO_CELL_KEY_MAX <= ROOM &&
    RADIO_CELL_AREA_MAX <= ROOM, "the longest column has room");

/* How many bytes of column C are taken from its field, see take_field(). */
static size_t
most_bytes(const struct store_table *t, const struct store_table_column *c)
{
	switch (c->kind) {
	case STORE_TABLE_TEXT:
		return c->size - 1;
	case STORE_TABLE_KEY:
		return t->keylen;
	case STORE_TABLE_BYTES:
		return (size_t)c->max;
	default:
		return 0;
	}
}

/*
 * Every field has a buffer of its own type and of the same size, so that one
 * struct on the stack serves all tables.  Their number and their room are
 * asserted, as more columns would be written past the end, and a longer one be
 * read past it.
 */
static void
bind_column(struct store_result *r, const struct store_table_column *c)
{
	MYSQL_BIND *p;

	assert(r->n < STORE_RESULT_COLUMNS);
	assert(most_bytes(r->table, c) <= ROOM);
	p = &r->bind[r->n];
	memset(p, 0, sizeof(*p));
	p->buffer_type = type_of_kind(c->kind);
	p->buffer = &r->field[r->n];
	p->buffer_length = sizeof(r->field[r->n]);
	p->length = &r->len[r->n];
	p->is_null = &r->null[r->n];
	r->col[r->n++] = c;
}

void
store_result_init(struct store_result *r, const struct store_table *t,
    const char *names)
{
	const struct store_table_column *c;

	r->table = t;
	r->n = 0;
	for (c = t->col; c < t->col + t->ncol; c++)
		if (store_table_is_read(c->kind) &&
		    (names == NULL || is_named_column(names, c->name)))
			bind_column(r, c);
	assert(r->n > 0);
}

void
store_result_init_slots(struct store_result *r, const struct store_table *t)
{
	const struct store_table_column *c;

	r->table = t;
	r->n = 0;
	for (c = t->col; c < t->col + t->ncol; c++)
		if (c->slot != 0 || c->kind == STORE_TABLE_KEY)
			bind_column(r, c);
}

/*
 * The columns are asked for by name and in the order in which they are bound: a
 * table that Ichnaea made may have them in another order, or more of them.
 */
void
store_result_list(const struct store_result *r, struct base_buf *b)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		base_buf_str(b, i == 0 ? "" : ",");
		base_buf_str(b, r->col[i]->name);
	}
}

static void *
result_member(const struct store_table_column *c, void *row)
{
	return (char *)row + c->offset;
}

/*
 * A time of the server's into seconds, or days; 0000-00-00 stays NULL.
 * Sessions are in UTC, so that nothing is converted on the way.
 */
static void
take_time_field(const struct store_table_column *c, const MYSQL_TIME *time,
    void *row)
{
	int64_t day;

	if (time->month == 0)
		return;
	day = base_civil_days((int)time->year, (int)time->month,
	    (int)time->day);
	*(int64_t *)result_member(c, row) = c->kind == STORE_TABLE_DATE ?
	    day : day * BASE_CIVIL_DAY_S + time->hour * 3600 +
	    time->minute * 60 + time->second;
}

/*
 * Set the member of column I, which was NULL.  A text that is longer than its
 * member is cut: the table is not what store/table.c says then, which is for
 * the migration to find, and must not overrun anything here.  Keys have one
 * length in a table, which is within the buffer.
 */
static void
take_field(const struct store_result *r, size_t i, void *row)
{
	const struct store_table_column *c = r->col[i];
	size_t len = r->len[i];

	switch (c->kind) {
	case STORE_TABLE_F64:
	case STORE_TABLE_F32:
		*(double *)result_member(c, row) = r->field[i].f64;
		break;
	case STORE_TABLE_TIME:
	case STORE_TABLE_DATE:
		take_time_field(c, &r->field[i].time, row);
		break;
	case STORE_TABLE_TEXT:
		memcpy(result_member(c, row), r->field[i].text,
		    len < c->size ? len : c->size - 1);
		break;
	case STORE_TABLE_KEY:
		memcpy(result_member(c, row), r->field[i].text,
		    r->table->keylen);
		break;
	case STORE_TABLE_BYTES:
		store_table_take_bytes(c, r->field[i].text, len, row);
		break;
	default:
		*(int64_t *)result_member(c, row) = r->field[i].num;
	}
}

/*
 * NULL is what the row's init function leaves, so that fields which are NULL
 * are skipped.
 */
void
store_result_take(const struct store_result *r, void *row)
{
	size_t i;

	r->table->init(row);
	for (i = 0; i < r->n; i++)
		if (!r->null[i])
			take_field(r, i, row);
}
