/* SPDX-License-Identifier: ISC */
/*
 * Cell areas follow their cells: who changes a cell marks its area as dirty
 * in the same transaction; anybody may bring dirty areas up to date later.
 */
#ifndef STORE_AREA_H
#define STORE_AREA_H

#include <stddef.h>
#include <stdint.h>

#include "radio/cell.h"

struct store_db;

struct store_area_key {
	uint8_t	byte[RADIO_CELL_AREA_MAX];
};

/*
 * Add the area of the cell with key CELL to N areas in KEYS, which has room
 * for it, unless it is the last of them: cells come in order.  Returns how
 * many there are.
 */
size_t	store_area_add(struct store_area_key *keys, size_t n,
	    const uint8_t *cell);

/*
 * Mark N different areas as dirty, in the order given, which should be that
 * of their keys.  Returns 0, or -1, see store_db_retry().
 */
int	store_area_mark(struct store_db *db,
	    const struct store_area_key *keys, size_t n);

/* How many areas are dirty.  Returns 0, or -1 after a warning. */
int	store_area_dirty(struct store_db *db, int64_t *n);

#define STORE_AREA_MANY	100

/*
 * Bring dirty areas up to date at second NOW: the first STORE_AREA_MANY
 * behind *AFTER, which is set to the last of them, or to zeros after the
 * end.  A transaction of its own.  Returns how many these were (0: at the
 * end), or -1 after a warning.
 */
int	store_area_refresh(struct store_db *db, int64_t now,
	    struct store_area_key *after);

/*
 * The same by N connections side by side, each in a thread, at a part of
 * the areas of its own.
 */
int	store_area_refresh_side(struct store_db *const *db, unsigned n,
	    int64_t now);

#endif
