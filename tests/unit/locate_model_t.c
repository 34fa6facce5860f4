/* SPDX-License-Identifier: ISC */
/* The worked examples of the model: circles, cells, sites, areas, MACs. */
#include "base/arena.h"
#include "base/civil.h"
#include "locate/circle.h"
#include "locate/search.h"
#include "station/places.h"
#include "station/trust.h"

#include "chance.h"
#include "question.h"
#include "tap.h"

#define NOW	1700050000
#define TODAY	(NOW / BASE_CIVIL_DAY_S)

static struct base_arena arena;

static void
add_wifi(struct question *w, const char *mac, double lat, double lon,
    int spread_m, double weight, int dbm)
{
	struct station_row *r = question_wifi(w, mac, lat, lon, dbm, NOW);

	r->peak_weight = weight;
	r->spread = spread_m * 10;
}

static void
placed(struct station_row *r, double lat, double lon, int radius)
{
	station_row_init(r);
	r->lat = lat;
	r->lon = lon;
	r->radius = radius;
	r->samples = 1;
	r->created = r->modified = NOW;
	r->last_seen = TODAY;
}

/* LTE cell CID of 234/30/100 in the query, heard with DBM. */
static struct radio_cell *
ask_cell(struct question *w, int64_t cid, int dbm)
{
	struct locate_cell *c = &w->cell[w->q.ncell++];

	*c = (struct locate_cell){ .age_ms = LOCATE_UNKNOWN };
	c->cell = (struct radio_cell){ .type = RADIO_CELL_LTE, .mcc = 234,
	    .mnc = 30, .lac = 100, .cid = cid, .signal_dbm = dbm };
	w->area[0] = *c;
	w->q.narea = w->q.nlook_area = 1;
	return &c->cell;
}

static void
know_near(struct question *w, int64_t cid, double lat, double lon, int radius)
{
	struct radio_cell c = { .type = RADIO_CELL_LTE, .mcc = 234,
	    .mnc = 30, .lac = 100, .cid = cid };
	struct station_row *r = &w->near[w->f.nnear++];

	placed(r, lat, lon, radius);
	radio_cell_key(r->key, &c);
}

static void
know_area(struct question *w, int avg, int cells)
{
	struct station_area *a = &w->areas[w->f.narea++];

	station_row_area_init(a);
	radio_cell_area_key(a->key, &w->area[0].cell);
	a->lat = 51.5366667;
	a->lon = -.1333333;
	a->avg_cell_radius = avg;
	a->num_cells = cells;
	a->created = a->modified = NOW;
	a->radius = 10000;
}

static const struct locate_search *
search(const struct question *w)
{
	static struct locate_search s;

	base_arena_reset(&arena);
	if (locate_search(&s, &w->q, &w->f, NOW, &arena) == -1)
		abort();
	return &s;
}

/* The answer to W is at LAT, LON within ACCURACY; 0: there is none. */
static const struct locate_search *
check(const struct question *w, double lat, double lon, double accuracy,
    const char *name)
{
	const struct locate_search *s = search(w);
	const struct locate_result *r = s->best;

	if (accuracy == 0) {
		ok(r == NULL, "%s", name);
		return s;
	}
	ok(r != NULL && fabs(r->lat - lat) <= 2e-7 && (fabs(r->lon - lon) <=
	    2e-7 || fabs(fabs(r->lon) - 180) < 2e-7) &&
	    fabs(r->accuracy_m / accuracy - 1) < 1e-6,
	    "%s: %.7f %.7f %.7f", name, r == NULL ? 0 : r->lat,
	    r == NULL ? 0 : r->lon, r == NULL ? 0 : r->accuracy_m);
	return s;
}

