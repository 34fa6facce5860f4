/* SPDX-License-Identifier: ISC */
/* Networks looked up in the database, all of a query in one round trip. */
#ifndef STORE_LOOKUP_H
#define STORE_LOOKUP_H

struct locate_lookup;
struct store_db;

/*
 * Make L look up through DB, which is borrowed and should be one that
 * store_db_impatient() was called for.  A lookup whose connection turns out
 * to be lost is repeated once on a new one.  Within a second after a failed
 * attempt to connect, lookups fail without another warning.
 */
void	store_lookup_init(struct locate_lookup *l, struct store_db *db);

#endif
