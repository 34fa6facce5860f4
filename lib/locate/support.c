/* SPDX-License-Identifier: ISC */
/*
 * A station is near where it was heard best, within a scale that grows with its
 * spread and falls with the signal of the query.  Stations that vouch for each
 * other are a company (locate/company.h), and only the members of one answer.
 * Each station collects the votes of those of its company within reach of it,
 * the more the better they agree; stations of one device, whose addresses
 * differ in the last byte alone, share a vote, as they move house together.
 * The best supported one is the seed, and the position a robust mean of it and
 * what is within its reach.
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
#include "locate/result.h"
#include "locate/support.h"
#include "station/peak.h"
#include "station/row.h"

#define UNKNOWN_DBM	(-90)
#define USUAL_DBM	(-80.0)
#define RANGE_DB	100.0	/* dB louder, for a tenth of the variance */
#define QUIET_DBM	(-128)	/* signals from this one to -1 have a table */
#define VOTE_DAYS	365.0	/* after which a vote has lost its half, ... */
#define STEPS		8	/* of the robust mean */
#define MIN_M		20.0	/* the best accuracy that is stated */
#define KNOWN_POWER	(-0.085) /* what is better known is nearer */
#define MIN_KNOWN	1e-3
#define MAX_KNOWN	1e6
#define DEVICE_SHIFT	8	/* bits of an address that its device lacks */

const struct locate_support_kind locate_support_blue = {
	LOCATE_RESULT_BLUE, 150, 50, 30, 100, 10, 82, 57
};
const struct locate_support_kind locate_support_wifi = {
	LOCATE_RESULT_WIFI, 500, 150, 60, 300, 20, 215, 170
};

/*
 * 10 to the power of (USUAL_DBM - dbm) / RANGE_DB for the signals that there
 * are, as pow() takes longer than all else that is done for a station: each is
 * a product of some of these factors, one for each bit of what DBM is below -1.
 */
#define BIT(n, bit, factor)	((n) & (bit) ? (factor) : 1.0L)
#define LOUD(n)	(double)(0.16218100973589299728L * \
	    BIT(n, 1, 1.02329299228075413097L) * \
	    BIT(n, 2, 1.04712854805089953346L) * \
	    BIT(n, 4, 1.09647819614318501314L) * \
	    BIT(n, 8, 1.20226443461741290583L) * \
	    BIT(n, 16, 1.44543977074592751193L) * \
	    BIT(n, 32, 2.08929613085403948312L) * \
	    BIT(n, 64, 4.36515832240165967464L))
#define LOUD_4(n)	LOUD(n), LOUD((n) + 1), LOUD((n) + 2), LOUD((n) + 3)
#define LOUD_16(n)	LOUD_4(n), LOUD_4((n) + 4), LOUD_4((n) + 8), \
	    LOUD_4((n) + 12)
#define LOUD_64(n)	LOUD_16(n), LOUD_16((n) + 16), LOUD_16((n) + 32), \
	    LOUD_16((n) + 48)

static const double loud[-QUIET_DBM] = { LOUD_64(0), LOUD_64(64) };

/* How much a station's variance is for signal DBM, compared with the usual. */
static double
loudness(int32_t dbm)
{
	return dbm >= QUIET_DBM && dbm < 0 ? loud[-1 - dbm] :
	    pow(10, (USUAL_DBM - dbm) / RANGE_DB);
}

/*
 * Those that count, the better known first.  What the pairs of them are looked
 * at for stands in arrays, side by side.
 */
struct crowd {
	struct locate_mac_station	*at[LOCATE_SUPPORT_MAX];
	uint64_t			 number[LOCATE_SUPPORT_MAX];
	double				 lat[LOCATE_SUPPORT_MAX];
	double				 lon[LOCATE_SUPPORT_MAX];
	double				 var[LOCATE_SUPPORT_MAX];
	double				 vote[LOCATE_SUPPORT_MAX];
	/* Its number, as one that is compared beside the others. */
	double				 company[LOCATE_SUPPORT_MAX];
	int				 device[LOCATE_SUPPORT_MAX];
	int				 shared;	/* is a device of two */
	size_t				 n;
	struct locate_companies		*companies;
};

