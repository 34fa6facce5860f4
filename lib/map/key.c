/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <math.h>

#include "map/key.h"

#define WORLD	4294967296.0	/* x and y before their lower bits go */

/* Move the bits of V apart: bit N goes to 2 * N. */
static uint64_t
spread_bits(uint64_t v)
{
	v = (v | v << 16) & UINT64_C(0x0000ffff0000ffff);
	v = (v | v << 8) & UINT64_C(0x00ff00ff00ff00ff);
	v = (v | v << 4) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	v = (v | v << 2) & UINT64_C(0x3333333333333333);
	return (v | v << 1) & UINT64_C(0x5555555555555555);
}

/* The reverse; odd bits are dropped. */
static uint32_t
gather_bits(uint64_t v)
{
	v &= UINT64_C(0x5555555555555555);
	v = (v | v >> 1) & UINT64_C(0x3333333333333333);
	v = (v | v >> 2) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	v = (v | v >> 4) & UINT64_C(0x00ff00ff00ff00ff);
	v = (v | v >> 8) & UINT64_C(0x0000ffff0000ffff);
	return (uint32_t)(v | v >> 16);
}

/*
 * The comparisons fail for what is no number.  Both coordinates are rounded
 * down to 32 bits before the lower ones go, and the terms stand in the order in
 * which datamaps has them, so that keys are the same to the last bit.
 */
int
map_key_of(double lat_deg, double lon_deg, uint64_t *key)
{
	double phi = lat_deg * M_PI / 180;
	uint32_t x, y;

	if (!(fabs(lat_deg) <= MAP_KEY_LAT_MAX && fabs(lon_deg) < 180))
		return 0;
	x = (uint32_t)(WORLD * ((lon_deg + 180) / 360));
	y = (uint32_t)(WORLD * (1 - log(tan(phi) + 1 / cos(phi)) / M_PI) / 2);
	x >>= 32 - MAP_KEY_AXIS_BITS;
	y >>= 32 - MAP_KEY_AXIS_BITS;
	*key = spread_bits(y) << 1 | spread_bits(x);
	return 1;
}

/*
 * The first bits of a tile's keys are its own x and y, interleaved like those
 * of keys; in the first of its keys zeros follow.
 */
uint64_t
map_key_of_tile(unsigned z, uint32_t x, uint32_t y)
{
	assert(z <= MAP_KEY_ZOOM_MAX && x >> z == 0 && y >> z == 0);
	return (spread_bits(y) << 1 | spread_bits(x)) <<
	    (MAP_KEY_BITS - 2 * z);
}

/* The odd bits are those of y, as a halving from north to south comes first. */
void
map_key_split(uint64_t key, uint32_t *x, uint32_t *y)
{
	*x = gather_bits(key);
	*y = gather_bits(key >> 1);
}

/* Longitude grows evenly with x, and the map's west is the date line. */
double
map_key_lon_deg(uint32_t x)
{
	return 360.0 * x / (1 << MAP_KEY_AXIS_BITS) - 180;
}

/*
 * The inverse of the Mercator projection of a sphere: the Gudermannian function
 * of a y that runs from pi in the north to -pi in the south.
 */
double
map_key_lat_deg(uint32_t y)
{
	return 180 / M_PI * atan(sinh(M_PI *
	    (1 - 2.0 * y / (1 << MAP_KEY_AXIS_BITS))));
}

/*
 * Steps that double are tried first: what is looked for is most often near,
 * as tiles are gone through in the order of their keys.
 */
size_t
map_key_find(const uint64_t *keys, size_t from, size_t to, uint64_t key)
{
	size_t mid, step = 1;

	assert(from <= to);
	while (step < to - from && keys[from + step] < key) {
		from += step;
		step *= 2;
	}
	if (step < to - from)
		to = from + step;
	while (from < to) {
		mid = from + (to - from) / 2;
		if (keys[mid] < key)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}
