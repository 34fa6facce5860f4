/* SPDX-License-Identifier: ISC */
/*
 * Pictures of light as PNG files (ISO/IEC 15948), with the few colours of the
 * ramp that they use.  The same light gives the same bytes.  Pure.
 */
#ifndef MAP_PNG_H
#define MAP_PNG_H

#include <stddef.h>
#include <stdint.h>

struct map_png;
struct map_raster;

/* For pictures that are SIZE pixels wide and high.  NULL: no memory. */
struct map_png *map_png_new(unsigned size);
void	map_png_free(struct map_png *p);

/*
 * The file for R.  Returns it, borrowed until the next call, and its length
 * in *LEN.
 */
const uint8_t *map_png_encode(struct map_png *p, const struct map_raster *r,
	    size_t *len);

#endif
