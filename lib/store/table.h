/* SPDX-License-Identifier: ISC */
/*
 * The one description of every table: Ichnaea's at revision 3be4004781bc, and
 * ours beside them.  CREATE TABLE, what migrations compare, SELECT lists, what
 * reads rows and what writes them all come from it, so a new column is one
 * line in table.c and a member of the struct that holds it; the top of table.c
 * says what goes with these.  Pure.
 *
 * NULL is NaN in doubles, "" in texts and STATION_ROW_NULL in integers.
 */
#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct radio_cell;

enum store_table_kind {
	STORE_TABLE_OTHER,	/* neither read nor written by row */
	STORE_TABLE_F64,
	STORE_TABLE_F32,	/* a double in the row */
	STORE_TABLE_INT,	/* int64_t in [MIN, MAX] */
	STORE_TABLE_BOOL,	/* the same, 0 or 1 */
	STORE_TABLE_TIME,	/* int64_t, seconds since 1970 */
	STORE_TABLE_DATE,	/* int64_t, days since 1970 */
	STORE_TABLE_BYTES,	/* how many in the first, MAX <= 255 at most */
	/*
	 * MAX characters and NUL: three bytes each, or one where they are
	 * ASCII.  The member says how many bytes there is room for.
	 */
	STORE_TABLE_TEXT,
	STORE_TABLE_KEY,	/* bytes, as many as the table's keys have */
	STORE_TABLE_IDENT	/* a number within the key, only written */
};

struct store_table_column {
	const char		*name;
	const char		*type;	/* in SQL, with NOT NULL, if so */
	enum store_table_kind	 kind;
	size_t			 offset; /* in the row; IDENT: radio_cell */
	size_t			 size;	/* of the member */
	int64_t			 min, max;
	/*
	 * The place that lookups have for it, of enum slot in table.c: columns
	 * of different tables that mean the same have the same one.  Others may
	 * share one, too, as the row tells its table (peak_lat and max_lat do);
	 * but a UNION makes one type of them, so bytes share none with numbers.
	 */
	int			 slot;
	const char		*fill;	/* in rows from before it, or NULL */
};

struct store_table_index {
	const char	*name;		/* after the table's; NULL: primary */
	const char	*columns;	/* "a,b" */
	int		 unique;
};

struct store_table {
	const char			*name;
	const struct store_table_column	*col;
	size_t				 ncol;
	const struct store_table_index	*idx;
	size_t				 nidx;
	int				 is_ours;	/* not Ichnaea's */
	/* Of tables whose rows are read and written, else zero: */
	size_t				 row_size;
	size_t				 keylen;
	const struct store_table_column	*key;	/* equal to the one in COL */
	void				(*init)(void *row);	/* all NULL */
	void				(*split)(struct radio_cell *c,
					    const uint8_t *key);
};

/*
 * All tables, in the order in which they are made: loc_version is the first,
 * as it says whose the rest is.  From STORE_TABLE_ROWS on there are those of
 * store/row.h, in its order.
 */
extern const struct store_table store_table[];
extern const size_t store_tables;
#define STORE_TABLE_API_KEY	2
#define STORE_TABLE_ROWS	4

/* The table that is called NAME, or NULL. */
const struct store_table *store_table_find(const char *name);

/* Append a CREATE TABLE statement, or an index as that and ALTER TABLE do. */
void	store_table_create(struct base_buf *b, const struct store_table *t);
void	store_table_index(struct base_buf *b, const struct store_table *t,
	    const struct store_table_index *i);

/* 1 if columns of kind KIND are read, and if they are written. */
int	store_table_is_read(enum store_table_kind kind);
/* Append the columns that are read, or written, with commas between them. */
void	store_table_read_list(struct base_buf *b, const struct store_table *t);
void	store_table_write_list(struct base_buf *b,
	    const struct store_table *t);

/*
 * What lookups ask of T after its key, ",lat,lon,...", with "NULL" where it
 * lacks something; and the column in slot SLOT, or NULL.  All tables have as
 * many slots, so that a UNION may join them.
 */
#define STORE_TABLE_SLOTS	21
#define STORE_TABLE_LIST_LEN	256
void	store_table_slot_list(char out[STORE_TABLE_LIST_LEN],
	    const struct store_table *t);
const struct store_table_column *store_table_slot(
	    const struct store_table *t, int slot);

/* Set column C of ROW, of kind BYTES, which was NULL, to LEN bytes of DATA. */
void	store_table_take_bytes(const struct store_table_column *c,
	    const void *data, size_t len, void *row);

/* Set column C of ROW, which was NULL, to LEN bytes of TEXT. */
void	store_table_take_text(const struct store_table *t,
	    const struct store_table_column *c, const char *text, size_t len,
	    void *row);

/* A column, and which field of a result has it. */
struct store_table_field {
	const struct store_table_column	*column;
	int				 number;
};

/*
 * The same of the N columns F of table T, from the fields TEXT of a result with
 * their lengths LEN; what is NULL there stays so.
 */
void	store_table_take_fields(const struct store_table *t,
	    const struct store_table_field *f, int n, char *const *text,
	    const unsigned long *len, void *row);

/*
 * What column C of ROW is written as: a double without infinities, or NaN; a
 * number, which times and dates are, too (YYYYMMDDHHMMSS, YYYYMMDD), within
 * what the column holds, or STATION_ROW_NULL; and any of them as a literal.
 */
double	store_table_f64(const struct store_table_column *c, const void *row);
int64_t	store_table_num(const struct store_table *t,
	    const struct store_table_column *c, const void *row);
void	store_table_literal(struct base_buf *b, const struct store_table *t,
	    const struct store_table_column *c, const void *row);

#endif
