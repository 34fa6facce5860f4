/* SPDX-License-Identifier: ISC */
/*
 * VOTES.  A vote is a witness and a day on which it agreed with the row.
 * Testimonies that disagree gather in the contest of the row, until they
 * outweigh the votes: they need witnesses enough, days enough, and to be more
 * than have agreed meanwhile.  Then the station moves to where they agree among
 * themselves, or is hidden if they do not.  A hidden row keeps its place and
 * may come back to it.
 *
 * THE WAY of a testimony, from station_believe():
 *
 *	ask()			a question; it moves only what questions made
 *	meet_no_place()		no row, or one without position: begin it
 *	meet_place()
 *	    agree()		a vote; the row is pulled a little
 *	    disagree()		move(), hide(), or doubt(): noted only
 *
 * BOUNDS.  Where a stranger may say anything, distances have to be bounded: the
 * weight of a signal spans six decades.  So the N witnesses of a day move a row
 * of V earlier votes by at most pull_m * N / (V + N) together, however loud
 * they speak, and a testimony weighs at most what a vote of the row does.
 *
 * MARKS tell which stations were heard on one pass.  A station that anybody has
 * lately contradicted takes none: otherwise a network could be looked for by
 * reporting it beside an invented one at many places, as one of these would
 * stick.  A full list takes one new mark a week, the first: neighbours that are
 * heard on that pass all take the same one, and nobody can push the old marks
 * out in less than four weeks.
 *
 * All is decided from the row as it is stored, the testimony, and the account
 * of the witness.  So a transaction that is done over gives the same.
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "base/civil.h"
#include "geo/plane.h"
#include "station/believe.h"
#include "station/merge.h"
#include "station/peak.h"
#include "station/places.h"
#include "station/row.h"
#include "station/score.h"

#define TRUSTED_VOTES	8	/* a trusted witness counts as so many */
#define TRUSTED_DAYS	2	/* ... on so many days */
#define LONE_CREDIT	4	/* contradictions a day, for everybody */
#define AGREE_CREDIT	8	/* agreements that earn one more */
#define LONE_OPTOUTS	20	/* opt-outs a day, for everybody */
#define MOST_OPTOUTS	50	/* the same, whoever it is */
#define KNOWN_VOTES	3	/* of a row: to agree with it earns credit */
#define HIDDEN_DAYS	14	/* the same of a row that is hidden */
#define FREEZE_DAYS	14	/* after a contradiction, no marks are taken */
#define RETURN_DAYS	3	/* a row stays hidden at least */
#define AGAIN_DAYS	7	/* ... and one that moves often, to move */
#define OFTEN_MOVES	2	/* moves that are often */
#define SETTLE_DAYS	8	/* days with votes that make up for a move */
#define WEEK_DAYS	7
#define MIN_PEAK	1.0	/* the least a vote weighs, for the bound ... */
#define PEAK_TIMES	3.0	/* ... on peaks: so many votes */
#define CELL_OBS	100	/* that always go into places, at most */
#define MAX_U8		255
#define MAX_U16		65535
#define MAX_BLOCKS	255
#define DM		10.0	/* metres to the unit of the pull */

/* What differs by kind, in metres. */
static const struct limits {
	double	agree_m;	/* what is nearer to the row agrees with it */
	double	pull_m;		/* a day may move a row so far at most */
	double	far_m;		/* the most that counts in the spread */
	double	near_m;		/* what is nearer to the row marks it */
} limits[OBS_KINDS] = {
	[OBS_BLUE] = { 500, 50, 150, 100 },
	[OBS_WIFI] = { 1000, 100, 500, 250 },
	[OBS_CELL] = { 100000, 5000, 0, 0 }
};

/* A testimony, and the row that it is applied to. */
struct saying {
	struct station_row			*row;
	int					 exists;
	const struct station_believe_testimony	*w;
	const struct station_believe_rules	*rules;
	struct station_believe_account		*account;
	struct station_believe_told		*told;
	const struct limits			*m;
	enum obs_kind				 kind;
	int					 trusted;
	int64_t					 today;	/* of the batch */
	int64_t					 day;	/* of acceptance, not
							 * before t.last */
	struct station_merge			 sum;	/* of w->obs */
	struct station_trust			 t;	/* of the row */
};

