/* SPDX-License-Identifier: ISC */
/*
 * One UNION ALL over the tables that are needed: the server does most of
 * the work, and a statement per table costs it twice as much.  Where many
 * networks are asked for, those with MACs have a prepared one of their own
 * (store/shards.c), which is a round trip more where there are cells, too.
 *
 * Several questions share a round trip: what they ask for is in a hash table,
 * so that a network that many ask for is in the statement once, and each row
 * that comes back is given to all who asked.  Rows come in any order, and a
 * network that is not in the database simply does not come.
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
#include "store/shards.h"
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
	struct store_table_field	slot[STORE_TABLE_SLOTS];
	int	n;				/* of these are used */
	char	list[STORE_TABLE_LIST_LEN];	/* ",lat,lon,..." */
};
static struct shape shapes[STORE_ROW_TABLES];
static pthread_once_t shapes_once = PTHREAD_ONCE_INIT;

static void	make_factors(void);

/* The lists depend on nothing that changes while the program runs. */
static void
make_shapes(void)
{
	const struct store_table_column *c;
	const struct store_table *t;
	int i, k;

	make_factors();
	for (i = 0; i < STORE_ROW_TABLES; i++) {
		t = &store_table[STORE_TABLE_ROWS + i];
		store_table_slot_list(shapes[i].list, t);
		for (k = 0; k < STORE_TABLE_SLOTS; k++) {
			c = store_table_slot(t, k + 1);
			if (c == NULL)
				continue;
			shapes[i].slot[shapes[i].n++] =
			    (struct store_table_field){ c, F_SLOT + k };
		}
	}
}

/*
 * A network that a question asks for.  Keys have zeros behind them, so that all
 * have the same length, and the last byte is the table: so two comparisons tell
 * networks apart.
 */
struct want {
	union {
		uint8_t		 byte[16];
		uint64_t	 word[2];
	}			 key;
	struct store_lookup	*by;
	uint32_t		 next;	/* who also asks for it: number + 1 */
	uint32_t		 last;	/* of the first: the last of these */
};

#define TABLE_AT	15

_Static_assert(RADIO_CELL_KEY_MAX <= TABLE_AT, "keys leave room for the table");

/*
 * All of them, each network behind the first who asks for it, which is in the
 * hash table.  The first ones in the order of their tables are what statements
 * are made of; TEXT are those of them that are asked for as text.
 */
struct wants {
	struct want	*at;
	size_t		 n;
	uint32_t	*slot;		/* 2^BITS of them, as number + 1 */
	unsigned	 bits;
	uint32_t	*order, *text;
	size_t		 norder, ntext;
};

/* Nobody can choose networks that share slots. */
static uint64_t factor[2];

static void
make_factors(void)
{
	arc4random_buf(factor, sizeof(factor));
	factor[0] |= 1;
	factor[1] |= 1;
}

/* Room for N, in A.  Returns 0, or -1. */
static int
take_wants(struct wants *w, size_t n, struct base_arena *a)
{
	w->n = w->norder = w->ntext = 0;
	for (w->bits = 4; (size_t)1 << w->bits < 2 * n; w->bits++)
		;
	w->at = base_arena_array(a, n, sizeof(*w->at));
	w->order = base_arena_array(a, n, sizeof(*w->order));
	w->text = base_arena_array(a, n, sizeof(*w->text));
	w->slot = base_arena_calloc(a, (size_t)1 << w->bits,
	    sizeof(*w->slot));
	return w->at == NULL || w->order == NULL || w->text == NULL ||
	    w->slot == NULL ? -1 : 0;
}

/* Nothing is noted any more. */
static void
forget_wants(struct wants *w)
{
	if (w->n > 0)
		memset(w->slot, 0, ((size_t)1 << w->bits) * sizeof(*w->slot));
	w->n = w->norder = w->ntext = 0;
}

/* The slot of KEY: of the first who asks for it, or empty. */
static uint32_t *
slot_of(const struct wants *w, const uint64_t key[2])
{
	size_t mask = ((size_t)1 << w->bits) - 1;
	size_t i = (size_t)((key[0] * factor[0] + key[1] * factor[1]) >>
	    (64 - w->bits));
	const struct want *p;

	for (;; i = (i + 1) & mask) {
		if (w->slot[i] == 0)
			return &w->slot[i];
		p = &w->at[w->slot[i] - 1];
		if (p->key.word[0] == key[0] && p->key.word[1] == key[1])
			return &w->slot[i];
	}
}

/*
 * Note that the question BY asks for a network; there is room for as many as
 * count_networks() has counted.  All that one question asks for is noted before
 * another: so if it names a network twice it is the last one who asked for it.
 */
