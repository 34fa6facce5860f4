/* SPDX-License-Identifier: ISC */
/*
 * A row is kept as JSON, which can be read by people, and by a later version
 * that has more columns.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/civil.h"
#include "base/num.h"
#include "json/doc.h"
#include "json/write.h"
#include "station/row.h"
#include "station/trust.h"
#include "station/update.h"
#include "store/db.h"
#include "store/json.h"
#include "store/retry.h"
#include "store/row.h"
#include "store/sql.h"
#include "store/table.h"
#include "store/undo.h"

#define SOME		100	/* stations of one transaction */
#define VALUES_LEN	256	/* of add_values(), at most */

static const struct store_table *
table_of(int table)
{
	return &store_table[STORE_TABLE_ROWS + table];
}

/* What is before the key of U. */
static void
add_values(struct base_buf *b, const struct store_undo *u, const char *time)
{
	base_buf_fmt(b, "('%s',%d,%d,%u,%lld,%lld,", time,
	    store_row_kind(u->table), u->what, u->tag, (long long)u->first,
	    (long long)u->last);
	store_sql_quote_bytes(b, u->key, store_row_key_len(u->table));
	base_buf_chr(b, ',');
}

int
store_undo_add(struct store_db *db, const struct store_undo *u, size_t n,
    int64_t now)
{
	struct store_sql s = { .db = db, .between = ",", .tail = "",
	    .head = "INSERT INTO loc_undo (`time`, kind, what, tag, first, "
	    "last, sid, old) VALUES " };
	char time[BASE_CIVIL_TIME_LEN];
	struct json_write w;
	struct base_buf *b, text;

	base_buf_init(&text);
	base_civil_format_time(time, now, ' ');
	for (; n > 0; u++, n--) {
		base_buf_reset(&text);
		json_write_begin(&w, &text);
		store_json_write(&w, table_of(u->table), u->old);
		json_write_end(&w);
		if (!base_buf_ok(&text)) {
			warnx("database: out of memory");
			break;
		}
		if ((b = store_sql_next(&s)) == NULL)
			break;
		add_values(b, u, time);
		assert(2 * text.len + VALUES_LEN <= STORE_SQL_ELEMENT_MAX);
		store_sql_quote_bytes(b, text.data, text.len);
		base_buf_chr(b, ')');
	}
	base_buf_done(&text);
	return store_sql_end(&s) == -1 || n > 0 ? -1 : 0;
}

enum { ID, TIME, KIND, WHAT, TAG, FIRST, LAST, SID, OLD, FIELDS };

/* What is being listed. */
struct list {
	int	(*each)(void *arg, const struct store_undo *u);
	void	*arg;
	struct base_arena mem;		/* for one row */
};

/* Set OLD from the JSON of LEN bytes of TEXT.  Returns 0, or -1. */
static int
read_old(struct list *l, int table, const char *text, size_t len,
    struct station_row *old)
{
	struct json_doc d;

	base_arena_reset(&l->mem);
	return json_doc_parse(&d, text, len, &l->mem) == 0 &&
	    json_doc_kind(&d, 0) == JSON_DOC_OBJECT &&
	    store_json_read(table_of(table), &d, 0, old) == NULL ? 0 : -1;
}

/*
 * Rows are whatever stands in the table, so that nothing of them is believed.
 */
static int
on_undo(void *arg, char **field, const unsigned long *flen)
{
	struct list *l = arg;
	struct station_row old;
	struct store_undo u = { .old = &old };
	int64_t v[SID];
	int i;

	for (i = 0; i < SID; i++)
		if (i != TIME && (field[i] == NULL ||
		    !base_num_i64(field[i], flen[i], &v[i])))
			return 0;
	if (field[TIME] == NULL ||
	    !base_civil_parse(field[TIME], flen[TIME], &u.time) ||
	    field[SID] == NULL || field[OLD] == NULL || flen[SID] == 0 ||
	    flen[SID] > sizeof(u.key) || v[KIND] < 0 || v[KIND] >= OBS_KINDS)
		return 0;
	memcpy(u.key, field[SID], flen[SID]);
	u.table = store_row_table((enum obs_kind)v[KIND], u.key);
	if (u.table < 0 || u.table >= STORE_ROW_AREA ||
	    flen[SID] != store_row_key_len(u.table))
		return 0;
	u.id = v[ID];
	u.what = (enum store_undo_what)v[WHAT];
	u.tag = (unsigned)v[TAG];
	u.first = v[FIRST];
	u.last = v[LAST];
	u.bad = read_old(l, u.table, field[OLD], flen[OLD], &old) == -1;
	return l->each(l->arg, &u);
}

