/* SPDX-License-Identifier: ISC */
/*
 * What witnesses are told apart by, what their marks are made with, and how far
 * they are believed.
 */
#ifndef STORE_TRUST_H
#define STORE_TRUST_H

#include <stdint.h>

#include "obs/witness.h"
#include "station/believe.h"

struct store_db;

/* How far witnesses are believed.  rules.now, a time, is set for each batch. */
struct store_trust {
	struct station_believe_rules rules;
	int64_t	optout_votes;	/* that it takes to opt a network out */
	int64_t	optout_days;	/* ... and on how many days */
};

/*
 * Read the secret of the database.  Returns 1, 0 if it has none (loc-db
 * migrate makes it), or -1, see store_db_retry().
 */
int	store_trust_secret(struct store_db *db,
	    uint8_t secret[OBS_WITNESS_SECRET]);

/*
 * Read the salt of DAY, which is made if there is none and MAKE says so.
 * Outside of any transaction, so that nobody has to wait for another.  Returns
 * 1, 0 if there is none, or -1.
 */
int	store_trust_salt(struct store_db *db, int64_t day, int make,
	    uint8_t salt[OBS_WITNESS_SECRET]);

#endif
