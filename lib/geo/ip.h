/* SPDX-License-Identifier: ISC */
/* What a GeoIP database says of an address. */
#ifndef GEO_IP_H
#define GEO_IP_H

struct geo_ip {
	char	code[3];	/* GENC code of the region */
	double	lat, lon;	/* degrees, rounded to 7 decimals */
	double	radius_m;
	double	region_radius_m;
	double	score;
};

#endif
