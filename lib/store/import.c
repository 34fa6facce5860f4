/* SPDX-License-Identifier: ISC */
/*
 * A batch of a cell file is one transaction: it finds out which cells are
 * there, merges each line into its row, writes the rows that changed, marks
 * their areas and counts what is new.  Either all of a batch is stored or
 * nothing, so that a file may be imported again from any line on.
 *
 * Lines are sorted by key first, because rows are locked in that order by
 * everybody; lines of one cell stay in the order of the file, so that what
 * comes of them does not depend on how they were sorted.  The first byte of a
 * key is its radio, so that lines of one table are side by side, and tables
 * are in the order of store/row.h.  The order of locks is that of
 * store/update.c, from stations on: workers may run meanwhile.
 *
 * Most of the time goes into finding out what is there, and files are mostly
 * of one kind: all new, all known, or all newer.  So a batch does what served
 * the one before.  Normally the times of its cells are read first, without a
 * lock, which settles cells that are not newer in the file: times only grow.
 * The rows of those that are newer are then read and locked.  Where all was
 * new nothing is read at all: a key that is there after all fails as a
 * duplicate, and the second attempt reads.  Where all was newer the rows are
 * locked at once.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "radio/csv.h"
#include "station/import.h"
#include "store/area.h"
#include "store/db.h"
#include "store/import.h"
#include "store/retry.h"
#include "store/row.h"
#include "store/sql.h"
#include "store/update.h"

#define WARY	20	/* batches */

/* A row of the file and the key it is about. */
struct item {
	struct store_row_key	 key;
	const struct radio_csv_row *csv;
};

/* The lines of one cell, and what is known of it. */
struct cell {
	const struct item	*item;
	size_t			 n;
	enum cell_state {
		CELL_ABSENT,	/* from the database, as far as is known */
		CELL_SETTLED,	/* there, and no line is newer */
		CELL_OPEN	/* may be there: to be read and locked */
	} state;
};

struct batch {
	struct store_import	*im;
	struct item		*item;		/* by table, key, line */
	size_t			 n;
	struct cell		*cell;		/* of a table, by key */
	size_t			 ncell;
	struct store_row_key	*key;		/* of those that are asked for */
	struct station_row	*row;
	const void		**insert, **update;
	size_t			 nins, nupd;
	struct store_area_key	*area;		/* of changed cells */
	size_t			 narea;
	size_t			 found;		/* cells that were there */
	struct store_import_counts counts;
	int			 attempts;
};

/*
 * By key, and then by line: the rows are in one array, so that their addresses
 * are in the order of the file.
 */
static int
by_item_key(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int d;

	d = memcmp(x->key.byte, y->key.byte, sizeof(x->key.byte));
	return d != 0 ? d : x->csv < y->csv ? -1 : 1;
}

static int
same_key(const struct item *a, const struct item *b)
{
	return memcmp(a->key.byte, b->key.byte, sizeof(a->key.byte)) == 0;
}

/* Gather the lines FROM to TO, which are of one table, by cell. */
static void
group_cells(struct batch *b, size_t from, size_t to,
    enum cell_state state)
{
	struct cell *c = NULL;
	size_t i;

	b->ncell = 0;
	for (i = from; i < to; i++) {
		if (c == NULL || !same_key(c->item, &b->item[i])) {
			c = &b->cell[b->ncell++];
			*c = (struct cell){ .item = &b->item[i],
			    .state = state };
		}
		c->n++;
	}
	assert(b->ncell > 0 && b->ncell <= b->n);
}

/* Where look_up_cells() is within the cells of a table. */
struct look {
	struct batch	*b;
	size_t		 at;
};

/*
 * A cell that is there, with its time.  Rows and cells are both in the order
 * of keys and are walked along together; what is passed over is absent.
 */
static int
on_time(void *arg, char **field, const unsigned long *flen)
{
	struct look *l = arg;
	const struct cell *end = l->b->cell + l->b->ncell;
	struct cell *c = l->b->cell + l->at;
	int64_t modified = STATION_ROW_NULL;
	size_t i;

	while (c < end && memcmp(c->item->key.byte, field[0], flen[0]) < 0)
		c++;
	if (c == end || memcmp(c->item->key.byte, field[0], flen[0]) != 0)
		return 0;
	l->b->found++;
	if (field[1] != NULL)
		base_civil_parse(field[1], flen[1], &modified);
	c->state = CELL_SETTLED;
	for (i = 0; i < c->n; i++)
		if (station_import_is_newer(modified, c->item[i].csv))
			c->state = CELL_OPEN;
	l->at = (size_t)(c - l->b->cell) + 1;
	return 0;
}

