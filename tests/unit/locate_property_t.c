/* SPDX-License-Identifier: ISC */
/*
 * What holds of the model's answers in any world: they are places on earth,
 * their radii are not below what is promised, the order of networks is
 * nothing, and one station pulls only so far.  Worlds are random, and the same
 * in each run.
 */
#include <math.h>

#include "base/arena.h"
#include "base/civil.h"
#include "geo/dist.h"
#include "locate/search.h"
#include "station/places.h"

#include "chance.h"
#include "question.h"
#include "tap.h"

#define NOW	1700050000
#define WORLDS	20000
#define MACS	24
#define CELLS	4

static struct base_arena arena;
/* A place some metres around that of W, often many kilometres. */
static void
somewhere(const struct question *w, double *lat, double *lon)
{
	double m = pow(10, chance() * (upto(8) == 0 ? 7 : 3));

	*lat = fmin(fmax(w->lat + (chance() - .5) * m / 111195, -90), 90);
	*lon = w->lon + (chance() - .5) * m / 111195;
	*lon -= *lon > 180 ? 360 : *lon < -180 ? -360 : 0;
}

static void
fill_row(const struct question *w, struct station_row *r)
{
	station_row_init(r);
	somewhere(w, &r->lat, &r->lon);
	r->radius = upto(4) == 0 ? STATION_ROW_NULL : upto(3000);
	r->samples = upto(4) == 0 ? STATION_ROW_NULL : upto(1000);
	r->weight = upto(4) == 0 ? NAN : chance() * 100;
	r->created = upto(9) == 0 ? STATION_ROW_NULL : NOW - upto(1 << 28);
	r->modified = upto(9) == 0 ? STATION_ROW_NULL : NOW - upto(1 << 26);
}

static void
fill_macs(struct question *w, struct locate_mac *m, struct station_row *r,
    size_t n)
{
	size_t i;

	for (i = 0; i < n; i++, m++, r++) {
		*m = (struct locate_mac){ .age_ms = LOCATE_UNKNOWN,
		    .signal_dbm = upto(5) == 0 ? LOCATE_UNKNOWN :
		    -upto(100) };
		fill_row(w, r);
		m->mac[0] = 0xa8;
		m->mac[4] = (uint8_t)upto(12);	/* some are one device */
		m->mac[5] = (uint8_t)i;
		memcpy(r->key, m->mac, sizeof(m->mac));
		if (upto(5) == 0)
			continue;		/* without state */
		r->peak_lat = llrint(r->lat * 1e7);
		r->peak_lon = llrint(r->lon * 1e7);
		r->peak_weight = pow(10, chance() * 15 - 6);
		r->spread = upto(8) == 0 ? upto(65536) : upto(2000);
	}
}

static void
fill_cell(struct question *w, size_t i)
{
	struct station_places p = { .n = 0 };
	struct station_row *r = &w->cells[i];
	struct locate_cell *c = &w->cell[i];
	double lat, lon;
	int k;

	*c = (struct locate_cell){ .age_ms = LOCATE_UNKNOWN };
	c->cell = (struct radio_cell){ .type = RADIO_CELL_LTE, .mcc = 234,
	    .mnc = 30, .lac = (int32_t)i + 1, .cid = 1000 + upto(9000),
	    .signal_dbm = upto(3) == 0 ? RADIO_CELL_UNKNOWN : -upto(140) };
	fill_row(w, r);
	radio_cell_key(r->key, &c->cell);
	for (k = upto(20); k > 0; k--) {
		somewhere(w, &lat, &lon);
		station_places_add(&p, lat, lon, upto(4) == 0 ? (double)NAN :
		    -upto(140));
	}
	if (p.n > 0)
		r->places.len = (uint8_t)station_places_write(&p,
		    r->places.byte);
	w->near[i] = *r;
	c->cell.cid += upto(7) - 3;
	w->area[i] = *c;
	station_row_area_init(&w->areas[i]);
	radio_cell_area_key(w->areas[i].key, &c->cell);
	somewhere(w, &w->areas[i].lat, &w->areas[i].lon);
	w->areas[i].num_cells = upto(100);
	w->areas[i].radius = upto(100000);
	w->areas[i].avg_cell_radius = upto(4) == 0 ? STATION_ROW_NULL :
	    upto(20000);
}

static void
world_random(struct question *w)
{
	size_t i, n;

	question_init(w);
	w->lat = upto(8) == 0 ? (upto(2) ? 90 : -90) : chance() * 180 - 90;
	w->lon = upto(8) == 0 ? 180 : chance() * 360 - 180;
	w->q.nwifi = w->f.nwifi = (size_t)(upto(3) == 0 ? 0 : 2 + upto(MACS -
	    2));
	w->q.nblue = w->f.nblue = (size_t)(upto(3) ? 0 : 2 + upto(9));
	fill_macs(w, w->wifi, w->wifis, w->q.nwifi);
	fill_macs(w, w->blue, w->blues, w->q.nblue);
	n = (size_t)upto(CELLS + 1);
	for (i = 0; i < n; i++)
		fill_cell(w, i);
	w->q.ncell = w->q.narea = w->q.nlook_area = w->f.narea = n;
	/* Cells are known, or what is near them, or nothing but the area. */
	*(upto(2) ? &w->f.ncell : &w->f.nnear) = upto(4) ? n : 0;
}

static const struct locate_result *
search(const struct question *w, struct locate_search *s)
{
	if (locate_search(s, &w->q, &w->f, NOW, &arena) == -1)
		abort();
	return s->best;
}

