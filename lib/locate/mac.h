/* SPDX-License-Identifier: ISC */
/*
 * Positions from wifi access points or Bluetooth beacons as Ichnaea found
 * them: stations that lie near each other form a cluster, and each cluster of
 * two or more gives one result.  A single station never does: a query must
 * prove that it heard two networks of one place.
 */
#ifndef LOCATE_MAC_H
#define LOCATE_MAC_H

#include <stddef.h>
#include <stdint.h>

#include "locate/result.h"
#include "station/trust.h"

struct base_arena;
struct locate_mac;
struct station_row;

/*
 * Of more known stations only the best-scored are used; the work grows with
 * the square of this.
 */
#define LOCATE_MAC_MAX	300

/* What wifi and Bluetooth differ in. */
struct locate_mac_kind {
	enum locate_result_kind	kind;
	double			cluster_m; /* farthest pair of a cluster */
	size_t			max_used;  /* stations per position */
	double			min_m, max_m; /* limits of the accuracy */
	int32_t			signal_dbm;   /* of networks without one */
};

extern const struct locate_mac_kind locate_mac_blue, locate_mac_wifi;

/* What rows of kind K are of. */
enum obs_kind locate_mac_obs_kind(const struct locate_mac_kind *k);

/* A usable row, with what the query says of it. */
struct locate_mac_station {
	const struct station_row *row;
	const struct locate_mac	 *heard;
	double			  lat, lon;
	double			  age_ms, signal_dbm;
	double			  score;
	int			  group;	/* its result's, or -1 */
	int			  used;		/* the position rests on it */
	/* Of locate/support.h alone: */
	double			  spread_m;
	double			  scale_m;	/* how far it may be heard */
	double			  known;	/* weight of its peak */
	double			  vote;
	double			  cos_lat;	/* of the plane at it */
	int			  device;	/* equal for those of one */
	int			  is_moving;	/* and left out */
	int			  is_withheld;	/* the same */
	int			  is_made_up;	/* its peak is */
	/* Of locate/company.h: */
	struct station_trust	  trust;
	uint32_t		  mark[STATION_TRUST_MARKS];
	size_t			  nmark;
	int			  is_adopted;	/* and may vouch as such */
	int			  is_doubtful;
	int			  company;	/* its number, or -1 */
};

struct locate_mac_found {
	struct locate_mac_station *at;
	size_t			   n;
};

/* What is to be found of one kind. */
struct locate_mac_ask {
	const struct locate_mac_kind *kind;
	const struct locate_mac	*heard;		/* the query's networks */
	size_t			 nheard;
	const struct station_row *row;		/* what was found of them */
	size_t			 nrow;
	int64_t			 now_s;
	/* Of locate/support.h alone: */
	int			 with_withheld;	/* list these, too */
	int			 no_adopted;	/* these do not vouch as such */
};

/*
 * MF, living in A, becomes the usable rows paired with what the query says of
 * them, in no order and without groups; and if asked for so, those that are
 * withheld.  Rows that were not asked for, which a lookup may have found, are
 * passed over.  Returns 0, or -1 when memory is
 * short.
 */
int	locate_mac_collect(const struct locate_mac_ask *q,
	    struct locate_mac_found *mf, struct base_arena *a);

/*
 * Add the results of Q to RESULTS; MF, living in A, lists the stations they
 * were made of.  Returns 0, or -1 when memory is short.
 */
int	locate_mac_search(const struct locate_mac_ask *q,
	    struct locate_result_list *results, struct locate_mac_found *mf,
	    struct base_arena *a);

#endif
