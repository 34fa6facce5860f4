/* SPDX-License-Identifier: ISC */
/* What providers are asked, and what is read from their answers. */
#include "api/query.h"
#include "base/arena.h"
#include "base/buf.h"
#include "ichnaea/rules.h"
#include "json/doc.h"
#include "locate/query.h"
#include "locate/result.h"
#include "provider/service.h"

#include "tap.h"

#define M11	"a82067000011"
#define M12	"a82067000012"
#define URL	"http://127.0.0.1/"

static const char *const names[] = { "ichnaea/v1", "combain/v1",
	"googlemaps/v1", "unwiredlabs/v1" };

static struct base_arena arena;

static void
read_query(struct locate_query *q, const char *text)
{
	struct base_buf details;
	struct json_doc d;

	base_buf_init(&details);
	if (json_doc_parse(&d, text, strlen(text), &arena) == -1 ||
	    api_query_parse(q, &d, API_QUERY_LONG, ichnaea_rules(0), &details,
	    &arena) !=
	    API_QUERY_OK)
		abort();
	base_buf_done(&details);
}

#define ALL								\
	"{\"bluetoothBeacons\":[{\"macAddress\":\"b82067000001\","	\
	"\"age\":0,\"name\":\"x\\u00e9\",\"signalStrength\":-5},"	\
	"{\"macAddress\":\"b82067000002\"}],\"cellTowers\":["		\
	"{\"radioType\":\"wcdma\",\"mobileCountryCode\":234,"		\
	"\"mobileNetworkCode\":30,\"locationAreaCode\":100,"		\
	"\"cellId\":77,\"psc\":5,\"signalStrength\":-80},"		\
	"{\"radioType\":\"lte\",\"mobileCountryCode\":234,"		\
	"\"mobileNetworkCode\":30,\"locationAreaCode\":100,"		\
	"\"cellId\":78,\"age\":7,\"timingAdvance\":3},"			\
	"{\"radioType\":\"lte\",\"mobileCountryCode\":234,"		\
	"\"mobileNetworkCode\":30,\"locationAreaCode\":101}],"		\
	"\"wifiAccessPoints\":[{\"macAddress\":\"" M11 "\","		\
	"\"channel\":6,\"signalStrength\":-50,\"age\":9,"		\
	"\"signalToNoiseRatio\":20,\"ssid\":\"s\"},"			\
	"{\"macAddress\":\"A8-20-67-00-00-12\",\"frequency\":2412}],"	\
	"\"fallbacks\":{\"lacf\":false}}"

#define WIFIS	"{\"wifiAccessPoints\":[{\"macAddress\":\"" M11 "\"},"	\
	"{\"macAddress\":\"" M12 "\"}]}"

#define BLUES	"{\"bluetoothBeacons\":[{\"macAddress\":\"" M11 "\"},"	\
	"{\"macAddress\":\"" M12 "\"}]}"

/* F6 */
#define F6								\
	"{\"fallbacks\":{\"lacf\":false},\"cellTowers\":["		\
	"{\"radioType\":\"wcdma\",\"mobileCountryCode\":234,"		\
	"\"mobileNetworkCode\":30,\"locationAreaCode\":100,"		\
	"\"cellId\":77,\"psc\":5,\"signalStrength\":-80}],"		\
	"\"wifiAccessPoints\":[{\"macAddress\":\"" M11 "\","		\
	"\"channel\":6,\"signalStrength\":-50,"				\
	"\"signalToNoiseRatio\":20},"					\
	"{\"macAddress\":\"" M12 "\",\"channel\":1}]}"

/* Google calls the identity of an NR cell otherwise. */
#define NR								\
	"{\"cellTowers\":[{\"radioType\":\"nr\",\"mobileCountryCode\":234,"	\
	"\"mobileNetworkCode\":30,\"locationAreaCode\":16777213,"		\
	"\"cellId\":68719476735,\"pci\":1007,\"signalStrength\":-156,"	\
	"\"timingAdvance\":3846}]}"
#define NR_AREA								\
	"\"radioType\": \"nr\", \"mobileCountryCode\": 234, "		\
	"\"mobileNetworkCode\": 30, \"locationAreaCode\": 16777213, "
