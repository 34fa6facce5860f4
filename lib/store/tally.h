/* SPDX-License-Identifier: ISC */
/*
 * What came of testimonies, counted for metrics by who gave them: a tally for
 * each kind of network of each API key of a batch, OBS_KINDS to a key, in the
 * order of their numbers (obs/batch.h).
 */
#ifndef STORE_TALLY_H
#define STORE_TALLY_H

#include <stdint.h>

#include "obs/witness.h"
#include "station/believe.h"

enum store_tally_event {
	STORE_TALLY_VOTE,	/* one more for a row */
	STORE_TALLY_DOUBT,	/* against it, noted */
	STORE_TALLY_REFUSED,	/* the same, by who contradicts too much */
	STORE_TALLY_MOVE,
	STORE_TALLY_HIDE,
	STORE_TALLY_RETURN,
	STORE_TALLY_CAPPED,	/* it would have moved a row too far */
	STORE_TALLY_OPTOUT,	/* the last that it took */
	STORE_TALLY_BORN_OVER,	/* a new station too many */
	STORE_TALLY_BLOCKED,	/* of a station that is, for a while */
	STORE_TALLY_FORGOTTEN,	/* of one that is to be forgotten */
	STORE_TALLY_EVENTS
};

#define STORE_TALLY_CLASSES	(OBS_WITNESS_ASKED + 1)

struct store_tally {
	uint64_t	n[STORE_TALLY_CLASSES][STORE_TALLY_EVENTS];
};

/* "public", "keyed" ... */
const char *store_tally_class_name(enum obs_witness_class class);

/*
 * Count a testimony on ROW, or on a station that has none (NULL), of who is of
 * CLASS, of which came OUT and TOLD on day TODAY.
 */
void	store_tally_add(struct store_tally *t, enum obs_witness_class class,
	    enum station_update_outcome out,
	    const struct station_believe_told *told,
	    const struct station_row *row, int64_t today);

/* Count a network that was opted out by who is of CLASS. */
void	store_tally_optout(struct store_tally *t,
	    enum obs_witness_class class);

#endif
