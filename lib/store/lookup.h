/* SPDX-License-Identifier: ISC */
/* Networks looked up in the database, all of a query in a round trip or two. */
#ifndef STORE_LOOKUP_H
#define STORE_LOOKUP_H

#include <stddef.h>

struct base_arena;
struct locate_found;
struct locate_query;
struct station_row;
struct store_db;

/* A question, and where its answer goes. */
struct store_lookup {
	const struct locate_query	*q;
	struct locate_found		*f;
	struct base_arena		*a;
};

/*
 * Answer N questions through DB, which should be one that
 * store_db_fail_fast() was called for, in as few round trips as one would take;
 * networks that several ask for are looked up once.  A lookup whose connection
 * turns out to be lost is repeated once on a new one.  Returns 0, or -1 after a
 * warning, with what was found so far; within a second after a failed attempt
 * to connect, lookups fail without another warning.
 */
int	store_lookup_run(struct store_db *db, struct store_lookup *const *l,
	    size_t n);

/*
 * For store/near.c: the field that has the number of the table, the columns
 * that lookups ask TABLE for, behind the key, and a station from the fields of
 * a result.
 */
#define STORE_LOOKUP_TABLE	0
const char *store_lookup_list(int table);
void	store_lookup_station(struct station_row *r, int table, char **field,
	    const unsigned long *flen);

#endif
