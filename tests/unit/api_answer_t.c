/* SPDX-License-Identifier: ISC */
/* Requests and their answers, byte by byte where nothing else is said. */
#include "api/answer.h"
#include "base/buf.h"
#include "geo/ip.h"
#include "ichnaea/rules.h"

#include "tap.h"
#include "world.h"

static const struct world_station stations[] = {
	{ "wifi a82067000001", 51.5, -0.1, .blocks = 0 },
	{ "wifi a82067000002", 51.5001, -0.1, .blocks = 0 },
	{ "wifi a82067000003", 51.5002, -0.1001, .blocks = 0 },
	{ "wifi a82067000004", 52.5, -0.1, .blocks = 0 },
	{ "wifi a82067000005", 51.5, -0.1, .block_d = 1, .blocks = 1 },
	{ "wifi a82067000006", 51.5, -0.1, .created_d = 120, .block_d = 10,
	    .blocks = 4 },
	{ "wifi a82067000007", 51.5, -0.1, .created_d = 120, .block_d = 10,
	    .blocks = 3 },
	{ "wifi a82067000008", 51.5003, -0.1002, .seen_d = 3 },
	{ "wifi a820670000d2", 51.5001, -0.1001, .blocks = 0 },
	{ "blue b82067000001", 51.5, -0.1, .blocks = 0 },
	{ "blue b82067000002", 51.50005, -0.1, .blocks = 0 },
	{ "blue b82067000003", 51.51, -0.1, .blocks = 0 },
	{ "lte-234-30-100-1001", 51.5, -0.1, 800, .blocks = 0 },
	{ "lte-234-30-100-1002", 51.51, -0.1, 800, .blocks = 0 },
	{ "lte-234-30-100-1004", 51.52, -0.13, 800, 100, .blocks = 0 },
	{ "lte-234-30-101-1003", 51.52, -0.1, 800, .blocks = 0 },
	{ "wcdma-234-30-8-70000", 51.5, -0.12, 90000, .blocks = 0 },
	{ "wcdma-234-30-8-70001", 51.5, -0.12, 800, .blocks = 0 },
	{ "lte-234-30-100", 51.505, -0.1, 25000, .blocks = 0 },
	{ "lte-234-30-200", 51.6, -0.2, 70000, .blocks = 0 },
	{ "gsm-234-30-300", 51.6, -0.2, 900000, .blocks = 0 },
	{ "nr-234-30-16777213-68719476735", 51.5, -0.1, 800, .blocks = 0 },
	{ "nr-234-30-16777213-1", 51.5, -0.12, 800, .blocks = 0 },
	{ "nr-234-30-16777213", 51.505, -0.1, 25000, .blocks = 0 },
	{ "nr-234-30-16777212", 51.6, -0.2, 70000, .blocks = 0 },
	/* L4e: scores 1, 1 and 2 of ten days */
	{ "wifi e00000000001", 51.5, -0.1, 10, 2, .blocks = 0 },
	{ "wifi e00000000002", 51.501, -0.101, 10, 2, .blocks = 0 },
	{ "wifi e00000000003", 51.5002, -0.1023, 10, 4, .blocks = 0 },
	/* L4f: scores .05 */
	{ "wifi f00000000001", 51.5, -0.1, 10, 1, 1, .blocks = 0 },
	{ "wifi f00000000002", 51.5001, -0.09988, 10, 1, 1, .blocks = 0 },
	{ "wifi f00000000003", 51.5002, -0.09976, 10, 1, 1, .blocks = 0 },
	{ "wifi f00000000004", 51.5003, -0.09964, 10, 1, 1, .blocks = 0 },
	/* L4g */
	{ "wifi 900000000001", -33.86, 151.2, 10, 4, .blocks = 0 },
	{ "wifi 900000000002", -33.8603, 151.2007, 10, 4, .blocks = 0 },
	{ "wifi 900000000003", -33.8591, 151.2004, 10, 4, .blocks = 0 },
	{ "wifi 900000000004", -33.8607, 151.1991, 10, 4, .blocks = 0 },
	{ "wifi 900000000005", -33.8612, 151.2012, 10, 1, 1, .blocks = 0 },
	/* L4h: scores 3.32, 6.64, .5 and 10 */
	{ "wifi 800000000001", 48.85, 2.35, .blocks = 0 },
	{ "wifi 800000000002", 48.8504, 2.3507, 10, 100, .blocks = 0 },
	{ "wifi 800000000003", 48.8497, 2.3511, 10, 1, .blocks = 0 },
	{ "wifi 800000000004", 48.8501, 2.3493, 10, 1024, .blocks = 0 },
	/* L12 */
	{ "wifi 700000000001", 51.5, -0.1, 10, 1, 1, .blocks = 0 },
	{ "wifi 700000000002", 51.5001, -0.1, 10, 1, 1, .blocks = 0 },
	{ "gsm-208-1-1-1", 48.85, 2.35, 30000, 100, .blocks = 0 },
	/* L16 */
	{ "wifi 600000000001", 48.85, 2.35, 10, 1000, .blocks = 0 },
	{ "wifi 600000000002", 48.8501, 2.3501, 10, 1000, .blocks = 0 },
	/* three in a row, for signals that are not used */
	{ "blue 500000000001", 51.5, -0.1, 10, 1, .blocks = 0 },
	{ "blue 500000000002", 51.50001, -0.1, 10, 1, .blocks = 0 },
	{ "blue 500000000003", 51.50002, -0.1, 10, 1, .blocks = 0 },
	{ "wifi 500000000001", 51.5, -0.1, 10, 1, .blocks = 0 },
	{ "wifi 500000000002", 51.50001, -0.1, 10, 1, .blocks = 0 },
	{ "wifi 500000000003", 51.50002, -0.1, 10, 1, .blocks = 0 },
	{ "wifi 500000000050", 51.5, -0.1, 10, 50, .blocks = 0 },
	{ "wifi 500000000100", 51.5, -0.09999, 10, 100, .blocks = 0 },
	{ "blue 500000000050", 51.5, -0.1, 10, 50, .blocks = 0 },
	{ "blue 500000000100", 51.5, -0.09999, 10, 100, .blocks = 0 },
	/* no position; a MAC and a cell that end in zero bytes */
	{ "wifi 500000000099", NAN, NAN, .blocks = 0 },
	{ "wifi 510000000000", 51.5, -0.1, .blocks = 0 },
	{ "lte-234-30-100-512", 51.5, -0.1, 800, .blocks = 0 },
};

