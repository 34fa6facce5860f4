/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <math.h>

#include "geo/plane.h"
#include "locate/circle.h"

#define STEPS	8	/* of the iteration; it settles in fewer */

double
locate_circle_apart_m(const struct locate_circle *a,
    const struct locate_circle *b)
{
	return sqrt(geo_plane_between_sq_m(a->lat, a->lon, b->lat, b->lon));
}

/*
 * Iteratively reweighted means: a circle that lies D of its own radii away
 * counts as 1 / sqrt(1 + D^2) of its weight (P. J. Huber, E. M. Ronchetti,
 * "Robust Statistics", 2009, chapter 7).  The radius is that of the weights, so
 * of two circles each is half as likely to be believed as if they were
 * independent, and grows with the distances.
 */
void
locate_circle_fuse(struct locate_circle *to, const struct locate_circle *c,
    size_t n)
{
	double x = 0, y = 0, sx, sy, sum, w, all = 0, px, py, spread = 0;
	struct geo_plane p;
	int step, steps = n > 2 ? STEPS : 0;
	size_t i;

	assert(n > 0);
	if (n == 1) {
		*to = *c;
		return;
	}
	geo_plane_init(&p, c->lat, c->lon);
	for (step = 0; step <= steps; step++) {
		sx = sy = sum = 0;
		for (i = 0; i < n; i++) {
			geo_plane_to(&p, c[i].lat, c[i].lon, &px, &py);
			w = 1 / (c[i].radius_m * c[i].radius_m);
			if (step > 0)
				w /= sqrt(1 + ((px - x) * (px - x) +
				    (py - y) * (py - y)) * w);
			sx += w * px;
			sy += w * py;
			sum += w;
		}
		x = sx / sum;
		y = sy / sum;
	}
	for (i = 0; i < n; i++) {
		geo_plane_to(&p, c[i].lat, c[i].lon, &px, &py);
		w = 1 / (c[i].radius_m * c[i].radius_m);
		all += w;
		spread += w * ((px - x) * (px - x) + (py - y) * (py - y));
	}
	geo_plane_from(&p, x, y, &to->lat, &to->lon);
	to->radius_m = sqrt(sqrt((double)n) / all + spread / all);
}
