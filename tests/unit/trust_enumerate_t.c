/* SPDX-License-Identifier: ISC */
/*
 * Somebody knows the address of an access point and wants to know where it is.
 * He invents a network at each place of a grid over 400 square kilometres, and
 * asks for the one that he looks for beside these: if it is there, only the
 * pair that is near each other answers.  Here he tries it in three ways, for a
 * month and with many client networks, against one that somebody passes daily.
 *
 * Nothing of the attack is left out but what cannot change anything: what he
 * says of the station after he has contradicted it leaves no marks for two
 * weeks, so that of the places he names on a day the first three stand for all.
 */
#include "base/arena.h"
#include "base/num.h"
#include "locate/found.h"
#include "locate/query.h"
#include "locate/search.h"

#include "chance.h"
#include "heard.h"
#include "tap.h"

#define DAYS		30
#define FREE_DAY	4	/* the first of a week: a mark may be taken */
#define KNOWN_DAYS	20	/* that it was heard before */
#define GRID		41	/* of 500 m, in each direction */
#define PLACES		(GRID * GRID)
#define STEP_M		500.0

enum way {
	BESIDE,		/* he never names what he looks for, but asks */
	EVERYWHERE,	/* ... names it at every place, every day */
	GUESS,		/* ... at one place, and waits until that is forgotten,
			   for the day on which a mark may be taken */
	SUSPECT		/* ... at its own place, which he knows */
};

static struct base_arena arena;
static struct heard victim, neighbour, invented;
static double victim_x, victim_y, grid_x, grid_y;
static uint32_t the_mark;

static int
mark_of(void *arg, const struct obs_obs *o, uint32_t *mark)
{
	(void)arg;
	(void)o;
	*mark = the_mark;
	return 1;
}

/*
 * Marks are alike for what one client hears within two kilometres on a day:
 * SOURCE with that square.
 */
static uint32_t
mark_at(uint32_t source, int64_t day, double lat, double lon)
{
	static const uint8_t salt[OBS_WITNESS_SECRET] = { 1 };

	return obs_witness_mark(salt, source ^ (uint32_t)day * 2654435761u,
	    lat, lon);
}

/* TAG and its source hear H at X, Y of the town. */
static void
hear(struct heard *h, int64_t day, unsigned tag, double x, double y)
{
	struct station_believe_account account = { 0, 0, 0, 0 };
	const struct obs_obs o = heard_at(h, x, y, -70);
	enum station_update_outcome out;

	out = heard_say(h, &account, day, tag, &o, 1);
	the_mark = mark_at(tag, day, o.lat, o.lon);
	if (out == STATION_UPDATE_NEW || out == STATION_UPDATE_CHANGE ||
	    out == STATION_UPDATE_RETURN)
		station_believe_marks(&h->row, &o, 1, day, mark_of, NULL);
}

static void
forget(struct heard *h, const char *mac)
{
	heard_begin(h, OBS_WIFI);
	base_num_unhex(h->key, RADIO_MAC_LEN, mac);
}

/* Somebody passes who hears both. */
static void
pass(int64_t day)
{
	unsigned tag = 40000 + (unsigned)(day % 1000);

	hear(&victim, day, tag, victim_x, victim_y);
	hear(&neighbour, day, tag, victim_x + 40, victim_y);
}

/* Where he thinks, wrongly, that it might be. */
static void
name_wrong(int64_t day, unsigned tag)
{
	double x, y;

	do {
		x = floor(chance() * GRID) * STEP_M;
		y = floor(chance() * GRID) * STEP_M;
	} while (x == grid_x && y == grid_y);
	hear(&victim, day, tag, x, y);
}

/* The place of the grid that is nearest to it, together with his own. */
static void
name_right(int64_t day, unsigned tag)
{
	hear(&victim, day, tag, grid_x, grid_y);
}

