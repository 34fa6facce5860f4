/* SPDX-License-Identifier: ISC */
/* Queries kept as reports, and positions of providers among our own. */
#include "api/answer.h"
#include "api/report.h"
#include "base/buf.h"
#include "geo/ip.h"
#include "ichnaea/rules.h"
#include "locate/search.h"
#include "provider/service.h"

#include "tap.h"
#include "world.h"

static const struct world_station stations[] = {
	{ "wifi a82067000001", 51.5, -0.1, .blocks = 0 },
	{ "wifi a82067000002", 51.5001, -0.1, .blocks = 0 },
	{ "wifi a82067000003", 51.5002, -0.1001, .blocks = 0 },
	{ "wifi a82067000004", 52.5, -0.1, .blocks = 0 },
	{ "wifi a82067000008", 51.5003, -0.1002, .seen_d = 3 },
	{ "wifi a82067000009", 51.5003, -0.1002, .seen_d = -1 },
	{ "blue b82067000001", 51.5, -0.1, .blocks = 0 },
	{ "blue b82067000002", 51.50005, -0.1, .blocks = 0 },
	{ "blue b82067000004", 51.50005, -0.1, .seen_d = 1 },
	{ "lte-234-30-100-1001", 51.5, -0.1, 800, .blocks = 0 },
	{ "lte-234-30-101-1003", 51.52, -0.1, 800, .blocks = 0 },
	{ "lte-234-30-101-1004", 51.52, -0.1, 800, .seen_d = 1 },
	{ "lte-234-30-100", 51.505, -0.1, 25000, .blocks = 0 },
	{ "lte-234-30-200", 51.6, -0.2, 70000, .blocks = 0 },
	{ "lte-234-30-300", 51.6, -0.2, 70000, .seen_d = 1 },
};

static const struct geo_ip london = { "GB", 51.5142, -0.0931, 40000,
    543000, 0.8 };

#define M(mac)		"{\"macAddress\":\"" mac "\"}"
#define W1		M("a82067000001")
#define W2		M("a82067000002")
#define W3		M("a82067000003")
#define W4		M("a82067000004")
#define W8		M("a82067000008")
#define W9		M("a82067000009")
#define NOBODY		M("a82067777771") "," M("a82067777772")
#define B1		M("b82067000001")
#define B2		M("b82067000002")
#define B4		M("b82067000004")
#define WIFI(list)	"\"wifiAccessPoints\":[" list "]"
#define BLUE(list)	"\"bluetoothBeacons\":[" list "]"
#define CELL(list)	"\"cellTowers\":[" list "]"
#define AREA(lac, more)	"{\"radioType\":\"lte\",\"mobileCountryCode\":234," \
	"\"mobileNetworkCode\":30,\"locationAreaCode\":" #lac more "}"
#define C(lac, cid)	AREA(lac, ",\"cellId\":" #cid)
#define L15	BLUE("{\"macAddress\":\"b82067000001\",\"age\":0,"	\
	"\"name\":\"x\"},{\"macAddress\":\"b82067000002\","		\
	"\"signalStrength\":0}") "," CELL(AREA(100, ",\"cellId\":1001,"	\
	"\"age\":-100,\"psc\":3,\"timingAdvance\":5")) "," WIFI(W1 "," W2)

/* What Ichnaea took for something new. */
static const struct {
	const char	*name, *body;
	int		 worth;
} queries[] = {
	{ "L1: all seen today", "{" WIFI(W1 "," W2) "}", 0 },
	{ "L2: one not seen today", "{" WIFI(W1 "," W8) "}", 1 },
	{ "one never seen", "{" WIFI(W1 "," W9) "}", 1 },
	{ "one unknown", "{" WIFI(W1 "," W2 "," M("a82067777777")) "}", 1 },
	{ "L3: no answer", "{" WIFI(W1) "}", 0 },
	{ "L5: one elsewhere", "{" WIFI(W1 "," W2 "," W3 "," W4) "}", 1 },
	{ "L7: beacons", "{" BLUE(B1 "," B2) "}", 0 },
	{ "a beacon not seen today", "{" BLUE(B1 "," B4) "}", 1 },
	{ "L8: a cell", "{" CELL(C(100, 1001)) "}", 0 },
	{ "a cell not seen today", "{" CELL(C(101, 1004)) "}", 1 },
	{ "L10: another cell elsewhere", "{" CELL(C(100, 1001) ","
	    C(101, 1003)) "}", 1 },
	{ "L13: an unknown cell", "{" CELL(C(100, 9999)) "}", 1 },
	{ "an area", "{" CELL(AREA(100, "")) "}", 0 },
	{ "an area not seen today", "{" CELL(AREA(300, "")) "}", 1 },
	{ "two areas", "{" CELL(AREA(100, "") "," AREA(200, "")) "}", 1 },
	{ "L15: others than those used", "{" L15 "}", 0 },
	{ "the address only", "{}", 0 },
	{ "unknown ones", "{" WIFI(NOBODY) "}", 0 },
};

