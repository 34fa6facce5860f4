/* SPDX-License-Identifier: ISC */
/*
 * All tables are dumped, also those that are not of loc: what an administrator
 * has put beside ours is missed as much.  The server's own description is
 * therefore what we go by, and not store/table.h.
 *
 * Where a table is cut must not depend on what happens to be in front: a row
 * more would shift all cuts behind it, and no chunk would be as it was in the
 * last dump.  So a row begins a range when the CRC of its key is divisible by
 * a number, which holds for the same rows in every dump.  The server finds
 * them in its smallest index, which has all keys.  Ranges are also what several
 * connections read at once.
 *
 * Columns are selected so that their text is exact: FLOAT, and any number with
 * a fixed count of decimals, is made a DOUBLE first, which is printed with all
 * digits it needs.  Generated columns come back by themselves.
 *
 * The rows of loc_lease say who is at work now; they mean nothing later, and
 * elsewhere they would keep the work from being done.  So the table is dumped
 * without them.
 *
 * Queries of the description do not go through the snapshot in the strict
 * sense: information_schema shows the present.  A table that was changed in
 * between is found when its rows are read, see dump/write.c.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "dump/source.h"
#include "store/db.h"
#include "store/sql.h"

/*
 * It weighs what one changed row costs, a chunk, against the number of chunks:
 * a hundred million rows have three thousand.  Whoever changes it makes all
 * chunks new, and the next dump of every place a whole one.
 */
#define RANGE_ROWS	32768	/* on average */

/* Lists grow by doubling in the arena, which keeps what was outgrown. */
struct reading {
	struct dump_source	*s;
	struct dump_manifest	*m;
	struct store_db		*db;
	struct base_buf		 sql;
	size_t			 table, cap;	/* the table at hand */
	int			 nomem;
};

static const char *
keep_arena_text(struct reading *r, const char *text)
{
	const char *p = base_arena_strndup(&r->m->arena, text, strlen(text));

	if (p == NULL)
		r->nomem = 1;
	return p;
}

/*
 * Room for one more of SIZE bytes behind N in LIST, or NULL.
 *
 * What was outgrown is lost to the arena until all is freed: at most as much
 * again as the list that stays.  CAP is that of the list at hand, hence each
 * query begins with 0.
 */
static void *
add_arena_room(struct reading *r, void *list, size_t n, size_t size)
{
	void *p;

	if (n < r->cap)
		return list;
	r->cap = 2 * n + 64;
	if ((p = base_arena_calloc(&r->m->arena, r->cap, size)) == NULL)
		r->nomem = 1;
	else if (n > 0)
		memcpy(p, list, n * size);
	return p;
}

/*
 * NAME, TYPE, ENGINE of one table.
 *
 * Views are skipped, as they have no rows of their own, and so are sequences;
 * the caller says how many, since a restore will not have them.  An engine may
 * be NULL for a table that is broken, which its first query will tell.
 */
static int
on_source_table(void *arg, char **field, const unsigned long *flen)
{
	struct reading *r = arg;
	struct dump_manifest_table *t;

	(void)flen;
	if (strcmp(field[1], "BASE TABLE") != 0) {
		r->s->skipped++;
		return 0;
	}
	t = add_arena_room(r, r->m->table, r->m->ntable, sizeof(*t));
	if (t == NULL)
		return -1;
	r->m->table = t;
	t += r->m->ntable++;
	t->name = keep_arena_text(r, field[0]);
	t->engine = keep_arena_text(r, field[2] != NULL ? field[2] : "");
	return r->nomem ? -1 : 0;
}

/*
 * Is the text of a column of TYPE ("float(7,4)") not all of its value?
 *
 * The server prints FLOAT with six digits, of the nine that it may need, and a
 * column with decimals with just those.  Loaded again, such a text would be
 * another number.
 */
static int
needs_digits(const char *data_type, const char *type)
{
	return strcmp(data_type, "float") == 0 ||
	    (strcmp(data_type, "double") == 0 && strchr(type, '(') != NULL);
}

/*
 * NAME, DATA_TYPE, COLUMN_TYPE, EXTRA of one column, also into the query.
 *
 * A generated column cannot be loaded, and need not be.  EXTRA has "STORED
 * GENERATED" or "VIRTUAL GENERATED" for these, while "DEFAULT_GENERATED", which
 * MySQL 8 has for defaults that are expressions, has no blank in front and is
 * an ordinary column.
 */
static int
on_dumped_column(void *arg, char **field, const unsigned long *flen)
{
	struct reading *r = arg;
	struct dump_manifest_table *t = &r->m->table[r->table];
	struct dump_manifest_column *c;

	(void)flen;
	if (field[3] != NULL && strstr(field[3], " GENERATED") != NULL)
		return 0;
	c = add_arena_room(r, t->col, t->ncol, sizeof(*c));
	if (c == NULL)
		return -1;
	t->col = c;
	c += t->ncol++;
	c->name = keep_arena_text(r, field[0]);
	c->type = keep_arena_text(r, field[1]);
	base_buf_str(&r->sql, t->ncol == 1 ? "SELECT " : ",");
	store_sql_name(&r->sql, field[0]);
	if (needs_digits(field[1], field[2]))
		base_buf_str(&r->sql, "+0e0");
	return r->nomem ? -1 : 0;
}

