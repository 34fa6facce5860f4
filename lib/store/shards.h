/* SPDX-License-Identifier: ISC */
/* Stations of MACs, in one statement that the server has prepared already. */
#ifndef STORE_SHARDS_H
#define STORE_SHARDS_H

#include <stddef.h>
#include <stdint.h>

#include "obs/batch.h"

struct base_arena;
struct station_row;
struct store_db;

/*
 * What to look for: N different MACs of KIND, which is not OBS_CELL, in the
 * order of their tables.
 */
struct store_shards {
	enum obs_kind		 kind;
	const uint8_t *const	*mac;
	size_t			 n;
};

/*
 * Give each of the stations that there are to EACH(ARG, row), with the columns
 * that lookups ask for.  A is for memory that is needed meanwhile.  Returns 0;
 * -1, see store_db_retry(), when some may have been given; or 1 if text would
 * be faster, or the server prepares no more, and nothing was looked for.
 */
int	store_shards_select(struct store_db *db, const struct store_shards *s,
	    void (*each)(void *arg, const struct station_row *row), void *arg,
	    struct base_arena *a);

#endif