/*
 * 1 if X comes before Y: the better known first; then by address, so that the
 * order of rows is nothing.
 */
static int
is_before(const struct locate_mac_station *x,
    const struct locate_mac_station *y)
{
	return x->scale_m != y->scale_m ? x->scale_m < y->scale_m :
	    memcmp(x->row->key, y->row->key, RADIO_MAC_LEN) < 0;
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
    const struct locate_support_kind *k, enum obs_kind kind, int64_t today)
{
	int32_t dbm = s->heard->signal_dbm == LOCATE_UNKNOWN ||
	    s->heard->signal_dbm == 0 ? UNKNOWN_DBM : s->heard->signal_dbm;
	struct station_peak peak;
	struct geo_plane plane;

	s->is_made_up = !station_peak_get(&peak, s->row, kind);
	s->lat = peak.lat;
	s->lon = peak.lon;
	geo_plane_init(&plane, s->lat, s->lon);
	s->cos_lat = plane.cos_lat;
	s->signal_dbm = dbm;
	s->spread_m = peak.spread_m;
	s->known = locate_result_clamp(peak.weight, MIN_KNOWN, MAX_KNOWN);
	s->is_moving = peak.spread_m > k->moving_m;
	s->vote = 1 / sqrt(1 + days_silent(s->row, today) / VOTE_DAYS);
	s->scale_m = sqrt((k->range_m * k->range_m +
	    peak.spread_m * peak.spread_m) * loudness(dbm));
}

/*
 * What the row of S tells of who has heard it, and with whom.  Its peak tells
 * whether its state is of its place, see station_trust_get().
 */
static void
read_trust(struct locate_mac_station *s, const struct locate_mac_ask *q,
    enum obs_kind kind, int64_t today)
{
	if (s->is_made_up || !station_trust_read(&s->trust,
	    s->row->trust.byte, s->row->trust.len))
		station_trust_get(&s->trust, s->row, kind);
	else
		s->nmark = station_trust_read_marks(s->mark, s->row);
	s->is_adopted = !q->no_adopted &&
	    (s->trust.flags & STATION_TRUST_ADOPTED) != 0;
	s->is_doubtful = station_trust_is_doubtful(&s->trust, today);
}

/* Put S where it belongs in C; of too many the last one is left out. */
static void
insert(struct crowd *c, struct locate_mac_station *s)
{
	size_t i = c->n;

	if (c->n < LOCATE_SUPPORT_MAX)
		c->n++;
	else if (!is_before(s, c->at[--i]))
		return;
	for (; i > 0 && is_before(s, c->at[i - 1]); i--)
		c->at[i] = c->at[i - 1];
	c->at[i] = s;
}

/*
 * Make a crowd of the stations that do not move, and find its companies.  The
 * device of each is the first in order with the same first bytes of the
 * address.
 */
static void
gather(struct crowd *c, struct locate_mac_found *mf,
    const struct locate_support_kind *k)
{
	struct locate_mac_station *s;
	size_t i, j;

	c->shared = 0;
	for (i = 0; i < mf->n; i++)
		if (!mf->at[i].is_moving && !mf->at[i].is_withheld)
			insert(c, &mf->at[i]);
	for (i = 0; i < c->n; i++) {
		s = c->at[i];
		c->number[i] = radio_mac_number(s->row->key) >> DEVICE_SHIFT;
		for (j = 0; c->number[j] != c->number[i]; j++)
			;
		s->device = c->device[i] = (int)j;
		c->shared |= j < i;
		c->lat[i] = s->lat;
		c->lon[i] = s->lon;
		c->var[i] = s->scale_m * s->scale_m;
		c->vote[i] = s->vote;
	}
	locate_company_find(c->companies, c->at, c->n, k->reach_m);
	for (i = 0; i < c->n; i++)
		c->company[i] = c->at[i]->company;
}

