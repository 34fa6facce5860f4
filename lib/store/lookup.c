/* SPDX-License-Identifier: ISC */
/*
 * One UNION ALL over the tables that are needed: the server does most of
 * the work, and a statement per table costs it twice as much.
 *
 * Several questions share a round trip: what they ask for is sorted by table
 * and key, so that a network that many ask for is in the statement once, and
 * each row that comes back is given to all who asked, by a binary search.
 * Rows come in any order, and a network that is not in the database simply
 * does not come.
 *
 * Nothing is locked, and there is no transaction: a lookup reads what was
 * committed last, and two networks of one question may be from before and
 * after an update.  That is of no matter, as each row stands for itself.
 *
 * All tables give as many columns, their slots, since a UNION asks for that;
 * which column of a table has which slot is in store/table.c.
 */
#include <assert.h>
#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/civil.h"
#include "base/clock.h"
#include "base/num.h"
#include "locate/found.h"
#include "locate/query.h"
#include "locate/weigh.h"
#include "store/db.h"
#include "store/lookup.h"
#include "store/near.h"
#include "store/row.h"
#include "store/sql.h"
#include "store/table.h"

/* Bytes of a key as a literal in a list, and of the rest of a SELECT. */
#define KEY_TEXT	(2 * RADIO_CELL_KEY_MAX + 4)
#define SELECT_TEXT	(256 + STORE_TABLE_LIST_LEN)

/* The fields of a row: which table it is of, its key, and what has slots. */
enum field { F_TABLE = STORE_LOOKUP_TABLE, F_KEY, F_SLOT };

/*
 * What lookups ask of each kind of table, made once, as there are thousands of
 * them a second: stations of MACs, cells, areas.
 */
struct shape {
	const struct store_table_column	*slot[STORE_TABLE_SLOTS];
	char	list[STORE_TABLE_LIST_LEN];	/* ",lat,lon,..." */
};
static struct shape shapes[STORE_ROW_TABLES];
static pthread_once_t shapes_once = PTHREAD_ONCE_INIT;

/* The lists depend on nothing that changes while the program runs. */
static void
make_shapes(void)
{
	const struct store_table *t;
	int i, k;

	for (i = 0; i < STORE_ROW_TABLES; i++) {
		t = &store_table[STORE_TABLE_ROWS + i];
		store_table_slot_list(shapes[i].list, t);
		for (k = 0; k < STORE_TABLE_SLOTS; k++)
			shapes[i].slot[k] = store_table_slot(t, k + 1);
	}
}

/* A network that a question asks for. */
struct want {
	uint8_t			 table;
	uint8_t			 key[RADIO_CELL_KEY_MAX];
	struct store_lookup	*by;
};

/* All of them, in the order of by_key_and_asker(). */
struct wants {
	struct want	*at;
	size_t		 n;
};

/*
 * Keys are compared with the zeros behind them, so that all have the same
 * length here.
 */
static int
by_wanted_key(const void *a, const void *b)
{
	const struct want *x = a, *y = b;

	return x->table != y->table ? x->table - y->table :
	    memcmp(x->key, y->key, sizeof(x->key));
}

/*
 * The same, and those of one question are side by side: a question that names
 * a network twice gets its row once.
 */
static int
by_key_and_asker(const void *a, const void *b)
{
	const struct want *x = a, *y = b;
	int d = by_wanted_key(a, b);

	return d != 0 ? d : (x->by > y->by) - (x->by < y->by);
}

/*
 * Note that the question BY asks for a network; there is room for as many as
 * count_networks() has counted.
 */
static void
add_want(struct wants *w, struct store_lookup *by, int table,
    const uint8_t *key, size_t len)
{
	struct want *to = &w->at[w->n++];

	assert(table >= 0 && table < STORE_ROW_TABLES);
	memset(to, 0, sizeof(*to));
	to->table = (uint8_t)table;
	to->by = by;
	memcpy(to->key, key, len);
}

static void
add_macs(struct wants *w, struct store_lookup *by, const struct locate_mac *m,
    size_t n, enum obs_kind kind)
{
	for (; n > 0; m++, n--)
		add_want(w, by, store_row_table(kind, m->mac), m->mac,
		    RADIO_MAC_LEN);
}

/*
 * Note all that one question asks for.  Radios that are never stored have no
 * table, so that their cells and areas are left out here and count as not
 * found.
 */
