/* SPDX-License-Identifier: ISC */
#include <math.h>
#include <stdlib.h>

#include "geo/dist.h"
#include "locate/result.h"

#define MARGIN		1.5	/* a result counts as near within so many radii */
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

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
locate_result_p95(double *d, size_t n)
{
	double h = PERCENTILE * (double)(n - 1), k = floor(h), t = h - k;
	double hi, lo;

	qsort(d, n, sizeof(*d), by_value);
	lo = d[(size_t)k];
	hi = (size_t)k + 1 < n ? d[(size_t)k + 1] : lo;
	return t < 0.5 ? lo + (hi - lo) * t : hi - (hi - lo) * (1.0 - t);
}

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
	*to = *r;
	to->lat = locate_result_round(r->lat);
	to->lon = locate_result_round(r->lon);
	to->accuracy_m = locate_result_round(r->accuracy_m);
}

/* 1 if A and B may be the same place; A is at least as accurate. */
static int
near(const struct locate_result *a, const struct locate_result *b)
{
	double reach_m = MARGIN * b->accuracy_m;

	return fabs(a->lat - b->lat) * MIN_M_PER_DEG <= reach_m &&
	    geo_dist_m(a->lat, a->lon, b->lat, b->lon) <= reach_m;
}

/* All indexes by accuracy, equal ones in the order they were added. */
static void
sort(const struct locate_result_list *l, size_t *order)
{
	size_t i, j;

	for (i = 0; i < l->n; i++) {
		for (j = i; j > 0 && l->at[i].accuracy_m <
		    l->at[order[j - 1]].accuracy_m; j--)
			order[j] = order[j - 1];
		order[j] = i;
	}
}

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
	sort(l, order);
	for (i = 0; i < l->n; i++) {
		sum = max = l->at[order[i]].score;
		for (j = i + 1; j < l->n; j++) {
			r = &l->at[order[j]];
			if (!near(&l->at[order[i]], r))
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
	best = (int)order[lead];
	for (j = lead; j < l->n; j++) {
		r = &l->at[order[j]];
		if (j != lead && !near(&l->at[order[lead]], r))
			continue;
		g->at[g->n++] = order[j];
		if (r->accuracy_m == l->at[best].accuracy_m &&
		    r->score > l->at[best].score)
			best = (int)order[j];
	}
	return best;
}

int
locate_result_satisfies(const struct locate_result_list *l,
    const struct locate_result_group *g, enum locate_result_class want)
{
	return g->n > 0 && g->score >= MIN_SCORE &&
	    locate_result_class(l->at[g->at[0]].accuracy_m) <= want;
}
