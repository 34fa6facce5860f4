/* SPDX-License-Identifier: ISC */
/*
 * One UNION ALL over the tables that are needed: the server does most of
 * the work, and a statement per table costs it twice as much.
 */
#include <err.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/civil.h"
#include "base/num.h"
#include "locate/found.h"
#include "locate/query.h"
#include "store/db.h"
#include "store/lookup.h"
#include "store/row.h"

/* Bytes of a key as a literal in a list, and of the rest of a SELECT. */
#define KEY_TEXT	(2 * RADIO_CELL_KEY_MAX + 4)
#define SELECT_TEXT	256

#define STATION_COLUMNS	\
	",lat,lon,radius,region,samples,created,modified,last_seen," \
	"block_last,block_count FROM "
#define AREA_COLUMNS	\
	",lat,lon,radius,region,num_cells,created,modified,last_seen," \
	"NULL,NULL FROM "

/* The fields of a row in the order of the SELECT. */
enum field {
	F_KIND, F_KEY, F_LAT, F_LON, F_RADIUS, F_REGION, F_SAMPLES,
	F_CREATED, F_MODIFIED, F_LAST_SEEN, F_BLOCK_LAST, F_BLOCK_COUNT
};

/* The first field tells what a row is. */
enum kind { K_BLUE, K_WIFI, K_CELL, K_AREA };

static const struct {
	const char	*select, *where;
} kinds[] = {
	{ "SELECT 0,mac" STATION_COLUMNS, " WHERE mac IN (" },
	{ "SELECT 1,mac" STATION_COLUMNS, " WHERE mac IN (" },
	{ "SELECT 2,cellid" STATION_COLUMNS, " WHERE cellid IN (" },
	{ "SELECT 3,areaid" AREA_COLUMNS, " WHERE areaid IN (" },
};

/* Keys of one kind and the tables they are in. */
struct keys {
	uint8_t	(*key)[RADIO_CELL_KEY_MAX];
	int	*table;			/* -1: none, or done */
	size_t	 n;
};

struct results {
	struct locate_found	*f;
	const struct locate_query *q;	/* how much room there is */
};

/* Add the SELECTs of one kind, one for each table. */
static void
add_selects(struct base_buf *b, enum kind kind, struct keys *k)
{
	size_t i, j;
	int table;

	for (i = 0; i < k->n; i++) {
		if ((table = k->table[i]) == -1)
			continue;
		if (b->len > 0)
			base_buf_str(b, " UNION ALL ");
		base_buf_str(b, kinds[kind].select);
		base_buf_str(b, store_row_table_name(table));
		base_buf_str(b, kinds[kind].where);
		for (j = i; j < k->n; j++)
			if (k->table[j] == table) {
				if (j > i)
					base_buf_chr(b, ',');
				store_db_quote_bytes(b, k->key[j],
				    store_row_key_len(table));
				k->table[j] = -1;
			}
		base_buf_chr(b, ')');
	}
}

static int
take(struct keys *k, size_t n, struct base_arena *a)
{
	k->n = n;
	k->key = base_arena_alloc(a, n * sizeof(*k->key));
	k->table = base_arena_alloc(a, n * sizeof(*k->table));
	return k->key == NULL || k->table == NULL ? -1 : 0;
}

static int
take_macs(struct keys *k, const struct locate_mac *m, size_t n,
    enum obs_kind kind, struct base_arena *a)
{
	size_t i;

	if (take(k, n, a) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		memcpy(k->key[i], m[i].mac, RADIO_MAC_LEN);
		k->table[i] = store_row_table(kind, m[i].mac);
	}
	return 0;
}

/* Cells, or areas if AREAS. */
static int
take_cells(struct keys *k, const struct locate_cell *c, size_t n, int areas,
    struct base_arena *a)
{
	size_t i;

	if (take(k, n, a) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		k->table[i] = -1;
		if (!radio_cell_is_stored(c[i].cell.type))
			continue;
		if (areas)
			radio_cell_area_key(k->key[i], &c[i].cell);
		else
			radio_cell_key(k->key[i], &c[i].cell);
		k->table[i] = areas ? store_row_area_table(k->key[i]) :
		    store_row_table(OBS_CELL, k->key[i]);
	}
	return 0;
}

static int
add_query(struct base_buf *b, const struct locate_query *q,
    struct base_arena *a)
{
	struct keys k;

	if (take_macs(&k, q->blue, q->nblue, OBS_BLUE, a) == -1)
		return -1;
	add_selects(b, K_BLUE, &k);
	if (take_macs(&k, q->wifi, q->nwifi, OBS_WIFI, a) == -1)
		return -1;
	add_selects(b, K_WIFI, &k);
	if (take_cells(&k, q->cell, q->ncell, 0, a) == -1)
		return -1;
	add_selects(b, K_CELL, &k);
	if (take_cells(&k, q->area, q->narea, 1, a) == -1)
		return -1;
	add_selects(b, K_AREA, &k);
	return base_buf_ok(b) ? 0 : -1;
}

static void
get_num(int64_t *v, char **field, const unsigned long *flen, enum field i)
{
	if (field[i] != NULL)
		base_num_i64(field[i], flen[i], v);
}