int
station_believe_is_trusted(enum obs_witness_class class,
    enum station_trust_mode mode)
{
	return class == OBS_WITNESS_TRUSTED ||
	    (class == OBS_WITNESS_KEYED && mode == STATION_TRUST_CLOSED);
}

int64_t
station_believe_optouts(const struct station_believe_account *a)
{
	int64_t most = LONE_OPTOUTS + a->agree / AGREE_CREDIT;

	return (most < MOST_OPTOUTS ? most : MOST_OPTOUTS) - a->optout;
}

static int
is_stranger(const struct saying *s)
{
	return s->w->class == OBS_WITNESS_PUBLIC ||
	    s->w->class == OBS_WITNESS_ASKED;
}

/*
 * Do the limits of a witness and of a day apply?  Not to who is trusted.  Nor
 * to what was brought back from a backup: it is of many witnesses, whoever they
 * were, and was within their limits once; but all of a day is one vote.
 */
static int
is_limited(const struct saying *s)
{
	return !s->trusted && s->w->class != OBS_WITNESS_RESTORED;
}

static int
bits_of(uint32_t map)
{
	return __builtin_popcount(map);
}

/* V, or MAX, which is the most that its field holds. */
static int
up_to(int64_t v, int max)
{
	return v > max ? max : (int)v;
}

/* 1 if all observations may be of one place: their box is small enough. */
static int
is_consistent(const struct saying *s)
{
	const struct geo_dist_box *b = &s->sum.box;

	return geo_plane_between_sq_m(b->min_lat, b->min_lon, b->max_lat,
	    b->max_lon) <= 4 * s->m->agree_m * s->m->agree_m;
}

/* 1 if each observation is near the row. */
static int
is_agreed(const struct saying *s)
{
	const struct obs_obs *o;
	struct geo_plane at;

	geo_plane_init(&at, s->row->lat, s->row->lon);
	for (o = s->w->obs; o < s->w->obs + s->w->n; o++)
		if (geo_plane_sq_m(&at, o->lat, o->lon) >
		    s->m->agree_m * s->m->agree_m)
			return 0;
	return 1;
}

/* 1 if the row is from questions alone: nobody has voted for it. */
static int
is_only_asked(const struct saying *s)
{
	return s->row->source == STATION_ROW_QUERY && s->t.votes == 0;
}

/* Set the peak or the places of the row from the testimony alone. */
static void
set_state(const struct saying *s)
{
	const struct station_peak_batch b = { s->w->obs, s->w->n,
	    s->sum.is_query, s->sum.lat, s->sum.lon, s->sum.weight };

	if (s->kind == OBS_CELL)
		station_places_update(s->row, NULL, s->w->obs, s->w->n,
		    s->sum.is_query);
	else
		station_peak_set(s->row, &b);
}

/* The row was heard just now. */
static void
touch(const struct saying *s)
{
	s->row->source = s->sum.is_query ? STATION_ROW_QUERY :
	    STATION_ROW_GNSS;
	s->row->last_seen = s->today;
	s->row->modified = s->rules->now;
	if (s->sum.psc != STATION_ROW_NULL)
		s->row->psc = s->sum.psc;
}

/*
 * Make the row what this testimony says, without votes.  A row that was there
 * without position keeps its age and its history of blocks.
 */
static void
begin_place(struct saying *s)
{
	if (!s->exists)
		station_merge_begin(s->row, s->w->obs->key, s->rules->now);
	station_merge_replace(s->row, &s->sum);
	set_state(s);
	touch(s);
	memset(&s->t, 0, sizeof(s->t));
	s->t.founder = s->w->tag;
	s->t.last = s->day;
	s->row->marks.len = 0;
	s->account->born++;
}

/* The same, with this testimony as its first vote. */
static enum station_update_outcome
begin_station(struct saying *s, enum station_update_outcome out)
{
	begin_place(s);
	s->t.votes = s->trusted ? TRUSTED_VOTES : 1;
	s->t.days = s->trusted ? TRUSTED_DAYS : 1;
	s->t.map = station_trust_bit(s->w->tag);
	s->told->vote = 1;
	station_trust_set(s->row, &s->t);
	return out;
}

