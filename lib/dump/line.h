/* SPDX-License-Identifier: ISC */
/*
 * Rows as text: what LOAD DATA INFILE reads by default, and the mysql client
 * writes with --batch.  A row is a line, fields have tabs between them, NULL is
 * \N, and of all bytes only NUL, tab, line feed and backslash are written \0,
 * \t, \n and \\.  These are also what string literals of SQL have, where a
 * field differs only by its quotes.  Pure.
 */
#ifndef DUMP_LINE_H
#define DUMP_LINE_H

#include <stddef.h>

struct base_buf;

/* Append a row of N fields, NULL for NULL, of LEN bytes each. */
void	dump_line_add(struct base_buf *b, char *const *field,
	    const unsigned long *len, size_t n);

/*
 * The next field of what is at *P, before END: from *FIELD on, *LEN bytes, as
 * it was written; *P goes behind it.  Returns the byte that ended it, a tab or
 * a line feed, or -1 if none did.
 */
int	dump_line_field(const char **p, const char *end, const char **field,
	    size_t *len);

/*
 * Append a field that dump_line_field() found as a literal of SQL.  Returns 0,
 * or -1: it ends with half an escape.
 */
int	dump_line_literal(struct base_buf *b, const char *field, size_t len);

/*
 * Append what a field stands for.  Returns as dump_line_literal().  NULL is for
 * the caller to tell apart, see dump_line_is_null().
 */
int	dump_line_decode(struct base_buf *b, const char *field, size_t len);
int	dump_line_is_null(const char *field, size_t len);

#endif
