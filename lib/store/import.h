/* SPDX-License-Identifier: ISC */
/* Rows of cell CSV into the cell tables, a batch per transaction. */
#ifndef STORE_IMPORT_H
#define STORE_IMPORT_H

#include <stddef.h>
#include <stdint.h>

struct radio_csv_row;
struct store_db;

struct store_import_counts {
	uint64_t	inserted, updated, unchanged;
};

/*
 * Merge N rows, in their order, into the cell tables, mark the areas of
 * changed cells dirty, commit, and add to COUNTS.  Deadlocks and lost
 * connections are retried.  Returns 0, or -1 after a warning with nothing
 * of the batch stored.
 */
int	store_import_apply(struct store_db *db,
	    const struct radio_csv_row *rows, size_t n,
	    struct store_import_counts *counts);

#endif
