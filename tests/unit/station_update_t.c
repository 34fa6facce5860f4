/* SPDX-License-Identifier: ISC */
/*
 * The worked examples of the state machine, as a table of small texts.
 *
 * Row before: "-" none, "P" a point at the base (51.5, -0.1), weight 1,
 * samples 1, source 3, all dates 50 days ago, region GB; "N" one without
 * position; then NAME=VALUE changes ("-" NULL, dN N days ago).
 * Observations: LAT,LON degrees off the base (an "m" after LAT: metres
 * north), "*" weight, "p" PSC, "q" in front: a query.
 * After: the outcome, then NAME=VALUE of the row.
 */
#include "base/civil.h"
#include "base/num.h"
#include "geo/dist.h"
#include "obs/batch.h"
#include "station/row.h"
#include "station/update.h"

#include "tap.h"

#define NOW		1686830400	/* 2023-06-15T12:00:00Z */
#define TODAY		(NOW / BASE_CIVIL_DAY_S)
#define BASE_LAT	51.5
#define BASE_LON	(-0.1)

static const struct {
	const char *name, *kind, *row, *obs, *after, *counts;
} cases[] = {
	{ "1", "wifi", "-", "0,0",
	    "new lat=51.5 lon=-0.1 max_lat=51.5 min_lat=51.5 max_lon=-0.1 "
	    "min_lon=-0.1 radius=0 region=GB samples=1 weight=1 source=3 "
	    "created=d0 modified=d0 last_seen=d0 block_first=- block_last=- "
	    "block_count=-", "1/0/1/0" },
	{ "2", "wifi", "-", "0,0 .0001,0 -.0003,0 0,.0002 0,-.0004",
	    "new lat=51.49996 lon=-0.10004 max_lat=51.5001 min_lat=51.4997 "
	    "max_lon=-0.0998 min_lon=-0.1004 radius=38 samples=5 weight=5",
	    "5/0/1/0" },
	{ "3", "wifi", "-", "q0,0*.4472135955", "new source=9 "
	    "weight=0.4472135955", "1/0/1/0" },
	{ "4", "wifi", "-", "q.1,0 0,0 q.2,0",
	    "new lat=51.5 samples=1 weight=1 source=3", "3/0/1/0" },
	{ "5", "wifi", "-", "0,0 5010m,0 -5010m,0",
	    "new_block created=d0 modified=d0 block_first=d0 block_last=d0 "
	    "block_count=1 lat=- lon=- max_lat=- min_lat=- max_lon=- "
	    "min_lon=- radius=- samples=- weight=- source=- region=- "
	    "last_seen=-", "3/0/1/1" },
	{ "6", "wifi", "-", "0,0 2505m,0 -2505m,0", "new_block",
	    "3/0/1/1" },
	/* 7 and part of 8 are about weights of 0, which never get here */
	{ "8", "wifi", "-", "0,0*.5", "new lat=51.5 samples=1 weight=.5",
	    "1/0/1/0" },
	{ "9", "wifi", "P samples=2 weight=3",
	    "0,-.002*11.313708499 0,-.004*.6103515625 "
	    "0,-.006*.68301345536 0,-.006*.5",
	    "change lon=-0.101997067 max_lon=-0.1 min_lon=-0.106 radius=278 "
	    "samples=6 weight=16.107074", "4/1/0/0" },
	{ "10", "wifi", "P last_seen=d10", "q0,0",
	    "confirm last_seen=d0 modified=d50", "1/1/0/0" },
	{ "11", "wifi", "P last_seen=d0", "q0,0", "none", "1/0/0/0" },
	{ "12", "wifi", "P source=9 samples=10 weight=15 max_lat=51.51 "
	    "min_lat=51.49 max_lon=-0.09 min_lon=-0.11 radius=1100 "
	    "created=d10", "0,0 0,0 0,0",
	    "replace max_lat=51.5 min_lat=51.5 max_lon=-0.1 min_lon=-0.1 "
	    "radius=0 samples=3 weight=3 source=3 created=d10 modified=d0",
	    "3/1/0/0" },
	{ "13", "wifi", "P source=9 samples=10 weight=15 created=d200 "
	    "block_first=d60 block_last=d60 block_count=1", "0,0*.5",
	    "replace samples=1 weight=.5 block_first=d60 block_last=d60 "
	    "block_count=1", "1/1/0/0" },
	{ "14", "wifi", "P source=9 samples=10 weight=15 created=d10 "
	    "block_last=d9 block_count=1", "0,0", "none", "1/0/0/0" },
	{ "15", "wifi", "P source=9", "q.001,0",
	    "change lat=51.5005 max_lat=51.501 min_lat=51.5 radius=56 "
	    "samples=2 weight=2 source=9", "1/1/0/0" },
	{ "16", "wifi", "P", ".1,0 .1,0",
	    "block lat=- lon=- max_lat=- min_lat=- max_lon=- min_lon=- "
	    "radius=- samples=- weight=- source=- last_seen=- region=GB "
	    "modified=d0 created=d50 block_first=d0 block_last=d0 "
	    "block_count=1", "2/0/0/1" },
	{ "17", "wifi", "P samples=500 weight=400", "q.1,0",
	    "block block_count=1", "1/0/0/1" },
	{ "18", "wifi", "P modified=d365", ".1,0", "block", "1/0/0/1" },
	{ "19", "wifi", "P modified=d366 last_seen=d1", ".1,0",
	    "replace lat=51.6 samples=1 source=3 created=d50", "1/1/0/0" },
	{ "20", "wifi", "P modified=d366", ".0002,0",
	    "change lat=51.5001 radius=11 samples=2", "1/1/0/0" },
	{ "21", "wifi", "P modified=d367", "0,0 5010m,0 -5010m,0", "block",
	    "3/0/0/1" },
	{ "22", "wifi", "P", "0,0 2505m,0 -2505m,0", "block", "3/0/0/1" },
	{ "23", "wifi", "P", "0,0 2505m,0",
	    "change lat=51.507505075 radius=1670 samples=3 weight=3",
	    "2/1/0/0" },
	{ "24", "wifi", "N region=- block_first=d50 block_last=d50 "
	    "block_count=1", "0,0 0,0 0,0",
	    "change lat=51.5 radius=0 region=GB samples=3 weight=3 "
	    "block_first=d50 block_last=d50 block_count=1 last_seen=d0",
	    "3/1/0/0" },
	{ "25", "wifi", "N region=- block_first=d50 block_last=d50 "
	    "block_count=1", "0,0 5010m,0 -5010m,0", "none", "3/0/0/0" },
	{ "26", "wifi", "N block_last=d1 block_count=1 created=d100",
	    "0,0 0,0", "none", "2/0/0/0" },
	{ "27", "wifi", "N block_last=d2 block_count=1 created=d100", "0,0",
	    "change lat=51.5", "1/1/0/0" },
	{ "28", "wifi", "N block_last=d10 block_count=2 created=d45", "0,0",
	    "none", "1/0/0/0" },
	{ "29", "wifi", "N block_last=d10 block_count=1 created=d45", "0,0",
	    "change", "1/1/0/0" },
	{ "30", "wifi", "N block_last=d10 block_count=2 created=d75", "0,0",
	    "none", "1/0/0/0" },
	{ "31", "wifi", "N block_last=d10 block_count=3 created=d105",
	    "0,0", "change", "1/1/0/0" },
	{ "32", "wifi", "P block_first=d200 block_last=d100 block_count=3 "
	    "created=d400", ".1,0",
	    "block block_first=d200 block_last=d0 block_count=4",
	    "1/0/0/1" },
	{ "33", "wifi", "P block_last=d-3 block_count=1 created=d400", "0,0",
	    "none", "1/0/0/0" },
	{ "34", "wifi", "P samples=60000 weight=50000", ".01,0",
	    "change lat=51.500001 weight=50001 samples=60001 radius=1112",
	    "1/1/0/0" },
	{ "35", "wifi", "P samples=4294967294 weight=999999999.5",
	    "0,0 0,0", "change samples=4294967295 weight=1000000000",
	    "2/1/0/0" },
	{ "36", "wifi", "P lat=46.2884 lon=6.77 max_lat=46.2884 "
	    "min_lat=46.2884 max_lon=6.77 min_lon=6.77 region=FR",
	    "@46.2884,6.82 @46.2884,6.82 @46.2884,6.82 @46.2884,6.82 "
	    "@46.2884,6.82", "change lon=6.811666667 region=FR radius=3211",
	    "5/1/0/0" },
	{ "37", "wifi", "P lat=46.2884 lon=7.4 max_lat=46.2884 "
	    "min_lat=46.2884 max_lon=7.4 min_lon=7.4 region=FR",
	    "@46.2884,7.45 @46.2884,7.45 @46.2884,7.45 @46.2884,7.45 "
	    "@46.2884,7.45", "change lon=7.441666667 region=CH", "5/1/0/0" },
	{ "38", "wifi", "P max_lat=- min_lat=- max_lon=- min_lon=- weight=- "
	    "samples=- radius=-", ".001,0",
	    "change lat=51.501 max_lat=51.501 min_lat=51.5 radius=111 "
	    "samples=1 weight=1", "1/1/0/0" },
	{ "39", "wifi", "-", "0,0 0,0 0,0", "new samples=3 source=3",
	    "3/0/1/0" },
	{ "40", "wifi", "P source=-", "q0,0", "confirm", "1/1/0/0" },
	{ "41", "wifi", "P source=6", "0,0", "change source=3 samples=2",
	    "1/1/0/0" },
	{ "42", "wifi", "-", "@0,0", "new region=-", "1/0/1/0" },
	{ "43", "wifi", "P modified=- created=-", ".1,0", "block",
	    "1/0/0/1" },
	{ "44", "wifi", "P", "q.2,0 .0001,0", "change lat=51.50005 samples=2",
	    "2/1/0/0" },
	{ "45, first", "wifi", "-", "0,0 .0001,0",
	    "new samples=2 lat=51.50005 radius=6", "2/0/1/0" },
	{ "45, second", "wifi", "-", ".2,0", "new samples=1", "1/0/1/0" },
	{ "46", "wifi", "P", ".04,0", "change lat=51.52 radius=2225 "
	    "samples=2", "1/1/0/0" },
	{ "47", "wifi", "P last_seen=-", "q0,0", "confirm last_seen=d0",
	    "1/1/0/0" },
	{ "48", "wifi", "-", "0,0*2.44140625 .001,0*1",
	    "new lat=51.500290579 radius=79 weight=3.44140625", "2/0/1/0" },
	{ "49", "blue", "P samples=2 weight=3",
	    "0,-.0001*.70710678119 0,-.0002*.25",
	    "change lon=-0.100030505 max_lon=-0.1 min_lon=-0.1002 radius=12 "
	    "samples=4 weight=3.957107", "2/1/0/0" },
	{ "50", "blue", "-", "0,0 .001,0", "new_block", "2/0/1/1" },
	{ "51", "cell", "P weight=2", "0,-.002*7.1900664 0,-.004*.0552284",
	    "change lon=-0.101579295 radius=168 samples=3 weight=9.245295",
	    "2/1/0/0" },
	{ "52, first", "cell", "-", "0,0p12 .001,0p44 .002,0",
	    "new lat=51.501 samples=3 radius=111 psc=44", "3/0/1/0" },
	{ "52, second", "cell", "-", "0,0", "new psc=-", "1/0/1/0" },
	{ "53", "cell", "P psc=99", "0,0", "change psc=99", "1/1/0/0" },
	{ "54", "cell", "P psc=99", "q0,0p7 0,0", "change psc=99",
	    "2/1/0/0" },
	{ "55", "cell", "P", "q0,0", "confirm", "1/1/0/0" },
	{ "56", "cell", "P psc=5", "2,0p6", "block psc=6", "1/0/0/1" },
	{ "57", "cell", "-", "0,0*47.958502 .01,0*.301068 .02,0*1",
	    "new lat=51.500467131 weight=49.25957 radius=2173 samples=3",
	    "3/0/1/0" },
	{ "58", "cell", "-", "@48.85,2.35", "new region=FR", "1/0/1/0" },
	/* not of the reference, which averages across the globe */
	{ "date line, new", "wifi", "-", "@0,179.999 @0,-179.997",
	    "new lon=-179.999 max_lon=-179.997 min_lon=179.999 radius=223",
	    "2/0/1/0" },
	{ "date line, change", "wifi", "P lat=0 lon=-179.999 max_lat=0 "
	    "min_lat=0 max_lon=-179.997 min_lon=179.999", "@0,179.997",
	    "change lon=179.999 max_lon=-179.997 min_lon=179.997 "
	    "radius=445", "1/1/0/0" },
	{ "date line, replace", "wifi", "P lat=0 lon=0 source=9 "
	    "modified=d400", "@0,179.999 @0,-179.999",
	    "replace lon=180 max_lon=-179.999 min_lon=179.999 radius=111",
	    "2/1/0/0" },
	{ "block count stays a byte", "wifi", "P created=d9000 "
	    "block_last=d5 block_count=255", ".1,0",
	    "block block_count=255", "1/0/0/1" },
	{ "last seen in the future", "wifi", "P last_seen=d-1", "q0,0",
	    "none", "1/0/0/0" },
};

