/* SPDX-License-Identifier: ISC */
/*
 * What who reports can do to a station, and what honest people lose by the
 * rules against it: many stations, each with its days, witnesses and chances,
 * as figures within bounds.  Beside it what one report did where everybody was
 * believed.
 */
#include "station/merge.h"
#include "station/update.h"

#include "chance.h"
#include "heard.h"
#include "tap.h"

#define TRIALS	200

static struct station_believe_account account;
/* TAG hears S at X, Y metres, on a day from the first on. */
static enum station_update_outcome
say(struct heard *s, int day, unsigned tag, double x, double y,
    int32_t signal)
{
	const struct obs_obs o = heard_at(s, x, y, signal);

	return heard_say(s, &account, HEARD_DAY + day, tag, &o, 1);
}

/* Somebody honest, who has contradicted nobody, passes S where it is. */
static void
pass(struct heard *s, int day, double x, double y)
{
	account = (struct station_believe_account){ 0, 0, 0, 0 };
	say(s, day, chance_tag(), x + 60 * (chance() - 0.5),
	    y + 60 * (chance() - 0.5), -60 - (int32_t)(chance() * 30));
}

/* S was heard on each of DAYS with PER_DAY as a chance. */
static void
grow(struct heard *s, int days, double per_day)
{
	int day;

	heard_begin(s, OBS_WIFI);
	pass(s, 0, 0, 0);
	for (day = 1; day < days; day++)
		if (chance() < per_day)
			pass(s, day, 0, 0);
}

/* 1 if S does not answer any more where it is. */
static int
is_lost(const struct heard *s)
{
	return (heard_trust(s).flags & STATION_TRUST_HIDDEN) != 0 ||
	    heard_off_m(s, 0, 0) > 1000;
}

/*
 * The percentage of stations, heard on a day with PER_DAY as a chance, that
 * NETWORKS of an attacker hide or move within DAYS; he agrees on one place, and
 * speaks of each station once a day from all his networks.
 */
static int
lost_percent(double per_day, int networks, int days)
{
	struct heard s;
	int day, i, lost = 0, n;

	for (i = 0; i < TRIALS; i++) {
		grow(&s, 200, per_day);
		for (day = 200; day < 200 + days && !is_lost(&s); day++) {
			if (chance() < per_day)
				pass(&s, day, 0, 0);
			for (n = 0; n < networks; n++) {
				account.contra = 0;
				say(&s, day, chance_tag(), 50000, 0, -40);
			}
		}
		lost += is_lost(&s);
	}
	return 100 * lost / TRIALS;
}

static void
test_poison(void)
{
	static const struct {
		const char	*what;
		double		 per_day;
		int		 networks, days, min, max;
	} t[] = {
		{ "heard daily, 1 network, a day", 1, 1, 1, 0, 0 },
		{ "... a week", 1, 1, 7, 0, 0 },
		{ "... a month", 1, 1, 30, 0, 30 },
		{ "... 10 networks, a day", 1, 10, 1, 0, 0 },
		{ "... 10 networks, a week", 1, 10, 7, 100, 100 },
		{ "... 100 networks, two days", 1, 100, 2, 0, 0 },
		{ "heard weekly, 1 network, a day", 0.14, 1, 1, 0, 0 },
		{ "... a week", 0.14, 1, 7, 20, 85 },
		{ "... a month", 0.14, 1, 30, 95, 100 },
		{ "heard monthly, 1 network, a day", 0.033, 1, 1, 0, 0 },
	};
	struct heard s;
	struct obs_obs o;
	size_t i;
	int got;

	chance_seed = 1;
	grow(&s, 1000, 1);
	ok(heard_trust(&s).votes >= 990, "a station of %d votes",
	    heard_trust(&s).votes);
	account = (struct station_believe_account){ 0, 0, 0, 0 };
	is_int(say(&s, 1000, 7, 50000, 0, -40), STATION_UPDATE_DOUBT,
	    "one report against it is noted");
	ok(heard_off_m(&s, 0, 0) < 30 && !is_lost(&s), "it stays where it is");
	o = heard_at(&s, 50000, 0, -40);
	is_int(station_update(&s.row, 1, &o, 1, heard_rules.now),
	    STATION_UPDATE_BLOCK,
	    "where all are believed it loses its place by that");
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		got = lost_percent(t[i].per_day, t[i].networks, t[i].days);
		ok(got >= t[i].min && got <= t[i].max, "%s: %d %% lost",
		    t[i].what, got);
	}
}