/* The plane at station I of C. */
static struct geo_plane
plane_at(const struct crowd *c, size_t i)
{
	return (struct geo_plane){ c->lat[i], c->lon[i], c->at[i]->cos_lat };
}

/*
 * The sum of the votes V, 0 if there is only one; of each device only the best
 * counts.
 */
static double
sum_of_votes(const struct crowd *c, const double *v)
{
	double best[LOCATE_SUPPORT_MAX], sum = 0;
	size_t j, votes = 0;

	for (j = 0; j < c->n; j++) {
		sum += v[j];
		votes += v[j] > 0;
	}
	if (votes < 2)
		return 0;
	if (!c->shared)
		return sum;
	for (j = 0; j < c->n; j++)
		best[j] = 0;
	for (j = 0; j < c->n; j++)
		if (v[j] > best[c->device[j]])
			best[c->device[j]] = v[j];
	for (j = 0, sum = 0; j < c->n; j++)
		sum += best[j];
	return sum;
}

/*
 * How well station I of C is supported by its company, and what the cells say.
 * 0 if it is alone within its reach, or its company does not answer.  There is
 * no branch in the loop over all pairs: votes that do not count are 0 there,
 * and all others are not.
 */
static double
support_of(const struct crowd *c, size_t i,
    const struct locate_support_kind *k, const struct locate_circle *near)
{
	const struct geo_plane at = plane_at(c, i);
	double v[LOCATE_SUPPORT_MAX], reach_sq = k->reach_m * k->reach_m;
	double company = c->company[i], var = c->var[i], sq, sum, vote;
	size_t j, n = c->n;

	if (!locate_company_answers(c->companies, c->at[i]->company))
		return 0;
#pragma omp simd private(sq, vote)
	for (j = 0; j < n; j++) {
		sq = geo_plane_sq_m(&at, c->lat[j], c->lon[j]);
		vote = c->vote[j] / (1 + sq / (var + c->var[j]));
		v[j] = ((c->company[j] == company) & (sq <= reach_sq)) ? vote :
		    0.0;
	}
	if ((sum = sum_of_votes(c, v)) == 0)
		return 0;
	if (near != NULL)
		sum += 1 / (1 + geo_plane_sq_m(&at, near->lat, near->lon) /
		    (near->radius_m * near->radius_m));
	return sum;
}

/* The members that are used, on the plane at the seed. */
struct group {
	double	x[LOCATE_SUPPORT_MAX], y[LOCATE_SUPPORT_MAX];
	double	w[LOCATE_SUPPORT_MAX];		/* weight */
	double	var[LOCATE_SUPPORT_MAX];
	double	known[LOCATE_SUPPORT_MAX];
	int	device[LOCATE_SUPPORT_MAX];
	size_t	n, devices;
};

/*
 * The members of the company of station FIRST within reach of it, where SEED
 * is, in order, as many as are used at most.  Each weighs by its scale; those
 * of one device share the weight of one.
 */
static void
take_members(struct group *g, const struct crowd *c, size_t first,
    const struct geo_plane *seed, const struct locate_support_kind *k)
{
	double share[LOCATE_SUPPORT_MAX], sq;
	size_t i, n = 0;

	for (i = 0; i < c->n; i++)
		share[i] = 0;
	for (i = 0; i < c->n && n < k->max_used; i++) {
		if (c->at[i]->company != c->at[first]->company)
			continue;
		geo_plane_to(seed, c->lat[i], c->lon[i], &g->x[n], &g->y[n]);
		sq = g->x[n] * g->x[n] + g->y[n] * g->y[n];
		if (!(sq <= k->reach_m * k->reach_m))
			continue;
		g->var[n] = c->var[i];
		g->known[n] = c->at[i]->known;
		g->device[n] = c->device[i];
		share[g->device[n++]]++;
		c->at[i]->used = 1;
		c->at[i]->group = 0;
	}
	for (i = g->devices = 0; i < c->n; i++)
		g->devices += share[i] > 0;
	for (i = 0; i < n; i++)
		g->w[i] = 1 / (g->var[i] * share[g->device[i]]);
	g->n = n;
}

