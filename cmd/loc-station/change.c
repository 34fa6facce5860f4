/* SPDX-License-Identifier: ISC */
/*
 * Changes of single networks, each in a transaction of its own.
 *
 * Before a change is committed the network is printed as it was, as the line
 * of JSON that "restore" puts back; so there is no change that cannot be taken
 * back by who has kept what was printed, and the database keeps nothing of a
 * network that shall not be known.
 *
 * A network that is forgotten or blocked loses its position, as it does when
 * the pipeline blocks it: everything that reads rows passes over it then, and
 * the areas of cells are made anew without it.  Locks are taken in the order
 * of the pipeline: opt-outs, rows, marks.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/civil.h"
#include "io/cli.h"
#include "station/trust.h"
#include "station/update.h"
#include "store/area.h"
#include "store/db.h"
#include "store/retry.h"
#include "store/row.h"
#include "store/undo.h"

#include "station.h"

/* Submissions that were enough before there were witnesses. */
#define ENOUGH	2

struct change {
	struct run	*r;
	struct network	*n;
	/* Makes N what it shall be: 0, or -1 if it is so; warned. */
	int		(*change)(const struct run *r, struct network *n);
	int		 refused;
};

static void
refuse(const struct network *n, const char *why)
{
	char name[NAME_LEN];

	network_format(name, n);
	warnx("%s %s: %s", kind_name(n->kind), name, why);
}

static int
write_row(struct store_db *db, const struct network *n, int existed)
{
	const void *rows[] = { &n->row };
	struct base_buf b;
	int rc;

	if (n->exists)
		return store_row_write(db, n->table, rows, 1, existed ?
		    STORE_ROW_UPSERT : STORE_ROW_INSERT);
	base_buf_init(&b);
	base_buf_fmt(&b, "DELETE FROM %s WHERE %s = x'",
	    store_row_table_name(n->table), store_row_key_name(n->table));
	base_buf_hex(&b, n->key, store_row_key_len(n->table));
	base_buf_chr(&b, '\'');
	rc = base_buf_ok(&b) ? store_db_run(db, b.data, b.len) : -1;
	base_buf_done(&b);
	return rc;
}

int
network_write(struct store_db *db, const struct network *n, int existed)
{
	int kind = n->kind == BLUE ? (int)OBS_BLUE : (int)OBS_WIFI;
	struct store_area_key area;

	assert(n->kind != AREA);
	if (n->kind != CELL && store_optout_put(db, kind, n->key,
	    n->optout.count > 0 ? &n->optout : NULL) == -1)
		return -1;
	if ((n->exists || existed) && write_row(db, n, existed) == -1)
		return -1;
	if (n->kind != CELL)
		return 0;
	return store_area_mark(db, &area, store_area_add(&area, 0, n->key));
}

static int	forget(const struct run *r, struct network *n);

/*
 * For store_retry().  A refusal is no failure: nothing is written then.  What
 * is to be forgotten is not kept for undoing either.
 */
static int
work(struct store_db *db, void *arg)
{
	struct change *c = arg;
	struct network before = *c->n, after;
	struct base_buf b;

	c->refused = 0;
	if (network_read(db, &before, 1) == -1)
		return -1;
	after = before;
	if (c->change(c->r, &after) == -1) {
		c->refused = 1;
		return 0;
	}
	if (!c->r->dry && network_write(db, &after, before.exists) == -1)
		return -1;
	if (!c->r->dry && c->change == forget &&
	    store_undo_forget(db, after.table, after.key) == -1)
		return -1;
	base_buf_init(&b);
	network_json(c->r, &before, &b);
	io_cli_line(&b);
	io_cli_flush();
	base_buf_done(&b);
	return 0;
}

/* Returns 1 if some were refused, which does not keep others. */
static int
change_networks(struct run *r, char *const *arg,
    int (*change)(const struct run *r, struct network *n))
{
	enum kind kind = kind_of(*arg++);
	struct network n;
	struct change c = { .r = r, .n = &n, .change = change };
	int rc = EX_OK;

	for (; *arg != NULL; arg++) {
		network_parse(&n, kind, *arg, NULL);
		if (store_retry(r->db, work, &c) == -1)
			return store_db_status(r->db);
		if (c.refused)
			rc = 1;
	}
	return rc;
}

static int
forget(const struct run *r, struct network *n)
{
	if (network_state(n, r->today) == FORGOTTEN) {
		refuse(n, "is forgotten already");
		return -1;
	}
	station_update_forget(&n->row, n->exists, n->key, r->now_s);
	n->exists = 1;
	if (n->kind == CELL)
		return 0;
	if (n->optout.count == 0)
		n->optout.first = r->today;
	n->optout.last = r->today;
	if (n->optout.count < ENOUGH)
		n->optout.count = ENOUGH;
	return 0;
}

int
network_is_for_good(const struct network *n)
{
	return n->exists && n->row.block_last == base_civil_days(9999, 12, 31);
}

static int
unforget(const struct run *r, struct network *n)
{
	struct station_trust t;

	if (n->optout.count == 0 && !network_is_for_good(n)) {
		refuse(n, "is not forgotten");
		return -1;
	}
	n->optout.count = 0;
	if (!network_is_for_good(n))
		return 0;
	if (n->kind != AREA && station_trust_get(&t, &n->row,
	    store_row_kind(n->table)) &&
	    (t.flags & STATION_TRUST_OPTED_OUT) != 0) {
		t.flags &= ~(unsigned)STATION_TRUST_OPTED_OUT;
		station_trust_set(&n->row, &t);
		n->row.block_first = n->row.block_last = STATION_ROW_NULL;
		n->row.block_count = STATION_ROW_NULL;
		n->row.modified = r->now_s;
	} else
		n->exists = 0;
	return 0;
}

/*
 * The block is that of the pipeline, with another last day; the count, which
 * tells how often the network has moved, is left alone.  A network is blocked
 * on the day after block_last, too.
 */
static int
block(const struct run *r, struct network *n)
{
	int64_t count;

	if (network_is_for_good(n)) {
		refuse(n, "is blocked for good already");
		return -1;
	}
	count = n->exists ? n->row.block_count : 0;
	station_update_forget(&n->row, n->exists, n->key, r->now_s);
	n->exists = 1;
	n->row.block_count = count == STATION_ROW_NULL ? 0 : count;
	if (r->days > 0)
		n->row.block_last = r->today + r->days - 2;
	return 0;
}

/* A station that was never blocked is used as soon as it has a position. */
static int
unblock(const struct run *r, struct network *n)
{
	enum state state = network_state(n, r->today);

	if (state != BLOCKED) {
		refuse(n, state == FORGOTTEN ? "is forgotten: see unforget" :
		    "is not blocked");
		return -1;
	}
	n->row.block_first = n->row.block_last = STATION_ROW_NULL;
	n->row.block_count = 0;
	return 0;
}

int
forget_networks(struct run *r, char *const *arg)
{
	return change_networks(r, arg, forget);
}

int
unforget_networks(struct run *r, char *const *arg)
{
	return change_networks(r, arg, unforget);
}

int
block_networks(struct run *r, char *const *arg)
{
	return change_networks(r, arg, block);
}

int
unblock_networks(struct run *r, char *const *arg)
{
	return change_networks(r, arg, unblock);
}