static const struct geo_ip london = { "GB", 51.5142, -0.0931, 40000,
    543000, 0.8 };

#define W(mac)		"{\"macAddress\":\"" mac "\"}"
#define WS(mac, dbm)	"{\"macAddress\":\"" mac "\",\"signalStrength\":" #dbm "}"
#define WSA(mac, dbm, age) "{\"macAddress\":\"" mac "\",\"signalStrength\":" \
	#dbm ",\"age\":" #age "}"
#define WIFI(list)	"{\"wifiAccessPoints\":[" list "]}"
#define BLUE(list)	"{\"bluetoothBeacons\":[" list "]}"
#define CELL(list)	"{\"cellTowers\":[" list "]}"
#define C(radio, mcc, mnc, lac, cid) "{\"radioType\":\"" radio "\"," \
	"\"mobileCountryCode\":" #mcc ",\"mobileNetworkCode\":" #mnc \
	",\"locationAreaCode\":" #lac ",\"cellId\":" #cid "}"
#define CS(cid, dbm)	"{\"radioType\":\"lte\",\"mobileCountryCode\":234," \
	"\"mobileNetworkCode\":30,\"locationAreaCode\":100," \
	"\"cellId\":" #cid ",\"signalStrength\":" #dbm "}"
#define W1	"a82067000001"
#define W2	"a82067000002"
#define D2	"a820670000d2"
#define AT(lat, lng, acc) "{\"location\": {\"lat\": " lat ", \"lng\": " lng \
	"}, \"accuracy\": " acc "}"
#define FALLBACK(lat, lng, acc, what) "{\"location\": {\"lat\": " lat \
	", \"lng\": " lng "}, \"accuracy\": " acc ", \"fallback\": \"" what \
	"\"}"
#define LONDON	AT("51.5142", "-0.0931", "40000.0")
#define LONDON_IPF FALLBACK("51.5142", "-0.0931", "40000.0", "ipf")
#define NOT_FOUND "{\"error\":{\"errors\":[{\"domain\":\"geolocation\"," \
	"\"reason\":\"notFound\",\"message\":\"Not found\"}],\"code\":404," \
	"\"message\":\"Not found\"}}"
#define UNAVAILABLE "{\"error\":{\"errors\":[{\"domain\":\"global\"," \
	"\"reason\":\"serviceUnavailable\",\"message\":" \
	"\"Service Unavailable\"}],\"code\":503," \
	"\"message\":\"Service Unavailable\"}}"
#define PARSE_BARE "{\"error\":{\"errors\":[{\"domain\":\"global\"," \
	"\"reason\":\"parseError\",\"message\":\"Parse Error\"}]," \
	"\"code\":400,\"message\":\"Parse Error\"}}"
#define PARSE(details) "{\"error\":{\"errors\":[{\"domain\":\"global\"," \
	"\"reason\":\"parseError\",\"message\":\"Parse Error\"}]," \
	"\"code\":400,\"message\":\"Parse Error\"},\"details\":{" details "}}"
#define VALIDATION(map)	PARSE("\"validation\":{" map "}")

enum { NOIP, IP, NO_RECORD };

struct request {
	const char	*name;
	const char	*body;
	int		 ip;
	int		 status;
	const char	*want;
};

