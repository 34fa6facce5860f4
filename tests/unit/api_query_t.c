/* SPDX-License-Identifier: ISC */
/* Bodies, and what is left of them after all checks. */
#include "api/query.h"
#include "base/arena.h"
#include "base/buf.h"
#include "ichnaea/rules.h"
#include "json/doc.h"
#include "locate/query.h"

#include "tap.h"

static void
put(struct base_buf *b, const char *name, int64_t v)
{
	if (v != LOCATE_UNKNOWN)
		base_buf_fmt(b, " %s=%lld", name, (long long)v);
}

static void
put_mac(struct base_buf *b, const char *kind, const struct locate_mac *m)
{
	base_buf_str(b, kind);
	base_buf_hex(b, m->mac, RADIO_MAC_LEN);
	put(b, "age", m->age_ms);
	put(b, "dbm", m->signal_dbm);
	put(b, "snr", m->snr_db);
	put(b, "ch", m->channel);
	put(b, "mhz", m->frequency_mhz);
	if (m->name != NULL)
		base_buf_fmt(b, " '%s'", m->name);
	base_buf_chr(b, '\n');
}

static void
put_cell(struct base_buf *b, const struct locate_cell *c)
{
	base_buf_fmt(b, "%s-%d-%d-%d", radio_cell_type_name(
	    (enum radio_cell_type)c->cell.type), c->cell.mcc, c->cell.mnc,
	    c->cell.lac);
	put(b, "cid", c->cell.cid);
	put(b, "psc", c->cell.psc);
	put(b, "dbm", c->cell.signal_dbm);
	put(b, "ta", c->cell.ta);
	put(b, "age", c->age_ms);
	base_buf_chr(b, '\n');
}

/* What BODY is, a line for each network. */
static const char *
shown(const char *body, enum api_query_words words, int strict,
    struct base_buf *b, struct base_arena *a)
{
	enum api_query_verdict verdict;
	struct base_buf details;
	struct locate_query q;
	struct json_doc d;
	size_t i;

	base_arena_reset(a);
	base_buf_reset(b);
	base_buf_str(b, "");
	if (json_doc_parse(&d, body, strlen(body), a) == -1)
		return "no JSON";
	base_buf_init(&details);
	verdict = api_query_parse(&q, &d, words, ichnaea_rules(strict),
	    &details, a);
	base_buf_done(&details);
	if (verdict != API_QUERY_OK)
		return "refused";
	for (i = 0; i < q.nblue; i++)
		put_mac(b, "blue ", &q.blue[i]);
	for (i = 0; i < q.nwifi; i++)
		put_mac(b, "wifi ", &q.wifi[i]);
	for (i = 0; i < q.ncell; i++)
		put_cell(b, &q.cell[i]);
	for (i = 0; i < q.narea; i++)
		put_cell(b, &q.area[i]);
	if (!q.lacf)
		base_buf_str(b, "no lacf\n");
	if (!q.ipf)
		base_buf_str(b, "no ipf\n");
	return b->data;
}

#define MAC1	"{\"macAddress\":\"a82067000001\""
#define MAC2	"{\"macAddress\":\"a82067000002\"}"
#define WIFI1(fields)	"{\"wifiAccessPoints\":[" MAC1 "," fields "}," MAC2 "]}"
#define BLUE1(fields)	"{\"bluetoothBeacons\":[" MAC1 "," fields "}," MAC2 "]}"
#define CELL(fields)	"{\"cellTowers\":[{" fields "}]}"
#define LTE	"\"radioType\":\"lte\",\"mobileCountryCode\":234," \
	"\"mobileNetworkCode\":30,\"locationAreaCode\":5"
#define GSM	"\"radioType\":\"gsm\",\"mobileCountryCode\":234," \
	"\"mobileNetworkCode\":30,\"locationAreaCode\":5"
#define WCDMA	"\"radioType\":\"wcdma\",\"mobileCountryCode\":234," \
	"\"mobileNetworkCode\":30,\"locationAreaCode\":5"

