/* SPDX-License-Identifier: ISC */
/*
 * What is kept of a wifi access point or Bluetooth beacon beside its row's mean
 * position: where it was heard best, and how far around it was heard.  The
 * peak is nearer to the station than the mean is; the spread tells how much an
 * answer may be off, and which stations move about.
 *
 * The four columns of a row are NULL together.  Rows that another program
 * wrote have none, or some of another place: then a peak is made up from the
 * rest of the row.
 */
#ifndef STATION_PEAK_H
#define STATION_PEAK_H

#include <stddef.h>
#include <stdint.h>

#include "obs/batch.h"

struct station_row;

struct station_peak {
	double	lat, lon;	/* degrees */
	double	weight;		/* sum of the weights of this mean */
	double	spread_m;	/* rms distance of what was heard */
};

/* The row holds none. */
void	station_peak_clear(struct station_row *r);

/*
 * Set P to the peak of R, which has a position and is of KIND.  Returns 1, or
 * 0 if R holds none and P was made up.
 */
int	station_peak_get(struct station_peak *p, const struct station_row *r,
	    enum obs_kind kind);

/* The mean of the observations that were chosen, by their weights. */
struct station_peak_batch {
	const struct obs_obs	*obs;
	size_t			 n;
	int			 is_query;	/* those that were chosen are */
	double			 lat, lon;	/* lon may be beyond 180 */
	double			 weight;	/* the sum */
};

/* Set the peak of R, whose position is that of batch B alone. */
void	station_peak_set(struct station_row *r,
	    const struct station_peak_batch *b);

/* The peak of batch B alone; its longitude may be beyond 180 degrees. */
void	station_peak_sum(struct station_peak *p,
	    const struct station_peak_batch *b);

/* The WEIGHT that BEFORE had, as much of it as is left at second NOW. */
double	station_peak_faded(const struct station_row *before, double weight,
	    int64_t now);

/* Store P, whose longitude may be beyond 180 degrees, as columns round. */
void	station_peak_store(struct station_row *r,
	    const struct station_peak *p);

/*
 * Move the peak of R by batch B, which R's position has been moved by already:
 * BEFORE is the row as it was, with a position.  NOW is in seconds.
 */
void	station_peak_move(struct station_row *r,
	    const struct station_row *before,
	    const struct station_peak_batch *b, int64_t now);

#endif
