/* SPDX-License-Identifier: ISC */
/*
 * Periodic work on the tables of totals: how many stations each region has,
 * and rows that have become too old.  Everything here may be done over, by
 * many at once, or be left half done.
 */
#ifndef STORE_STATS_H
#define STORE_STATS_H

#include <stdint.h>

struct store_db;

struct store_stats_regions {
	int64_t	regions;		/* with any station or area */
	int64_t	removed;		/* rows of regions without */
};

/*
 * Count stations and cells by region and make the rows of region_stat say
 * so.  Without a single one nothing is done: the old rows stay.  DRY only
 * counts.  Returns 0, or -1 after a warning.
 */
int	store_stats_region(struct store_db *db, int dry,
	    struct store_stats_regions *result);

/*
 * Delete, some at a time, the counters of days before DAY, the cells of the
 * data map where nothing was heard since DAY, and the ledger before second
 * BEFORE.  DRY only counts them.  Return how many, or -1 after a warning.
 *
 * Counters go on from the last row before, so there is one for today first.
 */
int64_t	store_stats_trim_stat(struct store_db *db, int dry, int64_t day);
int64_t	store_stats_trim_datamap(struct store_db *db, int dry, int64_t day);
int64_t	store_stats_trim_ledger(struct store_db *db, int dry,
	    int64_t before);

/*
 * The same, of what is kept of witnesses: salts of marks up to day SALTS, what
 * witnesses did up to day WITNESSES, and what stations were before second
 * UNDO, but for those that were opted out (see store/undo.h).
 */
int64_t	store_stats_trim_trust(struct store_db *db, int dry, int64_t salts,
	    int64_t witnesses, int64_t undo);

/*
 * How many transactions InnoDB still has to purge.  Returns 1, 0 if this
 * account or server does not tell, or -1 after a warning.
 */
int	store_stats_history(struct store_db *db, int64_t *length);

#endif