static const struct {
	const char	*name;
	size_t		 at;
	char		 type;	/* f double, i integer, s second, d day */
} fields[] = {
#define F(type, name)	{ #name, offsetof(struct station_row, name), type }
	F('f', lat), F('f', lon), F('f', max_lat), F('f', min_lat),
	F('f', max_lon), F('f', min_lon), F('f', weight), F('i', radius),
	F('i', samples), F('i', source), F('i', block_count), F('i', psc),
	F('s', created), F('s', modified), F('d', last_seen),
	F('d', block_first), F('d', block_last)
};

static const char *const outcomes[] = { "none", "new", "new_block",
	"change", "replace", "confirm", "block" };

static void
die(const char *what)
{
	printf("Bail out! bad table: %s\n", what);
	exit(1);
}

static int64_t
parse_int(const char *s, char type)
{
	int64_t v;
	int is_days = *s == 'd';

	if (strcmp(s, "-") == 0)
		return STATION_ROW_NULL;
	if (!base_num_i64(s + is_days, strlen(s + is_days), &v))
		die(s);
	if (is_days)
		return type == 's' ? NOW - v * BASE_CIVIL_DAY_S : TODAY - v;
	return v;
}

/* Set the field of R that SETTING names, or compare it. */
static void
field(struct station_row *r, char *setting, int set, const char *name)
{
	char label[128], *v = strchr(setting, '=');
	double f = NAN;
	size_t i;
	void *p;

	if (v == NULL)
		die(setting);
	*v++ = '\0';
	snprintf(label, sizeof(label), "%s: %s", name, setting);
	if (strcmp(setting, "region") == 0) {
		if (strcmp(v, "-") == 0)
			v = "";
		if (set)
			strlcpy(r->region, v, sizeof(r->region));
		else
			is_str(r->region, v, label);
		return;
	}
	for (i = 0; strcmp(fields[i].name, setting) != 0; i++)
		if (i + 1 == sizeof(fields) / sizeof(fields[0]))
			die(setting);
	p = (char *)r + fields[i].at;
	if (fields[i].type != 'f') {
		if (set)
			*(int64_t *)p = parse_int(v, fields[i].type);
		else
			is_int(*(int64_t *)p, parse_int(v, fields[i].type),
			    label);
		return;
	}
	if (strcmp(v, "-") != 0 && !base_num_f64(v, strlen(v), &f))
		die(v);
	if (set)
		*(double *)p = f;
	else
		is_near(*(double *)p, f,
		    strcmp(setting, "weight") == 0 ? 1e-6 : 1e-9, label);
}