/* May the witness bring one more station?  Returns 1 or 0. */
static int
may_begin(struct saying *s)
{
	if (!is_limited(s) || s->account->born < s->rules->new_day)
		return 1;
	s->told->born_over = 1;
	return 0;
}

/*
 * A row that is blocked and has no place is left alone, as in any mode.  So is
 * one that somebody else has blocked, who may have left it its place.
 */
static enum station_update_outcome
meet_no_place(struct saying *s)
{
	if (s->exists && station_score_blocked(s->row, s->today))
		return STATION_UPDATE_NONE;
	if (!is_consistent(s) || !may_begin(s))
		return STATION_UPDATE_NONE;
	return begin_station(s, s->exists ? STATION_UPDATE_CHANGE :
	    STATION_UPDATE_NEW);
}

/*
 * Count the vote, unless the witness has voted today.  Returns how many votes
 * of earlier days there are, at least 1.  Sets *IS_FREE if no bound applies to
 * the testimony: it is of somebody trusted, from a backup, or, on the first day
 * of the station, of who brought it.
 */
static int
vote(struct saying *s, int *is_free)
{
	struct station_trust *t = &s->t;
	uint32_t bit = station_trust_bit(s->w->tag);
	int v;

	if (s->day > t->last) {
		t->days = up_to(t->days + 1, MAX_U8);
		t->last = s->day;
		t->map = 0;
		t->pull_dm = 0;
		if (t->moves > 0 && t->days % SETTLE_DAYS == 0)
			t->moves--;
	}
	v = t->votes - bits_of(t->map);
	*is_free = s->trusted || s->w->class == OBS_WITNESS_RESTORED ||
	    (v <= 0 && s->w->tag == t->founder);
	if ((t->map & bit) == 0) {
		t->map |= bit;
		t->votes = up_to(t->votes + 1, MAX_U16);
		s->told->vote = 1;
		if (v >= KNOWN_VOTES)
			s->account->agree++;
	}
	if (s->trusted && t->votes < TRUSTED_VOTES)
		t->votes = TRUSTED_VOTES;
	if (s->trusted && t->days < TRUSTED_DAYS)
		t->days = TRUSTED_DAYS;
	return v < 1 ? 1 : v;
}

/*
 * Both the mean and the peak of the row may go no farther than LEFT_M of the
 * day's pull allows: if one of them would, both stop at the same share of
 * their way.  What they went is added to the pull of the day.
 */
static void
stop_within(struct saying *s, double left_m, double *lat, double *lon,
    struct station_peak *p, const struct station_peak *old)
{
	const struct station_row *r = s->row;
	double around = geo_plane_unwrap(r->lon, *lon), far, peak_far, part;

	far = sqrt(geo_plane_between_sq_m(r->lat, r->lon, *lat, *lon));
	peak_far = p == NULL ? 0 : sqrt(geo_plane_between_sq_m(old->lat,
	    old->lon, p->lat, p->lon));
	far = fmax(far, peak_far);
	if (far > left_m) {
		part = left_m / far;
		far = left_m;
		*lat = r->lat + part * (*lat - r->lat);
		*lon = around + part * (*lon - around);
		if (p != NULL) {
			around = geo_plane_unwrap(old->lon, p->lon);
			p->lat = old->lat + part * (p->lat - old->lat);
			p->lon = around + part * (p->lon - around);
		}
		s->told->capped = 1;
	}
	s->t.pull_dm = up_to((int64_t)rint(s->t.pull_dm + DM * far), MAX_U16);
}

/* How far the row may still go today; V votes are of earlier days. */
static double
left_m(const struct saying *s, int v)
{
	int n = bits_of(s->t.map);

	return fmax(s->m->pull_m * n / (v + n) - s->t.pull_dm / DM, 0);
}

/* Mix the peak of the testimony, P, which weighs BOUND at most, with OLD. */
static void
mix_peak(const struct saying *s, struct station_peak *p,
    const struct station_peak *old, double bound)
{
	double u, ub = fmin(p->weight, bound);

	u = station_peak_faded(s->row, old->weight, s->rules->now);
	p->lat = (ub * p->lat + u * old->lat) / (ub + u);
	p->lon = (ub * p->lon + u * geo_plane_unwrap(old->lon, p->lon)) /
	    (ub + u);
	p->weight = ub + u;
}

