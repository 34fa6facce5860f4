/* SPDX-License-Identifier: ISC */
/*
 * Which region is this point in, and which regions use this mobile country
 * code.  A region has a precise shape and a buffered one, about half a degree
 * larger; both are compiled in, so there is nothing to open or free, and
 * every function may be called from any thread.
 *
 * Points are WGS 84 degrees.  A latitude beyond 90, a longitude beyond 180
 * and NaN are in no region.  A point on an edge may fall either way.
 */
#ifndef GEO_REGION_H
#define GEO_REGION_H

#include <stdint.h>

/* Regions are 0 to geo_region_count() - 1, sorted by code. */
#define GEO_REGION_NONE	(-1)

int	geo_region_count(void);

/* GENC code, GENC short name (UTF-8), radius in metres of region R. */
const char *geo_region_code(int r);
const char *geo_region_name(int r);
int	geo_region_radius_m(int r);

/* The mobile country codes of R, ascending, in *LIST (lent); how many. */
int	geo_region_mccs(int r, const int16_t **list);

/* The region of CODE, two upper-case letters, or GEO_REGION_NONE. */
int	geo_region_find(const char *code);

/* The regions of MCC, sorted, in *LIST (lent); how many: 0 if not valid. */
int	geo_region_of_mcc(int mcc, const int16_t **list);

/*
 * The region of a point, or GEO_REGION_NONE outside all buffered shapes.
 * Several there: the one whose precise shape holds the point; if none does,
 * the one whose precise border has the nearest vertex; if several do, the one
 * whose precise border has the farthest vertex (in effect, the larger one).
 */
int	geo_region_at(double lat, double lon);

/* 1 if the point is in any buffered shape; in the buffered shape of R. */
int	geo_region_any(double lat, double lon);
int	geo_region_inside(double lat, double lon, int r);

/*
 * The region of a cell of MCC at this point: of MCC's regions the one whose
 * buffered shape holds it, geo_region_at() if several do, else
 * GEO_REGION_NONE.
 */
int	geo_region_for_cell(double lat, double lon, int mcc);

/*
 * The next ring of the precise shape of R: longitude and latitude of *N
 * vertices, in millionths of a degree, the last of which is the first again.
 * *AT begins with 0.  Returns the first vertex, lent, or NULL behind the last
 * ring.
 */
struct geo_region_vertex {
	int32_t	lon_udeg, lat_udeg;
};
const struct geo_region_vertex *geo_region_ring(int r, uint32_t *at,
	    uint32_t *n);

#endif
