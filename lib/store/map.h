/* SPDX-License-Identifier: ISC */
/*
 * What there is to be drawn on a map: the cells of the data map, where
 * reports came from, and where stations are.
 */
#ifndef STORE_MAP_H
#define STORE_MAP_H

#include <stdint.h>

struct store_db;

/* The tables of the data map: ne, nw, se, sw. */
#define STORE_MAP_TABLES	4

/*
 * Go through table TABLE, below STORE_MAP_TABLES, or the stations of table
 * TABLE of store/row.h that have a position; only those heard of in the last
 * DAYS days, unless that is negative.
 *
 * VISIT(ARG, ...) gets each row: where it is, in thousandths of degrees
 * rounded down, and how many days ago it was last heard of (negative: in the
 * future); it returns 0, or -1 to stop.  Rows come once each, some thousand
 * at a time, and rows that change meanwhile as they are then.  Connects again
 * if need be.  Returns 0, or -1 after a warning or when stopped.
 */
int	store_map_grids(struct store_db *db, int table, int64_t days,
	    int (*visit)(void *arg, int32_t lat, int32_t lon, int64_t days),
	    void *arg);
int	store_map_stations(struct store_db *db, int table, int64_t days,
	    int (*visit)(void *arg, int32_t lat, int32_t lon, int64_t days),
	    void *arg);

#endif