static const struct request requests[] = {
	{ "L1", WIFI(W(W1) "," W(W2)), NOIP, 200,
	    AT("51.50005", "-0.1", "10.0") },
	{ "L2", WIFI(W(W1) "," W("a82067000008")), NOIP, 200,
	    AT("51.50015", "-0.1001", "18.0757129") },
	{ "L3 one", WIFI(W(W1)), NOIP, 404, NOT_FOUND },
	{ "L3 one and an unknown", WIFI(W(W1) "," W("a82067777777")), NOIP,
	    404, NOT_FOUND },
	{ "L3 one twice", WIFI(W(W1) "," W("A8:20:67:00:00:01")), NOIP, 404,
	    NOT_FOUND },
	{ "L3 one and nobody's", WIFI(W(W1) "," W("000000000000") ","
	    W("ffffffffffff") "," W("01005e901000") "," W("zz2067000002")),
	    NOIP, 404, NOT_FOUND },
	{ "L4a", WIFI(WS(W1, -60) "," WS(W2, -80)), NOIP, 200,
	    AT("51.500036", "-0.1", "10.0") },
	{ "L5", WIFI(W(W1) "," W(W2) "," W("a82067000003") ","
	    W("a82067000004")), NOIP, 200,
	    AT("51.5001", "-0.1000333", "11.9818268") },
	{ "L6 blocked yesterday", WIFI(W(W1) "," W("a82067000005")), NOIP,
	    404, NOT_FOUND },
	{ "L6 blocked often", WIFI(W(W1) "," W("a82067000006")), NOIP, 404,
	    NOT_FOUND },
	{ "L6 blocked not often enough", WIFI(W(W1) "," W("a82067000007")),
	    NOIP, 200, AT("51.5", "-0.1", "10.0") },
	{ "L7", BLUE(W("b82067000001") "," W("b82067000002")), NOIP, 200,
	    AT("51.500025", "-0.1", "10.0") },
	{ "L7 too far", BLUE(W("b82067000001") "," W("b82067000003")), NOIP,
	    404, NOT_FOUND },
	{ "L8", CELL(C("lte", 234, 30, 100, 1001)), NOIP, 200,
	    AT("51.5", "-0.1", "1000.0") },
	{ "L8 without areas", "{\"fallbacks\":{\"lacf\":false},"
	    "\"cellTowers\":[" C("lte", 234, 30, 100, 1001) "]}", NOIP, 200,
	    AT("51.5", "-0.1", "1000.0") },
	{ "L9", CELL(CS(1001, -80) "," CS(1002, -100)), NOIP, 200,
	    AT("51.5039024", "-0.1", "1000.0") },
	{ "L9b", CELL(C("lte", 234, 30, 100, 1001) ","
	    C("lte", 234, 30, 100, 1004)), NOIP, 200,
	    AT("51.5133333", "-0.12", "1981.14686") },
	{ "L10", CELL(C("lte", 234, 30, 100, 1001) ","
	    C("lte", 234, 30, 101, 1003)), NOIP, 200,
	    AT("51.5", "-0.1", "1000.0") },
	{ "L11", CELL(C("gsm", 234, 30, 8, 70000)), NOIP, 200,
	    AT("51.5", "-0.12", "50000.0") },
	{ "L12", "{\"wifiAccessPoints\":[" W("700000000001") ","
	    W("700000000002") "],\"cellTowers\":[" C("gsm", 208, 1, 1, 1)
	    "]}", NOIP, 200, AT("48.85", "2.35", "30000.0") },
	{ "L13", CELL(C("lte", 234, 30, 100, 9999)), NOIP, 200,
	    FALLBACK("51.505", "-0.1", "50000.0", "lacf") },
	{ "L13 larger", CELL(C("lte", 234, 30, 200, 1)), NOIP, 200,
	    FALLBACK("51.6", "-0.2", "70000.0", "lacf") },
	{ "L13 too large", CELL(C("gsm", 234, 30, 300, 1)), NOIP, 200,
	    FALLBACK("51.6", "-0.2", "500000.0", "lacf") },
	{ "L13 no lacf", "{\"fallbacks\":{\"lacf\":false},\"cellTowers\":["
	    C("lte", 234, 30, 100, 9999) "]}", NOIP, 404, NOT_FOUND },
	{ "L13 no lacf, address", "{\"fallbacks\":{\"lacf\":false},"
	    "\"cellTowers\":[" C("lte", 234, 30, 100, 9999) "]}", IP, 200,
	    LONDON_IPF },
	{ "two areas", CELL(C("lte", 234, 30, 200, 9) ","
	    C("lte", 234, 30, 100, 9)), NOIP, 200,
	    FALLBACK("51.505", "-0.1", "50000.0", "lacf") },
	{ "L14", "{\"cellTowers\":[{\"radioType\":\"lte\","
	    "\"mobileCountryCode\":234,\"mobileNetworkCode\":30,"
	    "\"locationAreaCode\":100}]}", IP, 200, LONDON_IPF },
	{ "L14 no lacf", "{\"fallbacks\":{\"lacf\":false},\"cellTowers\":["
	    "{\"radioType\":\"lte\",\"mobileCountryCode\":234,"
	    "\"mobileNetworkCode\":30,\"locationAreaCode\":100}]}", IP, 200,
	    LONDON },
	{ "L15", "{\"wifiAccessPoints\":[" W(W1) "," W(W2) "],"
	    "\"bluetoothBeacons\":[{\"macAddress\":\"b82067000001\","
	    "\"age\":0,\"name\":\"x\"},{\"macAddress\":\"b82067000002\","
	    "\"signalStrength\":0}],\"cellTowers\":[{\"radioType\":\"lte\","
	    "\"mobileCountryCode\":234,\"mobileNetworkCode\":30,"
	    "\"locationAreaCode\":100,\"cellId\":1001,\"age\":-100,"
	    "\"psc\":3,\"timingAdvance\":5}]}", IP, 200,
	    AT("51.500025", "-0.1", "10.0") },
	{ "L16", WIFI(W(W1) "," W(D2) "," W("600000000001") ","
	    W("600000000002")), NOIP, 200, AT("48.85005", "2.35005",
	    "10.0") },
	{ "L17 mcc", CELL(C("lte", 101, 30, 100, 1001)), NOIP, 404,
	    NOT_FOUND },
	{ "L17 mnc", CELL(C("lte", 234, 1000, 100, 1001)), NOIP, 404,
	    NOT_FOUND },
	{ "L17 lac", CELL(C("lte", 234, 30, 65534, 1001)), NOIP, 404,
	    NOT_FOUND },
	{ "L17 cdma", CELL(C("cdma", 234, 30, 100, 1001)), NOIP, 404,
	    NOT_FOUND },
	{ "beacons with bad signals", BLUE(WS("500000000001", -50) ","
	    WS("500000000002", -150) "," W("500000000003")), NOIP, 200,
	    AT("51.5000035", "-0.1", "10.0") },
	{ "wifis with bad signals", WIFI(WS("500000000001", -50) ","
	    W("500000000002") "," WS("500000000003", -130)), NOIP, 200,
	    AT("51.500005", "-0.1", "10.0") },
	{ "wifi samples", WIFI(WS("500000000050", -60) ","
	    WS("500000000100", -80)), NOIP, 200,
	    AT("51.5", "-0.099996", "10.0") },
	{ "beacon samples", BLUE(WS("500000000050", -80) ","
	    WS("500000000100", -90)), NOIP, 200,
	    AT("51.5", "-0.0999952", "10.0") },
	{ "a station without position", WIFI(W(W1) "," W("500000000099")),
	    NOIP, 404, NOT_FOUND },
	{ "a MAC with trailing zeros", WIFI(W(W1) "," W("510000000000")),
	    NOIP, 200, AT("51.5", "-0.1", "10.0") },
	{ "a cell id with trailing zeros", CELL(C("lte", 234, 30, 100, 512)),
	    NOIP, 200, AT("51.5", "-0.1", "1000.0") },
	{ "E1 empty", "", IP, 200, LONDON },
	{ "E1", "{}", IP, 200, LONDON },
	{ "E1 unknown", "{\"invalid\": 0}", IP, 200, LONDON },
	{ "E1 others", "{\"carrier\":\"T\",\"homeMobileNetworkCode\":\"1\","
	    "\"radioType\":\"gsm\",\"extra\":[1]}", IP, 200, LONDON },
	{ "E2", "", NOIP, 404, NOT_FOUND },
	{ "E2 no record", "{}", NO_RECORD, 404, NOT_FOUND },
	{ "E7", "[1]", IP, 400, VALIDATION("\"\":\"\\\"[1]\\\" is not a "
	    "mapping type: Does not implement dict-like functionality.\"") },
	{ "E8 character", "\xc2\xae", IP, 400, PARSE("\"decode\":"
	    "\"JSONDecodeError('Expecting value: line 1 column 1 "
	    "(char 0)')\"") },
	{ "E8 byte", "\xae", IP, 400, PARSE("\"decode\":\"'utf-8' codec "
	    "can't decode byte 0xae in position 0: invalid start byte\"") },
	{ "two bytes of four", "\"\xf0\x9f\"", IP, 400, PARSE("\"decode\":"
	    "\"'utf-8' codec can't decode bytes in position 1-2: invalid "
	    "continuation byte\"") },
	{ "an end too early", "\"\xe2\x82", IP, 400, PARSE("\"decode\":"
	    "\"'utf-8' codec can't decode bytes in position 1-2: unexpected "
	    "end of data\"") },
	{ "E8 brace", "{", IP, 400, PARSE("\"decode\":\"JSONDecodeError("
	    "'Expecting property name enclosed in double quotes: line 1 "
	    "column 2 (char 1)')\"") },
	{ "second line", "{\n\"\xc3\xa9\" 1}", IP, 400, PARSE("\"decode\":"
	    "\"JSONDecodeError(\\\"Expecting ':' delimiter: line 2 column 5 "
	    "(char 6)\\\")\"") },
	{ "blank", " ", IP, 400, PARSE("\"decode\":\"JSONDecodeError("
	    "'Expecting value: line 1 column 2 (char 1)')\"") },
	{ "E12 number", "{\"fallbacks\": {\"ipf\": 0}}", IP, 404,
	    NOT_FOUND },
	{ "E12", "{\"considerIp\": false}", IP, 404, NOT_FOUND },
	{ "E12 text", "{\"considerIp\": \"false\"}", IP, 404, NOT_FOUND },
	{ "E12 both", "{\"considerIp\": false, \"fallbacks\": {}}", IP, 200,
	    LONDON },
	{ "E12 null", "{\"considerIp\": null}", IP, 200, LONDON },
	{ "E13", WIFI(W(W1)), IP, 200, LONDON },
	{ "E14", WIFI(W("a82067000091") "," W("a82067000092")), IP, 200,
	    LONDON_IPF },
	{ "E14 no address", WIFI(W("a82067000091") "," W("a82067000092")),
	    NOIP, 404, NOT_FOUND },
	{ "E15", CELL(C("lte", 234, 30, 900, 9)), IP, 200, LONDON_IPF },
	{ "E15 no address", "{\"considerIp\":false,\"cellTowers\":["
	    C("lte", 234, 30, 900, 9) "]}", IP, 404, NOT_FOUND },
	{ "E17", "{\"comment\": \"R\xe9sum\xe9 from 1990\", \"items\": []}",
	    IP, 400, PARSE("\"decode\":\"'utf-8' codec can't decode byte "
	    "0xe9 in position 14: invalid continuation byte\"") },
};

