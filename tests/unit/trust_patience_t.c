/* SPDX-License-Identifier: ISC */
/*
 * Attackers with more patience, or another shape, than those of
 * trust_attack_t.c: who walks a station for a year, who was there first, who
 * goes for cells and beacons, and who saves up what he may do on a day.  All of
 * one station, as figures within bounds; those of loc-trust(7) are from here.
 */
#include "base/arena.h"
#include "locate/found.h"
#include "locate/query.h"
#include "locate/search.h"

#include "chance.h"
#include "heard.h"
#include "tap.h"

#define TRIALS	100
#define CELL_TRIALS 5
#define YEAR	365
#define NEVER	1000

static struct base_arena arena;

/* TAG, with ACCOUNT, hears T N times at X, Y metres on a day from the first. */
static enum station_update_outcome
testify(struct heard *t, struct station_believe_account *account, int day,
    unsigned tag, double x, double y, int signal, size_t n)
{
	static struct obs_obs obs[1000];
	size_t i;

	for (i = 0; i < n; i++) {
		obs[i] = heard_at(t, x, y, signal);
		obs[i].seq = (uint32_t)i;
	}
	return heard_say(t, account, HEARD_DAY + day, tag, obs, n);
}

/* Somebody honest hears T at X, within SPREAD metres. */
static void
honest(struct heard *t, int day, double x, double spread)
{
	struct station_believe_account account = { 0, 0, 0, 0 };

	testify(t, &account, day, chance_tag(), x + spread * (chance() - 0.5),
	    spread * (chance() - 0.5), -60 - (int)(chance() * 30), 1);
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * How far NETWORKS walk a thing of KIND in DAYS, in the median: heard for KNOWN
 * days before and PER_DAY times a day on, it is always reported from as far as
 * still agrees with it, AGREE_M.
 */
static double
walked_m(enum obs_kind kind, int known, double per_day, int networks, int days,
    double agree_m)
{
	struct station_believe_account account;
	double off[TRIALS], x;
	struct heard t;
	int day, i, n;

	for (i = 0; i < TRIALS; i++) {
		heard_begin(&t, kind);
		for (day = 0; day < known; day++)
			if (day < 2 || chance() < per_day)
				honest(&t, day, 0, 60);
		for (day = known; day < known + days; day++) {
			if (chance() < per_day)
				honest(&t, day, 0, 60);
			for (n = 0; n < networks; n++) {
				memset(&account, 0, sizeof(account));
				geo_plane_to(&heard_town, t.row.lat, t.row.lon, &x,
				    &(double){ 0 });
				testify(&t, &account, day, chance_tag(),
				    x + agree_m, 0, -20, 1);
			}
		}
		off[i] = heard_off_m(&t, 0, 0);
	}
	qsort(off, TRIALS, sizeof(off[0]), by_size);
	return off[TRIALS / 2];
}

static void
test_walks(void)
{
	static const struct {
		const char	*what;
		enum obs_kind	 kind;
		int		 known;
		double		 per_day;
		int		 networks, days;
		double		 agree_m, max_m;
	} t[] = {
		{ "wifi heard daily, 1 network, a year", OBS_WIFI, 60, 1, 1,
		    YEAR, 990, 60 },
		{ "... weekly", OBS_WIFI, 60, .14, 1, YEAR, 990, 300 },
		{ "... weekly, 10 networks", OBS_WIFI, 60, .14, 10, YEAR, 990,
		    600 },
		{ "... twice ever", OBS_WIFI, 2, 0, 1, YEAR, 990, 600 },
		{ "... twice ever, 10 networks", OBS_WIFI, 2, 0, 10, YEAR, 990,
		    700 },
		{ "Bluetooth heard daily, 1 network, a month", OBS_BLUE, 60, 1,
		    1, 30, 490, 20 },
		{ "... twice ever", OBS_BLUE, 2, 0, 1, 30, 490, 150 },
		{ "... a year", OBS_BLUE, 2, 0, 1, YEAR, 490, 300 },
		{ "cell heard daily, 1 network, a month", OBS_CELL, 60, 1, 1,
		    30, 99000, 3500 },
		{ "... 10 networks", OBS_CELL, 60, 1, 10, 30, 99000, 8000 },
		{ "... twice ever, 1 network", OBS_CELL, 2, 0, 1, 30, 99000,
		    16000 },
	};
	double m;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		m = walked_m(t[i].kind, t[i].known, t[i].per_day,
		    t[i].networks, t[i].days, t[i].agree_m);
		ok(m <= t[i].max_m, "%s: walked %.0f m", t[i].what, m);
	}
}

/* How far off the answer is of who hears cell T where it is. */
static double
cell_answer_m(struct heard *t, int day, double *radius_m)
{
	static struct locate_search s;
	struct locate_cell cell = { heard_cell, LOCATE_UNKNOWN };
	struct locate_found f = { .cell = &t->row, .ncell = 1 };
	struct locate_query q;
	double x, y;

	locate_query_init(&q);
	q.cell = &cell;
	q.ncell = 1;
	base_arena_reset(&arena);
	if (locate_search(&s, &q, &f, (HEARD_DAY + day) * BASE_CIVIL_DAY_S,
	    &arena) == -1)
		abort();
	if (s.best == NULL)
		return INFINITY;
	*radius_m = s.best->accuracy_m;
	geo_plane_to(&heard_town, s.best->lat, s.best->lon, &x, &y);
	return hypot(x, y);
}