/* How many stations of two votes one network can speak against on a day. */
static void
test_credit(void)
{
	static const int agrees[][2] = { { 0, 4 }, { 80, 14 }, { 400, 50 },
		{ 100000, 50 } };
	struct heard s, known;
	size_t k;
	int i, n;

	chance_seed = 2;
	grow(&known, 5, 1);
	for (k = 0; k < sizeof(agrees) / sizeof(agrees[0]); k++) {
		account = (struct station_believe_account){
		    agrees[k][0], 0, 0, 0 };
		for (i = n = 0; i < 2000; i++) {
			heard_begin(&s, OBS_WIFI);
			say(&s, 0, 1, 0, 0, -60);
			say(&s, 1, 2, 0, 0, -60);
			account.born = 0;
			account.agree = agrees[k][0];
			say(&s, 2, 9, 50000, 0, -60);
			n += heard_trust(&s).contest.all;
		}
		ok(n == agrees[k][1], "who agrees with %d contradicts %d",
		    agrees[k][0], n);
	}
}

/* How many networks one network can vote to be forgotten on a day. */
static void
test_optouts(void)
{
	static const int agrees[][2] = { { 0, 20 }, { 80, 30 }, { 240, 50 },
		{ 100000, 50 } };
	size_t k;

	for (k = 0; k < sizeof(agrees) / sizeof(agrees[0]); k++) {
		account = (struct station_believe_account){ agrees[k][0], 0, 0,
		    0 };
		ok(station_believe_optouts(&account) == agrees[k][1],
		    "who agrees with %d names %d", agrees[k][0], agrees[k][1]);
	}
}

/* The median of how far a station is pulled in DAYS by NETWORKS. */
static double
pulled_m(int heard_days, double per_day, int networks, int days)
{
	double off[TRIALS], x;
	struct heard s;
	int day, i, k, n;

	for (i = 0; i < TRIALS; i++) {
		grow(&s, heard_days, heard_days == 2 ? 1 : per_day);
		for (day = heard_days; day < heard_days + days; day++) {
			if (chance() < per_day)
				pass(&s, day, 0, 0);
			for (n = 0; n < networks; n++) {
				account.agree = 0;
				geo_plane_to(&heard_town, s.row.lat, s.row.lon, &x,
				    &(double){ 0 });
				say(&s, day, chance_tag(), x + 990, 0, -50);
			}
		}
		x = heard_off_m(&s, 0, 0);
		for (k = i; k > 0 && off[k - 1] > x; k--)
			off[k] = off[k - 1];
		off[k] = x;
	}
	return off[TRIALS / 2];
}

static void
test_pull(void)
{
	static const struct {
		const char	*what;
		int		 heard;
		double		 per_day;
		int		 networks, days;
		double		 max_m;
	} t[] = {
		{ "heard daily, 1 network, a day", 60, 1, 1, 1, 15 },
		{ "... a month", 60, 1, 1, 30, 40 },
		{ "... 10 networks, a day", 60, 1, 10, 1, 30 },
		{ "... 10 networks, a month", 60, 1, 10, 30, 120 },
		{ "heard twice ever, 1 network, a day", 2, 0, 1, 1, 60 },
		{ "... a month", 2, 0, 1, 30, 300 },
		{ "... 100 networks, a month", 2, 0, 100, 30, 500 },
	};
	double m;
	size_t i;

	chance_seed = 3;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		m = pulled_m(t[i].heard, t[i].per_day, t[i].networks,
		    t[i].days);
		ok(m <= t[i].max_m, "%s: pulled by %.0f m", t[i].what, m);
	}
}