/* What only strict answers refuse, and what the others make of it. */
static const struct strict {
	const char	*name, *body;
	const char	*refusal;	/* "validation" */
	int		 status;	/* otherwise, address known */
	const char	*want;		/* NULL: refused all the same */
} stricts[] = {
	{ "E9", "{\"cellTowers\":[{\"mobileCountryCode\":\"ab\"},"
	    "{\"cellId\":\"x\",\"age\":{\"a\":1}}],\"wifiAccessPoints\":["
	    "{\"macAddress\":1}]}",
	    "\"cellTowers.0.mobileCountryCode\":\"\\\"ab\\\" is not a "
	    "number\",\"cellTowers.1.cellId\":\"\\\"x\\\" is not a number\","
	    "\"cellTowers.1.age\":\"\\\"{'a': 1}\\\" is not a number\","
	    "\"wifiAccessPoints.0.macAddress\":\"1 is not a string: "
	    "{'macAddress': ''}\"", 200, LONDON },
	{ "E10", "{\"cellTowers\":[{\"radioType\":\"umts\"}]}",
	    "\"cellTowers.0.radioType\":\"\\\"umts\\\" is not one of gsm, "
	    "cdma, wcdma, lte\"", 200, LONDON },
	{ "a radio in capitals", CELL(C("LTE", 234, 30, 100, 1001)),
	    "\"cellTowers.0.radioType\":\"\\\"LTE\\\" is not one of gsm, "
	    "cdma, wcdma, lte\"", 200, AT("51.5", "-0.1", "1000.0") },
	{ "umts", CELL(C("Umts", 234, 30, 8, 70001)),
	    "\"cellTowers.0.radioType\":\"\\\"Umts\\\" is not one of gsm, "
	    "cdma, wcdma, lte\"", 200, AT("51.5", "-0.12", "1000.0") },
	{ "an unknown radio beside a known cell", CELL(
	    C("6g", 234, 30, 8, 1) "," C("lte", 234, 30, 100, 1001)),
	    "\"cellTowers.0.radioType\":\"\\\"6g\\\" is not one of gsm, "
	    "cdma, wcdma, lte\"", 200, AT("51.5", "-0.1", "1000.0") },
	{ "a broken field", WIFI("{\"macAddress\":\"" W1 "\",\"age\":[2],"
	    "\"signalStrength\":-60}," WS(W2, -80)),
	    "\"wifiAccessPoints.0.age\":\"\\\"[2]\\\" is not a number\"",
	    200, AT("51.500036", "-0.1", "10.0") },
	{ "a broken entry", WIFI(W(W1) ",7," W(W2)),
	    "\"wifiAccessPoints.1\":\"\\\"7\\\" is not a mapping type: Does "
	    "not implement dict-like functionality.\"", 200,
	    AT("51.50005", "-0.1", "10.0") },
	{ "a broken list", "{\"bluetoothBeacons\":{\"a\":1},"
	    "\"wifiAccessPoints\":[" W(W1) "," W(W2) "]}",
	    "\"bluetoothBeacons\":\"\\\"{'a': 1}\\\" is not iterable\"", 200,
	    AT("51.50005", "-0.1", "10.0") },
	{ "a broken radio of all cells", "{\"radioType\":[\"lte\"],"
	    "\"cellTowers\":[" C("lte", 234, 30, 100, 1001) "]}",
	    "\"radioType\":\"['lte'] is not a string: {'radioType': ''}\"",
	    200, AT("51.5", "-0.1", "1000.0") },
	{ "E11 null list", "{\"wifiAccessPoints\": null}",
	    "\"wifiAccessPoints\":\"\\\"None\\\" is not iterable\"", 400,
	    NULL },
	{ "E11 null object", "{\"fallbacks\": null}", "\"fallbacks\":"
	    "\"\\\"None\\\" is not a mapping type: Does not implement "
	    "dict-like functionality.\"", 400, NULL },
	{ "E11 null entry", "{\"wifiAccessPoints\":[null]}",
	    "\"wifiAccessPoints.0\":\"\\\"None\\\" is not a mapping type: "
	    "Does not implement dict-like functionality.\"", 200, LONDON },
	{ "nothing usable", "{\"radioType\":\"6g\"}", "\"radioType\":"
	    "\"\\\"6g\\\" is not one of gsm, cdma, wcdma, lte\"", 400, NULL },
};

