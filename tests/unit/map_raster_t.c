/* SPDX-License-Identifier: ISC */
/*
 * Pictures against what the original programs drew, as steps of the ramp,
 * which below 256 are alphas.
 */
#include "map/key.h"
#include "map/ramp.h"
#include "map/raster.h"
#include "map/walk.h"
#include "tap.h"

static struct map_raster *small, *large;

static int
cmp_key(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Draw N positions (latitude, longitude) as tile Z, X, Y. */
static struct map_raster *
draw(const double (*at)[2], size_t n, unsigned z, uint32_t x, uint32_t y,
    struct map_raster *r)
{
	struct map_walk_tile t = { .z = z, .x = x, .y = y };
	uint64_t first = map_key_of_tile(z, x, y), key[64];
	size_t i;

	for (i = 0; i < n; i++)
		if (!map_key_of(at[i][0], at[i][1], &key[i]))
			abort();
	qsort(key, n, sizeof(*key), cmp_key);
	t.from = map_key_find(key, 0, n, first);
	t.to = map_key_find(key, 0, n, first + MAP_KEY_TILE(z));
	map_raster_draw(r, key, n, &t);
	return r;
}

static int
step(const struct map_raster *r, unsigned column, unsigned row)
{
	return (int)map_ramp_step(r->light[row * r->size + column]);
}

/* N pixels of a row from COLUMN on. */
static void
is_row(const struct map_raster *r, unsigned column, unsigned row,
    const int *want, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		ok(step(r, column + i, row) == want[i],
		    "%u: (%u,%u) is %d, want %d", r->size, column + i, row,
		    step(r, column + i, row), want[i]);
}

/* A dot near 0, 0 at all zooms; -1: outside, or lost. */
static void
test_zooms(void)
{
	static const double at[1][2] = { { -0.088320, 0.088320 } };
	static const struct {
		unsigned	p;
		int		want[4];
	} zooms[] = {
		{ 127, { 97, 110, 110, 125 } }, { 0, { 130, 0, 0, 0 } },
		{ 0, { 146, 0, 0, 0 } }, { 0, { 181, 8, 8, 0 } },
		{ 0, { 84, 85, 85, 85 } }, { 1, { 78, 79, 79, 80 } },
		{ 3, { 72, 74, 74, 76 } }, { 7, { 65, 69, 69, 73 } },
		{ 15, { 56, 64, 64, 73 } }, { 31, { 45, 58, 58, 75 } },
		{ 63, { 28, 49, 49, 85 } }, { 128, { 106, 0, 0, 0 } }
	};
	unsigned k, z;

	for (z = 0; z <= 11; z++) {
		k = z == 0 ? 0 : 1U << (z - 1);
		draw(at, 1, z, k, k, small);
		is_row(small, zooms[z].p, zooms[z].p, zooms[z].want, 2);
		is_row(small, zooms[z].p, zooms[z].p + 1,
		    zooms[z].want + 2, 2);
		ok(small->nlit <= 4, "no other pixel at zoom %u", z);
	}
}

static void
test_london(void)
{
	static const double at[2][2] = { { 51.500327, -0.099933 },
	    { 80, -170 } };
	static const int dot[2][2] = { { 101, 88 }, { 134, 116 } };
	static const int disc[4][4] = { { 34, 70, 59, 25 },
	    { 90, 162, 142, 67 }, { 125, 193, 178, 93 },
	    { 62, 129, 109, 46 } };
	static const int z13[4][4] = { { 2, 13, 41, 9 }, { 9, 46, 87, 41 },
	    { 4, 21, 51, 17 }, { 0, 4, 14, 3 } };
	static const int z14[4][4] = { { 14, 29, 25, 11 },
	    { 35, 63, 57, 28 }, { 46, 73, 69, 37 }, { 23, 48, 42, 18 } };
	static const int z12[1] = { 70 };
	unsigned i;

	draw(at, 1, 0, 0, 0, small);
	is_row(small, 127, 84, dot[0], 2);
	is_row(small, 127, 85, dot[1], 2);
	is_int((long long)small->nlit, 4, "all others are dark");
	draw(at, 1, 0, 0, 0, large);
	for (i = 0; i < 4; i++)
		is_row(large, 254, 168 + i, disc[i], 4);
	draw(at, 2, 12, 2046, 1362, small);
	is_row(small, 220, 38, z12, 1);
	is_row(small, 220, 39, z12, 1);
	draw(at, 2, 13, 4093, 2724, small);
	for (i = 0; i < 4; i++)
		is_row(small, 183, 77 + i, z13[i], 4);
	draw(at, 2, 14, 8187, 5448, small);
	for (i = 0; i < 4; i++)
		is_row(small, 113, 155 + i, z14[i], 4);
}

static void
test_borders(void)
{
	static const double zero[1][2] = { { 0, 0 } };
	static const double edge[1][2] = { { -0.088320, 0.000086 } };
	static const double corner[1][2] = { { 85.0511, -179.999999 } };
	static const double other[1][2] = { { -85.0511, 179.999999 } };

	draw(zero, 1, 11, 1024, 1024, small);
	is_int(step(small, 0, 0), 53, "a quarter of the light");
	is_int((long long)small->nlit, 1, "the rest is lost");
	draw(edge, 1, 11, 1024, 1024, small);
	is_int(step(small, 0, 128), 75, "half of it");
	draw(corner, 1, 0, 0, 0, small);
	is_int(step(small, 0, 0), 111, "the north-west corner");
	draw(corner, 1, 0, 0, 0, large);
	is_int(step(large, 0, 0), 170, "of the large picture");
	is_int(step(large, 1, 0), 96, "beside it");
	is_int(step(large, 0, 1), 96, "below it");
	is_int(step(large, 1, 1), 44, "across");
	draw(other, 1, 0, 0, 0, small);
	is_int(step(small, 255, 255), 111, "the south-east corner");
}

/* Beyond zoom 12 a disc reaches over the border of its tile. */
static void
test_neighbours(void)
{
	/* One in the middle of the tile, one just west of it. */
	static const double at[2][2] = { { -0.005, 0.07 },
	    { -0.005, 0.0659 } };

	draw(at, 2, 14, 8195, 8192, small);
	ok(step(small, 0, 58) > 0, "light from the tile beside");
	draw(at, 1, 14, 8195, 8192, small);
	is_int(step(small, 0, 58), 0, "none without it");
}

/* Of several keys only every 2048th is drawn at zoom 1. */
static void
test_steps(void)
{
	static const double at[3][2] = { { 10, 10 }, { 20, 20 }, { 30, 30 } };

	draw(at, 3, 0, 0, 0, small);
	ok(small->nlit > 0 && small->nlit <= 4, "one dot of three");
	draw(at, 3, 11, 1137, 967, small);
	is_int((long long)small->nlit, 0, "a tile may stay dark");
}

static void
test_ramp(void)
{
	uint8_t c[4];

	is_int(map_ramp_step(0), 0, "dark");
	is_int(map_ramp_step(1e-9), 0, "too faint to be seen");
	is_int(map_ramp_step(0.25), 255, "blue");
	is_int(map_ramp_step(1), 510, "white");
	is_int(map_ramp_step(99), 510, "not whiter");
	map_ramp_colour(0, c);
	ok(memcmp(c, "\0\0\0\0", 4) == 0, "dark is transparent");
	map_ramp_colour(100, c);
	ok(memcmp(c, "\0\x88\xff\x64", 4) == 0, "transparent blue");
	map_ramp_colour(255, c);
	ok(memcmp(c, "\0\x88\xff\xff", 4) == 0, "blue");
	map_ramp_colour(255 + 45, c);
	ok(memcmp(c, "\x2d\x9d\xff\xff", 4) == 0, "half way to white");
	map_ramp_colour(510, c);
	ok(memcmp(c, "\xff\xff\xff\xff", 4) == 0, "white");
}

/* Of two dots in a place the law shows the first; of few all are shown. */
static void
test_least(void)
{
	const double at[][2] = { { 51.5, -0.1 }, { 51.5, 10 }, { 51.5, 20 } };
	size_t by_law = draw(at, 3, 0, 0, 0, small)->nlit, all;

	small->least = MAP_RASTER_LEAST;
	all = draw(at, 3, 0, 0, 0, small)->nlit;
	ok(by_law == 4 && all == 12, "%zu pixels are lit, not %zu", all,
	    by_law);
	small->least = 1;
	all = draw(at, 3, 0, 0, 0, small)->nlit;
	ok(all == 8, "%zu when one is enough", all);
	small->least = 0;
}

int
main(void)
{
	small = map_raster_new(256);
	large = map_raster_new(512);
	if (small == NULL || large == NULL)
		return 1;
	test_zooms();
	test_london();
	test_borders();
	test_neighbours();
	test_steps();
	test_ramp();
	test_least();
	map_raster_free(small);
	map_raster_free(large);
	return tap_done();
}
