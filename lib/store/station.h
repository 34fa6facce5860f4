/* SPDX-License-Identifier: ISC */
/* The stations of a batch. */
#ifndef STORE_STATION_H
#define STORE_STATION_H

#include <stddef.h>
#include <stdint.h>

#include "obs/batch.h"
#include "station/update.h"
#include "store/tally.h"

struct base_arena;
struct obs_optout;
struct store_db;
struct store_trust;
struct store_witnesses;

/* What became of the observations of each kind. */
struct store_station_counts {
	struct station_update_counts kind[OBS_KINDS];
	uint64_t	 rows;		/* station rows written */
};

/* A batch on its way into the stations. */
struct store_station_job {
	const struct obs_batch		*batch;	/* sorted */
	const struct store_trust	*trust;	/* NULL: all are believed */
	struct store_witnesses		*witnesses;	/* if not */
	struct store_tally		*tally;	/* see there; or NULL */
	const struct obs_optout		*forget;	/* sorted likewise */
	size_t				 nforget;
	int64_t				 now;	/* s since 1970 */
	struct base_arena		*mem;
};

/*
 * Within a transaction, apply the observations of JOB to their stations, and
 * mark the areas of cells that changed; but different networks FORGET are
 * forgotten.  What stations were before they moved, were hidden or opted out
 * is kept, see store/undo.h.  Adds to COUNTS and the tally of JOB.  Returns 0,
 * or -1, see store_db_retry().
 */
int	store_station_update(struct store_db *db,
	    const struct store_station_job *job,
	    struct store_station_counts *counts);

#endif