/*
 * By our own rules: what a report of the query names, as the last digits of
 * addresses and ids.  B beside S were heard on one pass, E elsewhere, H hidden.
 */
#define OWN(list)	WIFI(M("b0000000aa01") "," M("c00000000b02") "," list)
static const struct {
	const char	*name, *body, *named;
} own[] = {
	{ "all seen today", "{" WIFI(M("b0000000aa01") "," M("c00000000b02"))
	    "}", "" },
	{ "one unknown", "{" OWN(M("d0000000cc03")) "}", "01 02 03" },
	{ "one known elsewhere", "{" OWN(M("e0000000ee05")) "}", "" },
	{ "that and one unknown", "{" OWN(M("e0000000ee05") ","
	    M("d0000000cc03")) "}", "01 02 03" },
	{ "one that is blocked", "{" OWN(M("e1000000ee06") ","
	    M("d0000000cc03")) "}", "01 02 03" },
	{ "one without position", "{" OWN(M("e2000000ee07") ","
	    M("d0000000cc03")) "}", "01 02 03" },
	{ "one that moves", "{" OWN(M("e3000000ee08") "," M("d0000000cc03"))
	    "}", "01 02 03" },
	{ "a used one not seen today", "{" OWN(M("e4000000ee09")) "}",
	    "01 02 09" },
	{ "an unused one not seen today", "{" OWN(M("e5000000ee0a")) "}",
	    "" },
	{ "an unknown cell", "{" WIFI(M("b0000000aa01") "," M("c00000000b02"))
	    "," CELL(C(100, 77)) "}", "01 02 77" },
	{ "and a known one", "{" WIFI(M("b0000000aa01") "," M("c00000000b02"))
	    "," CELL(C(100, 77) "," C(100, 1001)) "}", "01 02 77 1001" },
	{ "and one far away", "{" OWN(M("d1000000dd04")) "," CELL(C(100, 77)
	    "," C(101, 1005)) "}", "01 02 04 77" },
	{ "a cell alone, seen today", "{" CELL(C(100, 1001)) "}", "" },
	{ "a cell not seen today", "{" CELL(C(101, 1004)) "}", "1004" },
	{ "an area", "{" CELL(AREA(300, "")) "}", "" },
	{ "an unknown cell of it", "{" CELL(C(300, 9)) "}", "9" },
	{ "no answer", "{" WIFI(NOBODY) "}", "" },
};
static const struct world_station own_stations[] = {
	{ "wifi b0000000aa01", 51.5, -0.1, .blocks = 0 },
	{ "wifi c00000000b02", 51.5001, -0.1, .blocks = 0 },
	{ "wifi d1000000dd04", 51.5002, -0.1, .seen_d = 2 },
	{ "wifi e0000000ee05", 52.5, -0.1, .blocks = 0 },
	{ "wifi e1000000ee06", 51.5, -0.1, .blocks = 100 },
	{ "wifi e2000000ee07", 99, 0, .blocks = 0 },
	{ "wifi e3000000ee08", 51.5, -0.1, .radius = 3000 },
	{ "wifi e4000000ee09", 51.5003, -0.1002, .seen_d = 3 },
	{ "wifi e5000000ee0a", 52.5, -0.1002, .seen_d = 3 },
	{ "lte-234-30-100-1001", 51.5, -0.1, 800, .blocks = 0 },
	{ "lte-234-30-101-1004", 51.52, -0.1, 800, .seen_d = 1 },
	{ "lte-234-30-101-1005", 48.85, 2.35, 800, .seen_d = 1 },
	{ "lte-234-30-300", 51.6, -0.2, 70000, .seen_d = 1 },
};

struct seen {
	int		 worth, asked;
	const struct provider_service_position *pos;	/* NULL: none */
	struct base_buf	 line;
};

