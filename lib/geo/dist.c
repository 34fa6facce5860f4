/* SPDX-License-Identifier: ISC */
/*
 * Vincenty's formulas (see the header).  The inverse one is iterated until the
 * longitude on the auxiliary sphere moves by less than a hundredth of a
 * nanoradian: 0.06 mm.  The numbers of the equations below are his.  Near the
 * antipode it does not converge; then the great circle on a sphere is good
 * enough, as nothing here is that large.
 *
 * The constants and the limits are those of Ichnaea's geocalc, since its
 * recorded answers depend on the last digits.
 */
#include <assert.h>
#include <math.h>

#include "geo/dist.h"

#define MAJOR_M		6378137.0
#define MINOR_M		6356752.314245
#define FLATTENING	0.0033528106647474805	/* 1 / 298.257223563 */
#define MEAN_RADIUS_M	6371009.0
#define PRECISION	1e-11
#define MAX_PASSES	25
#define DEGREE_M	111700.0	/* no degree is longer, nor as long */

/*
 * Radians of degrees: all formulas below are in radians, and all arguments in
 * degrees.
 */
static double
rad(double deg)
{
	return deg * (M_PI / 180.0);
}

/*
 * Metres along the great circle of a sphere of the mean radius.  The haversine
 * is used, not the cosine, as that loses its digits for points close to each
 * other; rounding may bring its root above 1, where asin() has no value.
 */
static double
haversine_m(double lat1, double lon1, double lat2, double lon2)
{
	double a, slat, slon;

	slat = sin((rad(lat2) - rad(lat1)) / 2.0);
	slon = sin((rad(lon2) - rad(lon1)) / 2.0);
	a = slat * slat + cos(rad(lat1)) * cos(rad(lat2)) * slon * slon;
	return MEAN_RADIUS_M * 2.0 * asin(fmin(1.0, sqrt(a)));
}

/*
 * His (3): A of U = u squared, in nested form: the length of an arc on the
 * ellipsoid, in terms of that on the auxiliary sphere.
 */
static double
big_a(double u)
{
	return 1.0 + u / 16384.0 *
	    (4096.0 + u * (-768.0 + u * (320.0 - 175.0 * u)));
}

/* His (4): B, of the same argument; it weighs the terms of (6). */
static double
big_b(double u)
{
	return u / 1024.0 * (256.0 + u * (-128.0 + u * (74.0 - 47.0 * u)));
}

/*
 * His (10): C, of the squared cosine of the azimuth at the equator; it leads
 * from the longitude on the ellipsoid to that on the sphere.
 */
static double
big_c(double cos2_alpha)
{
	return FLATTENING / 16.0 * cos2_alpha *
	    (4.0 + FLATTENING * (4.0 - 3.0 * cos2_alpha));
}

/*
 * His (6): the difference of the arcs on the ellipsoid and on the sphere.  SSIG
 * and CSIG are sine and cosine of the arc, C2SM the cosine of twice the arc
 * from the equator to its middle.
 */
static double
delta_sigma(double b, double ssig, double csig, double c2sm)
{
	return b * ssig * (c2sm + b / 4.0 * (csig * (-1.0 + 2.0 * c2sm *
	    c2sm) - b / 6.0 * c2sm * (-3.0 + 4.0 * ssig * ssig) *
	    (-3.0 + 4.0 * c2sm * c2sm)));
}

/*
 * U1 and U2 are the reduced latitudes, LAMBDA the difference in longitude on
 * the auxiliary sphere, for which the first guess is that on the ellipsoid;
 * SIG is the arc between the points and ALPHA the azimuth at the equator.  On
 * the equator itself C2A is 0, and C2SM is of no consequence.
 */
double
geo_dist_m(double lat1, double lon1, double lat2, double lon2)
{
	double c, c2a, c2sm = 0, csig = 0, cu1, cu2, l, lambda, prev, sa;
	double sig = 0, sl, cl, ssig = 0, su1, su2, u1, u2, usq, x, y;
	int i;

	if (lat1 == lat2 && lon1 == lon2)
		return 0.0;
	u1 = atan((1.0 - FLATTENING) * tan(rad(lat1)));
	u2 = atan((1.0 - FLATTENING) * tan(rad(lat2)));
	su1 = sin(u1);
	cu1 = cos(u1);
	su2 = sin(u2);
	cu2 = cos(u2);
	l = lambda = rad(lon2 - lon1);
	prev = 2.0 * M_PI;
	c2a = 0;
	for (i = 0; fabs(lambda - prev) > PRECISION && i <= MAX_PASSES; i++) {
		sl = sin(lambda);
		cl = cos(lambda);
		x = cu2 * sl;
		y = cu1 * su2 - su1 * cu2 * cl;
		ssig = sqrt(x * x + y * y);
		if (ssig == 0)
			return 0.0;
		csig = su1 * su2 + cu1 * cu2 * cl;
		sig = atan2(ssig, csig);
		sa = cu1 * cu2 * sl / ssig;
		c2a = 1.0 - sa * sa;
		c2sm = c2a == 0 ? 0.0 : csig - 2.0 * su1 * su2 / c2a;
		c = big_c(c2a);
		prev = lambda;
		lambda = l + (1.0 - c) * FLATTENING * sa * (sig + c * ssig *
		    (c2sm + c * csig * (-1.0 + 2.0 * c2sm * c2sm)));
	}
	if (i > MAX_PASSES)
		return haversine_m(lat1, lon1, lat2, lon2);
	usq = c2a * (MAJOR_M * MAJOR_M - MINOR_M * MINOR_M) /
	    (MINOR_M * MINOR_M);
	return MINOR_M * big_a(usq) *
	    (sig - delta_sigma(big_b(usq), ssig, csig, c2sm));
}