static void
get_time(int64_t *v, char **field, const unsigned long *flen, enum field i)
{
	if (field[i] != NULL)
		base_civil_parse(field[i], flen[i], v);
}

static void
get_day(int64_t *v, char **field, const unsigned long *flen, enum field i)
{
	int64_t s;

	if (field[i] != NULL && base_civil_parse(field[i], flen[i], &s))
		*v = base_civil_day_of(s);
}

static void
get_f64(double *v, char **field, const unsigned long *flen, enum field i)
{
	if (field[i] != NULL)
		base_num_f64(field[i], flen[i], v);
}

/*
 * UNION pads keys with zeros to the length of the longest, as we do; KEY has
 * room for MAX bytes, any key of its kind.
 */
static void
get_key(uint8_t *key, char **field, const unsigned long *flen, size_t max)
{
	memcpy(key, field[F_KEY], flen[F_KEY] < max ? flen[F_KEY] : max);
}

static void
read_station(struct station_row *r, char **field, const unsigned long *flen)
{
	station_row_init(r);
	get_key(r->key, field, flen, sizeof(r->key));
	get_f64(&r->lat, field, flen, F_LAT);
	get_f64(&r->lon, field, flen, F_LON);
	get_num(&r->radius, field, flen, F_RADIUS);
	if (field[F_REGION] != NULL)
		strlcpy(r->region, field[F_REGION], sizeof(r->region));
	get_num(&r->samples, field, flen, F_SAMPLES);
	get_time(&r->created, field, flen, F_CREATED);
	get_time(&r->modified, field, flen, F_MODIFIED);
	get_day(&r->last_seen, field, flen, F_LAST_SEEN);
	get_day(&r->block_last, field, flen, F_BLOCK_LAST);
	get_num(&r->block_count, field, flen, F_BLOCK_COUNT);
}

static void
read_area(struct station_area *r, char **field, const unsigned long *flen)
{
	station_area_init(r);
	get_key(r->key, field, flen, sizeof(r->key));
	get_f64(&r->lat, field, flen, F_LAT);
	get_f64(&r->lon, field, flen, F_LON);
	get_num(&r->radius, field, flen, F_RADIUS);
	if (field[F_REGION] != NULL)
		strlcpy(r->region, field[F_REGION], sizeof(r->region));
	get_num(&r->num_cells, field, flen, F_SAMPLES);
	get_time(&r->created, field, flen, F_CREATED);
	get_time(&r->modified, field, flen, F_MODIFIED);
	get_day(&r->last_seen, field, flen, F_LAST_SEEN);
}

static int
on_row(void *arg, char **field, const unsigned long *flen)
{
	struct results *r = arg;
	struct locate_found *f = r->f;
	enum kind kind = (enum kind)(field[F_KIND][0] - '0');
	struct station_row *row = NULL;

	if (kind == K_BLUE && f->nblue < r->q->nblue)
		row = &f->blue[f->nblue++];
	else if (kind == K_WIFI && f->nwifi < r->q->nwifi)
		row = &f->wifi[f->nwifi++];
	else if (kind == K_CELL && f->ncell < r->q->ncell)
		row = &f->cell[f->ncell++];
	else if (kind == K_AREA && f->narea < r->q->narea)
		read_area(&f->area[f->narea++], field, flen);
	if (row != NULL)
		read_station(row, field, flen);
	return 0;
}

static int
take_rows(struct locate_found *f, const struct locate_query *q,
    struct base_arena *a)
{
	f->blue = base_arena_alloc(a, q->nblue * sizeof(*f->blue));
	f->wifi = base_arena_alloc(a, q->nwifi * sizeof(*f->wifi));
	f->cell = base_arena_alloc(a, q->ncell * sizeof(*f->cell));
	f->area = base_arena_alloc(a, q->narea * sizeof(*f->area));
	return f->blue == NULL || f->wifi == NULL || f->cell == NULL ||
	    f->area == NULL ? -1 : 0;
}

static int
run(struct store_db *db, const struct base_buf *b, struct results *r)
{
	int again = store_db_connected(db);

	for (;;) {
		r->f->nblue = r->f->nwifi = r->f->ncell = r->f->narea = 0;
		if (store_db_query(db, b->data, b->len, on_row, r) == 0)
			return 0;
		if (!again || store_db_retry(db) != STORE_DB_LOST)
			break;
		again = 0;
	}
	if (store_db_retry(db) != STORE_DB_FATAL && !store_db_resting(db))
		warnx("database: %s", store_db_error(db));
	return -1;
}

static int
find(void *ctx, const struct locate_query *q, struct locate_found *f,
    struct base_arena *a)
{
	struct results r = { f, q };
	struct base_buf b;
	int rc = -1;

	memset(f, 0, sizeof(*f));
	base_buf_init(&b);
	base_buf_room(&b, (q->nblue + q->nwifi + q->ncell + q->narea) *
	    (KEY_TEXT + SELECT_TEXT));
	if (add_query(&b, q, a) == -1 || take_rows(f, q, a) == -1)
		warnx("lookup: out of memory");
	else
		rc = b.len == 0 ? 0 : run(ctx, &b, &r);
	base_buf_done(&b);
	return rc;
}

void
store_lookup_init(struct locate_lookup *l, struct store_db *db)
{
	l->ctx = db;
	l->find = find;
}
