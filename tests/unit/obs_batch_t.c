/* SPDX-License-Identifier: ISC */
#include "base/buf.h"
#include "ichnaea/rules.h"
#include "obs/batch.h"

#include "tap.h"

#define POS	"\"position\":{\"latitude\":51.5,\"longitude\":-0.1}"
#define LTE	"\"radioType\":\"lte\",\"mobileCountryCode\":234," \
		"\"mobileNetworkCode\":30,\"locationAreaCode\":1"
#define GSM	"\"radioType\":\"gsm\",\"mobileCountryCode\":234," \
		"\"mobileNetworkCode\":30,\"locationAreaCode\":1,\"cellId\":2"

static struct obs_batch b;

/* What follows is a submission of somebody. */
static void
begin(void)
{
	static const struct obs_witness who = { OBS_WITNESS_KEYED, 7, 9 };

	obs_batch_begin(&b, &who, 20000);
}

static enum obs_batch_verdict
add(const char *line)
{
	return obs_batch_add(&b, "", 0, line, strlen(line));
}

static int
counts_are(int report_upload, int report_drop, int blue, int wifi, int cell,
    int noblue, int nowifi, int nocell)
{
	const struct obs_counts *c = &b.counts;

	return c->report_upload == (uint64_t)report_upload &&
	    c->report_drop == (uint64_t)report_drop &&
	    c->upload[OBS_BLUE] == (uint64_t)blue &&
	    c->upload[OBS_WIFI] == (uint64_t)wifi &&
	    c->upload[OBS_CELL] == (uint64_t)cell &&
	    c->drop[OBS_BLUE] == (uint64_t)noblue &&
	    c->drop[OBS_WIFI] == (uint64_t)nowifi &&
	    c->drop[OBS_CELL] == (uint64_t)nocell;
}

