/* SPDX-License-Identifier: ISC */
/* Which answers are kept, under which keys, and what several of them say. */
#include "base/arena.h"
#include "base/buf.h"
#include "locate/query.h"
#include "provider/cached.h"

#include "tap.h"

#define MAX	40

static struct base_arena arena;

static void
keys(void)
{
	static const struct {
		size_t	ncell, narea, nblue, nwifi, want;
	} t[] = {
		{ 1, 1, 0, 0, 1 }, { 2, 2, 0, 0, 0 }, { 1, 0, 2, 0, 0 },
		{ 1, 0, 0, 2, 0 }, { 0, 0, 2, 2, 0 }, { 0, 0, 2, 0, 2 },
		{ 0, 0, 0, 2, 2 }, { 0, 0, 0, 19, 19 }, { 0, 0, 0, 20, 0 },
		{ 0, 0, 19, 0, 19 }, { 0, 0, 20, 0, 0 }, { 0, 3, 0, 2, 2 },
		{ 0, 1, 0, 0, 0 },
	};
	static const char wifi[] = "cache:fallback:ichnaea:v1:1:wifi:"
	    "\xa8\x20\x67\x00\x00\x11";
	static const char cell[] = "cache:fallback:unwiredlabs:v1:1:cell:"
	    "\x03\x00\xea\x00\x1e\x00\x64\x00\x00\x00\x37";
	static const char nr[] = "cache:fallback:unwiredlabs:v1:1:cell:"
	    "\x04\x00\xea\x00\x1e\x00\x00\x64\x0f\x00\x00\x00\x37";
	struct provider_cached_key key[PROVIDER_CACHED_KEYS], again;
	struct locate_mac macs[MAX], other;
	struct locate_cell cells[2];
	struct locate_query q;
	size_t i;

	memset(macs, 0, sizeof(macs));
	memcpy(macs[0].mac, wifi + sizeof(wifi) - 7, 6);
	memset(cells, 0, sizeof(cells));
	cells[0].cell = (struct radio_cell){ .type = RADIO_CELL_LTE,
	    .mcc = 234, .mnc = 30, .lac = 100, .cid = 55 };
	locate_query_init(&q);
	q.as_ichnaea = 1;
	q.blue = q.wifi = macs;
	q.cell = q.area = cells;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		q.ncell = t[i].ncell;
		q.narea = t[i].narea;
		q.nblue = t[i].nblue;
		q.nwifi = t[i].nwifi;
		is_int((long long)provider_cached_keys(key,
		    PROVIDER_SERVICE_ICHNAEA, &q), (long long)t[i].want,
		    "number of keys");
	}
	q.ncell = q.narea = q.nblue = 0;
	q.nwifi = 2;
	provider_cached_keys(key, PROVIDER_SERVICE_ICHNAEA, &q);
	ok(key[0].len == sizeof(wifi) - 1 &&
	    memcmp(key[0].data, wifi, sizeof(wifi) - 1) == 0, "key of a wifi");
	is_int((long long)provider_cached_keys_none(&q, 2, &i), 2,
	    "what is not found is kept under each");
	q.as_ichnaea = 0;
	is_int((long long)provider_cached_keys(key, PROVIDER_SERVICE_ICHNAEA,
	    &q), 3, "by our rules all together have a key, too");
	ok(provider_cached_keys_none(&q, 3, &i) == 1 && i == 2,
	    "... under which alone it is kept that there is none");
	again = key[2];
	other = macs[0];
	macs[0] = macs[1];
	macs[1] = other;
	provider_cached_keys(key, PROVIDER_SERVICE_ICHNAEA, &q);
	ok(key[2].len == again.len &&
	    memcmp(key[2].data, again.data, again.len) == 0,
	    "... in whatever order they come");
	macs[0].mac[5] ^= 1;
	provider_cached_keys(key, PROVIDER_SERVICE_ICHNAEA, &q);
	ok(key[2].len == again.len &&
	    memcmp(key[2].data, again.data, again.len) != 0,
	    "... another for others");
	q.nwifi = 19;
	is_int((long long)provider_cached_keys(key, PROVIDER_SERVICE_ICHNAEA,
	    &q), PROVIDER_CACHED_KEYS, "of as many as there may be");
	q.nwifi = 0;
	q.ncell = 1;
	provider_cached_keys(key, PROVIDER_SERVICE_UNWIRED, &q);
	ok(key[0].len == sizeof(cell) - 1 &&
	    memcmp(key[0].data, cell, sizeof(cell) - 1) == 0, "key of a cell");
	cells[0].cell.type = RADIO_CELL_NR;
	cells[0].cell.cid = 0xf00000037;
	provider_cached_keys(key, PROVIDER_SERVICE_UNWIRED, &q);
	ok(key[0].len == sizeof(nr) - 1 &&
	    memcmp(key[0].data, nr, sizeof(nr) - 1) == 0, "of one of NR");
}

