/* SPDX-License-Identifier: ISC */
/*
 * A cell's radius is that of the places which count, and what is not known of a
 * cell that was heard on few visits: at first as far as cells of its area
 * reach, and less with every visit.
 *
 * Cells of one site have neighbouring ids, so a cell that nobody has reported
 * is mostly within a kilometre or two of one that somebody has, where the
 * centre of its area is twice as far.
 *
 * Constants were fitted on cell files and drives, each cell left out once.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/civil.h"
#include "geo/plane.h"
#include "locate/circle.h"
#include "locate/cover.h"
#include "locate/found.h"
#include "locate/query.h"
#include "locate/result.h"
#include "locate/weigh.h"
#include "station/score.h"

#define SIGNAL_DB	6.0	/* places this much louder count less */
#define ANY_SIGNAL	0.03	/* what any place counts */
#define SPREAD		5.0	/* variances, for 95 of 100 */
#define UNKNOWN_M	1500.0	/* of a cell with one visit, at least, */
#define UNKNOWN_AREA	3.0	/* ... and mean radii of its area */
#define VISITS		9.0	/* more of them halve what is unknown */

#define SITE_RADIUS	0.4	/* of a cell, that it is off its site */
#define SITE_SPREAD	2.5

/* What is unknown of a site with one known cell. */
static const double site_m[RADIO_CELL_TYPES] = {
	[RADIO_CELL_GSM] = 12000,
	[RADIO_CELL_WCDMA] = 6000,
	[RADIO_CELL_LTE] = 3000,
	[RADIO_CELL_NR] = 3000,
};

#define AREA_SPREAD	1.7
#define AREA_SLACK_M	1000.0
#define AREA_UNKNOWN_M	45000.0	/* of an area with one known cell */
#define AREA_RADIUS	0.5	/* of an area, that its spread is */

static double
square(double v)
{
	return v * v;
}

/* A cell of the query. */
struct heard {
	uint8_t			  key[RADIO_CELL_KEY_MAX];
	const struct locate_cell *cell;
};

static int
by_heard_key(const void *a, const void *b)
{
	const struct heard *x = a, *y = b;

	return memcmp(x->key, y->key, sizeof(x->key));
}

/*
 * The cells of Q by key.  Sums are made in this order, and the plane is laid at
 * the first, so that the order of the query changes no digit of an answer.
 * Returns NULL when memory is short.
 */
static const struct heard *
order_heard(const struct locate_query *q, struct base_arena *a)
{
	struct heard *h;
	size_t i;

	assert(q->ncell > 0);
	if ((h = base_arena_alloc(a, q->ncell * sizeof(*h))) == NULL)
		return NULL;
	for (i = 0; i < q->ncell; i++) {
		radio_cell_key(h[i].key, &q->cell[i].cell);
		h[i].cell = &q->cell[i];
	}
	qsort(h, q->ncell, sizeof(*h), by_heard_key);
	return h;
}

/* Rows by key, to find those of the query. */
static int
by_row_key(const void *a, const void *b)
{
	const struct station_row *x = *(const struct station_row *const *)a;
	const struct station_row *y = *(const struct station_row *const *)b;

	return memcmp(x->key, y->key, RADIO_CELL_KEY_MAX);
}

/*
 * The area of KEY, if it is known where it is: an index has no others.  A query
 * has a few areas, for which a search from the first to the last is the
 * fastest.
 */
static const struct station_area *
find_area(const struct locate_found *f, const uint8_t *key)
{
	size_t i;

	for (i = 0; i < f->narea; i++)
		if (memcmp(f->area[i].key, key, RADIO_CELL_AREA_MAX) == 0)
			return locate_weigh_placed(f->area[i].lat,
			    f->area[i].lon) ? &f->area[i] : NULL;
	return NULL;
}

static const struct station_centre *
find_centre(const struct locate_found *f, const uint8_t *key)
{
	size_t i;

	for (i = 0; i < f->ncentre; i++)
		if (memcmp(f->centre[i].key, key, RADIO_CELL_AREA_MAX) == 0)
			return &f->centre[i];
	return NULL;
}

