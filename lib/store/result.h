/* SPDX-License-Identifier: ISC */
/*
 * The rows of a prepared SELECT as structs; only for the files of this folder.
 * Which columns there are, and how each travels, store/table.c says.
 */
#ifndef STORE_RESULT_H
#define STORE_RESULT_H

#include <mysql.h>

#include "station/row.h"
#include "store/table.h"

/* At least as many as any table has columns that are read. */
#define STORE_RESULT_COLUMNS	32

/*
 * One column of a row in the binary protocol.  The text has room for the
 * longest KEY, TEXT and BYTES of any table that is read this way, as
 * store_result_init() asserts of each column.
 */
union store_result_field {
	double		f64;
	int64_t		num;
	MYSQL_TIME	time;
	char		text[STATION_ROW_PLACES];
};

/* Is bound by address, so it must not move. */
struct store_result {
	const struct store_table		*table;
	const struct store_table_column		*col[STORE_RESULT_COLUMNS];
	size_t					 n;
	MYSQL_BIND				 bind[STORE_RESULT_COLUMNS];
	union store_result_field		 field[STORE_RESULT_COLUMNS];
	unsigned long				 len[STORE_RESULT_COLUMNS];
	my_bool					 null[STORE_RESULT_COLUMNS];
};

/*
 * Prepare R for the columns of T that are read, in their order: all, or those
 * that NAMES ("lat,lon") has; or the key and what lookups ask for.
 */
void	store_result_init(struct store_result *r, const struct store_table *t,
	    const char *names);
void	store_result_init_slots(struct store_result *r,
	    const struct store_table *t);

/* Append the columns with commas between them. */
void	store_result_list(const struct store_result *r, struct base_buf *b);

/* Set ROW to what was fetched; columns that were not asked for are NULL. */
void	store_result_take(const struct store_result *r, void *row);

#endif