static void
add_want(struct wants *w, struct store_lookup *by, int table,
    const uint8_t *key, size_t len)
{
	struct want *first, *to = &w->at[w->n];
	uint32_t *slot;

	assert(table >= 0 && table < STORE_ROW_TABLES && len <= TABLE_AT);
	memset(to, 0, sizeof(*to));
	memcpy(to->key.byte, key, len);
	to->key.byte[TABLE_AT] = (uint8_t)table;
	to->by = by;
	slot = slot_of(w, to->key.word);
	if (*slot == 0) {
		to->last = *slot = (uint32_t)++w->n;
		return;
	}
	first = &w->at[*slot - 1];
	if (w->at[first->last - 1].by == by)
		return;
	w->n++;
	w->at[first->last - 1].next = (uint32_t)w->n;
	first->last = (uint32_t)w->n;
}

/* Put the first ones in the order of their tables. */
static void
order_wants(struct wants *w)
{
	uint32_t from[STORE_ROW_TABLES + 1] = { 0 };
	size_t i;
	int t;

	for (i = 0; i < w->n; i++)
		from[w->at[i].key.byte[TABLE_AT] + 1] += w->at[i].last != 0;
	for (t = 0; t < STORE_ROW_TABLES; t++)
		from[t + 1] += from[t];
	w->norder = from[STORE_ROW_TABLES];
	for (i = 0; i < w->n; i++)
		if (w->at[i].last != 0)
			w->order[from[w->at[i].key.byte[TABLE_AT]]++] =
			    (uint32_t)i;
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
 * lengths and tables differ every time.  Room for all is made at once; this is
 * the hottest path of the folder, and base_buf_fmt() is kept out of it.
 */
static size_t
add_selects(struct base_buf *b, const struct wants *w, size_t from,
    size_t len)
{
	const struct want *t;
	int table = -1;
	size_t i;

	base_buf_reset(b);
	base_buf_room(b, (w->ntext - from) * KEY_TEXT +
	    STORE_ROW_TABLES * SELECT_TEXT);
	for (i = from; i < w->ntext &&
	    b->len + SELECT_TEXT + KEY_TEXT <= len; i++) {
		t = &w->at[w->text[i]];
		if (t->key.byte[TABLE_AT] == table)
			base_buf_chr(b, ',');
		else {
			if (table != -1)
				base_buf_str(b, ") UNION ALL ");
			table = t->key.byte[TABLE_AT];
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
		store_sql_quote_bytes(b, t->key.byte,
		    store_row_key_len(table));
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
	store_table_take_fields(&store_table[STORE_TABLE_ROWS + table],
	    shapes[table].slot, shapes[table].n, field, flen, row);
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
 * Where the question BY wants the next station of TABLE, or NULL.  The counts
 * are checked, although a network is given to a question once: the arrays are
 * as long as the question, whatever the server sends.
 */
static struct station_row *
next_station(struct store_lookup *by, int table)
{
	struct locate_found *f = by->f;

	if (table < STORE_ROW_WIFI)
		return f->nblue < by->q->nblue ? &f->blue[f->nblue++] : NULL;
	if (table < STORE_ROW_CELL)
		return f->nwifi < by->q->nwifi ? &f->wifi[f->nwifi++] : NULL;
	return f->ncell < by->q->ncell ? &f->cell[f->ncell++] : NULL;
}

/* Give a row to the question BY, which has asked for TABLE. */
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
	if ((row = next_station(by, table)) != NULL)
		store_lookup_station(row, table, field, flen);
}

const char *
store_lookup_list(int table)
{
	return shapes[table].list;
}

/* The first who asked for a network of TABLE, as number + 1; 0: nobody. */
static uint32_t
first_want(const struct wants *w, struct want *want, int table)
{
	want->key.byte[TABLE_AT] = (uint8_t)table;
	return *slot_of(w, want->key.word);
}

/* Give a row to everybody who asked for its network. */
static int
on_lookup_row(void *arg, char **field, const unsigned long *flen)
{
	const struct wants *w = arg;
	struct want want = { .by = NULL };
	uint32_t number;
	int64_t table;

	if (!base_num_i64(field[F_TABLE], flen[F_TABLE], &table))
		return 0;
	get_key(want.key.byte, field, flen, RADIO_CELL_KEY_MAX);
	for (number = first_want(w, &want, (int)table); number != 0;
	    number = w->at[number - 1].next)
		give_row(w->at[number - 1].by, want.key.byte[TABLE_AT], field,
		    flen);
	return 0;
}

/* The networks with MACs of one kind, for store/shards.h. */
struct macs {
	struct wants		*w;
	struct store_shards	 shards;
};

/* The same for a station that came from all tables of its kind. */
static void
on_station(void *arg, const struct station_row *row)
{
	const struct macs *m = arg;
	const struct wants *w = m->w;
	struct want want = { .by = NULL };
	struct station_row *to;
	int table = store_row_table(m->shards.kind, row->key);
	uint32_t number;

	memcpy(want.key.byte, row->key, RADIO_MAC_LEN);
	for (number = first_want(w, &want, table); number != 0;
	    number = w->at[number - 1].next)
		if ((to = next_station(w->at[number - 1].by, table)) != NULL)
			*to = *row;
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
 * Look for the networks with MACs of KIND, which are FROM to END in the order
 * of W; or leave them for the statement of text.
 */
static int
look_up_macs(struct store_db *db, struct wants *w, enum obs_kind kind,
    size_t from, size_t end, struct base_arena *a)
{
	const uint8_t **mac = base_arena_array(a, end - from, sizeof(*mac));
	struct macs m = { w, { kind, mac, end - from } };
	size_t i;
	int rc;

	if (mac == NULL) {
		warnx("lookup: out of memory");
		return -1;
	}
	for (i = from; i < end; i++)
		mac[i - from] = w->at[w->order[i]].key.byte;
	if ((rc = store_shards_select(db, &m.shards, on_station, &m, a)) != 1)
		return rc;
	for (i = from; i < end; i++)
		w->text[w->ntext++] = w->order[i];
	return 0;
}

/* Where in the order of W those behind FROM begin whose table is TABLE on. */
static size_t
skip_tables(const struct wants *w, size_t from, int table)
{
	while (from < w->norder &&
	    w->at[w->order[from]].key.byte[TABLE_AT] < table)
		from++;
	return from;
}

/*
 * Look for all of W: what is not worth a statement of its own in one, unless it
 * would be too long.  The connection comes first, as only then the server's
 * limit is known.
 */
static int
look_up_wants(struct store_db *db, struct base_buf *b, struct wants *w,
    struct base_arena *a)
{
	size_t i, wifi = skip_tables(w, 0, STORE_ROW_WIFI);
	size_t cell = skip_tables(w, wifi, STORE_ROW_CELL);

	if (store_db_handle(db) == NULL)	/* knows the longest */
		return -1;
	w->ntext = 0;
	if (look_up_macs(db, w, OBS_BLUE, 0, wifi, a) == -1 ||
	    look_up_macs(db, w, OBS_WIFI, wifi, cell, a) == -1)
		return -1;
	for (i = cell; i < w->norder; i++)
		w->text[w->ntext++] = w->order[i];
	for (i = 0; i < w->ntext;) {
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

/* 1 if one of N cells is of use, 0 if none is. */
static int
any_usable(const struct station_row *row, size_t n)
{
	int64_t today = base_civil_day_of(base_clock_now_s());

	for (; n > 0; row++, n--)
		if (locate_weigh_answers(row, OBS_CELL, today))
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

	forget_wants(w);
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
		order_wants(w);
		rc = look_up_wants(db, b, w, l[0]->a);
	}
	return rc;
}

/*
 * The same; once more, from the beginning, if the connection was lost.  That
 * is only done where there was a connection before: it may have been idle for
 * long and closed by the server or a proxy, which shows by the first statement
 * that is sent.  If there was none, it could not be made just now, and would
 * not be a moment later.  Nor is a server that hangs asked twice, but another.
 *
 * Counts are reset by each attempt, since the first may have given some rows.
 */
static int
look_up_again(struct store_db *db, struct wants *w, struct wants *further,
    struct store_lookup *const *l, size_t n)
{
	int connected = store_db_connected(db), rc, tries = 0;
	struct base_buf b;
	size_t i;

	base_buf_init(&b);
	do {
		for (i = 0; i < n; i++)
			l[i]->f->nblue = l[i]->f->nwifi = l[i]->f->ncell =
			    l[i]->f->nnear = l[i]->f->narea =
			    l[i]->f->ncentre = 0;
		if ((rc = look_up_wants(db, &b, w, l[0]->a)) == 0)
			rc = look_further(db, &b, further, l, n);
	} while (rc == -1 && store_db_retry(db) == STORE_ERROR_LOST &&
	    tries++ == 0 &&
	    (store_db_hung(db) ? store_db_switch(db) : connected));
	base_buf_done(&b);
	if (rc == -1 && store_db_retry(db) != STORE_ERROR_FATAL &&
	    !store_db_backing_off(db))
		store_db_warn(db);
	return rc;
}

/*
 * The list of all questions lives in the arena of the first one, which is as
 * good as any: all of them end together.
 */
int
store_lookup_run(struct store_db *db, struct store_lookup *const *l, size_t n)
{
	struct wants w, further;
	size_t all = 0, areas = 0, i;
	int rc = 0;

	for (i = 0; i < n; i++) {
		rc |= take_lookup_rows(l[i]);
		all += count_networks(l[i]->q);
		areas += l[i]->q->narea;
	}
	if (rc == -1 || take_wants(&w, all, l[0]->a) == -1 ||
	    take_wants(&further, areas, l[0]->a) == -1) {
		warnx("lookup: out of memory");
		return -1;
	}
	pthread_once(&shapes_once, make_shapes);
	for (i = 0; i < n; i++)
		add_lookup_query(&w, l[i]);
	if (w.n == 0)
		return 0;
	order_wants(&w);
	return look_up_again(db, &w, &further, l, n);
}
