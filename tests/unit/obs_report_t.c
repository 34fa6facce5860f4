/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "base/buf.h"
#include "ichnaea/rules.h"
#include "json/doc.h"
#include "obs/iso.h"
#include "obs/proof.h"
#include "obs/report.h"

#include "tap.h"

#define NOW		1700000000000
#define V2		OBS_REPORT_GEOSUBMIT2
#define V1		OBS_REPORT_GEOSUBMIT1
#define V0		OBS_REPORT_SUBMIT1
#define T		"\"timestamp\": 1460000000000, "
#define NO_BLUE		"\"bluetoothBeacons\": [], "
#define NO_WIFI		"\"wifiAccessPoints\": [], "
#define STAMP		"\"timestamp\":1460000000000"

static struct base_arena arena;
static struct base_buf lines, details;

static enum obs_report_verdict
submit(enum obs_report_api api, int strict, const char *body, size_t *n)
{
	struct obs_report r = { .api = api, .rules = ichnaea_rules(strict),
	    .now_ms = NOW, .arena = &arena, .lines = &lines,
	    .details = &details, .orders = 1 };
	struct json_doc d;
	enum obs_report_verdict v;

	base_arena_reset(&arena);
	base_buf_reset(&lines);
	base_buf_reset(&details);
	base_buf_str(&lines, "");
	base_buf_str(&details, "");
	if (json_doc_parse(&d, body, strlen(body), &arena) == -1) {
		ok(0, "bad test: %s: %s", body, d.why);
		exit(1);
	}
	v = obs_report_body(&r, &d);
	*n = r.n;
	return v;
}

/*
 * WANT is what is written strictly; unless STRICT the lines are without
 * members of which nothing came.
 */
static int
lines_are(const char *want, int strict)
{
	static const char *const empty[] = { ", \"bluetoothBeacons\": []",
	    ", \"wifiAccessPoints\": []", ", \"cellTowers\": []",
	    ", \"position\": null", ", \"position\": {}" };
	char *at, *copy = strdup(want);
	size_t i, len;
	int same;

	for (i = 0; !strict && i < sizeof(empty) / sizeof(empty[0]); i++)
		while ((at = strstr(copy, empty[i])) != NULL) {
			len = strlen(empty[i]);
			memmove(at, at + len, strlen(at + len) + 1);
		}
	same = strcmp(lines.data, copy) == 0;
	if (!same)
		printf("# got  %s# want %s", lines.data, copy);
	free(copy);
	return same;
}