/* Find out which cells of a table are there, and which are settled. */
static int
look_up_cells(struct store_db *db, struct batch *b, int table)
{
	struct look l = { b, 0 };
	char head[128], tail[64];
	struct store_sql s = { .db = db, .head = head, .between = ",",
	    .tail = tail, .row = on_time, .arg = &l };
	const char *key = store_row_key_name(table);
	struct base_buf *q;
	size_t i;

	snprintf(head, sizeof(head), "SELECT %s, modified FROM %s FORCE "
	    "INDEX (PRIMARY) WHERE %s IN (", key,
	    store_row_table_name(table), key);
	snprintf(tail, sizeof(tail), ") ORDER BY %s", key);
	for (i = 0; i < b->ncell && (q = store_sql_next(&s)) != NULL; i++)
		store_sql_quote_bytes(q, b->cell[i].item->key.byte,
		    store_row_key_len(table));
	return store_sql_end(&s);
}

static void
add_import_count(struct store_import_count *to,
    const struct store_import_count *n)
{
	to->inserted += n->inserted;
	to->updated += n->updated;
	to->unchanged += n->unchanged;
}

void
store_import_add_counts(struct store_import_counts *to,
    const struct store_import_counts *from)
{
	int i;

	add_import_count(&to->all, &from->all);
	for (i = 0; i < RADIO_CELL_TYPES; i++)
		add_import_count(&to->radio[i], &from->radio[i]);
}

/* Where lines of C are counted. */
static struct store_import_count *
count_of(struct batch *b, const struct cell *c)
{
	assert(c->item->key.byte[0] < RADIO_CELL_TYPES);
	return &b->counts.radio[c->item->key.byte[0]];
}

/* Merge the lines of cell C into its row R, which EXISTS or is to be made. */
static void
merge_cell(struct batch *b, const struct cell *c, struct station_row *r,
    int exists)
{
	struct store_import_count *n = count_of(b, c);
	enum station_import_outcome out;
	int changed = 0;
	size_t i;

	for (i = 0; i < c->n; i++) {
		out = station_import_merge(r, exists || i > 0,
		    c->item[i].csv, b->im->source);
		n->inserted += out == STATION_IMPORT_INSERTED;
		n->updated += out == STATION_IMPORT_UPDATED;
		n->unchanged += out == STATION_IMPORT_UNCHANGED;
		changed |= out != STATION_IMPORT_UNCHANGED;
	}
	if (!changed)
		return;
	assert(b->nins + b->nupd < b->ncell);
	if (exists)
		b->update[b->nupd++] = r;
	else
		b->insert[b->nins++] = r;
	b->narea = store_area_add(b->area, b->narea, r->key);
}

/*
 * Read the rows of open cells and merge all lines.  Cells and the rows that
 * were found are in the same order and are walked along together; rows that
 * are made here go behind those.
 */
static int
merge_cells(struct store_db *db, struct batch *b, int table)
{
	size_t found = 0, i, nkey = 0, was = 0;
	struct station_row *next;
	const struct cell *c;
	int exists;

	for (i = 0; i < b->ncell; i++)
		if (b->cell[i].state == CELL_OPEN)
			b->key[nkey++] = b->cell[i].item->key;
	if (store_row_select(db, table, b->key, nkey, !b->im->dry, b->row,
	    &found) == -1)
		return -1;
	assert(found <= nkey);
	b->found += found;
	next = b->row + found;
	for (i = 0; i < b->ncell; i++) {
		c = &b->cell[i];
		if (c->state == CELL_SETTLED) {
			count_of(b, c)->unchanged += c->n;
			continue;
		}
		exists = was < found && memcmp(b->row[was].key,
		    c->item->key.byte, RADIO_CELL_KEY_MAX) == 0;
		merge_cell(b, c, exists ? &b->row[was++] : next++, exists);
	}
	return 0;
}

/*
 * Merge items FROM to TO, which are of one table.  All lines of one cell are
 * merged into its row before it is written, once.
 */
