/* SPDX-License-Identifier: ISC */
/*
 * A cell's area is brought up to date apart from the cell, by whoever finds
 * its mark in cell_area_dirty.  One transaction locks marks, locks the areas,
 * adds up their cells, writes the areas and deletes the marks.
 *
 * Why no change is missed.  A worker marks the area in the transaction that
 * changes the cell, and takes that lock last.  Either it has committed before
 * we lock the mark: then our SELECT of the cells, which comes after, sees the
 * change (under REPEATABLE READ, too, as that SELECT is the first that takes a
 * snapshot).  Or it waits for the mark that we hold, and inserts it anew when
 * we have deleted it: then the area is computed again.
 *
 * Why no area is computed twice at once.  Its mark is locked until the commit.
 * Marks are locked in the order of their keys by everybody, so that two who
 * refresh do not block each other, and no cell is locked at all: a worker that
 * waits for us holds cells that we only read.
 *
 * A crash leaves the marks, and somebody else computes the same again.
 */
#include <assert.h>
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/num.h"
#include "base/parallel.h"
#include "station/area.h"
#include "station/centre.h"
#include "station/row.h"
#include "store/area.h"
#include "store/db.h"
#include "store/retry.h"
#include "store/row.h"
#include "store/sql.h"

/* Regions of one area, on both sides of the zero meridian. */
#define MAX_PARTS	64

/* Of store_area_refresh_side(). */
#define MAX_CUTS	15

/*
 * What one transaction works with.  The three lists (marks, areas that there
 * were, areas that have cells) are in the order of keys, so that they can be
 * merged; the two of areas are subsets of that of marks.
 */
struct refresh {
	int64_t			 now;
	struct store_area_key	 after;
	const struct store_area_key *until;	/* NULL: all behind AFTER */
	struct store_row_key	 keys[STORE_AREA_MANY];
	size_t			 n;
	int			 table;			/* of all of them */
	struct station_area	 old[STORE_AREA_MANY];	/* as in the table */
	size_t			 nold;
	struct station_area	 fresh[STORE_AREA_MANY]; /* with cells */
	size_t			 nfresh;
	/* The area whose cells are being added up. */
	uint8_t			 key[RADIO_CELL_AREA_MAX];
	struct station_area_part parts[MAX_PARTS];
	size_t			 nparts;
	/* The same of its centre, and the centres of FRESH. */
	struct station_centre_cell *cell;
	size_t			 ncell, capcell;
	struct station_centre	 centre[STORE_AREA_MANY];
	size_t			 ncentre, nseen; /* of FRESH, behind it */
	struct base_buf		 sql;
};

size_t
store_area_add(struct store_area_key *keys, size_t n, const uint8_t *cell)
{
	if (n > 0 && radio_cell_same_area(keys[n - 1].byte, cell))
		return n;
	memset(&keys[n], 0, sizeof(keys[n]));
	memcpy(keys[n].byte, cell, radio_cell_area_len(cell[0]));
	return n + 1;
}

static void
quote_area(struct base_buf *b, const uint8_t *key)
{
	store_sql_quote_bytes(b, key, radio_cell_area_len(key[0]));
}

/*
 * A mark that is there is changed, and so has to wait for its lock.  That wait
 * is what the top of this file relies on: whoever refreshes the area is about
 * to delete the mark.  Between nodes of a cluster nobody waits for locks, and
 * only what changes a row meets with others at the commit; a value that stays
 * the same does not, and the mark would be deleted with the change unseen.
 */
int
store_area_mark(struct store_db *db, const struct store_area_key *keys,
    size_t n)
{
	struct store_sql s = { .db = db, .between = ",",
	    .head = "INSERT INTO cell_area_dirty (areaid) VALUES ",
	    .tail = " ON DUPLICATE KEY UPDATE turn = 1 - COALESCE(turn, 0)" };
	struct base_buf *b;
	size_t i;

	store_db_stage(db, "cellarea");
	for (i = 0; i < n; i++) {
		if ((b = store_sql_next(&s)) == NULL)
			break;
		base_buf_chr(b, '(');
		quote_area(b, keys[i].byte);
		base_buf_chr(b, ')');
	}
	return store_sql_end(&s);
}

/* The count is for metrics; as it is a plain SELECT it waits for nobody. */
static int
count_dirty(struct store_db *db, void *arg)
{
	return store_db_get_i64(db, "SELECT COUNT(*) FROM cell_area_dirty",
	    arg, 0);
}