/* Bodies that mean the same in both modes. */
static const struct {
	enum obs_report_api api;
	const char *body, *want;
} good[] = {
	{ V2, "{\"items\":[{" STAMP ",\"position\":{\"latitude\":51.5,"
	    "\"longitude\":-0.1,\"accuracy\":10},\n \"wifiAccessPoints\":[{"
	    "\"macAddress\":\"01:23:45:67:89:ab\",\"signalStrength\":-70},"
	    "{\"signalStrength\":-5}]}]}",
	    "{" T NO_BLUE "\"wifiAccessPoints\": [{\"macAddress\": \"01:23:45:"
	    "67:89:ab\", \"signalStrength\": -70}], \"cellTowers\": [], "
	    "\"position\": {\"latitude\": 51.5, \"longitude\": -0.1, "
	    "\"accuracy\": 10.0}}\n" },
	{ V2, "{\"items\":[{" STAMP ",\"cellTowers\":[{}]}]}",
	    "{" T NO_BLUE NO_WIFI "\"cellTowers\": [{}], \"position\": "
	    "null}\n" },
	{ V2, "{\"items\":[{" STAMP ",\"cellTowers\":[{}],\"position\":{}}]}",
	    "{" T NO_BLUE NO_WIFI "\"cellTowers\": [{}], \"position\": "
	    "{}}\n" },
	{ V2, "{\"items\":[]}", "" },
	{ V2, "{\"items\":[{}]}", "" },
	{ V2, "{\"items\":[{\"foo\":1}]}", "" },
	{ V2, "{\"items\":[{\"wifiAccessPoints\":[{\"macAddress\":\"\"}]}]}",
	    "" },
	{ V2, "{\"items\":[{" STAMP ",\"radioType\":\"LTE\",\"cellTowers\":["
	    "{\"radioType\":\"6g\"},{\"cellId\":5,\"radioType\":\"gsm\"},"
	    "{\"cellId\":5,\"radioType\":null}]}]}",
	    "{" T NO_BLUE NO_WIFI "\"cellTowers\": [{\"radioType\": \"lte\"}, "
	    "{\"radioType\": \"gsm\", \"cellId\": 5}, {\"cellId\": 5, "
	    "\"radioType\": \"lte\"}], \"position\": null}\n" },
	{ V2, "{\"items\":[{" STAMP ",\"radioType\":\"UMTS\",\"cellTowers\":"
	    "[{}]}]}",
	    "{" T NO_BLUE NO_WIFI "\"cellTowers\": [{\"radioType\": "
	    "\"wcdma\"}], \"position\": null}\n" },
	/* every member there is, in no order */
	{ V2, "{\"items\":[{\"cellTowers\":[{\"timingAdvance\":10,"
	    "\"signalStrength\":9,\"serving\":8,\"primaryScramblingCode\":7,"
	    "\"psc\":99,\"asu\":6,\"age\":5,\"cellId\":4,"
	    "\"locationAreaCode\":3,\"mobileNetworkCode\":\"02\","
	    "\"mobileCountryCode\":1,\"radioType\":\"cdma\"}],"
	    "\"wifiAccessPoints\":[{\"ssid\":\"\\u00e9\\\"\","
	    "\"signalToNoiseRatio\":7,\"signalStrength\":6,\"radioType\":"
	    "\"802.11n\",\"frequency\":5,\"channel\":4,\"age\":3,"
	    "\"macAddress\":\"AA-bb\"}],\"bluetoothBeacons\":[{"
	    "\"signalStrength\":4,\"name\":\"n\",\"age\":2,\"macAddress\":"
	    "\"m\"}],\"position\":{\"source\":\"FUSED\",\"speed\":9,"
	    "\"pressure\":8,\"heading\":7,\"altitudeAccuracy\":6,"
	    "\"altitude\":5,\"age\":4.9,\"accuracy\":3,\"longitude\":2,"
	    "\"latitude\":1.23456789},\"timestamp\":1460000000000,"
	    "\"homeMobileNetworkCode\":2,\"homeMobileCountryCode\":1,"
	    "\"carrier\":\"c\"}]}",
	    "{\"carrier\": \"c\", \"homeMobileCountryCode\": 1, "
	    "\"homeMobileNetworkCode\": 2, " T "\"bluetoothBeacons\": [{"
	    "\"macAddress\": \"m\", \"age\": 2, \"name\": \"n\", "
	    "\"signalStrength\": 4}], \"wifiAccessPoints\": [{\"macAddress\": "
	    "\"AA-bb\", \"age\": 3, \"channel\": 4, \"frequency\": 5, "
	    "\"radioType\": \"802.11n\", \"signalStrength\": 6, "
	    "\"signalToNoiseRatio\": 7, \"ssid\": \"\\u00e9\\\"\"}], "
	    "\"cellTowers\": [{\"radioType\": \"cdma\", \"mobileCountryCode\":"
	    " 1, \"mobileNetworkCode\": 2, \"locationAreaCode\": 3, "
	    "\"cellId\": 4, \"age\": 5, \"asu\": 6, "
	    "\"primaryScramblingCode\": 7, \"serving\": 8, "
	    "\"signalStrength\": 9, \"timingAdvance\": 10}], \"position\": {"
	    "\"latitude\": 1.2345679, \"longitude\": 2.0, \"accuracy\": 3.0, "
	    "\"age\": 4, \"altitude\": 5.0, \"altitudeAccuracy\": 6.0, "
	    "\"heading\": 7.0, \"pressure\": 8.0, \"speed\": 9.0, "
	    "\"source\": \"fused\"}}\n" },
	{ V1, "{\"items\":[{\"latitude\":51.5,\"longitude\":-0.1,\"timestamp\""
	    ":1460000000000,\"source\":\"query\",\"cellTowers\":[{"
	    "\"radioType\":\"gsm\",\"mobileCountryCode\":234,"
	    "\"mobileNetworkCode\":30,\"locationAreaCode\":1,\"cellId\":2,"
	    "\"psc\":3,\"primaryScramblingCode\":4}]}]}",
	    "{" T NO_BLUE NO_WIFI "\"cellTowers\": [{\"radioType\": \"gsm\", "
	    "\"mobileCountryCode\": 234, \"mobileNetworkCode\": 30, "
	    "\"locationAreaCode\": 1, \"cellId\": 2, "
	    "\"primaryScramblingCode\": 3}], \"position\": {\"latitude\": "
	    "51.5, \"longitude\": -0.1, \"source\": \"query\"}}\n" },
	{ V1, "{\"items\":[{" STAMP ",\"cellTowers\":[{}],\"position\":{"
	    "\"latitude\":5}}]}",
	    "{" T NO_BLUE NO_WIFI "\"cellTowers\": [{}]}\n" },
	{ V1, "{\"items\":[{" STAMP ",\"cellTowers\":[{}],\"age\":4,\"speed\":"
	    "6,\"heading\":5,\"altitude\":2,\"altitudeAccuracy\":3}]}",
	    "{" T NO_BLUE NO_WIFI "\"cellTowers\": [{}], \"position\": {"
	    "\"altitude\": 2.0, \"altitudeAccuracy\": 3.0, \"age\": 4, "
	    "\"heading\": 5.0, \"speed\": 6.0}}\n" },
	{ V0, "{\"items\":[{\"lat\":51.5,\"lon\":-0.1,\"time\":\"2016-04-07T"
	    "03:33:20Z\",\"accuracy\":10,\"cell\":[{\"radio\":\"gsm\",\"mcc\":"
	    "234,\"mnc\":30,\"lac\":1,\"cid\":2}]}]}",
	    "{" T NO_BLUE "\"cellTowers\": [{\"radioType\": \"gsm\", "
	    "\"mobileCountryCode\": 234, \"mobileNetworkCode\": 30, "
	    "\"locationAreaCode\": 1, \"cellId\": 2}], "
	    "\"wifiAccessPoints\": [], \"position\": {\"latitude\": 51.5, "
	    "\"longitude\": -0.1, \"accuracy\": 10.0}}\n" },
	{ V0, "{\"items\":[{\"time\":\"2016-04-07T03:33:20\",\"timestamp\":5,"
	    "\"latitude\":1,\"radioType\":\"gsm\",\"radio\":\"lte\",\"cell\":"
	    "[{\"psc\":1,\"ta\":2,\"signal\":-9,\"serving\":1,\"asu\":3}],"
	    "\"wifi\":[{\"key\":\"a\",\"radio\":\"n\",\"signal\":-5,"
	    "\"signalToNoiseRatio\":4}],\"blue\":[{\"key\":\"b\",\"name\":"
	    "\"x\",\"signal\":-1,\"macAddress\":\"c\"}],"
	    "\"altitude_accuracy\":4}]}",
	    "{" T "\"bluetoothBeacons\": [{\"macAddress\": \"b\", \"name\": "
	    "\"x\", \"signalStrength\": -1}], \"cellTowers\": [{\"asu\": 3, "
	    "\"primaryScramblingCode\": 1, \"serving\": 1, "
	    "\"signalStrength\": -9, \"timingAdvance\": 2, \"radioType\": "
	    "\"lte\"}], \"wifiAccessPoints\": [{\"macAddress\": \"a\", "
	    "\"radioType\": \"n\", \"signalStrength\": -5, "
	    "\"signalToNoiseRatio\": 4}], \"position\": {"
	    "\"altitudeAccuracy\": 4.0}}\n" },
	/* several, the last of repeated members */
	{ V2, "{\"items\":[],\"items\":[{" STAMP ",\"cellTowers\":[{}],"
	    "\"cellTowers\":[{},{}]},{},{" STAMP ",\"cellTowers\":[{}]}]}",
	    "{" T NO_BLUE NO_WIFI "\"cellTowers\": [{}, {}], \"position\": "
	    "null}\n{" T NO_BLUE NO_WIFI "\"cellTowers\": [{}], "
	    "\"position\": null}\n" },
};

