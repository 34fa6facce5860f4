/* SPDX-License-Identifier: ISC */
/* The table loc_witness: what witnesses have done, by day. */
#ifndef STORE_WITNESS_H
#define STORE_WITNESS_H

#include <stddef.h>
#include <stdint.h>

#include "obs/batch.h"
#include "station/believe.h"

struct base_arena;
struct store_db;

/* A witness on a day: as it was read, and with what a batch has added. */
struct store_witness {
	int64_t		day;
	unsigned	tag;
	struct station_believe_account was, now;
};

/* Those of a batch that are in the table. */
struct store_witnesses {
	struct store_witness	*at;		/* by day and tag */
	size_t			 n;
	struct store_witness	**of;		/* by number in the batch */
};

/*
 * Read what the witnesses of BATCH have done, of MODE, without locking them:
 * workers that count at the same time may each let them do as much as is left.
 * Borrows memory from A.  Returns 0, or -1, see store_db_retry().
 */
int	store_witness_read(struct store_db *db, const struct obs_batch *batch,
	    struct store_witnesses *w, struct base_arena *a);

/* Add what they have done since, in the order of the key.  0 or -1. */
int	store_witness_add(struct store_db *db,
	    const struct store_witnesses *w);

#endif
