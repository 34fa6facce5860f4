/* SPDX-License-Identifier: ISC */
/* The keys of the stations, or areas, that are in a place. */
#ifndef STORE_PICK_H
#define STORE_PICK_H

#include <stddef.h>
#include <stdint.h>

#include "store/row.h"

struct store_db;

/* A region, or if that is "", a box in degrees, borders included. */
struct store_pick_place {
	char	region[3];		/* in upper case */
	double	south, west, north, east;	/* west > east: see below */
};

/*
 * Put the keys of TABLE, see store/row.h, that have a position in PLACE into
 * KEYS, which has room for MAX, in their order: the first MAX of these.  A box
 * whose west is greater than its east goes across the date line.  Returns 0
 * and *N, or -1, see store_db_retry().
 */
int	store_pick(struct store_db *db, int table,
	    const struct store_pick_place *place, size_t max,
	    struct store_row_key *keys, size_t *n);

#endif