/* Bodies that strict mode refuses, and what is kept of them else. */
static const struct {
	enum obs_report_api api;
	const char *body, *details;
	const char *lenient;		/* NULL: refused as well */
} bad[] = {
	{ V2, "[1]", "{\"\":\"\\\"[1]\\\" is not a mapping type: Does not "
	    "implement dict-like functionality.\"}", NULL },
	{ V2, "{}", "{\"items\":\"Required\"}", NULL },
	{ V2, "{\"items\":null}",
	    "{\"items\":\"\\\"None\\\" is not iterable\"}", NULL },
	{ V0, "{\"items\":\"x\"}",
	    "{\"items\":\"\\\"x\\\" is not iterable\"}", NULL },
	{ V2, "{\"items\":[null,{" STAMP ",\"cellTowers\":[{}]}]}",
	    "{\"items.0\":\"\\\"None\\\" is not a mapping type: Does not "
	    "implement dict-like functionality.\"}",
	    "{" T NO_BLUE NO_WIFI "\"cellTowers\": [{}], \"position\": "
	    "null}\n" },
	{ V2, "{\"items\":[{" STAMP ",\"position\":null,\"cellTowers\":[{}]}"
	    "]}", "{\"items.0.position\":\"\\\"None\\\" is not a mapping type:"
	    " Does not implement dict-like functionality.\"}",
	    "{" T NO_BLUE NO_WIFI "\"cellTowers\": [{}], \"position\": "
	    "null}\n" },
	{ V2, "{\"items\":[{\"wifiAccessPoints\":[{\"macAddress\":10}]}]}",
	    "{\"items.0.wifiAccessPoints.0.macAddress\":\"10 is not a string: "
	    "{'macAddress': ''}\"}", "" },
	{ V2, "{\"items\":[{\"timestamp\":\"abc\",\"cellTowers\":[{}]}]}",
	    "{\"items.0.timestamp\":\"\\\"abc\\\" is not a number\"}",
	    "{\"timestamp\": 1700000000000, " NO_BLUE NO_WIFI
	    "\"cellTowers\": [{}], \"position\": null}\n" },
	{ V0, "{\"items\":[{\"time\":1460000000000,\"cell\":[{}]}]}",
	    "{\"items.0.time\":\"1460000000000 is not a string: {'time': ''}"
	    "\"}", "{\"timestamp\": 1700000000000, " NO_BLUE
	    "\"cellTowers\": [{}], \"wifiAccessPoints\": []}\n" },
	/* neighbours survive, faults come in the order of the tables */
	{ V2, "{\"items\":[{" STAMP ",\"position\":{\"speed\":\"x\","
	    "\"latitude\":[1],\"longitude\":2},\"cellTowers\":[1,{\"cellId\":"
	    "\"1.5\",\"radioType\":5,\"age\":6}],\"wifiAccessPoints\":7,"
	    "\"bluetoothBeacons\":[{\"macAddress\":\"m\",\"age\":NaN}],"
	    "\"carrier\":1}]}",
	    "{\"items.0.carrier\":\"1 is not a string: {'carrier': ''}\","
	    "\"items.0.bluetoothBeacons.0.age\":\"\\\"nan\\\" is not a "
	    "number\",\"items.0.wifiAccessPoints\":\"\\\"7\\\" is not "
	    "iterable\",\"items.0.cellTowers.0\":\"\\\"1\\\" is not a mapping "
	    "type: Does not implement dict-like functionality.\","
	    "\"items.0.cellTowers.1.radioType\":\"5 is not a string: "
	    "{'radioType': ''}\",\"items.0.cellTowers.1.cellId\":\"\\\"1.5\\\""
	    " is not a number\",\"items.0.position.latitude\":\"\\\"[1]\\\" is"
	    " not a number\",\"items.0.position.speed\":\"\\\"x\\\" is not a "
	    "number\"}",
	    "{" T "\"bluetoothBeacons\": [{\"macAddress\": \"m\"}], " NO_WIFI
	    "\"cellTowers\": [{\"age\": 6}], \"position\": {\"longitude\": "
	    "2.0}}\n" },
	{ V1, "{\"items\":[{" STAMP ",\"latitude\":true,\"longitude\":\"e\","
	    "\"cellTowers\":[{\"psc\":\"p\"}]}]}",
	    "{\"items.0.cellTowers.0.psc\":\"\\\"p\\\" is not a number\","
	    "\"items.0.longitude\":\"\\\"e\\\" is not a number\"}",
	    "{" T NO_BLUE NO_WIFI "\"cellTowers\": [{}], \"position\": "
	    "{\"latitude\": 1.0}}\n" },
};