static const struct {
	const char	*body, *want;
} t[] = {
	{ "{}", "" },
	{ "{\"x\":[1]}", "" },
	/* addresses */
	{ "{\"wifiAccessPoints\":[{\"macAddress\":\"A8:20-67.00:00:01\"},"
	    MAC2 "]}", "wifi a82067000001\nwifi a82067000002\n" },
	{ "{\"wifiAccessPoints\":[{\"macAddress\":\" a82067000001\"},"
	    MAC2 "]}", "" },
	{ "{\"wifiAccessPoints\":[" MAC1 "}]}", "" },
	{ "{\"wifiAccessPoints\":[" MAC1 "}," MAC1 "}]}", "" },
	{ "{\"bluetoothBeacons\":[" MAC2 "]}", "" },
	{ "{\"wifiAccessPoints\":[" MAC2 "," MAC1 "},{}]}",
	    "wifi a82067000002\nwifi a82067000001\n" },
	/* their fields */
	{ WIFI1("\"age\":-3600000,\"signalStrength\":-100,"
	    "\"signalToNoiseRatio\":1,\"ssid\":\"x\""),
	    "wifi a82067000001 age=-3600000 dbm=-100 snr=1 'x'\n"
	    "wifi a82067000002\n" },
	{ WIFI1("\"age\":3600001,\"signalStrength\":-9,"
	    "\"signalToNoiseRatio\":101,\"channel\":0,\"frequency\":2399"),
	    "wifi a82067000001\nwifi a82067000002\n" },
	{ BLUE1("\"age\":3600000,\"signalStrength\":0,\"name\":\"y\","
	    "\"channel\":3"), "blue a82067000001 age=3600000 dbm=0 'y'\n"
	    "blue a82067000002\n" },
	{ BLUE1("\"signalStrength\":-128"),
	    "blue a82067000001\nblue a82067000002\n" },
	{ WIFI1("\"channel\":1"), "wifi a82067000001 ch=1 mhz=2412\n"
	    "wifi a82067000002\n" },
	{ WIFI1("\"channel\":199"), "wifi a82067000001 ch=199 mhz=4995\n"
	    "wifi a82067000002\n" },
	{ WIFI1("\"frequency\":5180"), "wifi a82067000001 ch=36 mhz=5180\n"
	    "wifi a82067000002\n" },
	{ WIFI1("\"frequency\":5930"), "wifi a82067000001 mhz=5930\n"
	    "wifi a82067000002\n" },
	{ WIFI1("\"channel\":5,\"frequency\":5180"),
	    "wifi a82067000001 ch=5 mhz=5180\nwifi a82067000002\n" },
	{ WIFI1("\"channel\":234,\"frequency\":2412"),
	    "wifi a82067000001 ch=1 mhz=2412\nwifi a82067000002\n" },
	/* cells */
	{ CELL(LTE ",\"cellId\":9,\"psc\":503,\"timingAdvance\":63,"
	    "\"signalStrength\":-43,\"age\":1"),
	    "lte-234-30-5 cid=9 psc=503 dbm=-43 ta=63 age=1\n"
	    "lte-234-30-5 psc=503 dbm=-43 ta=63 age=1\n" },
	{ CELL(LTE ",\"cellId\":9,\"psc\":504,\"timingAdvance\":1283,"
	    "\"signalStrength\":-42,\"age\":3600001"),
	    "lte-234-30-5 cid=9\nlte-234-30-5\n" },
	{ CELL(WCDMA ",\"cellId\":268435454,\"primaryScramblingCode\":511,"
	    "\"psc\":1,\"timingAdvance\":1,\"signalStrength\":-121"),
	    "wcdma-234-30-5 cid=268435454 psc=511 dbm=-121\n"
	    "wcdma-234-30-5 psc=511 dbm=-121\n" },
	{ CELL(WCDMA ",\"cellId\":268435456"), "wcdma-234-30-5\n" },
	{ CELL(LTE), "lte-234-30-5\n" },
	{ CELL(GSM ",\"cellId\":65534"),
	    "gsm-234-30-5 cid=65534\ngsm-234-30-5\n" },
	{ CELL(GSM ",\"cellId\":65536,\"signalStrength\":-114"),
	    "wcdma-234-30-5 cid=65536 dbm=-114\nwcdma-234-30-5 dbm=-114\n" },
	{ CELL(GSM ",\"cellId\":99999999999999999999"), "wcdma-234-30-5\n" },
	{ CELL("\"radioType\":\"lte\",\"mobileCountryCode\":\"262\","
	    "\"mobileNetworkCode\":\"01\",\"locationAreaCode\":5.9,"
	    "\"cellId\":true"), "lte-262-1-5 cid=1\nlte-262-1-5\n" },
	{ CELL("\"radioType\":\"lte\",\"mobileCountryCode\":553,"
	    "\"mobileNetworkCode\":1,\"locationAreaCode\":5"), "" },
	{ CELL("\"radioType\":\"lte\",\"mobileCountryCode\":234,"
	    "\"locationAreaCode\":5"), "" },
	{ CELL("\"radioType\":\"lte\",\"mobileCountryCode\":234,"
	    "\"mobileNetworkCode\":30,\"locationAreaCode\":0"), "" },
	{ CELL("\"radioType\":\"cdma\",\"mobileCountryCode\":234,"
	    "\"mobileNetworkCode\":30,\"locationAreaCode\":5"), "" },
	{ "{\"radioType\":\"gsm\",\"cellTowers\":[{\"mobileCountryCode\":"
	    "234,\"mobileNetworkCode\":30,\"locationAreaCode\":5,"
	    "\"radioType\":null},{" LTE "}]}",
	    "gsm-234-30-5\nlte-234-30-5\n" },
	{ "{\"fallbacks\":{\"lacf\":false},\"cellTowers\":[{" LTE
	    ",\"cellId\":7}]}", "lte-234-30-5 cid=7\nno lacf\n" },
	/* duplicates */
	{ "{\"wifiAccessPoints\":[" MAC1 ",\"signalStrength\":-90}," MAC1
	    ",\"signalStrength\":-82}," MAC1 ",\"signalStrength\":-85},"
	    MAC2 "]}", "wifi a82067000001 dbm=-82\nwifi a82067000002\n" },
	{ "{\"wifiAccessPoints\":[" MAC1 ",\"signalStrength\":-90,"
	    "\"age\":10}," MAC1 ",\"signalStrength\":-80,\"age\":20}," MAC2
	    "]}", "wifi a82067000001 age=10 dbm=-90\nwifi a82067000002\n" },
	{ "{\"wifiAccessPoints\":[" MAC1 ",\"signalStrength\":-80}," MAC1
	    "}," MAC2 "]}", "wifi a82067000001\nwifi a82067000002\n" },
	{ "{\"wifiAccessPoints\":[" MAC1 ",\"signalToNoiseRatio\":9,"
	    "\"signalStrength\":-80}," MAC1 ",\"signalToNoiseRatio\":8,"
	    "\"signalStrength\":-70}," MAC2 "]}",
	    "wifi a82067000001 dbm=-80 snr=9\nwifi a82067000002\n" },
	{ "{\"bluetoothBeacons\":[" MAC1 ",\"name\":\"a\"}," MAC2 "," MAC1
	    ",\"name\":\"b\"}]}",
	    "blue a82067000001 'b'\nblue a82067000002\n" },
	{ "{\"cellTowers\":[{" LTE ",\"cellId\":1,\"timingAdvance\":3},{" LTE
	    ",\"cellId\":2},{" LTE ",\"cellId\":1,\"timingAdvance\":4,"
	    "\"signalStrength\":-60}]}",
	    "lte-234-30-5 cid=1 ta=3\nlte-234-30-5 cid=2\n"
	    "lte-234-30-5 dbm=-60 ta=4\n" },
	/* entries with other members than those before, or in another order */
	{ "{\"wifiAccessPoints\":[" MAC1 ",\"x\":1,\"signalStrength\":-51},"
	    "{\"signalStrength\":-52,\"macAddress\":\"a82067000002\"},"
	    "{\"macAddress\":\"a82067000003\",\"x\":9,"
	    "\"signalStrength\":-53,\"signalToNoiseRatio\":3},"
	    "{\"macAddress\":\"a82067000004\",\"signalStrengtH\":-99,"
	    "\"signalStrength\":-54,\"signalToNoiseRati\":4},"
	    "{\"macAddress\":\"a82067000005\",\"signal\\u0053trength\":-55},"
	    "{\"macAddress\":\"a82067000006\",\"signal\\u0053trength\":-56},"
	    "{\"a\":0,\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":0,\"g\":0,\"h\":0,"
	    "\"macAddress\":\"a82067000007\",\"signalStrength\":-57},"
	    "{\"a\":0,\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":0,\"g\":0,\"h\":0,"
	    "\"signalStrength\":-58,\"macAddress\":\"a82067000008\"}]}",
	    "wifi a82067000001 dbm=-51\nwifi a82067000002 dbm=-52\n"
	    "wifi a82067000003 dbm=-53 snr=3\nwifi a82067000004 dbm=-54\n"
	    "wifi a82067000005 dbm=-55\nwifi a82067000006 dbm=-56\n"
	    "wifi a82067000007 dbm=-57\nwifi a82067000008 dbm=-58\n" },
	{ "{\"bluetoothBeacons\":[" MAC1 ",\"signalStrength\":-51,\"name\":"
	    "\"a\"}," MAC2 "],\"wifiAccessPoints\":[" MAC1
	    ",\"signalStrength\":-52,\"channel\":1}," MAC2 "]}",
	    "blue a82067000001 dbm=-51 'a'\nblue a82067000002\n"
	    "wifi a82067000001 dbm=-52 ch=1 mhz=2412\nwifi a82067000002\n" },
	{ "{\"cellTowers\":[{\"age\":5," LTE ",\"cellId\":2}],"
	    "\"wifiAccessPoints\":[{\"age\":7,\"macAddress\":"
	    "\"a82067000001\"}," MAC2 "]}",
	    "wifi a82067000001 age=7\nwifi a82067000002\n"
	    "lte-234-30-5 cid=2 age=5\nlte-234-30-5 age=5\n" },
	/* fallbacks */
	{ "{\"considerIp\":0.0}", "no ipf\n" },
	{ "{\"considerIp\":null,\"fallbacks\":{\"ipf\":\"0\","
	    "\"lacf\":null}}", "no ipf\n" },
	{ "{\"fallbacks\":{\"lacf\":\"FALSE\",\"ipf\":\"no\"}}",
	    "no lacf\n" },
	/* repeated and escaped names */
	{ "{\"considerIp\":true,\"considerI\\u0070\":false}", "no ipf\n" },
	{ "[]", "refused" },
	{ "null", "refused" },
};

