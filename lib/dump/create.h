/* SPDX-License-Identifier: ISC */
/* What SHOW CREATE TABLE says, taken apart for a restore.  Pure. */
#ifndef DUMP_CREATE_H
#define DUMP_CREATE_H

struct base_buf;

/*
 * Append to TABLE the statement CREATE as one that makes the table, without
 * IF NOT EXISTS becoming an error if it is there; and to KEYS an ALTER TABLE
 * that adds its secondary indexes, if they may be made when the rows are in,
 * which is faster.  Otherwise they stay in TABLE, and nothing is added to
 * KEYS.
 */
void	dump_create_split(struct base_buf *table, struct base_buf *keys,
	    const char *create);

/*
 * Append CREATE for a server that calls utf8mb3 utf8: outside of quotes the
 * one name is replaced by the other.
 */
void	dump_create_rename(struct base_buf *b, const char *create);

#endif
