/* SPDX-License-Identifier: ISC */
/*
 * Statements of one connection that are prepared already, by their names; only
 * for the files of this folder.  A statement in use is not among them: whoever
 * takes one closes it or gives it back.
 */
#ifndef STORE_PREPARED_H
#define STORE_PREPARED_H

#include <mysql.h>

struct store_prepared;

/* The statement called NAME, now the caller's, or NULL.  P may be NULL. */
MYSQL_STMT *store_prepared_take(struct store_prepared *p, const char *name);

/*
 * Keep STMT as NAME, which may be its text, for the next who takes it; it is
 * closed if there is no room.  *P is made if it is NULL.
 */
void	store_prepared_give(struct store_prepared **p, const char *name,
	    MYSQL_STMT *stmt);

/* Close them all.  P may be NULL. */
void	store_prepared_free(struct store_prepared *p);

#endif