static void
add_lookup_query(struct wants *w, struct store_lookup *by)
{
	const struct locate_query *q = by->q;
	uint8_t key[RADIO_CELL_KEY_MAX];
	size_t i;

	add_macs(w, by, q->blue, q->nblue, OBS_BLUE);
	add_macs(w, by, q->wifi, q->nwifi, OBS_WIFI);
	for (i = 0; i < q->ncell; i++)
		if (radio_cell_is_stored(q->cell[i].cell.type)) {
			radio_cell_key(key, &q->cell[i].cell);
			add_want(w, by, store_row_table(OBS_CELL, key), key,
			    sizeof(key));
		}
	for (i = 0; i < q->narea; i++)
		if (radio_cell_is_stored(q->area[i].cell.type)) {
			radio_cell_area_key(key, &q->area[i].cell);
			add_want(w, by, store_row_area_table(key), key,
			    RADIO_CELL_AREA_MAX);
		}
}

/* Note the centres of the areas of one question. */
static void
add_centres(struct wants *w, struct store_lookup *by)
{
	uint8_t key[RADIO_CELL_AREA_MAX];
	const struct locate_cell *c;

	for (c = by->q->area; c < by->q->area + by->q->narea; c++)
		if (radio_cell_is_stored(c->cell.type)) {
			radio_cell_area_key(key, &c->cell);
			add_want(w, by, store_row_centre_table(key), key,
			    RADIO_CELL_AREA_MAX);
		}
}

static size_t
count_networks(const struct locate_query *q)
{
	return q->nblue + q->nwifi + q->ncell + q->narea;
}

/*
 * Write one SELECT for each table, each network once: from FROM on as many as
 * make a statement of LEN bytes.  Returns where the next statement begins.
 *
 * The lists are plain text instead of a prepared statement, because their
 * lengths differ every time.  Room for all is made at once; this is the
 * hottest path of the folder, and base_buf_fmt() is kept out of it.
 */
static size_t
add_selects(struct base_buf *b, const struct wants *w, size_t from,
    size_t len)
{
	const struct want *t;
	int table = -1;
	size_t i;

	base_buf_reset(b);
	base_buf_room(b, (w->n - from) * KEY_TEXT +
	    STORE_ROW_TABLES * SELECT_TEXT);
	for (i = from; i < w->n && b->len + SELECT_TEXT + KEY_TEXT <= len;
	    i++) {
		t = &w->at[i];
		if (i > 0 && by_wanted_key(t, t - 1) == 0)
			continue;
		if (t->table == table)
			base_buf_chr(b, ',');
		else {
			if (table != -1)
				base_buf_str(b, ") UNION ALL ");
			table = t->table;
			base_buf_str(b, "SELECT ");
			base_buf_i64(b, table);
			base_buf_chr(b, ',');
			base_buf_str(b, store_row_key_name(table));
			base_buf_str(b, shapes[table].list);
			base_buf_str(b, " FROM ");
			base_buf_str(b, store_row_table_name(table));
			base_buf_str(b, " WHERE ");
			base_buf_str(b, store_row_key_name(table));
			base_buf_str(b, " IN (");
		}
		store_sql_quote_bytes(b, t->key, store_row_key_len(table));
	}
	if (table != -1)
		base_buf_chr(b, ')');
	return i;
}

/*
 * UNION pads keys with zeros to the length of the longest, as we do; KEY has
 * room for MAX bytes, any key of its kind.
 */
static void
get_key(uint8_t *key, char **field, const unsigned long *flen, size_t max)
{
	memcpy(key, field[F_KEY], flen[F_KEY] < max ? flen[F_KEY] : max);
}

/* Set a row of TABLE, which is all NULL, from the fields of a result. */
static void
take_slots(int table, char **field, const unsigned long *flen, void *row)
{
	const struct shape *s = &shapes[table];
	int i;

	for (i = 0; i < STORE_TABLE_SLOTS; i++)
		if (s->slot[i] != NULL && field[F_SLOT + i] != NULL)
			store_table_take_text(
			    &store_table[STORE_TABLE_ROWS + table],
			    s->slot[i], field[F_SLOT + i], flen[F_SLOT + i],
			    row);
}

void
store_lookup_station(struct station_row *r, int table, char **field,
    const unsigned long *flen)
{
	station_row_init(r);
	get_key(r->key, field, flen, sizeof(r->key));
	take_slots(table, field, flen, r);
}

static void
read_centre(struct station_centre *r, int table, char **field,
    const unsigned long *flen)
{
	station_row_centre_init(r);
	get_key(r->key, field, flen, sizeof(r->key));
	take_slots(table, field, flen, r);
}