/* In the words of /v1/search. */
static const struct {
	const char *body, *want;
} searches[] = {
	{ "{\"radio\":\"umts\",\"cell\":[{\"mcc\":234,\"mnc\":\"30\","
	    "\"lac\":5,\"cid\":6,\"asu\":15,\"psc\":7,\"age\":8,"
	    "\"cellId\":9,\"ta\":3}]}",
	    "wcdma-234-30-5 cid=6 psc=7 dbm=-101 age=8\n"
	    "wcdma-234-30-5 psc=7 dbm=-101 age=8\n" },
	{ "{\"cell\":[{\"radio\":\"lte\",\"mcc\":234,\"mnc\":30,\"lac\":5,"
	    "\"signal\":-80,\"ta\":3,\"asu\":15}]}",
	    "lte-234-30-5 dbm=-80 ta=3\n" },
	{ "{\"wifi\":[{\"key\":\"a82067000001\",\"signal\":-70,"
	    "\"ssid\":\"n\"},{\"key\":\"a82067000002\"}],"
	    "\"fallbacks\":{\"ipf\":false}}",
	    "wifi a82067000001 dbm=-70 'n'\nwifi a82067000002\nno ipf\n" },
	{ "{\"blue\":[{\"key\":\"a82067000001\",\"signal\":-70,"
	    "\"name\":\"n\"},{\"key\":\"a82067000002\"}],"
	    "\"considerIp\":false,\"wifiAccessPoints\":1}",
	    "blue a82067000001 dbm=-70 'n'\nblue a82067000002\n" },
	{ "{\"radio\":\"UMTS\"}", "refused" },
	{ "{\"cell\":[{\"mcc\":\"a\"}]}", "refused" },
	{ "{\"wifi\":null}", "refused" },
};

