/* SPDX-License-Identifier: ISC */
/*
 * Places as numbers that sort like the tiles of a map: the Web Mercator
 * square is halved again and again, and each halving gives one bit of a key,
 * first of y (from north to south), then of x (from west to east).  A tile of
 * zoom Z is all keys that begin with the same 2 * Z bits, so whatever is in
 * it stands together in a sorted list.
 */
#ifndef MAP_KEY_H
#define MAP_KEY_H

#include <stddef.h>
#include <stdint.h>

/* Bits of x and of y: 13 zooms, and 8 for the pixels of a tile. */
#define MAP_KEY_AXIS_BITS	21
#define MAP_KEY_BITS		(2 * MAP_KEY_AXIS_BITS)
#define MAP_KEY_ZOOM_MAX	14	/* of the tiles that are made of keys */

/* Beyond this latitude there is no map. */
#define MAP_KEY_LAT_MAX		85.0511

/*
 * The key of a position in degrees.  Returns 1, or 0 if it is not on the
 * map: a latitude beyond MAP_KEY_LAT_MAX, a longitude of 180 or beyond, or no
 * number.
 */
int	map_key_of(double lat_deg, double lon_deg, uint64_t *key);

/* The first key of tile X, Y of zoom Z; the last one is before the next. */
uint64_t map_key_of_tile(unsigned z, uint32_t x, uint32_t y);

/* How many keys a tile of zoom Z has at most. */
#define MAP_KEY_TILE(z)		(UINT64_C(1) << (MAP_KEY_BITS - 2 * (z)))

/* The axes of KEY, each of MAP_KEY_AXIS_BITS. */
void	map_key_split(uint64_t key, uint32_t *x, uint32_t *y);

/* The north-west corner of what x and y of MAP_KEY_AXIS_BITS name. */
double	map_key_lon_deg(uint32_t x);
double	map_key_lat_deg(uint32_t y);

/*
 * The place of the first of sorted KEYS, from FROM on and before TO, that is
 * not below KEY; TO if there is none.
 */
size_t	map_key_find(const uint64_t *keys, size_t from, size_t to,
	    uint64_t key);

#endif
