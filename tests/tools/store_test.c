/* SPDX-License-Identifier: ISC */
/*
 * store_test URL - what needs a server to be tested in lib/store, as TAP:
 * rows written and read back on both ways, lookups, lost connections.  The
 * database must be an empty one of loc-db's and is left with rows.
 */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/tap.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/civil.h"
#include "locate/found.h"
#include "locate/query.h"
#include "station/peak.h"
#include "store/db.h"
#include "store/health.h"
#include "store/lookup.h"
#include "store/mark.h"
#include "store/retry.h"
#include "store/row.h"
#include "store/sql.h"

#define MANY	4001		/* more than fit into one statement */

static uint64_t seed = 1;

static uint64_t
next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

/* Any finite double but -0, which text does not tell from 0. */
static double
any_f64(void)
{
	uint64_t bits;
	double d;

	do {
		bits = next();
		memcpy(&d, &bits, sizeof(d));
	} while (!isfinite(d) || d == 0);
	return d;
}

static int64_t
any(int64_t min, int64_t max)
{
	return next() % 8 == 0 ? STATION_ROW_NULL :
	    min + (int64_t)(next() % (uint64_t)(max - min + 1));
}

static int
same_f64(double a, double b)
{
	return (isnan(a) && isnan(b)) || a == b;
}

static int
same_row(const struct station_row *a, const struct station_row *b)
{
	return memcmp(a->key, b->key, sizeof(a->key)) == 0 &&
	    strcmp(a->region, b->region) == 0 &&
	    same_f64(a->lat, b->lat) && same_f64(a->lon, b->lon) &&
	    same_f64(a->max_lat, b->max_lat) &&
	    same_f64(a->min_lat, b->min_lat) &&
	    same_f64(a->max_lon, b->max_lon) &&
	    same_f64(a->min_lon, b->min_lon) &&
	    same_f64(a->weight, b->weight) && a->radius == b->radius &&
	    a->samples == b->samples && a->source == b->source &&
	    a->created == b->created && a->modified == b->modified &&
	    a->last_seen == b->last_seen &&
	    a->block_first == b->block_first &&
	    a->block_last == b->block_last &&
	    a->block_count == b->block_count && a->psc == b->psc &&
	    a->peak_lat == b->peak_lat && a->peak_lon == b->peak_lon &&
	    same_f64(a->peak_weight, b->peak_weight) &&
	    a->spread == b->spread && a->places.len == b->places.len &&
	    memcmp(a->places.byte, b->places.byte, a->places.len) == 0;
}

static int
same_area(const struct station_area *a, const struct station_area *b)
{
	return memcmp(a->key, b->key, sizeof(a->key)) == 0 &&
	    strcmp(a->region, b->region) == 0 &&
	    same_f64(a->lat, b->lat) && same_f64(a->lon, b->lon) &&
	    a->radius == b->radius && a->num_cells == b->num_cells &&
	    a->avg_cell_radius == b->avg_cell_radius &&
	    a->created == b->created && a->modified == b->modified &&
	    a->last_seen == b->last_seen;
}

/* The key of row I of a table, ascending; every second ends in zeros. */
static void
make_key(uint8_t *key, int table, int i)
{
	int is_nr = table == STORE_ROW_CELL_NR || table == STORE_ROW_AREA_NR;
	struct radio_cell c = { .type = RADIO_CELL_LTE, .mcc = 262,
	    .mnc = i >> 8, .lac = i & 0xff, .cid = i % 2 * 268435455 };

	if (is_nr) {
		c.type = RADIO_CELL_NR;
		c.lac <<= 16;
		c.cid *= 256;
	}
	if (table >= STORE_ROW_AREA)
		radio_cell_area_key(key, &c);
	else if (table >= STORE_ROW_CELL)
		radio_cell_key(key, &c);
	else {
		key[0] = (uint8_t)(i >> 8);
		key[1] = (uint8_t)i;
		key[2] = (uint8_t)((table & 15) << 4);
		key[4] = i % 2 ? 0xff : 0;
		key[5] = i % 2 ? 0x27 : 0;
	}
}

