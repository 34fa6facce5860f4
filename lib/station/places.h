/* SPDX-License-Identifier: ISC */
/*
 * What is kept of a cell beside its row's mean position: up to eight places
 * where it was heard, each with how often and how loud.  A cell is heard for
 * kilometres, so one mean tells little; the signal of a query tells which of
 * the places it comes from.
 *
 * The column `places` holds them as bytes, little-endian: version (1), index of
 * the place of the last observation, observations there since it was come to,
 * 0, visits (two bytes), then for each place latitude and longitude in
 * 10^-7 degrees (four bytes each), observations, signal in 0.01 dBm and rms
 * distance in metres (two bytes each).  Any other bytes count as NULL.
 */
#ifndef STATION_PLACES_H
#define STATION_PLACES_H

#include <stddef.h>
#include <stdint.h>

#include "station/row.h"

struct obs_obs;

#define STATION_PLACES_MAX	8
#define STATION_PLACES_BYTES	STATION_ROW_PLACES

/* One place; there may be one too many before two become one. */
struct station_place {
	double	lat, lon;	/* degrees: the mean of its observations */
	int64_t	n;		/* how many these are, within limits */
	double	signal_dbm;	/* their mean; NaN: unknown */
	double	rms_m;		/* their distance from the mean */
};

struct station_places {
	struct station_place at[STATION_PLACES_MAX + 1];
	size_t	n;
	size_t	last;		/* where the last observation was */
	int	stay;		/* how many since it was come to */
	int	visits;		/* how often another place was come to */
};

/* Read LEN BYTES.  Returns 1, or 0 if they are no places. */
int	station_places_read(struct station_places *p, const uint8_t *bytes,
	    size_t len);

/* Write P, which has a place, rounded.  Returns how many bytes that took. */
size_t	station_places_write(const struct station_places *p,
	    uint8_t out[STATION_PLACES_BYTES]);

/* Add an observation; SIGNAL_DBM is NaN if it is unknown. */
void	station_places_add(struct station_places *p, double lat, double lon,
	    double signal_dbm);

/* The row holds none. */
void	station_places_clear(struct station_row *r);

/*
 * Set P to the places of R, which has a position.  Returns 1, or 0 if R holds
 * none and P is one place made up from its position, radius and samples.
 */
int	station_places_get(struct station_places *p,
	    const struct station_row *r);

/*
 * Set the places of R to those of BEFORE, the row as it was, with a position,
 * or to none if it is NULL; and N observations added in their order: those of
 * queries if IS_QUERY, else the others.
 */
void	station_places_update(struct station_row *r,
	    const struct station_row *before, const struct obs_obs *obs,
	    size_t n, int is_query);

#endif