/*
 * Only types whose order is that of their bytes are meant.  BLOB is none, as a
 * key has only a prefix of it.
 */
static int
is_bytes(const char *data_type)
{
	return strcmp(data_type, "binary") == 0 ||
	    strcmp(data_type, "varbinary") == 0;
}

/*
 * NAME of a column of the primary key, also into the order.
 *
 * Without a part of the key rows are still in a fixed order as long as the
 * others tell them apart; the rest is for the server to settle.
 */
static int
on_key_column(void *arg, char **field, const unsigned long *flen)
{
	struct reading *r = arg;
	struct dump_manifest_table *t = &r->m->table[r->table];
	struct dump_source_table *st = &r->s->table[r->table];
	size_t i;

	(void)flen;
	for (i = 0; i < t->ncol && strcmp(t->col[i].name, field[0]) != 0; i++)
		;
	if (i == t->ncol || st->nkey == DUMP_SOURCE_KEY_MAX)
		return 0;	/* generated: no part of the text */
	st->key_is_bytes[st->nkey] = is_bytes(t->col[i].type);
	st->key[st->nkey++] = i;
	base_buf_str(&r->sql, r->sql.len == 0 ? " ORDER BY " : ",");
	store_sql_name(&r->sql, field[0]);
	return 0;
}

/*
 * The statement is the second field.
 *
 * The statement becomes JSON.  A definition with bytes of another charset, in a
 * comment perhaps, would make the manifest unreadable, and that after hours of
 * reading rows.
 */
static int
on_create(void *arg, char **field, const unsigned long *flen)
{
	struct reading *r = arg;
	struct dump_manifest_table *t = &r->m->table[r->table];

	if (!base_utf8_check(field[1], flen[1])) {
		warnx("table %s: its definition is no UTF-8", t->name);
		return -1;
	}
	t->create = keep_arena_text(r, field[1]);
	return r->nomem ? -1 : 0;
}

static int
query(struct reading *r, int (*row)(void *, char **, const unsigned long *))
{
	r->cap = 0;
	return store_sql_query(r->db, &r->sql, row, r);
}

/*
 * Begin a query of the description of the table at hand.
 *
 * DATABASE() is that of the connection, so the name of the database needs no
 * quoting here; that of the table is data and is quoted as such.
 */
static void
begin_description(struct reading *r, const char *select, const char *table)
{
	base_buf_reset(&r->sql);
	base_buf_fmt(&r->sql, "SELECT %s FROM information_schema.%s WHERE "
	    "table_schema = DATABASE() AND table_name = ", select, table);
	store_sql_quote(&r->sql, r->m->table[r->table].name);
}

/* What is in r->sql as a text that stays. */
static const char *
keep_sql(struct reading *r)
{
	const char *text = r->sql.len > 0 ? r->sql.data : "";

	if (!base_buf_ok(&r->sql))
		r->nomem = 1;
	return keep_arena_text(r, text);
}

/*
 * The columns are read into the query of rows, which is built while the query
 * for the columns is no longer needed.
 *
 * The buffer is taken out of R by a copy of the struct, and R gets a new one,
 * since the callback appends to R's while the query is still being read.  Each
 * copy is freed once.  A table without columns that we could select is an
 * error, as a dump without its rows would be incomplete and look whole.
 */
static int
read_columns(struct reading *r)
{
	struct dump_manifest_table *t = &r->m->table[r->table];
	struct dump_source_table *st = &r->s->table[r->table];
	struct base_buf ask;
	int rc;

	begin_description(r, "column_name, data_type, column_type, extra",
	    "columns");
	base_buf_str(&r->sql, " ORDER BY ordinal_position");
	ask = r->sql;
	base_buf_init(&r->sql);
	r->cap = 0;
	rc = store_sql_query(r->db, &ask, on_dumped_column, r);
	base_buf_done(&ask);
	if (rc == -1 || t->ncol == 0)
		return -1;
	base_buf_str(&r->sql, " FROM ");
	store_sql_name(&r->sql, t->name);
	st->select = keep_sql(r);

	begin_description(r, "column_name", "statistics");
	base_buf_str(&r->sql, " AND index_name = 'PRIMARY' "
	    "ORDER BY seq_in_index");
	ask = r->sql;
	base_buf_init(&r->sql);
	rc = store_sql_query(r->db, &ask, on_key_column, r);
	base_buf_done(&ask);
	st->order = keep_sql(r);
	t->has_key = st->nkey > 0;
	return rc;
}

