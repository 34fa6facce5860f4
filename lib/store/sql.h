/* SPDX-License-Identifier: ISC */
/*
 * Statements as text: literals, and statements with a list that grows.
 *
 * A server takes no statement longer than its max_allowed_packet; it ends the
 * connection instead, and the same statement would fail again and again.  So
 * whatever has a list in it is built by store_sql_next(), which runs what there
 * is and begins anew before a statement gets too long.
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <stddef.h>

#include "base/buf.h"

struct store_db;

/* Append TEXT as a quoted literal, or NULL for a null pointer. */
void	store_sql_quote(struct base_buf *b, const char *text);

/* Append NAME as the name of a table or column, in backquotes. */
void	store_sql_name(struct base_buf *b, const char *name);

/* Append LEN bytes as a hexadecimal literal. */
void	store_sql_quote_bytes(struct base_buf *b, const void *p, size_t len);

/*
 * Run the statement in B, or give each row of its result to ROW as
 * store_db_query() does.  Returns 0, or -1, also after a warning that memory
 * is short.
 */
int	store_sql_run(struct store_db *db, const struct base_buf *b);
int	store_sql_query(struct store_db *db, const struct base_buf *b,
	    int (*row)(void *arg, char **field, const unsigned long *flen),
	    void *arg);

/* Elements of one statement: from 1000 keys on MariaDB makes a table. */
#define STORE_SQL_MANY		500

/*
 * The most that one element and the tail may have.  The longest are rows as
 * JSON, in hexadecimal digits (store/undo.c).
 */
#define STORE_SQL_ELEMENT_MAX	2048

/*
 * HEAD, elements with BETWEEN between them, TAIL: as many statements as it
 * takes.  Set what is above the line, zero the rest.
 */
struct store_sql {
	struct store_db	*db;
	const char	*head, *between, *tail;
	/* Rows of the result are given to ROW(ARG, ...), unless it is NULL. */
	int		(*row)(void *, char **, const unsigned long *);
	void		*arg;
	/* Runs after each statement, unless it is NULL: 0, or -1. */
	int		(*after)(void *arg);
	/* ---- */
	struct base_buf	 b;
	size_t		 n;		/* elements in B */
	int		 failed;	/* a statement, for good */
};

/*
 * The buffer to append the next element to; or NULL if a statement that had
 * to be run before failed.
 */
struct base_buf *store_sql_next(struct store_sql *s);

/*
 * Run what is left and release all.  Returns 0, or -1 if any of the statements
 * failed, see store_db_retry(), or memory is short.
 */
int	store_sql_end(struct store_sql *s);

#endif