static void
values(void)
{
	struct provider_service_position pos = { 1.23456789, 2, 100, 0 };
	struct base_buf b;

	base_buf_init(&b);
	provider_cached_write(&b, &pos);
	is_str(b.data, "{\"lat\": 1.23456789, \"lon\": 2.0, "
	    "\"accuracy\": 100.0, \"fallback\": null}", "a position");
	base_buf_reset(&b);
	pos.lacf = 1;
	provider_cached_write(&b, &pos);
	is_str(b.data, "{\"lat\": 1.23456789, \"lon\": 2.0, "
	    "\"accuracy\": 100.0, \"fallback\": \"lacf\"}", "of an area");
	base_buf_reset(&b);
	provider_cached_write(&b, NULL);
	is_str(b.data, "\"404\"", "no position");
	base_buf_done(&b);
}

#define AT(lat, lon, acc, fallback) "{\"lat\": " lat ", \"lon\": " lon \
	", \"accuracy\": " acc ", \"fallback\": " fallback "}"
#define NOT_FOUND	"\"404\""

static void
judgements(void)
{
	static const struct {
		const char	*name;
		const char	*value[3];
		enum provider_cached_verdict want;
		double		 lat, lon, accuracy;
		int		 lacf;
	} t[] = {
		{ "nothing", { NULL }, PROVIDER_CACHED_MISS, 0, 0, 0, 0 },
		{ "one", { AT("1.5", "2.25", "10.1234", "null") },
		    PROVIDER_CACHED_FOUND, 1.5, 2.25, 10.123, 0 },
		{ "two near", { AT("51.5", "2.0", "100.0", "null"),
		    AT("51.5001", "2.0", "200.0", "null") },
		    PROVIDER_CACHED_FOUND, 51.50005, 2, 205.56, 0 },
		{ "of areas", { AT("1", "2", "100", "\"lacf\""),
		    AT("1", "2", "200", "\"lacf\"") },
		    PROVIDER_CACHED_FOUND, 1, 2, 200, 1 },
		{ "nowhere", { NOT_FOUND, NOT_FOUND },
		    PROVIDER_CACHED_NOT_FOUND, 0, 0, 0, 0 },
		{ "here and nowhere", { AT("1", "2", "100", "null"),
		    NOT_FOUND }, PROVIDER_CACHED_INCONSISTENT, 0, 0, 0, 0 },
		{ "apart in latitude", { AT("1", "2", "100", "null"),
		    AT("1.001", "2", "100", "null") },
		    PROVIDER_CACHED_INCONSISTENT, 0, 0, 0, 0 },
		{ "apart in longitude", { AT("1", "2", "100", "null"),
		    AT("1", "2.001", "100", "null") },
		    PROVIDER_CACHED_INCONSISTENT, 0, 0, 0, 0 },
		{ "different tags", { AT("1", "2", "100", "null"),
		    AT("1", "2", "100", "\"lacf\"") },
		    PROVIDER_CACHED_INCONSISTENT, 0, 0, 0, 0 },
		{ "no JSON", { AT("1", "2", "100", "null"), "\xff" },
		    PROVIDER_CACHED_BROKEN, 0, 0, 0, 0 },
		{ "not ours", { "{}" }, PROVIDER_CACHED_BROKEN, 0, 0, 0, 0 },
		{ "another text", { "\"x\"" }, PROVIDER_CACHED_BROKEN, 0, 0, 0,
		    0 },
		{ "no numbers", { AT("\"1\"", "2", "100", "null") },
		    PROVIDER_CACHED_BROKEN, 0, 0, 0, 0 },
		{ "nowhere on earth", { AT("91", "2", "100", "null") },
		    PROVIDER_CACHED_BROKEN, 0, 0, 0, 0 },
		{ "NaN", { AT("1", "2", "NaN", "null") },
		    PROVIDER_CACHED_BROKEN, 0, 0, 0, 0 },
	};
	const struct locate_query q = { .as_ichnaea = 1 };
	struct provider_service_position pos;
	struct provider_cached c;
	size_t i, j;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		provider_cached_init(&c, &q);
		for (j = 0; j < 3 && t[i].value[j] != NULL; j++)
			provider_cached_add(&c, j, t[i].value[j],
			    strlen(t[i].value[j]), &arena);
		is_int(provider_cached_judge(&c, &pos), t[i].want, t[i].name);
		if (t[i].want != PROVIDER_CACHED_FOUND)
			continue;
		is_near(pos.lat, t[i].lat, 1e-12, t[i].name);
		is_near(pos.lon, t[i].lon, 1e-12, t[i].name);
		is_near(pos.accuracy_m, t[i].accuracy, 5e-3, t[i].name);
		is_int(pos.lacf, t[i].lacf, t[i].name);
	}
	provider_cached_init(&c, &q);
	for (i = 0; i <= PROVIDER_CACHED_KEYS; i++)
		provider_cached_add(&c, i, t[1].value[0],
		    strlen(t[1].value[0]), &arena);
	is_int(provider_cached_judge(&c, &pos), PROVIDER_CACHED_BROKEN,
	    "more than there can be");
}