/* Set up R as TEXT says; returns whether there is a row. */
static int
parse_row(struct station_row *r, const char *text, const char *name)
{
	char buf[256], *p = buf, *word;

	station_row_init(r);
	strlcpy(buf, text, sizeof(buf));
	word = strsep(&p, " ");
	if (strcmp(word, "-") == 0)
		return 0;
	r->created = r->modified = NOW - 50 * BASE_CIVIL_DAY_S;
	strlcpy(r->region, "GB", sizeof(r->region));
	if (strcmp(word, "P") == 0) {
		r->lat = r->max_lat = r->min_lat = BASE_LAT;
		r->lon = r->max_lon = r->min_lon = BASE_LON;
		r->radius = 0;
		r->samples = 1;
		r->weight = 1;
		r->source = STATION_ROW_GNSS;
		r->last_seen = TODAY - 50;
	}
	while ((word = strsep(&p, " ")) != NULL)
		field(r, word, 1, name);
	return 1;
}

/* The latitude M metres north of the base; less than 0: south. */
static double
north_of_base(double m)
{
	double lat = BASE_LAT;
	int i;

	for (i = 0; i < 6; i++)
		lat += (m - copysign(geo_dist_m(BASE_LAT, BASE_LON, lat,
		    BASE_LON), lat - BASE_LAT)) / 111250;
	return lat;
}

