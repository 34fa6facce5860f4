/* SPDX-License-Identifier: ISC */
/*
 * The table loc_optout: networks whose owners want them forgotten, and how
 * many submissions said so.
 */
#ifndef STORE_OPTOUT_H
#define STORE_OPTOUT_H

#include <stddef.h>
#include <stdint.h>

#include "obs/optout.h"

struct store_db;

/*
 * Within a transaction, add N > 0 opt-outs O, sorted and of different
 * networks, made known at second NOW.  Those of networks that ENOUGH
 * submissions (0: no number) have spoken for by now are left in FORGET, which
 * has room for N, in the same order.  Returns 0 and *NFORGET, or -1, see
 * store_db_retry().
 */
int	store_optout_count(struct store_db *db, const struct obs_optout *o,
	    size_t n, int64_t enough, int64_t now, struct obs_optout *forget,
	    size_t *nforget);

#endif
