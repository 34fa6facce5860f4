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
	struct locate_result r;

	seen->worth = 0;
	base_buf_reset(&seen->line);
	base_buf_reset(out);
	base_arena_reset(a);
	ok(world_search(&w, &how, body), "searched");
	seen->worth = api_report_worth(how.search, &how.query, WORLD_NOW);
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
	providers(&seen, &out, &a);
	base_buf_done(&seen.line);
	base_buf_done(&out);
	base_arena_done(&a);
	return tap_done();
}