#define LTE_TAC	"\"mobileCountryCode\":234,\"locationAreaCode\":5"
#define CELLS(cells) "{" T NO_BLUE NO_WIFI "\"cellTowers\": [" cells \
	"], \"position\": null}\n"
#define TAC	"\"mobileCountryCode\": 234, \"locationAreaCode\": 5"

/* What Ichnaea did not know yet, and what it made of it. */
static const struct {
	enum obs_report_api api;
	const char *body, *want, *strict;
} newer[] = {
	{ V2, "{\"items\":[{" STAMP ",\"radioType\":\"LTE\",\"cellTowers\":["
	    "{\"radioType\":\"nr\"},{\"radioType\":\"gsm\"},{\"radioType\":"
	    "null}]}]}",
	    CELLS("{\"radioType\": \"nr\"}, {\"radioType\": \"gsm\"}, "
	    "{\"radioType\": \"lte\"}"),
	    CELLS("{\"radioType\": \"lte\"}, {\"radioType\": \"gsm\"}, "
	    "{\"radioType\": \"lte\"}") },
	{ V2, "{\"items\":[{" STAMP ",\"cellTowers\":[{\"radioType\":\"5G\","
	    LTE_TAC ",\"newRadioCellId\":\"68719476735\",\"pci\":1007},"
	    "{\"radioType\":\"nr\",\"newRadioCellId\":7,\"cellId\":8,"
	    "\"pci\":1,\"primaryScramblingCode\":2},{\"radioType\":\"nr\","
	    "\"newRadioCellId\":7,\"cellId\":2147483647},{\"radioType\":"
	    "\"nr\",\"newRadioCellId\":7,\"cellId\":0}]}]}",
	    CELLS("{\"radioType\": \"nr\", " TAC ", \"cellId\": 68719476735,"
	    " \"primaryScramblingCode\": 1007}, {\"radioType\": \"nr\", "
	    "\"cellId\": 8, \"primaryScramblingCode\": 2}, {\"radioType\": "
	    "\"nr\", \"cellId\": 7}, {\"radioType\": \"nr\", "
	    "\"cellId\": 7}"),
	    CELLS("{" TAC "}, {\"cellId\": 8, \"primaryScramblingCode\": 2}"
	    ", {\"cellId\": 2147483647}, {\"cellId\": 0}") },
	/* its identity tells NR, also against the radio of the report */
	{ V2, "{\"items\":[{" STAMP ",\"radioType\":\"lte\",\"cellTowers\":["
	    "{" LTE_TAC ",\"newRadioCellId\":7},{" LTE_TAC "},"
	    "{\"newRadioCellId\":\"x\"},{\"radioType\":\"gsm\","
	    "\"newRadioCellId\":7}]}]}",
	    CELLS("{" TAC ", \"cellId\": 7, \"radioType\": \"nr\"}, {" TAC
	    ", \"radioType\": \"lte\"}, {\"radioType\": \"lte\"}, "
	    "{\"radioType\": \"gsm\"}"),
	    CELLS("{" TAC ", \"radioType\": \"lte\"}, {" TAC ", "
	    "\"radioType\": \"lte\"}, {\"radioType\": \"lte\"}, "
	    "{\"radioType\": \"gsm\"}") },
	{ V1, "{\"items\":[{" STAMP ",\"radioType\":\"nr\",\"cellTowers\":["
	    "{\"newRadioCellId\":7,\"pci\":8},{\"radioType\":\"nbiot\"}]}]}",
	    "{" T NO_BLUE NO_WIFI "\"cellTowers\": [{\"cellId\": 7, "
	    "\"primaryScramblingCode\": 8, \"radioType\": \"nr\"}, "
	    "{\"radioType\": \"lte\"}]}\n",
	    "{" T NO_BLUE NO_WIFI "\"cellTowers\": [{}, {}]}\n" },
	{ V0, "{\"items\":[{\"time\":\"2016-04-07T03:33:20Z\",\"cell\":[{"
	    "\"radio\":\"NR\",\"newRadioCellId\":7,\"pci\":8},{\"radio\":"
	    "\"nr\",\"cid\":9,\"psc\":10,\"pci\":8}]}]}",
	    "{" T NO_BLUE "\"cellTowers\": [{\"radioType\": \"nr\", "
	    "\"cellId\": 7, \"primaryScramblingCode\": 8}, {\"radioType\": "
	    "\"nr\", \"cellId\": 9, \"primaryScramblingCode\": 10}], "
	    "\"wifiAccessPoints\": []}\n",
	    "{" T NO_BLUE "\"cellTowers\": [{}, {\"cellId\": 9, "
	    "\"primaryScramblingCode\": 10}], \"wifiAccessPoints\": []}\n" },
	/* no identity at all is none of our business */
	{ V2, "{\"items\":[{" STAMP ",\"cellTowers\":[{\"radioType\":\"nr\","
	    "\"signalStrength\":-101,\"arfcn\":638016}]}]}",
	    CELLS("{\"radioType\": \"nr\", \"signalStrength\": -101}"),
	    CELLS("{\"signalStrength\": -101}") },
	/* networks that ask to be left out */
	{ V2, "{\"items\":[{" STAMP ",\"wifiAccessPoints\":[{\"macAddress\":"
	    "\"A8:20:67:00:00:01\",\"ssid\":\"x_nomap\",\"channel\":1},{"
	    "\"macAddress\":\"a8-20-67-00-00-02\",\"ssid\":\"nomap\"},{"
	    "\"ssid\":\"y_OPTOUT\",\"macAddress\":\"a82067000003\"}],"
	    "\"bluetoothBeacons\":[{\"macAddress\":\"b82067000001\","
	    "\"name\":\"_Nomap\"}]}]}",
	    "{" T NO_BLUE "\"wifiAccessPoints\": [{\"macAddress\": "
	    "\"a8-20-67-00-00-02\", \"ssid\": \"nomap\"}], "
	    "\"cellTowers\": [], \"optOutName\": {\"wifi\": "
	    "[\"a82067000001\", \"a82067000003\"], \"blue\": "
	    "[\"b82067000001\"]}, \"position\": null}\n",
	    "{" T "\"bluetoothBeacons\": [{\"macAddress\": "
	    "\"b82067000001\", \"name\": \"_Nomap\"}], "
	    "\"wifiAccessPoints\": [{\"macAddress\": \"A8:20:67:00:00:01\", "
	    "\"channel\": 1, \"ssid\": \"x_nomap\"}, {\"macAddress\": "
	    "\"a8-20-67-00-00-02\", \"ssid\": \"nomap\"}, {\"macAddress\": "
	    "\"a82067000003\", \"ssid\": \"y_OPTOUT\"}], "
	    "\"cellTowers\": [], \"position\": null}\n" },
	{ V1, "{\"items\":[{" STAMP ",\"wifiAccessPoints\":[{\"macAddress\":"
	    "\"a82067000001\",\"ssid\":\"x_nomap\"}],\"latitude\":51.5}]}",
	    "{" T NO_BLUE NO_WIFI "\"cellTowers\": [], \"optOutName\": {\"wifi\""
	    ": [\"a82067000001\"]}, \"position\": {\"latitude\": 51.5}}\n",
	    "{" T NO_BLUE "\"wifiAccessPoints\": [{\"macAddress\": "
	    "\"a82067000001\", \"ssid\": \"x_nomap\"}], \"cellTowers\": []"
	    ", \"position\": {\"latitude\": 51.5}}\n" },
	{ V0, "{\"items\":[{\"time\":\"2016-04-07T03:33:20Z\",\"blue\":[{"
	    "\"key\":\"b82067000001\",\"name\":\"x_optout\"}]}]}",
	    "{" T NO_BLUE "\"cellTowers\": [], \"wifiAccessPoints\": [], "
	    "\"optOutName\": {\"blue\": [\"b82067000001\"]}}\n",
	    "{" T "\"bluetoothBeacons\": [{\"macAddress\": "
	    "\"b82067000001\", \"name\": \"x_optout\"}], \"cellTowers\": "
	    "[], \"wifiAccessPoints\": []}\n" },
	/* ... and have no address, or come from others */
	{ V2, "{\"items\":[{\"wifiAccessPoints\":[{\"macAddress\":\"\","
	    "\"ssid\":\"x_nomap\"},{\"ssid\":\"x_nomap\"},{\"macAddress\":"
	    "\"ffffffffffff\",\"ssid\":\"x_nomap\"},{\"macAddress\":[1],"
	    "\"ssid\":\"x_nomap\"}]}]}", "", "" },
	{ V2, "{\"items\":[{" STAMP ",\"wifiAccessPoints\":[{\"macAddress\":"
	    "\"a82067000001\",\"ssid\":\"x_nomap\"}],\"optOut\":{\"blue\":"
	    "[\"b82067000001\",5,\"no\",null,{}],\"cell\":[\"b82067000002\""
	    "],\"wifi\":[\"A8:20:67:00:00:02\"]}}]}",
	    "{" T NO_BLUE NO_WIFI "\"cellTowers\": [], \"optOut\": {\"wifi\""
	    ": [\"a82067000002\"], \"blue\": [\"b82067000001\"]}, "
	    "\"optOutName\": {\"wifi\": [\"a82067000001\"]}, "
	    "\"position\": null}\n",
	    "{" T NO_BLUE "\"wifiAccessPoints\": [{\"macAddress\": "
	    "\"a82067000001\", \"ssid\": \"x_nomap\"}], \"cellTowers\": []"
	    ", \"position\": null}\n" },
	{ V2, "{\"items\":[{\"optOut\":[\"a82067000001\"]},{\"optOut\":{"
	    "\"wifi\":\"a82067000001\"}},{\"optOut\":null},{\"optOut\":{}}]}",
	    "", "" },
};

