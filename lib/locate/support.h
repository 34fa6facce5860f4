/* SPDX-License-Identifier: ISC */
/*
 * Positions from wifi access points or Bluetooth beacons by the model: where
 * stations that support each other were heard best, and a radius within which
 * the device is in 95 of 100 cases.  A single station never answers, nor do
 * stations that were never heard together (locate/company.h): a query must
 * prove that it heard two networks of one place.
 */
#ifndef LOCATE_SUPPORT_H
#define LOCATE_SUPPORT_H

#include <stddef.h>

#include "locate/company.h"
#include "locate/mac.h"

struct base_arena;
struct locate_circle;

/* Of more known stations only the best-known are used. */
#define LOCATE_SUPPORT_MAX	LOCATE_COMPANY_MAX

/* What wifi and Bluetooth differ in. */
struct locate_support_kind {
	enum locate_result_kind	kind;
	double	reach_m;	/* stations farther apart are of two places */
	double	range_m;	/* how far one is heard at -80 dBm */
	double	knee_m;		/* beyond this an outlier pulls less */
	double	moving_m;	/* one that spreads farther moves about */
	size_t	max_used;	/* stations per position */
	double	radius_m;	/* the accuracy where the scale is... */
	double	scale_m;	/* ... this */
};
extern const struct locate_support_kind locate_support_blue,
	    locate_support_wifi;

/* Why a position is where it is. */
struct locate_support {
	double	support;	/* of its seed */
	size_t	devices;	/* different ones that it rests on */
	size_t	stations;
	double	scatter_m;	/* mean distance of the stations */
	double	scale_m;	/* how far they may be heard */
	double	known;		/* how well their peaks are known */
	struct locate_companies companies;	/* also without a result */
};

/*
 * Find the position of Q, supported by what the cells say: NEAR, or NULL.  MF,
 * living in A, lists the stations that it was made of.  Returns 1 and sets *R
 * and *S, 0 if there is none, or -1 when memory is short.
 */
int	locate_support_search(const struct locate_mac_ask *q,
	    const struct locate_support_kind *kind,
	    const struct locate_circle *near, struct locate_result *r,
	    struct locate_support *s, struct locate_mac_found *mf,
	    struct base_arena *a);

#endif
