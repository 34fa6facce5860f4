/* SPDX-License-Identifier: ISC */
/*
 * How many reports a batch has.  What was heard of a station in one batch is
 * one row, so that the larger batches are the fewer rows are written, and those
 * lie closer together.  But whoever wants the same rows waits for the end of
 * the transaction.  Pure.
 */
#ifndef WORK_PACE_H
#define WORK_PACE_H

#include <stdint.h>

/* Batches grow to so many times what the configuration says. */
#define WORK_PACE_GROWTH	4

/*
 * The number of reports for batches to come: BASE is what the configuration
 * says, and NOW what those of the last turn were to have, of which one took
 * TOOK_MS on average.  MORE: there may be more in the stream than the turn has
 * taken.
 */
int64_t	work_pace(int64_t base, int64_t now, int64_t took_ms, int more);

#endif
