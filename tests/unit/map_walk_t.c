/* SPDX-License-Identifier: ISC */
#include "map/key.h"
#include "map/pmtiles.h"
#include "map/walk.h"
#include "tap.h"

#define N	3000

static uint64_t key[N];

static int
cmp_key(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

struct seen {
	uint64_t	last;		/* number of the last tile, plus 1 */
	size_t		keys, tiles, bad;
	size_t		max;
};

/* Tiles come in the order of their numbers, with all keys that they have. */
static int
on_tile(void *arg, const struct map_walk_tile *t)
{
	uint64_t first = map_key_of_tile(t->z, t->x, t->y);
	uint64_t id = map_pmtiles_id(t->z, t->x, t->y);
	struct seen *s = arg;
	size_t i;

	s->bad += id + 1 <= s->last;
	s->last = id + 1;
	for (i = t->from; i < t->to; i++)
		s->bad += key[i] < first ||
		    key[i] - first >= MAP_KEY_TILE(t->z);
	s->bad += t->from == t->to;
	s->keys += t->to - t->from;
	s->tiles++;
	return s->tiles == s->max ? -1 : 0;
}

static int
on_part(void *arg, const struct map_walk_tile *t)
{
	struct seen *s = arg;

	s->bad += t->z < 9 && t->to - t->from > 100;
	s->tiles++;
	return map_walk_zoom(key, t, 9, on_tile, s);
}

int
main(void)
{
	struct map_walk_tile world = map_walk_world(N);
	struct seen s, parts = { 0 };
	uint64_t x = 1;
	unsigned z;
	size_t i;

	for (i = 0; i < N; i++) {
		x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
		key[i] = x >> (64 - MAP_KEY_BITS);
		if (i % 2 == 0)		/* half of them near each other */
			key[i] = key[0] + key[i] % 100000000;
	}
	qsort(key, N, sizeof(*key), cmp_key);
	for (z = 0; z <= MAP_KEY_ZOOM_MAX; z++) {
		s = (struct seen){ 0 };
		ok(map_walk_zoom(key, &world, z, on_tile, &s) == 0,
		    "zoom %u", z);
		is_int((long long)s.bad, 0, "in order, with their keys");
		is_int((long long)s.keys, N, "all keys");
	}
	s = (struct seen){ .max = 7 };
	is_int(map_walk_zoom(key, &world, 9, on_tile, &s), -1, "stopped");
	is_int((long long)s.tiles, 7, "at once");
	is_int(map_walk_parts(key, &world, 9, 100, on_part, &parts), 0,
	    "in parts");
	is_int((long long)parts.bad, 0, "which are small, in order");
	is_int((long long)parts.keys, N, "and have all keys");
	world = map_walk_world(0);
	s = (struct seen){ 0 };
	is_int(map_walk_zoom(key, &world, 3, on_tile, &s), 0, "an empty world");
	is_int((long long)s.tiles, 0, "has no tiles");
	/* Numbers from the specification of PMTiles. */
	is_int((long long)map_pmtiles_id(0, 0, 0), 0, "0/0/0");
	is_int((long long)map_pmtiles_id(1, 0, 0), 1, "1/0/0");
	is_int((long long)map_pmtiles_id(1, 0, 1), 2, "1/0/1");
	is_int((long long)map_pmtiles_id(1, 1, 1), 3, "1/1/1");
	is_int((long long)map_pmtiles_id(1, 1, 0), 4, "1/1/0");
	is_int((long long)map_pmtiles_id(2, 0, 0), 5, "2/0/0");
	is_int((long long)map_pmtiles_id(12, 3423, 1763), 19078479,
	    "12/3423/1763");
	return tap_done();
}