#define WIFI2	"wifi a82067000002\n"
#define NR	"\"radioType\":\"nr\",\"mobileCountryCode\":234," \
	"\"mobileNetworkCode\":30,\"locationAreaCode\":16777213"
#define AREA	"\"mobileCountryCode\":234,\"mobileNetworkCode\":30," \
	"\"locationAreaCode\":5"

/* What Ichnaea did not know yet, and what it made of it. */
static const struct {
	const char *body, *want, *strict;
} newer[] = {
	/* 5G */
	{ CELL(NR ",\"cellId\":68719476735,\"pci\":1007,"
	    "\"signalStrength\":-156,\"timingAdvance\":3846"),
	    "nr-234-30-16777213 cid=68719476735 psc=1007 dbm=-156 ta=3846\n"
	    "nr-234-30-16777213 psc=1007 dbm=-156 ta=3846\n", "refused" },
	{ CELL(NR ",\"newRadioCellId\":4294967296"),
	    "nr-234-30-16777213 cid=4294967296\nnr-234-30-16777213\n",
	    "refused" },
	{ CELL(NR ",\"newRadioCellId\":7,\"cellId\":8"),
	    "nr-234-30-16777213 cid=8\nnr-234-30-16777213\n", "refused" },
	{ CELL(NR ",\"newRadioCellId\":7,\"cellId\":2147483647"),
	    "nr-234-30-16777213 cid=7\nnr-234-30-16777213\n", "refused" },
	{ CELL(NR ",\"newRadioCellId\":7,\"cellId\":0"),
	    "nr-234-30-16777213 cid=7\nnr-234-30-16777213\n", "refused" },
	{ CELL(NR ",\"newRadioCellId\":7,\"cellId\":68719476736"),
	    "nr-234-30-16777213 cid=7\nnr-234-30-16777213\n", "refused" },
	{ CELL(NR ",\"newRadioCellId\":68719476736"),
	    "nr-234-30-16777213\n", "refused" },
	{ CELL(NR), "nr-234-30-16777213\n", "refused" },
	{ CELL("\"radioType\":\"nr\",\"pci\":5"), "", "refused" },
	{ CELL("\"radioType\":\"5G\"," AREA ",\"cellId\":9"),
	    "nr-234-30-5 cid=9\nnr-234-30-5\n", "refused" },
	{ CELL(AREA ",\"newRadioCellId\":9"),
	    "nr-234-30-5 cid=9\nnr-234-30-5\n", "" },
	{ "{\"radioType\":\"lte\",\"cellTowers\":[{" AREA
	    ",\"newRadioCellId\":9},{" AREA ",\"cellId\":9}]}",
	    "nr-234-30-5 cid=9\nlte-234-30-5 cid=9\nnr-234-30-5\n"
	    "lte-234-30-5\n", "lte-234-30-5 cid=9\nlte-234-30-5\n" },
	{ CELL(LTE ",\"newRadioCellId\":9"), "lte-234-30-5\n",
	    "lte-234-30-5\n" },
	{ CELL(LTE ",\"newRadioCellId\":\"x\",\"pci\":\"y\""),
	    "lte-234-30-5\n", "lte-234-30-5\n" },
	{ "{\"radioType\":\"NR\",\"cellTowers\":[{" AREA "}]}",
	    "nr-234-30-5\n", "refused" },
	{ CELL(LTE ",\"pci\":1"), "lte-234-30-5 psc=1\n",
	    "lte-234-30-5\n" },
	{ CELL(LTE ",\"pci\":1,\"psc\":2"), "lte-234-30-5 psc=2\n",
	    "lte-234-30-5 psc=2\n" },
	/* what belongs to LTE */
	{ CELL("\"radioType\":\"NB-IoT\"," AREA), "lte-234-30-5\n",
	    "refused" },
	{ CELL("\"radioType\":\"catm1\"," AREA), "lte-234-30-5\n",
	    "refused" },
	{ CELL(LTE ",\"timingAdvance\":1282"), "lte-234-30-5 ta=1282\n",
	    "lte-234-30-5\n" },
	/* what stands for unknown */
	{ CELL(WCDMA ",\"cellId\":268435455"), "wcdma-234-30-5\n",
	    "wcdma-234-30-5 cid=268435455\nwcdma-234-30-5\n" },
	{ CELL(GSM ",\"cellId\":65535"), "gsm-234-30-5\n",
	    "gsm-234-30-5 cid=65535\ngsm-234-30-5\n" },
	{ CELL(GSM ",\"cellId\":2147483647"), "gsm-234-30-5\n",
	    "wcdma-234-30-5\n" },
	{ "{\"wifiAccessPoints\":[" MAC1 "}," MAC2 ",{\"macAddress\":"
	    "\"02:00:00:00:00:00\"},{\"macAddress\":\"00005e000101\"}]}",
	    "wifi a82067000001\n" WIFI2,
	    "wifi a82067000001\n" WIFI2 "wifi 020000000000\n"
	    "wifi 00005e000101\n" },
	/* 6 GHz */
	{ WIFI1("\"frequency\":6135"),
	    "wifi a82067000001 ch=37 mhz=6135\n" WIFI2,
	    "wifi a82067000001\n" WIFI2 },
	{ WIFI1("\"frequency\":5955"),
	    "wifi a82067000001 ch=1 mhz=5955\n" WIFI2,
	    "wifi a82067000001 mhz=5955\n" WIFI2 },
	{ WIFI1("\"frequency\":7125"),
	    "wifi a82067000001 mhz=7125\n" WIFI2,
	    "wifi a82067000001\n" WIFI2 },
	{ WIFI1("\"frequency\":7126"), "wifi a82067000001\n" WIFI2,
	    "wifi a82067000001\n" WIFI2 },
	/* names that ask to be left out */
	{ WIFI1("\"ssid\":\"x_nomap\""), "",
	    "wifi a82067000001 'x_nomap'\n" WIFI2 },
	{ "{\"wifiAccessPoints\":[" MAC1 ",\"ssid\":\"x_OptOut\"}," MAC2
	    ",{\"macAddress\":\"a82067000003\",\"ssid\":\"nomap\"}]}",
	    WIFI2 "wifi a82067000003 'nomap'\n",
	    "wifi a82067000001 'x_OptOut'\n" WIFI2
	    "wifi a82067000003 'nomap'\n" },
	{ WIFI1("\"ssid\":\"x_nomap_5G \""), "",
	    "wifi a82067000001 'x_nomap_5G '\n" WIFI2 },
	{ BLUE1("\"name\":\"x_nomap\""), "",
	    "blue a82067000001 'x_nomap'\nblue a82067000002\n" },
	{ WIFI1("\"channel\":233"), "wifi a82067000001 ch=233\n" WIFI2,
	    "wifi a82067000001\n" WIFI2 },
};

