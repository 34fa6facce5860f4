/* SPDX-License-Identifier: ISC */
/*
 * The source itself is included, so that the direct problem can be asked for
 * any direction: a distance that was gone is measured again.
 */
#include <stdlib.h>

#include "geo/dist.c"
#include "tap.h"

/*
 * The point DIST_M metres from LAT, LON, starting in direction BEARING_DEG
 * clockwise from north.
 */
static void
move_along(double lat, double lon, double bearing_deg, double dist_m,
    double *to_lat, double *to_lon)
{
	*to_lat = lat;
	*to_lon = lon;
	go(to_lat, to_lon, rad(bearing_deg), dist_m);
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

/* What the cheap ways say is what the whole formula says. */
static void
test_short_cuts(void)
{
	struct geo_dist_box b;
	double d, far, lat, lon, m, size;
	int i, radius = 0, within = 0;

	srand48(1854);
	for (i = 0; i < 20000; i++) {
		size = pow(10, 7 * drand48() - 5);
		b.min_lat = 170 * drand48() - 85;
		b.min_lon = 360 * drand48() - 180;
		b.max_lat = fmin(b.min_lat + size * drand48(), 85);
		b.max_lon = b.min_lon + size * drand48();
		lat = b.min_lat + (b.max_lat - b.min_lat) * drand48();
		lon = b.min_lon + (b.max_lon - b.min_lon) * drand48();
		d = geo_dist_m(lat, lon, b.min_lat, b.min_lon);
		far = fmax(fmax(d, geo_dist_m(lat, lon, b.min_lat,
		    b.max_lon)), fmax(geo_dist_m(lat, lon, b.max_lat,
		    b.min_lon), geo_dist_m(lat, lon, b.max_lat, b.max_lon)));
		radius += geo_dist_radius_m(lat, lon, &b) == rint(far);
		m = d * (0.25 + 1.5 * drand48());
		within += geo_dist_within(lat, lon, b.min_lat, b.min_lon,
		    m) == (d <= m);
	}
	ok(radius == 20000, "two corners are enough (%d)", radius);
	ok(within == 20000, "near enough without the formula (%d)", within);
	ok(geo_dist_within(0, 179.9, 0, -179.9, 23000) &&
	    !geo_dist_within(0, 179.9, 0, -179.9, 22000) &&
	    geo_dist_within(89.999, 0, 89.999, 180, 230),
	    "across the date line and the pole");
}

/* A box of Ichnaea's, and at the edges of the map. */
static void
test_around(void)
{
	struct geo_dist_box b;

	geo_dist_around(&b, 1, 1, 1000);
	is_near(b.max_lat, 1.0090437, 5e-8, "1 km north");
	is_near(b.max_lon, 1.0089845, 5e-8, "1 km east");
	geo_dist_around(&b, 51.5, -0.1, 25000);
	is_near(b.min_lat, 51.27529, 5e-6, "25 km south");
	is_near(b.max_lat, 51.7247, 5e-6, "25 km north");
	is_near(b.min_lon, -0.46002, 5e-6, "25 km west");
	is_near(b.max_lon, 0.26002, 5e-6, "25 km east");
	geo_dist_around(&b, -84, 179.9, 300000);
	ok(b.min_lat == -GEO_DIST_MAX_LAT && b.max_lon == GEO_DIST_MAX_LON &&
	    b.max_lat < -81 && b.min_lon < 160, "near the edges");
	geo_dist_around(&b, 60, 0, GEO_DIST_AROUND_MAX_M);
	ok(b.max_lat == GEO_DIST_MAX_LAT, "beyond the pole");
	geo_dist_around(&b, 10, 20, 0);
	ok(fabs(b.min_lat - 10) < 1e-12 && fabs(b.max_lat - 10) < 1e-12 &&
	    fabs(b.min_lon - 20) < 1e-12 && fabs(b.max_lon - 20) < 1e-12,
	    "a point");
}

int
main(void)
{
	test_around();
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
	test_short_cuts();
	return tap_done();
}
