/* SPDX-License-Identifier: ISC */
/*
 * The tiles that a sorted list of keys has, each with its part of the list.
 * They are gone through from a tile to the four within it, in the order of a
 * Hilbert curve, in which archives of tiles are written.
 */
#ifndef MAP_WALK_H
#define MAP_WALK_H

#include <stddef.h>
#include <stdint.h>

struct map_walk_tile {
	unsigned	z;
	uint32_t	x, y;
	size_t		from, to;	/* its keys, those before "to" */
	/* private: how the curve lies in it */
	unsigned	turned;
};

/* The tile of zoom 0 of N keys. */
struct map_walk_tile map_walk_world(size_t n);

/*
 * Call VISIT(ARG, tile) for the tiles of zoom Z within T, or T itself; it
 * returns 0, or -1 to stop.  Returns 0, or -1 when stopped.
 */
int	map_walk_zoom(const uint64_t *keys, const struct map_walk_tile *t,
	    unsigned z, int (*visit)(void *arg, const struct map_walk_tile *),
	    void *arg);

/*
 * The same for parts of the work: tiles of zoom Z or less that have MAX keys
 * at most, or are of zoom Z.
 */
int	map_walk_parts(const uint64_t *keys, const struct map_walk_tile *t,
	    unsigned z, size_t max, int (*visit)(void *arg,
	    const struct map_walk_tile *), void *arg);

#endif
