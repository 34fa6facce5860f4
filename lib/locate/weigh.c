/* SPDX-License-Identifier: ISC */
#include <math.h>

#include "locate/query.h"
#include "locate/weigh.h"
#include "station/row.h"
#include "station/score.h"
#include "station/trust.h"

/* Ages are seldom exact, so none counts as less than a second. */
#define MIN_AGE_MS	1000.0
#define KNEE_AGE_MS	2000.0	/* younger ones are not better */

/* The comparisons are false for NaN, which is NULL in a row. */
int
locate_weigh_placed(double lat, double lon)
{
	return fabs(lat) <= 90 && fabs(lon) <= 180;
}

int
locate_weigh_usable(const struct station_row *r, int64_t today)
{
	return locate_weigh_placed(r->lat, r->lon) &&
	    !station_score_blocked(r, today);
}

/* Few rows are, and the others are told by one byte. */
int
locate_weigh_withheld(const struct station_row *r, enum obs_kind kind)
{
	const unsigned flags = STATION_TRUST_HIDDEN | STATION_TRUST_OPTED_OUT;
	struct station_trust t;

	return r->trust.len > 1 && (r->trust.byte[1] & flags) != 0 &&
	    station_trust_get(&t, r, kind) && (t.flags & flags) != 0;
}

int
locate_weigh_answers(const struct station_row *r, enum obs_kind kind,
    int64_t today)
{
	return locate_weigh_usable(r, today) &&
	    !locate_weigh_withheld(r, kind);
}

/*
 * Clients tell ages of both signs, before and after the moment they ask; what
 * counts is how far from it a network was heard.
 */
double
locate_weigh_age(int32_t age_ms)
{
	return age_ms == LOCATE_UNKNOWN ? MIN_AGE_MS :
	    fmax(fabs((double)age_ms), MIN_AGE_MS);
}

/*
 * As Ichnaea weighs them: a device moves, so the weight falls with the root of
 * the age from two seconds on.  The inverse square of the dBm is no physical
 * law (they are logarithms), only a curve that prefers strong signals.
 */
double
locate_weigh_heard(double age_ms, double signal_dbm)
{
	return fmin(sqrt(KNEE_AGE_MS / age_ms), 1.0) /
	    (signal_dbm * signal_dbm);
}