#define NR(tac, more)	"{\"radioType\":\"nr\",\"mobileCountryCode\":234," \
	"\"mobileNetworkCode\":30,\"locationAreaCode\":" #tac more "}"

/* 5G; never strict. */
static const struct request nr_requests[] = {
	{ "a cell of NR", CELL(C("nr", 234, 30, 16777213, 68719476735)),
	    NOIP, 200, AT("51.5", "-0.1", "1000.0") },
	{ "in Google's word", CELL(NR(16777213, ",\"newRadioCellId\":1")),
	    NOIP, 200, AT("51.5", "-0.12", "1000.0") },
	/* -80 dBm against -156 */
	{ "two of an area", CELL(NR(16777213, ",\"cellId\":68719476735,"
	    "\"signalStrength\":-80") "," NR(16777213, ",\"cellId\":1")),
	    NOIP, 200, AT("51.5", "-0.1041645", "1059.1034298") },
	{ "an unknown cell", CELL(NR(16777212, ",\"cellId\":9")), NOIP, 200,
	    FALLBACK("51.6", "-0.2", "70000.0", "lacf") },
	{ "an area", CELL(NR(16777213, "")), NOIP, 200,
	    FALLBACK("51.505", "-0.1", "50000.0", "lacf") },
	{ "an unknown area", CELL(NR(5, "")), IP, 200, LONDON_IPF },
	{ "no identity", CELL("{\"radioType\":\"nr\",\"pci\":5}"), IP, 200,
	    LONDON },
	{ "no identity, no address", CELL("{\"radioType\":\"nr\"}"), NOIP,
	    404, NOT_FOUND },
	{ "beside LTE", CELL("{\"radioType\":\"nr\"},"
	    C("lte", 234, 30, 100, 1001)), NOIP, 200,
	    AT("51.5", "-0.1", "1000.0") },
};

