/* SPDX-License-Identifier: ISC */
#include <math.h>

#include "locate/query.h"
#include "locate/weigh.h"
#include "station/row.h"
#include "station/score.h"

#define MIN_AGE_MS	1000.0
#define KNEE_AGE_MS	2000.0	/* younger ones are not better */

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

double
locate_weigh_age(int32_t age_ms)
{
	return age_ms == LOCATE_UNKNOWN ? MIN_AGE_MS :
	    fmax(fabs((double)age_ms), MIN_AGE_MS);
}

double
locate_weigh_heard(double age_ms, double signal_dbm)
{
	return fmin(sqrt(KNEE_AGE_MS / age_ms), 1.0) /
	    (signal_dbm * signal_dbm);
}
