/* SPDX-License-Identifier: ISC */
/*
 * The light of the dots in a tile, after the law that datamaps 76e620ad
 * renders by with "-B 12:0.0379:0.874": every key is a dot, of which fewer
 * are shown the farther away one looks, and brighter.  Pure.
 */
#ifndef MAP_RASTER_H
#define MAP_RASTER_H

#include <stddef.h>
#include <stdint.h>

struct map_walk_tile;

#define MAP_RASTER_SIZE		256	/* pixels of a tile's side */

/*
 * Light is in units of the scale that colours come from, see map/ramp.h;
 * rows from north to south.  To be read by all, written by map/raster.c.
 */
struct map_raster {
	unsigned	 size;		/* pixels of a side */
	double		*light;		/* size * size */
	uint32_t	*lit;		/* pixels that have light, each once */
	size_t		 least;		/* dots of a zoom; 0: by the law */
	size_t		 nlit;
};

/*
 * From afar the law shows one dot in thousands, and so nothing of a map that
 * has only thousands.  With LEAST set each zoom shows so many, or all.
 */
#define MAP_RASTER_LEAST	25000

/* A dark picture, SIZE pixels wide and high.  NULL: no memory. */
struct map_raster *map_raster_new(unsigned size);
void	map_raster_free(struct map_raster *r);

/*
 * Draw T, a tile of N sorted KEYS, of zoom MAP_KEY_ZOOM_MAX at most.  The
 * picture is as large as R; one that is larger than MAP_RASTER_SIZE has discs
 * in the place of dots.
 */
void	map_raster_draw(struct map_raster *r, const uint64_t *keys, size_t n,
	    const struct map_walk_tile *t);

#endif
