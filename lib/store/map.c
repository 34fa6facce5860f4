/* SPDX-License-Identifier: ISC */
/*
 * Tables are read in pages in the order of their primary keys, each from
 * behind the last row of the one before: no page takes long, no lock is held,
 * and after a lost connection it goes on where it was.
 */
#include <assert.h>
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/num.h"
#include "radio/cell.h"
#include "store/db.h"
#include "store/map.h"
#include "store/row.h"
#include "store/sql.h"

#define PAGE		200000		/* rows */
#define TRIES		3		/* for a page without a single row */
#define GRID_LEN	8

static const char *const grid_shards[STORE_MAP_TABLES] = {
	"datamap_ne", "datamap_nw", "datamap_se", "datamap_sw"
};

struct reading {
	int		(*visit)(void *arg, int32_t lat, int32_t lon,
			    int64_t days);
	void		*arg;
	uint8_t		 last[RADIO_CELL_KEY_MAX];	/* key read last */
	size_t		 keylen;
	uint64_t	 rows;		/* of this page */
	int		 stopped;
};

/* Note KEY, of LEN bytes, as read.  0, or -1: it is none of this table. */
static int
note_key(struct reading *r, const char *key, unsigned long len)
{
	if (len != r->keylen)
		return -1;
	memcpy(r->last, key, len);
	r->rows++;
	return 0;
}

/* Hand a row on; a stop is told from an error by "stopped". */
static int
visit_row(struct reading *r, int32_t lat, int32_t lon, int64_t days)
{
	if (r->visit(r->arg, lat, lon, days) == 0)
		return 0;
	r->stopped = 1;
	return -1;
}

/* Columns: grid, days.  Keys are moved so that they have no sign. */
static int
on_grid(void *arg, char **field, const unsigned long *flen)
{
	struct reading *r = arg;
	const uint8_t *key;
	int64_t days;

	if (note_key(r, field[0], flen[0]) == -1 || field[1] == NULL ||
	    !base_num_i64(field[1], flen[1], &days))
		return 0;
	key = (const uint8_t *)field[0];
	return visit_row(r, (int32_t)base_bytes_get_be(key, 4) - 90000,
	    (int32_t)base_bytes_get_be(key + 4, 4) - 180000, days);
}

/* Columns: key, days, lat, lon.  Stations nobody has heard have no day. */
static int
on_map_station(void *arg, char **field, const unsigned long *flen)
{
	struct reading *r = arg;
	double lat, lon;
	int64_t days;

	if (note_key(r, field[0], flen[0]) == -1 || field[1] == NULL ||
	    !base_num_i64(field[1], flen[1], &days) ||
	    !base_num_f64(field[2], flen[2], &lat) ||
	    !base_num_f64(field[3], flen[3], &lon) ||
	    !(fabs(lat) <= 90 && fabs(lon) <= 180))
		return 0;
	return visit_row(r, (int32_t)floor(lat * 1000),
	    (int32_t)floor(lon * 1000), days);
}

/* What a kind of table is read by. */
struct source {
	const char	*table, *key;
	const char	*columns;	/* behind the key */
	const char	*day;		/* the column it was last heard on */
	const char	*where;		/* further conditions, or "" */
	int		(*row)(void *arg, char **field,
			    const unsigned long *flen);
};

/* A page behind the last key.  0, or -1 as store_db_query(). */
static int
read_page(struct store_db *db, const struct source *s, int64_t days,
    struct reading *r, int first)
{
	struct base_buf b;
	int rc;

	base_buf_init(&b);
	base_buf_fmt(&b, "SELECT %s, DATEDIFF(CURDATE(), %s)%s FROM %s WHERE "
	    "%s IS NOT NULL%s", s->key, s->day, s->columns, s->table, s->day,
	    s->where);
	if (!first) {
		base_buf_fmt(&b, " AND %s > ", s->key);
		store_sql_quote_bytes(&b, r->last, r->keylen);
	}
	if (days >= 0)
		base_buf_fmt(&b, " AND %s >= CURDATE() - INTERVAL %lld DAY",
		    s->day, (long long)days);
	base_buf_fmt(&b, " ORDER BY %s LIMIT %d", s->key, PAGE);
	rc = store_sql_query(db, &b, s->row, r);
	base_buf_done(&b);
	return rc;
}

/*
 * A page that broke off has brought us on by the rows that it did give, so
 * only failures without any are counted.
 */
static int
read_map_table(struct store_db *db, const struct source *s, size_t keylen,
    int64_t days, int (*visit)(void *arg, int32_t lat, int32_t lon,
    int64_t days), void *arg)
{
	struct reading r = { .visit = visit, .arg = arg, .keylen = keylen };
	int first = 1, rc, tries = 0;

	assert(keylen <= sizeof(r.last));
	do {
		r.rows = 0;
		rc = read_page(db, s, days, &r, first);
		if (r.rows > 0)
			first = tries = 0;
		if (rc == 0)
			continue;
		if (r.stopped)
			return -1;
		if (store_db_retry(db) != STORE_ERROR_LOST ||
		    ++tries == TRIES || store_db_connect(db, 0) == -1) {
			warnx("%s: %s: %s", store_db_where(db), s->table,
			    store_db_error(db));
			return -1;
		}
	} while (rc == -1 || r.rows == PAGE);
	return 0;
}

int
store_map_grids(struct store_db *db, int table, int64_t days,
    int (*visit)(void *arg, int32_t lat, int32_t lon, int64_t days), void *arg)
{
	struct source s = { .key = "grid", .columns = "", .day = "modified",
	    .where = "", .row = on_grid };

	assert(table >= 0 && table < STORE_MAP_TABLES);
	s.table = grid_shards[table];
	return read_map_table(db, &s, GRID_LEN, days, visit, arg);
}

int
store_map_stations(struct store_db *db, int table, int64_t days,
    int (*visit)(void *arg, int32_t lat, int32_t lon, int64_t days), void *arg)
{
	struct source s = { .columns = ", lat, lon",
	    .day = "COALESCE(last_seen, DATE(modified))",
	    .where = " AND lat IS NOT NULL AND lon IS NOT NULL",
	    .row = on_map_station };

	assert(table >= 0 && table < STORE_ROW_AREA);
	s.table = store_row_table_name(table);
	s.key = store_row_key_name(table);
	return read_map_table(db, &s, store_row_key_len(table), days, visit,
	    arg);
}