/* Reports that give nothing, and how they count. */
static void
empty(void)
{
	static const struct {
		const char *line;
		enum obs_batch_verdict verdict;
		int upload, drop;
	} t[] = {
		{ "", OBS_BATCH_OK, 0, 0 }, { "junk", OBS_BATCH_BAD, 0, 0 },
		{ "[1]", OBS_BATCH_BAD, 0, 0 }, { "{}", OBS_BATCH_OK, 0, 0 },
		{ "{" POS "}", OBS_BATCH_OK, 0, 0 },
		{ "{" POS ",\"cellTowers\":[]}", OBS_BATCH_OK, 0, 0 },
		/* entries without any member that counts vanish */
		{ "{" POS ",\"cellTowers\":[{},{\"foo\":1},{\"cellId\":null},"
		    "5],\"wifiAccessPoints\":[{\"ssid\":\"x\"}],"
		    "\"bluetoothBeacons\":[{\"name\":\"y\",\"channel\":1}]}",
		    OBS_BATCH_OK, 0, 0 },
		{ "{" POS ",\"cellTowers\":{\"cellId\":1},\"wifiAccessPoints\""
		    ":5}", OBS_BATCH_OK, 0, 0 },
		/* no position, or one that is none */
		{ "{\"cellTowers\":[{" GSM "}]}", OBS_BATCH_OK, 1, 1 },
		{ "{\"position\":null,\"cellTowers\":[{" GSM "}]}",
		    OBS_BATCH_OK, 1, 1 },
		{ "{\"position\":[],\"cellTowers\":[{" GSM "}]}",
		    OBS_BATCH_OK, 1, 1 },
		{ "{\"position\":{},\"cellTowers\":[{" GSM "}]}",
		    OBS_BATCH_OK, 1, 1 },
		{ "{\"position\":{\"latitude\":51.5},\"cellTowers\":[{" GSM
		    "}]}", OBS_BATCH_OK, 1, 1 },
		{ "{\"position\":{\"latitude\":NaN,\"longitude\":0},"
		    "\"cellTowers\":[{" GSM "}]}", OBS_BATCH_OK, 1, 1 },
		{ "{\"position\":{\"latitude\":85.06,\"longitude\":-0.1},"
		    "\"cellTowers\":[{" GSM "}]}", OBS_BATCH_OK, 1, 1 },
		{ "{\"position\":{\"latitude\":51.5,\"longitude\":180.1},"
		    "\"cellTowers\":[{" GSM "}]}", OBS_BATCH_OK, 1, 1 },
		/* in the sea */
		{ "{\"position\":{\"latitude\":0,\"longitude\":0},"
		    "\"cellTowers\":[{" GSM "}]}", OBS_BATCH_OK, 1, 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		obs_batch_reset(&b);
	begin();
		ok(add(t[i].line) == t[i].verdict && b.n == 0 &&
		    b.ngrid == 0 && counts_are(t[i].upload, t[i].drop, 0, 0,
		    0, 0, 0, 0), "nothing of %s", t[i].line);
	}
}

/* One entry, and the weight of its observation (0: none, -1: refused). */
static void
entries(void)
{
	static const struct {
		const char *position;	/* beyond latitude and longitude */
		enum obs_kind kind;
		const char *entry;
		double weight;
	} t[] = {
		/* addresses */
		{ "", OBS_WIFI, "\"macAddress\":\"a82066123456\"", 1 },
		{ "", OBS_WIFI, "\"macAddress\":\"A8:20-66.12:34:56\"", 1 },
		{ "", OBS_WIFI, "\"macAddress\":\"\\u006182066123456\"", 1 },
		{ "", OBS_WIFI, "\"macAddress\":\"02:00:00:00:00:01\"", 1 },
		{ "", OBS_WIFI, "\"macAddress\":\"a8206612345\"", -1 },
		{ "", OBS_WIFI, "\"macAddress\":\"000000000000\"", -1 },
		{ "", OBS_BLUE, "\"macAddress\":\"ff:ff:ff:ff:ff:ff\"", -1 },
		{ "", OBS_BLUE, "\"macAddress\":\"01005e901000\"", -1 },
		{ "", OBS_WIFI, "\"macAddress\":\"02:00:00:00:00:00\"", -1 },
		{ "", OBS_BLUE, "\"macAddress\":\"0000.5e00.0101\"", -1 },
		{ "", OBS_WIFI, "\"macAddress\":5", -1 },
		{ "", OBS_WIFI, "\"channel\":5", -1 },
		{ "", OBS_BLUE, "\"age\":5", -1 },
		/* signals, in and out of range */
		{ "", OBS_WIFI, "\"macAddress\":\"a82066123456\","
		    "\"signalStrength\":-60", 2.441406 },
		{ "", OBS_WIFI, "\"macAddress\":\"a82066123456\","
		    "\"signalStrength\":\"-60\"", 2.441406 },
		{ "", OBS_WIFI, "\"macAddress\":\"a82066123456\","
		    "\"signalStrength\":-60.9", 2.441406 },
		{ "", OBS_WIFI, "\"macAddress\":\"a82066123456\","
		    "\"signalStrength\":-9", 1 },
		{ "", OBS_WIFI, "\"macAddress\":\"a82066123456\","
		    "\"signalStrength\":-101", 1 },
		{ "", OBS_WIFI, "\"macAddress\":\"a82066123456\","
		    "\"signalStrength\":\"strong\"", 1 },
		{ "", OBS_BLUE, "\"macAddress\":\"a82066123456\","
		    "\"signalStrength\":-60", 1 },
		/* ages, less that of the position */
		{ "", OBS_WIFI, "\"macAddress\":\"a82066123456\",\"age\":8000",
		    .5 },
		{ ",\"age\":1000", OBS_WIFI, "\"macAddress\":\"a82066123456\","
		    "\"age\":9000", .5 },
		{ ",\"age\":1000", OBS_WIFI, "\"macAddress\":\"a82066123456\","
		    "\"age\":-7000", .5 },
		{ ",\"age\":8000", OBS_BLUE, "\"macAddress\":\"a82066123456\"",
		    .5 },
		{ ",\"age\":-8000", OBS_BLUE, "\"macAddress\":\"a82066123456\"",
		    .5 },
		{ ",\"age\":8000", OBS_BLUE, "\"macAddress\":\"a82066123456\","
		    "\"age\":8000", 1 },
		{ "", OBS_WIFI, "\"macAddress\":\"a82066123456\","
		    "\"age\":20001", 0 },
		{ "", OBS_WIFI, "\"macAddress\":\"a82066123456\","
		    "\"age\":3600000", 0 },
		{ "", OBS_WIFI, "\"macAddress\":\"a82066123456\","
		    "\"age\":3600001", 1 },
		{ ",\"age\":-1", OBS_WIFI, "\"macAddress\":\"a82066123456\","
		    "\"age\":3600000", 1 },
		{ ",\"age\":99999999999999", OBS_WIFI,
		    "\"macAddress\":\"a82066123456\"", 1 },
		/* beyond 32 bits, a month, the difference counts */
		{ ",\"age\":2592000000", OBS_WIFI, "\"macAddress\":"
		    "\"a82066123456\",\"age\":2592060000", 0 },
		{ ",\"age\":2000000000", OBS_WIFI, "\"macAddress\":"
		    "\"a82066123456\",\"age\":2000060000", 0 },
		{ ",\"age\":2147480000", OBS_BLUE, "\"macAddress\":"
		    "\"a82066123456\",\"age\":2147488000", .5 },
		{ ",\"age\":-9e18", OBS_WIFI, "\"macAddress\":"
		    "\"a82066123456\",\"age\":9e18", 1 },
		/* fields of the position out of range are not known */
		{ ",\"accuracy\":40", OBS_WIFI,
		    "\"macAddress\":\"a82066123456\"", .5 },
		{ ",\"accuracy\":200.1", OBS_WIFI,
		    "\"macAddress\":\"a82066123456\"", 0 },
		{ ",\"accuracy\":1000000", OBS_WIFI,
		    "\"macAddress\":\"a82066123456\"", 0 },
		{ ",\"accuracy\":1000001", OBS_WIFI,
		    "\"macAddress\":\"a82066123456\"", 1 },
		{ ",\"accuracy\":-40", OBS_WIFI,
		    "\"macAddress\":\"a82066123456\"", 1 },
		{ ",\"accuracy\":NaN", OBS_WIFI,
		    "\"macAddress\":\"a82066123456\"", 1 },
		{ ",\"speed\":20", OBS_WIFI,
		    "\"macAddress\":\"a82066123456\"", .5 },
		{ ",\"speed\":301", OBS_WIFI,
		    "\"macAddress\":\"a82066123456\"", 1 },
		{ ",\"accuracy\":40,\"speed\":20", OBS_WIFI,
		    "\"macAddress\":\"a82066123456\",\"age\":8000,"
		    "\"signalStrength\":-60", .305176 },
		/* cells */
		{ "", OBS_CELL, GSM, 1 },
		{ "", OBS_CELL, GSM ",\"asu\":8", .923845 },
		{ "", OBS_CELL, GSM ",\"asu\":-79", 2.008551 },
		{ "", OBS_CELL, GSM ",\"asu\":-79,\"signalStrength\":10",
		    2.008551 },
		{ "", OBS_CELL, GSM ",\"asu\":99,\"signalStrength\":-40", 1 },
		{ "", OBS_CELL, LTE ",\"cellId\":5,\"signalStrength\":-89",
		    2.008551 },
		{ "", OBS_CELL, LTE ",\"cellId\":5,\"signalStrength\":-42",
		    1 },
		{ "", OBS_CELL, LTE, -1 },
		{ "", OBS_CELL, LTE ",\"cellId\":0", -1 },
		{ "", OBS_CELL, LTE ",\"primaryScramblingCode\":5", -1 },
		{ "", OBS_CELL, LTE ",\"cellId\":268435456", -1 },
		{ "", OBS_CELL, LTE ",\"cellId\":268435455", -1 },
		{ "", OBS_CELL, GSM ",\"cellId\":65535", -1 },
		{ "", OBS_CELL, GSM ",\"mobileCountryCode\":553", -1 },
		{ "", OBS_CELL, GSM ",\"mobileCountryCode\":262", 1 },
		{ "", OBS_CELL, GSM ",\"mobileNetworkCode\":1000", -1 },
		{ "", OBS_CELL, GSM ",\"mobileNetworkCode\":\"0\"", 1 },
		{ "", OBS_CELL, GSM ",\"locationAreaCode\":65534", -1 },
		{ "", OBS_CELL, GSM ",\"radioType\":\"cdma\"", -1 },
		{ "", OBS_CELL, GSM ",\"radioType\":\"umts\"", -1 },
		{ "", OBS_CELL, GSM ",\"radioType\":\"GSM\"", -1 },
		{ "", OBS_CELL, GSM ",\"radioType\":null", -1 },
		{ "", OBS_CELL, GSM ",\"radioType\":\"nr\"", 1 },
		{ "", OBS_CELL, GSM ",\"radioType\":\"5g\"", -1 },
		{ "", OBS_CELL, GSM ",\"radioType\":\"nr\",\"cellId\":"
		    "68719476735,\"locationAreaCode\":16777213,"
		    "\"signalStrength\":-156", .192350 },
		{ "", OBS_CELL, GSM ",\"radioType\":\"nr\","
		    "\"locationAreaCode\":16777214", -1 },
		{ "", OBS_CELL, GSM ",\"radioType\":\"nr\","
		    "\"locationAreaCode\":null", -1 },
		{ "", OBS_CELL, "\"serving\":1", -1 },
	};
	static const char *const lists[OBS_KINDS] = { "bluetoothBeacons",
		"wifiAccessPoints", "cellTowers" };
	char line[512];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(line, sizeof(line), "{\"%s\":[{%s}],\"position\":{"
		    "\"latitude\":51.5,\"longitude\":-0.1%s}}",
		    lists[t[i].kind], t[i].entry, t[i].position);
		obs_batch_reset(&b);
	begin();
		add(line);
		ok(b.n == (t[i].weight > 0) &&
		    b.counts.upload[t[i].kind] == (t[i].weight >= 0) &&
		    b.counts.drop[t[i].kind] == (t[i].weight < 0) &&
		    b.counts.report_upload == 1 &&
		    b.counts.report_drop == (t[i].weight < 0) &&
		    b.ngrid == (t[i].weight >= 0), "counts of %s", line);
		if (t[i].weight > 0)
			is_near(b.n == 1 ? b.obs[0].weight : NAN, t[i].weight,
			    5e-7, "weight");
	}
}