static size_t
parse_obs(struct obs_obs *obs, const char *text, enum obs_kind kind)
{
	int absolute;
	size_t n;
	char *end;

	for (n = 0; *text != '\0'; n++, obs++) {
		memset(obs, 0, sizeof(*obs));
		obs->kind = (uint8_t)kind;
		obs->key[0] = 0xab;
		obs->seq = (uint32_t)n;
		obs->psc = -1;
		obs->weight = obs->peak_weight = 1;
		if ((obs->is_query = *text == 'q'))
			text++;
		if ((absolute = *text == '@'))
			text++;
		obs->lat = strtod(text, &end);
		if (*end == 'm') {
			end++;
			obs->lat = north_of_base(obs->lat);
		} else if (!absolute) {
			obs->lat += BASE_LAT;
		}
		obs->lon = strtod(end + 1, &end) + (absolute ? 0 : BASE_LON);
		if (*end == '*')
			obs->weight = strtod(end + 1, &end);
		if (*end == 'p')
			obs->psc = (int16_t)strtol(end + 1, &end, 10);
		text = *end == ' ' ? end + 1 : end;
	}
	return n;
}

static void
try(size_t i)
{
	struct station_update_counts c = { 0 };
	enum station_update_outcome got;
	struct station_row before, r;
	struct obs_obs obs[8];
	char buf[512], counts[64], *p = buf, *word;
	enum obs_kind kind;
	int exists;
	size_t n;

	kind = strcmp(cases[i].kind, "blue") == 0 ? OBS_BLUE :
	    strcmp(cases[i].kind, "wifi") == 0 ? OBS_WIFI : OBS_CELL;
	exists = parse_row(&r, cases[i].row, cases[i].name);
	n = parse_obs(obs, cases[i].obs, kind);
	before = r;
	got = station_update(&r, exists, obs, n, NOW);
	strlcpy(buf, cases[i].after, sizeof(buf));
	word = strsep(&p, " ");
	snprintf(counts, sizeof(counts), "%s: outcome", cases[i].name);
	is_str(outcomes[got], word, counts);
	while ((word = strsep(&p, " ")) != NULL)
		field(&r, word, 0, cases[i].name);
	if (got == STATION_UPDATE_CONFIRM)
		r.last_seen = before.last_seen;
	if (got == STATION_UPDATE_CONFIRM || got == STATION_UPDATE_NONE)
		ok(memcmp(&r, &before, sizeof(r)) == 0,
		    "%s: the rest is untouched", cases[i].name);
	ok(station_update_moves_area(got) == (got != STATION_UPDATE_NONE &&
	    strcmp(outcomes[got], "confirm") != 0), "%s: area",
	    cases[i].name);
	ok(exists || r.key[0] == 0xab, "%s: key", cases[i].name);
	station_update_count(&c, got, n);
	snprintf(counts, sizeof(counts), "%d/%d/%d/%d", (int)c.obs,
	    (int)c.confirm, (int)c.created, (int)c.blocked);
	is_str(counts, cases[i].counts, cases[i].name);
}

