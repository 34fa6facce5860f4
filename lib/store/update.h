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

#include "store/station.h"

struct store_db;
struct store_trust;

#define STORE_UPDATE_ID_LEN	16

/*
 * A submission counts once: then its id is in the ledger.  A report of it that
 * was set aside is not counted then, but deferred: its own id in the ledger
 * allows one replay to count it later, which redeems that id, that is, deletes
 * it.  The ledger does not have the kinds: whoever makes the ids sees to it
 * that no report has the id of a submission.
 */
enum store_update_id_kind {
	STORE_UPDATE_COUNT,	/* known if it is in the ledger */
	STORE_UPDATE_DEFER,	/* of a report set aside; never known */
	STORE_UPDATE_REDEEM	/* of a replay; known if not deferred */
};

struct store_update_id {
	uint8_t	byte[STORE_UPDATE_ID_LEN];
	enum store_update_id_kind kind;
};

enum store_update_verdict {
	STORE_UPDATE_DONE,	/* committed */
	STORE_UPDATE_KNOWN,	/* nothing done: some ids have counted */
	STORE_UPDATE_REFUSED,	/* this batch can never be stored; warned */
	STORE_UPDATE_AGAIN	/* not now, or memory is short; warned */
};

struct store_update_result {
	struct store_station_counts stations;
	/*
	 * The caller's, with room for OBS_KINDS of each API key of the batch,
	 * which becomes what the batch made of stations, see store/tally.h; or
	 * NULL.
	 */
	struct store_tally *tally;
	char		 refusal[128];	/* after STORE_UPDATE_REFUSED */
	unsigned	 refusal_code;	/* see store_db_expect() */
};

/*
 * Apply BATCH, sorted, with N different IDS, of its submissions and of what of
 * them is deferred, at second NOW of the database's clock; its rules and TRUST,
 * which is NULL if everybody is believed, say how.  KNOWN has room for N flags;
 * after STORE_UPDATE_KNOWN those of the submissions to leave out are set.  All
 * of RESULT but the tally is set, whatever is returned.
 */
enum store_update_verdict store_update(struct store_db *db,
	    const struct obs_batch *batch, const struct store_trust *trust,
	    const struct store_update_id *ids, size_t n, uint8_t *known,
	    int64_t now, struct store_update_result *result);

/* Find out what became of BATCH, but keep nothing. */
enum store_update_verdict store_update_try(struct store_db *db,
	    const struct obs_batch *batch, const struct store_trust *trust,
	    int64_t now, struct store_update_result *result);

/* Is ID in the ledger?  Returns 1, 0, or -1 (see store_db_retry()). */
int	store_update_is_known(struct store_db *db,
	    const uint8_t id[STORE_UPDATE_ID_LEN]);

/*
 * Within a transaction, make sure that every counter has a row for the day
 * of second NOW and for the day before.  Returns 0 or -1.
 */
int	store_update_days(struct store_db *db, int64_t now);

/* Within a transaction, as its last part: N cells are new today. */
int	store_update_count_cells(struct store_db *db, uint64_t n, int64_t now);

/*
 * Forget at most MAX submissions counted before second BEFORE.  Returns how
 * many, or -1 (see store_db_retry()).
 */
int64_t	store_update_forget(struct store_db *db, int64_t before, int max);

#endif