/*
 * What is known of one network is not told to who names another beside it, nor
 * what is known of two radios of one device.
 */
static void
companies(void)
{
	static const uint8_t mac[3][RADIO_MAC_LEN] = {
		{ 0xa8, 0x20, 0x67, 0, 0, 0x11 },
		{ 0xa8, 0x20, 0x67, 0, 0, 0x12 },
		{ 0x4c, 0x82, 0x11, 0, 0, 0x07 }
	};
	static const char at[] = AT("1", "2", "100", "null");
	static const struct {
		const char	*name;
		const char	*value[4];	/* the last of all together */
		enum provider_cached_verdict want;
	} t[] = {
		{ "one network", { at }, PROVIDER_CACHED_MISS },
		{ "two of one device", { at, at }, PROVIDER_CACHED_MISS },
		{ "two", { at, NULL, at }, PROVIDER_CACHED_FOUND },
		{ "two, but elsewhere", { at, NULL,
		    AT("1", "2.5", "100", "null") },
		    PROVIDER_CACHED_INCONSISTENT },
		{ "the same question", { NULL, NULL, NULL, at },
		    PROVIDER_CACHED_FOUND },
		{ "one that is nowhere", { NOT_FOUND }, PROVIDER_CACHED_MISS },
		{ "all that are", { NOT_FOUND, NOT_FOUND, NOT_FOUND },
		    PROVIDER_CACHED_MISS },
		{ "the same question, nowhere", { NULL, NULL, NULL,
		    NOT_FOUND }, PROVIDER_CACHED_NOT_FOUND },
	};
	struct provider_service_position pos;
	struct provider_cached c;
	struct locate_mac macs[3];
	struct locate_query q;
	size_t i, j;

	locate_query_init(&q);
	memset(macs, 0, sizeof(macs));
	for (i = 0; i < 3; i++)
		memcpy(macs[i].mac, mac[i], RADIO_MAC_LEN);
	q.wifi = macs;
	q.nwifi = 3;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		provider_cached_init(&c, &q);
		for (j = 0; j < 4; j++)
			if (t[i].value[j] != NULL)
				provider_cached_add(&c, j, t[i].value[j],
				    strlen(t[i].value[j]), &arena);
		is_int(provider_cached_judge(&c, &pos), t[i].want, t[i].name);
	}
}

int
main(void)
{
	base_arena_init(&arena);
	keys();
	values();
	judgements();
	companies();
	base_arena_done(&arena);
	return tap_done();
}
