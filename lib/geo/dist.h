/* SPDX-License-Identifier: ISC */
/*
 * Distances on the WGS 84 ellipsoid.  Latitudes and longitudes in degrees,
 * distances in metres; longitudes beyond 180 degrees are accepted.
 * T. Vincenty, "Direct and inverse solutions of geodesics on the ellipsoid
 * with application of nested equations", Survey Review 23 (1975).
 */
#ifndef GEO_DIST_H
#define GEO_DIST_H

/* The largest latitude of the web Mercator projection. */
#define GEO_DIST_MAX_LAT	85.051
#define GEO_DIST_MAX_LON	180.0

/* Metres between two points; near the antipode by the great circle. */
double	geo_dist_m(double lat1, double lon1, double lat2, double lon2);

/* 1 if geo_dist_m() is at most M; much cheaper if it is far less. */
int	geo_dist_within(double lat1, double lon1, double lat2, double lon2,
	    double m);

struct geo_dist_box {
	double	min_lat, min_lon, max_lat, max_lon;
};

/*
 * The box whose edges are M metres, at most GEO_DIST_AROUND_MAX_M, due north,
 * east, south and west of a point; no further than GEO_DIST_MAX_LAT and
 * GEO_DIST_MAX_LON.
 */
#define GEO_DIST_AROUND_MAX_M	5000000.0
void	geo_dist_around(struct geo_dist_box *box, double lat, double lon,
	    double m);

/* Metres from a point to the farthest corner of BOX, rounded half-even. */
double	geo_dist_radius_m(double lat, double lon,
	    const struct geo_dist_box *box);

#endif
