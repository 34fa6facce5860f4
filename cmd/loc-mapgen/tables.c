/* SPDX-License-Identifier: ISC */
/*
 * Points out of the database.  The data map has cells in which something was
 * heard, of whatever kind, and nothing else, so that each cell gives its
 * points at once.
 *
 * A layer of one kind comes from the tables of stations, which do have places.
 * They are rounded down to the cells of the data map, and the cell is shown in
 * the same way: as points that say nothing of where in it a station is.
 * Networks in a household are shown only where there are two of them or more
 * in a cell, as a position is told only to those who hear two.  For this all
 * rows are sorted by cell first.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/parallel.h"
#include "conf/file.h"
#include "io/cli.h"
#include "io/signals.h"
#include "io/sort.h"
#include "map/key.h"
#include "map/point.h"
#include "store/db.h"
#include "store/map.h"
#include "store/row.h"

#include "mapgen.h"

#define BLOCK	4096		/* numbers handed on at once */

/* The tables of a layer, and how many stations a cell must have. */
static const struct mapgen_layer {
	const char	*name;
	int		 first, n;
	unsigned	 least;
} layers[] = {
	{ "wifi", STORE_ROW_WIFI, 16, 2 },
	{ "bluetooth", STORE_ROW_BLUE, 16, 2 },
	{ "cell", STORE_ROW_CELL, 4, 1 },
	{ "gsm", STORE_ROW_CELL, 1, 1 },
	{ "wcdma", STORE_ROW_CELL + 1, 1, 1 },
	{ "lte", STORE_ROW_CELL + 2, 1, 1 },
	{ "nr", STORE_ROW_CELL_NR, 1, 1 }
};

/* What one thread has gathered of one table. */
struct gathering {
	struct mapgen	*m;
	struct io_sort	*sort;
	uint64_t	 v[BLOCK];
	size_t		 n;
	uint64_t	 rows;		/* points, since the last hand-over */
	int		 draws;		/* one thread shows progress */
	int		 any, failed;
};

/*
 * What has gathered goes to the sorter, which all threads share and which locks
 * itself: a block at a time, so that they seldom wait for each other.  A
 * failure here is noted apart from those of the database, as both make the
 * reading stop and only one of them is to be the exit status.  0, or -1 after a
 * warning.
 */
static int
hand_points_over(struct gathering *g)
{
	uint64_t done;
	size_t n = g->n;

	done = atomic_fetch_add(&g->m->rows, g->rows) + g->rows;
	g->any |= n > 0;
	g->rows = g->n = 0;
	if (io_sort_add(g->sort, g->v, n) == -1)
		g->failed = 1;
	else if (g->draws)
		io_progress_show(&g->m->progress, done, -1);
	return g->failed ? -1 : 0;
}

/*
 * The same point as a line, for the programs of others.  Points are in whole
 * millionths, so six places are the same position to the last digit, as in the
 * files that Ichnaea wrote.  0, or -1 after a warning.
 */
static int
add_external_line(struct gathering *g, double lat, double lon)
{
	char line[64];
	int len;

	if (g->m->external == NULL)
		return 0;
	len = snprintf(line, sizeof(line), "%.6f,%.6f", lat, lon);
	g->failed |= mapgen_external_add(g->m->external, lat, lon, line,
	    (size_t)len) == -1;
	return g->failed ? -1 : 0;
}

/*
 * The points of a cell that was heard of DAYS ago.  One beyond the latitudes of
 * the map has no key and is not drawn; it counts as a row all the same, as rows
 * say what was read and not what is seen.
 */
static int
add_cell(struct gathering *g, int32_t lat, int32_t lon, int64_t days)
{
	unsigned i, n = map_point_count(days);
	double lat_deg, lon_deg;
	int64_t lat_e6, lon_e6;
	struct map_point p;

	assert(n <= MAP_POINT_MAX && g->n + MAP_POINT_MAX <= BLOCK);
	map_point_init(&p, lat, lon);
	for (i = 0; i < n; i++) {
		map_point_get(&p, i, &lat_e6, &lon_e6);
		lat_deg = (double)lat_e6 / 1e6;
		lon_deg = (double)lon_e6 / 1e6;
		g->n += (size_t)map_key_of(lat_deg, lon_deg, &g->v[g->n]);
		if (add_external_line(g, lat_deg, lon_deg) == -1)
			return -1;
	}
	g->rows += n;
	return g->n + MAP_POINT_MAX > BLOCK ? hand_points_over(g) : 0;
}

/*
 * A table may have millions of rows and no end in sight when a signal comes, so
 * it is looked for at each of them.
 */
static int
on_map_cell(void *arg, int32_t lat, int32_t lon, int64_t days)
{
	struct gathering *g = arg;

	return io_signals_stop ? -1 : add_cell(g, lat, lon, days);
}

/*
 * A station is noted as its cell, moved to have no sign, and below that how
 * long it has not been heard, so that the newest one comes first.  Thousandths
 * of degrees of longitude take 19 bits and those of latitude 18; days that do
 * not fit are more than a map ever shows.
 */
#define DAYS_BITS	16
#define LON_BITS	20

/*
 * Only the place is noted here.  Whether it is drawn depends on what else is in
 * its cell, which is known when all tables were read and sorted.
 */