/* What Ichnaea took, and we only if STRICT; and the other way round. */
static void
strictness(void)
{
	static const struct {
		const char *line;
		uint64_t strict, loose;		/* observations */
	} t[] = {
		{ "{\"position\":{\"latitude\":-16.8,\"longitude\":180},"
		    "\"wifiAccessPoints\":[{\"macAddress\":\"f0000000000b\"}]}",
		    0, 1 },
		{ "{\"position\":{\"latitude\":-16.8,\"longitude\":-180},"
		    "\"wifiAccessPoints\":[{\"macAddress\":\"f0000000000b\"}]}",
		    0, 1 },
		{ "{" POS ",\"wifiAccessPoints\":[{\"macAddress\":"
		    "\"020000000000\"}]}", 1, 0 },
		{ "{" POS ",\"cellTowers\":[{" LTE ",\"cellId\":268435455}]}",
		    1, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		b.rules = ichnaea_rules(1);
		obs_batch_reset(&b);
	begin();
		add(t[i].line);
		ok(b.n == t[i].strict, "strictly %s", t[i].line);
		b.rules = ichnaea_rules(0);
		obs_batch_reset(&b);
	begin();
		add(t[i].line);
		ok(b.n == t[i].loose, "unless strict %s", t[i].line);
	}
	obs_batch_reset(&b);
	begin();
	add("{" POS ",\"cellTowers\":[{\"radioType\":\"nr\","
	    "\"mobileCountryCode\":262,\"mobileNetworkCode\":1,"
	    "\"locationAreaCode\":4001,\"cellId\":2147483647}]}");
	ok(b.n == 0 && b.counts.report_upload == 0,
	    "an NR cell with the id of Android's unknown is anonymous");
}

/* Several entries of one network, and the weight of the one kept. */
static void
duplicates(void)
{
	static const struct {
		const char *entries;
		double weight;
	} t[] = {
		/* a stronger signal, the later of equals */
		{ "{M,\"signalStrength\":-70},{M,\"signalStrength\":-60},"
		    "{M,\"signalStrength\":-65,\"age\":-9000},"
		    "{M,\"signalStrength\":-60}", 2.441406 },
		/* any field better keeps the older one */
		{ "{M,\"signalStrength\":-70,\"age\":100},"
		    "{M,\"signalStrength\":-60,\"age\":200}", 1.524158 },
		{ "{M,\"signalStrength\":-70,\"age\":-5000},"
		    "{M,\"signalStrength\":-60,\"age\":100}", .963962 },
		{ "{M,\"signalStrength\":-70,\"signalToNoiseRatio\":20},"
		    "{M,\"signalStrength\":-60,\"signalToNoiseRatio\":10}",
		    1.524158 },
		{ "{M,\"signalStrength\":-70,\"signalToNoiseRatio\":20},"
		    "{M,\"signalStrength\":-60,\"signalToNoiseRatio\":101}",
		    2.441406 },
		/* what is not known does not compare */
		{ "{M,\"signalStrength\":-60},{M,\"age\":8000}", .5 },
		{ "{M,\"age\":8000},{M,\"signalStrength\":-60}", 2.441406 },
	};
	static const struct {
		const char *entries;
		double weight;
		int psc;
	} cells[] = {
		{ "{C,\"primaryScramblingCode\":1},{C,"
		    "\"primaryScramblingCode\":2}", 1, 2 },
		{ "{C,\"primaryScramblingCode\":1,\"timingAdvance\":1},{C,"
		    "\"primaryScramblingCode\":2,\"timingAdvance\":2}", 1, 1 },
		{ "{C,\"primaryScramblingCode\":1,\"timingAdvance\":1,"
		    "\"signalStrength\":-95},{C,\"primaryScramblingCode\":2,"
		    "\"timingAdvance\":2,\"signalStrength\":-79}", 1, 1 },
		{ "{C,\"primaryScramblingCode\":1,\"asu\":5,\"signalStrength\""
		    ":-95},{C,\"primaryScramblingCode\":2,\"asu\":4,"
		    "\"signalStrength\":-79}", 1, 1 },
		/* a GSM cell with such an id is a WCDMA cell */
		{ "{C,\"cellId\":70000,\"primaryScramblingCode\":1},{C,"
		    "\"cellId\":70000,\"radioType\":\"wcdma\"}", 1, -1 },
	};
	struct base_buf line;
	const char *p;
	size_t i;

	base_buf_init(&line);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		base_buf_reset(&line);
		base_buf_str(&line, "{" POS ",\"wifiAccessPoints\":[");
		for (p = t[i].entries; *p != '\0'; p++)
			if (*p == 'M')
				base_buf_str(&line,
				    "\"macAddress\":\"a82066123456\"");
			else
				base_buf_chr(&line, *p);
		base_buf_str(&line, "]}");
		obs_batch_reset(&b);
	begin();
		add(line.data);
		is_near(b.n == 1 ? b.obs[0].weight : NAN, t[i].weight, 5e-7,
		    t[i].entries);
	}
	for (i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		base_buf_reset(&line);
		base_buf_str(&line, "{" POS ",\"cellTowers\":[");
		for (p = cells[i].entries; *p != '\0'; p++)
			if (*p == 'C' && p[1] == ',')
				base_buf_str(&line, GSM);
			else
				base_buf_chr(&line, *p);
		base_buf_str(&line, "]}");
		obs_batch_reset(&b);
	begin();
		add(line.data);
		ok(b.n == 1 && b.obs[0].psc == cells[i].psc &&
		    fabs(b.obs[0].weight - cells[i].weight) < 5e-7, "%s",
		    cells[i].entries);
	}
	base_buf_done(&line);
}