/*
 * Somebody was there first: he brings a station, and speaks for it from
 * NETWORKS a day.  From the second day on it is heard where it is, PER_DAY
 * times a day.  Returns the median of the days until it is there, or hidden;
 * NEVER.
 */
static int
squatted_days(double per_day, int networks, int ahead, int *doubtful)
{
	struct station_believe_account account;
	double days[TRIALS];
	struct station_trust s;
	struct heard t;
	int day, i, n;

	*doubtful = 0;
	for (i = 0; i < TRIALS; i++) {
		heard_begin(&t, OBS_WIFI);
		for (day = 0; day < 200; day++) {
			for (n = 0; n < networks; n++) {
				memset(&account, 0, sizeof(account));
				testify(&t, &account, day, chance_tag(), 50000,
				    0, -50, 1);
			}
			if (day < ahead)
				continue;
			for (n = 0; n < (per_day < 1 ? 1 : (int)per_day); n++)
				if (per_day >= 1 || chance() < per_day)
					honest(&t, day, 0, 60);
			s = heard_trust(&t);
			if ((s.flags & STATION_TRUST_HIDDEN) != 0 ||
			    heard_off_m(&t, 0, 0) < 1000)
				break;
		}
		days[i] = day == 200 ? NEVER : day - ahead;
		*doubtful += day == 200 && station_trust_is_doubtful(&s,
		    HEARD_DAY + 199);
	}
	qsort(days, TRIALS, sizeof(days[0]), by_size);
	return (int)days[TRIALS / 2];
}

static void
test_squatters(void)
{
	static const struct {
		const char	*what;
		double		 per_day;
		int		 networks, ahead, most;
	} t[] = {
		{ "first, with 1 network daily; heard 5 times a day", 5, 1, 1,
		    5 },
		{ "... twice a day", 2, 1, 1, 15 },
		{ "... twice a day, a month later", 2, 1, 30, 15 },
		{ "... once a day", 1, 1, 1, NEVER },
		{ "... weekly", 0.14, 1, 1, NEVER },
		{ "first, with 10 networks; heard 5 times a day", 5, 10, 1,
		    NEVER },
	};
	int days, doubtful;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		days = squatted_days(t[i].per_day, t[i].networks, t[i].ahead,
		    &doubtful);
		ok(days <= t[i].most, "%s: %d days, %d %% doubtful", t[i].what,
		    days, doubtful);
	}
}

/*
 * A cell that five a day have heard within two kilometres on KNOWN days, and
 * somebody then with PER_DAY as a chance; NETWORKS report it for DAYS from
 * FAR_M away, 200 times a day each, as loud as who asks hears it.  Returns how
 * far off answers are, in the median, and their radius.
 */
static double
misled_m(int known, double per_day, int networks, int days, double far_m,
    double *radius_m)
{
	struct station_believe_account account;
	double off[CELL_TRIALS], radius[CELL_TRIALS];
	struct heard t;
	int day, i, n;

	for (i = 0; i < CELL_TRIALS; i++) {
		heard_begin(&t, OBS_CELL);
		for (day = 0; day < known; day++)
			for (n = 0; n < 5; n++)
				honest(&t, day, 0, 3000);
		for (day = known; day < known + days; day++) {
			if (chance() < per_day)
				honest(&t, day, 0, 3000);
			for (n = 0; n < networks; n++) {
				memset(&account, 0, sizeof(account));
				testify(&t, &account, day, chance_tag(), far_m,
				    0, -80, 200);
			}
		}
		off[i] = cell_answer_m(&t, day, &radius[i]);
	}
	qsort(off, CELL_TRIALS, sizeof(off[0]), by_size);
	qsort(radius, CELL_TRIALS, sizeof(radius[0]), by_size);
	*radius_m = radius[CELL_TRIALS / 2];
	return off[CELL_TRIALS / 2];
}

static void
test_cells(void)
{
	static const struct {
		const char	*what;
		int		 known;
		double		 per_day;
		int		 networks, days;
		double		 most_m;
	} t[] = {
		{ "heard daily, nobody lies", 30, 1, 0, 30, 200 },
		{ "... 1 network, a day", 30, 1, 1, 1, 500 },
		{ "... 1 network, a month", 30, 1, 1, 30, 3000 },
		{ "... 10 networks, a month", 30, 1, 10, 30, 8000 },
		{ "... 100 networks, a month", 30, 1, 100, 30, 8000 },
		{ "heard on two days, 1 network, a month", 2, 0, 1, 30, 6000 },
	};
	static const double far[] = { 1000, 3000, 6000, 12000, 25000, 90000 };
	double at, m, radius, worst, its;
	size_t i, k;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		worst = at = its = 0;
		for (k = 0; k < sizeof(far) / sizeof(far[0]); k++) {
			m = misled_m(t[i].known, t[i].per_day, t[i].networks,
			    t[i].days, far[k], &radius);
			if (m <= worst)
				continue;
			worst = m;
			at = far[k];
			its = radius;
		}
		ok(worst <= t[i].most_m, "a cell %s: answers are %.0f m off, "
		    "radius %.0f m, for reports from %.0f m", t[i].what, worst,
		    its, at);
	}
}

int
main(void)
{
	heard_init();
	base_arena_init(&arena);
	test_walks();
	test_squatters();
	test_cells();
	base_arena_done(&arena);
	return tap_done();
}
