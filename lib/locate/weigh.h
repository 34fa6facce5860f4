/* SPDX-License-Identifier: ISC */
/* Which stations count for a position, and how much. */
#ifndef LOCATE_WEIGH_H
#define LOCATE_WEIGH_H

#include <stdint.h>

#include "obs/batch.h"

struct station_row;

/* 1 if LAT and LON are a place on earth, which NaN is not. */
int	locate_weigh_placed(double lat, double lon);

/* 1 if R has a position and is not blocked on day TODAY. */
int	locate_weigh_usable(const struct station_row *r, int64_t today);

/*
 * 1 if R, of KIND, is contradicted so much that it is hidden, or its owner has
 * opted out: then it answers nothing, but where we do as Ichnaea did.
 */
int	locate_weigh_withheld(const struct station_row *r,
	    enum obs_kind kind);

/* 1 if R is usable and not withheld. */
int	locate_weigh_answers(const struct station_row *r, enum obs_kind kind,
	    int64_t today);

/*
 * The weight in the mean of a network heard AGE_MS ago with SIGNAL_DBM:
 * younger and stronger is better.
 */
double	locate_weigh_heard(double age_ms, double signal_dbm);

/* The age that counts of a query's AGE_MS, perhaps unknown. */
double	locate_weigh_age(int32_t age_ms);

#endif
