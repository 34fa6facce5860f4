/* SPDX-License-Identifier: ISC */
/*
 * Positions from cells as Ichnaea found them: the known cells of one area give
 * one result; if no cell of the query is known, each known area gives one.
 */
#ifndef LOCATE_CELL_H
#define LOCATE_CELL_H

#include <stddef.h>
#include <stdint.h>

#include "station/places.h"

struct base_arena;
struct locate_cell;
struct locate_found;
struct locate_query;
struct locate_result_list;
struct station_area;
struct station_row;

/* A usable row, with what the query says of it. */
struct locate_cell_station {
	const struct station_row *row;
	const struct locate_cell *heard;
	double			  score;
	int			  group;	/* its result's */
	/* Of locate/cover.h alone: */
	struct station_places	  places;
	double			  share[STATION_PLACES_MAX]; /* of each */
	double			  unknown_m;	/* of the radius: ignorance */
	int			  is_made_up;	/* the places are */
};

struct locate_cell_area {
	const struct station_area *row;
	double			   score;
	double			   spread_m;	/* of locate/cover.h alone */
};

struct locate_cell_found {
	struct locate_cell_station *at;
	size_t			    n;
	struct locate_cell_area	   *area;	/* result group: the index */
	size_t			    narea;
	const struct station_row  **near;	/* of locate/cover.h alone */
	size_t			    nnear;
};

/*
 * Add the results for the cells and areas of Q to RESULTS; CF, living in A,
 * lists the rows they were made of.  Returns 0, or -1 when memory is short.
 */
int	locate_cell_search(const struct locate_query *q,
	    const struct locate_found *f, int64_t now_s,
	    struct locate_result_list *results, struct locate_cell_found *cf,
	    struct base_arena *a);

#endif