#define NR_ICHNAEA							\
	"{\"fallbacks\": {\"lacf\": true, \"ipf\": false}, "		\
	"\"cellTowers\": [{" NR_AREA "\"cellId\": 68719476735, "		\
	"\"primaryScramblingCode\": 1007, \"signalStrength\": -156, "	\
	"\"timingAdvance\": 3846}]}"

#define ALL_ICHNAEA							\
	"{\"fallbacks\": {\"lacf\": false, \"ipf\": false}, "		\
	"\"bluetoothBeacons\": [{\"macAddress\": \"b82067000001\", "	\
	"\"age\": 0, \"name\": \"x\\u00e9\", \"signalStrength\": -5}, "	\
	"{\"macAddress\": \"b82067000002\"}], \"cellTowers\": ["	\
	"{\"radioType\": \"wcdma\", \"mobileCountryCode\": 234, "	\
	"\"mobileNetworkCode\": 30, \"locationAreaCode\": 100, "	\
	"\"cellId\": 77, \"primaryScramblingCode\": 5, "		\
	"\"signalStrength\": -80}, {\"radioType\": \"lte\", "		\
	"\"mobileCountryCode\": 234, \"mobileNetworkCode\": 30, "	\
	"\"locationAreaCode\": 100, \"cellId\": 78, \"age\": 7, "	\
	"\"timingAdvance\": 3}], \"wifiAccessPoints\": ["		\
	"{\"macAddress\": \"" M11 "\", \"age\": 9, \"channel\": 6, "	\
	"\"signalStrength\": -50, \"signalToNoiseRatio\": 20, "		\
	"\"ssid\": \"s\"}, {\"macAddress\": \"" M12 "\", "		\
	"\"channel\": 1}]}"

static const struct body {
	const char	*schema, *url, *query, *want;
} bodies[] = {
	{ "", URL, WIFIS, "{\"fallbacks\": {\"lacf\": true, \"ipf\": false},"
	    " \"wifiAccessPoints\": [{\"macAddress\": \"" M11 "\"}, "
	    "{\"macAddress\": \"" M12 "\"}]}" },
	{ "ichnaea/v1", URL, ALL, ALL_ICHNAEA },
	{ "combain/v1", URL, ALL, ALL_ICHNAEA },
	{ "googlemaps/v1", URL, ALL, "{\"considerIp\": false, "
	    "\"cellTowers\": [{\"radioType\": \"wcdma\", "
	    "\"mobileCountryCode\": 234, \"mobileNetworkCode\": 30, "
	    "\"locationAreaCode\": 100, \"cellId\": 77, "
	    "\"signalStrength\": -80}, {\"radioType\": \"lte\", "
	    "\"mobileCountryCode\": 234, \"mobileNetworkCode\": 30, "
	    "\"locationAreaCode\": 100, \"cellId\": 78, \"age\": 7, "
	    "\"timingAdvance\": 3}], \"wifiAccessPoints\": ["
	    "{\"macAddress\": \"" M11 "\", \"age\": 9, \"channel\": 6, "
	    "\"signalStrength\": -50, \"signalToNoiseRatio\": 20}, "
	    "{\"macAddress\": \"" M12 "\", \"channel\": 1}]}" },
	{ "googlemaps/v1", URL, BLUES, "{\"considerIp\": false}" },
	{ "unwiredlabs/v1", URL "#tok", F6, "{\"token\": \"tok\", "
	    "\"fallbacks\": {\"lacf\": false, \"ipf\": false}, \"cells\": ["
	    "{\"radio\": \"wcdma\", \"lac\": 100, \"cid\": 77, "
	    "\"mcc\": 234, \"mnc\": 30, \"signal\": -80, \"psc\": 5}], "
	    "\"wifi\": [{\"bssid\": \"" M11 "\", \"channel\": 6, "
	    "\"frequency\": 2437, \"signal\": -50, "
	    "\"signalToNoiseRatio\": 20}, {\"bssid\": \"" M12 "\", "
	    "\"channel\": 1, \"frequency\": 2412}]}" },
	{ "", URL, NR, NR_ICHNAEA },
	{ "combain/v1", URL, NR, NR_ICHNAEA },
	{ "googlemaps/v1", URL, NR, "{\"considerIp\": false, "
	    "\"cellTowers\": [{" NR_AREA "\"newRadioCellId\": 68719476735, "
	    "\"signalStrength\": -156, \"timingAdvance\": 3846}]}" },
	{ "unwiredlabs/v1", URL "#tok", NR, "{\"token\": \"tok\", "
	    "\"fallbacks\": {\"lacf\": true, \"ipf\": false}, \"cells\": ["
	    "{\"radio\": \"nr\", \"lac\": 16777213, \"cid\": 68719476735, "
	    "\"mcc\": 234, \"mnc\": 30, \"signal\": -156, \"tA\": 3846, "
	    "\"psc\": 1007}]}" },
	{ "unwiredlabs/v1", URL "#t\"k", BLUES, "{\"token\": \"t\\\"k\", "
	    "\"fallbacks\": {\"lacf\": true, \"ipf\": false}}" },
};