/* Shuffle N > 0 things of LEN bytes. */
static void
shuffle(void *base, size_t n, size_t len)
{
	char *p = base, tmp[sizeof(struct station_row)];
	size_t i, k;

	for (i = n - 1; i > 0; i--) {
		k = (size_t)upto((int)i + 1);
		memcpy(tmp, p + i * len, len);
		memmove(p + i * len, p + k * len, len);
		memcpy(p + k * len, tmp, len);
	}
}

/* 1 if R, unless it is NULL, is a place on earth with a possible radius. */
static int
is_sane(const struct locate_result *r)
{
	double floor_m;

	if (r == NULL)
		return 1;
	floor_m = r->kind == LOCATE_RESULT_WIFI ||
	    r->kind == LOCATE_RESULT_BLUE ? 20 : 0;
	return fabs(r->lat) <= 90 && fabs(r->lon) <= 180 &&
	    r->accuracy_m >= floor_m && r->accuracy_m > 0 &&
	    r->accuracy_m < 1e9 && isfinite(r->score);
}

static void
test_worlds(void)
{
	static struct locate_search s, t;
	int insane = 0, differ = 0, found = 0, i;
	const struct locate_result *r, *u;
	static struct question w;

	for (i = 0; i < WORLDS; i++) {
		base_arena_reset(&arena);
		world_random(&w);
		r = search(&w, &s);
		insane += !is_sane(r);
		found += r != NULL;
		if (w.q.nwifi > 0) {
			shuffle(w.wifi, w.q.nwifi, sizeof(w.wifi[0]));
			shuffle(w.wifis, w.f.nwifi, sizeof(w.wifis[0]));
		}
		if (w.q.nblue > 0) {
			shuffle(w.blue, w.q.nblue, sizeof(w.blue[0]));
			shuffle(w.blues, w.f.nblue, sizeof(w.blues[0]));
		}
		if (w.q.ncell > 0) {
			shuffle(w.cell, w.q.ncell, sizeof(w.cell[0]));
			shuffle(w.area, w.q.narea, sizeof(w.area[0]));
		}
		if (w.f.ncell > 0)
			shuffle(w.cells, w.f.ncell, sizeof(w.cells[0]));
		if (w.f.nnear > 0)
			shuffle(w.near, w.f.nnear, sizeof(w.near[0]));
		if (w.f.narea > 0)
			shuffle(w.areas, w.f.narea, sizeof(w.areas[0]));
		u = search(&w, &t);
		differ += (r == NULL) != (u == NULL) || (r != NULL &&
		    (r->lat != u->lat || r->lon != u->lon ||
		    r->accuracy_m != u->accuracy_m || r->kind != u->kind));
	}
	ok(found > WORLDS / 2, "%d of %d worlds have an answer", found, WORLDS);
	ok(insane == 0, "%d are no place, or below the least radius", insane);
	ok(differ == 0, "%d depend on the order of networks", differ);
}

/* Five devices near each other, and one APART_M to the east of them. */
static const struct locate_result *
pulled(double apart_m, int dbm, struct locate_search *s)
{
	static const double at[][2] = { { 0, 0 }, { 20, 30 }, { -25, 10 },
	    { 10, -30 }, { -15, -20 }, { 0, 0 } };
	static struct question w;
	size_t i, n = apart_m < 0 ? 5 : 6;
	double x;

	question_init(&w);
	w.q.nwifi = w.f.nwifi = n;
	for (i = 0; i < n; i++) {
		x = i == 5 ? apart_m : at[i][1];
		w.wifi[i] = (struct locate_mac){ .age_ms = LOCATE_UNKNOWN,
		    .signal_dbm = i == 5 ? dbm : -70 };
		w.wifi[i].mac[0] = 0xa8;
		w.wifi[i].mac[4] = (uint8_t)i;
		station_row_init(&w.wifis[i]);
		memcpy(w.wifis[i].key, w.wifi[i].mac, 6);
		w.wifis[i].lat = at[i][0] / 111195;
		w.wifis[i].lon = x / 111195;
		w.wifis[i].peak_lat = llrint(w.wifis[i].lat * 1e7);
		w.wifis[i].peak_lon = llrint(w.wifis[i].lon * 1e7);
		w.wifis[i].peak_weight = 5;
		w.wifis[i].spread = 400;
		w.wifis[i].modified = NOW;
	}
	return search(&w, s);
}

/*
 * However far one station is, and however loud, it pulls towards itself and no
 * farther than some tens of metres; beyond reach it has no say.
 */
static void
test_pull(void)
{
	static struct locate_search s;
	double east_m, first, apart;
	int away = 0, far = 0, beyond = 0, dbm;
	const struct locate_result *r;

	base_arena_reset(&arena);
	first = pulled(-1, 0, &s)->lon * 111195;
	for (dbm = -95; dbm <= -20; dbm += 15)
		for (apart = 30; apart < 2e7; apart *= 1.1) {
			r = pulled(apart, dbm, &s);
			east_m = r->lon * 111195 - first;
			away += east_m < -.02;
			far += east_m > 100;
			beyond += apart > 550 && fabs(east_m) > .02;
		}
	ok(away == 0, "%d times it pushes", away);
	ok(far == 0, "%d times it pulls farther than 100 m", far);
	ok(beyond == 0, "%d times it pulls from beyond its reach", beyond);
}

int
main(void)
{
	base_arena_init(&arena);
	test_worlds();
	test_pull();
	base_arena_done(&arena);
	return tap_done();
}