static void
test_circles(void)
{
	const struct locate_circle c[] = {
		{ 51.5, -.1, 800 }, { 51.505, -.1, 1200 }, { 51.6, -.1, 1000 }
	};
	static const double lat[] = { 51.5, 51.5015385, 51.5068081 };
	static const double radius[] = { 800, 832.1364, 5812.5035 };
	struct locate_circle to;
	size_t n;

	for (n = 1; n <= 3; n++) {
		locate_circle_fuse(&to, c, n);
		ok(fabs(to.lat - lat[n - 1]) < 2e-7 &&
		    fabs(to.radius_m - radius[n - 1]) < 1e-3,
		    "%zu circles: %.7f %.4f", n, to.lat, to.radius_m);
	}
}

/* The cell of the examples, with its two places. */
static void
ask_known(struct question *w, int dbm)
{
	struct station_row *r = &w->cells[0];

	question_init(w);
	placed(r, 51.5012, -.1, 500);
	w->f.ncell = 1;
	radio_cell_key(r->key, ask_cell(w, 1000, dbm));
	r->places.len = 34;
	base_num_unhex(r->places.byte, 34, "0101010004000d48b21e0dbff0ff0300f8df"
	    "0600f0bbb21ed8b9f0ff020080da0700");
}

static void
test_cell(void)
{
	struct question w;

	ask_known(&w, -82);
	check(&w, 51.5002064, -.0999745, 1052.8550, "a cell without area");
	know_area(&w, 500, 3);
	check(&w, 51.5002064, -.0999745, 1478.8191, "the same with one");
	ask_known(&w, -96);
	know_area(&w, 500, 3);
	check(&w, 51.5026370, -.1000837, 1488.4609, "the other signal");
	ask_known(&w, RADIO_CELL_UNKNOWN);
	know_area(&w, 500, 3);
	check(&w, 51.5012200, -.1000200, 1512.5143, "no signal");
	w.f.narea = 0;
	station_trust_set(&w.cells[0], &(struct station_trust){
	    .flags = STATION_TRUST_HIDDEN, .votes = 3 });
	check(&w, 0, 0, 0, "hidden");
	w.q.as_ichnaea = 1;
	ok(check(&w, 51.5012, -.1, 1000, "but not to Ichnaea")->cell.n == 1,
	    "it is known");
}

static void
test_site_and_area(void)
{
	struct question w;

	question_init(&w);
	ask_cell(&w, 1001, RADIO_CELL_UNKNOWN);
	know_near(&w, 1009, 51.6, -.2, 800);
	know_near(&w, 1003, 51.51, -.1, 800);
	know_near(&w, 1000, 51.5, -.1, 400);
	know_area(&w, 667, 3);
	check(&w, 51.504, -.1, 3063.7658, "a site");
	w.f.nnear = 1;
	w.f.ncentre = 1;
	w.centre[0] = (struct station_centre){ .lat = 51.5366667,
	    .lon = -.1333333, .spread = 5969 };
	memcpy(w.centre[0].key, w.areas[0].key, sizeof(w.centre[0].key));
	check(&w, 51.5366667, -.1333333, 28554.4833, "an area");
	w.f.ncentre = 0;
	check(&w, 51.5366667, -.1333333, hypot(1.7 * (5000 + 1000),
	    45000 / sqrt(3)), "an area without centre");
	w.q.lacf = 0;
	w.q.narea = 0;
	check(&w, 0, 0, 0, "neither is allowed");
}

static void
five_wifis(struct question *w, const char *which)
{
	question_init(w);
	for (; *which != '\0'; which++)
		switch (*which) {
		case '1':
			add_wifi(w, "a82067000001", 51.5, -.1, 40, 5, -60);
			break;
		case '2':
			add_wifi(w, "a82067000102", 51.501, -.1, 90, .5, -80);
			break;
		case '3':
			add_wifi(w, "a82067000203", 51.5005, -.0985, 120, 60,
			    -75);
			break;
		case '4':
			add_wifi(w, "a82067000304", 51.53, -.1, 20, 5, -50);
			break;
		case '5':
			add_wifi(w, "a82067000405", 51.5001, -.1001, 350, 5,
			    -55);
			break;
		}
}

