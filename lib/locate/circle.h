/* SPDX-License-Identifier: ISC */
/* Places with a radius, and what several of them say together. */
#ifndef LOCATE_CIRCLE_H
#define LOCATE_CIRCLE_H

#include <stddef.h>

struct locate_circle {
	double	lat, lon;	/* degrees */
	double	radius_m;
};

/* Metres between the centres. */
double	locate_circle_apart_m(const struct locate_circle *a,
	    const struct locate_circle *b);

/*
 * Fuse N > 0 circles that are about the same device, in the plane at the first.
 * Of more than two, those that are far off pull less.
 */
void	locate_circle_fuse(struct locate_circle *to,
	    const struct locate_circle *c, size_t n);

#endif
