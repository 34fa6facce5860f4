/* SPDX-License-Identifier: ISC */
/* The stations of a batch. */
#ifndef STORE_STATION_H
#define STORE_STATION_H

#include <stddef.h>
#include <stdint.h>

struct base_arena;
struct obs_batch;
struct obs_optout;
struct store_db;
struct store_update_result;

/*
 * Within a transaction, apply the observations of BATCH, sorted, to their
 * stations at second NOW, and mark the areas of cells that changed; but
 * NFORGET different networks FORGET, sorted likewise, are forgotten.  Adds to
 * RESULT, and borrows memory from A.  Returns 0, or -1, see store_db_retry().
 */
int	store_station_update(struct store_db *db,
	    const struct obs_batch *batch, const struct obs_optout *forget,
	    size_t nforget, int64_t now, struct store_update_result *result,
	    struct base_arena *a);

#endif
