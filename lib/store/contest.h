/* SPDX-License-Identifier: ISC */
/* How much is contested, and how much those did today who contest it. */
#ifndef STORE_CONTEST_H
#define STORE_CONTEST_H

#include <stdint.h>

struct store_db;

/* Stations whose state (station/trust.h) says so. */
struct store_contest_stations {
	int64_t	contested;	/* hidden ones as well */
	int64_t	hidden;
	int64_t	opted_out;	/* and not yet emptied */
	int64_t	pending;	/* networks some want out, but not enough */
};

/*
 * Count them in all tables; it takes VOTES on DAYS to opt a network out.
 * Every row is read, so that this takes as long as reading the database does.
 * Returns 0, or -1, see store_db_retry().
 */
int	store_contest_count(struct store_db *db, int64_t votes, int64_t days,
	    struct store_contest_stations *s);

/* What witnesses did on a day. */
struct store_contest_witnesses {
	int64_t	n;
	int64_t	contra, born;	/* the most of one, see station/believe.h */
};

/* Read that of DAY, since 1970.  Returns 0, or -1. */
int	store_contest_witnesses(struct store_db *db, int64_t day,
	    struct store_contest_witnesses *w);

#endif