int
store_area_dirty(struct store_db *db, int64_t *n)
{
	return store_retry(db, count_dirty, n);
}

/*
 * A mark that cannot be an area's key, which nobody but a person can have
 * written, is left in the table and otherwise ignored.
 */
static int
on_dirty(void *arg, char **field, const unsigned long *flen)
{
	struct refresh *r = arg;

	if (r->n == STORE_AREA_MANY || flen[0] == 0 ||
	    flen[0] != radio_cell_area_len((uint8_t)field[0][0]))
		return 0;
	memset(&r->keys[r->n], 0, sizeof(r->keys[r->n]));
	memcpy(r->keys[r->n++].byte, field[0], flen[0]);
	return 0;
}

/*
 * Lock the marks behind the last ones seen.  Going on from there, instead of
 * from the first, lets a run end: areas that become dirty again behind it wait
 * for the next run.
 */
static int
lock_dirty(struct store_db *db, struct refresh *r)
{
	r->n = 0;
	base_buf_reset(&r->sql);
	base_buf_str(&r->sql, "SELECT areaid FROM cell_area_dirty "
	    "WHERE areaid > ");
	quote_area(&r->sql, r->after.byte);
	if (r->until != NULL) {
		base_buf_str(&r->sql, " AND areaid <= ");
		quote_area(&r->sql, r->until->byte);
	}
	base_buf_fmt(&r->sql, " ORDER BY areaid LIMIT %d FOR UPDATE",
	    STORE_AREA_MANY);
	return store_sql_query(db, &r->sql, on_dirty, r);
}

/*
 * The cells of one area are all there: make its row.  The time of creation is
 * ours only if there was no row before, see write_areas().
 */
static void
end_area(struct refresh *r)
{
	struct station_area *a;

	if (r->nparts == 0)
		return;
	assert(r->nfresh < STORE_AREA_MANY);
	a = &r->fresh[r->nfresh++];
	station_row_area_init(a);
	memcpy(a->key, r->key, sizeof(a->key));
	station_area_sum(a, r->parts, r->nparts);
	a->created = a->modified = r->now;
	r->nparts = 0;
}

/*
 * What is asked of the cells of an area: behind its key, which select_cells()
 * puts first, these, in the order of the fields.  The server does the sums, as
 * an area may have thousands of cells.  West and east are kept apart, for
 * longitudes on both sides of the 180th meridian cannot be averaged; a cell
 * whose own box crosses it has its far edge moved by a turn.
 */
#define SUMS	"region, lon < 0 AS west, COUNT(*), " \
	"SUM(lat), SUM(lon), " \
	"MAX(lat), MIN(lat), MAX(lon), MIN(lon), " \
	"MAX(max_lat), MIN(min_lat), " \
	"MAX(max_lon + IF(max_lon < lon - 180, 360, 0)), " \
	"MIN(min_lon - IF(min_lon > lon + 180, 360, 0)), " \
	"SUM(radius), COUNT(radius), MAX(last_seen)"
enum {
	AREA,
	REGION, WEST, CELLS,
	SUM_LAT, SUM_LON,
	POS_MAX_LAT, POS_MIN_LAT, POS_MAX_LON, POS_MIN_LON,
	BOX_MAX_LAT, BOX_MIN_LAT,
	BOX_MAX_LON,
	BOX_MIN_LON,
	SUM_RADIUS, RADII, LAST_SEEN
};

/* A sum over no values is NULL, which is NaN here and NULL in the row again. */
static double
number_of(char **field, const unsigned long *flen, int i)
{
	double v;

	return field[i] != NULL && base_num_f64(field[i], flen[i], &v) ? v :
	    NAN;
}

/*
 * Take one row, of the area and SUMS.  The rows come in the order of
 * areas, so that another key means that the last area is complete.
 */