static void
make_row(struct station_row *r, int table, int i)
{
	static const char *const regions[] = { "", "DE", "'\\", "x" };
	int64_t last_day = base_civil_days(9999, 12, 31);

	station_row_init(r);
	make_key(r->key, table, i);
	if (i == 0)
		return;
	strlcpy(r->region, regions[next() % 4], sizeof(r->region));
	r->lat = any_f64();
	r->lon = any_f64();
	r->max_lat = i == 1 ? DBL_MAX : i == 2 ? DBL_MIN : any_f64();
	r->min_lat = i == 1 ? -DBL_MAX : i == 2 ? 0 : any_f64();
	r->max_lon = any_f64();
	r->min_lon = any_f64();
	r->weight = any_f64();
	r->radius = i == 1 ? UINT32_MAX : any(0, UINT32_MAX);
	r->samples = i == 1 ? UINT32_MAX : any(0, UINT32_MAX);
	r->source = any(INT8_MIN, INT8_MAX);
	r->created = i == 1 ? base_civil_days(1000, 1, 1) * 86400 :
	    i == 2 ? last_day * 86400 + 86399 : any(-1000000, 4000000000);
	r->modified = any(-1000000, 4000000000);
	r->last_seen = i == 1 ? base_civil_days(1000, 1, 1) :
	    i == 2 ? last_day : any(-10000, 100000);
	r->block_first = any(-10000, 100000);
	r->block_last = any(-10000, 100000);
	r->block_count = i == 1 ? UINT8_MAX : any(0, UINT8_MAX);
	if (table >= STORE_ROW_CELL) {
		r->psc = i == 1 ? INT16_MAX : any(INT16_MIN, INT16_MAX);
		r->places.len = (uint8_t)(i % (STATION_ROW_PLACES + 1));
		memset(r->places.byte, i, r->places.len);
		return;
	}
	r->peak_lat = i == 1 ? INT32_MIN : any(INT32_MIN, INT32_MAX);
	r->peak_lon = i == 1 ? INT32_MAX : any(INT32_MIN, INT32_MAX);
	r->peak_weight = i == 1 ? FLT_MAX : i == 2 ? FLT_MIN :
	    (float)any(0, 1000000000) / 1024;
	r->spread = i == 1 ? UINT16_MAX : any(0, UINT16_MAX);
}

static void
make_area(struct station_area *a, int table, int i)
{
	station_row_area_init(a);
	make_key(a->key, table, i);
	if (i == 0)
		return;
	strlcpy(a->region, i % 2 ? "FR" : "", sizeof(a->region));
	a->lat = any_f64();
	a->lon = any_f64();
	a->radius = i == 1 ? INT32_MAX : any(INT32_MIN, INT32_MAX);
	a->avg_cell_radius = any(0, UINT32_MAX);
	a->num_cells = i == 1 ? UINT32_MAX : any(0, UINT32_MAX);
	a->created = any(-1000000, 4000000000);
	a->modified = any(-1000000, 4000000000);
	a->last_seen = any(-10000, 100000);
}

/* Write N rows of TABLE, read them back, compare. */
static void
round_trip(struct store_db *db, int table, size_t n,
    enum store_row_mode mode, const char *what)
{
	size_t size = table >= STORE_ROW_AREA ?
	    sizeof(struct station_area) : sizeof(struct station_row);
	char *want = calloc(n, size), *got = calloc(n, size);
	struct store_row_key *key = calloc(n, sizeof(*key));
	const void **rows = calloc(n, sizeof(*rows));
	size_t bad = 0, found = 0, i;

	for (i = 0; i < n; i++) {
		rows[n - 1 - i] = want + i * size;
		if (table >= STORE_ROW_AREA)
			make_area((void *)(want + i * size), table, (int)i);
		else
			make_row((void *)(want + i * size), table, (int)i);
		make_key(key[i].byte, table, (int)i);
	}
	ok(store_row_write(db, table, rows, n, mode) == 0, "%s: written",
	    what);
	ok(store_row_select(db, table, key, n, 0, got, &found) == 0 &&
	    found == n, "%s: %zu found", what, found);
	for (i = 0; i < found; i++)
		bad += table >= STORE_ROW_AREA ? !same_area(
		    (void *)(want + i * size), (void *)(got + i * size)) :
		    !same_row((void *)(want + i * size),
		    (void *)(got + i * size));
	ok(bad == 0, "%s: the same, in the order of keys (%zu bad)", what,
	    bad);
	free(want);
	free(got);
	free(key);
	free(rows);
}

