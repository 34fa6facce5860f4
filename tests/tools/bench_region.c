/* SPDX-License-Identifier: ISC */
/*
 * Lookups per second, and the slowest kind of point: over the whole globe,
 * where some region is, and where more than one buffered shape is.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "geo/region.h"

#define POINTS	200000
#define TURNS	20

struct point {
	double	lat, lon;
};

static double
now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static double
draw(uint64_t *state, double min, double max)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return min + (max - min) * (double)(*state >> 11) * 0x1p-53;
}

/* 1 if at least MANY buffered shapes hold P. */
static int
crowded(const struct point *p, int many)
{
	int r;

	for (r = 0; many > 0 && r < geo_region_count(); r++)
		many -= geo_region_inside(p->lat, p->lon, r);
	return many == 0;
}

static void
run(const char *name, struct point *points, int many)
{
	uint64_t state = 1;
	double t;
	long sum = 0;
	int i, turn;

	for (i = 0; i < POINTS; i++)
		do {
			points[i].lat = draw(&state, -90, 90);
			points[i].lon = draw(&state, -180, 180);
		} while (many > 0 && !crowded(&points[i], many));
	t = now_s();
	for (turn = 0; turn < TURNS; turn++)
		for (i = 0; i < POINTS; i++)
			sum += geo_region_at(points[i].lat, points[i].lon);
	t = (now_s() - t) / TURNS / POINTS;
	printf("%-10s %8.2f M/s %8.1f ns (%ld)\n", name, 1e-6 / t, t * 1e9,
	    sum);
}

int
main(void)
{
	struct point *points;

	if ((points = reallocarray(NULL, POINTS, sizeof(*points))) == NULL)
		return 1;
	run("globe", points, 0);
	run("regions", points, 1);
	run("borders", points, 2);
	free(points);
	return 0;
}
