/* SPDX-License-Identifier: ISC */
/* The tables of a database, as far as a dump has to know them. */
#ifndef DUMP_SOURCE_H
#define DUMP_SOURCE_H

#include <stddef.h>

#include "dump/manifest.h"

struct base_buf;
struct store_db;

#define DUMP_SOURCE_KEY_MAX	16	/* columns of a key, as servers have */

/* How the table of the same number in the manifest is read. */
struct dump_source_table {
	const char	*select;	/* "SELECT ... FROM ...", no more */
	const char	*order;		/* " ORDER BY ...", or "" */
	/* The primary key: columns of the dump, and whether they are bytes. */
	size_t		 key[DUMP_SOURCE_KEY_MAX];
	int		 key_is_bytes[DUMP_SOURCE_KEY_MAX];
	size_t		 nkey;		/* 0: rows are in no order */
	int		 is_empty;	/* its rows are of the moment */
	/* Literals that part the table into ranges; none: it is read whole. */
	const char	**bound;
	size_t		 nbound;
};

struct dump_source {
	struct dump_source_table *table;	/* as M->table */
	size_t			 skipped;	/* views and the like */
};

/*
 * Read the tables of DB's database into S and M, whose arena holds all of it.
 * Returns 0, or -1 after a warning.
 */
int	dump_source_read(struct dump_source *s, struct dump_manifest *m,
	    struct store_db *db);

/* Append the query for range I of table T, 0 to T->nbound. */
void	dump_source_query(struct base_buf *b,
	    const struct dump_source_table *t, size_t i);

#endif
