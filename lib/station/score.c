/* SPDX-License-Identifier: ISC */
/*
 * The formulas are those of Ichnaea, whose databases we take over: a station
 * must weigh what it weighed there.  They have no theory behind them but that
 * a station is trusted more the more often, the longer and the more recently
 * it was heard.  Days are UTC days since 1970, and times seconds.
 */
#include <math.h>
#include <stdlib.h>

#include "base/civil.h"
#include "station/row.h"
#include "station/score.h"

#define TEMPORARY_BLOCK_DAYS	2
#define DAYS_PER_BLOCK		30.0
#define MONTH_DAYS		30
#define FULL_SPAN_DAYS		10
#define MIN_WEIGHT		0.5	/* of stations never seen to vary */
#define MAX_WEIGHT		10.0

/*
 * The first rule gives a station that has just moved two days to be heard at
 * its new place only.  The second is for those that move for a living, as in
 * buses and phones: one that was blocked as often as it is months old stays
 * blocked until it has grown old enough for its count.  A station that was to
 * be forgotten has a last day far in the future.
 */
int
station_score_blocked(const struct station_row *r, int64_t today)
{
	int64_t age;

	if (r->block_last != STATION_ROW_NULL &&
	    today - r->block_last < TEMPORARY_BLOCK_DAYS)
		return 1;
	if (r->created == STATION_ROW_NULL ||
	    r->block_count == STATION_ROW_NULL || r->block_count == 0)
		return 0;
	age = llabs(base_civil_day_of(r->created) - today);
	return (double)r->block_count >= rint((double)age / DAYS_PER_BLOCK);
}

/* What was never dated counts as new. */
static int64_t
or_now(int64_t s, int64_t now)
{
	return s == STATION_ROW_NULL ? now : s;
}

/*
 * Weight of the age times weight of the time between the days START and LAST
 * of the present position.  The weight falls with the root of the months since
 * the last change, and grows for the first ten days of a position.
 */
static double
time_weight(int64_t modified, int64_t start, int64_t last, int64_t now)
{
	int64_t days = base_civil_day_of(now - modified), span = last - start;
	int64_t months = days > 0 ? days / MONTH_DAYS : 0;

	span = span < 1 ? 1 : span > FULL_SPAN_DAYS ? FULL_SPAN_DAYS : span;
	return (double)span / FULL_SPAN_DAYS / sqrt((double)months + 1);
}

/* STATION_ROW_NULL is before all days. */
static inline int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* N, but 1 if what it counts was all heard at one place. */
static double
spread_count(int64_t n, int64_t radius)
{
	if (n < 1 || radius == STATION_ROW_NULL || radius == 0)
		return 1;
	return (double)n;
}

/*
 * A blocked station that came back has a new position, so the time that counts
 * begins with the block and not with the row.
 */
double
station_score_row(const struct station_row *r, int64_t now)
{
	int64_t created = or_now(r->created, now);
	int64_t modified = or_now(r->modified, now);
	double samples;

	samples = log2(spread_count(r->samples, r->radius));
	return time_weight(modified,
	    later(base_civil_day_of(created), r->block_last),
	    later(base_civil_day_of(modified), r->last_seen), now) *
	    (samples < MIN_WEIGHT ? MIN_WEIGHT : samples > MAX_WEIGHT ?
	    MAX_WEIGHT : samples);
}

/*
 * The number of cells takes the place of the samples, and an area is never
 * blocked.
 */
double
station_score_area(const struct station_area *a, int64_t now)
{
	int64_t created = or_now(a->created, now);
	int64_t modified = or_now(a->modified, now);

	return time_weight(modified, base_civil_day_of(created),
	    later(base_civil_day_of(modified), a->last_seen), now) *
	    fmin(sqrt(spread_count(a->num_cells, a->radius)), MAX_WEIGHT);
}
