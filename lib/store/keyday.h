/* SPDX-License-Identifier: ISC */
/*
 * The table loc_key_day: what API keys were used for, day by day, copied from
 * Redis by loc-stats before Redis forgets it.  WHAT is a path whose calls were
 * counted, "v1.geolocate", what was submitted, or why that did not count,
 * "report:no_position", see cmd/loc-work.
 */
#ifndef STORE_KEYDAY_H
#define STORE_KEYDAY_H

#include <stdint.h>

#include "store/sql.h"

/* Zero it, and set DB. */
struct store_keyday_put {
	struct store_db	*db;
	struct store_sql sql;
	int		 begun;
};

/*
 * Make COUNT that of KEY and WHAT on DAY (since 1970), unless it is greater
 * already: counts never fall.  Many go together; _end() writes the rest, and
 * returns 0, or -1 if any failed, see store_db_retry().
 */
void	store_keyday_put(struct store_keyday_put *p, int64_t day,
	    const char *key, const char *what, int64_t count);
int	store_keyday_end(struct store_keyday_put *p);

/*
 * Give all counts from day FROM to day TO to EACH, by day, key and what.
 * Returns 0, or -1 as store_db_run().
 */
int	store_keyday_list(struct store_db *db, int64_t from, int64_t to,
	    int (*each)(void *arg, int64_t day, const char *key,
	    const char *what, int64_t count), void *arg);

/* Delete those before DAY, or (DRY) count them.  How many, or -1 warned. */
int64_t	store_keyday_trim(struct store_db *db, int dry, int64_t day);

#endif