static int
ask(const char *body, int ip, struct seen *seen, struct base_buf *out,
    struct base_arena *a)
{
	static struct world w = { stations,
	    sizeof(stations) / sizeof(stations[0]), 0, 0 };
	struct api_answer how = { .rules = ichnaea_rules(0), .as_ichnaea = 1, .has_ip = ip,
	    .ip = ip ? &london : NULL, .now_s = WORLD_NOW, .arena = a };
	struct locate_query told;
	struct locate_result r;

	seen->worth = 0;
	base_buf_reset(&seen->line);
	base_buf_reset(out);
	base_arena_reset(a);
	ok(world_search(&w, &how, body), "searched");
	seen->worth = api_report_select(&told, how.search, &how.query,
	    &how.found, WORLD_NOW, a);
	if (how.search->own != NULL)
		api_report_write(&seen->line, how.search, &how.query);
	if ((seen->asked = api_answer_may_ask(&how)) && seen->pos != NULL)
		provider_service_result(&r, seen->pos);
	if (seen->asked)
		api_answer_asked(&how, seen->pos != NULL ? &r : NULL);
	return api_answer_write(&how, out);
}

#define AT(lat, lng, acc) "{\"location\": {\"lat\": " lat ", \"lng\": " lng \
	"}, \"accuracy\": " acc "}"

/* When a provider is asked, and when its answer counts. */
static void
providers(struct seen *seen, struct base_buf *out, struct base_arena *a)
{
	static const struct provider_service_position far = { 1.23456789, 2,
	    100, 0 }, area = { 1, 2, 12000, 1 }, bad = { 51.5, -0.1, 90000,
	    0 };

	seen->pos = &far;
	is_int(ask("{" WIFI(NOBODY) "}", 0, seen, out, a), 200, "F1");
	is_str(out->data, AT("1.2345679", "2.0", "100.0"), "F1 body");
	ask("{" WIFI(NOBODY) "}", 1, seen, out, a);
	is_str(out->data, AT("1.2345679", "2.0", "100.0"),
	    "it beats the address");
	ask("{" WIFI(W1 "," W2) "}", 0, seen, out, a);
	is_int(seen->asked, 0, "not asked of what we know well");
	ask("{" CELL(C(100, 1001)) "}", 0, seen, out, a);
	is_int(seen->asked, 0, "F5: a known cell");
	ask("{" CELL(AREA(200, "")) "}", 0, seen, out, a);
	is_int(seen->asked, 0, "not asked about areas");
	ask("{}", 1, seen, out, a);
	is_int(seen->asked, 0, "not asked about addresses");
	ask("{" CELL(C(200, 9)) "}", 0, seen, out, a);
	is_int(seen->asked, 1, "asked when an area is all we know");
	is_str(out->data, AT("1.2345679", "2.0", "100.0"), "and believed");
	seen->pos = &area;
	ask("{" CELL(C(900, 9)) "}", 0, seen, out, a);
	is_str(out->data, "{\"location\": {\"lat\": 1.0, \"lng\": 2.0}, "
	    "\"accuracy\": 12000.0, \"fallback\": \"lacf\"}", "F2");
	seen->pos = &bad;
	ask("{" WIFI(NOBODY) "}", 1, seen, out, a);
	is_str(out->data, "{\"location\": {\"lat\": 51.5142, "
	    "\"lng\": -0.0931}, \"accuracy\": 40000.0, \"fallback\": "
	    "\"ipf\"}", "the more accurate of those that agree");
	seen->pos = NULL;
	is_int(ask("{" WIFI(NOBODY) "}", 0, seen, out, a), 404, "F3");
	is_int(ask("{" WIFI(NOBODY) "}", 1, seen, out, a), 200,
	    "F3, address known");
	is_int(seen->asked, 1, "F3: asked");
}