static void
read_area(struct station_area *r, int table, char **field,
    const unsigned long *flen)
{
	station_row_area_init(r);
	get_key(r->key, field, flen, sizeof(r->key));
	take_slots(table, field, flen, r);
}

/*
 * Give a row to the question BY, which has asked for TABLE.  The counts are
 * checked, although a network is given to a question once: the arrays are as
 * long as the question, whatever the server sends.
 */
static void
give_row(struct store_lookup *by, int table, char **field,
    const unsigned long *flen)
{
	struct locate_found *f = by->f;
	struct station_row *row;

	if (table >= STORE_ROW_CENTRE) {
		if (f->ncentre < by->q->narea)
			read_centre(&f->centre[f->ncentre++], table, field,
			    flen);
		return;
	}
	if (table >= STORE_ROW_AREA) {
		if (f->narea < by->q->narea)
			read_area(&f->area[f->narea++], table, field, flen);
		return;
	}
	if (table < STORE_ROW_WIFI)
		row = f->nblue < by->q->nblue ? &f->blue[f->nblue++] : NULL;
	else if (table < STORE_ROW_CELL)
		row = f->nwifi < by->q->nwifi ? &f->wifi[f->nwifi++] : NULL;
	else
		row = f->ncell < by->q->ncell ? &f->cell[f->ncell++] : NULL;
	if (row != NULL)
		store_lookup_station(row, table, field, flen);
}

const char *
store_lookup_list(int table)
{
	return shapes[table].list;
}

/*
 * Find everybody who asked for the network of a row.  The search ends on any
 * of them, so that it goes back to the first, and then through them; of
 * several that are the same question's only the last gives it the row.
 */
static int
on_lookup_row(void *arg, char **field, const unsigned long *flen)
{
	const struct wants *w = arg;
	const struct want *hit, *last = w->at + w->n - 1;
	struct want want = { 0 };
	int64_t table;

	if (!base_num_i64(field[F_TABLE], flen[F_TABLE], &table))
		return 0;
	want.table = (uint8_t)table;
	get_key(want.key, field, flen, sizeof(want.key));
	hit = bsearch(&want, w->at, w->n, sizeof(*hit), by_wanted_key);
	if (hit == NULL)
		return 0;
	while (hit > w->at && by_wanted_key(hit - 1, &want) == 0)
		hit--;
	for (; hit <= last && by_wanted_key(hit, &want) == 0; hit++)
		if (hit == last || by_key_and_asker(hit, hit + 1) != 0)
			give_row(hit->by, want.table, field, flen);
	return 0;
}

/*
 * Room for the answer is taken from the question's own arena, for as many rows
 * as it names networks: nothing is allocated while rows are read.
 */
static int
take_lookup_rows(struct store_lookup *l)
{
	const struct locate_query *q = l->q;
	struct locate_found *f = l->f;

	memset(f, 0, sizeof(*f));
	f->blue = base_arena_alloc(l->a, q->nblue * sizeof(*f->blue));
	f->wifi = base_arena_alloc(l->a, q->nwifi * sizeof(*f->wifi));
	f->cell = base_arena_alloc(l->a, q->ncell * sizeof(*f->cell));
	f->area = base_arena_alloc(l->a, q->narea * sizeof(*f->area));
	f->centre = base_arena_alloc(l->a, q->narea * sizeof(*f->centre));
	return f->blue == NULL || f->wifi == NULL || f->cell == NULL ||
	    f->area == NULL || f->centre == NULL ? -1 : 0;
}

/*
 * Look for all of W, in one statement unless it would be too long.  The
 * connection comes first, as only then the server's limit is known.
 */
static int
look_up_wants(struct store_db *db, struct base_buf *b, struct wants *w)
{
	size_t i = 0;

	if (store_db_handle(db) == NULL)	/* knows the longest */
		return -1;
	while (i < w->n) {
		i = add_selects(b, w, i, store_db_packet(db));
		if (!base_buf_ok(b)) {
			warnx("lookup: out of memory");
			return -1;
		}
		if (b->len > 0 &&
		    store_db_query(db, b->data, b->len, on_lookup_row, w) == -1)
			return -1;
	}
	return 0;
}

/* 1 if one of N rows is of use, 0 if none is. */
static int
any_usable(const struct station_row *row, size_t n)
{
	int64_t today = base_civil_day_of(base_clock_now_s());

	for (; n > 0; row++, n--)
		if (locate_weigh_usable(row, today))
			return 1;
	return 0;
}