/* What becomes of values in an integer, a float and a text member. */
static const struct {
	const char *in;
	const char *i, *f, *s;		/* "" missing, NULL refused */
} kinds[] = {
	{ "null", "", "", "" }, { "true", "1", "1.0", NULL },
	{ "false", "0", "0.0", "" }, { "0", "0", "0.0", "" },
	{ "-5", "-5", "-5.0", NULL }, { "1.9", "1", "1.9", NULL },
	{ "1e3", "1000", "1000.0", NULL }, { "-0.0", "0", "-0.0", "" },
	{ "-0", "0", "0.0", "" }, { "99999999", "99999999", "99999999.0", NULL },
	{ "-9999999", "-9999999", "-9999999.0", NULL },
	{ "-99999999", "-99999999", "-99999999.0", NULL },
	{ "100000000", "100000000", "100000000.0", NULL },
	{ "100000000000000000000", "9223372036854775807", "1e+20", NULL },
	{ "12.3400", "12", "12.34", NULL }, { "12.0000000", "12", "12.0", NULL },
	{ "1.5E-3", "0", "0.0015", NULL },
	{ "NaN", NULL, "", NULL }, { "1e400", NULL, "", NULL },
	{ "\"\"", "", "", "" }, { "\" \"", NULL, NULL, "\" \"" },
	{ "\"012\"", "12", "12.0", "\"012\"" },
	{ "\" 12 \"", "12", "12.0", "\" 12 \"" },
	{ "\"1.5\"", NULL, "1.5", "\"1.5\"" },
	{ "\"nan\"", NULL, "", "\"nan\"" },
	{ "\"abc\"", NULL, NULL, "\"abc\"" },
	{ "[]", "", "", "" }, { "{}", "", "", "" },
	{ "[1]", NULL, NULL, NULL }, { "{\"a\":1}", NULL, NULL, NULL },
};