static const struct {
	const char	*schema, *url;
	int		 good;
} providers[] = {
	{ "", URL, 1 }, { "ichnaea/v1", "HTTPS://x/?key=a#b", 1 },
	{ "ichnaea/v2", URL, 0 }, { "Ichnaea/v1", URL, 0 },
	{ "ichnaea/v1", "ftp://x/", 0 }, { "ichnaea/v1", "file:///x", 0 },
	{ "ichnaea/v1", "x", 0 }, { "unwiredlabs/v1", URL, 0 },
	{ "unwiredlabs/v1", URL "#a#b", 0 },
	{ "unwiredlabs/v1", URL "#a", 1 },
};

enum { FOUND = PROVIDER_SERVICE_FOUND, NONE = PROVIDER_SERVICE_NOT_FOUND,
	BAD = PROVIDER_SERVICE_BAD };

#define AT(lat, lng)	"{\"location\":{\"lat\":" lat ",\"lng\":" lng "},"

/* Of the three schemas that are alike, or of unwiredlabs. */
static const struct answer {
	int		 unwired;
	long		 status;
	const char	*body;
	int		 want;
	double		 lat, lon, accuracy;
	int		 lacf;
} answers[] = {
	{ 0, 200, AT("1.23456789", "2") "\"accuracy\":100}", FOUND,
	    1.23456789, 2, 100, 0 },
	{ 0, 200, AT("\"1\"", "\"-2.5\"") "\"accuracy\":\"1e3\"}", FOUND, 1,
	    -2.5, 1000, 0 },
	{ 0, 200, AT("1", "2") "\"accuracy\":12000,\"fallback\":\"lacf\"}",
	    FOUND, 1, 2, 12000, 1 },
	{ 0, 200, AT("1", "2") "\"accuracy\":0,\"fallback\":\"ipf\"}",
	    FOUND, 1, 2, 0, 0 },
	{ 0, 302, AT("-90", "180") "\"accuracy\":1,\"fallback\":null}",
	    FOUND, -90, 180, 1, 0 },
	{ 0, 404, "<html>", NONE, 0, 0, 0, 0 },
	{ 0, 404, AT("1", "2") "\"accuracy\":1}", NONE, 0, 0, 0, 0 },
	{ 0, 500, AT("1", "2") "\"accuracy\":1}", BAD, 0, 0, 0, 0 },
	{ 0, 400, "{}", BAD, 0, 0, 0, 0 },
	{ 0, 200, "", BAD, 0, 0, 0, 0 },
	{ 0, 200, "<html>", BAD, 0, 0, 0, 0 },
	{ 0, 200, "[1]", BAD, 0, 0, 0, 0 },
	{ 0, 200, "{}", BAD, 0, 0, 0, 0 },
	{ 0, 200, "{\"location\":[1,2],\"accuracy\":1}", BAD, 0, 0, 0, 0 },
	{ 0, 200, "{\"location\":{},\"accuracy\":1}", BAD, 0, 0, 0, 0 },
	{ 0, 200, AT("1", "null") "\"accuracy\":1}", BAD, 0, 0, 0, 0 },
	{ 0, 200, AT("\"x\"", "2") "\"accuracy\":1}", BAD, 0, 0, 0, 0 },
	{ 0, 200, AT("NaN", "2") "\"accuracy\":1}", BAD, 0, 0, 0, 0 },
	{ 0, 200, AT("1", "1e999") "\"accuracy\":1}", BAD, 0, 0, 0, 0 },
	{ 0, 200, AT("90.1", "2") "\"accuracy\":1}", BAD, 0, 0, 0, 0 },
	{ 0, 200, AT("1", "-180.1") "\"accuracy\":1}", BAD, 0, 0, 0, 0 },
	{ 0, 200, AT("1", "2") "\"accuracy\":NaN}", BAD, 0, 0, 0, 0 },
	{ 0, 200, AT("1", "2") "\"accuracy\":Infinity}", BAD, 0, 0, 0, 0 },
	{ 0, 200, AT("1", "2") "\"accuracy\":-1}", BAD, 0, 0, 0, 0 },
	{ 0, 200, AT("1", "2") "\"accuracy\":1e306}", BAD, 0, 0, 0, 0 },
	{ 0, 200, AT("1", "2") "\"x\":1}", BAD, 0, 0, 0, 0 },
	{ 0, 200, AT("1", "2") "\"accuracy\":1,\"fallback\":7}", BAD, 0, 0,
	    0, 0 },
	{ 0, 200, "{\"lat\":1,\"lon\":2,\"accuracy\":1}", BAD, 0, 0, 0, 0 },
	{ 1, 200, "{\"status\":\"ok\",\"lat\":1,\"lon\":2,\"accuracy\":3}",
	    FOUND, 1, 2, 3, 0 },
	{ 1, 200, "{\"status\":\"ok\",\"lat\":1,\"lon\":\"2\","
	    "\"accuracy\":3,\"fallback\":\"lacf\"}", FOUND, 1, 2, 3, 1 },
	{ 1, 200, "{\"status\":\"ok\",\"lat\":1,\"lon\":2}", BAD, 0, 0, 0,
	    0 },
	{ 1, 200, "{\"lat\":1,\"lon\":2,\"accuracy\":3}", BAD, 0, 0, 0, 0 },
	{ 1, 200, "{\"status\":1,\"lat\":1,\"lon\":2,\"accuracy\":3}", BAD,
	    0, 0, 0, 0 },
	{ 1, 200, "{\"status\":\"error\",\"message\":\"No matches found\"}",
	    NONE, 0, 0, 0, 0 },
	{ 1, 200, "{\"status\":\"error\",\"message\":\"No matches\"}", BAD,
	    0, 0, 0, 0 },
	{ 1, 200, "{\"status\":\"error\"}", BAD, 0, 0, 0, 0 },
	{ 1, 404, "", NONE, 0, 0, 0, 0 },
	{ 1, 200, AT("1", "2") "\"status\":\"ok\",\"accuracy\":1}", BAD, 0, 0,
	    0, 0 },
};

