/* SPDX-License-Identifier: ISC */
/*
 * The state of a station is all in its row: it has a position or not, which
 * came from reports or from queries, and it is blocked or not.  Nothing else
 * is kept, so the outcome depends only on the row, the observations and the
 * second, and a batch that is applied again after a crash would count its
 * observations twice: whoever calls this sees to it, by a ledger in the same
 * transaction, that it does not happen.
 *
 * Everything here is pure: it takes no lock, reads no clock and may be called
 * by any thread.
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/civil.h"
#include "geo/dist.h"
#include "obs/batch.h"
#include "station/merge.h"
#include "station/peak.h"
#include "station/places.h"
#include "station/row.h"
#include "station/score.h"
#include "station/trust.h"
#include "station/update.h"

#define OLD_DAYS	365
#define MAX_BLOCKS	255

/*
 * How far a station of each kind may be heard, in metres.  What was heard
 * farther apart than this was not one station in one place.
 */
static const double max_radius_m[OBS_KINDS] = {
	[OBS_BLUE] = 100, [OBS_WIFI] = 5000, [OBS_CELL] = 100000
};

/*
 * The diagonal of the box is compared and not each pair, as that would cost
 * the square of the number of observations.  It may call a few inconsistent
 * that are just within the bound.
 */
static int
consistent(const struct station_merge *s, double max_m)
{
	return geo_dist_within(s->box.min_lat, s->box.min_lon,
	    s->box.max_lat, s->box.max_lon, max_m);
}

/*
 * Each observation is compared with the position, as the box alone does not
 * tell on which side of the position it lies.
 */
static int
agree(const struct station_merge *s, const struct station_row *r, double max_m)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->obs[i].is_query == s->is_query &&
		    !geo_dist_within(s->obs[i].lat, s->obs[i].lon, r->lat,
		    r->lon, max_m))
			return 0;
	return 1;
}

/*
 * What becomes of a station that is not blocked.  Agreeing observations change
 * it, or replace what only queries knew; others block it, unless the position
 * is so old that the thing has probably moved for good.  Queries that agree
 * with a position from reports only confirm it once a day, as they are where
 * we told people they were: if they moved it the service would learn from
 * itself.
 */
static enum station_update_outcome
decide(const struct station_merge *s, const struct station_row *r, int exists,
    int64_t today)
{
	double max_m = max_radius_m[s->obs[0].kind];
	int ok = consistent(s, max_m);

	if (!exists)
		return ok ? STATION_UPDATE_NEW : STATION_UPDATE_NEW_BLOCK;
	if (!station_merge_has_position(r))
		return ok ? STATION_UPDATE_CHANGE : STATION_UPDATE_NONE;
	if (!ok)
		return STATION_UPDATE_BLOCK;
	if (agree(s, r, max_m)) {
		if (s->is_query == (r->source == STATION_ROW_QUERY))
			return STATION_UPDATE_CHANGE;
		if (!s->is_query)
			return STATION_UPDATE_REPLACE;
		return r->last_seen >= today ? STATION_UPDATE_NONE :
		    STATION_UPDATE_CONFIRM;
	}
	if (r->modified != STATION_ROW_NULL &&
	    base_civil_day_of(r->modified) < today - OLD_DAYS)
		return STATION_UPDATE_REPLACE;
	return STATION_UPDATE_BLOCK;
}

/* Move R towards the observations. */
static void
merge_observations(struct station_row *r, const struct station_merge *s)
{
	double lat, lon;

	station_merge_mean(r, s, s->weight, &lat, &lon);
	station_merge_settle(r, s, s->weight, lat, lon);
}

/*
 * What else is kept of the place of R: of MACs a peak, of cells places.
 * BEFORE is the row as it was, if a place of it lives on in R, else NULL.
 */
static void
set_state(struct station_row *r, const struct station_row *before,
    const struct station_merge *s, int64_t now)
{
	const struct station_peak_batch b = { s->obs, s->n, s->is_query,
	    s->lat, s->lon, s->weight };

	if (s->obs[0].kind == OBS_CELL)
		station_places_update(r, before, s->obs, s->n, s->is_query);
	else if (before == NULL)
		station_peak_set(r, &b);
	else
		station_peak_move(r, before, &b, now);
}

/*
 * Take the position away.  The row stays, as the history of blocks must
 * outlive the position; the day of the first block does not change any more.
 */