static int
on_part(void *arg, char **field, const unsigned long *flen)
{
	struct refresh *r = arg;
	struct station_area_part *p;
	int64_t day_s;

	if (flen[AREA] > sizeof(r->key))
		return 0;
	if (memcmp(r->key, field[AREA], flen[AREA]) != 0)
		end_area(r);
	memset(r->key, 0, sizeof(r->key));
	memcpy(r->key, field[AREA], flen[AREA]);
	if (r->nparts == MAX_PARTS)
		return 0;	/* more than there are regions near */
	p = &r->parts[r->nparts++];
	strlcpy(p->region, field[REGION] != NULL ? field[REGION] : "",
	    sizeof(p->region));
	p->is_west = field[WEST][0] == '1';
	p->cells = (int64_t)number_of(field, flen, CELLS);
	p->sum_lat = number_of(field, flen, SUM_LAT);
	p->sum_lon = number_of(field, flen, SUM_LON);
	p->pos_max_lat = number_of(field, flen, POS_MAX_LAT);
	p->pos_min_lat = number_of(field, flen, POS_MIN_LAT);
	p->pos_max_lon = number_of(field, flen, POS_MAX_LON);
	p->pos_min_lon = number_of(field, flen, POS_MIN_LON);
	p->box_max_lat = number_of(field, flen, BOX_MAX_LAT);
	p->box_min_lat = number_of(field, flen, BOX_MIN_LAT);
	p->box_max_lon = number_of(field, flen, BOX_MAX_LON);
	p->box_min_lon = number_of(field, flen, BOX_MIN_LON);
	p->sum_radius = field[SUM_RADIUS] == NULL ? 0 :
	    number_of(field, flen, SUM_RADIUS);
	p->radii = (int64_t)number_of(field, flen, RADII);
	p->last_seen = field[LAST_SEEN] != NULL &&
	    base_civil_parse(field[LAST_SEEN], flen[LAST_SEEN], &day_s) ?
	    base_civil_day_of(day_s) : STATION_ROW_NULL;
	return 0;
}

/*
 * Append what is read of the cells of the areas FIRST to END - 1, all of one
 * radio: COLUMNS of those that have a position.
 *
 * An area is a prefix of its cells' keys, so that its cells are one range of
 * the primary key.  The index is forced, so that nothing but these ranges is
 * read, whatever the optimizer thinks of them.
 */
static void
select_cells(struct refresh *r, size_t first, size_t end,
    const char *columns)
{
	uint8_t cell[RADIO_CELL_KEY_MAX];
	int radio = r->keys[first].byte[0];
	size_t arealen = radio_cell_area_len(radio);
	size_t i, len = radio_cell_key_len(radio);

	base_buf_reset(&r->sql);
	base_buf_fmt(&r->sql, "SELECT LEFT(cellid, %zu) AS area, %s "
	    "FROM %s FORCE INDEX (PRIMARY) WHERE (", arealen, columns,
	    store_row_table_name(store_row_table(OBS_CELL,
	    r->keys[first].byte)));
	for (i = first; i < end; i++) {
		memcpy(cell, r->keys[i].byte, arealen);
		memset(cell + arealen, 0, len - arealen);
		base_buf_str(&r->sql, i > first ? " OR cellid BETWEEN " :
		    "cellid BETWEEN ");
		store_sql_quote_bytes(&r->sql, cell, len);
		memset(cell + arealen, 0xff, len - arealen);
		base_buf_str(&r->sql, " AND ");
		store_sql_quote_bytes(&r->sql, cell, len);
	}
	base_buf_str(&r->sql, ") AND lat IS NOT NULL AND lon IS NOT NULL "
	    "AND " STORE_ROW_SHOWN " ");
}

/* Add up the cells of the areas FIRST to END - 1, all of one radio. */
static int
sum_cells(struct store_db *db, struct refresh *r, size_t first, size_t end)
{
	select_cells(r, first, end, SUMS);
	base_buf_str(&r->sql,
	    "GROUP BY area, region, west ORDER BY area, region, west");
	if (store_sql_query(db, &r->sql, on_part, r) == -1)
		return -1;
	end_area(r);
	return 0;
}

/*
 * The cells of one area are all there: find its centre.  Both lists are in the
 * order of keys.
 */
static void
end_centre(struct refresh *r)
{
	const struct station_area *a = &r->fresh[r->nseen];
	struct station_centre *c = &r->centre[r->ncentre];

	while (r->nseen < r->nfresh && memcmp(a->key, r->key,
	    sizeof(r->key)) < 0)
		a = &r->fresh[++r->nseen];
	if (r->ncell > 0 && r->nseen < r->nfresh &&
	    memcmp(a->key, r->key, sizeof(r->key)) == 0) {
		station_row_centre_init(c);
		memcpy(c->key, a->key, sizeof(c->key));
		station_centre(c, a->lat, a->lon, r->cell, r->ncell);
		r->ncentre++;
	}
	r->ncell = 0;
}

