/* SPDX-License-Identifier: ISC */
/* Regions: requests and their answers, and the scores behind them. */
#include "api/answer.h"
#include "base/buf.h"
#include "geo/ip.h"
#include "geo/region.h"
#include "ichnaea/rules.h"
#include "json/doc.h"
#include "locate/region.h"
#include "station/trust.h"

#include "tap.h"
#include "world.h"

static const struct world_station stations[] = {
	{ "wifi a82067000001", 51.5, -0.1, .blocks = 0 },
	{ "wifi a82067000004", 52.5, -0.1, .blocks = 0 },
	{ "wifi a82067000005", 51.5, -0.1, .block_d = 1, .blocks = 1 },
	{ "wifi a82067000006", NAN, NAN, .blocks = 0 },
	{ "wifi a82067000007", 51.5, -0.1, .region = "XX" },
	{ "wifi a82067000008", 51.5, -0.1, .region = "" },
	{ "wifi 500000000001", 40, -100, 10, 1024, .region = "US" },
	{ "wifi 500000000002", 40, -100, 10, 1024, .region = "US" },
	{ "blue b82067000001", 48.2, 16.4, .region = "AT" },
	/* as old as today: their areas score little */
	{ "lte-234-30-100", 51.505, -0.1, 25000, 10, .blocks = 0 },
	{ "lte-234-30-101", NAN, NAN, 25000, 10, .region = "JE" },
	{ "lte-234-30-102", 49.2, -2.1, 25000, 10, .region = "JE" },
	{ "lte-234-30-103", 49.2, -2.1, 25000, 10, .region = "FR" },
	{ "nr-234-30-16777213", 49.2, -2.1, 25000, 10, .region = "JE" },
	{ "lte-262-1-1", 51, 7, 25000, 10, .region = "FR" },
	{ "gsm-310-1-1", 40, -100, 25000, 10, .region = "PR" },
};

static const struct geo_ip london = { "GB", 51.5142, -0.0931, 40000,
    543000, 0.8 };
static const struct geo_ip nowhere = { "BV", -54, 3, 40000, 5e6, 0.8 };

#define M(mac)		"{\"macAddress\":\"" mac "\"}"
#define WIFI		"\"wifiAccessPoints\":"
#define BLUE		"\"bluetoothBeacons\":"
#define CELL		"\"cellTowers\":"
#define A(mcc, lac)	"{\"radioType\":\"lte\",\"mobileCountryCode\":" #mcc \
	",\"mobileNetworkCode\":30,\"locationAreaCode\":" #lac "}"
#define C(mcc, lac)	"{\"radioType\":\"lte\",\"mobileCountryCode\":" #mcc \
	",\"mobileNetworkCode\":30,\"locationAreaCode\":" #lac \
	",\"cellId\":1001}"
#define NR(mcc, tac, more) "{\"radioType\":\"nr\",\"mobileCountryCode\":" \
	#mcc ",\"mobileNetworkCode\":30,\"locationAreaCode\":" #tac more "}"
#define W1	M("a82067000001")
#define NOT_W	M("a820670000aa") "," M("a820670000bb")
#define US2	M("500000000001") "," M("500000000002")
#define IS(code, name)	"{\"country_code\": \"" code "\", \"country_name\": \"" \
	name "\"}"
#define NOT_FOUND "{\"error\":{\"errors\":[{\"domain\":\"geolocation\"," \
	"\"reason\":\"notFound\",\"message\":\"Not found\"}],\"code\":404," \
	"\"message\":\"Not found\"}}"
#define GB	IS("GB", "United Kingdom")
#define US	IS("US", "United States")
#define GB_IPF	"{\"country_code\": \"GB\", \"country_name\": \"United " \
	"Kingdom\", \"fallback\": \"ipf\"}"

enum { NOIP, IP, NOWHERE };

