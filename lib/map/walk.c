/* SPDX-License-Identifier: ISC */
#include <assert.h>

#include "map/key.h"
#include "map/walk.h"

/*
 * How the curve lies in a tile, compared with the whole: its axes may be
 * exchanged, and both may run backwards.  (D. Hilbert, 1891; the curve that
 * begins and ends at the north, as PMTiles has it.)
 */
#define EXCHANGED	1
#define BACKWARDS	2

/* The curve lies in the world as it is, with nothing turned. */
struct map_walk_tile
map_walk_world(size_t n)
{
	return (struct map_walk_tile){ .to = n };
}

/*
 * The tiles within T that have keys, in the order of the curve: how many, 1 to
 * 4.  The four places on the curve are (0,0), (0,1), (1,1) and (1,0) of the
 * tile's own axes.  In the first the axes are exchanged, in the last also
 * reversed.  Keys are in another order: y and x as they are on the map.
 */
static unsigned
find_within(const uint64_t *keys, const struct map_walk_tile *t,
    struct map_walk_tile child[4])
{
	static const struct {
		unsigned	a, b, turn;
	} place[4] = {
		{ 0, 0, EXCHANGED }, { 0, 1, 0 }, { 1, 1, 0 },
		{ 1, 0, EXCHANGED | BACKWARDS }
	};
	unsigned back = (t->turned & BACKWARDS) != 0, i, n = 0;
	struct map_walk_tile *c;
	uint64_t first;
	size_t at[5];

	assert(t->from < t->to);
	first = map_key_of_tile(t->z, t->x, t->y);
	at[0] = t->from;
	at[4] = t->to;
	for (i = 1; i < 4; i++)
		at[i] = map_key_find(keys, at[i - 1], t->to,
		    first + i * MAP_KEY_TILE(t->z + 1));
	for (i = 0; i < 4; i++) {
		unsigned a = place[i].a ^ back, b = place[i].b ^ back;
		unsigned x = t->turned & EXCHANGED ? b : a;
		unsigned y = t->turned & EXCHANGED ? a : b;

		c = &child[n];
		c->from = at[2 * y + x];
		c->to = at[2 * y + x + 1];
		if (c->from == c->to)
			continue;
		c->z = t->z + 1;
		c->x = 2 * t->x + x;
		c->y = 2 * t->y + y;
		c->turned = t->turned ^ place[i].turn;
		n++;
	}
	return n;
}

/*
 * Depth first; the depth is that of the zooms.  Tiles without keys are not gone
 * into, so the time is that of the tiles that there are and not of the world's.
 */
int
map_walk_parts(const uint64_t *keys, const struct map_walk_tile *t,
    unsigned z, size_t max, int (*visit)(void *arg,
    const struct map_walk_tile *), void *arg)
{
	struct map_walk_tile child[4];
	unsigned i, n;

	assert(t->z <= z && z <= MAP_KEY_ZOOM_MAX);
	if (t->from == t->to)
		return 0;
	if (t->z == z || t->to - t->from <= max)
		return visit(arg, t);
	n = find_within(keys, t, child);
	for (i = 0; i < n; i++)
		if (map_walk_parts(keys, &child[i], z, max, visit, arg) == -1)
			return -1;
	return 0;
}

/* No part has 0 keys, so all of them are divided down to zoom Z. */
int
map_walk_zoom(const uint64_t *keys, const struct map_walk_tile *t, unsigned z,
    int (*visit)(void *arg, const struct map_walk_tile *), void *arg)
{
	return map_walk_parts(keys, t, z, 0, visit, arg);
}