/* Take the position of one cell; they come in the order of areas. */
static int
on_area_cell(void *arg, char **field, const unsigned long *flen)
{
	struct refresh *r = arg;
	struct station_centre_cell *more;
	size_t cap = r->capcell == 0 ? 1024 : 2 * r->capcell;

	if (flen[0] > sizeof(r->key))
		return 0;
	if (memcmp(r->key, field[0], flen[0]) != 0)
		end_centre(r);
	memset(r->key, 0, sizeof(r->key));
	memcpy(r->key, field[0], flen[0]);
	if (r->ncell == r->capcell) {
		more = reallocarray(r->cell, cap, sizeof(*more));
		if (more == NULL) {
			warn("database");
			return -1;
		}
		r->cell = more;
		r->capcell = cap;
	}
	r->cell[r->ncell++] = (struct station_centre_cell){
	    number_of(field, flen, 1), number_of(field, flen, 2) };
	return 0;
}

/*
 * The centres of the areas FIRST to END - 1, which have been summed.  Which
 * cells are left out of a centre depends on all of them, so that their
 * positions are read.  They are those that were summed: who changes a cell
 * cannot commit before it has marked the area, and we hold the mark.
 */
static int
find_centres(struct store_db *db, struct refresh *r, size_t first,
    size_t end)
{
	select_cells(r, first, end, "lat, lon");
	base_buf_str(&r->sql, "ORDER BY cellid");
	r->ncell = 0;
	memset(r->key, 0, sizeof(r->key));
	if (store_sql_query(db, &r->sql, on_area_cell, r) == -1)
		return -1;
	end_centre(r);
	return 0;
}

/*
 * Delete all KEYS from TABLE, or those where FLAG is set.  The rows are locked
 * by this transaction already, so that nobody is waited for.
 */
static int
delete_keys(struct store_db *db, struct refresh *r, const char *table,
    const uint8_t *flag)
{
	size_t i, n = 0;

	base_buf_reset(&r->sql);
	base_buf_fmt(&r->sql, "DELETE FROM %s WHERE areaid IN (", table);
	for (i = 0; i < r->n; i++) {
		if (flag != NULL && !flag[i])
			continue;
		if (n++ > 0)
			base_buf_chr(&r->sql, ',');
		quote_area(&r->sql, r->keys[i].byte);
	}
	base_buf_chr(&r->sql, ')');
	return n == 0 ? 0 : store_sql_run(db, &r->sql);
}

/*
 * Insert, update or delete: the areas of KEYS, OLD and FRESH are sorted.  The
 * centre of an area goes with it; an area of before centres has none, so these
 * are written whether they are there or not.  An
 * area without cells has no row, since a position for it could only be an old
 * one.
 */
static int
write_areas(struct store_db *db, struct refresh *r)
{
	const void *changed[STORE_AREA_MANY], *created[STORE_AREA_MANY];
	const void *centre[STORE_AREA_MANY];
	uint8_t gone[STORE_AREA_MANY] = { 0 };
	size_t f = 0, i, nchanged = 0, ncreated = 0, o = 0;
	int exists, has_cells;

	for (i = 0; i < r->n; i++) {
		exists = o < r->nold && radio_cell_same_area(
		    r->old[o].key, r->keys[i].byte);
		has_cells = f < r->nfresh && radio_cell_same_area(
		    r->fresh[f].key, r->keys[i].byte);
		if (exists && has_cells) {
			r->fresh[f].created = r->old[o].created;
			changed[nchanged++] = &r->fresh[f];
		} else if (has_cells)
			created[ncreated++] = &r->fresh[f];
		else
			gone[i] = (uint8_t)exists;
		assert(nchanged <= r->nold && ncreated <= r->nfresh);
		o += (size_t)exists;
		f += (size_t)has_cells;
	}
	if (store_row_write(db, r->table, created, ncreated,
	    STORE_ROW_INSERT) == -1 ||
	    store_row_write(db, r->table, changed, nchanged,
	    STORE_ROW_UPSERT) == -1)
		return -1;
	for (i = 0; i < r->ncentre; i++)
		centre[i] = &r->centre[i];
	i = (size_t)store_row_centre_table(r->keys[0].byte);
	if (store_row_write(db, (int)i, centre, r->ncentre,
	    STORE_ROW_UPSERT) == -1 ||
	    delete_keys(db, r, store_row_table_name((int)i), gone) == -1)
		return -1;
	return delete_keys(db, r, store_row_table_name(r->table), gone);
}

/*
 * One transaction: lock marks, and their areas; add up cells; write.  Only
 * areas of one table are taken at a time, as rows are written by table; the
 * others keep their marks.  Areas of a radio that is no longer stored have no
 * cells to be summed, and so are deleted with their marks.
 */