/* The squared radius of what is unknown of cell C before it is visited. */
static double
unknown_sq(const struct locate_found *f, const struct locate_cell *c)
{
	const struct station_area *area;
	uint8_t key[RADIO_CELL_AREA_MAX];
	double mean = 0;

	radio_cell_area_key(key, &c->cell);
	if ((area = find_area(f, key)) != NULL &&
	    area->avg_cell_radius != STATION_ROW_NULL)
		mean = (double)area->avg_cell_radius;
	return square(UNKNOWN_M) + square(UNKNOWN_AREA * mean);
}

/* How much place P counts for a cell heard with DBM. */
static double
place_weight(const struct station_place *p, int32_t dbm)
{
	double off = isnan(p->signal_dbm) || dbm == RADIO_CELL_UNKNOWN ? 1 :
	    (p->signal_dbm - dbm) / SIGNAL_DB;

	return (double)p->n * (ANY_SIGNAL + exp(-0.5 * off * off));
}

/* Where cell S is, by its places; UNKNOWN as unknown_sq(). */
static void
cover_cell(struct locate_cell_station *s, double unknown,
    struct locate_circle *c)
{
	double sum = 0, sx = 0, sy = 0, sq = 0, x, y;
	const struct station_place *p;
	struct geo_plane plane;
	size_t i;

	s->is_made_up = !station_places_get(&s->places, s->row);
	geo_plane_init(&plane, s->places.at[0].lat, s->places.at[0].lon);
	for (i = 0; i < s->places.n; i++) {
		p = &s->places.at[i];
		s->share[i] = place_weight(p, s->heard->cell.signal_dbm);
		geo_plane_to(&plane, p->lat, p->lon, &x, &y);
		sum += s->share[i];
		sx += s->share[i] * x;
		sy += s->share[i] * y;
	}
	assert(sum > 0);
	sx /= sum;
	sy /= sum;
	for (i = 0; i < s->places.n; i++) {
		p = &s->places.at[i];
		s->share[i] /= sum;
		geo_plane_to(&plane, p->lat, p->lon, &x, &y);
		sq += s->share[i] * (square(x - sx) + square(y - sy) +
		    square(p->rms_m));
	}
	s->unknown_m = sqrt(unknown) / (1 + s->places.visits / VISITS);
	geo_plane_from(&plane, sx, sy, &c->lat, &c->lon);
	c->radius_m = sqrt(SPREAD * sq + square(s->unknown_m));
}

/* The usable row of cell H among N sorted ROWS, or NULL. */
static const struct station_row *
find_row(const struct station_row **row, size_t n, const struct heard *h)
{
	const struct station_row **hit, *key;
	struct station_row want;

	memcpy(want.key, h->key, sizeof(want.key));
	key = &want;
	hit = bsearch(&key, row, n, sizeof(*row), by_row_key);
	return hit == NULL ? NULL : *hit;
}

/* Those of N cells HEARD that are known.  1, 0 or -1 as the search. */
static int
search_known(const struct heard *heard, size_t nheard,
    const struct locate_found *f, int64_t now_s, struct locate_circle *to,
    double *score, struct locate_cell_found *cf, struct base_arena *a)
{
	const struct station_row **row, *hit;
	struct locate_cell_station *s;
	struct locate_circle *c;
	size_t i, n = 0;

	row = base_arena_alloc(a, f->ncell * sizeof(*row));
	cf->at = base_arena_calloc(a, nheard, sizeof(*cf->at));
	c = base_arena_alloc(a, nheard * sizeof(*c));
	if (row == NULL || cf->at == NULL || c == NULL)
		return -1;
	for (i = 0; i < f->ncell; i++)
		if (locate_weigh_answers(&f->cell[i], OBS_CELL,
		    base_civil_day_of(now_s)))
			row[n++] = &f->cell[i];
	qsort(row, n, sizeof(*row), by_row_key);
	for (i = 0; n > 0 && i < nheard && cf->n < LOCATE_COVER_MAX; i++) {
		if ((hit = find_row(row, n, &heard[i])) == NULL)
			continue;
		s = &cf->at[cf->n];
		s->row = hit;
		s->heard = heard[i].cell;
		s->score = station_score_row(hit, now_s);
		*score += s->score;
		cover_cell(s, unknown_sq(f, s->heard), &c[cf->n++]);
	}
	if (cf->n == 0)
		return 0;
	locate_circle_fuse(to, c, cf->n);
	return 1;
}