/* The report of the specification with one network of each kind. */
static void
example(void)
{
	static const char line[] = "{\"timestamp\":1686830400000,\"position\":"
	    "{\"latitude\":51.5,\"longitude\":-0.1,\"accuracy\":12.5,\"age\":"
	    "1500,\"speed\":2.0,\"source\":\"gnss\"},\"wifiAccessPoints\":[{"
	    "\"macAddress\":\"A8:20:66:12:34:56\",\"signalStrength\":-70,"
	    "\"channel\":6,\"age\":200}],\"cellTowers\":[{\"radioType\":"
	    "\"gsm\",\"mobileCountryCode\":234,\"mobileNetworkCode\":30,"
	    "\"locationAreaCode\":1,\"cellId\":70000,\"asu\":15,"
	    "\"timingAdvance\":3}],\"bluetoothBeacons\":[{\"macAddress\":"
	    "\"a8-20-66-ff-00-01\"}]}";
	static const uint8_t cell[] = { 2, 0, 234, 0, 30, 0, 1, 0, 1, 17,
	    112 };
	double acc = sqrt(10 / 12.5);

	obs_batch_reset(&b);
	begin();
	ok(add(line) == OBS_BATCH_OK && b.n == 3 &&
	    counts_are(1, 0, 1, 1, 1, 0, 0, 0), "three observations");
	obs_batch_sort(&b);
	ok(b.obs[0].kind == OBS_BLUE && memcmp(b.obs[0].key,
	    "\xa8\x20\x66\xff\x00\x01", 6) == 0, "blue");
	is_near(b.obs[0].weight, acc, 1e-12, "its weight");
	ok(b.obs[1].kind == OBS_WIFI && memcmp(b.obs[1].key,
	    "\xa8\x20\x66\x12\x34\x56", 6) == 0, "wifi");
	is_near(b.obs[1].weight, acc * 1e8 / pow(-90, 4), 1e-12, "its weight");
	ok(b.obs[2].kind == OBS_CELL && memcmp(b.obs[2].key, cell,
	    sizeof(cell)) == 0 && b.obs[2].psc == -1, "a WCDMA cell");
	is_near(b.obs[2].weight, acc * 1e8 / pow(-101, 4), 1e-12,
	    "its weight");
	ok(b.obs[1].lat == 51.5 && b.obs[1].lon == -0.1 &&
	    !b.obs[1].is_query, "the position");
	ok(b.ngrid == 1 && b.grid[0].lat == 51500 && b.grid[0].lon == -100,
	    "the data map");
	obs_batch_reset(&b);
	begin();
	ok(b.n == 0 && b.ngrid == 0 && counts_are(0, 0, 0, 0, 0, 0, 0, 0),
	    "reset");
	add("{\"cellTowers\":[{" GSM "}],\"position\":{\"latitude\":\"51.5\","
	    "\"longitude\":-0.1,\"source\":\"query\"}}");
	ok(b.n == 1 && b.obs[0].is_query, "from a query");
	add("{\"cellTowers\":[{" GSM "}],\"position\":{\"latitude\":51.5015,"
	    "\"longitude\":-0.0995,\"source\":9}}");
	ok(b.n == 2 && b.obs[1].is_query && b.obs[1].seq == 1,
	    "from a query, by number");
	ok(b.ngrid == 2 && b.grid[1].lat == 51502 && b.grid[1].lon == -100,
	    "half to even");
}