static int
ask(const char *body, int ip, int strict, struct world *w,
    struct base_buf *explain, struct base_buf *out, struct base_arena *a)
{
	struct api_answer how = { .rules = ichnaea_rules(strict), .as_ichnaea = 1,
	    .has_ip = ip != NOIP, .ip = ip == IP ? &london : NULL,
	    .now_s = WORLD_NOW, .arena = a };

	base_arena_reset(a);
	base_buf_reset(out);
	if (world_search(w, &how, body) && explain != NULL)
		api_answer_explain(&how, explain);
	return api_answer_write(&how, out);
}

static void
all(struct world *w, struct base_buf *out, struct base_arena *a)
{
	const struct request *r = requests;
	const struct strict *s;
	char want[1024];
	size_t i;

	for (i = 0; i < 2 * sizeof(requests) / sizeof(requests[0]); i++) {
		r = &requests[i / 2];
		is_int(ask(r->body, r->ip, i % 2, w, NULL, out, a),
		    r->status, r->name);
		is_str(out->data, r->want, r->name);
	}
	for (i = 0; i < sizeof(nr_requests) / sizeof(nr_requests[0]); i++) {
		r = &nr_requests[i];
		is_int(ask(r->body, r->ip, 0, w, NULL, out, a), r->status,
		    r->name);
		is_str(out->data, r->want, r->name);
	}
	for (i = 0; i < sizeof(stricts) / sizeof(stricts[0]); i++) {
		s = &stricts[i];
		snprintf(want, sizeof(want), VALIDATION("%s"), s->refusal);
		is_int(ask(s->body, IP, 1, w, NULL, out, a), 400, s->name);
		is_str(out->data, want, s->name);
		is_int(ask(s->body, IP, 0, w, NULL, out, a), s->status,
		    s->name);
		is_str(out->data, s->want != NULL ? s->want : want, s->name);
	}
}

/* Clusters spread in two dimensions: where Ichnaea's solver stops. */
static const struct optimum {
	const char *name, *body;
	double lat, lng, accuracy;
} optima[] = {
	{ "L4b", WIFI(WS(W1, -60) "," WS(D2, -80)),
	    51.5000252, -0.1000249, 10 },
	{ "L4c", WIFI(WSA(W1, -60, 500) "," WSA(D2, -60, 8000)),
	    51.500021, -0.1000204, 10.004546 },
	{ "L4d", WIFI(WSA(W1, -60, -8000) "," WSA(D2, -60, 0)),
	    51.500079, -0.1000791, 10 },
	{ "L4e", WIFI(WS("e00000000001", -60) "," WS("e00000000002", -80) ","
	    WS("e00000000003", -90)), 51.5002349, -0.1005091, 121.15 },
	{ "L4f", WIFI(WSA("f00000000001", -10, 1000) ","
	    WSA("f00000000002", -40, 8000) ","
	    WSA("f00000000003", -70, 16000) ","
	    WSA("f00000000004", -100, 1000)), 51.5000009, -0.0999994, 39.51 },
	{ "L4g", WIFI(WS("900000000001", -70) "," WS("900000000002", -71) ","
	    WSA("900000000003", -72, 5000) "," WS("900000000004", -90) ","
	    WS("900000000005", -45)), -33.8608493, 151.2008808, 192.3728 },
	{ "L4h", WIFI(WS("800000000001", -55) ","
	    WSA("800000000002", -55, 8000) "," WS("800000000003", -75) ","
	    WSA("800000000004", -90, 32000)), 48.8500094, 2.3503145, 73.9366 },
};

