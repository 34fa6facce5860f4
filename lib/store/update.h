/* SPDX-License-Identifier: ISC */
/*
 * A batch of observations becomes rows, in one transaction: stations, dirty
 * cell areas, data map, counters, and the ids of the submissions it came
 * from, so that no submission counts twice.
 */
#ifndef STORE_UPDATE_H
#define STORE_UPDATE_H

#include <stddef.h>
#include <stdint.h>

#include "obs/batch.h"
#include "station/update.h"

struct store_db;

#define STORE_UPDATE_ID_LEN	16

struct store_update_id {
	uint8_t	byte[STORE_UPDATE_ID_LEN];
};

enum store_update_verdict {
	STORE_UPDATE_DONE,	/* committed */
	STORE_UPDATE_KNOWN,	/* nothing done: some ids have counted */
	STORE_UPDATE_REFUSED,	/* this batch can never be stored; warned */
	STORE_UPDATE_AGAIN	/* not now, or memory is short; warned */
};

struct store_update_result {
	struct station_update_counts kind[OBS_KINDS];
	uint64_t	 rows;		/* station rows written */
	char		 refusal[128];	/* after STORE_UPDATE_REFUSED */
};

/*
 * Apply BATCH, sorted, which came from N submissions with different IDS, at
 * second NOW.  KNOWN has room for N flags; after STORE_UPDATE_KNOWN those of
 * the submissions to leave out are set.
 */
enum store_update_verdict store_update(struct store_db *db,
	    const struct obs_batch *batch, const struct store_update_id *ids,
	    size_t n, uint8_t *known, int64_t now,
	    struct store_update_result *result);

/*
 * Within a transaction, make sure that every counter has a row for the day
 * of second NOW and for the day before.  Returns 0 or -1.
 */
int	store_update_days(struct store_db *db, int64_t now);

/*
 * Forget at most MAX submissions counted before second BEFORE.  Returns how
 * many, or -1 (see store_db_retry()).
 */
int64_t	store_update_forget(struct store_db *db, int64_t before, int max);

#endif
