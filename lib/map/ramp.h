/* SPDX-License-Identifier: ISC */
/*
 * From light to colour: first a blue that becomes less and less transparent,
 * then that blue becomes white.  Both halves together are a scale of 511
 * steps, 0 for the dark.
 */
#ifndef MAP_RAMP_H
#define MAP_RAMP_H

#include <stdint.h>

#define MAP_RAMP_BLUE	255	/* opaque; below, it is the alpha */
#define MAP_RAMP_MAX	510	/* white; above blue, 255 more than the red */

/* The step of so much light; light of 0.25 is opaque blue, of 1 white. */
unsigned map_ramp_step(double light);

/* Red, green, blue and alpha of a step. */
void	map_ramp_colour(unsigned step, uint8_t rgba[4]);

#endif
