/* SPDX-License-Identifier: ISC */
/*
 * A station is near where it was heard best, within a scale that grows with its
 * spread and falls with the signal of the query.  Each station collects the
 * votes of those within reach of it, the more the better they agree; stations
 * of one device, whose addresses differ in the last byte alone, share a vote,
 * as they move house together.  The best supported one is the seed, and the
 * position a robust mean of it and what is within its reach.
 *
 * Signals explain very little of the distance in real recordings, so there is
 * no trilateration: constants are those that were fitted on recordings of
 * fourteen drives and walks, each left out once, and stand in one table.
 *
 * All work is on the stack but for the list of stations; it is bounded by
 * LOCATE_SUPPORT_MAX squared.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/civil.h"
#include "geo/plane.h"
#include "locate/circle.h"
#include "locate/query.h"
#include "locate/support.h"
#include "station/peak.h"
#include "station/row.h"

#define UNKNOWN_DBM	(-90.0)
#define USUAL_DBM	(-80.0)
#define RANGE_DB	100.0	/* dB louder, for a tenth of the variance */
#define VOTE_DAYS	365.0	/* after which a vote has lost its half, ... */
#define STEPS		8	/* of the robust mean */
#define MIN_M		20.0	/* the best accuracy that is stated */
#define KNOWN_POWER	(-0.085) /* what is better known is nearer */
#define MIN_KNOWN	1e-3
#define MAX_KNOWN	1e6
#define DEVICE_BYTES	5	/* of an address, that its device shares */

const struct locate_support_kind locate_support_blue = {
	LOCATE_RESULT_BLUE, 150, 50, 30, 100, 10, 82, 57
};
const struct locate_support_kind locate_support_wifi = {
	LOCATE_RESULT_WIFI, 500, 150, 60, 300, 20, 215, 170
};

/* Those that count, the nearest first; and whose device they are of. */
struct crowd {
	struct locate_mac_station	*at[LOCATE_SUPPORT_MAX];
	double				 var[LOCATE_SUPPORT_MAX];
	size_t				 n;
};

/* The better known first; by address, so that the order of rows is nothing. */
static int
by_scale(const void *a, const void *b)
{
	const struct locate_mac_station *x =
	    *(struct locate_mac_station *const *)a;
	const struct locate_mac_station *y =
	    *(struct locate_mac_station *const *)b;

	if (x->scale_m != y->scale_m)
		return x->scale_m < y->scale_m ? -1 : 1;
	return memcmp(x->row->key, y->row->key, RADIO_MAC_LEN);
}

/* Days since R was last heard of, by anybody; 0 if that is not known. */
static double
days_silent(const struct station_row *r, int64_t today)
{
	int64_t day = r->last_seen;

	if (r->modified != STATION_ROW_NULL &&
	    base_civil_day_of(r->modified) > day)
		day = base_civil_day_of(r->modified);
	return day == STATION_ROW_NULL || day > today ? 0 :
	    (double)(today - day);
}

/* What the row of S, and the query, tell of where it is heard. */
static void
weigh_station(struct locate_mac_station *s,
    const struct locate_support_kind *k, int64_t today)
{
	double dbm = s->heard->signal_dbm == LOCATE_UNKNOWN ||
	    s->heard->signal_dbm == 0 ? UNKNOWN_DBM : s->heard->signal_dbm;
	struct station_peak peak;

	s->is_made_up = !station_peak_get(&peak, s->row,
	    k->kind == LOCATE_RESULT_BLUE ? OBS_BLUE : OBS_WIFI);
	s->lat = peak.lat;
	s->lon = peak.lon;
	s->signal_dbm = dbm;
	s->spread_m = peak.spread_m;
	s->known = fmin(fmax(peak.weight, MIN_KNOWN), MAX_KNOWN);
	s->is_moving = peak.spread_m > k->moving_m;
	s->vote = 1 / sqrt(1 + days_silent(s->row, today) / VOTE_DAYS);
	s->scale_m = sqrt((k->range_m * k->range_m +
	    peak.spread_m * peak.spread_m) *
	    pow(10, (USUAL_DBM - dbm) / RANGE_DB));
}

/*
 * Make a crowd of the stations that do not move.  The device of each is the
 * first in order with the same first bytes of the address.
 */
static int
gather(struct crowd *c, struct locate_mac_found *mf, struct base_arena *a)
{
	struct locate_mac_station **all;
	size_t i, j, n = 0;

	if ((all = base_arena_alloc(a, mf->n * sizeof(*all))) == NULL)
		return -1;
	for (i = 0; i < mf->n; i++)
		if (!mf->at[i].is_moving)
			all[n++] = &mf->at[i];
	qsort(all, n, sizeof(*all), by_scale);
	c->n = n < LOCATE_SUPPORT_MAX ? n : LOCATE_SUPPORT_MAX;
	for (i = 0; i < c->n; i++) {
		c->at[i] = all[i];
		c->var[i] = all[i]->scale_m * all[i]->scale_m;
		for (j = 0; memcmp(all[j]->row->key, all[i]->row->key,
		    DEVICE_BYTES) != 0; j++)
			;
		all[i]->device = (int)j;
	}
	return 0;
}

/*
 * How well station I of C is supported: of each device the best vote counts,
 * and what the cells say.  0 if it is alone within its reach.
 */
