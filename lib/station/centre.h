/* SPDX-License-Identifier: ISC */
/*
 * Where in a cell area most cells are, and how far around: for answers that
 * rest on nothing but the area.  The mean of all cells is drawn away by a few
 * that are far out, which are often wrong; so these are left out of it, twice.
 */
#ifndef STATION_CENTRE_H
#define STATION_CENTRE_H

#include <stddef.h>

#include "station/row.h"

struct station_centre_cell {
	double	lat, lon;
};

/*
 * Set lat, lon and spread of C to the centre of N > 0 cells, in the plane at
 * LAT, LON, which is the position of the area.
 */
void	station_centre(struct station_centre *c, double lat, double lon,
	    const struct station_centre_cell *cell, size_t n);

#endif
