/* SPDX-License-Identifier: ISC */
/*
 * A region is found by counting, not by geometry: every network that is known
 * speaks for the region its row names, and a country code for the regions that
 * use it.  So a query of cells alone needs the database only where a code is
 * used by several regions, as +1's and Britain's are; locate_region_need()
 * says what to look up.  Blocked stations do not count here either.
 *
 * The scores of one kind of network are one result for each region, so that an
 * explanation shows what each kind said.  The region with the highest sum
 * wins, and of its results our own come first: then the answer is not marked
 * as one by address.
 */
#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/civil.h"
#include "geo/ip.h"
#include "geo/region.h"
#include "locate/found.h"
#include "locate/query.h"
#include "locate/region.h"
#include "locate/weigh.h"
#include "station/score.h"

/*
 * Only codes that several regions share need the database: for all others the
 * code itself is the answer.  Most countries have a code of their own, so that
 * a question seldom costs a query.
 */
int
locate_region_need(struct locate_query *need, const struct locate_query *q,
    struct base_arena *a)
{
	/* With fallback to areas these are those of all cells. */
	const struct locate_cell *c = q->narea > 0 ? q->area : q->cell;
	size_t i, n = q->narea > 0 ? q->narea : q->ncell;
	const int16_t *regions;

	*need = *q;
	need->cell = NULL;
	need->ncell = need->narea = 0;
	need->only_named = 1;
	need->area = base_arena_alloc(a, n * sizeof(*need->area));
	if (need->area == NULL)
		return -1;
	for (i = 0; i < n; i++)
		if (geo_region_of_mcc(c[i].cell.mcc, &regions) > 1)
			need->area[need->narea++] = c[i];
	return 0;
}

/*
 * Add a result for each region that has a SCORE.  There is room for three
 * kinds of network times all regions, and the address.
 */
static void
region_scores(struct locate_region *s, enum locate_result_kind kind,
    const double *score)
{
	int n = geo_region_count(), r;

	for (r = 0; r < n; r++)
		if (score[r] > 0)
			s->at[s->n++] = (struct locate_region_result){
				.source = LOCATE_RESULT_INTERNAL,
				.kind = kind,
				.region = r,
				.score = score[r]
			};
}

/*
 * The score of every usable station counts for its region.  One is enough:
 * that it is somewhere in a country gives nobody away, while its position
 * would.  Most questions for a region name no networks, so here and below
 * nothing is done for none.
 */
static void
region_macs(struct locate_region *s, enum locate_result_kind kind,
    const struct station_row *row, size_t n, int as_ichnaea, int64_t now_s)
{
	enum obs_kind of = kind == LOCATE_RESULT_BLUE ? OBS_BLUE : OBS_WIFI;
	int64_t today = base_civil_day_of(now_s);
	double score[LOCATE_REGION_MAX];
	size_t i;
	int r;

	if (n == 0)
		return;
	memset(score, 0, sizeof(score));
	for (i = 0; i < n; i++)
		if (locate_weigh_usable(&row[i], today) && (as_ichnaea ||
		    !locate_weigh_withheld(&row[i], of)) &&
		    (r = geo_region_find(row[i].region)) != GEO_REGION_NONE)
			score[r] += station_score_row(&row[i], now_s);
	region_scores(s, kind, score);
}

/*
 * Each of N cells speaks for all regions of its country code alike, whether it
 * is known or not.
 */
static void
score_codes(double *score, const struct locate_cell *c, size_t n)
{
	const int16_t *regions;
	int i, of;

	for (; n > 0; c++, n--) {
		of = geo_region_of_mcc(c->cell.mcc, &regions);
		for (i = 0; i < of; i++)
			score[regions[i]] += 1.0 / of;
	}
}

/*
 * A cell counts twice, once more as its area if that is allowed: so it beats
 * what GeoIP says.
 */
static void
region_cells(struct locate_region *s, const struct locate_query *q,
    const struct locate_found *f, int64_t now_s)
{
	double score[LOCATE_REGION_MAX];
	const struct station_area *area;
	size_t i;
	int r;

	if (q->ncell == 0 && q->narea == 0)
		return;		/* no region has a score to add to */
	memset(score, 0, sizeof(score));
	score_codes(score, q->cell, q->ncell);
	score_codes(score, q->area, q->narea);
	for (i = 0; i < f->narea; i++) {
		area = &f->area[i];
		if (locate_weigh_placed(area->lat, area->lon) &&
		    (r = geo_region_find(area->region)) != GEO_REGION_NONE &&
		    score[r] > 0)
			score[r] += station_score_area(area, now_s);
	}
	region_scores(s, LOCATE_RESULT_CELL, score);
}

/*
 * What GeoIP says of the address: a fallback only if there was anything
 * better.
 */
static void
region_address(struct locate_region *s, const struct locate_query *q)
{
	struct locate_region_result *to = &s->at[s->n];

	assert(s->n < sizeof(s->at) / sizeof(s->at[0]));
	if (!q->ipf || q->ip == NULL ||
	    (to->region = geo_region_find(q->ip->code)) == GEO_REGION_NONE)
		return;
	to->source = LOCATE_RESULT_GEOIP;
	to->kind = LOCATE_RESULT_IP;
	to->score = q->ip->score;
	to->fallback = locate_query_has_networks(q) ? "ipf" : NULL;
	s->n++;
}

/*
 * The region with the highest sum; of equal ones the largest, which is the
 * more likely to be meant, and of these the first met.
 */
static int
best_region(const struct locate_region *s)
{
	double sum[LOCATE_REGION_MAX];
	int best = GEO_REGION_NONE, r;
	size_t i;

	for (i = 0; i < s->n; i++)
		sum[s->at[i].region] = 0;
	for (i = 0; i < s->n; i++)
		sum[s->at[i].region] += s->at[i].score;
	for (i = 0; i < s->n; i++) {
		r = s->at[i].region;
		if (best == GEO_REGION_NONE || sum[r] > sum[best] ||
		    (sum[r] == sum[best] &&
		    geo_region_radius_m(r) > geo_region_radius_m(best)))
			best = r;
	}
	return best;
}

/*
 * The sums decide which region; among its own results the source closest to
 * the ground, and of that the highest score, is the answer.
 */
void
locate_region_search(struct locate_region *s, const struct locate_query *q,
    const struct locate_found *f, int64_t now_s)
{
	const struct locate_region_result *r;
	int region;
	size_t i;

	assert(geo_region_count() <= LOCATE_REGION_MAX);
	s->n = 0;
	s->best = NULL;
	region_macs(s, LOCATE_RESULT_BLUE, f->blue, f->nblue,
	    q->as_ichnaea, now_s);
	region_macs(s, LOCATE_RESULT_WIFI, f->wifi, f->nwifi,
	    q->as_ichnaea, now_s);
	region_cells(s, q, f, now_s);
	region_address(s, q);
	region = best_region(s);
	for (i = 0; i < s->n; i++) {
		r = &s->at[i];
		if (r->region == region && (s->best == NULL ||
		    r->source < s->best->source ||
		    (r->source == s->best->source &&
		    r->score > s->best->score)))
			s->best = r;
	}
}
