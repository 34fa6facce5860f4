/* SPDX-License-Identifier: ISC */
/* The same networks in the words of every service. */
#include "api/form.h"
#include "base/buf.h"
#include "json/write.h"
#include "locate/query.h"

#include "tap.h"

#define U LOCATE_UNKNOWN

/* Everything is known of the first of each kind, and little of the second. */
static struct locate_mac blue[] = {
	{ { 0xb8, 1, 2, 3, 4, 5 }, 100, -60, U, U, U, "b\"1", 3 },
};
static struct locate_mac wifi[] = {
	{ { 0xa8, 1, 2, 3, 4, 5 }, 0, -50, 20, 6, 2437, "\xc3\xa9", 2 },
	{ { 0xa8, 1, 2, 3, 4, 6 }, U, U, U, U, U, NULL, 0 },
};
static struct locate_cell cell[] = {
	{ { 3, 234, 30, 100, 1001, 3, -90, 50, 5 }, -7 },
	{ { 4, 234, 30, 100, 68719476735, U, U, U, U }, U },
};

static const struct {
	enum api_form_kind	 kind;
	const char		*want;
} forms[] = {
	{ API_FORM_REPORT, "{\"bluetoothBeacons\": [{\"macAddress\": "
	    "\"b80102030405\", \"age\": 100, \"signalStrength\": -60, "
	    "\"name\": \"b\\\"1\"}], \"cellTowers\": [{\"radioType\": "
	    "\"lte\", \"mobileCountryCode\": 234, \"mobileNetworkCode\": 30, "
	    "\"locationAreaCode\": 100, \"cellId\": 1001, "
	    "\"primaryScramblingCode\": 3, \"age\": -7, \"asu\": 50, "
	    "\"signalStrength\": -90, \"timingAdvance\": 5}, "
	    "{\"radioType\": \"nr\", \"mobileCountryCode\": 234, "
	    "\"mobileNetworkCode\": 30, \"locationAreaCode\": 100, "
	    "\"cellId\": 68719476735}], \"wifiAccessPoints\": ["
	    "{\"macAddress\": \"a80102030405\", \"age\": 0, \"channel\": 6, "
	    "\"frequency\": 2437, \"signalStrength\": -50, "
	    "\"signalToNoiseRatio\": 20, \"ssid\": \"\\u00e9\"}, "
	    "{\"macAddress\": \"a80102030406\"}]}" },
	{ API_FORM_ICHNAEA, "{\"bluetoothBeacons\": [{\"macAddress\": "
	    "\"b80102030405\", \"age\": 100, \"name\": \"b\\\"1\", "
	    "\"signalStrength\": -60}], \"cellTowers\": [{\"radioType\": "
	    "\"lte\", \"mobileCountryCode\": 234, \"mobileNetworkCode\": 30, "
	    "\"locationAreaCode\": 100, \"cellId\": 1001, "
	    "\"primaryScramblingCode\": 3, \"age\": -7, "
	    "\"signalStrength\": -90, \"timingAdvance\": 5}, "
	    "{\"radioType\": \"nr\", \"mobileCountryCode\": 234, "
	    "\"mobileNetworkCode\": 30, \"locationAreaCode\": 100, "
	    "\"cellId\": 68719476735}], \"wifiAccessPoints\": ["
	    "{\"macAddress\": \"a80102030405\", \"age\": 0, \"channel\": 6, "
	    "\"signalStrength\": -50, \"signalToNoiseRatio\": 20, "
	    "\"ssid\": \"\\u00e9\"}, {\"macAddress\": \"a80102030406\"}]}" },
	{ API_FORM_GOOGLE, "{\"cellTowers\": [{\"radioType\": \"lte\", "
	    "\"mobileCountryCode\": 234, \"mobileNetworkCode\": 30, "
	    "\"locationAreaCode\": 100, \"cellId\": 1001, \"age\": -7, "
	    "\"signalStrength\": -90, \"timingAdvance\": 5}, "
	    "{\"radioType\": \"nr\", \"mobileCountryCode\": 234, "
	    "\"mobileNetworkCode\": 30, \"locationAreaCode\": 100, "
	    "\"newRadioCellId\": 68719476735}], \"wifiAccessPoints\": ["
	    "{\"macAddress\": \"a80102030405\", \"age\": 0, \"channel\": 6, "
	    "\"signalStrength\": -50, \"signalToNoiseRatio\": 20}, "
	    "{\"macAddress\": \"a80102030406\"}]}" },
	{ API_FORM_UNWIRED, "{\"cells\": [{\"radio\": \"lte\", \"lac\": 100, "
	    "\"cid\": 1001, \"mcc\": 234, \"mnc\": 30, \"signal\": -90, "
	    "\"tA\": 5, \"psc\": 3, \"asu\": 50}, {\"radio\": \"nr\", "
	    "\"lac\": 100, \"cid\": 68719476735, \"mcc\": 234, \"mnc\": 30}], "
	    "\"wifi\": [{\"bssid\": \"a80102030405\", \"channel\": 6, "
	    "\"frequency\": 2437, \"signal\": -50, "
	    "\"signalToNoiseRatio\": 20}, {\"bssid\": \"a80102030406\"}]}" },
};

static void
put_form(struct base_buf *b, enum api_form_kind kind,
    const struct locate_query *q)
{
	struct json_write w;

	base_buf_reset(b);
	json_write_init(&w, b, JSON_WRITE_SPACED);
	json_write_object(&w, NULL);
	api_form_write(&w, kind, q);
	json_write_end(&w);
}

int
main(void)
{
	struct locate_query q;
	struct base_buf b;
	size_t i;

	base_buf_init(&b);
	locate_query_init(&q);
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		put_form(&b, forms[i].kind, &q);
		is_str(b.data, "{}", "no networks");
	}
	q.blue = blue;
	q.nblue = sizeof(blue) / sizeof(blue[0]);
	q.wifi = wifi;
	q.nwifi = sizeof(wifi) / sizeof(wifi[0]);
	q.cell = cell;
	q.ncell = sizeof(cell) / sizeof(cell[0]);
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		put_form(&b, forms[i].kind, &q);
		is_str(b.data, forms[i].want, "all networks");
	}
	base_buf_done(&b);
	return tap_done();
}