/*
 * The way along a meridian and then along a parallel is never shorter than the
 * straight one, and needs no trigonometry: what it is enough for, which are
 * nearly all stations that are heard again, needs no more.
 */
int
geo_dist_within(double lat1, double lon1, double lat2, double lon2, double m)
{
	return DEGREE_M * (fabs(lat1 - lat2) + fabs(lon1 - lon2)) <= m ||
	    geo_dist_m(lat1, lon1, lat2, lon2) <= m;
}

/*
 * His direct formula: from a point M metres in the direction AZIMUTH (radians,
 * 0 is north).  SIG1 is the arc from the equator to the point, the rest is
 * named as above.
 */
static void
go(double *lat, double *lon, double azimuth, double m)
{
	double c, c2a, c2sm, cu, first, l, lambda, prev, sa, sig, sig1, su;
	double ca = cos(azimuth), u = atan((1.0 - FLATTENING) *
	    tan(rad(*lat))), usq, y;
	int i;

	su = sin(u);
	cu = cos(u);
	sig1 = atan2(tan(u), ca);
	sa = cu * sin(azimuth);
	c2a = 1.0 - sa * sa;
	usq = c2a * (MAJOR_M * MAJOR_M - MINOR_M * MINOR_M) /
	    (MINOR_M * MINOR_M);
	sig = first = m / (MINOR_M * big_a(usq));
	prev = 2.0 * M_PI;
	c2sm = cos(2.0 * sig1 + sig);
	for (i = 0; fabs(sig - prev) > PRECISION && i < MAX_PASSES; i++) {
		prev = sig;
		sig = first + delta_sigma(big_b(usq), sin(sig), cos(sig),
		    c2sm);
		c2sm = cos(2.0 * sig1 + sig);
	}
	y = su * sin(sig) - cu * cos(sig) * ca;
	*lat = atan2(su * cos(sig) + cu * sin(sig) * ca,
	    (1.0 - FLATTENING) * sqrt(sa * sa + y * y)) * (180.0 / M_PI);
	lambda = atan2(sin(sig) * sin(azimuth), cu * cos(sig) - su *
	    sin(sig) * ca);
	c = big_c(c2a);
	l = lambda - (1.0 - c) * FLATTENING * sa * (sig + c * sin(sig) *
	    (c2sm + c * cos(sig) * (-1.0 + 2.0 * c2sm * c2sm)));
	*lon += l * (180.0 / M_PI);
}

/*
 * The latitude M metres north (AZIMUTH 0) or south (pi) of a point.  Behind the
 * pole latitudes would fall again, so that none is asked for: what reaches the
 * pole reaches the edge.
 */
static double
edge_lat(double lat, double lon, double azimuth, double m)
{
	double sign = azimuth == 0 ? 1.0 : -1.0;

	if (geo_dist_m(lat, lon, sign * 90.0, lon) <= m)
		return sign * GEO_DIST_MAX_LAT;
	go(&lat, &lon, azimuth, m);
	return fmin(fmax(lat, -GEO_DIST_MAX_LAT), GEO_DIST_MAX_LAT);
}

/*
 * North and south are points of the meridian.  East and west are due east and
 * west of the point, as the header has it, though a circle reaches farther
 * there at high latitudes.  A box that would reach over the date line ends
 * there, as rows are looked for by plain comparisons.
 */
void
geo_dist_around(struct geo_dist_box *b, double lat, double lon, double m)
{
	double east = lon, lat1 = lat, lat2 = lat, west = lon;

	assert(m >= 0 && m <= GEO_DIST_AROUND_MAX_M);
	b->max_lat = edge_lat(lat, lon, 0, m);
	b->min_lat = edge_lat(lat, lon, M_PI, m);
	go(&lat1, &east, M_PI / 2, m);
	go(&lat2, &west, -M_PI / 2, m);
	b->max_lon = fmin(east, GEO_DIST_MAX_LON);
	b->min_lon = fmax(west, -GEO_DIST_MAX_LON);
}

/*
 * The farthest point of a box is one of its corners as long as it is much
 * smaller than the earth.  On one parallel it is the one with the greater
 * difference in longitude, so that two of the four are enough; of latitudes
 * that cannot be said, as parallels get shorter towards the poles.  The result
 * is whole metres, since columns of radii are.
 */
double
geo_dist_radius_m(double lat, double lon, const struct geo_dist_box *b)
{
	double far;

	assert(b->min_lat <= b->max_lat && b->min_lon <= b->max_lon);
	far = fabs(remainder(lon - b->min_lon, 360.0)) >
	    fabs(remainder(lon - b->max_lon, 360.0)) ? b->min_lon : b->max_lon;
	return rint(fmax(geo_dist_m(lat, lon, b->min_lat, far),
	    geo_dist_m(lat, lon, b->max_lat, far)));
}