/* A list in which each network stands twice, out of order. */
static void
many(struct base_buf *b, struct base_arena *a)
{
	struct base_buf body, details;
	struct locate_query q;
	struct json_doc d;
	int i, good = 1;

	base_buf_init(&body);
	base_buf_init(&details);
	base_buf_str(&body, "{\"wifiAccessPoints\":[");
	for (i = 0; i < 100000; i++)
		base_buf_fmt(&body, "%s{\"macAddress\":\"aa%010x\","
		    "\"signalStrength\":%d}", i > 0 ? "," : "",
		    (unsigned)(i * 7919 % 50000), i < 50000 ? -80 : -70);
	base_buf_str(&body, "]}");
	base_arena_reset(a);
	json_doc_parse(&d, body.data, body.len, a);
	api_query_parse(&q, &d, API_QUERY_LONG, ichnaea_rules(0), &details, a);
	is_int((long long)q.nwifi, 50000, "a long list");
	for (i = 0; i < 50000; i++)
		good &= q.wifi[i].signal_dbm == -70;
	ok(good, "the better ones are left");
	base_buf_reset(b);
	base_buf_hex(b, q.wifi[1].mac, RADIO_MAC_LEN);
	is_str(b->data, "aa0000001eef", "in their first order");
	base_buf_done(&details);
	base_buf_done(&body);
}

