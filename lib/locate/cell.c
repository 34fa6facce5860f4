/* SPDX-License-Identifier: ISC */
/*
 * A cell is large and its centre is known badly, so there is no fitting as
 * with wifi: the cells of one area (one radio, network and LAC, heard at one
 * place) give their weighted mean.  Several areas are several results, which
 * vote like all others.
 *
 * Areas themselves count only if no cell is known: each is a result of tens of
 * kilometres, and would add weight to places that the cells know better.
 * Timing advance and the radius of the single cells of a group are not used,
 * as with Ichnaea: what phones tell of the former is too rarely right.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/civil.h"
#include "geo/dist.h"
#include "locate/cell.h"
#include "locate/found.h"
#include "locate/query.h"
#include "locate/result.h"
#include "locate/weigh.h"
#include "station/score.h"

#define MIN_CELL_M	1000
#define MAX_CELL_M	50000
#define MIN_AREA_M	50000
#define MAX_AREA_M	500000

/*
 * The signal of a cell heard without one: the weakest that its radio can tell
 * (see lib/radio/cell.c), as a network whose signal is worth telling is told.
 */
static const int default_dbm[RADIO_CELL_TYPES] = {
	[RADIO_CELL_GSM] = -113,
	[RADIO_CELL_WCDMA] = -121,
	[RADIO_CELL_LTE] = -140,
	[RADIO_CELL_NR] = -156,
};

/* A cell of the query under its key. */
struct key {
	uint8_t			  key[RADIO_CELL_KEY_MAX];
	const struct locate_cell *heard;
};

/* Keys have one length, and cells of one area are neighbours in their order. */
static int
by_cell_key(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	return memcmp(x->key, y->key, RADIO_CELL_KEY_MAX);
}

/*
 * By the order in which the query first names their radio, then by key: the
 * results stand in this order, and of equal ones the first is the answer.
 */
static int
by_radio(const void *a, const void *b, void *arg)
{
	const struct locate_cell_station *x = a, *y = b;
	const int *rank = arg;
	int d = rank[x->heard->cell.type] - rank[y->heard->cell.type];

	return d != 0 ? d :
	    memcmp(x->row->key, y->row->key, RADIO_CELL_KEY_MAX);
}

/* Areas by key, so that their order does not depend on the database's. */
static int
by_area(const void *a, const void *b)
{
	const struct locate_cell_area *x = a, *y = b;

	return memcmp(x->row->key, y->row->key, RADIO_CELL_AREA_MAX);
}

/*
 * Rows paired with what the query says of them, in the order of by_radio().  A
 * row that was not asked for is passed over.
 */
static int
collect_cells(const struct locate_query *q, const struct locate_found *f,
    int64_t now_s, struct locate_cell_found *cf, struct base_arena *a)
{
	int64_t today = base_civil_day_of(now_s);
	int rank[RADIO_CELL_TYPES] = { 0 }, next = 1;
	struct locate_cell_station *s;
	struct key *key, *hit, want;
	size_t i;

	key = base_arena_alloc(a, q->ncell * sizeof(*key));
	cf->at = base_arena_calloc(a, f->ncell, sizeof(*cf->at));
	if (key == NULL || cf->at == NULL)
		return -1;
	for (i = 0; i < q->ncell; i++) {
		radio_cell_key(key[i].key, &q->cell[i].cell);
		key[i].heard = &q->cell[i];
		if (rank[q->cell[i].cell.type] == 0)
			rank[q->cell[i].cell.type] = next++;
	}
	qsort(key, q->ncell, sizeof(*key), by_cell_key);
	for (i = 0; i < f->ncell; i++) {
		if (!locate_weigh_usable(&f->cell[i], today))
			continue;
		memcpy(want.key, f->cell[i].key, sizeof(want.key));
		if ((hit = bsearch(&want, key, q->ncell, sizeof(*key),
		    by_cell_key)) == NULL)
			continue;
		s = &cf->at[cf->n++];
		s->row = &f->cell[i];
		s->heard = hit->heard;
		s->score = station_score_row(s->row, now_s);
	}
	qsort_r(cf->at, cf->n, sizeof(*cf->at), by_radio, rank);
	return 0;
}

/* A row without radius is of one report: a point. */
static double
radius_m(int64_t radius)
{
	return radius == STATION_ROW_NULL ? 0 : (double)radius;
}