static void
test_rows(struct store_db *db, const char *path)
{
	static const struct {
		int		 table;
		const char	*name;
	} tables[] = {
		{ STORE_ROW_BLUE, "blue" }, { STORE_ROW_WIFI + 5, "wifi" },
		{ STORE_ROW_CELL + 2, "lte" }, { STORE_ROW_CELL_NR, "nr" },
		{ STORE_ROW_AREA, "area" }, { STORE_ROW_AREA_NR, "area of nr" }
	};
	char what[64];
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		store_db_execf(db, "DELETE FROM %s",
		    store_row_table_name(tables[i].table));
		snprintf(what, sizeof(what), "%s insert %s", path,
		    tables[i].name);
		round_trip(db, tables[i].table, MANY, STORE_ROW_INSERT, what);
		snprintf(what, sizeof(what), "%s update %s", path,
		    tables[i].name);
		round_trip(db, tables[i].table, MANY, STORE_ROW_UPSERT, what);
	}
}

static void
test_clamp(struct store_db *db, const char *path)
{
	struct station_row got, r;
	struct store_row_key key = { { 0xee } };
	const void *rows[] = { &r };
	size_t found;

	store_db_exec(db, "DELETE FROM wifi_shard_0");
	station_row_init(&r);
	r.key[0] = 0xee;
	r.radius = 1LL << 40;
	r.samples = -1;
	r.block_count = 256;
	r.source = 1000;
	r.weight = r.peak_weight = INFINITY;
	r.created = r.last_seen = INT64_MAX;
	r.modified = -INT64_MAX;
	ok(store_row_write(db, STORE_ROW_WIFI, rows, 1, STORE_ROW_INSERT) ==
	    0 && store_row_select(db, STORE_ROW_WIFI, &key, 1, 0, &got,
	    &found) == 0 && found == 1, "%s: out of range is written", path);
	ok(got.radius == UINT32_MAX && got.samples == 0 &&
	    got.block_count == 255 && got.source == 127 &&
	    got.weight == DBL_MAX && got.peak_weight == FLT_MAX &&
	    got.created == base_civil_days(10000, 1, 1) * 86400 - 1 &&
	    got.last_seen == base_civil_days(9999, 12, 31) &&
	    got.modified == base_civil_days(1000, 1, 1) * 86400,
	    "%s: as the nearest value", path);
	ok(store_row_write(db, STORE_ROW_WIFI, rows, 1, STORE_ROW_INSERT) ==
	    -1 && store_db_retry(db) == STORE_ERROR_DUPLICATE,
	    "%s: a second insert is a duplicate", path);
	ok(strstr(store_db_error(db), "\xee") == NULL,
	    "%s: whose message does not show the key", path);
}

/* A server that changes what it is given is not to be trusted. */
static void
test_warning(struct store_db *db, const char *path)
{
	struct station_row r;
	const void *rows[] = { &r };

	station_row_init(&r);
	r.radius = 1000;
	store_db_exec(db, "DELETE FROM wifi_shard_0");
	store_db_exec(db, "ALTER TABLE wifi_shard_0 MODIFY radius tinyint");
	store_db_exec(db, "SET sql_mode = ''");
	ok(store_row_write(db, STORE_ROW_WIFI, rows, 1, STORE_ROW_UPSERT) ==
	    -1 && store_db_retry(db) == STORE_ERROR_FATAL,
	    "%s: a warning is an error", path);
	store_db_exec(db, "DELETE FROM wifi_shard_0");
	store_db_exec(db, "ALTER TABLE wifi_shard_0 MODIFY radius "
	    "int unsigned");
	store_db_disconnect(db);
}

static void
put(struct store_db *db, int table, const void *row)
{
	store_row_write(db, table, &row, 1, STORE_ROW_UPSERT);
}

static int
find_all(struct store_db *db, const struct locate_query *q,
    struct locate_found *f, struct base_arena *a)
{
	struct store_lookup ask = { q, f, a }, *const one = &ask;

	return store_lookup_run(db, &one, 1);
}

