/* SPDX-License-Identifier: ISC */
#include "locate/result.h"

#include "tap.h"

enum { GB1, GB2, GB3, BT1, BT2, BT3, BT4, PLACES };
static const struct locate_result place[PLACES] = {
	{ .lat = 51.5, .lon = -0.1, .accuracy_m = 100000, .score = 0.6 },
	{ .lat = 51.5002, .lon = -0.1, .accuracy_m = 10000, .score = 1.5 },
	{ .lat = 51.7, .lon = -0.1, .accuracy_m = 1000, .score = 5 },
	{ .lat = 27.5002, .lon = 90.5, .accuracy_m = 1000, .score = 0.5 },
	{ .lat = 27.5, .lon = 90.5, .accuracy_m = 2000, .score = 2 },
	{ .lat = 27.7, .lon = 90.7, .accuracy_m = 500, .score = 5 },
	{ .lat = 27.9, .lon = 90.7, .accuracy_m = 300, .score = 5 },
};

static void
best(void)
{
	static const struct {
		int in[4], n, want;
	} t[] = {
		{ { 0 }, 0, -1 },
		{ { GB1 }, 1, GB1 },
		{ { BT1, BT2 }, 2, BT1 },
		{ { GB1, BT2 }, 2, BT2 },
		{ { GB1, GB2, BT2 }, 3, GB2 },
		{ { GB1, GB3, BT1, BT2 }, 4, GB3 },
		{ { GB1, GB2, BT2, BT3 }, 4, BT3 },
		{ { GB3, BT3 }, 2, BT3 },
		{ { BT3, BT4 }, 2, BT4 },
	};
	static struct locate_result_list l;
	struct locate_result_group g;
	size_t i;
	int j, got;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		l.n = 0;
		for (j = 0; j < t[i].n; j++)
			locate_result_add(&l, &place[t[i].in[j]]);
		got = locate_result_best(&l, &g);
		is_int(got == -1 ? -1 : t[i].in[got], t[i].want,
		    "best of several");
	}
	is_int((long long)g.n, 1, "far results support nobody");
	l.n = 0;
	locate_result_add(&l, &place[GB1]);
	locate_result_add(&l, &place[GB2]);
	locate_result_best(&l, &g);
	ok(g.n == 2 && l.at[g.at[0]].accuracy_m == 10000 &&
	    fabs(g.score - 2.1) < 1e-12, "near ones do");
	ok(locate_result_satisfies(&l, &g, LOCATE_RESULT_MEDIUM),
	    "satisfied");
	ok(!locate_result_satisfies(&l, &g, LOCATE_RESULT_HIGH),
	    "not accurate enough");
	l.n = 0;
	locate_result_add(&l, &place[GB1]);
	locate_result_best(&l, &g);
	ok(!locate_result_satisfies(&l, &g, LOCATE_RESULT_LOW),
	    "not sure enough");
	l.n = 0;
	locate_result_best(&l, &g);
	ok(!locate_result_satisfies(&l, &g, LOCATE_RESULT_NONE),
	    "nothing satisfies nobody");
}

/* Equal accuracy: the higher score, then the first. */
static void
ties(void)
{
	static struct locate_result_list l;
	struct locate_result r = { .accuracy_m = 10, .score = 1 };
	struct locate_result_group g;

	locate_result_add(&l, &r);
	locate_result_add(&l, &r);
	is_int(locate_result_best(&l, &g), 0, "the first of equals");
	r.score = 2;
	locate_result_add(&l, &r);
	is_int(locate_result_best(&l, &g), 2, "the higher score");
}

static void
full(void)
{
	static struct locate_result_list l;
	struct locate_result r = { .source = LOCATE_RESULT_INTERNAL,
	    .accuracy_m = 10, .score = 2 };
	struct locate_result_group g;
	int i;

	for (i = 0; i < LOCATE_RESULT_MAX; i++) {
		r.lon = i % 180;
		r.score = i == 77 ? 1 : 2;
		locate_result_add(&l, &r);
	}
	r.score = 0.5;
	locate_result_add(&l, &r);
	ok(l.n == LOCATE_RESULT_MAX && l.at[77].score == 1, "too poor");
	r.score = 9;
	locate_result_add(&l, &r);
	ok(l.n == LOCATE_RESULT_MAX && l.at[77].score == 9, "the poorest "
	    "gives way");
	r.source = LOCATE_RESULT_GEOIP;
	locate_result_add(&l, &r);
	r.source = LOCATE_RESULT_FALLBACK;
	locate_result_add(&l, &r);
	is_int((long long)l.n, LOCATE_RESULT_MAX + 2, "others have room");
	ok(locate_result_best(&l, &g) != -1, "best of a full list");
}

static void
numbers(void)
{
	static const struct {
		double m;
		enum locate_result_class want;
	} t[] = {
		{ -0.1, LOCATE_RESULT_HIGH }, { 0, LOCATE_RESULT_HIGH },
		{ 500, LOCATE_RESULT_HIGH }, { 500.1, LOCATE_RESULT_MEDIUM },
		{ 50000, LOCATE_RESULT_MEDIUM },
		{ 50000.1, LOCATE_RESULT_LOW }, { 1e5, LOCATE_RESULT_LOW },
		{ 1e9, LOCATE_RESULT_NONE }, { NAN, LOCATE_RESULT_NONE },
	};
	double a[] = { 10, 1, 2 }, b[] = { 9, 5 }, c[] = { 7 };
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		is_int(locate_result_class(t[i].m), t[i].want, "class");
	is_near(locate_result_p95(a, 3), 9.2, 1e-12, "percentile of three");
	is_near(locate_result_p95(b, 2), 8.8, 1e-12, "percentile of two");
	is_near(locate_result_p95(c, 1), 7, 0, "percentile of one");
	ok(locate_result_round(51.50741234567) == 51.5074123, "rounded");
	ok(locate_result_round(-0.00000005) == -0.0 &&
	    locate_result_round(1.23456789) == 1.2345679, "rounded");
}

int
main(void)
{
	best();
	ties();
	full();
	numbers();
	return tap_done();
}
