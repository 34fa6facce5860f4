/* SPDX-License-Identifier: ISC */
/*
 * Problems in two unknowns from MINPACK's own test suite (Moré, Garbow,
 * Hillstrom, "Testing unconstrained optimization software", 1981), and some
 * clusters, whose positions are not those of the optimum: the solver stops
 * some centimetres before.
 */
#include "geo/dist.h"
#include "ichnaea/solve.h"

#include "tap.h"

static void
rosenbrock(const void *ctx, const double x[2], double *r)
{
	(void)ctx;
	r[0] = 10 * (x[1] - x[0] * x[0]);
	r[1] = 1 - x[0];
}

static void
freudenstein(const void *ctx, const double x[2], double *r)
{
	(void)ctx;
	r[0] = -13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1];
	r[1] = -29 + x[0] + ((1 + x[1]) * x[1] - 14) * x[1];
}

static void
jennrich(const void *ctx, const double x[2], double *r)
{
	int i;

	(void)ctx;
	for (i = 1; i <= 10; i++)
		r[i - 1] = 2 + 2 * i - (exp(i * x[0]) + exp(i * x[1]));
}

/* Of rank 2 and, with a context, 1. */
static void
linear(const void *ctx, const double x[2], double *r)
{
	double sum = ctx == NULL ? x[0] + x[1] : x[0] + 2 * x[1];
	int i;

	for (i = 0; i < 10; i++)
		r[i] = ctx == NULL ?
		    (i < 2 ? x[i] : 0) - 2 * sum / 10 - 1 :
		    (i + 1) * sum - 1;
}

static void
constant(const void *ctx, const double x[2], double *r)
{
	(void)ctx;
	(void)x;
	r[0] = r[1] = 3;
}

static void
nothing(const void *ctx, const double x[2], double *r)
{
	(void)ctx;
	(void)x;
	r[0] = r[1] = NAN;
}

struct cluster {
	size_t	n;
	double	lat[5], lon[5], weight[5];
	double	to[2];
};

static void
distances(const void *ctx, const double x[2], double *r)
{
	const struct cluster *c = ctx;
	size_t i;

	for (i = 0; i < c->n; i++)
		r[i] = c->weight[i] *
		    geo_dist_m(x[0], x[1], c->lat[i], c->lon[i]);
}

static void
clusters(void)
{
	static const struct cluster t[] = {
		{ 2, { 51.5, 51.501 }, { -0.1, -0.102 }, { 1e-4, 2e-4 },
		    { 51.5007996671243, -0.101599534773043 } },
		{ 3, { -33.8688, -33.8690, -33.8671 },
		    { 151.2093, 151.2110, 151.2085 }, { 2e-4, 1e-4, 4e-4 },
		    { -33.8675162714497, 151.208772157727 } },
		{ 5, { 0.001, -0.001, 0.0005, 0, 0.0012 },
		    { 179.001, 179.002, 179.0005, 179.0012, 179.0003 },
		    { 1e-4, 1e-4, 3e-4, 2.5e-4, 1e-3 },
		    { 0.00106244631557351, 179.000382822862 } },
		{ 4, { 78.2232, 78.2240, 78.2228, 78.2251 },
		    { 15.6267, 15.6300, 15.6400, 15.6200 },
		    { 1.5e-4, 4e-4, 1e-4, 2e-4 },
		    { 78.2240599120314, 15.6283931984556 } },
		{ 3, { 48.2, 48.2, 48.2 }, { 16.37, 16.372, 16.371 },
		    { 1e-4, 2e-4, 3e-4 }, { 48.2, 16.3711666666667 } },
	};
	double sum, x[2];
	size_t i, k;

	for (k = 0; k < sizeof(t) / sizeof(t[0]); k++) {
		x[0] = x[1] = sum = 0;
		for (i = 0; i < t[k].n; i++) {
			x[0] += t[k].weight[i] * t[k].lat[i];
			x[1] += t[k].weight[i] * t[k].lon[i];
			sum += t[k].weight[i];
		}
		x[0] /= sum;
		x[1] /= sum;
		ok(ichnaea_solve(x, t[k].n, distances, &t[k]), "cluster %zu",
		    k);
		is_near(x[0], t[k].to[0], 1e-10, "its latitude");
		is_near(x[1], t[k].to[1], 1e-10, "its longitude");
	}
}

static double
length(void (*f)(const void *, const double *, double *), const void *ctx,
    const double x[2], size_t m)
{
	double r[ICHNAEA_SOLVE_MAX], sum = 0;
	size_t i;

	f(ctx, x, r);
	for (i = 0; i < m; i++)
		sum += r[i] * r[i];
	return sqrt(sum);
}

int
main(void)
{
	static const struct {
		const char *name;
		void (*f)(const void *, const double *, double *);
		const char *ctx;
		size_t m;
		double from[2], to[2], left;	/* NAN: not unique */
	} t[] = {
		{ "Rosenbrock", rosenbrock, NULL, 2, { -1.2, 1 }, { 1, 1 },
		    0 },
		{ "Rosenbrock from afar", rosenbrock, NULL, 2, { -120, 100 },
		    { 1, 1 }, 0 },
		{ "Freudenstein and Roth", freudenstein, NULL, 2,
		    { 0.5, -2 }, { 11.412779, -0.89680525 }, 6.9988752 },
		{ "Jennrich and Sampson", jennrich, NULL, 10, { 0.3, 0.4 },
		    { 0.25782521, 0.25782521 }, 11.1517793 },
		{ "linear", linear, NULL, 10, { 1, 1 }, { -1, -1 },
		    2.8284271 },
		{ "linear, from zero", linear, NULL, 10, { 0, 0 }, { -1, -1 },
		    2.8284271 },
		{ "linear of rank 1", linear, "1", 10, { 1, 1 },
		    { NAN, NAN }, 1.4638501 },
		{ "constant", constant, NULL, 2, { 5, 6 }, { 5, 6 },
		    4.2426407 },
	};
	double x[2];
	size_t i;
	int j;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		memcpy(x, t[i].from, sizeof(x));
		ok(ichnaea_solve(x, t[i].m, t[i].f, t[i].ctx), "%s",
		    t[i].name);
		for (j = 0; j < 2 && !isnan(t[i].to[j]); j++)
			is_near(x[j], t[i].to[j], 5e-4, t[i].name);
		is_near(length(t[i].f, t[i].ctx, x, t[i].m), t[i].left, 1e-6,
		    t[i].name);
	}
	x[0] = 1;
	x[1] = 2;
	ichnaea_solve(x, 2, nothing, NULL);
	ok(x[0] == 1 && x[1] == 2, "no numbers, no step");
	clusters();
	return tap_done();
}
