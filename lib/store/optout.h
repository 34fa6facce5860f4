/* SPDX-License-Identifier: ISC */
/*
 * The table loc_optout: networks whose owners want them forgotten, and who
 * said so: how many submissions, and how many witnesses on how many days.
 */
#ifndef STORE_OPTOUT_H
#define STORE_OPTOUT_H

#include <stddef.h>
#include <stdint.h>

#include "obs/optout.h"

struct base_arena;
struct obs_batch;
struct store_db;
struct store_trust;
struct store_witnesses;

/*
 * Within a transaction, count the opt-outs of BATCH, sorted, made known at
 * second NOW; what they cost its witnesses is added to WITNESSES.  Those of
 * networks that enough have spoken for by now are left in FORGET, which has
 * room for all, in the same order, each with the witness that was enough.
 * Returns 0 and *NFORGET, or -1, see store_db_retry().
 */
int	store_optout_count(struct store_db *db, const struct obs_batch *batch,
	    const struct store_trust *trust, struct store_witnesses *witnesses,
	    int64_t now, struct obs_optout *forget, size_t *nforget,
	    struct base_arena *a);

/* What the table says of a network: days since 1970, and submissions. */
struct store_optout_row {
	int64_t	count, first, last;
};

/*
 * What is known of the network of KIND with address MAC.  Returns 1, 0 if
 * nobody wants it forgotten, or -1, see store_db_retry().
 */
int	store_optout_get(struct store_db *db, int kind,
	    const uint8_t mac[RADIO_MAC_LEN], struct store_optout_row *row);

/* Make ROW, or if that is NULL no row, that of a network.  0 or -1. */
int	store_optout_put(struct store_db *db, int kind,
	    const uint8_t mac[RADIO_MAC_LEN],
	    const struct store_optout_row *row);

#endif