/*
 * The result of the N > 0 cells of one area.  One cell is where it is, with
 * its own radius; of several the 95th percentile of the distances from the
 * mean is the accuracy, as it is of access points.  Latitudes and longitudes
 * are averaged as they are: an area does not reach around the world.
 */
static int
area_result(const struct locate_cell_station *s, size_t n,
    struct locate_result *r, struct base_arena *a)
{
	double *d, sum = 0, w;
	int32_t dbm;
	size_t i;

	assert(n > 0);
	r->lat = s->row->lat;
	r->lon = s->row->lon;
	r->accuracy_m = radius_m(s->row->radius);
	r->score = s->score;
	if (n > 1) {
		if ((d = base_arena_alloc(a, n * sizeof(*d))) == NULL)
			return -1;
		r->lat = r->lon = r->score = 0;
		for (i = 0; i < n; i++) {
			dbm = s[i].heard->cell.signal_dbm;
			if (dbm == RADIO_CELL_UNKNOWN)
				dbm = default_dbm[s[i].heard->cell.type];
			w = s[i].score * locate_weigh_heard(
			    locate_weigh_age(s[i].heard->age_ms), dbm);
			r->lat += w * s[i].row->lat;
			r->lon += w * s[i].row->lon;
			r->score += s[i].score;
			sum += w;
		}
		assert(sum > 0);
		r->lat /= sum;
		r->lon /= sum;
		for (i = 0; i < n; i++)
			d[i] = geo_dist_m(r->lat, r->lon, s[i].row->lat,
			    s[i].row->lon);
		r->accuracy_m = locate_result_p95(d, n);
	}
	r->accuracy_m = locate_result_clamp(r->accuracy_m, MIN_CELL_M,
	    MAX_CELL_M);
	return 0;
}

/*
 * Every area that has a position is a result of its own.  They are sorted by
 * key, and numbered as groups in that order, by which api/explain.c names
 * them.
 */
static int
add_areas(const struct locate_found *f, int64_t now_s,
    struct locate_result_list *results, struct locate_cell_found *cf,
    struct base_arena *a)
{
	struct locate_result r = { .source = LOCATE_RESULT_INTERNAL,
	    .kind = LOCATE_RESULT_AREA, .fallback = "lacf" };
	const struct station_area *row;
	size_t i;

	if ((cf->area = base_arena_alloc(a, f->narea *
	    sizeof(*cf->area))) == NULL)
		return -1;
	for (i = 0; i < f->narea; i++) {
		row = &f->area[i];
		if (!locate_weigh_placed(row->lat, row->lon))
			continue;
		cf->area[cf->narea].row = row;
		cf->area[cf->narea++].score = station_score_area(row, now_s);
	}
	qsort(cf->area, cf->narea, sizeof(*cf->area), by_area);
	for (i = 0; i < cf->narea; i++) {
		row = cf->area[i].row;
		r.group = (int)i;
		r.lat = row->lat;
		r.lon = row->lon;
		r.accuracy_m = locate_result_clamp(radius_m(row->radius),
		    MIN_AREA_M, MAX_AREA_M);
		r.score = cf->area[i].score;
		locate_result_add(results, &r);
	}
	return 0;
}

/*
 * Cells come by radio and key, so that each area is a row of neighbours and
 * gives one result.  Areas are asked only if no cell is known: a position of
 * one is always better.
 */
int
locate_cell_search(const struct locate_query *q,
    const struct locate_found *f, int64_t now_s,
    struct locate_result_list *results, struct locate_cell_found *cf,
    struct base_arena *a)
{
	struct locate_result r = { .source = LOCATE_RESULT_INTERNAL,
	    .kind = LOCATE_RESULT_CELL };
	size_t i, n;

	cf->n = cf->narea = cf->nnear = 0;
	if (q->ncell > 0 && f->ncell > 0 &&
	    collect_cells(q, f, now_s, cf, a) == -1)
		return -1;
	for (i = 0; i < cf->n; i += n) {
		for (n = 0; i + n < cf->n && radio_cell_same_area(
		    cf->at[i].row->key, cf->at[i + n].row->key); n++)
			cf->at[i + n].group = r.group;
		if (area_result(&cf->at[i], n, &r, a) == -1)
			return -1;
		locate_result_add(results, &r);
		r.group++;
	}
	if (cf->n == 0 && q->narea > 0 && f->narea > 0)
		return add_areas(f, now_s, results, cf, a);
	return 0;
}
