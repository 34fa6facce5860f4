/* SPDX-License-Identifier: ISC */
#include <math.h>
#include <string.h>

#include "geo/plane.h"

#include "tap.h"

/* Where a longitude is moved by a turn, and where it is not any more. */
static const double lons[] = { 0, -0.0, 1e-9, -1e-9, 5.5, 89.9, -90, 179.9999,
    -179.9999, 180, -180, 179.99999999999997, -179.99999999999997 };

#define N	(sizeof(lons) / sizeof(lons[0]))

/* The same bits, but for the sign of zero. */
static int
is_same(double a, double b)
{
	a += 0;
	b += 0;
	return memcmp(&a, &b, sizeof(a)) == 0;
}

int
main(void)
{
	struct geo_plane p;
	double lat, lon, sq, x, y;
	size_t i, j;
	int bad = 0;

	for (i = 0; i < N; i++)
		for (j = 0; j < N; j++) {
			geo_plane_init(&p, 60 - (double)i * 10, lons[i]);
			lat = p.lat + 0.001 * (double)j;
			geo_plane_to(&p, lat, lons[j], &x, &y);
			sq = geo_plane_sq_m(&p, lat, lons[j]);
			bad += !is_same(sq, x * x + y * y);
		}
	ok(bad == 0, "a distance is that of both coordinates, to the bit");
	geo_plane_init(&p, 60, 179.9999);
	geo_plane_to(&p, 60.0001, -179.9999, &x, &y);
	ok(x > 11.11 && x < 11.13 && y > 11.11 && y < 11.13,
	    "beyond the date line");
	sq = geo_plane_sq_m(&p, 60.0001, -179.9999);
	ok(fabs(sqrt(sq) - hypot(x, y)) < 1e-9, "and how far that is");
	geo_plane_from(&p, x, y, &lat, &lon);
	ok(fabs(lat - 60.0001) < 1e-9 && fabs(lon + 179.9999) < 1e-9,
	    "and back");
	ok(isnan(geo_plane_sq_m(&p, 60, NAN)), "nowhere");
	return tap_done();
}