/*
 * Add the testimony, which agrees, to a wifi access point or beacon.  WEIGHT is
 * what it may weigh in the mean, and V how many earlier votes there are.
 */
static void
add_to_mac(struct saying *s, double weight, int v, int is_free)
{
	const struct station_peak_batch b = { s->w->obs, s->w->n,
	    s->sum.is_query, s->sum.lat, s->sum.lon, s->sum.weight };
	struct station_row *r = s->row;
	struct station_peak old, p;
	struct geo_plane plane;
	double far, lat, lon, old_far, old_lat, old_lon, old_weight, spread;

	station_peak_get(&old, r, s->kind);
	station_peak_sum(&p, &b);
	spread = p.spread_m * p.spread_m;
	old_weight = fmin(isnan(r->weight) ? 0 : r->weight,
	    STATION_MERGE_MAX_OLD);
	mix_peak(s, &p, &old, is_free || old_weight <= 0 ? INFINITY :
	    PEAK_TIMES * fmax(old.weight / v, MIN_PEAK));
	station_merge_mean(r, &s->sum, weight, &lat, &lon);
	if (!is_free)
		stop_within(s, left_m(s, v), &lat, &lon, &p, &old);
	old_lat = r->lat;
	old_lon = r->lon;
	station_merge_settle(r, &s->sum, weight, lat, lon);
	geo_plane_init(&plane, r->lat, r->lon);
	far = spread + geo_plane_sq_m(&plane, s->sum.lat, s->sum.lon);
	if (!is_free)
		far = fmin(far, s->m->far_m * s->m->far_m);
	old_far = old.spread_m * old.spread_m +
	    geo_plane_sq_m(&plane, old_lat, old_lon);
	p.spread_m = sqrt((weight * far + old_weight * old_far) /
	    (weight + old_weight));
	station_peak_store(r, &p);
}

/* Set AT to the mean of places P.  Returns how many observations they have. */
static double
mean_place(struct geo_plane *at, const struct station_places *p)
{
	double lat = 0, lon = 0, n = 0;
	size_t i;

	for (i = 0; i < p->n; i++) {
		lat += (double)p->at[i].n * p->at[i].lat;
		lon += (double)p->at[i].n *
		    geo_plane_unwrap(p->at[i].lon, p->at[0].lon);
		n += (double)p->at[i].n;
	}
	geo_plane_init(at, lat / n, geo_plane_wrap(lon / n));
	return n;
}

/*
 * Add the testimony to the places that BEFORE has, as far as a vote may: V
 * earlier ones have brought as many observations as these on average, or
 * CELL_OBS; and all that are new lie, on average of all that are there then,
 * within LEFT_M of the mean of the old.  The sum is one of distances, so that
 * what lies on two sides does not cancel out: it would spread the places, and
 * with a signal that is asked for move the answer, too.  Returns that average.
 */
static double
add_places(struct saying *s, const struct station_row *before, int v,
    double left_m)
{
	const struct obs_obs *o;
	struct station_places p;
	struct geo_plane at;
	double far = 0, m, most, n, taken = 0;

	station_places_get(&p, before);
	n = mean_place(&at, &p);
	most = fmax(ceil(n / v), CELL_OBS);
	for (o = s->w->obs; o < s->w->obs + s->w->n && taken < most; o++) {
		m = sqrt(geo_plane_sq_m(&at, o->lat, o->lon));
		if (o->is_query != s->sum.is_query ||
		    far + m > left_m * (n + taken + 1))
			continue;
		station_places_add(&p, o->lat, o->lon, o->signal_dbm ==
		    OBS_NO_SIGNAL ? NAN : o->signal_dbm);
		far += m;
		taken++;
	}
	s->row->places.len = (uint8_t)station_places_write(&p,
	    s->row->places.byte);
	return far / (n + taken);
}

/*
 * The same for a cell, whose answers come from its places.  What they went, if
 * that is more than the mean did, is of the pull of the day, too.
 */
