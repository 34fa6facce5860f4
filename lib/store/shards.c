/* SPDX-License-Identifier: ISC */
/*
 * A statement that looks into 16 tables takes the server longer to read and to
 * plan than to run.  So there is one for each kind that looks into all of them,
 * for as many networks in each as it is asked for in the one that has most:
 * one, two, four and so on.  NULL stands for those that are not there, which
 * costs next to nothing.  Values travel as they are, too, where text would have
 * to be made of doubles and read again.
 *
 * Measured with MariaDB 10.11, of its CPU time: a table costs it 36 us as text
 * and 15 us prepared, a row 11 us and 5.5 us, a NULL 0.3 us; a statement of 16
 * tables takes 370 KB of its memory as long as it is kept.  Hence the limits.
 */
#include <err.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <mysql.h>
#include <mysqld_error.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "radio/mac.h"
#include "store/db.h"
#include "store/result.h"
#include "store/row.h"
#include "store/shards.h"
#include "store/table.h"

#define SHARDS		16
#define MIN_SHARDS	6	/* with fewer of them text is faster */
#define MAX_EACH	64	/* networks of a table */
#define MAX_ROOM	8	/* places of the statement for a network */
#define REFUSED_MS	60000	/* before a server is asked again */

/* Until then nothing is prepared, as a server had no room for it. */
static _Atomic int64_t refused_until_ms;

/* Returns 1, for the caller: text may do it. */
static int
note_refusal(void)
{
	atomic_store(&refused_until_ms, base_clock_mono_ms() + REFUSED_MS);
	return 1;
}

/*
 * How many networks of each table a statement for S has; 0: text does it
 * better.
 */
static size_t
room_for(const struct store_shards *s)
{
	size_t count[SHARDS] = { 0 }, most = 0, used = 0, each = 1, i, *c;

	for (i = 0; i < s->n; i++) {
		c = &count[radio_mac_shard(s->mac[i])];
		used += (*c)++ == 0;
		most = *c > most ? *c : most;
	}
	while (each < most)
		each *= 2;
	return used < MIN_SHARDS || each > MAX_EACH ||
	    each * SHARDS > MAX_ROOM * s->n ? 0 : each;
}

static int
first_table(enum obs_kind kind)
{
	return kind == OBS_BLUE ? STORE_ROW_BLUE : STORE_ROW_WIFI;
}

static void
add_shards(struct base_buf *b, const struct store_result *r,
    enum obs_kind kind, size_t each)
{
	size_t k;
	int i;

	for (i = 0; i < SHARDS; i++) {
		base_buf_str(b, i == 0 ? "SELECT " : " UNION ALL SELECT ");
		store_result_list(r, b);
		base_buf_fmt(b, " FROM %s WHERE %s IN ",
		    store_row_table_name(first_table(kind) + i),
		    r->table->key->name);
		for (k = 0; k < each; k++)
			base_buf_str(b, k == 0 ? "(?" : ",?");
		base_buf_chr(b, ')');
	}
}

/* The statement called NAME, or NULL, of which lack of room is not told. */
static MYSQL_STMT *
prepare_shards(struct store_db *db, const char *name,
    const struct store_result *r, enum obs_kind kind, size_t each)
{
	MYSQL_STMT *stmt = store_db_kept(db, name);
	struct base_buf b;

	if (stmt != NULL)
		return stmt;
	base_buf_init(&b);
	add_shards(&b, r, kind, each);
	store_db_expect(db, ER_MAX_PREPARED_STMT_COUNT_REACHED);
	stmt = store_db_prepare(db, &b);
	store_db_expect(db, 0);
	base_buf_done(&b);
	return stmt;
}

/* Set P, all zeros, to the networks: EACH of each table, or NULL. */
static void
bind_networks(MYSQL_BIND *p, const struct store_shards *s, size_t each)
{
	size_t at[SHARDS], i, shard;

	for (i = 0; i < SHARDS; i++)
		at[i] = i * each;
	for (i = 0; i < SHARDS * each; i++)
		p[i].buffer_type = MYSQL_TYPE_NULL;
	for (i = 0; i < s->n; i++) {
		shard = (size_t)radio_mac_shard(s->mac[i]);
		p[at[shard]].buffer_type = MYSQL_TYPE_BLOB;
		/* The library only reads it. */
		p[at[shard]].buffer = (void *)(uintptr_t)s->mac[i];
		p[at[shard]++].buffer_length = RADIO_MAC_LEN;
	}
}

/* Data that did not fit its buffer is no failure, see store/result.c. */
static int
fetch_stations(MYSQL_STMT *stmt, MYSQL_BIND *p, struct store_result *r,
    void (*each)(void *arg, const struct station_row *row), void *arg)
{
	struct station_row row;
	int rc;

	if (mysql_stmt_bind_param(stmt, p) != 0 ||
	    mysql_stmt_execute(stmt) != 0 ||
	    mysql_stmt_bind_result(stmt, r->bind) != 0)
		return -1;
	while ((rc = mysql_stmt_fetch(stmt)) == 0 ||
	    rc == MYSQL_DATA_TRUNCATED) {
		store_result_take(r, &row);
		each(arg, &row);
	}
	return rc == MYSQL_NO_DATA ? 0 : -1;
}

/*
 * A table that has changed makes the server prepare its statements again by
 * itself.  One that has room for fewer tables than it is asked for gives up at
 * that, before it sends a row.
 */
int
store_shards_select(struct store_db *db, const struct store_shards *s,
    void (*each)(void *arg, const struct station_row *row), void *arg,
    struct base_arena *a)
{
	size_t room = room_for(s);
	struct store_result r;
	MYSQL_STMT *stmt;
	MYSQL_BIND *p;
	char name[32];
	int rc;

	if (room == 0 || base_clock_mono_ms() < atomic_load(&refused_until_ms))
		return 1;
	if ((p = base_arena_calloc(a, SHARDS * room, sizeof(*p))) == NULL) {
		warnx("lookup: out of memory");
		return -1;
	}
	store_result_init_slots(&r, &store_table[STORE_TABLE_ROWS +
	    first_table(s->kind)]);
	snprintf(name, sizeof(name), "shards %d %zu", first_table(s->kind),
	    room);
	if ((stmt = prepare_shards(db, name, &r, s->kind, room)) == NULL)
		return store_db_errno(db) ==
		    ER_MAX_PREPARED_STMT_COUNT_REACHED ? note_refusal() : -1;
	bind_networks(p, s, room);
	if ((rc = fetch_stations(stmt, p, &r, each, arg)) == 0) {
		store_db_keep(db, name, stmt);
		return 0;
	}
	if (mysql_stmt_errno(stmt) == ER_NEED_REPREPARE)
		rc = note_refusal();
	else
		store_db_fail(db, name, stmt);
	mysql_stmt_close(stmt);
	return rc;
}