static void
test_wifi(void)
{
	const struct locate_search *s;
	struct question w;

	five_wifis(&w, "12345");
	s = check(&w, 51.5003083, -.0997183, 162.8057602, "five wifis");
	is_near(s->wifi_support.scatter_m, 60.7807, 1e-4, "scatter");
	is_near(s->wifi_support.scale_m, 152.5873, 1e-4, "scale");
	is_near(s->wifi_support.known, 5.012071, 1e-5, "known");
	is_near(s->wifi_support.support, 2.608133, 1e-6, "support");
	is_int((long long)s->wifi_support.devices, 3, "devices");
	five_wifis(&w, "54321");
	check(&w, 51.5003083, -.0997183, 162.8057602, "in another order");
	five_wifis(&w, "12");
	check(&w, 51.5002392, -.1, 147.9513756, "two");
	five_wifis(&w, "14");
	check(&w, 0, 0, 0, "two far from each other");
	five_wifis(&w, "15");
	check(&w, 0, 0, 0, "one that moves");
	five_wifis(&w, "1");
	check(&w, 0, 0, 0, "one alone");
}

/* Signals that there are, and some that there are not: all by one formula. */
static void
test_loudness(void)
{
	const struct locate_search *s;
	int dbm, wrong = 0;
	double scale_m;
	struct question w;

	for (dbm = -140; dbm <= 10; dbm++) {
		question_init(&w);
		add_wifi(&w, "a82067000001", 51.5, -.1, 40, 5, dbm);
		add_wifi(&w, "a82067000102", 51.501, -.1, 40, 5, dbm);
		s = search(&w);
		scale_m = sqrt((150 * 150 + 40 * 40) *
		    pow(10, ((dbm == 0 ? 90 : -dbm) - 80) / 100.));
		wrong += s->best == NULL || s->wifi.n != 2 ||
		    fabs(s->wifi.at[0].scale_m / scale_m - 1) > 1e-14;
	}
	is_int(wrong, 0, "signals whose scale is another");
}

/* A and B are of one device; C and D of others. */
static void
devices(struct question *w, int n, double cell_lat, double cell_lon)
{
	question_init(w);
	add_wifi(w, "a82067000010", 51.5, -.1, 30, 5, -60);
	add_wifi(w, "a82067000014", 51.5001, -.1, 30, 5, -65);
	if (n > 2)
		add_wifi(w, "a82067000220", 51.5002, -.1, 30, 5, -70);
	if (n > 3)
		add_wifi(w, "a82067000330", 51.5, -.1003, 30, 5, -70);
	if (cell_lat == 0)
		return;
	/* One place whose spread and visits make the accuracy 900 m. */
	placed(&w->cells[0], cell_lat, cell_lon, 0);
	w->f.ncell = 1;
	radio_cell_key(w->cells[0].key, ask_cell(w, 1000,
	    RADIO_CELL_UNKNOWN));
	w->cells[0].places.len = (uint8_t)station_places_write(
	    &(struct station_places){ .n = 1, .visits = 6, .at = { {
	    cell_lat, cell_lon, 10, NAN, 0 } } }, w->cells[0].places.byte);
}

