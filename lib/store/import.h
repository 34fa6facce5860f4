/* SPDX-License-Identifier: ISC */
/* Rows of cell CSV into the cell tables, a batch per transaction. */
#ifndef STORE_IMPORT_H
#define STORE_IMPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "radio/cell.h"

struct radio_csv_row;
struct store_db;

/* Rows of a file by what became of them; of all radios, and of each. */
struct store_import_counts {
	struct store_import_count {
		uint64_t	inserted, updated, unchanged;
	}	all, radio[RADIO_CELL_TYPES];
};

void	store_import_add_counts(struct store_import_counts *to,
	    const struct store_import_counts *from);

/*
 * What most cells of the last batch were, which is what those of the next
 * are expected to be.
 */
enum store_import_expect {
	STORE_IMPORT_UNCHANGED,
	STORE_IMPORT_NEW,
	STORE_IMPORT_NEWER
};

/* Batches one after another on one connection; begin with _init(). */
struct store_import {
	struct store_db			*db;
	int64_t				 source; /* see station/import.h */
	int				 dry;	/* only count */
	struct store_import_counts	 counts;
	/* private */
	enum store_import_expect	 expect;
	int				 wary;	/* of new ones */
	struct base_arena		 mem;
};

void	store_import_init(struct store_import *im, struct store_db *db,
	    int64_t source, int dry);
void	store_import_done(struct store_import *im);

/*
 * Merge N rows, in their order, into the cell tables, mark the areas of
 * changed cells dirty, count new cells in today's statistics, commit, and
 * add to the counts.  Deadlocks and lost connections are retried.  Returns
 * 0, or -1 after a warning with nothing of the batch stored.
 */
int	store_import_apply(struct store_import *im,
	    const struct radio_csv_row *rows, size_t n);

#endif
