/* SPDX-License-Identifier: ISC */
/* The stations of a batch. */
#ifndef STORE_STATION_H
#define STORE_STATION_H

#include <stddef.h>
#include <stdint.h>

#include "obs/batch.h"
#include "station/update.h"

struct base_arena;
struct obs_optout;
struct store_db;

/* What became of the observations of each kind. */
struct store_station_counts {
	struct station_update_counts kind[OBS_KINDS];
	uint64_t	 rows;		/* station rows written */
};

/*
 * Within a transaction, apply the observations of BATCH, sorted, to their
 * stations at second NOW, and mark the areas of cells that changed; but
 * NFORGET different networks FORGET, sorted likewise, are forgotten.  Adds to
 * COUNTS, and borrows memory from A.  Returns 0, or -1, see store_db_retry().
 */
int	store_station_update(struct store_db *db,
	    const struct obs_batch *batch, const struct obs_optout *forget,
	    size_t nforget, int64_t now, struct store_station_counts *counts,
	    struct base_arena *a);

#endif