/* Forgotten stations: of nothing, of everything, and for good. */
static void
forget(const char *before, const char *after)
{
	struct station_row r, same;
	struct obs_obs obs[1];
	char buf[512], *p = buf, *word;
	uint8_t key[RADIO_CELL_KEY_MAX] = { 0xab, 1, 2, 3, 4, 5 };
	int64_t later;
	int exists = parse_row(&r, before, "forget");

	ok(station_update_forget(&r, exists, key, NOW) ==
	    STATION_UPDATE_FORGET, "forget %s", before);
	strlcpy(buf, after, sizeof(buf));
	while ((word = strsep(&p, " ")) != NULL)
		field(&r, word, 0, before);
	is_int(r.block_last, base_civil_days(9999, 12, 31), "last day");
	ok(exists || memcmp(r.key, key, sizeof(key)) == 0, "key");
	same = r;
	parse_obs(obs, "0,0", OBS_WIFI);
	for (later = NOW; later < NOW + 200LL * 365 * BASE_CIVIL_DAY_S;
	    later += 900LL * BASE_CIVIL_DAY_S)
		if (station_update(&r, 1, obs, 1, later) !=
		    STATION_UPDATE_NONE || station_update_forget(&r, 1, key,
		    later) != STATION_UPDATE_NONE)
			break;
	ok(later > NOW + 100LL * 365 * BASE_CIVIL_DAY_S &&
	    memcmp(&r, &same, sizeof(r)) == 0, "for ever");
}

#define FORGOTTEN "lat=- lon=- max_lat=- min_lat=- max_lon=- min_lon=- " \
	"radius=- samples=- weight=- source=- region=- last_seen=- " \
	"block_count=255 modified=d0 "

int
main(void)
{
	size_t i;

	forget("-", FORGOTTEN "created=d0 block_first=d0");
	forget("P samples=9", FORGOTTEN "created=d50 block_first=d0");
	forget("N block_first=d9 block_last=d8 block_count=1",
	    FORGOTTEN "created=d50 block_first=d9");
	/* what somebody gave a position by hand is forgotten again */
	forget("P block_last=d-2913373 block_count=255", FORGOTTEN
	    "created=d50 block_first=d0");

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		try(i);
	return tap_done();
}
