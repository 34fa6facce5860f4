/* SPDX-License-Identifier: ISC */
/*
 * Why a network is used or not, in the words of who asks.  The decisions are
 * those of lib/station and lib/locate; only their reasons are told here.
 */
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "locate/weigh.h"
#include "station/score.h"
#include "station/trust.h"
#include "store/row.h"

#include "station.h"

static int64_t
last_day(void)
{
	return base_civil_days(9999, 12, 31);
}

/* Does the row hold nothing but that it shall not be known? */
static int
is_tombstone(const struct network *n)
{
	return n->optout.count > 0 && n->row.block_last == last_day() &&
	    !locate_weigh_placed(n->row.lat, n->row.lon) &&
	    n->row.region[0] == '\0';
}

enum state
network_state(const struct network *n, int64_t today)
{
	if (!n->exists)
		return UNKNOWN;
	if (n->kind == AREA)
		return locate_weigh_placed(n->area.lat, n->area.lon) ?
		    USABLE : UNPLACED;
	if (is_tombstone(n))
		return FORGOTTEN;
	if (station_score_blocked(&n->row, today))
		return BLOCKED;
	return locate_weigh_placed(n->row.lat, n->row.lon) ? USABLE :
	    UNPLACED;
}

const char *
state_name(enum state state)
{
	static const char *const names[] = { "unknown", "forgotten",
	    "blocked", "unplaced", "usable" };

	return names[state];
}

/* Of the two rules of station/score.h the one that holds, and since when. */
static void
tell_block(char why[WHY_LEN], const struct station_row *r, int64_t today)
{
	char day[BASE_CIVIL_DATE_LEN];

	if (r->block_last == last_day()) {
		snprintf(why, WHY_LEN, "blocked for good");
		return;
	}
	base_civil_format_date(day, r->block_last == STATION_ROW_NULL ? 0 :
	    r->block_last);
	if (r->block_last != STATION_ROW_NULL && r->block_last > today)
		snprintf(why, WHY_LEN, "blocked until the day after %s", day);
	else if (r->block_last != STATION_ROW_NULL &&
	    r->block_last + 1 >= today)
		snprintf(why, WHY_LEN, "it moved on %s: not used on that day "
		    "and the next", day);
	else
		snprintf(why, WHY_LEN, "it moved %lld times in %lld days: "
		    "not used while that is once a month",
		    (long long)r->block_count, (long long)(today -
		    base_civil_day_of(r->created)));
}

/*
 * What witnesses have made of N, which is blocked, or of which something is
 * said.  Returns 0 if it is nothing.
 */
static int
tell_trust(char why[WHY_LEN], const struct network *n)
{
	const struct station_trust_contest *c;
	struct station_trust t;

	if (n->kind == AREA || !n->exists || !station_trust_get(&t, &n->row,
	    store_row_kind(n->table)))
		return 0;
	c = &t.contest;
	if ((t.flags & STATION_TRUST_OPTED_OUT) != 0)
		snprintf(why, WHY_LEN, "its owner wants it forgotten; its "
		    "position is kept for some days");
	else if ((t.flags & STATION_TRUST_HIDDEN) != 0)
		snprintf(why, WHY_LEN, "it was heard elsewhere and is hidden: "
		    "%d votes for it since, %d against", c->agree, c->all);
	else if (t.is_contested)
		snprintf(why, WHY_LEN, "it has a position and %d votes; "
		    "since, %d more and %d on %d days against it, where %d "
		    "need to be", t.votes, c->agree, c->all, c->days,
		    station_trust_need(t.votes));
	else
		return 0;
	return 1;
}

void
network_why(char why[WHY_LEN], const struct network *n, int64_t today)
{
	if (tell_trust(why, n))
		return;
	switch (network_state(n, today)) {
	case UNKNOWN:
		snprintf(why, WHY_LEN, n->optout.count > 0 ? "there is no "
		    "row; some want it forgotten" : "there is no row: nobody "
		    "has reported it");
		break;
	case FORGOTTEN:
		snprintf(why, WHY_LEN, "it is to be forgotten, and nothing "
		    "is kept of it");
		break;
	case BLOCKED:
		tell_block(why, &n->row, today);
		break;
	case UNPLACED:
		snprintf(why, WHY_LEN, "it has no position until it is "
		    "reported again");
		break;
	case USABLE:
		snprintf(why, WHY_LEN, "it has a position%s",
		    n->kind == AREA ? " made of its cells'" :
		    n->row.source == STATION_ROW_QUERY ?
		    ", which came from queries only" :
		    n->kind == CELL ? "" :
		    "; beside another one it answers a query");
	}
}

double
network_score(const struct network *n, int64_t now_s)
{
	return n->kind == AREA ? station_score_area(&n->area, now_s) :
	    station_score_row(&n->row, now_s);
}