static void
add_to_cell(struct saying *s, double weight, int v, int is_free)
{
	struct station_row before = *s->row;
	int pull_dm = s->t.pull_dm;
	double lat, left, lon, m;

	station_merge_mean(s->row, &s->sum, weight, &lat, &lon);
	if (is_free) {
		station_merge_settle(s->row, &s->sum, weight, lat, lon);
		station_places_update(s->row, &before, s->w->obs, s->w->n,
		    s->sum.is_query);
		return;
	}
	left = left_m(s, v);
	stop_within(s, left, &lat, &lon, NULL, NULL);
	station_merge_settle(s->row, &s->sum, weight, lat, lon);
	m = add_places(s, &before, v, left);
	pull_dm = up_to((int64_t)rint(pull_dm + DM * m), MAX_U16);
	if (pull_dm > s->t.pull_dm)
		s->t.pull_dm = pull_dm;
}

/*
 * Count the vote against the contest, if there is one.  Returns 1 if that
 * brings a hidden row back.
 */
static int
defend(struct saying *s)
{
	struct station_trust_contest *c = &s->t.contest;

	if (!s->t.is_contested || !s->told->vote)
		return 0;
	c->agree = up_to(c->agree + (s->trusted ? TRUSTED_VOTES : 1),
	    MAX_U8);
	return (s->t.flags & STATION_TRUST_HIDDEN) != 0 && c->agree >=
	    3 * c->all + station_trust_need(s->t.votes) &&
	    s->day >= c->first + RETURN_DAYS;
}

/* Add a testimony that agrees, within the bounds, to the row. */
static enum station_update_outcome
agree(struct saying *s)
{
	enum station_update_outcome out = STATION_UPDATE_CHANGE;
	double old = isnan(s->row->weight) ? 0 : s->row->weight;
	double weight = s->sum.weight;
	int is_free, v = vote(s, &is_free);

	old = fmin(old, STATION_MERGE_MAX_OLD);
	if (!is_free && old > 0)
		weight = fmin(weight, old / v);
	(s->kind == OBS_CELL ? add_to_cell : add_to_mac)(s, weight, v,
	    is_free);
	touch(s);
	if (defend(s)) {
		s->t.flags &= ~(unsigned)STATION_TRUST_HIDDEN;
		s->t.is_contested = 0;
		s->row->block_last = s->row->block_count = STATION_ROW_NULL;
		out = STATION_UPDATE_RETURN;
	}
	station_trust_set(s->row, &s->t);
	return out;
}

/* Begin a contest on DAY, with nobody in it yet. */
static void
begin_contest(struct station_trust *t, int64_t day)
{
	memset(&t->contest, 0, sizeof(t->contest));
	t->contest.lat = t->contest.lon = NAN;
	t->contest.first = t->contest.last = day;
	t->is_contested = 1;
}

/*
 * Does the testimony count against the row?  A witness may contradict few
 * stations, unless it agrees with many that others know.
 */
static int
may_contradict(struct saying *s)
{
	const struct station_believe_account *a = s->account;
	int64_t credit = LONE_CREDIT + a->agree / AGREE_CREDIT;

	if (credit > s->rules->contradictions_day)
		credit = s->rules->contradictions_day;
	if ((s->t.contest.map & station_trust_bit(s->w->tag)) != 0)
		return 0;
	if (is_limited(s) && a->contra >= credit) {
		s->told->refused = 1;
		return 0;
	}
	return !is_stranger(s) || s->rules->mode != STATION_TRUST_KEYED;
}

/*
 * Where the contest says that the station is: the mean of those who agree
 * among themselves, or of the newest when they are fewer than half.
 */
static void
point_elsewhere(struct saying *s, int power)
{
	struct station_trust_contest *c = &s->t.contest;
	double lon = s->sum.lon;

	if (!isnan(c->lat) && geo_plane_between_sq_m(c->lat, c->lon,
	    s->sum.lat, lon) <= s->m->agree_m * s->m->agree_m) {
		c->here = up_to(c->here + power, MAX_U8);
		lon = geo_plane_unwrap(lon, c->lon);
		c->lat += (double)power / c->here * (s->sum.lat - c->lat);
		c->lon = geo_plane_wrap(c->lon +
		    (double)power / c->here * (lon - c->lon));
	} else if (isnan(c->lat) || c->all > 2 * c->here) {
		c->lat = s->sum.lat;
		c->lon = geo_plane_wrap(lon);
		c->here = power;
	}
}

