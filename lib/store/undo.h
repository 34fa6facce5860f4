/* SPDX-License-Identifier: ISC */
/*
 * The table loc_undo: stations that were moved, hidden or opted out, as they
 * were before, for a while.
 */
#ifndef STORE_UNDO_H
#define STORE_UNDO_H

#include <stddef.h>
#include <stdint.h>

#include "radio/cell.h"

struct station_row;
struct store_db;

/* Stored: they must not change. */
enum store_undo_what {
	STORE_UNDO_MOVE = 1,
	STORE_UNDO_HIDE,
	STORE_UNDO_OPTOUT
};

/* One of them. */
struct store_undo {
	int64_t		id;		/* in the table */
	int64_t		time;		/* s since 1970 */
	enum store_undo_what what;
	int		table;		/* of store/row.h */
	uint8_t		key[RADIO_CELL_KEY_MAX];
	unsigned	tag;		/* of the witness who made it so */
	int64_t		first, last;	/* days of the contest */
	const struct station_row *old;	/* not created: there was none */
	int		bad;		/* OLD could not be read */
};

/* Within a transaction, keep N of them, made at second NOW.  0 or -1. */
int	store_undo_add(struct store_db *db, const struct store_undo *u,
	    size_t n, int64_t now);

/*
 * Give those of TABLE's kind and key, or if TABLE is -1 all that were made
 * from second FROM to before TO, to EACH: the newest first, with OLD borrowed.
 * EACH returns 0, or -1 to end.  Returns 0, or -1.
 */
int	store_undo_list(struct store_db *db, int table, const uint8_t *key,
	    int64_t from, int64_t to,
	    int (*each)(void *arg, const struct store_undo *u), void *arg);

/* Within a transaction, forget the one with ID.  0 or -1. */
int	store_undo_delete(struct store_db *db, int64_t id);

/* The same, all of the station KEY of TABLE. */
int	store_undo_forget(struct store_db *db, int table, const uint8_t *key);

/*
 * Stations that were opted out before second BEFORE lose their place at last,
 * at second NOW, and nothing of it is kept here; unless DRY.  Returns how many,
 * or -1 after a warning.
 */
int64_t	store_undo_end_optouts(struct store_db *db, int dry, int64_t before,
	    int64_t now);

#endif