/*
 * 1 if L asks for a position from cells of which none is known, and so needs
 * more: what is near them.
 */
static int
needs_near(const struct store_lookup *l)
{
	return !l->q->only_named && l->q->lacf && l->q->ncell > 0 &&
	    !any_usable(l->f->cell, l->f->ncell);
}

/* 1 if there is nothing near either, so that the area has to answer. */
static int
needs_centre(const struct store_lookup *l)
{
	return !l->q->only_named && l->q->lacf && l->f->narea > 0 &&
	    !any_usable(l->f->cell, l->f->ncell) &&
	    !any_usable(l->f->near, l->f->nnear);
}

/*
 * What the N questions need more: those whose cells are all unknown, what is
 * near these; and if that is nothing, the centres of their areas, for which
 * there is room in W.  Most questions need neither.
 */
static int
look_further(struct store_db *db, struct base_buf *b, struct wants *w,
    struct store_lookup *const *l, size_t n)
{
	struct store_lookup *one;
	struct store_near near = { .n = 0 };
	size_t i;
	int rc = 0;

	w->n = 0;
	for (i = 0; i < n && rc == 0; i++) {
		one = l[i];
		if (!needs_near(one))
			continue;
		if (store_near_take(one) == -1) {
			warnx("lookup: out of memory");
			return -1;
		}
		near.by[near.n++] = one;
		if (near.n == STORE_NEAR_MAX) {
			rc = store_near_run(db, b, &near);
			near.n = 0;
		}
	}
	if (rc == 0 && near.n > 0)
		rc = store_near_run(db, b, &near);
	for (i = 0; i < n && rc == 0; i++)
		if (needs_centre(l[i]))
			add_centres(w, l[i]);
	if (rc == 0 && w->n > 0) {
		qsort(w->at, w->n, sizeof(*w->at), by_key_and_asker);
		rc = look_up_wants(db, b, w);
	}
	return rc;
}

/*
 * The same; once more, from the beginning, if the connection was lost.  That
 * is only done where there was a connection before: it may have been idle for
 * long and closed by the server or a proxy, which shows by the first statement
 * that is sent.  If there was none, it could not be made just now, and would
 * not be a moment later.
 *
 * Counts are reset by each attempt, since the first may have given some rows.
 */
static int
look_up_again(struct store_db *db, struct wants *w, struct wants *further,
    struct store_lookup *const *l, size_t n)
{
	int again = store_db_connected(db), rc;
	struct base_buf b;
	size_t i;

	base_buf_init(&b);
	do {
		for (i = 0; i < n; i++)
			l[i]->f->nblue = l[i]->f->nwifi = l[i]->f->ncell =
			    l[i]->f->nnear = l[i]->f->narea =
			    l[i]->f->ncentre = 0;
		if ((rc = look_up_wants(db, &b, w)) == 0) {
			rc = look_further(db, &b, further, l, n);
		}
	} while (rc == -1 && store_db_retry(db) == STORE_ERROR_LOST && again--);
	base_buf_done(&b);
	if (rc == -1 && store_db_retry(db) != STORE_ERROR_FATAL &&
	    !store_db_backing_off(db))
		warnx("%s: %s", store_db_where(db), store_db_error(db));
	return rc;
}

/*
 * The list of all questions lives in the arena of the first one, which is as
 * good as any: all of them end together.
 */
int
store_lookup_run(struct store_db *db, struct store_lookup *const *l, size_t n)
{
	struct wants w = { NULL, 0 }, further = w;
	size_t all = 0, areas = 0, i;
	int rc = 0;

	for (i = 0; i < n; i++) {
		rc |= take_lookup_rows(l[i]);
		all += count_networks(l[i]->q);
		areas += l[i]->q->narea;
	}
	if (rc == -1 || (w.at = base_arena_alloc(l[0]->a,
	    all * sizeof(*w.at))) == NULL ||
	    (further.at = base_arena_alloc(l[0]->a,
	    areas * sizeof(*w.at))) == NULL) {
		warnx("lookup: out of memory");
		return -1;
	}
	for (i = 0; i < n; i++)
		add_lookup_query(&w, l[i]);
	if (w.n == 0)
		return 0;
	pthread_once(&shapes_once, make_shapes);
	qsort(w.at, w.n, sizeof(*w.at), by_key_and_asker);
	return look_up_again(db, &w, &further, l, n);
}
