/* SPDX-License-Identifier: ISC */
/*
 * Whole rows of the station and area tables, many at a time.  One table of
 * columns drives reading and writing.
 */
#ifndef STORE_ROW_H
#define STORE_ROW_H

#include <stddef.h>
#include <stdint.h>

#include "obs/batch.h"
#include "station/row.h"

struct base_arena;
struct base_buf;
struct store_db;
struct st_mysql_bind;

/*
 * Tables in the order in which they are locked: blue_shard_0..f,
 * wifi_shard_0..f, cell_gsm, cell_wcdma, cell_lte, cell_nr, then cell_area,
 * cell_area_nr, and the centres of both.
 */
#define STORE_ROW_BLUE		0
#define STORE_ROW_WIFI		16
#define STORE_ROW_CELL		32
#define STORE_ROW_CELL_NR	35
#define STORE_ROW_AREA		36
#define STORE_ROW_AREA_NR	37
#define STORE_ROW_CENTRE	38
#define STORE_ROW_CENTRE_NR	39
#define STORE_ROW_TABLES	40

/* The table of a network, of the area with KEY, and of its centre. */
int	store_row_table(enum obs_kind kind, const uint8_t *key);
int	store_row_area_table(const uint8_t *key);
int	store_row_centre_table(const uint8_t *key);

/* What is in a table that is not one of areas. */
enum obs_kind store_row_kind(int table);

const char *store_row_table_name(int table);
const char *store_row_key_name(int table);	/* its column */
size_t	store_row_key_len(int table);

/*
 * A condition: the row is neither hidden nor opted out, see station/trust.h.
 * Such rows keep a position that is not to be told.  With COALESCE, which would
 * be shorter, the server compares decimals, and whole tables take a tenth more.
 */
#define STORE_ROW_SHOWN	"(trust IS NULL OR ORD(SUBSTR(trust,2,1)) & 6 = 0)"

/* Keys side by side, as rows and observations hold them. */
struct store_row_key {
	uint8_t	byte[RADIO_CELL_KEY_MAX];
};

/*
 * Read the rows of TABLE with one of N different KEYS into ROWS (struct
 * station_row, or struct station_area), which has room for N, in the order
 * of their keys.  KEYS are sorted: only then are many locked, and returned, in
 * order.  LOCK: for update, until the transaction ends.  Returns 0 and *FOUND,
 * or -1, see store_db_retry().
 */
int	store_row_select(struct store_db *db, int table,
	    const struct store_row_key *keys, size_t n, int lock, void *rows,
	    size_t *found);

enum store_row_mode {
	STORE_ROW_INSERT,	/* fails if a key is there */
	STORE_ROW_UPSERT	/* replaces all columns of the row with it, or
				 * inserts it if there is none */
};

/*
 * Within a transaction, write N rows (pointers to struct station_row,
 * station_area or station_centre) to TABLE.  All columns are written, so that
 * callers read a whole row, and lock it, before they change it.  Returns 0, or
 * -1, see store_db_retry().
 */
int	store_row_write(struct store_db *db, int table,
	    const void *const *rows, size_t n, enum store_row_mode mode);

/*
 * The same in steps, of which the second, which takes a while, may be done in
 * another thread, beside what the connection is used for: learn how the server
 * of DB wants its rows, within the transaction, which returns 0 or -1; put N
 * rows into that shape, which uses memory of A; and write them.  Rows and
 * memory have to stay until then.  All of the struct is private.
 */
struct store_row_pack {
	int			 table;
	enum store_row_mode	 mode;
	size_t			 many;	/* rows of an array; 0: as text */
	const void		*const *rows;
	size_t			 n;
	struct st_mysql_bind	**bind;	/* of each array; NULL: no memory */
};

int	store_row_pack_init(struct store_row_pack *p, struct store_db *db,
	    int table, enum store_row_mode mode);
void	store_row_pack(struct store_row_pack *p, const void *const *rows,
	    size_t n, struct base_arena *a);
int	store_row_pack_write(struct store_db *db,
	    const struct store_row_pack *p);

#endif