static int
refresh_attempt(struct store_db *db, void *arg)
{
	struct refresh *r = arg;
	size_t end, i;

	store_db_stage(db, "cellarea");
	if (lock_dirty(db, r) == -1)
		return -1;
	if (r->n == 0)
		return 0;
	assert(r->n <= STORE_AREA_MANY);
	r->table = store_row_area_table(r->keys[0].byte);
	while (store_row_area_table(r->keys[r->n - 1].byte) != r->table)
		r->n--;		/* another time */
	if (store_row_select(db, r->table, r->keys, r->n, 1, r->old,
	    &r->nold) == -1)
		return -1;
	r->nfresh = r->nparts = r->ncentre = r->nseen = 0;
	for (i = 0; i < r->n; i = end) {
		for (end = i + 1; end < r->n &&
		    r->keys[end].byte[0] == r->keys[i].byte[0]; end++)
			;
		if (radio_cell_is_stored(r->keys[i].byte[0]) &&
		    (sum_cells(db, r, i, end) == -1 ||
		    find_centres(db, r, i, end) == -1))
			return -1;
	}
	if (write_areas(db, r) == -1)
		return -1;
	return delete_keys(db, r, "cell_area_dirty", NULL);
}

/*
 * The position behind the last area is moved only after the commit.  If this
 * fails the caller still has the old one, and asks for the same areas again.
 */
static int
refresh_some(struct store_db *db, int64_t now, struct store_area_key *after,
    const struct store_area_key *until)
{
	struct refresh r = { .now = now, .after = *after, .until = until };
	int rc;

	base_buf_init(&r.sql);
	rc = store_retry(db, refresh_attempt, &r) == -1 ? -1 : (int)r.n;
	base_buf_done(&r.sql);
	free(r.cell);
	if (rc > 0)
		memcpy(after->byte, r.keys[r.n - 1].byte,
		    sizeof(after->byte));
	else if (rc == 0)
		memset(after, 0, sizeof(*after));
	return rc;
}

int
store_area_refresh(struct store_db *db, int64_t now,
    struct store_area_key *after)
{
	return refresh_some(db, now, after, NULL);
}

/* All that are behind AFTER up to UNTIL (NULL: all). */
static int
refresh_range(struct store_db *db, int64_t now, struct store_area_key after,
    const struct store_area_key *until)
{
	int n;

	do
		n = refresh_some(db, now, &after, until);
	while (n > 0);
	return n;
}

/* Dirty areas in parts of about as many, each behind the one before. */
struct parts {
	struct store_db		*const *db;
	int64_t			 now;
	struct store_area_key	 cut[MAX_CUTS];	/* the last key of each part */
	size_t			 ncut;
	int64_t			 at;		/* of the next cut */
};

static int
on_cut(void *arg, char **field, const unsigned long *flen)
{
	struct parts *p = arg;

	if (flen[0] == 0 ||
	    flen[0] != radio_cell_area_len((uint8_t)field[0][0]))
		return 0;
	memcpy(p->cut[p->ncut++].byte, field[0], flen[0]);
	return 0;
}

static int
find_cut(struct store_db *db, void *arg)
{
	struct parts *p = arg;
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT areaid FROM cell_area_dirty "
	    "ORDER BY areaid LIMIT 1 OFFSET %lld", (long long)p->at);
	return store_db_query(db, sql, strlen(sql), on_cut, p);
}

static int
refresh_part(void *arg, unsigned thread, size_t job)
{
	const struct parts *p = arg;
	struct store_area_key after = { { 0 } };

	if (job > 0)
		after = p->cut[job - 1];
	return refresh_range(p->db[thread], p->now, after,
	    job < p->ncut ? &p->cut[job] : NULL);
}

/*
 * There are more parts than connections, since areas differ in size.  Areas
 * that others make dirty meanwhile are in some part, too, or wait for whoever
 * made them dirty; where there are few one connection is enough.
 */
int
store_area_refresh_side(struct store_db *const *db, unsigned n, int64_t now)
{
	struct parts p = { .db = db, .now = now };
	int64_t dirty;
	int i;

	assert(n > 0);
	if (store_area_dirty(db[0], &dirty) == -1)
		return -1;
	if (n > 1 && dirty >= 2 * STORE_AREA_MANY)
		for (i = 1; i <= MAX_CUTS; i++) {
			p.at = dirty * i / (MAX_CUTS + 1);
			if (store_retry(db[0], find_cut, &p) == -1)
				return -1;
		}
	return base_parallel_run(n, p.ncut + 1, refresh_part, &p);
}