static void
one_kind(const char *name, const char *in, const char *out)
{
	char body[256], want[256];
	int flat = strcmp(name, "speed") == 0, strict;
	size_t n;

	snprintf(body, sizeof(body), "{\"items\":[{" STAMP ",\"%s\":%s,"
	    "\"cellTowers\":[{}]}]}", name, in);
	if (out == NULL || *out == '\0')
		snprintf(want, sizeof(want), "{" T NO_BLUE NO_WIFI
		    "\"cellTowers\": [{}]}\n");
	else if (flat)
		snprintf(want, sizeof(want), "{" T NO_BLUE NO_WIFI
		    "\"cellTowers\": [{}], \"position\": {\"speed\": %s}}\n",
		    out);
	else
		snprintf(want, sizeof(want), "{\"%s\": %s, " T NO_BLUE
		    NO_WIFI "\"cellTowers\": [{}]}\n", name, out);
	for (strict = 0; strict < 2; strict++)
		if (submit(V1, strict, body, &n) == OBS_REPORT_OK) {
			ok(out != NULL || !strict, "%s accepted", in);
			ok(lines_are(want, strict), "%s", name);
		} else
			ok(strict && out == NULL && n == 0 && lines.len == 0,
			    "%s refused as %s", in, name);
}

static void
stamps(void)
{
	static const struct {
		const char *in;
		int64_t want;
	} t[] = {
		{ "1000000000000", NOW }, { "1000000000001", 1000000000001 },
		{ "9999999999999", 9999999999999 }, { "10000000000000", NOW },
		{ "1460000000000.9", 1460000000000 }, { "null", NOW },
		{ "\"1460000000000\"", 1460000000000 }, { "-1", NOW },
		{ "99999999999999999999", NOW },
	}, iso[] = {
		{ "\"2016-04-07\"", 1459987200000 },
		{ "\"20160407\"", 1459987200000 },
		{ "\"2016-04\"", 1459468800000 },
		{ "\"2016\"", 1451606400000 },
		{ "\"2016-04-07 03:33:20.999\"", 1460000000000 },
		{ "\"2016-04-07T03:33:20,5Z\"", 1460000000000 },
		{ "\"20160407T033320\"", 1460000000000 },
		{ "\"2016-04-07T03:33\"", 1459999980000 },
		{ "\"2016-4-7T03\"", 1459998000000 },
		{ "\"2016-04-07T05:33:20+02:00\"", 1460000000000 },
		{ "\"2016-04-06T22:03:20-0530\"", 1460000000000 },
		{ "\"2016-04-07T05:33:20+02\"", 1460000000000 },
		{ "\"2016-02-29\"", 1456704000000 },
		{ "\"junk\"", NOW }, { "\"2016-02-31\"", NOW },
		{ "\"2015-02-29\"", NOW }, { "\"1710-02-28\"", NOW },
		{ "\"\"", NOW }, { "null", NOW }, { "\"201604\"", NOW },
		{ "\"2001-09-09T01:46:40\"", NOW },
		{ "\"2001-09-09T01:46:41\"", 1000000001000 },
		{ "\"2016-04-07T24:00\"", NOW },
		{ "\"2016-04-07T03:33:60\"", NOW },
		{ "\"2016-04-07T\"", NOW }, { "\"2016-04-07x\"", NOW },
		{ "\"2016-04-07T03:33:20Zx\"", NOW },
		{ "\"2016-04-07T03:33:20.\"", NOW },
		{ "\"2016-13-01\"", NOW }, { "\"2016-\"", NOW },
		{ "\"2016-04-07+02:00\"", NOW },
	};
	char body[128], want[64];
	size_t i, n;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(body, sizeof(body), "{\"items\":[{\"timestamp\":%s,"
		    "\"cellTowers\":[{}]}]}", t[i].in);
		snprintf(want, sizeof(want), "{\"timestamp\": %lld, ",
		    (long long)t[i].want);
		submit(V2, 1, body, &n);
		ok(strncmp(lines.data, want, strlen(want)) == 0,
		    "timestamp %s", t[i].in);
	}
	for (i = 0; i < sizeof(iso) / sizeof(iso[0]); i++) {
		snprintf(body, sizeof(body), "{\"items\":[{\"time\":%s,"
		    "\"cell\":[{}]}]}", iso[i].in);
		snprintf(want, sizeof(want), "{\"timestamp\": %lld, ",
		    (long long)iso[i].want);
		submit(V0, 1, body, &n);
		ok(strncmp(lines.data, want, strlen(want)) == 0, "time %s",
		    iso[i].in);
	}
}

