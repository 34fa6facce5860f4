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

/* Metres of a degree on the sphere. */
#define GEO_PLANE_M_PER_DEG	111195.0

struct geo_plane {
	double	lat, lon;	/* where it touches */
	double	cos_lat;	/* how much shorter a degree of longitude is */
};

/* LON, moved by turns to within 180 degrees of AROUND. */
double	geo_plane_unwrap(double lon, double around);

/* LON from -180 to 180. */
double	geo_plane_wrap(double lon);

void	geo_plane_init(struct geo_plane *p, double lat, double lon);

/* Where LAT, LON lies on P, and its squared distance from the point. */
void	geo_plane_to(const struct geo_plane *p, double lat, double lon,
	    double *x_m, double *y_m);
double	geo_plane_sq_m(const struct geo_plane *p, double lat, double lon);

/* The place at X_M, Y_M; its longitude is from -180 to 180. */
void	geo_plane_from(const struct geo_plane *p, double x_m, double y_m,
	    double *lat, double *lon);

/* The squared distance of B from A, on the plane at A. */
double	geo_plane_between_sq_m(double lat_a, double lon_a, double lat_b,
	    double lon_b);

#endif
