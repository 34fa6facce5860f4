/* SPDX-License-Identifier: ISC */
/*
 * What observations of one station say together, and how a row takes it in:
 * what station/update.c and station/believe.c have in common.
 */
#ifndef STATION_MERGE_H
#define STATION_MERGE_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/dist.h"
#include "station/row.h"

struct obs_obs;

/* What an old mean weighs at most beside new observations. */
#define STATION_MERGE_MAX_OLD	10000.0

/*
 * The observations that count, reports unless there are only queries, and what
 * they say.  Longitudes may be beyond 180 degrees.
 */
struct station_merge {
	const struct obs_obs	*obs;
	size_t			 n;		/* all of OBS */
	int			 is_query;	/* those that count are */
	size_t			 count;
	int64_t			 psc;		/* the last one known */
	double			 first_lon;	/* unwrap around this */
	double			 lat, lon, weight;
	struct geo_dist_box	 box;
};

/* Sum up N > 0 observations OBS, which are borrowed. */
void	station_merge_sum(struct station_merge *s, const struct obs_obs *obs,
	    size_t n);

static inline int
station_merge_has_position(const struct station_row *r)
{
	return !isnan(r->lat) && !isnan(r->lon);
}

/* A row of the station KEY, as long as in a row, made at second NOW. */
void	station_merge_begin(struct station_row *r, const uint8_t *key,
	    int64_t now);

/* The place of R is that of S alone. */
void	station_merge_replace(struct station_row *r,
	    const struct station_merge *s);

/*
 * The mean of R and of S, which weighs WEIGHT in it.  The weight of R counts
 * up to a bound, so that a station heard a million times can still follow.
 */
void	station_merge_mean(const struct station_row *r,
	    const struct station_merge *s, double weight, double *lat,
	    double *lon);

/*
 * R, which S has been added to with that WEIGHT, is at LAT, LON now.  Its box
 * grows; its weight grows on beyond the bound, since it tells how well a
 * station is known.
 */
void	station_merge_settle(struct station_row *r,
	    const struct station_merge *s, double weight, double lat,
	    double lon);

/* Set place and box of R, and its radius; or find the region of its place. */
void	station_merge_place(struct station_row *r, double lat, double lon,
	    const struct geo_dist_box *box);
void	station_merge_region(struct station_row *r);

#endif