int
main(void)
{
	static const char radio[] = "{\"radioType\":\"LTE\",\"cellTowers\":["
	    "{\"mobileCountryCode\":234,\"mobileNetworkCode\":30,"
	    "\"locationAreaCode\":5}]}";
	struct base_arena a;
	struct base_buf b;
	size_t i;
	int strict;

	base_arena_init(&a);
	base_buf_init(&b);
	for (strict = 0; strict < 2; strict++)
		for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
			is_str(shown(t[i].body, API_QUERY_LONG, strict,
			    &b, &a), t[i].want, t[i].body);
	is_str(shown(radio, API_QUERY_LONG, 0, &b, &a), "lte-234-30-5\n", "LTE");
	is_str(shown(radio, API_QUERY_LONG, 1, &b, &a), "refused", "LTE, strictly");
	for (i = 0; i < sizeof(newer) / sizeof(newer[0]); i++) {
		is_str(shown(newer[i].body, API_QUERY_LONG, 0, &b, &a),
		    newer[i].want, newer[i].body);
		is_str(shown(newer[i].body, API_QUERY_LONG, 1, &b, &a),
		    newer[i].strict, "... strictly");
	}
	is_str(shown("{\"cell\":[{\"radio\":\"nr\",\"mcc\":234,\"mnc\":30,"
	    "\"lac\":5,\"newRadioCellId\":6,\"pci\":7}]}",
	    API_QUERY_SHORT, 0, &b, &a),
	    "nr-234-30-5 cid=6 psc=7\nnr-234-30-5 psc=7\n",
	    "NR in the words of /v1/search");
	for (i = 0; i < sizeof(searches) / sizeof(searches[0]); i++)
		is_str(shown(searches[i].body, API_QUERY_SHORT, 1, &b,
		    &a), searches[i].want, searches[i].body);
	many(&b, &a);
	base_buf_done(&b);
	base_arena_done(&a);
	return tap_done();
}