/* The mean of the members weighted by W. */
static void
mean_of(const struct group *g, const double *w, double *x, double *y)
{
	double sx = 0, sy = 0, sum = 0;
	size_t i;

	for (i = 0; i < g->n; i++) {
		sx += w[i] * g->x[i];
		sy += w[i] * g->y[i];
		sum += w[i];
	}
	*x = sx / sum;
	*y = sy / sum;
}

/*
 * A mean in which an outlier pulls less than its distance: iteratively
 * reweighted as for the sum of sqrt(knee^2 + distance^2), which is smooth where
 * the geometric median is not.
 */
static void
robust_mean(const struct group *g, double knee_m, double *x, double *y)
{
	double w[LOCATE_SUPPORT_MAX], knee_sq = knee_m * knee_m, mx, my;
	size_t i, n = g->n;
	int step;

	mean_of(g, g->w, &mx, &my);
	for (step = 0; step < STEPS; step++) {
#pragma omp simd
		for (i = 0; i < n; i++)
			w[i] = g->w[i] / sqrt(knee_sq + (g->x[i] - mx) *
			    (g->x[i] - mx) + (g->y[i] - my) * (g->y[i] - my));
		mean_of(g, w, &mx, &my);
	}
	*x = mx;
	*y = my;
}

/* What the members around X, Y say of how far off it may be. */
static double
accuracy_of_members(const struct group *g, double x, double y,
    const struct locate_support_kind *k, struct locate_support *s)
{
	double sum = 0, away = 0, inverse = 0, known = 0, dx, dy, radius;
	size_t i;

	for (i = 0; i < g->n; i++) {
		dx = g->x[i] - x;
		dy = g->y[i] - y;
		sum += g->w[i];
		away += g->w[i] * sqrt(dx * dx + dy * dy);
		inverse += 1 / g->var[i];
		known += log(g->known[i]) / g->var[i];
	}
	s->devices = g->devices;
	s->stations = g->n;
	s->scatter_m = away / sum;
	s->scale_m = sqrt((double)g->n / inverse);
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
	int64_t today = base_civil_day_of(q->now_s);
	enum obs_kind kind = locate_mac_obs_kind(q->kind);
	double most = 0, sum, x, y;
	size_t i, seed = 0;
	struct geo_plane p;
	struct group g;
	struct crowd c;

	mf->n = 0;
	s->companies.n = s->companies.sources = s->companies.places = 0;
	if (q->nheard == 0 || q->nrow == 0)
		return 0;
	if (locate_mac_collect(q, mf, a) == -1)
		return -1;
	for (i = 0; i < mf->n; i++) {
		weigh_station(&mf->at[i], k, kind, today);
		read_trust(&mf->at[i], q, kind, today);
	}
	c.n = 0;
	c.companies = &s->companies;
	gather(&c, mf, k);
	for (i = 0; i < c.n; i++)
		if ((sum = support_of(&c, i, k, near)) > most) {
			most = sum;
			seed = i;
		}
	if (most == 0)
		return 0;
	p = plane_at(&c, seed);
	take_members(&g, &c, seed, &p, k);
	assert(g.n >= 1 && g.n <= k->max_used);
	robust_mean(&g, k->knee_m, &x, &y);
	*r = (struct locate_result){ .source = LOCATE_RESULT_INTERNAL,
	    .kind = k->kind,
	    .accuracy_m = accuracy_of_members(&g, x, y, k, s) };
	geo_plane_from(&p, x, y, &r->lat, &r->lon);
	for (i = 0; i < c.n; i++)
		if (c.at[i]->used)
			r->score += c.at[i]->score;
	s->support = most;
	return 1;
}