static const struct {
	const char *body, *want;
	int ip;
} t[] = {
	/* by address */
	{ "", GB, IP },
	{ "{}", GB, IP },
	{ "{}", NOT_FOUND, NOIP },
	{ "{}", NOT_FOUND, NOWHERE },
	{ "{\"considerIp\":false}", NOT_FOUND, IP },
	{ "{" WIFI "[" W1 "]}", GB, IP },
	{ "{" WIFI "[" NOT_W "]}", GB_IPF, IP },
	{ "{" WIFI "[" NOT_W "]}", NOT_FOUND, NOIP },
	/* networks: two in the query, one known suffices */
	{ "{" WIFI "[" W1 "," M("a82067000004") "]}", GB, NOIP },
	{ "{" WIFI "[" W1 "," M("a820670000aa") "]}", GB, NOIP },
	{ "{" WIFI "[" W1 "]}", NOT_FOUND, NOIP },
	{ "{" WIFI "[" M("a82067000005") "," M("a82067000006") "]}",
	    NOT_FOUND, NOIP },
	{ "{" WIFI "[" M("a82067000007") "," M("a82067000008") "]}",
	    NOT_FOUND, NOIP },
	{ "{" BLUE "[" M("b82067000001") "," M("b82067000009") "]}",
	    IS("AT", "Austria"), NOIP },
	/* AT has 3.3 and IP .8 */
	{ "{" BLUE "[" M("b82067000001") "," M("b82067000009") "]}",
	    IS("AT", "Austria"), IP },
	/* country codes of one region */
	{ "{" CELL "[" C(262, 1) "]}", IS("DE", "Germany"), NOIP },
	{ "{" CELL "[" C(262, 1) "]}", IS("DE", "Germany"), IP },
	{ "{" CELL "[" NR(262, 1, ",\"newRadioCellId\":1") "]}",
	    IS("DE", "Germany"), IP },
	{ "{" CELL "[" NR(234, 16777213, "") "]}", IS("JE", "Jersey"), NOIP },
	{ "{" CELL "[" A(262, 1) "]}", IS("DE", "Germany"), IP },
	{ "{" CELL "[" C(612, 1) "]}",
	    IS("CI", "C\\u00f4te d\\u2019Ivoire"), NOIP },
	{ "{" CELL "[" C(553, 1) "]}", NOT_FOUND, NOIP },
	{ "{" CELL "[" C(901, 1) "," C(0, 1) "," C(1000, 1) "]}", NOT_FOUND,
	    NOIP },
	/* of several: the largest, or what the address says */
	{ "{" CELL "[" C(310, 1) "]}", US, NOIP },
	{ "{" CELL "[" C(310, 1) "]}", GB_IPF, IP },
	{ "{" CELL "[" C(310, 1) "],\"considerIp\":false}", US, IP },
	{ "{" CELL "[" C(310, 1) "," C(311, 1) "]}", US, IP },
	{ "{" CELL "[" A(208, 1) "," A(222, 1) "]}", IS("FR", "France"),
	    NOIP },
	{ "{" CELL "[" C(425, 1) "]}", IS("IL", "Israel"), NOIP },
	{ "{" CELL "[" C(362, 1) "]}", IS("CW", "Cura\\u00e7ao"), NOIP },
	{ "{" CELL "[" C(647, 1) "]}",
	    IS("TF", "French Southern and Antarctic Lands"), NOIP },
	{ "{" CELL "[" C(340, 1) "]}", IS("GF", "French Guiana"), NOIP },
	{ "{" CELL "[" C(338, 1) "]}", IS("JM", "Jamaica"), NOIP },
	{ "{" CELL "[" C(604, 1) "]}", IS("MA", "Morocco"), NOIP },
	{ "{" CELL "[" C(505, 1) "]}", IS("AU", "Australia"), NOIP },
	/* their areas decide, if placed and of one of the regions */
	{ "{" CELL "[" C(234, 100) "]}", GB, NOIP },
	{ "{" CELL "[" C(234, 101) "]}", GB, NOIP },
	{ "{" CELL "[" C(234, 102) "]}", IS("JE", "Jersey"), NOIP },
	{ "{" CELL "[" A(234, 102) "]}", IS("JE", "Jersey"), NOIP },
	{ "{" CELL "[" C(234, 102) "],\"fallbacks\":{\"lacf\":false}}",
	    IS("JE", "Jersey"), NOIP },
	{ "{" CELL "[" A(234, 102) "],\"fallbacks\":{\"lacf\":false}}",
	    NOT_FOUND, NOIP },
	{ "{" CELL "[" C(234, 103) "]}", GB, NOIP },
	/* everything together */
	{ "{" WIFI "[" US2 "]," CELL "[" A(235, 1) "]}", US, IP },
};

static int
ask(const char *body, int ip, struct world *w, struct base_buf *explain,
    struct base_buf *out, struct base_arena *a)
{
	struct api_answer how = { .rules = ichnaea_rules(0),
	    .api = API_ANSWER_COUNTRY, .has_ip = ip != NOIP,
	    .now_s = WORLD_NOW, .arena = a,
	    .ip = ip == IP ? &london : ip == NOWHERE ? &nowhere : NULL };

	base_arena_reset(a);
	base_buf_reset(out);
	if (world_search(w, &how, body) && explain != NULL)
		api_answer_explain(&how, explain);
	return api_answer_write(&how, out);
}

/* Scores as REGION=SCORE, by the explanation. */
static void
is_scored(const char *body, int ip, const char *want, struct world *w,
    struct base_arena *a)
{
	struct base_buf explain, got, out;
	const char *name;
	struct json_doc d;
	double score;
	size_t len;
	int r;