static int
on_layer_station(void *arg, int32_t lat, int32_t lon, int64_t days)
{
	const int64_t days_max = (1 << DAYS_BITS) - 1;
	struct gathering *g = arg;

	if (io_signals_stop)
		return -1;
	assert(g->n < BLOCK);
	days = days < 0 ? 0 : days > days_max ? days_max : days;
	g->v[g->n++] = ((uint64_t)(lat + 90000) << LON_BITS |
	    (uint64_t)(lon + 180000)) << DAYS_BITS | (uint64_t)days;
	return g->n == BLOCK ? hand_points_over(g) : 0;
}

/* Several tables, each read through a connection of its own. */
struct tables {
	struct mapgen		*m;
	struct io_sort		*sort;
	const struct mapgen_layer	*layer;		/* NULL: the data map */
	atomic_uint		 filled;	/* that gave points */
	atomic_int		 status;
};

/*
 * A job is one table, read through a connection of its own, since a connection
 * gives one result at a time.  The exit status has to be asked of it before it
 * is freed.  A sorter that failed stopped the reading, for which the database
 * is not to be blamed; so that goes first.
 */
static int
read_map_table(void *arg, unsigned thread, size_t job)
{
	struct tables *t = arg;
	struct gathering *g;
	struct store_db *db;
	int rc = -1, status = EX_OSERR;

	if ((g = calloc(1, sizeof(*g))) == NULL) {
		warn(NULL);
		goto out;
	}
	g->m = t->m;
	g->sort = t->sort;
	g->draws = thread == 0;
	db = store_db_open("ro_url", t->m->cf->ro_url, STORE_DB_STALE, &status);
	if (db == NULL)
		goto out;
	if (t->layer == NULL)
		rc = store_map_grids(db, (int)job, t->m->days, on_map_cell,
		    g);
	else
		rc = store_map_stations(db, t->layer->first + (int)job,
		    t->m->days, on_layer_station, g);
	status = store_db_status(db);
	store_db_free(db);
	if (rc == 0)
		rc = hand_points_over(g);
	if (g->failed)
		status = EX_IOERR;
	if (g->any)
		atomic_fetch_add(&t->filled, 1);
out:
	if (rc == -1)
		atomic_store(&t->status, status);
	free(g);
	return rc;
}

/*
 * The server works as much as we do for a table, so that more than four at once
 * would gain nothing and take connections from those who locate.  Returns an
 * exit status.
 */
static int
read_map_tables(struct tables *t)
{
	size_t n = t->layer == NULL ? STORE_MAP_TABLES : (size_t)t->layer->n;

	/* The server works as much as we do. */
	if (base_parallel_run(n < 4 ? (unsigned)n : 4, n, read_map_table,
	    t) == 0)
		return EX_OK;
	return io_signals_stop ? EX_TEMPFAIL : atomic_load(&t->status);
}

/*
 * Sorted rows of stations become points.  Those of a cell stand together, and
 * the first of them is the one that was heard last, which says how old the cell
 * is.  What was asked for is drawn from here on as the data map is, so nobody
 * can tell from a picture where in its cell a station stands.  An exit status.
 */
static int
add_station_cells(struct mapgen *m, const struct mapgen_layer *l,
    const uint64_t *v, size_t n)
{
	struct gathering *g;
	uint64_t cell;
	size_t i, k;
	int rc = 0;

	if ((g = calloc(1, sizeof(*g))) == NULL) {
		warn(NULL);
		return EX_OSERR;
	}
	g->m = m;
	g->sort = m->sort;
	for (i = 0; i < n && rc == 0; i = k) {
		assert(i == 0 || v[i - 1] < v[i]);
		cell = v[i] >> DAYS_BITS;
		for (k = i + 1; k < n && v[k] >> DAYS_BITS == cell; k++)
			;
		if (k - i >= l->least)
			rc = add_cell(g, (int32_t)(cell >> LON_BITS) - 90000,
			    (int32_t)(cell & ((1 << LON_BITS) - 1)) - 180000,
			    (int64_t)(v[i] & ((1 << DAYS_BITS) - 1)));
	}
	if (rc == 0)
		rc = hand_points_over(g);
	free(g);
	return rc == 0 ? EX_OK : EX_IOERR;
}

const struct mapgen_layer *
mapgen_tables_layer(const char *name)
{
	return IO_CLI_FIND(name, layers);
}

/*
 * A layer has two sorters for a while: that of the stations lives until their
 * cells became points in the other.  It keeps duplicates, unlike the one for
 * points: two networks of a cell that were heard of on the same day are the
 * same number, and still two.
 */
int
mapgen_tables(struct mapgen *m)
{
	struct tables t = { .m = m, .sort = m->sort,
	    .layer = m->layer };
	const uint64_t *v;
	size_t n;
	int rc;

	if (m->layer == NULL) {
		rc = read_map_tables(&t);
		m->sources = t.filled;
		return rc;
	}
	if ((t.sort = io_sort_new(m->memory, m->tmp, 1)) == NULL)
		return EX_OSERR;
	rc = read_map_tables(&t);
	if (rc == EX_OK && io_sort_end(t.sort, &v, &n) == -1)
		rc = EX_IOERR;
	if (rc == EX_OK)
		rc = add_station_cells(m, t.layer, v, n);
	io_sort_free(t.sort);
	m->sources = t.filled;
	return rc;
}