static void
sorting(void)
{
	static const char *const macs[] = { "0000100000ff", "a82066123456",
		"a82006000000", "a82066123456" };
	static const char *const want[] = { "\xa8\x20\x06\x00\x00\x00",
		"\x00\x00\x10\x00\x00\xff", "\xa8\x20\x66\x12\x34\x56",
		"\xa8\x20\x66\x12\x34\x56" };
	char line[256];
	size_t i;

	obs_batch_reset(&b);
	begin();
	add("{" POS ",\"cellTowers\":[{" LTE ",\"cellId\":5},{" GSM "},{" LTE
	    ",\"cellId\":4}]}");
	for (i = 0; i < 4; i++) {
		snprintf(line, sizeof(line), "{" POS ",\"%s\":[{"
		    "\"macAddress\":\"%s\"}]}", "wifiAccessPoints", macs[i]);
		add(line);
	}
	add("{" POS ",\"bluetoothBeacons\":[{\"macAddress\":\"ff0000000000\"}"
	    "]}");
	obs_batch_sort(&b);
	ok(b.n == 8 && b.obs[0].kind == OBS_BLUE, "blue first");
	for (i = 0; i < 4; i++)
		ok(b.obs[i + 1].kind == OBS_WIFI && memcmp(b.obs[i + 1].key,
		    want[i], 6) == 0, "wifi by shard and address");
	ok(b.obs[3].seq < b.obs[4].seq, "then by arrival");
	ok(b.obs[5].key[0] == RADIO_CELL_GSM && b.obs[6].key[10] == 4 &&
	    b.obs[7].key[10] == 5, "cells by radio and number");
	is_str(obs_batch_kind_name(OBS_BLUE), "blue", "name");
}

