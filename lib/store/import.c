/* SPDX-License-Identifier: ISC */
/*
 * A batch of a cell file is one transaction: it locks the rows of its cells,
 * merges each line into its row, writes the rows that changed, and marks their
 * areas.  Either all of a batch is stored or nothing, so that a file may be
 * imported again from any line on.
 *
 * Lines are sorted by key first, because rows are locked in that order by
 * everybody; lines of one cell stay in the order of the file, so that what
 * comes of them does not depend on how they were sorted.  The first byte of a
 * key is its radio, so that lines of one table are side by side, and tables
 * are in the order of store/row.h.  The order of locks is that of
 * store/update.c, from stations on: workers may run meanwhile.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "radio/csv.h"
#include "station/import.h"
#include "store/area.h"
#include "store/db.h"
#include "store/import.h"
#include "store/retry.h"
#include "store/row.h"

/* A row of the file and the key it is about. */
struct item {
	struct store_row_key	 key;
	const struct radio_csv_row *csv;
};

struct batch {
	struct item		*item;		/* by table, key, line */
	size_t			 n;
	struct store_row_key	*key;		/* different ones of a table */
	struct station_row	*row;
	const void		**insert, **update;
	struct store_area_key	*area;		/* of changed cells */
	size_t			 narea;
	struct store_import_counts counts;
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

/*
 * Merge items FROM to TO, which are of one table.  Items and the rows that
 * were found are in the same order and are walked along together; all lines of
 * one cell are merged into its row before it is written, once.  A row that is
 * as new as all of its lines is not written.
 */
static int
apply_table(struct store_db *db, struct batch *b, size_t from, size_t to)
{
	int exists, table = store_row_table(OBS_CELL, b->item[from].key.byte);
	size_t found, i, k, nins = 0, nkey = 0, nupd = 0, was;
	enum station_import_outcome out;
	struct station_row *r, *next;
	int changed;

	for (i = from; i < to; i++)
		if (i == from || memcmp(&b->item[i].key, &b->item[i - 1].key,
		    sizeof(b->item[i].key)) != 0)
			b->key[nkey++] = b->item[i].key;
	if (store_row_select(db, table, b->key, nkey, 1, b->row,
	    &found) == -1)
		return -1;
	was = 0;
	assert(found <= nkey);
	next = b->row + found;		/* rows made here go behind */
	for (i = from; i < to; i = k) {
		while (was < found && memcmp(b->row[was].key,
		    b->item[i].key.byte, RADIO_CELL_KEY_MAX) < 0)
			was++;
		exists = was < found && memcmp(b->row[was].key,
		    b->item[i].key.byte, RADIO_CELL_KEY_MAX) == 0;
		r = exists ? &b->row[was] : next++;
		changed = 0;
		for (k = i; k < to && memcmp(&b->item[k].key,
		    &b->item[i].key, sizeof(b->item[k].key)) == 0; k++) {
			out = station_import_merge(r, exists || k > i,
			    b->item[k].csv);
			b->counts.inserted += out == STATION_IMPORT_INSERTED;
			b->counts.updated += out == STATION_IMPORT_UPDATED;
			b->counts.unchanged +=
			    out == STATION_IMPORT_UNCHANGED;
			changed |= out != STATION_IMPORT_UNCHANGED;
		}
		if (!changed)
			continue;
		if (exists)
			b->update[nupd++] = r;
		else
			b->insert[nins++] = r;
		b->narea = store_area_add(b->area, b->narea, r->key);
	}
	if (store_row_write(db, table, b->insert, nins,
	    STORE_ROW_INSERT) == -1)
		return -1;
	return store_row_write(db, table, b->update, nupd, STORE_ROW_UPDATE);
}

/*
 * One attempt, for store_retry(): counts and areas begin anew, because those
 * of an attempt that was rolled back never happened.
 */
static int
import_attempt(struct store_db *db, void *arg)
{
	struct batch *b = arg;
	size_t i, k;

	memset(&b->counts, 0, sizeof(b->counts));
	store_db_warn_of_log(db);
	b->narea = 0;
	for (i = 0; i < b->n; i = k) {
		for (k = i; k < b->n &&
		    b->item[k].key.byte[0] == b->item[i].key.byte[0]; k++)
			;
		if (apply_table(db, b, i, k) == -1)
			return -1;
	}
	return store_area_mark(db, b->area, b->narea);
}

/* The counts are added to the caller's only after the commit. */
int
store_import_apply(struct store_db *db, const struct radio_csv_row *rows,
    size_t n, struct store_import_counts *counts)
{
	struct base_arena a;
	struct batch b = { .n = n };
	size_t i;
	int rc = -1;

	if (n == 0)
		return 0;
	base_arena_init(&a);
	b.item = base_arena_alloc(&a, n * sizeof(*b.item));
	b.key = base_arena_alloc(&a, n * sizeof(*b.key));
	b.row = base_arena_alloc(&a, n * sizeof(*b.row));
	b.insert = base_arena_alloc(&a, n * sizeof(*b.insert));
	b.update = base_arena_alloc(&a, n * sizeof(*b.update));
	b.area = base_arena_alloc(&a, n * sizeof(*b.area));
	if (b.item == NULL || b.key == NULL || b.row == NULL ||
	    b.insert == NULL || b.update == NULL || b.area == NULL) {
		warnx("import: out of memory");
		goto out;
	}
	/* Sorted by table, key and line: later lines of a cell come later. */
	for (i = 0; i < n; i++) {
		b.item[i].csv = &rows[i];
		radio_cell_key(b.item[i].key.byte, &rows[i].cell);
	}
	qsort(b.item, n, sizeof(*b.item), by_item_key);
	if ((rc = store_retry(db, import_attempt, &b)) == 0) {
		counts->inserted += b.counts.inserted;
		counts->updated += b.counts.updated;
		counts->unchanged += b.counts.unchanged;
	}
out:
	base_arena_done(&a);
	return rc;
}