/* Radios of one device do not answer for each other; of more they vote. */
static void
test_devices(void)
{
	static const struct {
		int	n;
		double	lat, lon, accuracy, support, near_support;
	} cases[] = {
		{ 3, 51.5001172, -.1, 107.3429229, 1.996495, 2.514979 },
		{ 4, 51.5000804, -.1000928, 110.9117309, 2.980956, 3.493077 },
	};
	const struct locate_search *s;
	struct question w;
	size_t i;

	devices(&w, 2, 0, 0);
	s = check(&w, 0, 0, 0, "one device alone");
	is_int(locate_company_why(&s->wifi_support.companies),
	    LOCATE_COMPANY_SIBLINGS, "as it is one");
	devices(&w, 2, 51.508, -.1);
	check(&w, 51.508, -.1, 900, "and a cell");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		devices(&w, cases[i].n, 0, 0);
		s = check(&w, cases[i].lat, cases[i].lon, cases[i].accuracy,
		    "without a cell");
		is_near(s->wifi_support.support, cases[i].support, 1e-6,
		    "support");
		is_int((long long)s->wifi_support.devices, cases[i].n - 1,
		    "devices");
		devices(&w, cases[i].n, 51.508, -.1);
		s = check(&w, cases[i].lat, cases[i].lon, cases[i].accuracy,
		    "a cell is near");
		is_near(s->wifi_support.support, cases[i].near_support, 1e-6,
		    "support");
		devices(&w, cases[i].n, 48.85, 2.35);
		if (cases[i].n < 4) {
			s = check(&w, 48.85, 2.35, 900, "a cell is far");
			ok(s->contradicts_wifi == s->best, "it contradicts");
		} else
			check(&w, cases[i].lat, cases[i].lon,
			    cases[i].accuracy, "three devices stay");
	}
}

static void
test_date_line(void)
{
	struct question w;

	question_init(&w);
	add_wifi(&w, "a82067000001", -17, 179.9995, 40, 5, -60);
	add_wifi(&w, "a82067000102", -17, -179.9995, 40, 5, -60);
	check(&w, -17, 180, 112.0751171, "on the date line");
	question_init(&w);
	add_wifi(&w, "a82067000001", 90, 0, 40, 5, -60);
	add_wifi(&w, "a82067000102", 90, 120, 40, 5, -60);
	check(&w, 90, 0, 98.6609310, "at the pole all is one place");
}

static double
draw(double from, double to)
{
	return from + (to - from) * chance();
}

/*
 * Random worlds: an answer is a place with an accuracy of 20 m or more, and the
 * same however the query is ordered.
 */
static void
test_random(void)
{
	static struct locate_search s;
	struct locate_mac swap;
	struct locate_result r;
	struct question w;
	int i, k, n, bad = 0, other = 0, found = 0;
	double lat, lon;
	char mac[24];

	for (i = 0; i < 20000; i++) {
		question_init(&w);
		lat = draw(-90, 90);
		lon = draw(-180, 180);
		n = 2 + (int)draw(0, 12);
		for (k = 0; k < n; k++) {
			snprintf(mac, sizeof(mac), "a82067%04x%02x",
			    (unsigned)draw(0, 8), (unsigned)k);
			add_wifi(&w, mac, fmax(-90, fmin(90, lat +
			    draw(-.01, .01))), lon + draw(-.01, .01) > 180 ?
			    -180 : lon, (int)draw(0, 400), draw(0, 1e7),
			    (int)draw(-127, 0));
		}
		base_arena_reset(&arena);
		locate_search(&s, &w.q, &w.f, NOW, &arena);
		if (s.best == NULL)
			continue;
		found++;
		r = *s.best;
		bad += !(fabs(r.lat) <= 90 && fabs(r.lon) <= 180 &&
		    r.accuracy_m >= 20 && r.accuracy_m < 1e6);
		for (k = 0; k < n / 2; k++) {
			swap = w.wifi[k];
			w.wifi[k] = w.wifi[n - 1 - k];
			w.wifi[n - 1 - k] = swap;
		}
		base_arena_reset(&arena);
		locate_search(&s, &w.q, &w.f, NOW, &arena);
		other += s.best == NULL || s.best->lat != r.lat ||
		    s.best->lon != r.lon || s.best->accuracy_m != r.accuracy_m;
	}
	ok(found > 1000, "%d of 20000 random worlds answer", found);
	is_int(bad, 0, "all answers are places");
	is_int(other, 0, "the order of a query is nothing");
}

int
main(void)
{
	base_arena_init(&arena);
	test_circles();
	test_cell();
	test_site_and_area();
	test_wifi();
	test_loudness();
	test_devices();
	test_date_line();
	test_random();
	base_arena_done(&arena);
	return tap_done();
}