static void
reports(struct seen *seen, struct base_buf *out, struct base_arena *a)
{
	size_t i;

	for (i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		ask(queries[i].body, 1, seen, out, a);
		is_int(seen->worth, queries[i].worth, queries[i].name);
	}
	ask("{" L15 "}", 1, seen, out, a);
	is_str(seen->line.data, "{\"bluetoothBeacons\": [{\"macAddress\": "
	    "\"b82067000001\", \"age\": 0, \"name\": \"x\"}, "
	    "{\"macAddress\": \"b82067000002\", \"signalStrength\": 0}], "
	    "\"cellTowers\": [{\"radioType\": \"lte\", "
	    "\"mobileCountryCode\": 234, \"mobileNetworkCode\": 30, "
	    "\"locationAreaCode\": 100, \"cellId\": 1001, "
	    "\"primaryScramblingCode\": 3, \"age\": -100, "
	    "\"timingAdvance\": 5}], \"wifiAccessPoints\": ["
	    "{\"macAddress\": \"a82067000001\"}, "
	    "{\"macAddress\": \"a82067000002\"}], "
	    "\"fallbacks\": {\"ipf\": true, \"lacf\": true}, "
	    "\"position\": {\"latitude\": 51.500025, \"longitude\": -0.1, "
	    "\"accuracy\": 10.0, \"source\": \"query\"}}\n", "L15");
	/* L14: the address is better, but the report has our own position */
	ask("{\"fallbacks\":{\"ipf\":true}," CELL(AREA(300, "")) "}", 1, seen,
	    out, a);
	is_str(seen->line.data, "{\"fallbacks\": {\"ipf\": true, "
	    "\"lacf\": true}, \"position\": {\"latitude\": 51.6, "
	    "\"longitude\": -0.2, \"accuracy\": 70000.0, "
	    "\"source\": \"query\"}}\n", "our own position");
}

/* What TOLD names, by what is last in each. */
static void
show_named(struct base_buf *b, const struct locate_query *told)
{
	size_t i;

	base_buf_reset(b);
	for (i = 0; i < told->nwifi; i++)
		base_buf_fmt(b, "%s%02x", b->len > 0 ? " " : "",
		    told->wifi[i].mac[5]);
	for (i = 0; i < told->ncell; i++)
		base_buf_fmt(b, "%s%lld", b->len > 0 ? " " : "",
		    (long long)told->cell[i].cell.cid);
}

static void
own_rules(struct base_buf *out, struct base_arena *a)
{
	static struct world w = { own_stations,
	    sizeof(own_stations) / sizeof(own_stations[0]), 0, 0 };
	struct api_answer how = { .rules = ichnaea_rules(0),
	    .now_s = WORLD_NOW, .arena = a };
	struct locate_query told;
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		base_arena_reset(a);
		ok(world_search(&w, &how, own[i].body), "searched");
		base_buf_reset(out);
		base_buf_str(out, "");
		if (api_report_select(&told, how.search, &how.query,
		    &how.found, WORLD_NOW, a))
			show_named(out, &told);
		is_str(out->len == 0 ? "" : out->data, own[i].named,
		    own[i].name);
		base_buf_reset(out);
		api_answer_write(&how, out);
	}
}

/* Three wifis that are used, with these marks and votes. */
static void
own_mark(void)
{
	static const struct {
		const char	*name;
		uint32_t	 mark[3][2], want;
		int		 votes[3], unused;
	} t[] = {
		{ "the one that most have", { { 5, 9 }, { 9, 5 }, { 5, 1 } },
		    5, { 1, 1, 1 }, 0 },
		{ "the smallest of two", { { 7, 6 }, { 6, 7 }, { 1, 2 } }, 6,
		    { 1, 1, 1 }, 0 },
		{ "no two have the same", { { 7, 6 }, { 5, 4 }, { 1, 2 } }, 0,
		    { 1, 1, 1 }, 0 },
		{ "nobody has heard two of them", { { 5, 9 }, { 5, 8 },
		    { 5, 7 } }, 0, { 1, 0, 0 }, 0 },
		{ "not those that are not used", { { 5, 9 }, { 9, 5 },
		    { 5, 1 } }, 5, { 1, 1, 1 }, 2 },
	};
	struct locate_mac_station at[3];
	struct locate_search s = { .wifi = { at, 3 } };
	const struct locate_result r = { .kind = LOCATE_RESULT_WIFI };
	size_t i, k;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		memset(at, 0, sizeof(at));
		for (k = 0; k < 3; k++) {
			at[k].used = (int)k != t[i].unused - 1;
			at[k].trust.votes = t[i].votes[k];
			at[k].nmark = 2;
			memcpy(at[k].mark, t[i].mark[k],
			    sizeof(t[i].mark[k]));
		}
		s.own = &r;
		is_int(api_report_mark(&s), t[i].want, t[i].name);
	}
	s.own = NULL;
	is_int(api_report_mark(&s), 0, "no answer, no mark");
}

int
main(void)
{
	struct base_arena a;
	struct base_buf out;
	struct seen seen = { 0 };

	base_arena_init(&a);
	base_buf_init(&out);
	base_buf_init(&seen.line);
	reports(&seen, &out, &a);
	own_rules(&out, &a);
	own_mark();
	providers(&seen, &out, &a);
	base_buf_done(&seen.line);
	base_buf_done(&out);
	base_arena_done(&a);
	return tap_done();
}