/* NR beside LTE, as a phone tells of it, is neither kept nor counted. */
static void
anonymous(void)
{
	static const char *const nr[] = { "", ",\"cellId\":0",
	    ",\"cellId\":null,\"locationAreaCode\":5",
	    ",\"cellId\":9223372036854775807", ",\"cellId\":68719476736",
	    ",\"mobileCountryCode\":1,\"primaryScramblingCode\":1007" };
	char line[512];
	size_t i;

	for (i = 0; i < sizeof(nr) / sizeof(nr[0]); i++) {
		snprintf(line, sizeof(line), "{" POS ",\"cellTowers\":[{" LTE
		    ",\"cellId\":5},{\"radioType\":\"nr\"%s}]}", nr[i]);
		obs_batch_reset(&b);
	begin();
		ok(add(line) == OBS_BATCH_OK && b.n == 1 &&
		    counts_are(1, 0, 0, 0, 1, 0, 0, 0), "beside LTE: %s", line);
		snprintf(line, sizeof(line), "{" POS ",\"cellTowers\":["
		    "{\"radioType\":\"nr\"%s}]}", nr[i]);
		obs_batch_reset(&b);
	begin();
		ok(add(line) == OBS_BATCH_OK && b.n == 0 && b.ngrid == 0 &&
		    counts_are(0, 0, 0, 0, 0, 0, 0, 0), "alone: %s", line);
		obs_batch_reset(&b);
	begin();
		b.rules = ichnaea_rules(1);
		ok(add(line) == OBS_BATCH_OK && b.n == 0 &&
		    counts_are(1, 1, 0, 0, 0, 0, 0, 1), "strictly: %s", line);
		b.rules = ichnaea_rules(0);
	}
}

/* A timing advance that Ichnaea took for none did not compare. */
static void
far(void)
{
	static const char line[] = "{" POS ",\"cellTowers\":[{" LTE
	    ",\"cellId\":5,\"timingAdvance\":1000,"
	    "\"primaryScramblingCode\":1},{" LTE ",\"cellId\":5,"
	    "\"timingAdvance\":1282,\"primaryScramblingCode\":2},{" GSM
	    ",\"radioType\":\"nr\",\"primaryScramblingCode\":1007}]}";

	obs_batch_reset(&b);
	begin();
	add(line);
	obs_batch_sort(&b);
	ok(b.n == 2 && b.obs[0].psc == 1, "the nearer of two");
	ok(b.obs[1].key[0] == RADIO_CELL_NR && b.obs[1].psc == 1007, "NR");
	obs_batch_reset(&b);
	begin();
	b.rules = ichnaea_rules(1);
	add(line);
	ok(b.n == 1 && b.obs[0].psc == 2 && b.counts.drop[OBS_CELL] == 1,
	    "the later one, strictly");
	b.rules = ichnaea_rules(0);
}