static double
support_of(const struct crowd *c, size_t i,
    const struct locate_support_kind *k, const struct locate_circle *near)
{
	double best[LOCATE_SUPPORT_MAX] = { 0 }, sq, v, sum = 0;
	struct geo_plane at;
	size_t j, members = 0;

	geo_plane_init(&at, c->at[i]->lat, c->at[i]->lon);
	for (j = 0; j < c->n; j++) {
		sq = geo_plane_sq_m(&at, c->at[j]->lat, c->at[j]->lon);
		if (!(sq <= k->reach_m * k->reach_m))
			continue;
		members++;
		v = c->at[j]->vote / (1 + sq / (c->var[i] + c->var[j]));
		best[c->at[j]->device] = fmax(best[c->at[j]->device], v);
	}
	if (members < 2)
		return 0;
	for (j = 0; j < c->n; j++)
		sum += best[j];
	if (near != NULL)
		sum += 1 / (1 + geo_plane_sq_m(&at, near->lat, near->lon) /
		    (near->radius_m * near->radius_m));
	return sum;
}

/* A member of the group that is used, on the plane at its seed. */
struct member {
	double	x, y, w, var, known;
	int	device;
};

/*
 * The members within reach of SEED, in order, MAX at most: they are used.
 * Each weighs by its scale; those of one device share the weight of one.
 */
static size_t
take_members(const struct crowd *c, const struct geo_plane *seed,
    const struct locate_support_kind *k, struct member *m)
{
	size_t share[LOCATE_SUPPORT_MAX] = { 0 }, i, n = 0;

	for (i = 0; i < c->n && n < k->max_used; i++) {
		if (!(geo_plane_sq_m(seed, c->at[i]->lat, c->at[i]->lon) <=
		    k->reach_m * k->reach_m))
			continue;
		geo_plane_to(seed, c->at[i]->lat, c->at[i]->lon, &m[n].x,
		    &m[n].y);
		m[n].var = c->var[i];
		m[n].known = c->at[i]->known;
		m[n].device = c->at[i]->device;
		share[m[n++].device]++;
		c->at[i]->used = 1;
		c->at[i]->group = 0;
	}
	for (i = 0; i < n; i++)
		m[i].w = 1 / (m[i].var * (double)share[m[i].device]);
	return n;
}

/*
 * A mean in which an outlier pulls less than its distance: iteratively
 * reweighted as for the sum of sqrt(knee^2 + distance^2), which is smooth where
 * the geometric median is not.
 */
static void
robust_mean(const struct member *m, size_t n, double knee_m, double *x,
    double *y)
{
	double sx, sy, sum, w, dx, dy;
	size_t i;
	int step;

	*x = *y = 0;
	for (step = 0; step <= STEPS; step++) {
		sx = sy = sum = 0;
		for (i = 0; i < n; i++) {
			dx = m[i].x - *x;
			dy = m[i].y - *y;
			w = step == 0 ? m[i].w :
			    m[i].w / sqrt(knee_m * knee_m + dx * dx + dy * dy);
			sx += w * m[i].x;
			sy += w * m[i].y;
			sum += w;
		}
		*x = sx / sum;
		*y = sy / sum;
	}
}

/* What the members around X, Y say of how far off it may be. */
static double
accuracy_of_members(const struct member *m, size_t n, double x, double y,
    const struct locate_support_kind *k, struct locate_support *s)
{
	double sum = 0, away = 0, inverse = 0, known = 0, radius;
	int seen[LOCATE_SUPPORT_MAX] = { 0 };
	size_t i;

	s->devices = 0;
	s->stations = n;
	for (i = 0; i < n; i++) {
		sum += m[i].w;
		away += m[i].w * hypot(m[i].x - x, m[i].y - y);
		inverse += 1 / m[i].var;
		known += log(m[i].known) / m[i].var;
		s->devices += !seen[m[i].device];
		seen[m[i].device] = 1;
	}
	s->scatter_m = away / sum;
	s->scale_m = sqrt((double)n / inverse);
	s->known = exp(known / inverse);
	radius = s->scale_m / k->scale_m;
	radius = k->radius_m * radius * radius * pow(s->known, KNOWN_POWER);
	return fmax(hypot(radius, s->scatter_m), MIN_M);
}

/*
 * The station that most others support is where the position is sought, and
 * stations that are far from it have no say, as one that was moved must not
 * pull the mean.
 */
int
locate_support_search(const struct locate_mac_ask *q,
    const struct locate_support_kind *k, const struct locate_circle *near,
    struct locate_result *r, struct locate_support *s,
    struct locate_mac_found *mf, struct base_arena *a)
{
	struct member m[LOCATE_SUPPORT_MAX];
	double most = 0, sum, x, y;
	size_t i, n, seed = 0;
	struct geo_plane p;
	struct crowd c;

	mf->n = 0;
	if (q->nheard == 0 || q->nrow == 0)
		return 0;
	if (locate_mac_collect(q, mf, a) == -1)
		return -1;
	for (i = 0; i < mf->n; i++)
		weigh_station(&mf->at[i], k, base_civil_day_of(q->now_s));
	if (gather(&c, mf, a) == -1)
		return -1;
	for (i = 0; i < c.n; i++)
		if ((sum = support_of(&c, i, k, near)) > most) {
			most = sum;
			seed = i;
		}
	if (most == 0)
		return 0;
	geo_plane_init(&p, c.at[seed]->lat, c.at[seed]->lon);
	n = take_members(&c, &p, k, m);
	assert(n >= 1 && n <= k->max_used);
	robust_mean(m, n, k->knee_m, &x, &y);
	*r = (struct locate_result){ .source = LOCATE_RESULT_INTERNAL,
	    .kind = k->kind,
	    .accuracy_m = accuracy_of_members(m, n, x, y, k, s) };
	geo_plane_from(&p, x, y, &r->lat, &r->lon);
	for (i = 0; i < c.n; i++)
		if (c.at[i]->used)
			r->score += c.at[i]->score;
	s->support = most;
	return 1;
}
