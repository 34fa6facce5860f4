/* SPDX-License-Identifier: ISC */
/*
 * Reading whole tables of stations or areas, row by row, in any size and in
 * little memory; of one moment if the connection is one of store/snapshot.h.
 */
#ifndef STORE_SCAN_H
#define STORE_SCAN_H

#include "station/row.h"

struct store_db;

struct store_scan {
	int		 table;		/* of store/row.h */
	const char	*columns;	/* "lat,lon" with the key; NULL: all */
	const char	*where;		/* a condition in SQL, or NULL: all */
	/*
	 * Most rows are wanted: they are read in the order of the primary key.
	 * Otherwise the server may find them by another index, and sort them.
	 */
	int		 most;
};

/*
 * Give rows to EACH(ARG, row), borrowed for the call, in the order of their
 * keys.  It returns 0 to go on, -1 to give up, and must not use DB.  Columns
 * that S does not name are NULL.  Returns 0 when all were given; -1 if EACH
 * gave up, with the connection ended, or as store_db_run(): then EACH has seen
 * some.
 */
int	store_scan_rows(struct store_db *db, const struct store_scan *s,
	    int (*each)(void *arg, const struct station_row *row), void *arg);

/* The same of any table: rows are of its struct. */
int	store_scan_any(struct store_db *db, const struct store_scan *s,
	    int (*each)(void *arg, const void *row), void *arg);

#endif