/* Is there enough against the row for it to move? */
static int
shall_move(const struct saying *s)
{
	const struct station_trust *t = &s->t;
	const struct station_trust_contest *c = &t->contest;
	int is_hidden = (t->flags & STATION_TRUST_HIDDEN) != 0;
	int need = station_trust_need(t->votes);

	return is_consistent(s) && c->here >= need &&
	    4 * c->here >= 3 * c->all && (s->trusted ||
	    (c->days >= station_trust_need_days(t->votes) &&
	    c->here >= (is_hidden ? 3 : 1) * c->agree + need)) &&
	    (t->moves < OFTEN_MOVES ||
	    (is_hidden && s->day >= c->first + AGAIN_DAYS));
}

/* Is there enough against the row for it to be hidden? */
static int
shall_hide(const struct saying *s)
{
	const struct station_trust *t = &s->t;
	int need = station_trust_need(t->votes);

	return (t->flags & STATION_TRUST_HIDDEN) == 0 &&
	    t->contest.all >= need && (s->trusted ||
	    (t->contest.days >= station_trust_need_days(t->votes) &&
	    t->contest.all >= t->contest.agree + need));
}

/* Make the row a single point, which HERE votes are for. */
static void
set_point(struct station_row *r, double lat, double lon, int here,
    enum obs_kind kind)
{
	const struct geo_dist_box box = { lat, lon, lat, lon };
	const struct station_peak p = { lat, lon, here, 0 };
	struct station_places places;

	r->region[0] = '\0';
	station_merge_place(r, lat, lon, &box);
	station_merge_region(r);
	r->radius = 0;
	r->weight = here;
	r->samples = here;
	station_places_clear(r);
	if (kind == OBS_CELL) {
		station_places_get(&places, r);	/* it makes one up */
		r->places.len = (uint8_t)station_places_write(&places,
		    r->places.byte);
	} else
		station_peak_store(r, &p);
}

/*
 * A row that moves is as new, with the votes of its contest.  One that was
 * hidden is not any more, so that no block keeps it from answering.
 */
static enum station_update_outcome
move(struct saying *s)
{
	const struct station_trust_contest c = s->t.contest;
	struct station_trust *t = &s->t;

	s->told->first = c.first;
	s->told->last = c.last;
	set_point(s->row, c.lat, c.lon, c.here, s->kind);
	touch(s);
	if ((t->flags & STATION_TRUST_HIDDEN) != 0)
		s->row->block_last = s->row->block_count = STATION_ROW_NULL;
	s->row->marks.len = 0;
	*t = (struct station_trust){ .founder = s->w->tag, .votes = c.here,
	    .days = c.days, .moves = up_to(t->moves + 1, MAX_U8),
	    .last = c.last, .map = c.map };
	if (s->trusted && t->days < TRUSTED_DAYS)
		t->days = TRUSTED_DAYS;
	station_trust_set(s->row, t);
	return STATION_UPDATE_MOVE;
}

/*
 * Hide the row: it is blocked from today on, and a new contest begins, in which
 * those who agree may bring it back.
 */
static enum station_update_outcome
hide(struct saying *s)
{
	struct station_row *r = s->row;

	s->told->first = s->t.contest.first;
	s->told->last = s->t.contest.last;
	s->t.flags |= STATION_TRUST_HIDDEN;
	begin_contest(&s->t, s->day);
	if (r->block_first == STATION_ROW_NULL)
		r->block_first = s->today;
	r->block_last = s->today;
	r->block_count = r->block_count == STATION_ROW_NULL ? 1 :
	    up_to(r->block_count + 1, MAX_BLOCKS);
	station_trust_set(r, &s->t);
	return STATION_UPDATE_HIDE;
}

/* Note the contest in the row, which stays where it is; or stays hidden. */
static enum station_update_outcome
doubt(struct saying *s)
{
	if ((s->t.flags & STATION_TRUST_HIDDEN) != 0)
		s->row->block_last = s->today;
	station_trust_set(s->row, &s->t);
	return STATION_UPDATE_DOUBT;
}

/*
 * That somebody disagrees is noted in any case, as it keeps the row from taking
 * marks; whether it counts depends on who it is.
 */
