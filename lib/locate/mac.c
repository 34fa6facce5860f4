/* SPDX-License-Identifier: ISC */
/*
 * Clusters are those of complete linkage: every pair of a cluster is at most
 * cluster_m apart.  Pairs that are surely farther apart can never share a
 * cluster, so the stations are first split into components by a cheap lower
 * bound of the distance, and a component whose bounding box is surely small
 * is one cluster as a whole.  Only what remains needs exact distances: the
 * clusters are the same as without these short cuts.
 *
 * The position minimises the sum of (weight * distance) squared, from where
 * lib/ichnaea's solver stops, so that it is Ichnaea's to the last digit.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/civil.h"
#include "geo/dist.h"
#include "ichnaea/solve.h"
#include "locate/mac.h"
#include "locate/query.h"
#include "locate/weigh.h"
#include "station/row.h"
#include "station/score.h"

/*
 * Metres of one degree along a meridian: least at the equator, most at the
 * poles; and of longitude at the equator, where it is less than anywhere
 * else for its cosine.
 */
#define MIN_M_PER_DEG	110574.0
#define MAX_M_PER_DEG	111694.5
#define LON_M_PER_DEG	111319.0
#define RAD		(M_PI / 180.0)

#define FEW		32	/* networks that are not sorted to find one */

const struct locate_mac_kind locate_mac_blue = { LOCATE_RESULT_BLUE, 100, 10,
    10, 50, -127 };
const struct locate_mac_kind locate_mac_wifi = { LOCATE_RESULT_WIFI, 500, 20,
    10, 500, -100 };

/* A network of the query, to find those of rows by their addresses. */
struct wanted {
	uint64_t		 number;	/* of the address */
	const struct locate_mac	*heard;
};

struct wanted_list {
	struct wanted	*at;
	size_t		 n;
	size_t		 next;	/* where the one of the next row may be */
};

