/* SPDX-License-Identifier: ISC */
/*
 * The tables of totals, which loc-work and loc-stats keep, for those who show.
 */
#ifndef STORE_TOTALS_H
#define STORE_TOTALS_H

#include <stdint.h>

struct store_db;

/* Numbers of counters, as Ichnaea has them. */
enum store_totals_key {
	STORE_TOTALS_CELL = 1,		/* observations counted */
	STORE_TOTALS_UNIQUE_CELL = 2,	/* new stations */
	STORE_TOTALS_WIFI = 3,
	STORE_TOTALS_UNIQUE_WIFI = 4,
	STORE_TOTALS_BLUE = 8,
	STORE_TOTALS_UNIQUE_BLUE = 9
};

/*
 * Give what the counters of table stat had come to by each day that there is a
 * row of, to EACH(ARG, key, day, value), by key and day; days count from 1970.
 * Returns 0, or -1 as store_db_run().
 */
int	store_totals_days(struct store_db *db,
	    int (*each)(void *arg, int key, int64_t day, int64_t value),
	    void *arg);

struct store_totals_region {
	const char	*code;		/* as it is in the table */
	int64_t		 gsm, wcdma, lte, nr, blue, wifi;
};

/* Give the rows of region_stat to EACH(ARG, row).  0 or -1 as above. */
int	store_totals_regions(struct store_db *db,
	    int (*each)(void *arg, const struct store_totals_region *row),
	    void *arg);

#endif