/* Of a network: by API key and source as these first came, then arrival. */
static void
groups(void)
{
#define FROM(lat, source)	"{\"position\":{\"latitude\":" #lat "," \
	"\"longitude\":-0.1" source "},\"cellTowers\":[{" GSM "}]}\n"
	static const struct {
		const char *key, *lines;
	} in[] = {
		{ "one", FROM(51.1, "") FROM(51.2, ",\"source\":\"query\"")
		    FROM(51.3, ",\"source\":\"gnss\"") },
		{ "", FROM(51.4, "") },
		{ "one", FROM(51.5, ",\"source\":\"fused\"")
		    FROM(51.6, ",\"source\":9") FROM(51.7, ",\"source\":\"x\"") },
	};
	static const double want[] = { 51.1, 51.3, 51.7, 51.2, 51.6, 51.4,
		51.5 };
	size_t i;

	b.rules = ichnaea_rules(1);
	obs_batch_reset(&b);
	begin();
	for (i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		ok(obs_batch_add(&b, in[i].key, strlen(in[i].key),
		    in[i].lines, strlen(in[i].lines)) == OBS_BATCH_OK,
		    "submission %zu", i);
	obs_batch_sort(&b);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		ok(i < b.n && b.obs[i].lat == want[i], "at %g", want[i]);
	ok(obs_batch_add(&b, "x", 1, in[0].lines, strlen(in[0].lines) - 2) ==
	    OBS_BATCH_BAD && b.n == 7 && b.counts.upload[OBS_CELL] == 7,
	    "a bad line takes its submission with it");
	b.rules = ichnaea_rules(0);
}

/* The opt-outs of B as text: kind, address and how many said so. */
/* The numbers of who says what of a network, in their order. */
static const char *
groups_of(void)
{
	static char text[64];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < b.n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "%u%s ", (unsigned)b.obs[i].group,
		    b.obs[i].is_query ? "?" : "");
	return text;
}

/* Of a network: by who says it, on which day, and whether it was asked. */
static void
witnesses(void)
{
	static const char line[] = FROM(51.1, ""), asked[] =
	    FROM(51.1, ",\"source\":\"query\"");
	struct obs_witness alice = { OBS_WITNESS_PUBLIC, 7, 1 };
	struct obs_witness again = { OBS_WITNESS_PUBLIC, 7, 2 };
	struct obs_witness key = { OBS_WITNESS_KEYED, 7, 1 };
	struct obs_witness other = { OBS_WITNESS_PUBLIC, 7 + 1024, 1 };
	struct obs_witness question = { OBS_WITNESS_ASKED, 7, 3 };
	uint32_t mark, mark2;

	obs_batch_reset(&b);
	obs_batch_begin(&b, &alice, 20000);
	add(line);
	obs_batch_begin(&b, &key, 20000);
	add(line);
	obs_batch_begin(&b, &other, 20000);
	add(line);
	obs_batch_begin(&b, &again, 20000);
	add(line);
	add(asked);
	obs_batch_begin(&b, &alice, 20001);
	add(line);
	obs_batch_begin(&b, &question, 20001);
	add(asked);
	question.source = 4;
	obs_batch_begin(&b, &question, 20001);
	add(asked);
	obs_batch_sort(&b);
	is_str(groups_of(), "0 0 1 2 3? 4 6? 8? ", "witnesses");
	ok(b.witness[0].day == 20000 && b.witness[0].who.source == 0 &&
	    b.witness[1].who.class == OBS_WITNESS_KEYED &&
	    b.witness[3].is_query && b.witness[4].day == 20001 &&
	    b.witness[8].who.source == 4, "who they are");
	ok(b.nday == 2 && !obs_batch_mark(&b, &b.obs[0], &mark),
	    "a day without salt has no marks");
	b.day[0].has_salt = 1;
	ok(obs_batch_mark(&b, &b.obs[0], &mark) &&
	    obs_batch_mark(&b, &b.obs[1], &mark2) && mark != mark2,
	    "clients of a network have different marks");
	ok(!obs_batch_mark(&b, &b.obs[5], &mark), "on that day alone");
	obs_batch_reset(&b);
	obs_batch_begin(&b, &alice, 70000);
	add(line);
	ok(b.nwitness == 1 && b.witness[0].day == 65535,
	    "days stay within what a row holds");
	obs_batch_reset(&b);
	b.last_day = 20002;
	obs_batch_begin(&b, &alice, 70000);
	add(line);
	obs_batch_begin(&b, &alice, 20001);
	add(line);
	ok(b.nwitness == 2 && b.witness[0].day == 20002 &&
	    b.witness[1].day == 20001 && b.nday == 2,
	    "and before the one that is the last");
	b.last_day = 0;
}

/* The API key with which the Ith observation came. */
static const char *
key_of_obs(size_t i)
{
	return b.key[obs_batch_key_of(&b, b.obs[i].from)].byte;
}