	base_buf_init(&explain);
	base_buf_init(&got);
	base_buf_init(&out);
	ask(body, ip, w, &explain, &out, a);
	json_doc_parse(&d, explain.data, explain.len, a);
	r = json_doc_first(&d, json_doc_get(&d, 0, "results"));
	for (; r != -1; r = json_doc_next(&d, r)) {
		name = json_doc_raw(&d, json_doc_get(&d, r, "region"), &len);
		json_doc_f64(&d, json_doc_get(&d, r, "score"), &score);
		base_buf_fmt(&got, "%s%.2s=%.3f", got.len > 0 ? " " : "",
		    name, score);
	}
	is_str(got.data, want, body);
	base_buf_done(&out);
	base_buf_done(&got);
	base_buf_done(&explain);
}

/* What is hidden, or has opted out, speaks for no region, but to Ichnaea. */
static void
withheld(unsigned flag)
{
	const struct world_station s = { "wifi a82067000001", 51.5, -0.1,
	    .blocks = 0 };
	const struct station_trust state = { .flags = flag, .votes = 3 };
	struct station_row row;
	struct locate_found f = { .wifi = &row, .nwifi = 1 };
	struct locate_query q;
	struct locate_region r;

	world_row(&row, &s);
	row.peak_lat = 515000000;
	row.peak_lon = -1000000;
	row.peak_weight = 1;
	row.spread = 1;
	station_trust_set(&row, &state);
	locate_query_init(&q);
	locate_region_search(&r, &q, &f, WORLD_NOW);
	ok((r.best == NULL) == (flag != 0), "flag %u", flag);
	q.as_ichnaea = 1;
	locate_region_search(&r, &q, &f, WORLD_NOW);
	ok(r.best != NULL, "to Ichnaea it is there");
}

int
main(void)
{
	struct world w = { stations, sizeof(stations) / sizeof(stations[0]),
	    0, 0 };
	struct base_buf explain, out;
	struct base_arena a;
	size_t before, i;

	base_arena_init(&a);
	base_buf_init(&explain);
	base_buf_init(&out);
	ok(geo_region_count() <= LOCATE_REGION_MAX, "room for all regions");
	withheld(0);
	withheld(STATION_TRUST_HIDDEN);
	withheld(STATION_TRUST_OPTED_OUT);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		is_int(ask(t[i].body, t[i].ip, &w, NULL, &out, &a),
		    strcmp(t[i].want, NOT_FOUND) == 0 ? 404 : 200,
		    t[i].body);
		is_str(out.data, t[i].want, t[i].body);
	}

	/* an area of ten days and ten cells scores the root of these */
	is_scored("{" CELL "[" A(235, 1) "]}", NOIP, "GB=1.000", &w, &a);
	is_scored("{" CELL "[" C(235, 1) "]}", NOIP, "GB=2.000", &w, &a);
	is_scored("{" CELL "[" A(234, 100) "]}", NOIP,
	    "GB=3.412 GG=0.250 IM=0.250 JE=0.250", &w, &a);
	is_scored("{" CELL "[" A(234, 100) "," A(235, 1) "]}", IP,
	    "GB=4.412 GG=0.250 IM=0.250 JE=0.250 GB=0.800", &w, &a);
	is_scored("{" CELL "[" C(310, 1) "," C(311, 1) "]}", NOIP,
	    "AS=0.500 BM=0.333 GU=0.833 MP=0.333 PR=0.333 US=0.833 VI=0.833",
	    &w, &a);
	is_scored("{" WIFI "[" US2 "]," BLUE "[" M("b82067000001") ","
	    M("b82067000002") "]}", IP, "AT=3.322 US=20.000 GB=0.800", &w,
	    &a);
	ask("{" CELL "[" A(235, 1) "]}", IP, &w, &explain, &out, &a);
	is_str(explain.data, "{\"results\": [{\"source\": \"internal\", "
	    "\"kind\": \"cell\", \"region\": \"GB\", \"score\": 1.0}, "
	    "{\"source\": \"geoip\", \"kind\": \"ip\", \"region\": \"GB\", "
	    "\"score\": 0.8}], \"chosen\": 0}", "explanation");

	/* what is looked up, and what if that fails */
	before = w.lookups;
	ask("{" CELL "[" C(262, 1) "]}", NOIP, &w, NULL, &out, &a);
	is_int((long long)w.lookups, (long long)before,
	    "a unique country code needs no lookup");
	w.broken = 1;
	is_int(ask("{" CELL "[" C(234, 102) "]}", NOIP, &w, NULL, &out, &a),
	    200, "lookup fails: the code decides");
	is_str(out.data, GB, "lookup fails: the code decides");
	is_int(ask("{" WIFI "[" NOT_W "]}", NOIP, &w, NULL, &out, &a), 503,
	    "lookup fails: nothing is known");
	base_buf_done(&out);
	base_buf_done(&explain);
	base_arena_done(&a);
	return tap_done();
}
