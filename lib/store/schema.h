/* SPDX-License-Identifier: ISC */
/*
 * The tables: Ichnaea's at revision 3be4004781bc, and ours beside them.
 *
 * What a database lacks is found by comparing it with the one description of
 * tables in table.c, not by replaying the steps that led there.  So a database
 * of any revision of Ichnaea's two chains comes out the same, and a change
 * that was interrupted is finished by running it again.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct store_db;

#define STORE_SCHEMA_REVISION	"3be4004781bc"

enum store_schema_state {
	STORE_SCHEMA_ABSENT,	/* there is no such database */
	STORE_SCHEMA_EMPTY,	/* no tables */
	STORE_SCHEMA_OURS,	/* made or adopted by us, perhaps half */
	STORE_SCHEMA_ICHNAEA,	/* of a known revision */
	STORE_SCHEMA_UNKNOWN,	/* anything else */
	STORE_SCHEMA_NEWER	/* made by a later version of loc */
};

enum store_schema_role {
	STORE_SCHEMA_NEEDED,
	STORE_SCHEMA_RETIRED,	/* Ichnaea's, no longer used */
	STORE_SCHEMA_FOREIGN	/* somebody else's */
};

struct store_schema_table {
	const char		*name;
	enum store_schema_role	 role;
	int64_t			 rows;
	int			 is_guess;	/* the server's, of its rows */
	int			 has_rows;	/* known of some tables only */
	const char		*no_rollback;	/* its engine, if it has no
						 * transactions, or NULL */
	struct store_schema_table *next;
};

struct store_schema_item {
	const char		*text;
	struct store_schema_item *next;
};

/* A column or an index that is there. */
struct store_schema_found {
	const char	*table, *name;
	char		*type;		/* of an index its columns: "a,b" */
	const char	*def;		/* a column's default, or NULL */
	int		 not_null;	/* or unique */
	int		 is_made;	/* by the server: a number, a sum */
	struct store_schema_found *next;
};

struct store_schema {
	enum store_schema_state	 state;
	char			 revision[33];	/* Ichnaea's, "" for none */
	int64_t			 version;	/* ours, 0 for none */
	struct store_schema_table *table;	/* those that are there */
	struct store_schema_found *column, *index; /* those that are there */
	struct store_schema_item *missing;	/* tables */
	struct store_schema_item *differs;	/* what we leave */
	struct store_schema_item *steps;	/* statements to run */
	struct base_arena	 arena;		/* holds all of it */
};

/* The column or index NAME of TABLE in a list, or NULL. */
const struct store_schema_found *store_schema_find(
	    const struct store_schema_found *f, const char *table,
	    const char *name);

/* Our version when nothing is left to be done. */
int64_t	store_schema_latest(void);

/*
 * Until LOCK, a connection for nothing else, is ended, nobody else gets past
 * this on the same server for the same database, which need not exist.  Waits
 * if somebody has got it, and says so.  Returns 0, or -1 after a warning.
 */
int	store_schema_lock(struct store_db *lock);

/*
 * Look at DB's database and plan what has to be done to it.  Returns NULL
 * after a warning; free with store_schema_free().
 */
struct store_schema *store_schema_read(struct store_db *db);
void	store_schema_free(struct store_schema *s);

/*
 * Count the rows of the tables of S that have fewer than STORE_SCHEMA_FEW;
 * what the server guesses of small tables is often wrong.  Returns 0, or -1
 * after a warning.
 */
#define STORE_SCHEMA_FEW	10000
int	store_schema_count(struct store_db *db, struct store_schema *s);

/*
 * Run the steps of S, giving each to SHOW before, unless that is NULL.
 * Returns 0; 1 if the database has changed since it was read, so that it has to
 * be read again; or -1 after a warning: running it again then goes on.
 */
int	store_schema_apply(struct store_db *db, const struct store_schema *s,
	    void (*show)(const char *sql));

#endif