static void
withdraw(struct station_row *r, int64_t today)
{
	r->lat = r->lon = r->weight = NAN;
	r->max_lat = r->min_lat = r->max_lon = r->min_lon = NAN;
	r->radius = r->samples = r->source = r->last_seen = STATION_ROW_NULL;
	station_peak_clear(r);
	station_places_clear(r);
	station_trust_clear(r);
	if (r->block_first == STATION_ROW_NULL)
		r->block_first = today;
}

/*
 * The column of the count has one byte, so the count stays at its greatest
 * value.
 */
static void
block(struct station_row *r, int64_t today)
{
	withdraw(r, today);
	r->block_last = today;
	if (r->block_count == STATION_ROW_NULL)
		r->block_count = 0;
	if (r->block_count < MAX_BLOCKS)
		r->block_count++;
}

/*
 * A station that is blocked does not change at all, not even its time of
 * modification: what is said of it meanwhile counts for nothing.  The time of
 * modification also tells decide() when a position is too old to be defended,
 * so to confirm a station does not renew it.
 */
enum station_update_outcome
station_update(struct station_row *row, int exists,
    const struct obs_obs *obs, size_t n, int64_t now)
{
	enum station_update_outcome out;
	int64_t today = base_civil_day_of(now);
	struct station_row before;
	struct station_merge s;
	int lives_on;

	if (exists && station_score_blocked(row, today))
		return STATION_UPDATE_NONE;
	station_merge_sum(&s, obs, n);
	out = decide(&s, row, exists, today);
	switch (out) {
	case STATION_UPDATE_NONE:
		return out;
	case STATION_UPDATE_CONFIRM:
		row->last_seen = today;
		return out;
	case STATION_UPDATE_NEW:
	case STATION_UPDATE_NEW_BLOCK:
		station_merge_begin(row, obs->key, now);
		break;
	default:
		break;
	}
	if (out == STATION_UPDATE_BLOCK || out == STATION_UPDATE_NEW_BLOCK) {
		block(row, today);
	} else {
		lives_on = out == STATION_UPDATE_CHANGE &&
		    station_merge_has_position(row);
		before = *row;
		if (out == STATION_UPDATE_CHANGE)
			merge_observations(row, &s);
		else
			station_merge_replace(row, &s);
		set_state(row, lives_on ? &before : NULL, &s, now);
		row->source = s.is_query ? STATION_ROW_QUERY :
		    STATION_ROW_GNSS;
		row->last_seen = today;
	}
	row->modified = now;
	if (s.psc != STATION_ROW_NULL)
		row->psc = s.psc;
	return out;
}

/*
 * The row is kept although everything in it is gone, as a station without a
 * row would be learned anew by the next report.  A block until the last day
 * that the database knows keeps it from that, and NONE for one that is
 * forgotten already keeps the caller from writing the same row again each
 * time.
 */
enum station_update_outcome
station_update_forget(struct station_row *row, int exists,
    const uint8_t *key, int64_t now)
{
	const int64_t last = base_civil_days(9999, 12, 31);

	if (exists && !station_merge_has_position(row) &&
	    row->block_last == last)
		return STATION_UPDATE_NONE;
	if (!exists)
		station_merge_begin(row, key, now);
	withdraw(row, base_civil_day_of(now));
	row->region[0] = '\0';
	row->block_last = last;
	row->block_count = MAX_BLOCKS;
	row->modified = now;
	return STATION_UPDATE_FORGET;
}

/*
 * A replacement counts as found: the station was heard, and it is known where.
 */
void
station_update_count(struct station_update_counts *c,
    enum station_update_outcome outcome, size_t n)
{
	c->obs += n;
	switch (outcome) {
	case STATION_UPDATE_NEW:
		c->created++;
		break;
	case STATION_UPDATE_NEW_BLOCK:
		c->created++;
		c->blocked++;
		break;
	case STATION_UPDATE_BLOCK:
	case STATION_UPDATE_HIDE:
		c->blocked++;
		break;
	case STATION_UPDATE_MOVE:
		c->blocked++;
		c->confirm++;
		break;
	case STATION_UPDATE_RETURN:
	case STATION_UPDATE_CHANGE:
	case STATION_UPDATE_REPLACE:
	case STATION_UPDATE_CONFIRM:
		c->confirm++;
		break;
	case STATION_UPDATE_NONE:
	case STATION_UPDATE_FORGET:
	case STATION_UPDATE_DOUBT:
		break;
	}
}

/*
 * An area has no column that a mere confirmation changes but the last day,
 * which is not worth that all its cells are added up.
 */
int
station_update_moves_area(enum station_update_outcome outcome)
{
	return outcome != STATION_UPDATE_NONE &&
	    outcome != STATION_UPDATE_CONFIRM &&
	    outcome != STATION_UPDATE_DOUBT;
}