static void
is_at(const char *body, double lat, double lng, double accuracy, double tol,
    const char *name)
{
	double got_acc = NAN, got_lat = NAN, got_lng = NAN;

	sscanf(body, "{\"location\": {\"lat\": %lf, \"lng\": %lf}, "
	    "\"accuracy\": %lf}", &got_lat, &got_lng, &got_acc);
	is_near(got_lat, lat, 1e-9, name);
	is_near(got_lng, lng, 1e-9, name);
	is_near(got_acc, accuracy, tol, name);
}

static void
all_optima(struct world *w, struct base_buf *out, struct base_arena *a)
{
	const struct optimum *o;
	size_t i;

	for (i = 0; i < sizeof(optima) / sizeof(optima[0]); i++) {
		o = &optima[i];
		ask(o->body, NOIP, 0, w, NULL, out, a);
		is_at(out->data, o->lat, o->lng, o->accuracy, 0.005, o->name);
	}
}

/* The same in the words of 2016. */
static void
searches(struct world *w, struct base_buf *out, struct base_arena *a)
{
	static const struct {
		const char *body;
		int ip, status;
		const char *want;
	} t[] = {
		{ "{\"radio\":\"umts\",\"cell\":[{\"mcc\":234,\"mnc\":30,"
		    "\"lac\":8,\"cid\":70001,\"asu\":26}]}", NOIP, 200,
		    "{\"status\": \"ok\", \"lat\": 51.5, \"lon\": -0.12, "
		    "\"accuracy\": 1000.0}" },
		{ "{\"cell\":[{\"radio\":\"lte\",\"mcc\":234,\"mnc\":30,"
		    "\"lac\":100,\"cid\":9999}]}", NOIP, 200,
		    "{\"status\": \"ok\", \"lat\": 51.505, \"lon\": -0.1, "
		    "\"accuracy\": 50000.0, \"fallback\": \"lacf\"}" },
		{ "{\"wifi\":[{\"key\":\"" W1 "\"},{\"key\":\"" W2 "\"}]}",
		    NOIP, 200, "{\"status\": \"ok\", \"lat\": 51.50005, "
		    "\"lon\": -0.1, \"accuracy\": 10.0}" },
		{ "", IP, 200, "{\"status\": \"ok\", \"lat\": 51.5142, "
		    "\"lon\": -0.0931, \"accuracy\": 40000.0}" },
		{ WIFI(W(W1) "," W(W2)), NOIP, 200,
		    "{\"status\":\"not_found\"}" },
		{ "{\"cell\":[{\"mcc\":\"a\",\"mnc\":2,\"lac\":3,"
		    "\"cid\":4}]}", NOIP, 400, PARSE_BARE },
		{ "[]", NOIP, 400, PARSE_BARE },
		{ "{", NOIP, 400, PARSE_BARE },
	};
	struct api_answer how = { .api = API_ANSWER_SEARCH,
	    .rules = ichnaea_rules(1), .as_ichnaea = 1, .now_s = WORLD_NOW,
	    .arena = a };
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		how.has_ip = t[i].ip == IP;
		how.ip = how.has_ip ? &london : NULL;
		base_arena_reset(a);
		base_buf_reset(out);
		is_int(world_answer(w, &how, t[i].body, out), t[i].status,
		    t[i].body);
		is_str(out->data, t[i].want, t[i].body);
	}
}

/* A lookup that fails is no "not found". */
static void
faults(struct world *w, struct base_buf *out, struct base_arena *a)
{
	size_t before;

	w->broken = 1;
	is_int(ask(requests[0].body, NOIP, 0, w, NULL, out, a), 503,
	    "lookup fails");
	is_str(out->data, UNAVAILABLE, "lookup fails: body");
	is_int(ask(requests[0].body, IP, 0, w, NULL, out, a), 200,
	    "lookup fails, address known");
	is_str(out->data, LONDON_IPF, "lookup fails, address known: body");
	before = w->lookups;
	is_int(ask("{}", NOIP, 0, w, NULL, out, a), 404, "nothing to look up");
	is_int((long long)w->lookups, (long long)before, "no lookup");
	w->broken = 0;
}