static int
by_number(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* The networks of Q, sorted if they are more than a few. */
static int
list_wanted(struct wanted_list *l, const struct locate_mac_ask *q,
    struct base_arena *a)
{
	size_t i;

	l->n = q->nheard;
	l->next = 0;
	if ((l->at = base_arena_alloc(a, l->n * sizeof(*l->at))) == NULL)
		return -1;
	for (i = 0; i < l->n; i++) {
		l->at[i].number = radio_mac_number(q->heard[i].mac);
		l->at[i].heard = &q->heard[i];
	}
	if (l->n > FEW)
		qsort(l->at, l->n, sizeof(*l->at), by_number);
	return 0;
}

/*
 * What the query says of address MAC, or NULL.  Among a few the search goes
 * from one to the next, and begins behind the last one that was found, as rows
 * often come in the order in which they were asked for.
 */
static const struct locate_mac *
find_wanted(struct wanted_list *l, const uint8_t *mac)
{
	const struct wanted want = { .number = radio_mac_number(mac) }, *hit;
	size_t i, left;

	if (l->n > FEW) {
		hit = bsearch(&want, l->at, l->n, sizeof(*l->at), by_number);
		return hit == NULL ? NULL : hit->heard;
	}
	for (i = l->next, left = l->n; left > 0; left--) {
		hit = &l->at[i];
		i = i + 1 < l->n ? i + 1 : 0;
		if (hit->number == want.number) {
			l->next = i;
			return hit->heard;
		}
	}
	return NULL;
}

/*
 * Descending, and by address, so that the choice does not depend on the rows'
 * order.
 */
static int
by_score(const void *a, const void *b)
{
	const struct locate_mac_station *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return memcmp(x->row->key, y->row->key, RADIO_MAC_LEN);
}

/* By the order in which the query first names their table, then by MAC. */
static int
by_shard(const void *a, const void *b, void *arg)
{
	const struct locate_mac_station *x = a, *y = b;
	const int *rank = arg;
	int d;

	d = rank[radio_mac_shard(x->row->key)] -
	    rank[radio_mac_shard(y->row->key)];
	return d != 0 ? d : memcmp(x->row->key, y->row->key, RADIO_MAC_LEN);
}

enum obs_kind
locate_mac_obs_kind(const struct locate_mac_kind *k)
{
	return k->kind == LOCATE_RESULT_BLUE ? OBS_BLUE : OBS_WIFI;
}

/*
 * Rows are looked up among the networks heard, not the other way round: rows
 * are fewer, and keep the order in which the database gave them.
 */
int
locate_mac_collect(const struct locate_mac_ask *q, struct locate_mac_found *mf,
    struct base_arena *a)
{
	const struct locate_mac *hit;
	enum obs_kind kind = locate_mac_obs_kind(q->kind);
	int64_t today = base_civil_day_of(q->now_s);
	struct locate_mac_station *s;
	struct wanted_list wanted;
	int withheld;
	size_t i;

	mf->at = base_arena_calloc(a, q->nrow, sizeof(*mf->at));
	if (mf->at == NULL || list_wanted(&wanted, q, a) == -1)
		return -1;
	for (i = 0; i < q->nrow; i++) {
		withheld = q->with_withheld &&
		    locate_weigh_withheld(&q->row[i], kind);
		if (!locate_weigh_placed(q->row[i].lat, q->row[i].lon) ||
		    (!withheld && station_score_blocked(&q->row[i], today)))
			continue;
		if ((hit = find_wanted(&wanted, q->row[i].key)) == NULL)
			continue;
		s = &mf->at[mf->n++];
		s->row = &q->row[i];
		s->heard = hit;
		s->lat = q->row[i].lat;
		s->lon = q->row[i].lon;
		s->age_ms = locate_weigh_age(s->heard->age_ms);
		s->signal_dbm = s->heard->signal_dbm == LOCATE_UNKNOWN ||
		    s->heard->signal_dbm == 0 ? q->kind->signal_dbm :
		    s->heard->signal_dbm;
		s->score = station_score_row(s->row, q->now_s);
		s->group = s->company = -1;
		s->is_withheld = withheld;
	}
	return 0;
}

/*
 * Put the stations in the order of by_shard().  Of more than LOCATE_MAC_MAX
 * the best-scored stay, so that a query of thousands costs no more than one of
 * hundreds.
 */
static void
order_stations(const struct locate_mac_ask *q, struct locate_mac_found *mf)
{
	int rank[RADIO_MAC_SHARDS] = { 0 }, next = 1;
	size_t i;

	for (i = 0; i < q->nheard; i++)
		if (rank[radio_mac_shard(q->heard[i].mac)] == 0)
			rank[radio_mac_shard(q->heard[i].mac)] = next++;
	if (mf->n > LOCATE_MAC_MAX) {
		qsort(mf->at, mf->n, sizeof(*mf->at), by_score);
		mf->n = LOCATE_MAC_MAX;
	}
	qsort_r(mf->at, mf->n, sizeof(*mf->at), by_shard, rank);
}

/* 1 if two stations are surely farther apart than LIMIT_M. */
static int
apart(const struct locate_mac_station *x, const struct locate_mac_station *y,
    double limit_m)
{
	double dlat = fabs(x->lat - y->lat), dlon = fabs(x->lon - y->lon);
	double far;

	if (dlat * MIN_M_PER_DEG > limit_m)
		return 1;
	/* No path of that length gets nearer to a pole than this. */
	far = fmax(fabs(x->lat), fabs(y->lat)) + limit_m / MIN_M_PER_DEG;
	if (far >= 90)
		return 0;
	return fmin(dlon, 360 - dlon) * LON_M_PER_DEG * cos(far * RAD) >
	    limit_m;
}

/* 1 if all pairs of N stations are surely at most LIMIT_M apart. */
static int
together(const struct locate_mac_station *s, const int *who, size_t n,
    double limit_m)
{
	double north = -90, south = 90, east = -180, west = 180, x, y;
	size_t i;

	for (i = 0; i < n; i++) {
		north = fmax(north, s[who[i]].lat);
		south = fmin(south, s[who[i]].lat);
		east = fmax(east, s[who[i]].lon);
		west = fmin(west, s[who[i]].lon);
	}
	y = (north - south) * MAX_M_PER_DEG;
	x = (east - west) * MAX_M_PER_DEG;
	if (south * north > 0)
		x *= cos(fmin(fabs(north), fabs(south)) * RAD);
	return hypot(x, y) + 0.01 < limit_m;
}

/* The nearest other cluster of I, or -1. */
static int
nearest(const double *d, const char *gone, size_t n, size_t i)
{
	int best = -1;
	size_t j;

	for (j = 0; j < n; j++)
		if (j != i && !gone[j] &&
		    (best == -1 || d[i * n + j] < d[i * n + (size_t)best]))
			best = (int)j;
	return best;
}

/*
 * Complete linkage among the N stations WHO: merge the two nearest clusters
 * while no pair of the result is more than LIMIT_M apart.  Sets the group of
 * each station to the first of its cluster.
 */
static int
link_nearest(struct locate_mac_station *s, const int *who, size_t n,
    double limit_m, struct base_arena *a)
{
	size_t i, j, k, into;
	double *d;
	char *gone;
	int *near;

	d = base_arena_alloc(a, n * n * sizeof(*d));
	gone = base_arena_calloc(a, n, 1);
	near = base_arena_alloc(a, n * sizeof(*near));
	if (d == NULL || gone == NULL || near == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		s[who[i]].group = who[i];
		for (j = 0; j < i; j++)
			d[i * n + j] = d[j * n + i] = apart(&s[who[i]],
			    &s[who[j]], limit_m) ? INFINITY :
			    geo_dist_m(s[who[i]].lat, s[who[i]].lon,
			    s[who[j]].lat, s[who[j]].lon);
	}
	for (i = 0; i < n; i++)
		near[i] = nearest(d, gone, n, i);
	for (;;) {
		into = n;
		for (i = 0; i < n; i++)
			if (!gone[i] && near[i] != -1 && (into == n ||
			    d[i * n + (size_t)near[i]] <
			    d[into * n + (size_t)near[into]]))
				into = i;
		if (into == n ||
		    !(d[into * n + (size_t)near[into]] <= limit_m))
			return 0;
		j = (size_t)near[into];
		gone[j] = 1;
		for (k = 0; k < n; k++) {
			d[into * n + k] = d[k * n + into] =
			    fmax(d[into * n + k], d[j * n + k]);
			if (s[who[k]].group == who[j])
				s[who[k]].group = who[into];
		}
		for (k = 0; k < n; k++)
			if (!gone[k] && (k == into || near[k] == (int)j ||
			    near[k] == (int)into))
				near[k] = nearest(d, gone, n, k);
	}
}

/*
 * The component of station I: WHO lists those not taken before, NWHO of
 * them; the component's members move to its front.  Returns their number.
 */
static size_t
component(const struct locate_mac_station *s, int *who, size_t nwho,
    double limit_m)
{
	size_t done, n = 1, i;
	int tmp;

	for (done = 0; done < n; done++)
		for (i = n; i < nwho; i++)
			if (!apart(&s[who[done]], &s[who[i]], limit_m)) {
				tmp = who[n];
				who[n++] = who[i];
				who[i] = tmp;
			}
	return n;
}

/* Number the groups by their first member; -1: all alone.  Returns how many. */
static int
number_groups(struct locate_mac_station *s, size_t n)
{
	int *first, groups = 0, map[LOCATE_MAC_MAX], size[LOCATE_MAC_MAX];
	size_t i;

	assert(n <= LOCATE_MAC_MAX);
	memset(size, 0, sizeof(size));
	for (i = 0; i < n; i++) {
		map[i] = -1;
		size[s[i].group]++;
	}
	for (i = 0; i < n; i++) {
		first = &map[s[i].group];
		if (size[s[i].group] < 2) {
			s[i].group = -1;
			continue;
		}
		if (*first == -1)
			*first = groups++;
		s[i].group = *first;
	}
	return groups;
}

/* Set the group of each station.  Returns the number of groups, or -1. */
static int
cluster(struct locate_mac_station *s, size_t n, double limit_m,
    struct base_arena *a)
{
	int who[LOCATE_MAC_MAX] = { 0 };
	size_t from, i, m;

	for (i = 0; i < n; i++)
		who[i] = (int)i;
	if (together(s, who, n, limit_m)) {
		for (i = 0; i < n; i++)
			s[i].group = 0;
		return number_groups(s, n);
	}
	for (from = 0; from < n; from += m) {
		m = component(s, who + from, n - from, limit_m);
		if (!together(s, who + from, m, limit_m)) {
			if (link_nearest(s, who + from, m, limit_m, a) == -1)
				return -1;
			continue;
		}
		for (i = from; i < from + m; i++)
			s[who[i]].group = who[from];
	}
	return number_groups(s, n);
}

/*
 * The order in which stations are taken for a position: the best first.  What
 * follows the score only makes the order total: the sums below are rounded, so
 * another order would be another last digit.
 */
static int
by_use(const void *a, const void *b)
{
	const struct locate_mac_station *x =
	    *(struct locate_mac_station *const *)a;
	const struct locate_mac_station *y =
	    *(struct locate_mac_station *const *)b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	if (x->lat != y->lat)
		return x->lat < y->lat ? -1 : 1;
	if (x->lon != y->lon)
		return x->lon < y->lon ? -1 : 1;
	if (x->row->radius != y->row->radius)
		return x->row->radius < y->row->radius ? -1 : 1;
	if (x->age_ms != y->age_ms)
		return x->age_ms < y->age_ms ? -1 : 1;
	if (x->signal_dbm != y->signal_dbm)
		return x->signal_dbm < y->signal_dbm ? -1 : 1;
	return memcmp(x->row->key, y->row->key, RADIO_MAC_LEN);
}

/* The weight of a station without its score. */
static double
station_weight(const struct locate_mac_station *s)
{
	return locate_weigh_heard(s->age_ms, s->signal_dbm);
}

/* Weighted distances of the point X, for the solver. */
struct sample {
	struct locate_mac_station *const *s;
	size_t	 n;
	double	 weight[ICHNAEA_SOLVE_MAX];
};

/*
 * What the least squares are of: weighted metres from the point to each
 * station.
 */
static void
residuals(const void *ctx, const double x[2], double *r)
{
	const struct sample *p = ctx;
	size_t i;

	for (i = 0; i < p->n; i++)
		r[i] = p->weight[i] * geo_dist_m(x[0], x[1], p->s[i]->lat,
		    p->s[i]->lon);
}

/* Move R, the first estimate, to where the solver stops. */
static void
solve(struct locate_result *r, struct locate_mac_station *const *s, size_t n)
{
	double x[2] = { r->lat, r->lon };
	struct sample p = { .s = s, .n = n };
	size_t i;

	assert(n <= ICHNAEA_SOLVE_MAX);
	for (i = 0; i < n; i++)
		p.weight[i] = station_weight(s[i]);
	if (ichnaea_solve(x, n, residuals, &p)) {
		r->lat = x[0];
		r->lon = x[1];
	}
}

/*
 * The first estimate: the mean weighted by score and weight.  Latitudes and
 * longitudes are averaged as they are, which no cluster of 500 m minds but at
 * the date line and the poles.
 */
static void
estimate(struct locate_result *r, struct locate_mac_station *const *s,
    size_t n)
{
	double lat = 0, lon = 0, sum = 0, w;
	size_t i;

	for (i = 0; i < n; i++) {
		w = s[i]->score * station_weight(s[i]);
		lat += w * s[i]->lat;
		lon += w * s[i]->lon;
		sum += w;
	}
	r->lat = lat / sum;
	r->lon = lon / sum;
}

/*
 * The result of group R->group: the position of its best stations, as accurate
 * as 95 of 100 of them are near, with the score of all of them.  The score is
 * the whole group's because stations beyond max_used support the position,
 * too.
 */
static int
cluster_result(const struct locate_mac_kind *k, struct locate_mac_found *mf,
    struct locate_result *r, struct base_arena *a)
{
	struct locate_mac_station **s;
	size_t i, n = 0;
	double *d;

	s = base_arena_alloc(a, mf->n * sizeof(*s));
	d = base_arena_alloc(a, k->max_used * sizeof(*d));
	if (s == NULL || d == NULL)
		return -1;
	r->score = 0;
	for (i = 0; i < mf->n; i++)
		if (mf->at[i].group == r->group) {
			r->score += mf->at[i].score;
			s[n++] = &mf->at[i];
		}
	qsort(s, n, sizeof(*s), by_use);
	if (n > k->max_used)
		n = k->max_used;
	assert(n >= 2);	/* single stations are no group */
	estimate(r, s, n);
	solve(r, s, n);
	for (i = 0; i < n; i++) {
		s[i]->used = 1;
		d[i] = geo_dist_m(r->lat, r->lon, s[i]->lat, s[i]->lon);
	}
	r->accuracy_m = locate_result_clamp(locate_result_p95(d, n),
	    k->min_m, k->max_m);
	return 0;
}

/*
 * Each cluster gives a result of its own, and all of them go into the vote:
 * stations of a query may be in two places if one was moved.
 */
int
locate_mac_search(const struct locate_mac_ask *q,
    struct locate_result_list *results, struct locate_mac_found *mf,
    struct base_arena *a)
{
	struct locate_result r = { .source = LOCATE_RESULT_INTERNAL,
	    .kind = q->kind->kind };
	int groups;

	mf->n = 0;
	if (q->nheard == 0 || q->nrow == 0)
		return 0;
	if (locate_mac_collect(q, mf, a) == -1)
		return -1;
	if (mf->n == 0)
		return 0;
	order_stations(q, mf);
	if ((groups = cluster(mf->at, mf->n, q->kind->cluster_m, a)) == -1)
		return -1;
	for (r.group = 0; r.group < groups; r.group++) {
		if (cluster_result(q->kind, mf, &r, a) == -1)
			return -1;
		locate_result_add(results, &r);
	}
	return 0;
}
