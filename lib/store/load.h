/* SPDX-License-Identifier: ISC */
/*
 * Any number of rows of cell CSV into the cell tables, by several connections
 * at once.
 */
#ifndef STORE_LOAD_H
#define STORE_LOAD_H

#include <stdint.h>

#include "store/db.h"
#include "store/import.h"

struct radio_csv_row;
struct store_load;

struct store_load_options {
	const char	*key, *url;	/* as of store_db_open() */
	enum store_db_reads reads;
	int64_t		 source;	/* see station/import.h */
	int		 dry;		/* find out, but write nothing */
};

/*
 * Connect.  Returns NULL after a warning, and in STATUS what a program is to
 * exit with.
 */
struct store_load *store_load_new(const struct store_load_options *o,
	    int *status);

/* What was added and not yet flushed may get lost. */
void	store_load_free(struct store_load *l);

/* One of the connections, for use while nothing is being loaded. */
struct store_db *store_load_db(struct store_load *l);

/* All connections are held by GUARD, or by nothing; see store/db.h. */
void	store_load_set_guard(struct store_load *l,
	    const struct store_db_guard *guard);

/*
 * Add ROW (copied), which ends in line LINE of its file; lines never go back.
 * Rows of one cell are merged in the order in which they are added.  Returns
 * 0, or -1 if rows could not be stored, which was warned of: then flush.
 */
int	store_load_add(struct store_load *l, const struct radio_csv_row *row,
	    uint64_t line);

/* Store what was added.  Returns 0, or -1 after a warning. */
int	store_load_flush(struct store_load *l);

/*
 * After a flush: what became of the rows since the last call; and up to which
 * line all of them are stored, where LINE is the last that was read.
 */
void	store_load_counts(struct store_load *l,
	    struct store_import_counts *counts);
uint64_t store_load_line(struct store_load *l, uint64_t line);

/*
 * Bring dirty areas up to date.  Returns 0, or -1 after a warning.
 */
int	store_load_areas(struct store_load *l);

#endif