static void
test_lookup(struct store_db *db)
{
	struct locate_mac blue[2] = { { .mac = { 1 } }, { .mac = { 2 } } };
	struct locate_mac wifi[18];
	struct locate_cell cell[4] = {
		{ .cell = { .type = RADIO_CELL_GSM, .mcc = 1, .mnc = 2,
		    .lac = 3, .cid = 0 } },
		{ .cell = { .type = RADIO_CELL_CDMA, .mcc = 1, .mnc = 2,
		    .lac = 3, .cid = 4 } },
		{ .cell = { .type = RADIO_CELL_LTE, .mcc = 262, .mnc = 2,
		    .lac = 256, .cid = 5 } },
		{ .cell = { .type = RADIO_CELL_NR, .mcc = 262, .mnc = 2,
		    .lac = 0x123400, .cid = 0xf12345600 } }
	};
	struct locate_query q = { .blue = blue, .wifi = wifi, .cell = cell,
	    .area = cell, .nblue = 2, .nwifi = 18, .ncell = 4, .narea = 4 };
	struct locate_query none = { .nblue = 0 };
	struct locate_found f;
	struct station_area area;
	struct station_row nr, row;
	struct base_arena a;
	int i, k, known = 0, t;

	base_arena_init(&a);
	for (t = 0; t < STORE_ROW_TABLES; t++)
		store_db_execf(db, "DELETE FROM %s", store_row_table_name(t));
	memset(wifi, 0, sizeof(wifi));
	for (i = 0; i < 18; i++) {	/* every table, two of them twice */
		wifi[i].mac[0] = (uint8_t)(i + 1);
		wifi[i].mac[2] = (uint8_t)(i << 4);
		make_row(&row, STORE_ROW_WIFI + (i & 15), i + 1);
		memset(row.key, 0, sizeof(row.key));
		memcpy(row.key, wifi[i].mac, RADIO_MAC_LEN);
		put(db, STORE_ROW_WIFI + (i & 15), &row);
	}
	station_row_init(&row);
	row.key[0] = 2;
	row.lat = 51.5;
	put(db, STORE_ROW_BLUE, &row);
	make_row(&row, STORE_ROW_CELL, 3);
	radio_cell_key(row.key, &cell[0].cell);
	put(db, STORE_ROW_CELL, &row);
	make_row(&nr, STORE_ROW_CELL_NR, 3);
	radio_cell_key(nr.key, &cell[3].cell);
	put(db, STORE_ROW_CELL_NR, &nr);
	make_area(&area, STORE_ROW_AREA_NR, 3);
	radio_cell_area_key(area.key, &cell[3].cell);
	put(db, STORE_ROW_AREA_NR, &area);
	make_area(&area, STORE_ROW_AREA, 3);
	area.avg_cell_radius = 700;
	area.radius = 12345;	/* MySQL 5.6: a UNION has the first's sign */
	radio_cell_area_key(area.key, &cell[2].cell);
	put(db, STORE_ROW_AREA, &area);

	ok(find_all(db, &q, &f, &a) == 0, "lookup");
	ok(f.nblue == 1 && f.nwifi == 18 && f.ncell == 2 && f.narea == 2,
	    "all that is there is found");
	for (i = 0; i < 18; i++)
		for (k = 0; k < (int)f.nwifi; k++)
			known += memcmp(f.wifi[k].key, wifi[i].mac,
			    RADIO_MAC_LEN) == 0;
	is_int(known, 18, "with its own key");
	ok(f.blue[0].key[0] == 2 && f.blue[0].lat == 51.5 &&
	    isnan(f.blue[0].lon) && f.blue[0].samples == STATION_ROW_NULL &&
	    f.blue[0].created == STATION_ROW_NULL &&
	    f.blue[0].block_last == STATION_ROW_NULL &&
	    f.blue[0].region[0] == '\0', "NULL is NULL");
	ok(memcmp(f.cell[0].key, row.key, sizeof(row.key)) == 0 &&
	    same_f64(f.cell[0].lat, row.lat) &&
	    same_f64(f.cell[0].lon, row.lon) &&
	    f.cell[0].radius == row.radius &&
	    f.cell[0].samples == row.samples &&
	    f.cell[0].created == row.created &&
	    f.cell[0].modified == row.modified &&
	    f.cell[0].last_seen == row.last_seen &&
	    f.cell[0].block_last == row.block_last &&
	    f.cell[0].block_count == row.block_count &&
	    strcmp(f.cell[0].region, row.region) == 0 &&
	    f.cell[0].places.len == row.places.len && row.places.len > 0 &&
	    same_f64(f.cell[0].max_lat, row.max_lat) &&
	    same_f64(f.cell[0].min_lon, row.min_lon), "all of a cell");
	ok(same_area(&f.area[0], &area), "all of an area");
	radio_cell_area_key(area.key, &cell[3].cell);
	ok(memcmp(f.cell[1].key, nr.key, sizeof(nr.key)) == 0 &&
	    same_f64(f.cell[1].lat, nr.lat) &&
	    memcmp(f.area[1].key, area.key, sizeof(area.key)) == 0,
	    "longer keys of NR");
	memcpy(blue[0].mac, blue[1].mac, RADIO_MAC_LEN);
	ok(find_all(db, &q, &f, &a) == 0 && f.nblue == 1,
	    "a repeated address is found once");
	ok(find_all(db, &none, &f, &a) == 0 && f.nwifi == 0,
	    "a query of nothing");

	store_db_exec(db, "KILL CONNECTION_ID()");
	ok(find_all(db, &q, &f, &a) == 0 && f.nwifi == 18,
	    "a lost connection is made again");
	base_arena_done(&a);
}

