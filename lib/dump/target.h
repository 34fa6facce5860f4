/* SPDX-License-Identifier: ISC */
/*
 * A database that a dump is loaded into.  Beside the tables it has another one
 * meanwhile, loc_restore, that says which dump it is and which chunks are in;
 * a row of it is committed together with the rows of its chunk.
 */
#ifndef DUMP_TARGET_H
#define DUMP_TARGET_H

#include <stddef.h>

#include "dump/manifest.h"

struct store_db;

struct dump_target {
	const struct dump_manifest *m;
	int			 old_names;	/* utf8mb3 is utf8 here */
	char			**in;		/* [table][chunk] of M */
	size_t			 nin;		/* chunks that are in */
};

/*
 * Make the database and the tables of M that are missing, without the indexes
 * that can wait, and see what is in.  If REPLACE, tables of their names are
 * dropped first, unless it is this dump that is half in.  Returns EX_OK, or an
 * exit status after a warning: EX_CANTCREAT if there are tables, and nothing
 * is changed.  The caller owes dump_target_done() either way.
 */
int	dump_target_open(struct dump_target *t, const struct dump_manifest *m,
	    struct store_db *db, int replace);
void	dump_target_done(struct dump_target *t);

/* What every connection that loads begins with.  Returns 0 or -1. */
int	dump_target_session(struct store_db *db);

/*
 * In a transaction: chunk CHUNK of table TABLE is in.  _has() asks: 1, 0 or
 * -1.
 */
int	dump_target_note(struct store_db *db, size_t table, size_t chunk);
int	dump_target_has(struct store_db *db, size_t table, size_t chunk);

/*
 * All rows of table TABLE are in: make its indexes, unless they are there, and
 * count its rows.  Returns EX_OK, or an exit status after a warning:
 * EX_DATAERR if the count is wrong.
 */
int	dump_target_finish(const struct dump_target *t, struct store_db *db,
	    size_t table);

/* Everything is in: forget how it came. */
int	dump_target_end(struct store_db *db);

#endif
