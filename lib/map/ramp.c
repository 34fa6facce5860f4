/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <math.h>

#include "map/ramp.h"

/* The blue, 0088FF. */
#define GREEN	136

/*
 * Light adds up with the dots; its square root keeps a few of them visible
 * beside many.  Up to a half of that the step is the alpha, beyond it the
 * white.
 */
unsigned
map_ramp_step(double light)
{
	double v = sqrt(light);

	if (v <= .5)
		return (unsigned)(510 * v);
	return v > 1 ? MAP_RAMP_MAX :
	    MAP_RAMP_BLUE + (unsigned)(255 * (2 * v - 1));
}

/* The original has GREEN and 255 or one less, by accidents of rounding. */
void
map_ramp_colour(unsigned step, uint8_t rgba[4])
{
	unsigned red = step > MAP_RAMP_BLUE ? step - MAP_RAMP_BLUE : 0;

	assert(step <= MAP_RAMP_MAX);
	rgba[0] = (uint8_t)red;
	rgba[1] = (uint8_t)((255 * red + GREEN * (255 - red)) / 255);
	rgba[2] = 255;
	rgba[3] = (uint8_t)(step < MAP_RAMP_BLUE ? step : 255);
	if (step == 0)
		rgba[1] = rgba[2] = 0;
}
