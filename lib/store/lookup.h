/* SPDX-License-Identifier: ISC */
/* Networks looked up in the database, all of a query in one round trip. */
#ifndef STORE_LOOKUP_H
#define STORE_LOOKUP_H

#include <stddef.h>

struct base_arena;
struct locate_found;
struct locate_lookup;
struct locate_query;
struct store_db;

/* A question, and where its answer goes. */
struct store_lookup {
	const struct locate_query	*q;
	struct locate_found		*f;
	struct base_arena		*a;
};

/*
 * Answer N questions in one round trip; networks that several ask for are
 * looked up once.  Returns 0, or -1 after a warning, with what was found so
 * far.
 */
int	store_lookup_run(struct store_db *db, struct store_lookup *l,
	    size_t n);

/*
 * Make L look up through DB, which is borrowed and should be one that
 * store_db_impatient() was called for.  A lookup whose connection turns out
 * to be lost is repeated once on a new one.  Within a second after a failed
 * attempt to connect, lookups fail without another warning.
 */
void	store_lookup_init(struct locate_lookup *l, struct store_db *db);

#endif