/* Which API key submissions came with, as far as that is told apart. */
static void
keys(void)
{
	static const struct obs_witness who = { OBS_WITNESS_PUBLIC, 7, 1 };
	static const char line[] = FROM(51.1, "");
	static const char *const key[] = { "", "alice", "boris", "alice",
	    "0123456789012345678901234567890123456789",
	    "01234567890123456789012345678901234567890" };
	char text[8];
	size_t i;

	obs_batch_reset(&b);
	for (i = 0; i < sizeof(key) / sizeof(key[0]); i++) {
		obs_batch_begin(&b, &who, 20000);
		obs_batch_add(&b, key[i], strlen(key[i]), line,
		    strlen(line));
		obs_batch_add(&b, key[i], strlen(key[i]), line,
		    strlen(line));
	}
	ok(b.nkey == 4 && b.n == 12, "none, and three keys");
	for (i = 0; i < 10; i++)
		is_str(key_of_obs(i), key[i / 2], "that of a submission");
	is_str(key_of_obs(10), "", "what is too long is none");
	for (i = 0; i < OBS_BATCH_KEYS; i++) {
		snprintf(text, sizeof(text), "k%zu", i);
		obs_batch_begin(&b, &who, 20000);
		obs_batch_add(&b, text, strlen(text), line, strlen(line));
	}
	ok(b.nkey == OBS_BATCH_KEYS, "a batch has so many at most");
	is_str(key_of_obs(12), "k0", "the first of them");
	is_str(key_of_obs(b.n - 1), "", "more are none");
	obs_batch_reset(&b);
	obs_batch_begin(&b, &who, 20000);
	add(line);
	ok(b.nkey == 1 && *key_of_obs(0) == '\0', "the next begins anew");
}

static const char *
optouts(struct base_buf *to)
{
	const struct obs_optout *o;
	size_t i;

	base_buf_reset(to);
	base_buf_str(to, "");
	for (i = 0; i < b.optouts.n; i++) {
		o = &b.optouts.at[i];
		base_buf_fmt(to, "%s ", obs_batch_kind_name((enum obs_kind)o->kind));
		base_buf_hex(to, o->mac, RADIO_MAC_LEN);
		base_buf_fmt(to, " %u\n", o->n);
	}
	return to->data;
}

/* Networks to be forgotten: once for a submission, in the order of locks. */
static void
forgotten(void)
{
	static const char first[] =
	    "{\"optOut\":{\"wifi\":[\"a82070000001\",\"b82060000002\"]}}\n"
	    "{" POS ",\"optOut\":{\"wifi\":[\"A8:20:70:00:00:01\"],"
	    "\"blue\":[\"a82070000001\",\"x\"]},\"wifiAccessPoints\":[{"
	    "\"macAddress\":\"a82070000003\"}]}\n";
	static const char second[] =
	    "{\"optOut\":{\"wifi\":[\"b82060000002\"]}}\n{\"optOut\":5}\n";
	static const char bad[] =
	    "{\"optOut\":{\"wifi\":[\"a82060000009\"]}}\nx\n";
	struct base_buf text;

	base_buf_init(&text);
	obs_batch_reset(&b);
	begin();
	begin();
	ok(add(first) == OBS_BATCH_OK && b.n == 1, "others count");
	is_int((long long)b.counts.report_upload, 1, "no report of itself");
	is_int((long long)b.counts.optout, 4, "entries");
	begin();
	ok(add(bad) == OBS_BATCH_BAD && b.counts.optout == 4, "taken back");
	add(second);
	add(second);
	begin();
	obs_batch_sort(&b);
	is_str(optouts(&text), "blue a82070000001 1\nwifi b82060000002 2\n"
	    "wifi a82070000001 1\n", "by submission");
	begin();
	add(second);
	obs_batch_sort(&b);
	is_str(optouts(&text), "blue a82070000001 1\nwifi b82060000002 3\n"
	    "wifi a82070000001 1\n", "one more, sorted again");
	obs_batch_reset(&b);
	begin();
	b.rules = ichnaea_rules(1);
	add(first);
	ok(b.optouts.n == 0 && b.counts.optout == 0 && b.n == 1, "strict");
	b.rules = ichnaea_rules(0);
	base_buf_done(&text);
}

/* The time it takes must not grow with the square of this. */
static void
large(void)
{
	struct base_buf line;
	int i;

	base_buf_init(&line);
	base_buf_str(&line, "{" POS ",\"wifiAccessPoints\":[");
	for (i = 0; i < 200000; i++)
		base_buf_fmt(&line, "%s{\"macAddress\":\"a820%08x\"}",
		    i == 0 ? "" : ",", i % 100000);
	base_buf_str(&line, "]}");
	obs_batch_reset(&b);
	begin();
	ok(obs_batch_add(&b, "", 0, line.data, line.len) == OBS_BATCH_OK &&
	    b.n == 100000, "a very large report");
	base_buf_done(&line);
}

int
main(void)
{
	obs_batch_init(&b);
	begin();
	empty();
	entries();
	strictness();
	duplicates();
	example();
	sorting();
	anonymous();
	far();
	groups();
	witnesses();
	keys();
	forgotten();
	large();
	obs_batch_done(&b);
	return tap_done();
}