static enum station_update_outcome
disagree(struct saying *s)
{
	struct station_trust_contest *c = &s->t.contest;
	int power = s->trusted ? TRUSTED_VOTES : 1;

	assert(s->exists && s->day >= s->t.last);
	if (!s->t.is_contested)
		begin_contest(&s->t, s->day);
	if (s->day > c->last) {
		c->last = s->day;
		c->map = 0;
	}
	if (!may_contradict(s))
		return doubt(s);
	s->account->contra++;
	if (c->map == 0)
		c->days = up_to(c->days + 1, MAX_U8);
	c->map |= station_trust_bit(s->w->tag);
	c->all = up_to(c->all + power, MAX_U8);
	if (is_consistent(s))
		point_elsewhere(s, power);
	if (shall_move(s))
		return move(s);
	return shall_hide(s) ? hide(s) : doubt(s);
}

/* Forget the contest, or of a hidden row what is in it, if it is old. */
static void
forget_contest(struct saying *s)
{
	struct station_trust_contest *c = &s->t.contest;

	if (!s->t.is_contested)
		return;
	if ((s->t.flags & STATION_TRUST_HIDDEN) == 0) {
		if (s->day > c->last + STATION_TRUST_CONTEST_DAYS)
			s->t.is_contested = 0;
	} else if (s->day > c->last + HIDDEN_DAYS) {
		c->here = c->all = 0;
		c->lat = c->lon = NAN;
	}
}

/*
 * What R holds beside its columns is of another place, or nothing is.  It must
 * go before a new state is written, which it would void, too.
 */
static void
drop_stale(struct station_row *r)
{
	r->marks.len = 0;
	if (r->trust.len > 0) {
		station_peak_clear(r);
		station_places_clear(r);
	}
}

/*
 * A row that opted out, or that was blocked for another reason than doubt, is
 * left alone.  One that only questions have made gives way to a report.
 */
static enum station_update_outcome
meet_place(struct saying *s)
{
	if (!station_trust_get(&s->t, s->row, s->kind))
		drop_stale(s->row);
	if ((s->t.flags & STATION_TRUST_OPTED_OUT) != 0 ||
	    ((s->t.flags & STATION_TRUST_HIDDEN) == 0 &&
	    station_score_blocked(s->row, s->today)))
		return STATION_UPDATE_NONE;
	if (is_only_asked(s) && is_consistent(s))
		return begin_station(s, STATION_UPDATE_REPLACE);
	if (s->day < s->t.last)
		s->day = s->t.last;
	forget_contest(s);
	return is_consistent(s) && is_agreed(s) ? agree(s) : disagree(s);
}

/*
 * A new row of a question has no votes, and one mark at most, which rows of the
 * same question share: so it tells nothing of them, and cannot answer alone.
 */
static enum station_update_outcome
begin_asked(struct saying *s)
{
	if ((s->exists && station_score_blocked(s->row, s->today)) ||
	    !is_consistent(s) || !may_begin(s))
		return STATION_UPDATE_NONE;
	begin_place(s);
	station_trust_set(s->row, &s->t);
	if (s->kind != OBS_CELL && s->w->class == OBS_WITNESS_ASKED &&
	    s->w->mark != 0) {
		base_bytes_put_le(s->row->marks.byte, s->w->mark, 4);
		s->row->marks.len = 4;
	}
	return s->exists ? STATION_UPDATE_CHANGE : STATION_UPDATE_NEW;
}

/*
 * What is asked is where we said that the device is, so it never moves what
 * anybody has reported, and contradicts nothing.
 */
static enum station_update_outcome
ask(struct saying *s)
{
	struct station_row *r = s->row;

	if (!s->exists || !station_merge_has_position(r))
		return begin_asked(s);
	station_trust_get(&s->t, r, s->kind);
	if ((s->t.flags & (STATION_TRUST_OPTED_OUT | STATION_TRUST_HIDDEN))
	    != 0 || station_score_blocked(r, s->today) || !is_agreed(s))
		return STATION_UPDATE_NONE;
	if (!is_only_asked(s) || !is_consistent(s)) {
		if (r->last_seen >= s->today)
			return STATION_UPDATE_NONE;
		r->last_seen = s->today;
		return STATION_UPDATE_CONFIRM;
	}
	if (s->kind == OBS_CELL)
		add_to_cell(s, s->sum.weight, 1, 1);
	else
		add_to_mac(s, s->sum.weight, 1, 1);
	touch(s);
	station_trust_set(r, &s->t);
	return STATION_UPDATE_CHANGE;
}