/* 1 if F has the rows of the addresses from FIRST to LAST, each once. */
static int
has_only(const struct locate_found *f, const struct locate_mac *wifi, int first,
    int last)
{
	int i, seen = 0;
	size_t k;

	for (i = first; i <= last; i++)
		for (k = 0; k < f->nwifi; k++)
			seen += memcmp(f->wifi[k].key, wifi[i].mac,
			    RADIO_MAC_LEN) == 0;
	return seen == last - first + 1 && f->nwifi == (size_t)seen;
}

/* Questions that share networks, and one that names some of them twice. */
static void
test_gathered(struct store_db *db)
{
	struct locate_mac wifi[500] = { 0 }, twice[300];
	struct locate_query q[4] = { { .wifi = wifi, .nwifi = 300 },
	    { .wifi = twice, .nwifi = 300 },
	    { .wifi = wifi + 250, .nwifi = 250 },
	    { .wifi = wifi + 100, .nwifi = 1 } };
	struct locate_found f[4];
	struct store_lookup ask[4], *all[4];
	struct base_arena a;
	struct station_row row;
	int i;

	base_arena_init(&a);
	for (i = 0; i < 500; i++) {
		wifi[i].mac[0] = 0xdc;
		wifi[i].mac[2] = (uint8_t)(i << 4);
		wifi[i].mac[5] = (uint8_t)(i >> 4);
		make_row(&row, store_row_table(OBS_WIFI, wifi[i].mac), i);
		memset(row.key, 0, sizeof(row.key));
		memcpy(row.key, wifi[i].mac, RADIO_MAC_LEN);
		put(db, store_row_table(OBS_WIFI, wifi[i].mac), &row);
	}
	for (i = 0; i < 300; i++)
		twice[i] = wifi[100 + i / 2];
	for (i = 0; i < 4; i++) {
		ask[i] = (struct store_lookup){ &q[i], &f[i], &a };
		all[i] = &ask[i];
	}
	ok(store_lookup_run(db, all, 4) == 0, "questions together");
	ok(has_only(&f[0], wifi, 0, 299), "the first");
	ok(has_only(&f[1], wifi, 100, 249), "what is named twice, once");
	ok(has_only(&f[2], wifi, 250, 499), "the third");
	ok(has_only(&f[3], wifi, 100, 100), "the last");
	base_arena_done(&a);
}

/* A MAC whose box and peak are as given, and nothing else. */
static void
put_peak(struct store_db *db, const struct locate_mac *m, double min_lon,
    double max_lon, int64_t peak_lon, double peak_weight)
{
	struct station_row r;

	station_row_init(&r);
	memcpy(r.key, m->mac, RADIO_MAC_LEN);
	r.lat = 51.5;
	r.lon = max_lon;
	r.weight = 7;
	r.min_lat = 51;
	r.max_lat = 52;
	r.min_lon = min_lon;
	r.max_lon = max_lon;
	r.peak_lat = 515000000;
	r.peak_lon = peak_lon;
	r.peak_weight = peak_weight;
	r.spread = 123;
	put(db, store_row_table(OBS_WIFI, r.key), &r);
}

/* All of a peak comes, and what tells whether it lies within its row's box. */
static void
test_peaks(struct store_db *db)
{
	struct locate_mac wifi[4] = { 0 };
	struct locate_query q = { .wifi = wifi, .nwifi = 4 };
	const struct station_row *r;
	struct station_peak p;
	struct locate_found f;
	struct base_arena a;
	int good = 0, i;

	base_arena_init(&a);
	for (i = 0; i < 4; i++) {
		wifi[i].mac[0] = 0xfe;
		wifi[i].mac[5] = (uint8_t)i;
		store_db_execf(db, "DELETE FROM wifi_shard_0 WHERE mac = "
		    "x'fe00000000%02x'", (unsigned)i);
	}
	put_peak(db, &wifi[0], -1, 1, 0, 10001.599609375);
	put_peak(db, &wifi[1], 2, 3, 0, 5);
	put_peak(db, &wifi[2], 179, -179, -1795000000, 5);
	put_peak(db, &wifi[3], 179, -179, 0, 5);
	store_db_exec(db, "UPDATE wifi_shard_0 SET weight = 5 "
	    "WHERE mac = x'fe0000000003'");
	ok(find_all(db, &q, &f, &a) == 0 && f.nwifi == 4, "peaks");
	for (i = 0; i < (int)f.nwifi; i++) {
		r = &f.wifi[i];
		good += r->key[5] == 0 && r->spread == 123 &&
		    r->peak_lat == 515000000 && r->peak_lon == 0 &&
		    r->peak_weight == 10001.599609375 && r->weight == 7;
		good += r->key[5] == 2 && r->spread == 123 &&
		    r->peak_lon == -1795000000;
		good += station_peak_get(&p, r, OBS_WIFI) ==
		    (r->key[5] % 2 == 0);
	}
	is_int(good, 6, "those outside of the box are none");
	base_arena_done(&a);
}

