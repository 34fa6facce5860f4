/* SPDX-License-Identifier: ISC */
/*
 * The source itself is included, so that the direct problem, which is solved
 * here, uses the same series: a distance that was gone is measured again.
 */
#include <stdlib.h>

#include "geo/dist.c"
#include "tap.h"

/*
 * The point DIST_M metres from LAT, LON, starting in direction BEARING_DEG
 * clockwise from north: Vincenty's direct problem.
 */
static void
move_along(double lat, double lon, double bearing_deg, double dist_m,
    double *to_lat, double *to_lon)
{
	double alpha, c, c2a, c2sm, calpha, csig, cu1, l, lambda, prev;
	double s, sa, salpha, sig, sig1, ssig, su1, t, tu1, usq;
	int i;

	alpha = rad(bearing_deg);
	salpha = sin(alpha);
	calpha = cos(alpha);
	tu1 = (1.0 - FLATTENING) * tan(rad(lat));
	cu1 = 1.0 / sqrt(1.0 + tu1 * tu1);
	su1 = tu1 * cu1;
	sig1 = atan2(tu1, calpha);
	sa = cu1 * salpha;
	c2a = 1.0 - sa * sa;
	usq = c2a * (MAJOR_M * MAJOR_M - MINOR_M * MINOR_M) /
	    (MINOR_M * MINOR_M);
	s = dist_m / (MINOR_M * big_a(usq));
	sig = s;
	prev = sig + 1.0;
	ssig = sin(sig);
	csig = cos(sig);
	c2sm = cos(2.0 * sig1 + sig);
	for (i = 0; fabs(sig - prev) > PRECISION && i <= MAX_PASSES; i++) {
		c2sm = cos(2.0 * sig1 + sig);
		ssig = sin(sig);
		csig = cos(sig);
		prev = sig;
		sig = s + delta_sigma(big_b(usq), ssig, csig, c2sm);
	}
	t = su1 * ssig - cu1 * csig * calpha;
	*to_lat = atan2(su1 * csig + cu1 * ssig * calpha,
	    (1.0 - FLATTENING) * sqrt(sa * sa + t * t)) * (180.0 / M_PI);
	lambda = atan2(ssig * salpha, cu1 * csig - su1 * ssig * calpha);
	c = big_c(c2a);
	l = lambda - (1.0 - c) * FLATTENING * sa * (sig + c * ssig *
	    (c2sm + c * csig * (-1.0 + 2.0 * c2sm * c2sm)));
	*to_lon = lon + l * (180.0 / M_PI);
}

static const struct {
	double	lat1, lon1, lat2, lon2, want;
} dist[] = {
	{ 90, 0, -90, 0, 20003931.4586 },
	{ 0, 0, 0.5, 179, 19902751.0326 },
	{ 0, 0, 0.5, 179.7, 19950277.9698 },	/* by the great circle */
	{ 44.0337065, -79.4908184, 44.0349396, -79.4908184, 137.0133 },
	{ 1, 1, 1, 1.1, 11130.265 },
	{ -100, -186, 0, 0, 11112616.8752 },
	{ 51.5, -0.1, 51.5001, -0.1, 11.1258 },
	{ 51.5, -0.1, 51.5, -0.0999, 6.9440 },
	{ 51.5, -0.1, 51.6, -0.1, 11125.8787 },
	{ 0, 0, 0, 1, 111319.4908 },
	{ 51.5, -0.1, 51.5, -0.1, 0 },
};

static const struct {
	double	lat, lon, bearing, dist, to_lat, to_lon;
} moves[] = {
	{ 1, 1, 0, 1000, 1.0090437, 1.0 },
	{ 1, 1, 90, 1000, 1.0, 1.0089845 },
	{ 90, 0, 180, 20003931.4586, -90, 0 },
	{ 44.0337065, -79.4908184, -0.00071533, 137.0099,
	    44.0349396, -79.4908184 },
};

static void
test_there_and_back(void)
{
	double back, bearing, d, lat, lon, to_lat, to_lon, worst = 0;
	int i;

	srand48(1975);
	for (i = 0; i < 20000; i++) {
		lat = 178 * drand48() - 89;
		lon = 360 * drand48() - 180;
		bearing = 360 * drand48();
		d = pow(10, 7.2 * drand48());	/* up to 15,800 km */
		move_along(lat, lon, bearing, d, &to_lat, &to_lon);
		back = geo_dist_m(to_lat, to_lon, lat, lon);
		worst = fmax(worst, fabs(back - d));
	}
	ok(worst < 1e-3, "20,000 distances come back within a millimetre, "
	    "the worst %g m off", worst);
}

static void
test_radius(void)
{
	static const struct geo_dist_box box = { 51.49, -0.11, 51.52, -0.1 };
	static const struct geo_dist_box none = { 51.5, -0.1, 51.5, -0.1 };

	is_near(geo_dist_radius_m(51.5, -0.1, &none), 0, 0, "no box at all");
	is_near(geo_dist_radius_m(51.5, -0.1, &box), rint(geo_dist_m(51.5,
	    -0.1, 51.52, -0.11)), 0, "to the farthest corner");
	is_near(geo_dist_radius_m(51.52, -0.1, &box), rint(geo_dist_m(51.52,
	    -0.1, 51.49, -0.11)), 0, "which may be another");
}

int
main(void)
{
	double lat, lon;
	size_t i;

	for (i = 0; i < sizeof(dist) / sizeof(dist[0]); i++) {
		is_near(geo_dist_m(dist[i].lat1, dist[i].lon1, dist[i].lat2,
		    dist[i].lon2), dist[i].want, 1e-4, "distance");
		is_near(geo_dist_m(dist[i].lat2, dist[i].lon2, dist[i].lat1,
		    dist[i].lon1), dist[i].want, 1e-4, "the other way");
	}
	is_near(haversine_m(90, 0, -90, 0), 20015115.0704, 1e-4,
	    "haversine, poles");
	is_near(haversine_m(0, 0, 0.5, 179), 19890796.4497, 1e-4,
	    "haversine, almost antipodes");
	is_near(haversine_m(44.0337065, -79.4908184, 44.0349396,
	    -79.4908184), 137.1147, 1e-4, "haversine, near");
	for (i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
		move_along(moves[i].lat, moves[i].lon, moves[i].bearing,
		    moves[i].dist, &lat, &lon);
		is_near(lat, moves[i].to_lat, 1e-7, "destination latitude");
		is_near(lon, moves[i].to_lon, 1e-7, "destination longitude");
	}
	test_there_and_back();
	test_radius();
	return tap_done();
}