/* Unknown words are dropped in any mode; these two only when strict. */
static void
sources(void)
{
	static const char body[] = "{\"items\":[{" STAMP ",\"wifiAccessPoints"
	    "\":[{\"macAddress\":\"01\",\"signalStrength\":-500,\"foo\":1,"
	    "\"radioType\":\"x\",\"ssid\":\"\"}],\"position\":{\"latitude\":"
	    "\"51.5\",\"longitude\":999,\"accuracy\":NaN,\"source\":\"gps\","
	    "\"age\":\"1000\",\"heading\":null}}]}";
	size_t n;

	submit(V2, 1, body, &n);
	is_str(lines.data, "{" T NO_BLUE "\"wifiAccessPoints\": [{"
	    "\"macAddress\": \"01\", \"radioType\": \"x\", "
	    "\"signalStrength\": -500}], \"cellTowers\": [], \"position\": {"
	    "\"latitude\": 51.5, \"longitude\": 999.0, \"age\": 1000}}\n",
	    "strict: no such source");
	submit(V2, 0, body, &n);
	ok(strstr(lines.data, "\"age\": 1000, \"source\": \"gnss\"}}\n") !=
	    NULL, "gps is gnss");
	submit(V1, 0, "{\"items\":[{\"cellTowers\":[{}],\"source\":\"Manual\""
	    "}]}", &n);
	ok(strstr(lines.data, "\"position\": {\"source\": \"fixed\"}}\n") !=
	    NULL, "manual is fixed");
	submit(V2, 1, "{\"items\":[{\"cellTowers\":[{}],\"position\":{"
	    "\"source\":\"psychic\"}}]}", &n);
	ok(strstr(lines.data, "\"position\": {}}\n") != NULL,
	    "unknown sources are dropped");
}

/* Reports that are longer than what came in end at four times that. */
static void
growth(void)
{
	struct base_buf body;
	size_t n, strict;
	int i;

	base_buf_init(&body);
	base_buf_str(&body, "{\"items\":[");
	for (i = 0; i < 20000; i++)
		base_buf_str(&body, "{\"radio\":\"umts\",\"cell\":[{},{},{},{},"
		    "{},{},{},{},{}]},");
	base_buf_str(&body, "{}]}");
	ok(submit(V0, 0, body.data, &n) == OBS_REPORT_OK && n > 1000 &&
	    n < 20000 && lines.len <= 4 * body.len + 65536 &&
	    lines.data[lines.len - 1] == '\n', "growth ends");
	ok(submit(V0, 1, body.data, &strict) == OBS_REPORT_OK &&
	    strict == 20000, "not strictly");
	base_buf_done(&body);
}

/* What is beyond a bound costs itself, and is counted. */
static void
bounds(void)
{
	static const char body[] = "{\"items\":[{" STAMP ",\"cellTowers\":["
	    "{\"cellId\":1},{\"cellId\":2}],\"wifiAccessPoints\":[{"
	    "\"macAddress\":\"01\"},5,{\"macAddress\":\"02\"}]},5,{" STAMP
	    ",\"cellTowers\":[{\"cellId\":3}]},{" STAMP ",\"cellTowers\":[{"
	    "\"cellId\":4}]},6]}";
	struct obs_report r = { .rules = ichnaea_rules(0), .now_ms = NOW,
	    .arena = &arena, .lines = &lines, .details = &details,
	    .max_reports = 2,
	    .max_networks = 3 };
	struct json_doc d;

	base_buf_reset(&lines);
	json_doc_parse(&d, body, sizeof(body) - 1, &arena);
	ok(obs_report_body(&r, &d) == OBS_REPORT_OK && r.n == 2 &&
	    r.excess_reports == 2 && r.excess_networks == 2,
	    "what is too much is counted");
	is_str(lines.data, "{" T "\"wifiAccessPoints\": [{\"macAddress\": "
	    "\"01\"}, {\"macAddress\": \"02\"}]}\n{" T "\"cellTowers\": "
	    "[{\"cellId\": 3}]}\n", "and left out");
	r.max_reports = r.max_networks = 0;
	base_buf_reset(&lines);
	ok(obs_report_body(&r, &d) == OBS_REPORT_OK && r.n == 3 &&
	    r.excess_reports == 0 && r.excess_networks == 0, "no bounds");
	growth();
}

/* However much is wrong, the answer stays short. */
static void
many_faults(void)
{
	struct base_buf body;
	size_t n;
	int i;

	base_buf_init(&body);
	base_buf_str(&body, "{\"items\":[");
	for (i = 0; i < 50000; i++)
		base_buf_str(&body, i == 0 ? "1" : ",1");
	base_buf_str(&body, "]}");
	ok(submit(V2, 1, body.data, &n) == OBS_REPORT_REFUSED &&
	    details.len > 60000 && details.len < 70000 &&
	    details.data[details.len - 1] == '}', "details are bounded");
	ok(submit(V2, 0, body.data, &n) == OBS_REPORT_OK && n == 0 &&
	    lines.len == 0, "no reports");
	base_buf_done(&body);
}