/* Cells near one that is not known, and what is known of its area. */
static void
test_near(struct store_db *db)
{
	static const int64_t ids[] = { 0, 3, 4, 5, 8, 13, 14, 100 };
	struct radio_cell c = { .type = RADIO_CELL_LTE, .mcc = 262, .mnc = 9,
	    .lac = 9 };
	struct locate_cell cell[3] = { { .cell = c }, { .cell = c },
	    { .cell = c } }, area = { .cell = c };
	struct locate_query q = { .cell = cell, .ncell = 3, .area = &area,
	    .narea = 1, .lacf = 1 };
	struct station_centre centre = { .lat = 1, .lon = 2, .spread = 3 };
	struct locate_found f;
	struct station_area row;
	struct station_row r;
	struct base_arena a;
	size_t i;

	base_arena_init(&a);
	store_db_exec(db, "DELETE FROM cell_lte");
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		station_row_init(&r);
		c.cid = ids[i];
		radio_cell_key(r.key, &c);
		r.lat = r.lon = (double)ids[i];
		put(db, STORE_ROW_CELL + 2, &r);
	}
	cell[0].cell.cid = 9;
	cell[1].cell.cid = 1;
	cell[2].cell.cid = 268435455;
	ok(find_all(db, &q, &f, &a) == 0 && f.ncell == 0 && f.nnear == 7 &&
	    f.ncentre == 0, "seven cells are near, none twice: %zu", f.nnear);
	store_db_exec(db, "DELETE FROM cell_lte");
	make_area(&row, STORE_ROW_AREA, 3);
	radio_cell_area_key(row.key, &c);
	memcpy(centre.key, row.key, sizeof(centre.key));
	store_db_exec(db, "DELETE FROM cell_area");
	put(db, STORE_ROW_AREA, &row);
	put(db, STORE_ROW_CENTRE, &centre);
	ok(find_all(db, &q, &f, &a) == 0 && f.nnear == 0 && f.narea == 1 &&
	    f.ncentre == 1 && f.centre[0].lon == 2 && f.centre[0].spread == 3,
	    "nothing is near: the centre of the area");
	q.only_named = 1;
	ok(find_all(db, &q, &f, &a) == 0 && f.ncentre == 0,
	    "Ichnaea asks for neither");
	base_arena_done(&a);
}

/* A list that takes several statements, of which the first fails. */
static void
test_list(struct store_db *db)
{
	struct store_sql s = { .db = db, .between = ",", .tail = "",
	    .head = "INSERT INTO loc_mark (name, value, time) VALUES " };
	struct base_buf *b;
	int i;

	for (i = 0; i < 2 * STORE_SQL_MANY &&
	    (b = store_sql_next(&s)) != NULL; i++)
		base_buf_fmt(b, "('list%d','','2020-01-01')", i / 2);
	ok(store_sql_end(&s) == -1 && i == STORE_SQL_MANY &&
	    store_db_retry(db) == STORE_ERROR_DUPLICATE,
	    "the first failure of a list is the one that is told");
}

