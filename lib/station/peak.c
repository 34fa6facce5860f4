/* SPDX-License-Identifier: ISC */
/*
 * A signal that is 10 dB stronger counts a hundred times as much (see
 * obs/weight.h), so that the peak is about the mean of the places where the
 * station was loudest.  The weight of what was heard earlier halves every
 * year, so that a station which was moved a little follows.
 *
 * The spread is a variance that is merged as variances are: within the batch,
 * within what was known, and between both means and the new one.
 *
 * Everything is computed from the stored, rounded state, so a transaction that
 * is done over gives the same bytes.
 */
#include <assert.h>
#include <math.h>

#include "base/civil.h"
#include "geo/plane.h"
#include "station/merge.h"
#include "station/peak.h"
#include "station/row.h"

#define E7		1e7	/* degrees to the unit of the columns */
#define DM		10.0	/* metres to that of the spread */
#define MAX_SPREAD	65535.0
#define MAX_WEIGHT	1e9
#define HALF_LIFE_DAYS	365.0
#define SLACK_DEG	1e-6	/* that a peak may lie outside of the box */

/* Of what is made up where nothing is stored. */
#define UNKNOWN_WEIGHT	10.0
#define WIFI_SHARE	1.0
#define BLUE_SHARE	0.02	/* beacons are weighed stronger in a mean */
#define MIN_SHARE	0.35	/* of the radius that the spread is */
#define SHARE		1.5

void
station_peak_clear(struct station_row *r)
{
	r->peak_lat = r->peak_lon = r->spread = STATION_ROW_NULL;
	r->peak_weight = NAN;
}

/*
 * All that observations said lies within the box of a row, and so does a peak
 * of them.  One that does not is of another place: a program that knows
 * nothing of peaks has moved the row since.
 */
static int
peak_in_box(const struct station_row *r, double lat, double lon)
{
	if (isnan(r->min_lat) || isnan(r->max_lat) || isnan(r->min_lon) ||
	    isnan(r->max_lon))
		return 1;
	if (lat < r->min_lat - SLACK_DEG || lat > r->max_lat + SLACK_DEG)
		return 0;
	if (r->min_lon <= r->max_lon)
		return lon >= r->min_lon - SLACK_DEG &&
		    lon <= r->max_lon + SLACK_DEG;
	return lon >= r->min_lon - SLACK_DEG || lon <= r->max_lon + SLACK_DEG;
}

/*
 * The fewer samples a row has the more of its radius is chance: of many a
 * third is what most are heard within.
 */
static void
make_up(struct station_peak *p, const struct station_row *r,
    enum obs_kind kind)
{
	double radius = r->radius == STATION_ROW_NULL ? 0 : (double)r->radius;
	double samples = r->samples == STATION_ROW_NULL ? 1 :
	    fmax((double)r->samples, 1);

	p->lat = r->lat;
	p->lon = r->lon;
	p->weight = fmin(isnan(r->weight) ? 0 : r->weight, UNKNOWN_WEIGHT) *
	    (kind == OBS_BLUE ? BLUE_SHARE : WIFI_SHARE);
	p->spread_m = radius * fmin(fmax(SHARE / sqrt(samples), MIN_SHARE),
	    1);
}

int
station_peak_get(struct station_peak *p, const struct station_row *r,
    enum obs_kind kind)
{
	assert(kind != OBS_CELL);
	if (r->peak_lat != STATION_ROW_NULL &&
	    r->peak_lon != STATION_ROW_NULL && !isnan(r->peak_weight) &&
	    r->spread != STATION_ROW_NULL) {
		p->lat = (double)r->peak_lat / E7;
		p->lon = (double)r->peak_lon / E7;
		p->weight = r->peak_weight;
		p->spread_m = (double)r->spread / DM;
		if (fabs(p->lat) <= 90 && fabs(p->lon) <= 180 &&
		    peak_in_box(r, p->lat, p->lon))
			return 1;
	}
	make_up(p, r, kind);
	return 0;
}

void
station_peak_store(struct station_row *r, const struct station_peak *p)
{
	r->peak_lat = (int64_t)rint(p->lat * E7);
	r->peak_lon = (int64_t)rint(geo_plane_wrap(p->lon) * E7);
	r->peak_weight = (float)fmin(p->weight, MAX_WEIGHT);
	r->spread = (int64_t)fmin(rint(p->spread_m * DM), MAX_SPREAD);
}

void
station_peak_sum(struct station_peak *p, const struct station_peak_batch *b)
{
	double lat = 0, lon = 0, first = 0, sq = 0, u = 0;
	const struct obs_obs *o;
	struct geo_plane plane;
	int any = 0;

	geo_plane_init(&plane, b->lat, b->lon);
	for (o = b->obs; o < b->obs + b->n; o++) {
		if (o->is_query != b->is_query)
			continue;
		if (!any)
			first = o->lon;
		any = 1;
		u += o->peak_weight;
		lat += o->peak_weight * o->lat;
		lon += o->peak_weight * geo_plane_unwrap(o->lon, first);
		sq += o->weight * geo_plane_sq_m(&plane, o->lat, o->lon);
	}
	assert(any && u > 0 && b->weight > 0);
	p->lat = lat / u;
	p->lon = lon / u;
	p->weight = u;
	p->spread_m = sqrt(sq / b->weight);
}

void
station_peak_set(struct station_row *r, const struct station_peak_batch *b)
{
	struct station_peak p;

	station_peak_sum(&p, b);
	station_peak_store(r, &p);
}

double
station_peak_faded(const struct station_row *before, double weight, int64_t now)
{
	int64_t days = 0;

	if (before->modified != STATION_ROW_NULL && before->modified < now)
		days = (now - before->modified) / BASE_CIVIL_DAY_S;
	return days == 0 ? weight :
	    weight * exp2(-(double)days / HALF_LIFE_DAYS);
}

void
station_peak_move(struct station_row *r, const struct station_row *before,
    const struct station_peak_batch *b, int64_t now)
{
	struct station_peak p, old;
	struct geo_plane plane;
	double w, sq, old_sq, u;

	assert(b->n > 0);
	station_peak_get(&old, before, b->obs[0].kind);
	station_peak_sum(&p, b);
	w = fmin(isnan(before->weight) ? 0 : before->weight,
	    STATION_MERGE_MAX_OLD);
	geo_plane_init(&plane, r->lat, r->lon);
	sq = p.spread_m * p.spread_m + geo_plane_sq_m(&plane, b->lat, b->lon);
	old_sq = old.spread_m * old.spread_m + geo_plane_sq_m(&plane,
	    before->lat, before->lon);
	p.spread_m = sqrt((b->weight * sq + w * old_sq) / (b->weight + w));

	u = station_peak_faded(before, old.weight, now);
	p.lat = (p.weight * p.lat + u * old.lat) / (p.weight + u);
	p.lon = (p.weight * p.lon + u * geo_plane_unwrap(old.lon, p.lon)) /
	    (p.weight + u);
	p.weight += u;
	station_peak_store(r, &p);
}
