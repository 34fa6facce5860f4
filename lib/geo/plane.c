/* SPDX-License-Identifier: ISC */
/*
 * The plane has its own scale, a sphere's, for both directions: an ellipsoid
 * would change distances by half a percent at most, which no position here is
 * good to.
 */
#include <math.h>

#include "geo/plane.h"

#define RAD		(M_PI / 180.0)
#define MIN_COS		1e-6	/* what a longitude is divided by, at least */

/*
 * The cosine is kept, since a plane is made once and asked for thousands of
 * points.
 */
void
geo_plane_init(struct geo_plane *p, double lat, double lon)
{
	p->lat = lat;
	p->lon = lon;
	p->cos_lat = cos(lat * RAD);
}

/*
 * Next to a pole a degree of longitude has no length to speak of, and any will
 * do: the bound keeps the division finite.
 */
void
geo_plane_from(const struct geo_plane *p, double x_m, double y_m, double *lat,
    double *lon)
{
	*lat = p->lat + y_m / GEO_PLANE_M_PER_DEG;
	*lon = geo_plane_wrap(p->lon + x_m / (GEO_PLANE_M_PER_DEG *
	    fmax(p->cos_lat, MIN_COS)));
}

double
geo_plane_between_sq_m(double lat_a, double lon_a, double lat_b,
    double lon_b)
{
	struct geo_plane p;

	geo_plane_init(&p, lat_a, lon_a);
	return geo_plane_sq_m(&p, lat_b, lon_b);
}