static void
explained(struct world *w, struct base_buf *out, struct base_arena *a)
{
	struct base_buf x;

	base_buf_init(&x);
	ask("{\"wifiAccessPoints\":[" W(W1) "," W(W2) "," W("a82067000005")
	    "," W("a820670000aa") "," W("500000000099") "],\"cellTowers\":["
	    C("lte", 234, 30, 100, 9999) "]}", IP, 0, w, &x, out, a);
	is_str(x.data, "{\"blue\": {\"asked\": 0, \"found\": 0, "
	    "\"unknown\": [], \"blocked\": [], \"unplaced\": [], "
	    "\"stations\": []}, \"wifi\": {\"asked\": 5, \"found\": 4, "
	    "\"unknown\": [\"a820670000aa\"], "
	    "\"blocked\": [\"a82067000005\"], "
	    "\"unplaced\": [\"500000000099\"], \"stations\": ["
	    "{\"key\": \"a82067000001\", \"lat\": 51.5, \"lon\": -0.1, "
	    "\"score\": 3.3219281, \"group\": 0, \"age\": 1000.0, "
	    "\"signal\": -100.0, \"used\": true}, "
	    "{\"key\": \"a82067000002\", \"lat\": 51.5001, \"lon\": -0.1, "
	    "\"score\": 3.3219281, \"group\": 0, \"age\": 1000.0, "
	    "\"signal\": -100.0, \"used\": true}]}, "
	    "\"cell\": {\"asked\": 1, \"found\": 0, "
	    "\"unknown\": [\"lte-234-30-100-9999\"], \"blocked\": [], "
	    "\"unplaced\": [], \"stations\": []}, "
	    "\"area\": {\"asked\": 1, \"found\": 1, \"unknown\": [], "
	    "\"blocked\": [], \"unplaced\": [], \"stations\": ["
	    "{\"key\": \"lte-234-30-100\", \"lat\": 51.505, \"lon\": -0.1, "
	    "\"score\": 3.1622777, \"group\": 0}]}, \"results\": ["
	    "{\"source\": \"internal\", \"kind\": \"wifi\", \"group\": 0, "
	    "\"lat\": 51.50005, \"lon\": -0.1, \"accuracy\": 10.0, "
	    "\"score\": 6.6438562}, "
	    "{\"source\": \"internal\", \"kind\": \"area\", \"group\": 0, "
	    "\"lat\": 51.505, \"lon\": -0.1, \"accuracy\": 50000.0, "
	    "\"score\": 3.1622777, \"fallback\": \"lacf\"}, "
	    "{\"source\": \"geoip\", \"kind\": \"ip\", \"group\": 0, "
	    "\"lat\": 51.5142, \"lon\": -0.0931, \"accuracy\": 40000.0, "
	    "\"score\": 0.8, \"fallback\": \"ipf\"}], "
	    "\"supporting\": [0, 2, 1], \"score\": 10.6061338, "
	    "\"chosen\": 0, \"expected\": \"high\", \"satisfied\": true}",
	    "explanation");
	base_buf_reset(&x);
	ask(CELL(C("nr", 234, 30, 16777213, 68719476735) ","
	    NR(16777213, ",\"cellId\":2")), NOIP, 0, w, &x, out, a);
	ok(strstr(x.data, "\"unknown\": [\"nr-234-30-16777213-2\"]") != NULL &&
	    strstr(x.data, "\"key\": \"nr-234-30-16777213-68719476735\"") !=
	    NULL && strstr(x.data, "\"area\": {\"asked\": 1, \"found\": 1, "
	    "\"unknown\": []") != NULL, "explanation of NR");
	base_buf_done(&x);
}

/*
 * Of many networks only the first are looked up, unless that is to be as
 * Ichnaea did.
 */
static void
many(struct base_buf *out, struct base_arena *a)
{
	struct api_answer w = { .rules = ichnaea_rules(0), .arena = a,
	    .now_s = WORLD_NOW };
	struct base_buf body;
	int i, as_ichnaea;

	base_buf_init(&body);
	base_buf_str(&body, "{\"wifiAccessPoints\":[");
	for (i = 0; i < 200; i++)
		base_buf_fmt(&body, "%s{\"macAddress\":\"a82067%04x01\"}",
		    i > 0 ? "," : "", i);
	base_buf_str(&body, "]}");
	for (as_ichnaea = 0; as_ichnaea <= 1; as_ichnaea++) {
		base_arena_reset(a);
		base_buf_reset(out);
		w.as_ichnaea = as_ichnaea;
		ok(api_answer_read(&w, body.data, body.len), "read");
		ok(w.need.nwifi == (as_ichnaea ? 200 : LOCATE_QUERY_MAX_MACS) &&
		    w.query.nwifi == w.need.nwifi, "%zu of 200 are asked for",
		    w.need.nwifi);
		ok(memcmp(w.need.wifi[127].mac, "\xa8\x20\x67\x00\x7f\x01",
		    RADIO_MAC_LEN) == 0, "in their order");
		api_answer_search(&w);
		api_answer_write(&w, out);
	}
	base_buf_done(&body);
}

int
main(void)
{
	struct world w = { stations, sizeof(stations) / sizeof(stations[0]),
	    0, 0 };
	struct base_arena a;
	struct base_buf out;

	base_arena_init(&a);
	base_buf_init(&out);
	all(&w, &out, &a);
	all_optima(&w, &out, &a);
	searches(&w, &out, &a);
	faults(&w, &out, &a);
	explained(&w, &out, &a);
	many(&out, &a);
	base_buf_done(&out);
	base_arena_done(&a);
	return tap_done();
}