static void
check_bodies(void)
{
	struct provider_service p;
	struct locate_query q;
	struct base_buf b;
	size_t i;

	base_buf_init(&b);
	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		base_buf_reset(&b);
		read_query(&q, bodies[i].query);
		ok(provider_service_parse(&p, bodies[i].schema,
		    bodies[i].url) == NULL, "%s", bodies[i].schema);
		is_str(p.url, URL, "the URL");
		provider_service_ask(&b, &p, &q);
		is_str(b.data, bodies[i].want, bodies[i].schema);
	}
	base_buf_done(&b);
	for (i = 0; i < sizeof(providers) / sizeof(providers[0]); i++)
		ok((provider_service_parse(&p, providers[i].schema,
		    providers[i].url) == NULL) == providers[i].good,
		    "%s %s", providers[i].schema, providers[i].url);
}

static void
check_answer(const struct answer *a, const char *schema)
{
	struct provider_service_position pos;
	struct provider_service p;
	struct locate_result r;
	const char *why = NULL;

	provider_service_parse(&p, schema, URL "#x");
	is_int(provider_service_answer(&p, a->status, a->body,
	    strlen(a->body), &pos, &why, &arena), a->want, a->body);
	if (a->want == BAD)
		ok(why != NULL, "it says why");
	if (a->want != FOUND)
		return;
	provider_service_result(&r, &pos);
	ok(r.lat == a->lat && r.lon == a->lon &&
	    r.accuracy_m == a->accuracy && r.source == LOCATE_RESULT_FALLBACK,
	    "position");
	ok(r.score == (a->lacf ? 5 : 10) && (r.fallback != NULL) == a->lacf,
	    "score and tag");
}

int
main(void)
{
	size_t i, j;

	base_arena_init(&arena);
	check_bodies();
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (answers[i].unwired)
			check_answer(&answers[i], names[3]);
		else
			for (j = 0; j < 3; j++)
				check_answer(&answers[i], names[j]);
	base_arena_done(&arena);
	return tap_done();
}