static void
item(void)
{
	static const char text[] = "{" STAMP ",\"cellTowers\":[{\"age\":[1]}]"
	    "}";
	struct obs_report r = { .rules = ichnaea_rules(0), .now_ms = NOW,
	    .arena = &arena, .lines = &lines, .details = &details };
	struct json_doc d;

	base_buf_reset(&lines);
	base_buf_reset(&details);
	base_buf_str(&lines, "before\n");
	json_doc_parse(&d, text, sizeof(text) - 1, &arena);
	ok(obs_report_item(&r, &d, 0) == OBS_REPORT_OK && r.n == 1, "one item");
	is_str(lines.data, "before\n{" T "\"cellTowers\": [{}]}\n",
	    "item is added");
	r.rules = ichnaea_rules(1);
	ok(obs_report_item(&r, &d, 0) == OBS_REPORT_REFUSED && r.n == 0,
	    "item refused");
	is_str(details.data, "{\"cellTowers.0.age\":\"\\\"[1]\\\" is not a "
	    "number\"}", "paths start at the item");
	ok(strstr(lines.data, "null}\n{") == NULL, "nothing is added");
	r.rules = ichnaea_rules(0);
	base_buf_reset(&details);
	json_doc_parse(&d, "5", 1, &arena);
	ok(obs_report_item(&r, &d, 0) == OBS_REPORT_REFUSED, "no object");
}

/* The form of an item is seen from its members. */
static void
form(void)
{
	static const struct {
		const char		*text;
		enum obs_report_api	 api;
	} cases[] = {
		{ "{\"position\":{},\"latitude\":1,\"lat\":1}", V2 },
		{ "{\"wifiAccessPoints\":[]}", V2 },
		{ "{\"latitude\":1,\"wifiAccessPoints\":[]}", V1 },
		{ "{\"cellTowers\":[],\"longitude\":1}", V1 },
		{ "{\"lat\":1,\"lon\":1}", V0 },
		{ "{\"time\":\"2016\",\"wifi\":[]}", V0 },
		{ "{\"cell\":[]}", V0 },
		{ "{\"blue\":[]}", V0 },
		{ "{}", V2 },
		{ "[\"lat\"]", V2 },
		{ "7", V2 }
	};
	struct json_doc d;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_doc_parse(&d, cases[i].text, strlen(cases[i].text),
		    &arena);
		is_int(obs_report_form(&d, 0), cases[i].api, cases[i].text);
	}
}

/* A name that proves its owner is an order, and no order of strangers is. */
static void
orders(void)
{
	static const char body[] = "{\"items\":[{" STAMP
	    ",\"wifiAccessPoints\":[{\"macAddress\":\"a82067000010\","
	    "\"ssid\":\"my_kb5ovilq_nomap\"},{\"macAddress\":"
	    "\"a82067000011\",\"ssid\":\"my_kb5ovilq_nomap\"}],"
	    "\"optOut\":{\"wifi\":[\"a82067000012\"]}}]}";
	struct obs_proof proof = { .day = 20786 };
	struct obs_report r = { .rules = ichnaea_rules(0), .now_ms = NOW,
	    .arena = &arena, .lines = &lines, .details = &details,
	    .proof = &proof };
	struct json_doc d;
	uint8_t i;

	for (i = 0; i < sizeof(proof.secret); i++)
		proof.secret[i] = i;
	base_buf_reset(&lines);
	json_doc_parse(&d, body, sizeof(body) - 1, &arena);
	ok(obs_report_body(&r, &d) == OBS_REPORT_OK && strstr(lines.data,
	    "\"optOut\": {\"wifi\": [\"a82067000010\"]}, \"optOutName\": "
	    "{\"wifi\": [\"a82067000011\"]}") != NULL && r.left_out == 1,
	    "proven, named, dropped: %s", lines.data);
}

int
main(void)
{
	enum obs_report_verdict v;
	size_t i, n;
	int strict;

	base_arena_init(&arena);
	base_buf_init(&lines);
	base_buf_init(&details);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		for (strict = 0; strict < 2; strict++) {
			v = submit(good[i].api, strict, good[i].body, &n);
			ok(v == OBS_REPORT_OK && details.len == 0,
			    "body %zu accepted", i);
			ok(lines_are(good[i].want, strict), "its reports");
		}
	ok(n == 2, "reports are counted");
	for (i = 0; i < sizeof(newer) / sizeof(newer[0]); i++)
		for (strict = 0; strict < 2; strict++) {
			submit(newer[i].api, strict, newer[i].body, &n);
			ok(lines_are(strict ? newer[i].strict :
			    newer[i].want, strict), "%s", newer[i].body);
		}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		v = submit(bad[i].api, 1, bad[i].body, &n);
		ok(v == OBS_REPORT_REFUSED && n == 0 && lines.len == 0,
		    "bad body %zu refused", i);
		is_str(details.data, bad[i].details, "and why");
		v = submit(bad[i].api, 0, bad[i].body, &n);
		if (bad[i].lenient == NULL) {
			ok(v == OBS_REPORT_REFUSED, "always refused");
			is_str(details.data, bad[i].details, "and why");
			continue;
		}
		ok(v == OBS_REPORT_OK && details.len == 0, "else accepted");
		ok(lines_are(bad[i].lenient, 0), "what is left of it");
	}
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		one_kind("homeMobileCountryCode", kinds[i].in, kinds[i].i);
		one_kind("speed", kinds[i].in, kinds[i].f);
		one_kind("carrier", kinds[i].in, kinds[i].s);
	}
	stamps();
	sources();
	bounds();
	many_faults();
	item();
	form();
	orders();
	base_buf_done(&lines);
	base_buf_done(&details);
	base_arena_done(&arena);
	return tap_done();
}