int
store_undo_list(struct store_db *db, int table, const uint8_t *key,
    int64_t from, int64_t to,
    int (*each)(void *arg, const struct store_undo *u), void *arg)
{
	char a[BASE_CIVIL_TIME_LEN], z[BASE_CIVIL_TIME_LEN];
	struct list l = { .each = each, .arg = arg };
	struct base_buf b;
	int rc;

	base_buf_init(&b);
	base_arena_init(&l.mem);
	base_civil_format_time(a, from, ' ');
	base_civil_format_time(z, to, ' ');
	base_buf_fmt(&b, "SELECT id, `time`, kind, what, tag, first, last, "
	    "sid, old FROM loc_undo WHERE `time` >= '%s' AND `time` < '%s'",
	    a, z);
	if (table != -1) {
		base_buf_fmt(&b, " AND kind = %d AND sid = ",
		    store_row_kind(table));
		store_sql_quote_bytes(&b, key, store_row_key_len(table));
	}
	base_buf_str(&b, " ORDER BY id DESC");
	rc = store_sql_query(db, &b, on_undo, &l);
	base_buf_done(&b);
	base_arena_done(&l.mem);
	return rc;
}

int
store_undo_delete(struct store_db *db, int64_t id)
{
	return store_db_execf(db, "DELETE FROM loc_undo WHERE id = %lld",
	    (long long)id);
}

int
store_undo_forget(struct store_db *db, int table, const uint8_t *key)
{
	struct base_buf b;
	int rc;

	base_buf_init(&b);
	base_buf_fmt(&b, "DELETE FROM loc_undo WHERE kind = %d AND sid = ",
	    store_row_kind(table));
	store_sql_quote_bytes(&b, key, store_row_key_len(table));
	rc = store_sql_run(db, &b);
	base_buf_done(&b);
	return rc;
}

/* Stations whose time has come. */
struct ending {
	int64_t	before, now;
	int	dry;
	size_t	n;
	struct {
		int			table;
		struct store_row_key	key;
	}	at[SOME];
	int64_t	ended;
};

static int
on_ending(void *arg, char **field, const unsigned long *flen)
{
	struct ending *e = arg;
	int64_t kind;

	if (!base_num_i64(field[0], flen[0], &kind) || kind < 0 ||
	    kind >= OBS_CELL || flen[1] != RADIO_MAC_LEN || e->n == SOME)
		return 0;
	memset(&e->at[e->n], 0, sizeof(e->at[0]));
	memcpy(e->at[e->n].key.byte, field[1], flen[1]);
	e->at[e->n].table = store_row_table((enum obs_kind)kind,
	    e->at[e->n].key.byte);
	e->n++;
	return 0;
}

/* The station is a tombstone now, unless somebody has brought it back. */
static int
end_optout(struct store_db *db, int table, const struct store_row_key *key,
    int64_t now)
{
	struct station_row row;
	struct station_trust t;
	const void *rows[] = { &row };
	size_t found;

	if (store_row_select(db, table, key, 1, 1, &row, &found) == -1)
		return -1;
	if (found > 0 && station_trust_get(&t, &row, store_row_kind(table)) &&
	    (t.flags & STATION_TRUST_OPTED_OUT) != 0) {
		station_update_forget(&row, 1, key->byte, now);
		if (store_row_write(db, table, rows, 1,
		    STORE_ROW_UPSERT) == -1)
			return -1;
	}
	return store_undo_forget(db, table, key->byte);
}

/* Some of them, for store_retry(), in the order of locks. */
static int
end_some(struct store_db *db, void *arg)
{
	struct ending *e = arg;
	char sql[192], time[BASE_CIVIL_TIME_LEN];
	size_t i;
	int len;

	e->n = 0;
	base_civil_format_time(time, e->before, ' ');
	len = snprintf(sql, sizeof(sql), "SELECT DISTINCT kind, sid "
	    "FROM loc_undo WHERE what = %d AND `time` < '%s' "
	    "ORDER BY kind, SUBSTR(HEX(sid), 5, 1), sid LIMIT %d",
	    STORE_UNDO_OPTOUT, time, SOME);
	if (store_db_query(db, sql, (size_t)len, on_ending, e) == -1)
		return -1;
	for (i = 0; i < e->n && !e->dry; i++)
		if (end_optout(db, e->at[i].table, &e->at[i].key,
		    e->now) == -1)
			return -1;
	return 0;
}

int64_t
store_undo_end_optouts(struct store_db *db, int dry, int64_t before,
    int64_t now)
{
	struct ending e = { .before = before, .now = now, .dry = dry };

	do {
		if (store_retry(db, end_some, &e) == -1)
			return -1;
		e.ended += (int64_t)e.n;
	} while (!dry && e.n == SOME);
	return e.ended;
}