/*
 * Can ranges of the key be told by a literal that any server reads alike?
 *
 * Keys of several columns would need a comparison of rows, which old servers do
 * not do by the index, and texts have collations, by which a literal may sort
 * elsewhere.  Such tables are read as one range, and are small with us:
 * stations have keys of bytes, others a number.
 */
static int
can_part(const struct dump_manifest_table *t,
    const struct dump_source_table *st)
{
	const char *type;
	size_t len;

	if (st->nkey != 1)
		return 0;
	type = t->col[st->key[0]].type;
	len = strlen(type);
	return st->key_is_bytes[0] ||
	    (len >= 3 && strcmp(type + len - 3, "int") == 0);
}

/*
 * The key of a row that begins a range; integers are their own literals.
 *
 * Bytes are written as a literal in hexadecimal, which no charset of a
 * connection touches.
 */
static int
on_bound(void *arg, char **field, const unsigned long *flen)
{
	struct reading *r = arg;
	struct dump_source_table *st = &r->s->table[r->table];
	const char **bound;

	bound = add_arena_room(r, st->bound, st->nbound, sizeof(*bound));
	if (bound == NULL)
		return -1;
	st->bound = bound;
	base_buf_reset(&r->sql);
	if (st->key_is_bytes[0])
		store_sql_quote_bytes(&r->sql, field[0], flen[0]);
	else
		base_buf_str(&r->sql, field[0]);
	st->bound[st->nbound++] = keep_sql(r);
	return r->nomem ? -1 : 0;
}

/*
 * A number's CRC is that of its decimal text, which all servers agree on.  The
 * order of the bounds is that of the key, so that two neighbours enclose a
 * range.
 */
static int
read_bounds(struct reading *r)
{
	const struct dump_manifest_table *t = &r->m->table[r->table];
	const struct dump_source_table *st = &r->s->table[r->table];
	const char *key = t->col[st->key[0]].name;
	struct base_buf ask;
	int rc;

	assert(st->nkey == 1);
	base_buf_init(&ask);
	base_buf_str(&ask, "SELECT ");
	store_sql_name(&ask, key);
	base_buf_str(&ask, " FROM ");
	store_sql_name(&ask, t->name);
	base_buf_str(&ask, " WHERE CRC32(");
	store_sql_name(&ask, key);
	base_buf_fmt(&ask, ") %% %d = 0%s", RANGE_ROWS, st->order);
	r->cap = 0;
	rc = store_sql_query(r->db, &ask, on_bound, r);
	base_buf_done(&ask);
	return rc;
}

static int
read_source_table(struct reading *r)
{
	struct dump_manifest_table *t = &r->m->table[r->table];

	base_buf_reset(&r->sql);
	base_buf_str(&r->sql, "SHOW CREATE TABLE ");
	store_sql_name(&r->sql, t->name);
	if (query(r, on_create) == -1 || read_columns(r) == -1)
		return -1;
	r->s->table[r->table].is_empty = strcmp(t->name, "loc_lease") == 0;
	if (r->s->table[r->table].is_empty)
		return 0;
	return can_part(t, &r->s->table[r->table]) ? read_bounds(r) : 0;
}

/*
 * Tables come by name, so two dumps of the same database have them in the same
 * order and can be compared as texts.
 */
int
dump_source_read(struct dump_source *s, struct dump_manifest *m,
    struct store_db *db)
{
	struct reading r = { .s = s, .m = m, .db = db };
	int rc;

	memset(s, 0, sizeof(*s));
	base_buf_init(&r.sql);
	base_buf_str(&r.sql, "SELECT table_name, table_type, engine FROM "
	    "information_schema.tables WHERE table_schema = DATABASE() "
	    "ORDER BY table_name");
	rc = query(&r, on_source_table);
	s->table = base_arena_calloc(&m->arena, m->ntable + 1,
	    sizeof(*s->table));
	if (s->table == NULL)
		r.nomem = 1;
	for (; rc == 0 && !r.nomem && r.table < m->ntable; r.table++)
		rc = read_source_table(&r);
	base_buf_done(&r.sql);
	if (r.nomem)
		warnx("database: out of memory");
	return r.nomem ? -1 : rc;
}

/*
 * The primary key is forced since the optimizer may prefer a scan and a sort
 * for a range that it believes to be large, which needs room on the server's
 * disk and sends nothing until it is done.
 */
void
dump_source_query(struct base_buf *b, const struct dump_source_table *t,
    size_t i)
{
	const char *key = t->order + sizeof(" ORDER BY ") - 1;

	assert(i <= t->nbound);
	base_buf_str(b, t->select);
	if (t->nkey > 0)
		base_buf_str(b, " FORCE INDEX (PRIMARY)");
	if (t->is_empty)
		base_buf_str(b, " WHERE FALSE");
	if (i > 0)
		base_buf_fmt(b, " WHERE %s >= %s", key, t->bound[i - 1]);
	if (i < t->nbound)
		base_buf_fmt(b, " %s %s < %s", i > 0 ? "AND" : "WHERE", key,
		    t->bound[i]);
	base_buf_str(b, t->order);
}