/* Where all are believed, 22 reports walk a station 100 km; here, who knows. */
static void
test_walk(void)
{
	struct heard s, old;
	struct obs_obs o;
	int i;
	double x = 0;

	chance_seed = 4;
	grow(&s, 20, 1);
	old = s;
	account = (struct station_believe_account){ 0, 0, 0, 0 };
	for (i = 0; i < 22; i++) {
		x += 4200;
		o = heard_at(&s, x, 0, -10);
		o.weight = 1e5;
		station_update(&old.row, 1, &o, 1, heard_rules.now);
		say(&s, 20, 9, x, 0, -10);
	}
	ok(heard_off_m(&old, 0, 0) > 80000, "all are believed: walked by %.0f km",
	    heard_off_m(&old, 0, 0) / 1000);
	ok(heard_off_m(&s, 0, 0) < 30, "not all are: by %.0f m",
	    heard_off_m(&s, 0, 0));
}

/*
 * The days until a router that moved by 5 km answers there, of 50 and of 90 in
 * a hundred; PER_DAY witness-days a day.
 */
static void
moved_days(double per_day, int *median, int *most)
{
	int day, days[TRIALS], i, k, n;
	struct heard s;

	for (i = 0; i < TRIALS; i++) {
		grow(&s, 60, per_day < 1 ? per_day : 1);
		for (day = 60; day < 160 && heard_off_m(&s, 5000, 0) > 500; day++)
			for (n = 0; n < (per_day < 1 ? 1 : (int)per_day); n++)
				if (per_day >= 1 || chance() < per_day)
					pass(&s, day, 5000, 0);
		for (k = i; k > 0 && days[k - 1] > day - 60; k--)
			days[k] = days[k - 1];
		days[k] = day - 60;
	}
	*median = days[TRIALS / 2];
	*most = days[TRIALS * 9 / 10];
}

static void
test_moved(void)
{
	static const struct {
		double	per_day;
		int	median, most;
	} t[] = { { 2, 6, 8 }, { 1, 10, 12 }, { 0.33, 24, 32 } };
	int median, most;
	size_t i;

	chance_seed = 5;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		moved_days(t[i].per_day, &median, &most);
		ok(median <= t[i].median && most <= t[i].most,
		    "a router that moved, heard %.2g times a day: answers "
		    "after %d days, 90 %% after %d", t[i].per_day, median,
		    most);
	}
}

/* A thing among PLACES, heard PER_DAY times a day: days until it is hidden. */
static int
moving_days(int places, int per_day, int with_home)
{
	int at, day, i, n, sum = 0;
	struct heard s;

	for (i = 0; i < TRIALS; i++) {
		heard_begin(&s, OBS_WIFI);
		for (day = 0; day < 30; day++) {
			for (n = 0; n < per_day; n++) {
				at = with_home && chance() < 0.5 ? 0 :
				    upto(places);
				pass(&s, day, at * 3000, 0);
			}
			if ((heard_trust(&s).flags & STATION_TRUST_HIDDEN) != 0)
				break;
		}
		sum += day;
	}
	return sum / TRIALS;
}

static void
test_moving(void)
{
	struct heard s;
	int days;

	chance_seed = 6;
	days = moving_days(1000, 6, 0);
	ok(days <= 2, "a bus is hidden after %d days", days);
	days = moving_days(5, 3, 0);
	ok(days <= 5, "a hotspot of five places after %d", days);
	/* One contributor: a map of one evening, and he may mend it. */
	heard_begin(&s, OBS_WIFI);
	account = (struct station_believe_account){ 0, 0, 0, 0 };
	is_int(say(&s, 0, 7, 0, 0, -60), STATION_UPDATE_NEW,
	    "one who maps a street in an evening");
	say(&s, 0, 7, 40, 0, -50);
	ok(!is_lost(&s) && heard_trust(&s).votes == 1, "has it answer");
	heard_rules.mode = STATION_TRUST_KEYED;
	is_int(say(&s, 3, 8, 5000, 0, -60), STATION_UPDATE_DOUBT,
	    "strangers do not move it where they have no say");
	heard_rules.mode = STATION_TRUST_OPEN;
	say(&s, 4, 9, 5000, 0, -60);
	is_int(say(&s, 5, 10, 5000, 0, -60), STATION_UPDATE_MOVE,
	    "else two of them do");
}

int
main(void)
{
	heard_init();
	test_poison();
	test_credit();
	test_optouts();
	test_pull();
	test_walk();
	test_moved();
	test_moving();
	return tap_done();
}