static void
test_lost(struct store_db *db, struct store_db *other)
{
	struct base_buf revision;
	int64_t id, n;

	store_db_exec(db, "START TRANSACTION");
	store_db_exec(db, "INSERT INTO stat VALUES (1, '2020-01-01', 1)");
	store_db_get_i64(db, "SELECT CONNECTION_ID()", &id, 0);
	store_db_execf(other, "KILL %lld", (long long)id);
	ok(store_db_exec(db, "INSERT INTO stat VALUES (2, '2020-01-01', 1)")
	    == -1 && store_db_retry(db) == STORE_ERROR_LOST,
	    "a connection lost in a transaction");
	ok(store_db_exec(db, "INSERT INTO stat VALUES (3, '2020-01-01', 1)")
	    == -1 && store_db_retry(db) == STORE_ERROR_LOST &&
	    store_db_exec(db, "COMMIT") == -1,
	    "what is left of it does not run");
	ok(store_db_exec(db, "START TRANSACTION") == 0 &&
	    store_db_get_i64(db, "SELECT COUNT(*) FROM stat", &n, -1) == 0 &&
	    n == 0 && store_db_exec(db, "ROLLBACK") == 0,
	    "the next one does, and finds nothing of it");
	/* A change of tables ends it, as a server might for its own reasons. */
	store_db_exec(db, "START TRANSACTION");
	store_db_exec(db, "INSERT INTO stat VALUES (4, '2020-01-01', 1)");
	store_db_exec(db, "CREATE TABLE ended (a int)");
	ok(store_db_exec(db, "INSERT INTO stat VALUES (5, '2020-01-01', 1)")
	    == -1 && store_db_retry(db) == STORE_ERROR_LOCK &&
	    store_db_exec(db, "COMMIT") == -1 &&
	    store_db_retry(db) == STORE_ERROR_LOCK,
	    "nor does what is left of one that the server has ended");
	store_db_rollback(db);
	store_db_exec(db, "DROP TABLE ended");
	/* One in twenty that MySQL 5.6 is to kill keeps its locks for ever. */
	store_db_exec(db, "DELETE FROM stat WHERE `key` IN (4, 5)");
	base_buf_init(&revision);
	ok(store_health_revision(db, &revision) == 0 &&
	    strcmp(revision.data, "3be4004781bc") == 0, "Ichnaea's revision");
	base_buf_done(&revision);
	store_db_get_i64(db, "SELECT CONNECTION_ID()", &id, 0);
	store_db_execf(other, "KILL %lld", (long long)id);
	ok(store_db_now(db, &n) == -1 && store_db_now(db, &n) == 0,
	    "after a lost connection comes another");
}

static int
is_allowed(void *arg)
{
	return *(const int *)arg;
}

static int
write_station(struct store_db *db, void *arg)
{
	return store_row_write(db, STORE_ROW_WIFI, arg, 1, STORE_ROW_INSERT);
}

static int64_t
count_rows(struct store_db *db, const char *sql)
{
	int64_t n;

	return store_db_get_i64(db, sql, &n, -1) == 0 ? n : -1;
}

#define STATS		"SELECT COUNT(*) FROM stat WHERE `key` = 6"
#define DELETE_STATS	"DELETE FROM stat WHERE `key` = 6"
#define STATIONS	"SELECT COUNT(*) FROM wifi_shard_0"

/* All that a guarded connection changes is in a transaction with the fence. */
static void
test_guard(struct store_db *db, struct store_db *other)
{
	int allowed = 1;
	const struct store_db_guard yes = { is_allowed, &allowed, "SELECT 1",
	    "not any more" }, no = { is_allowed, &allowed, "SELECT 0",
	    "not any more" };
	struct station_row r;
	const void *rows[] = { &r };
	int64_t id;

	store_db_exec(db, "DELETE FROM wifi_shard_0");
	station_row_init(&r);
	store_db_set_guard(db, &yes);
	ok(store_db_exec(db, "INSERT INTO stat VALUES (6, '2020-01-01', 1)")
	    == 0 && count_rows(other, STATS) == 1,
	    "a guarded statement has a transaction of its own");
	if (store_db_bulk(db))
		ok(write_station(db, rows) == -1 && store_db_retry(db) ==
		    STORE_ERROR_FATAL && count_rows(other, STATIONS) == 0,
		    "prepared rows need one that was begun");
	ok(store_retry(db, write_station, rows) == 0 &&
	    count_rows(other, STATIONS) == 1, "in which they are written");
	store_db_set_guard(db, &no);
	ok(store_db_exec(db, DELETE_STATS) == -1 &&
	    count_rows(other, STATS) == 1, "the fence is at the end of it");
	r.key[0] = 1;
	ok(store_retry(db, write_station, rows) == -1 &&
	    count_rows(other, STATIONS) == 1, "also of rows");
	store_db_set_guard(db, &yes);
	store_db_exec(db, "START TRANSACTION");
	store_db_get_i64(db, "SELECT CONNECTION_ID()", &id, 0);
	store_db_execf(other, "KILL %lld", (long long)id);
	ok(store_db_exec(db, DELETE_STATS) == -1 &&
	    store_db_exec(db, DELETE_STATS) == -1 &&
	    store_db_retry(db) == STORE_ERROR_LOST &&
	    count_rows(other, STATS) == 1,
	    "what is left of a lost one gets no other");
	store_db_rollback(db);
	allowed = 0;
	ok(store_db_exec(db, DELETE_STATS) == -1 &&
	    strcmp(store_db_error(db), "not any more") == 0,
	    "nothing is done that is not allowed");
	store_db_set_guard(db, NULL);
	store_db_exec(db, DELETE_STATS);
	store_db_exec(db, "DELETE FROM wifi_shard_0");
}

