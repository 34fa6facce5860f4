/* SPDX-License-Identifier: ISC */
/*
 * Results of different networks mostly agree: they lie within each other's
 * radius.  One that does not is likely to be wrong, an access point that has
 * moved or an address that belongs to a whole country.  So the results vote.
 * Each result leads a group of itself and of the less accurate ones that reach
 * it, and the group with the highest sum of scores wins; groups overlap, as
 * near is not transitive.
 *
 * The answer is the most accurate result of the winning group, and not a mean:
 * a precise position does not become better by a vague one that agrees with
 * it.  Everything is compared after rounding to 7 decimals, as it is answered,
 * so that equal answers are equal here, too.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "geo/dist.h"
#include "locate/result.h"

#define MARGIN		1.5	/* radii within which a result is near */
#define MIN_SCORE	1.0	/* of a group that satisfies */
#define PERCENTILE	0.95

/* Metres of one degree of latitude, nowhere less: at the equator. */
#define MIN_M_PER_DEG	110574.0

const char *
locate_result_source_name(enum locate_result_source source)
{
	static const char *const names[] = {
		[LOCATE_RESULT_INTERNAL] = "internal",
		[LOCATE_RESULT_FALLBACK] = "fallback",
		[LOCATE_RESULT_GEOIP] = "geoip"
	};

	return names[source];
}

const char *
locate_result_class_name(enum locate_result_class c)
{
	static const char *const names[] = {
		[LOCATE_RESULT_HIGH] = "high",
		[LOCATE_RESULT_MEDIUM] = "medium",
		[LOCATE_RESULT_LOW] = "low",
		[LOCATE_RESULT_NONE] = "none"
	};

	return names[c];
}

/* Seven decimals are a centimetre, and what Ichnaea's recorded answers have. */
double
locate_result_round(double v)
{
	return rint(v * 1e7) / 1e7;
}

double
locate_result_clamp(double v, double min, double max)
{
	return v < min ? min : v > max ? max : v;
}

/* Ascending numbers; there are no NaNs among distances. */
static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * The quantile as NumPy's percentile() interpolates it: at H = 0.95 (n - 1)
 * between the two neighbours, computed from the nearer one (its _lerp), which
 * decides about the last bit.
 */
double
locate_result_p95(double *d, size_t n)
{
	double h = PERCENTILE * (double)(n - 1), k = floor(h), t = h - k;
	double hi, lo;

	assert(n > 0);
	qsort(d, n, sizeof(*d), by_value);
	lo = d[(size_t)k];
	hi = (size_t)k + 1 < n ? d[(size_t)k + 1] : lo;
	return t < 0.5 ? lo + (hi - lo) * t : hi - (hi - lo) * (1.0 - t);
}

/*
 * By these classes metrics tell a good answer from a poor one; the last bound
 * is about the circumference of the earth.
 */
enum locate_result_class
locate_result_class(double accuracy_m)
{
	if (accuracy_m <= 500)
		return LOCATE_RESULT_HIGH;
	if (accuracy_m <= 50000)
		return LOCATE_RESULT_MEDIUM;
	if (accuracy_m <= 40000000)
		return LOCATE_RESULT_LOW;
	return LOCATE_RESULT_NONE;
}

/*
 * Only own results can be many, as a query may hear any number of clusters and
 * areas.  When they are full the one with the lowest score gives way, so what
 * is lost could hardly have won; the two places beyond are for one result of
 * each other source.
 */
void
locate_result_add(struct locate_result_list *l,
    const struct locate_result *r)
{
	struct locate_result *to = &l->at[l->n];
	size_t i;

	if (r->source == LOCATE_RESULT_INTERNAL &&
	    l->n >= LOCATE_RESULT_MAX) {
		to = &l->at[0];
		for (i = 1; i < l->n; i++)
			if (l->at[i].score < to->score)
				to = &l->at[i];
		if (r->score <= to->score)
			return;
	} else
		l->n++;
	assert(l->n <= LOCATE_RESULT_MAX + 2);
	*to = *r;
	to->lat = locate_result_round(r->lat);
	to->lon = locate_result_round(r->lon);
	to->accuracy_m = locate_result_round(r->accuracy_m);
}

/*
 * 1 if A and B may be the same place; A is at least as accurate.  A difference
 * in latitude alone that is too large settles it without the exact distance.
 */
static int
is_near_to(const struct locate_result *a, const struct locate_result *b)
{
	double reach_m = MARGIN * b->accuracy_m;

	return fabs(a->lat - b->lat) * MIN_M_PER_DEG <= reach_m &&
	    geo_dist_m(a->lat, a->lon, b->lat, b->lon) <= reach_m;
}

/*
 * All indexes by accuracy, equal ones in the order they were added.  Insertion
 * is stable, and there are seldom more than five.
 */
static void
sort_by_accuracy(const struct locate_result_list *l, size_t *order)
{
	size_t i, j;

	for (i = 0; i < l->n; i++) {
		for (j = i; j > 0 && l->at[i].accuracy_m <
		    l->at[order[j - 1]].accuracy_m; j--)
			order[j] = order[j - 1];
		order[j] = i;
	}
}

/*
 * Ties are broken as Ichnaea's sorting did: of groups with the same sum the
 * one with the greatest single score, then the one that is led by the more
 * accurate result; of results with the same accuracy the higher score, then
 * the first.
 *
 * Groups are not stored while they compete.  Only the leader of the best one
 * is remembered, and its group is built at the end.
 */
int
locate_result_best(const struct locate_result_list *l,
    struct locate_result_group *g)
{
	size_t order[LOCATE_RESULT_MAX + 2], i, j, lead = 0;
	const struct locate_result *r;
	double max, most = 0, sum;
	int best;

	g->n = 0;
	g->score = 0;
	if (l->n == 0)
		return -1;
	sort_by_accuracy(l, order);
	for (i = 0; i < l->n; i++) {
		sum = max = l->at[order[i]].score;
		for (j = i + 1; j < l->n; j++) {
			r = &l->at[order[j]];
			if (!is_near_to(&l->at[order[i]], r))
				continue;
			sum += r->score;
			max = fmax(max, r->score);
		}
		if (i == 0 || sum > g->score ||
		    (sum == g->score && max > most)) {
			lead = i;
			g->score = sum;
			most = max;
		}
	}
	assert(lead < l->n);
	best = (int)order[lead];
	for (j = lead; j < l->n; j++) {
		r = &l->at[order[j]];
		if (j != lead && !is_near_to(&l->at[order[lead]], r))
			continue;
		g->at[g->n++] = order[j];
		if (r->accuracy_m == l->at[best].accuracy_m &&
		    r->score > l->at[best].score)
			best = (int)order[j];
	}
	return best;
}

/*
 * A group's first result is its most accurate.  GeoIP alone, whose scores stay
 * below MIN_SCORE, never satisfies.
 */
int
locate_result_satisfies(const struct locate_result_list *l,
    const struct locate_result_group *g, enum locate_result_class want)
{
	return g->n > 0 && g->score >= MIN_SCORE &&
	    locate_result_class(l->at[g->at[0]].accuracy_m) <= want;
}