/* A cell that may be of the site of another. */
struct near {
	const struct station_row *row;
	int64_t			  apart;	/* by its id */
};

/*
 * Equal distances are ordered by key, so that the answer does not depend on the
 * order of rows.
 */
static int
by_apart(const void *a, const void *b)
{
	const struct near *x = a, *y = b;

	return x->apart != y->apart ? (x->apart > y->apart) -
	    (x->apart < y->apart) :
	    memcmp(x->row->key, y->row->key, RADIO_CELL_KEY_MAX);
}

/* The cells of F near H, in order.  Returns how many. */
static size_t
find_near(const struct locate_found *f, const struct heard *h,
    int64_t today, struct near near[2 * LOCATE_FOUND_NEAR])
{
	struct radio_cell other;
	size_t i, n = 0;

	for (i = 0; i < f->nnear && n < 2 * LOCATE_FOUND_NEAR; i++) {
		radio_cell_from_key(&other, f->near[i].key);
		near[n].row = &f->near[i];
		near[n].apart = llabs(other.cid - h->cell->cell.cid);
		if (near[n].apart >= 1 && near[n].apart <= LOCATE_FOUND_NEAR &&
		    radio_cell_same_area(h->key, f->near[i].key) &&
		    locate_weigh_answers(&f->near[i], OBS_CELL, today))
			n++;
	}
	qsort(near, n, sizeof(*near), by_apart);
	return n;
}

/* The site of a cell with N > 0 cells NEAR it; UNKNOWN as unknown_sq(). */
static void
cover_site(const struct near *near, size_t n, double unknown, double none_m,
    struct locate_circle *c)
{
	double sum = 0, sx = 0, sy = 0, sq = 0, w, x, y, r;
	struct geo_plane plane;
	size_t i;

	geo_plane_init(&plane, near->row->lat, near->row->lon);
	for (i = 0; i < n; i++) {
		w = 1 / (1 + (double)near[i].apart);
		geo_plane_to(&plane, near[i].row->lat, near[i].row->lon, &x,
		    &y);
		sum += w;
		sx += w * x;
		sy += w * y;
	}
	sx /= sum;
	sy /= sum;
	for (i = 0; i < n; i++) {
		w = 1 / (1 + (double)near[i].apart);
		r = near[i].row->radius == STATION_ROW_NULL ? 0 :
		    SITE_RADIUS * (double)near[i].row->radius;
		geo_plane_to(&plane, near[i].row->lat, near[i].row->lon, &x,
		    &y);
		sq += w * (square(x - sx) + square(y - sy) + square(r));
	}
	geo_plane_from(&plane, sx, sy, &c->lat, &c->lon);
	c->radius_m = sqrt(SITE_SPREAD * sq / sum + unknown +
	    square(none_m / (double)n));
}

/* Sites of N cells HEARD, none of which is known. */
static int
search_sites(const struct heard *heard, size_t nheard,
    const struct locate_found *f, int64_t now_s, struct locate_circle *to,
    double *score, struct locate_cell_found *cf, struct base_arena *a)
{
	struct near near[2 * LOCATE_FOUND_NEAR];
	struct locate_circle c[LOCATE_COVER_SITES];
	size_t i, j, n, sites = 0;

	cf->near = base_arena_alloc(a, LOCATE_COVER_SITES * 2 *
	    LOCATE_FOUND_NEAR * sizeof(const struct station_row *));
	if (cf->near == NULL)
		return -1;
	for (i = 0; i < nheard && sites < LOCATE_COVER_SITES; i++) {
		n = find_near(f, &heard[i], base_civil_day_of(now_s), near);
		if (n == 0)
			continue;
		cover_site(near, n, unknown_sq(f, heard[i].cell),
		    site_m[heard[i].cell->cell.type], &c[sites++]);
		for (j = 0; j < n; j++) {
			*score += station_score_row(near[j].row, now_s);
			cf->near[cf->nnear++] = near[j].row;
		}
	}
	if (sites == 0)
		return 0;
	locate_circle_fuse(to, c, sites);
	return 1;
}

