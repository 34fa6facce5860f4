/* SPDX-License-Identifier: ISC */
/*
 * Ids of cells that are near each other are side by side in the primary key,
 * so what is near a cell is a range of it; ranges of all questions are one
 * statement.  Few questions need this.
 */
#include <err.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "locate/cover.h"
#include "locate/found.h"
#include "locate/query.h"
#include "store/db.h"
#include "store/lookup.h"
#include "store/near.h"
#include "store/row.h"
#include "store/sql.h"

/* How many of the cells of Q are looked for by what is near. */
static size_t
near_cells(const struct locate_query *q)
{
	return q->ncell < LOCATE_COVER_SITES ? q->ncell : LOCATE_COVER_SITES;
}

/* The first and the last key that are near C; the ends of a range. */
static void
near_keys(uint8_t from[RADIO_CELL_KEY_MAX], uint8_t to[RADIO_CELL_KEY_MAX],
    const struct radio_cell *c)
{
	struct radio_cell end = *c;

	end.cid = c->cid > LOCATE_FOUND_NEAR ? c->cid - LOCATE_FOUND_NEAR : 0;
	radio_cell_key(from, &end);
	end.cid = c->cid + LOCATE_FOUND_NEAR;
	radio_cell_key(to, &end);
	if (!radio_cell_same_area(from, to) || memcmp(from, to,
	    RADIO_CELL_KEY_MAX) > 0)
		radio_cell_key(to, c);	/* the last id there is */
}

/*
 * Give a cell to each question that it is near to.  Whoever asks has a few
 * cells, and only those who know none ask.
 */
static int
on_near(void *arg, char **field, const unsigned long *flen)
{
	struct store_near *n = arg;
	uint8_t from[RADIO_CELL_KEY_MAX], to[RADIO_CELL_KEY_MAX];
	struct station_row row;
	struct locate_found *f;
	int64_t table;
	size_t i, k;

	if (!base_num_i64(field[STORE_LOOKUP_TABLE],
	    flen[STORE_LOOKUP_TABLE], &table) ||
	    table < STORE_ROW_CELL || table >= STORE_ROW_AREA)
		return 0;
	store_lookup_station(&row, (int)table, field, flen);
	for (i = 0; i < n->n; i++) {
		f = n->by[i]->f;
		for (k = 0; k < near_cells(n->by[i]->q); k++) {
			near_keys(from, to, &n->by[i]->q->cell[k].cell);
			if (memcmp(from, row.key, sizeof(row.key)) <= 0 &&
			    memcmp(row.key, to, sizeof(row.key)) <= 0 &&
			    f->nnear < 2 * LOCATE_FOUND_NEAR *
			    near_cells(n->by[i]->q)) {
				f->near[f->nnear++] = row;
				break;
			}
		}
	}
	return 0;
}

/* Add the ranges of the cells of Q that are in TABLE. */
static void
add_near(struct base_buf *b, const struct locate_query *q, int table,
    int *first)
{
	uint8_t from[RADIO_CELL_KEY_MAX], to[RADIO_CELL_KEY_MAX];
	size_t i, len = store_row_key_len(table);

	for (i = 0; i < near_cells(q); i++) {
		if (!radio_cell_is_stored(q->cell[i].cell.type))
			continue;
		near_keys(from, to, &q->cell[i].cell);
		if (store_row_table(OBS_CELL, from) != table)
			continue;
		if (*first) {
			base_buf_str(b, b->len > 0 ? " UNION ALL SELECT " :
			    "SELECT ");
			base_buf_i64(b, table);
			base_buf_fmt(b, ",%s%s FROM %s WHERE (",
			    store_row_key_name(table), store_lookup_list(table),
			    store_row_table_name(table));
		} else
			base_buf_str(b, " OR ");
		*first = 0;
		base_buf_fmt(b, "%s BETWEEN ", store_row_key_name(table));
		store_sql_quote_bytes(b, from, len);
		base_buf_str(b, " AND ");
		store_sql_quote_bytes(b, to, len);
	}
}

int
store_near_run(struct store_db *db, struct base_buf *b, struct store_near *n)
{
	int table, first;
	size_t i;

	base_buf_reset(b);
	for (table = STORE_ROW_CELL; table < STORE_ROW_AREA; table++) {
		first = 1;
		for (i = 0; i < n->n; i++)
			add_near(b, n->by[i]->q, table, &first);
		if (!first)
			base_buf_str(b, ") AND lat IS NOT NULL");
	}
	if (!base_buf_ok(b)) {
		warnx("lookup: out of memory");
		return -1;
	}
	return b->len == 0 ? 0 :
	    store_db_query(db, b->data, b->len, on_near, n);
}

int
store_near_take(struct store_lookup *l)
{
	l->f->near = base_arena_alloc(l->a, near_cells(l->q) * 2 *
	    LOCATE_FOUND_NEAR * sizeof(*l->f->near));
	return l->f->near == NULL ? -1 : 0;
}
