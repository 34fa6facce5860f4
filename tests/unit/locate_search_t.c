/* SPDX-License-Identifier: ISC */
/* How results of several kinds, the address and a provider come together. */
#include "geo/ip.h"
#include "locate/search.h"

#include "tap.h"
#include "world.h"

static const struct world_station stations[] = {
	{ "wifi a82067000001", 51.5, -0.1, .blocks = 0 },
	{ "wifi a82067000002", 51.5001, -0.1, .blocks = 0 },
	{ "blue b82067000001", 51.5, -0.1, .blocks = 0 },
	{ "blue b82067000002", 51.50005, -0.1, .blocks = 0 },
	{ "lte-234-30-100-1001", 51.5, -0.1, 800, .blocks = 0 },
	{ "lte-234-30-200", 52.5, -0.1, 70000, .blocks = 0 },
};

static const struct geo_ip london = { "GB", 51.5142, -0.0931, 40000,
    543000, 0.8 };

enum { BLUE = 1, WIFI = 2, CELL = 4, AREA = 8, ADDRESS = 16, NO_IPF = 32 };

static const struct {
	const char	*name;
	int		 what;
	enum locate_result_class expected;
	const char	*want;		/* kinds of all, best, own; fallback */
} t[] = {
	{ "nothing", 0, LOCATE_RESULT_NONE, " - -" },
	{ "an address", ADDRESS, LOCATE_RESULT_LOW, "ip ip -" },
	{ "an address that may not be used", ADDRESS | NO_IPF,
	    LOCATE_RESULT_NONE, " - -" },
	{ "wifi", WIFI, LOCATE_RESULT_HIGH, "wifi wifi wifi" },
	{ "beacons", BLUE, LOCATE_RESULT_HIGH, "blue blue blue" },
	{ "a cell", CELL, LOCATE_RESULT_MEDIUM, "cell cell cell" },
	{ "an area", AREA, LOCATE_RESULT_LOW, "area area area lacf" },
	{ "all agree, in fixed order, and the first of the best is it",
	    WIFI | BLUE | CELL | ADDRESS, LOCATE_RESULT_HIGH,
	    "blue,wifi,cell,ip blue blue" },
	{ "an area elsewhere has the higher score", AREA | ADDRESS,
	    LOCATE_RESULT_LOW, "area,ip area area lacf" },
};

static const char *
kind_name(const struct locate_result *r)
{
	static const char *const names[] = { "blue", "wifi", "cell", "area",
	    "ip", "external" };

	return r == NULL ? "-" : names[r->kind];
}

static void
make_query(struct locate_query *q, int what)
{
	static struct locate_mac blue[2], wifi[2];
	static struct locate_cell cell, area;
	uint8_t key[RADIO_CELL_KEY_MAX];
	size_t i;

	locate_query_init(q);
	q->as_ichnaea = 1;
	for (i = 0; i < 2; i++) {
		world_key(stations[i].net, key);
		memcpy(wifi[i].mac, key, RADIO_MAC_LEN);
		world_key(stations[2 + i].net, key);
		memcpy(blue[i].mac, key, RADIO_MAC_LEN);
		wifi[i].age_ms = blue[i].age_ms = LOCATE_UNKNOWN;
		wifi[i].signal_dbm = blue[i].signal_dbm = LOCATE_UNKNOWN;
	}
	world_key(stations[4].net, key);
	radio_cell_from_key(&cell.cell, key);
	world_key(stations[5].net, key);
	radio_cell_from_area_key(&area.cell, key);
	cell.age_ms = area.age_ms = LOCATE_UNKNOWN;
	q->blue = blue;
	q->nblue = what & BLUE ? 2 : 0;
	q->wifi = wifi;
	q->nwifi = what & WIFI ? 2 : 0;
	q->cell = &cell;
	q->ncell = what & CELL ? 1 : 0;
	q->area = &area;
	q->narea = what & AREA ? 1 : 0;
	q->has_ip = (what & ADDRESS) != 0;
	q->ip = q->has_ip ? &london : NULL;
	q->ipf = (what & NO_IPF) == 0;
}

static void
search_for(struct locate_search *s, int what, struct base_arena *a)
{
	static struct locate_query q;
	static struct locate_found f;
	struct world w = { stations, sizeof(stations) / sizeof(stations[0]),
	    0, 0 };

	base_arena_reset(a);
	memset(&f, 0, sizeof(f));
	make_query(&q, what);
	world_find(&w, &q, &f, a);
	is_int(locate_search(s, &q, &f, WORLD_NOW, a), 0, "searched");
}

/* What a provider says takes part in the vote; it is never our own. */
static void
with_provider(struct locate_search *s, struct base_arena *a)
{
	struct locate_result r = { .source = LOCATE_RESULT_FALLBACK,
	    .kind = LOCATE_RESULT_EXTERNAL, .lat = 40, .lon = 10,
	    .accuracy_m = 100, .score = 10 };

	search_for(s, AREA | ADDRESS, a);
	locate_search_add(s, &r);
	is_str(kind_name(s->best), "external", "the provider outvotes an area");
	is_str(kind_name(s->own), "area", "which stays our own answer");
	is_int((long long)s->list.n, 3, "three results");
	search_for(s, 0, a);
	locate_search_add(s, &r);
	ok(s->best == &s->list.at[0] && s->own == NULL, "the only one");
}

int
main(void)
{
	static struct locate_search s;
	struct base_arena a;
	struct base_buf b;
	size_t i, k;

	base_arena_init(&a);
	base_buf_init(&b);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		search_for(&s, t[i].what, &a);
		is_int(s.expected, t[i].expected, t[i].name);
		base_buf_reset(&b);
		for (k = 0; k < s.list.n; k++)
			base_buf_fmt(&b, "%s%s", k > 0 ? "," : "",
			    kind_name(&s.list.at[k]));
		base_buf_fmt(&b, " %s %s", kind_name(s.best),
		    kind_name(s.own));
		if (s.best != NULL && s.best->fallback != NULL)
			base_buf_fmt(&b, " %s", s.best->fallback);
		is_str(b.data, t[i].want, t[i].name);
	}
	with_provider(&s, &a);
	base_buf_done(&b);
	base_arena_done(&a);
	return tap_done();
}