/* A mark is set by itself, and read as far as there is room for it. */
static void
test_mark(struct store_db *db)
{
	char value[STORE_MARK_MAX + 1], few[4];
	int64_t age = -1;

	store_db_exec(db, "DELETE FROM loc_mark");
	ok(store_mark_get(db, "a.b", value, sizeof(value)) == 0 &&
	    *value == '\0' && store_mark_age(db, "a.b", &age) == 0,
	    "no mark yet");
	ok(store_mark_set(db, "a.b", "it's 1") == 0 &&
	    store_mark_get(db, "a.b", value, sizeof(value)) == 1 &&
	    strcmp(value, "it's 1") == 0, "a mark is set");
	ok(store_mark_set(db, "a.b", "other") == 0 &&
	    store_mark_get(db, "a.b", value, sizeof(value)) == 1 &&
	    strcmp(value, "other") == 0, "and set again");
	ok(store_mark_get(db, "a.b", few, sizeof(few)) == 1 &&
	    strcmp(few, "oth") == 0, "and cut");
	store_db_exec(db, "UPDATE loc_mark SET time = UTC_TIMESTAMP() - "
	    "INTERVAL 1 DAY");
	ok(store_mark_age(db, "a.b", &age) == 1 && age >= 86400 &&
	    age < 90000, "it has an age");
	store_db_exec(db, "UPDATE loc_mark SET time = UTC_TIMESTAMP() + "
	    "INTERVAL 1 DAY");
	ok(store_mark_age(db, "a.b", &age) == 1 && age == 0,
	    "which is not below zero");
}

static enum store_db_nearness
nearness(const char *url)
{
	struct store_db *db = store_db_new("url", url, STORE_DB_CAUSAL);
	enum store_db_nearness near = store_db_nearness(db);

	store_db_free(db);
	return near;
}

static void
test_addresses(void)
{
	struct store_db *db;
	int64_t n;

	ok(nearness("mysql://a@localhost/x") == STORE_DB_SOCKET &&
	    nearness("mysql://a@far/x?unix_socket=/s") == STORE_DB_SOCKET &&
	    nearness("mysql://a@localhost:1/x") == STORE_DB_SAME_HOST &&
	    nearness("mysql://a@127.0.0.1,[::1]/x") == STORE_DB_SAME_HOST &&
	    nearness("mysql://a@127.0.0.1,far/x") == STORE_DB_REMOTE,
	    "who is on this host");
	db = store_db_new("url", "mysql://root@127.0.0.1:1,127.0.0.1:2/x",
	    STORE_DB_CAUSAL);
	store_db_fail_fast(db);
	ok(store_db_now(db, &n) == -1 && !store_db_backing_off(db) &&
	    store_db_now(db, &n) == -1 && store_db_backing_off(db),
	    "nobody there: down, then a rest");
	store_db_free(db);
}

/* The same server, but rows are written as text. */
static struct store_db *
open_text(const char *url)
{
	struct store_db *db;
	char *text;
	int status;

	if (asprintf(&text, "%s&arrays=no", url) == -1)
		return NULL;
	db = store_db_open("url", text, STORE_DB_CAUSAL, &status);
	free(text);
	return db;
}

int
main(int argc, char *argv[])
{
	struct store_db *db, *other, *text;
	int status;

	if (argc != 2 ||
	    (db = store_db_open("url", argv[1], STORE_DB_CAUSAL,
	    &status)) == NULL ||
	    (other = store_db_open("url", argv[1], STORE_DB_CAUSAL,
	    &status)) == NULL ||
	    (text = open_text(argv[1])) == NULL)
		return 1;
	test_addresses();
	if (store_db_bulk(db)) {
		test_rows(db, "array");
		test_clamp(db, "array");
		test_warning(db, "array");
	} else
		ok(1, "# SKIP the server takes no arrays");
	test_rows(text, "text");
	test_clamp(text, "text");
	test_warning(text, "text");
	test_lookup(db);
	test_gathered(db);
	test_peaks(db);
	test_near(db);
	test_mark(db);
	test_list(db);
	test_lost(db, other);
	test_guard(db, other);
	test_guard(text, other);
	store_db_free(db);
	store_db_free(other);
	store_db_free(text);
	return tap_done();
}
