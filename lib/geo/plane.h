/* SPDX-License-Identifier: ISC */
/*
 * A plane that touches a sphere at a point: distances and means of what lies
 * within some kilometres of it.  Plain arithmetic, where geo/dist.h is exact on
 * the ellipsoid and a hundred times slower.
 *
 * Latitudes and longitudes are in degrees, x (east) and y (north) in metres.
 * Longitudes are taken as the number nearest to the point's that means the
 * same, so nothing breaks at the date line; at a pole all longitudes are one
 * place.
 */
#ifndef GEO_PLANE_H
#define GEO_PLANE_H

#include <math.h>

/* Metres of a degree on the sphere. */
#define GEO_PLANE_M_PER_DEG	111195.0

struct geo_plane {
	double	lat, lon;	/* where it touches */
	double	cos_lat;	/* how much shorter a degree of longitude is */
};

/*
 * LON, moved by a turn to within 180 degrees of AROUND.  One is enough, as both
 * are longitudes: what is beyond half a turn is nearer on the other side.
 */
static inline double
geo_plane_unwrap(double lon, double around)
{
	if (lon - around > 180)
		return lon - 360;
	if (lon - around < -180)
		return lon + 360;
	return lon;
}

/* LON from -180 to 180. */
static inline double
geo_plane_wrap(double lon)
{
	return geo_plane_unwrap(lon, 0);
}

void	geo_plane_init(struct geo_plane *p, double lat, double lon);

/*
 * Where LAT, LON lies on P.  Longitudes are scaled at the plane's latitude, not
 * at the point's: so that the way back is exact.
 */
static inline void
geo_plane_to(const struct geo_plane *p, double lat, double lon, double *x_m,
    double *y_m)
{
	*x_m = (geo_plane_unwrap(lon, p->lon) - p->lon) *
	    GEO_PLANE_M_PER_DEG * p->cos_lat;
	*y_m = (lat - p->lat) * GEO_PLANE_M_PER_DEG;
}

/*
 * The squared distance of LAT, LON from the point.  Squares are compared as
 * well as distances are, and cost no root.  The longitude is moved as by
 * geo_plane_unwrap(), but without a branch: loops over many points become
 * vectors.
 */
static inline double
geo_plane_sq_m(const struct geo_plane *p, double lat, double lon)
{
	double away = lon - p->lon;
	double turn = copysign(fabs(away) > 180 ? 360.0 : 0.0, -away);
	double x = (lon + turn - p->lon) * GEO_PLANE_M_PER_DEG * p->cos_lat;
	double y = (lat - p->lat) * GEO_PLANE_M_PER_DEG;

	return x * x + y * y;
}

/* The place at X_M, Y_M; its longitude is from -180 to 180. */
void	geo_plane_from(const struct geo_plane *p, double x_m, double y_m,
	    double *lat, double *lon);

/* The squared distance of B from A, on the plane at A. */
double	geo_plane_between_sq_m(double lat_a, double lon_a, double lat_b,
	    double lon_b);

#endif