/* What he does on HEARD_DAY with client network TAG. */
static void
attack(enum way way, int64_t day, unsigned tag)
{
	size_t i, right = (size_t)(chance() * PLACES);

	hear(&invented, day, tag, grid_x, grid_y);
	if (way == EVERYWHERE) {
		for (i = 0; i < 3; i++)
			if (i == right)
				name_right(day, tag);
			else
				name_wrong(day, tag);
		name_right(day, tag);
	} else if (way == GUESS && (day - HEARD_DAY) % 21 == FREE_DAY) {
		if (right == 0)
			name_right(day, tag);
		else
			name_wrong(day, tag);
	} else if (way == SUSPECT)
		hear(&victim, day, tag, victim_x, victim_y);
}

/* 1 if a question for it and the invented one is answered, near it. */
static int
is_found(int64_t day, int as_ichnaea)
{
	static struct locate_search s;
	struct locate_mac mac[2];
	struct station_row row[2] = { victim.row, invented.row };
	struct locate_found f = { .wifi = row, .nwifi = 2 };
	struct locate_query q;
	double x, y;
	size_t i;

	locate_query_init(&q);
	q.wifi = mac;
	q.nwifi = 2;
	q.as_ichnaea = as_ichnaea;
	for (i = 0; i < 2; i++) {
		mac[i] = (struct locate_mac){ .age_ms = LOCATE_UNKNOWN,
		    .signal_dbm = -70 };
		memcpy(mac[i].mac, row[i].key, RADIO_MAC_LEN);
	}
	base_arena_reset(&arena);
	if (locate_search(&s, &q, &f, day * BASE_CIVIL_DAY_S, &arena) == -1)
		abort();
	if (s.best == NULL)
		return 0;
	geo_plane_to(&heard_town, s.best->lat, s.best->lon, &x, &y);
	return hypot(x - victim_x, y - victim_y) < 500;
}

/* One month of one town. */
static int
try(enum way way, unsigned networks, int as_ichnaea)
{
	int64_t day;
	unsigned i;

	forget(&victim, "9e57c4000001");
	forget(&neighbour, "4c8211000007");
	forget(&invented, "020000000001");
	victim_x = chance() * (GRID - 1) * STEP_M;
	victim_y = chance() * (GRID - 1) * STEP_M;
	grid_x = rint(victim_x / STEP_M) * STEP_M;
	grid_y = rint(victim_y / STEP_M) * STEP_M;
	for (day = HEARD_DAY - KNOWN_DAYS; day < HEARD_DAY; day++)
		pass(day);
	for (day = HEARD_DAY; day < HEARD_DAY + DAYS; day++) {
		for (i = 0; i < networks; i++)
			attack(way, day, i + 1);
		if (is_found(day, as_ichnaea))
			return 1;
		pass(day);
	}
	return 0;
}

/* Of TRIES MOST may find it. */
static void
attackers(enum way way, unsigned networks, int tries, int most,
    const char *what)
{
	int i, found = 0;

	for (i = 0; i < tries; i++)
		found += try(way, networks, 0);
	ok(found <= most, "%s, %u networks, %d days: %d of %d found it", what,
	    networks, DAYS, found, tries);
}

int
main(void)
{
	int i, found = 0;

	base_arena_init(&arena);
	heard_init();
	heard_rules.now = (HEARD_DAY + DAYS) * BASE_CIVIL_DAY_S;
	for (i = 0; i < 20; i++)
		found += try(BESIDE, 1, 1);
	is_int(found, 20, "as Ichnaea answers all find it");
	attackers(BESIDE, 1, 50, 0, "asked beside invented ones");
	attackers(BESIDE, 100, 5, 0, "asked beside invented ones");
	attackers(EVERYWHERE, 1, 500, 5, "named everywhere");
	attackers(EVERYWHERE, 10, 100, 1, "named everywhere");
	attackers(EVERYWHERE, 100, 10, 1, "named everywhere");
	attackers(GUESS, 1, 1000, 10, "guessed every three weeks");
	attackers(GUESS, 10, 200, 2, "guessed every three weeks");
	/* What loc-trust(7) says of this: it can be confirmed, not found. */
	for (i = found = 0; i < 20; i++)
		found += try(SUSPECT, 1, 0);
	ok(found >= 15, "who suspects the very house is told so: %d of 20",
	    found);
	base_arena_done(&arena);
	return tap_done();
}
