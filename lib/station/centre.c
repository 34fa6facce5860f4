/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <math.h>

#include "geo/plane.h"
#include "station/centre.h"

#define ROUNDS		2
#define NEAR		2.25	/* variances within which a cell is kept */
#define SLACK_SQ_M	1.0	/* so that cells of one place are */

/* A point on the plane, in metres. */
struct point {
	double	x, y;
};

/* The squared distance of A cell from C. */
static double
away_sq_m(const struct geo_plane *p, const struct point *c,
    const struct station_centre_cell *cell)
{
	double x, y;

	geo_plane_to(p, cell->lat, cell->lon, &x, &y);
	x -= c->x;
	y -= c->y;
	return x * x + y * y;
}

/*
 * The mean of the cells within SQ of C, the mean squared distance of these
 * from C, and how many they are.
 */
static size_t
sum_near(const struct geo_plane *p, const struct point *c, double sq,
    const struct station_centre_cell *cell, size_t n, struct point *mean)
{
	double x, y, sum_x = 0, sum_y = 0;
	size_t kept = 0, i;

	for (i = 0; i < n; i++) {
		if (away_sq_m(p, c, &cell[i]) > sq)
			continue;
		geo_plane_to(p, cell[i].lat, cell[i].lon, &x, &y);
		sum_x += x;
		sum_y += y;
		kept++;
	}
	if (kept > 0)
		*mean = (struct point){ sum_x / (double)kept,
		    sum_y / (double)kept };
	return kept;
}

/* The mean squared distance from C of the cells within SQ of OF. */
static double
variance(const struct geo_plane *p, const struct point *c,
    const struct point *of, double sq,
    const struct station_centre_cell *cell, size_t n)
{
	double sum = 0;
	size_t kept = 0, i;

	for (i = 0; i < n; i++)
		if (away_sq_m(p, of, &cell[i]) <= sq) {
			sum += away_sq_m(p, c, &cell[i]);
			kept++;
		}
	return sum / (double)kept;
}

/*
 * The cells that are kept are those within SQ of OF, so that no list of them is
 * needed; at first these are all.
 */
void
station_centre(struct station_centre *to, double lat, double lon,
    const struct station_centre_cell *cell, size_t n)
{
	struct point c = { 0, 0 }, of = c, mean;
	double sq = INFINITY, next;
	struct geo_plane p;
	int round;

	assert(n > 0);
	geo_plane_init(&p, lat, lon);
	sum_near(&p, &c, sq, cell, n, &c);
	for (round = 0; round < ROUNDS; round++) {
		next = NEAR * variance(&p, &c, &of, sq, cell, n) + SLACK_SQ_M;
		if (sum_near(&p, &c, next, cell, n, &mean) < 2)
			break;
		of = c;
		sq = next;
		c = mean;
	}
	geo_plane_from(&p, c.x, c.y, &to->lat, &to->lon);
	to->spread = (int64_t)rint(sqrt(variance(&p, &c, &c, INFINITY, cell,
	    n)));
}