static int
apply_table(struct store_db *db, struct batch *b, size_t from, size_t to)
{
	int table = store_row_table(OBS_CELL, b->item[from].key.byte);
	enum store_import_expect expect = b->attempts > 1 ?
	    STORE_IMPORT_UNCHANGED : b->im->expect;

	assert(from < to && to <= b->n);
	group_cells(b, from, to, expect == STORE_IMPORT_NEWER ? CELL_OPEN :
	    CELL_ABSENT);
	b->nins = b->nupd = 0;
	if ((expect == STORE_IMPORT_UNCHANGED &&
	    look_up_cells(db, b, table) == -1) ||
	    merge_cells(db, b, table) == -1)
		return -1;
	if (b->im->dry)
		return 0;
	if (store_row_write(db, table, b->insert, b->nins,
	    STORE_ROW_INSERT) == -1)
		return -1;
	return store_row_write(db, table, b->update, b->nupd,
	    STORE_ROW_UPSERT);
}

/*
 * One attempt, for store_retry(): counts and areas begin anew, because those
 * of an attempt that was rolled back never happened.
 */
static int
import_attempt(struct store_db *db, void *arg)
{
	struct batch *b = arg;
	int64_t now;
	size_t i, k;

	memset(&b->counts, 0, sizeof(b->counts));
	b->attempts++;
	store_db_warn_of_log(db);
	b->narea = b->found = 0;
	for (i = 0; i < b->n; i = k) {
		for (k = i; k < b->n &&
		    b->item[k].key.byte[0] == b->item[i].key.byte[0]; k++)
			;
		if (apply_table(db, b, i, k) == -1)
			return -1;
	}
	for (i = 0; i < RADIO_CELL_TYPES; i++)
		add_import_count(&b->counts.all, &b->counts.radio[i]);
	if (b->im->dry || b->narea == 0)
		return 0;
	if (store_area_mark(db, b->area, b->narea) == -1)
		return -1;
	if (b->counts.all.inserted == 0)
		return 0;
	return store_db_now(db, &now) == -1 ? -1 :
	    store_update_count_cells(db, b->counts.all.inserted, now);
}

/*
 * What the next batch is expected to be like, unless it is mixed.  An attempt
 * that took cells for new which were not is dear, so that after one it is a
 * while until the next.
 */
static enum store_import_expect
expect_next(const struct batch *b)
{
	const struct store_import_count *c = &b->counts.all;
	struct store_import *im = b->im;

	if (im->expect == STORE_IMPORT_NEW && b->attempts > 1)
		im->wary = WARY;
	else if (im->wary > 0)
		im->wary--;
	if (!im->dry && b->found == 0 && im->wary == 0)
		return STORE_IMPORT_NEW;
	return c->updated > (c->inserted + c->unchanged) * 3 ?
	    STORE_IMPORT_NEWER : STORE_IMPORT_UNCHANGED;
}

void
store_import_init(struct store_import *im, struct store_db *db,
    int64_t source, int dry)
{
	*im = (struct store_import){ .db = db, .source = source, .dry = dry };
	base_arena_init(&im->mem);
}

void
store_import_done(struct store_import *im)
{
	base_arena_done(&im->mem);
}

/* The counts are added to the caller's only after the commit. */
int
store_import_apply(struct store_import *im, const struct radio_csv_row *rows,
    size_t n)
{
	struct base_arena *a = &im->mem;
	struct batch b = { .im = im, .n = n };
	size_t i;

	if (n == 0)
		return 0;
	base_arena_reset(a);
	b.item = base_arena_alloc(a, n * sizeof(*b.item));
	b.cell = base_arena_alloc(a, n * sizeof(*b.cell));
	b.key = base_arena_alloc(a, n * sizeof(*b.key));
	b.row = base_arena_alloc(a, n * sizeof(*b.row));
	b.insert = base_arena_alloc(a, n * sizeof(*b.insert));
	b.update = base_arena_alloc(a, n * sizeof(*b.update));
	b.area = base_arena_alloc(a, n * sizeof(*b.area));
	if (b.item == NULL || b.cell == NULL || b.key == NULL ||
	    b.row == NULL || b.insert == NULL || b.update == NULL ||
	    b.area == NULL) {
		warnx("import: out of memory");
		return -1;
	}
	/* Sorted by table, key and line: later lines of a cell come later. */
	for (i = 0; i < n; i++) {
		b.item[i].csv = &rows[i];
		radio_cell_key(b.item[i].key.byte, &rows[i].cell);
	}
	qsort(b.item, n, sizeof(*b.item), by_item_key);
	if (store_retry(im->db, import_attempt, &b) == -1)
		return -1;
	store_import_add_counts(&im->counts, &b.counts);
	im->expect = expect_next(&b);
	return 0;
}
