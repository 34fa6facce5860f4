/* SPDX-License-Identifier: ISC */
#include <math.h>

#include "geo/dist.h"

#define MAJOR_M		6378137.0
#define MINOR_M		6356752.314245
#define FLATTENING	0.0033528106647474805	/* 1 / 298.257223563 */
#define MEAN_RADIUS_M	6371009.0
#define PRECISION	1e-11
#define MAX_PASSES	25

static double
rad(double deg)
{
	return deg * (M_PI / 180.0);
}

double
geo_dist_haversine_m(double lat1, double lon1, double lat2, double lon2)
{
	double a, slat, slon;

	slat = sin((rad(lat2) - rad(lat1)) / 2.0);
	slon = sin((rad(lon2) - rad(lon1)) / 2.0);
	a = slat * slat + cos(rad(lat1)) * cos(rad(lat2)) * slon * slon;
	return MEAN_RADIUS_M * 2.0 * asin(fmin(1.0, sqrt(a)));
}

/* Vincenty's series: A, B and C for a squared cosine. */
static double
big_a(double u)
{
	return 1.0 + u / 16384.0 *
	    (4096.0 + u * (-768.0 + u * (320.0 - 175.0 * u)));
}

static double
big_b(double u)
{
	return u / 1024.0 * (256.0 + u * (-128.0 + u * (74.0 - 47.0 * u)));
}

static double
big_c(double cos2_alpha)
{
	return FLATTENING / 16.0 * cos2_alpha *
	    (4.0 + FLATTENING * (4.0 - 3.0 * cos2_alpha));
}

static double
delta_sigma(double b, double ssig, double csig, double c2sm)
{
	return b * ssig * (c2sm + b / 4.0 * (csig * (-1.0 + 2.0 * c2sm *
	    c2sm) - b / 6.0 * c2sm * (-3.0 + 4.0 * ssig * ssig) *
	    (-3.0 + 4.0 * c2sm * c2sm)));
}

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
		return geo_dist_haversine_m(lat1, lon1, lat2, lon2);
	usq = c2a * (MAJOR_M * MAJOR_M - MINOR_M * MINOR_M) /
	    (MINOR_M * MINOR_M);
	return MINOR_M * big_a(usq) *
	    (sig - delta_sigma(big_b(usq), ssig, csig, c2sm));
}

void
geo_dist_move(double lat, double lon, double bearing_deg, double dist_m,
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

void
geo_dist_around(struct geo_dist_box *box, double lat, double lon,
    double dist_m)
{
	double skip;

	geo_dist_move(lat, lon, 0, dist_m, &box->max_lat, &skip);
	geo_dist_move(lat, lon, 0, -dist_m, &box->min_lat, &skip);
	geo_dist_move(lat, lon, 90, dist_m, &skip, &box->max_lon);
	geo_dist_move(lat, lon, 90, -dist_m, &skip, &box->min_lon);
	box->max_lat = fmin(box->max_lat, GEO_DIST_MAX_LAT);
	box->min_lat = fmax(box->min_lat, -GEO_DIST_MAX_LAT);
	box->max_lon = fmin(box->max_lon, GEO_DIST_MAX_LON);
	box->min_lon = fmax(box->min_lon, -GEO_DIST_MAX_LON);
}

double
geo_dist_radius_m(double lat, double lon, const struct geo_dist_box *b)
{
	double d;

	d = geo_dist_m(lat, lon, b->min_lat, b->min_lon);
	d = fmax(d, geo_dist_m(lat, lon, b->min_lat, b->max_lon));
	d = fmax(d, geo_dist_m(lat, lon, b->max_lat, b->min_lon));
	return rint(fmax(d, geo_dist_m(lat, lon, b->max_lat, b->max_lon)));
}