enum station_update_outcome
station_believe(struct station_row *row, int exists,
    const struct station_believe_testimony *w,
    const struct station_believe_rules *rules,
    struct station_believe_account *account,
    struct station_believe_told *told)
{
	struct saying s = { .row = row, .exists = exists, .w = w,
	    .rules = rules, .account = account, .told = told,
	    .kind = w->obs->kind, .m = &limits[w->obs->kind],
	    .trusted = station_believe_is_trusted(w->class, rules->mode),
	    .today = base_civil_day_of(rules->now), .day = w->day };

	assert(w->n > 0 && w->day >= 0 && w->day <= MAX_U16);
	memset(told, 0, sizeof(*told));
	if (is_stranger(&s) && rules->mode == STATION_TRUST_CLOSED)
		return STATION_UPDATE_NONE;
	station_merge_sum(&s.sum, w->obs, w->n);
	if (s.sum.is_query)
		return ask(&s);
	return exists && station_merge_has_position(row) ? meet_place(&s) :
	    meet_no_place(&s);
}

enum station_update_outcome
station_believe_opt_out(struct station_row *row, int exists,
    const uint8_t *key, enum obs_kind kind, int64_t now)
{
	struct station_trust t;

	if (!exists || !station_merge_has_position(row))
		return station_update_forget(row, exists, key, now);
	station_trust_get(&t, row, kind);
	if ((t.flags & STATION_TRUST_OPTED_OUT) != 0)
		return STATION_UPDATE_NONE;
	t.flags |= STATION_TRUST_OPTED_OUT;
	station_trust_set(row, &t);
	if (row->block_first == STATION_ROW_NULL)
		row->block_first = base_civil_day_of(now);
	row->block_last = base_civil_days(9999, 12, 31);
	row->block_count = MAX_BLOCKS;
	row->modified = now;
	return STATION_UPDATE_FORGET;
}

/*
 * Bring MARK to the front of the *N in LIST.  Returns 0 if it is there already,
 * or the list is full and has taken a new one this week.
 */
static int
take_mark(uint32_t list[STATION_TRUST_MARKS], size_t *n, uint32_t mark,
    int64_t day, int64_t *marked)
{
	size_t i;

	for (i = 0; i < *n && list[i] != mark; i++)
		;
	if (i == 0 && *n > 0)
		return 0;
	if (i == STATION_TRUST_MARKS) {
		if (day / WEEK_DAYS <= *marked / WEEK_DAYS)
			return 0;
		*marked = day;
		i--;
	} else if (i == *n)
		++*n;
	memmove(list + 1, list, i * sizeof(*list));
	list[0] = mark;
	return 1;
}

int
station_believe_marks(struct station_row *row, const struct obs_obs *obs,
    size_t n, int64_t day, int (*mark_of)(void *arg,
    const struct obs_obs *o, uint32_t *mark), void *arg)
{
	uint32_t list[STATION_TRUST_MARKS], mark;
	enum obs_kind kind = obs->kind;
	double near_m = limits[kind].near_m;
	struct station_trust t;
	struct geo_plane at;
	int changed = 0;
	size_t i, have;

	if (kind == OBS_CELL || !station_trust_get(&t, row, kind) ||
	    (t.flags & STATION_TRUST_HIDDEN) != 0 ||
	    (t.is_contested && day <= t.contest.last + FREEZE_DAYS))
		return 0;
	have = station_trust_marks(list, row, kind);
	geo_plane_init(&at, row->lat, row->lon);
	for (i = 0; i < n; i++)
		if (geo_plane_sq_m(&at, obs[i].lat, obs[i].lon) <=
		    near_m * near_m && mark_of(arg, &obs[i], &mark))
			changed |= take_mark(list, &have, mark, day,
			    &t.marked);
	if (!changed)
		return 0;
	for (i = 0; i < have; i++)
		base_bytes_put_le(row->marks.byte + 4 * i, list[i], 4);
	row->marks.len = (uint8_t)(4 * have);
	station_trust_set(row, &t);
	return 1;
}