/* What area S covers. */
static void
cover_area(struct locate_cell_area *s, const struct locate_found *f,
    struct locate_circle *c)
{
	const struct station_centre *centre = find_centre(f, s->row->key);
	double cells = s->row->num_cells < 1 ? 1 : (double)s->row->num_cells;

	if (centre != NULL && locate_weigh_placed(centre->lat, centre->lon) &&
	    centre->spread != STATION_ROW_NULL) {
		c->lat = centre->lat;
		c->lon = centre->lon;
		s->spread_m = (double)centre->spread;
	} else {
		c->lat = s->row->lat;
		c->lon = s->row->lon;
		s->spread_m = s->row->radius == STATION_ROW_NULL ? 0 :
		    AREA_RADIUS * (double)s->row->radius;
	}
	c->radius_m = sqrt(square(AREA_SPREAD * (s->spread_m +
	    AREA_SLACK_M)) + square(AREA_UNKNOWN_M) / cells);
}

/* The area that covers least, which becomes the first; or by its key. */
static int
search_areas(const struct locate_found *f, int64_t now_s,
    struct locate_circle *to, double *score, struct locate_cell_found *cf,
    struct base_arena *a)
{
	struct locate_cell_area *s, *best = NULL, first;
	const struct station_area *row;
	struct locate_circle c;
	size_t i;

	cf->area = base_arena_calloc(a, f->narea, sizeof(*cf->area));
	if (cf->area == NULL)
		return -1;
	for (i = 0; i < f->narea && cf->narea < LOCATE_COVER_MAX; i++) {
		row = &f->area[i];
		if (!locate_weigh_placed(row->lat, row->lon))
			continue;
		s = &cf->area[cf->narea++];
		s->row = row;
		s->score = station_score_area(row, now_s);
		cover_area(s, f, &c);
		if (best == NULL || c.radius_m < to->radius_m ||
		    (c.radius_m == to->radius_m &&
		    memcmp(row->key, best->row->key,
		    RADIO_CELL_AREA_MAX) < 0)) {
			best = s;
			*to = c;
			*score = s->score;
		}
	}
	if (best == NULL)
		return 0;
	first = *best;
	*best = cf->area[0];
	cf->area[0] = first;
	return 1;
}

/*
 * From the surest to the vaguest: known cells, then those of nearly the same
 * number, which most often stand on the same mast, then areas.  The first that
 * gives a circle is the answer.
 */
int
locate_cover_search(const struct locate_query *q,
    const struct locate_found *f, int64_t now_s, struct locate_result *r,
    struct locate_cell_found *cf, struct base_arena *a)
{
	const struct heard *heard = NULL;
	struct locate_circle c;
	double score = 0;
	int rc = 0;

	memset(cf, 0, sizeof(*cf));
	*r = (struct locate_result){ .source = LOCATE_RESULT_INTERNAL,
	    .kind = LOCATE_RESULT_CELL };
	if (q->ncell > 0 && (heard = order_heard(q, a)) == NULL)
		return -1;
	if (heard != NULL && f->ncell > 0)
		rc = search_known(heard, q->ncell, f, now_s, &c, &score, cf,
		    a);
	if (rc == 0 && heard != NULL && q->lacf && f->nnear > 0) {
		r->kind = LOCATE_RESULT_SITE;
		rc = search_sites(heard, q->ncell, f, now_s, &c, &score, cf,
		    a);
	}
	if (rc == 0 && q->narea > 0 && f->narea > 0) {
		r->kind = LOCATE_RESULT_AREA;
		rc = search_areas(f, now_s, &c, &score, cf, a);
	}
	if (rc != 1)
		return rc;
	if (r->kind != LOCATE_RESULT_CELL)
		r->fallback = "lacf";
	r->lat = c.lat;
	r->lon = c.lon;
	r->accuracy_m = c.radius_m;
	r->score = score;
	return 1;
}
