/* SPDX-License-Identifier: ISC */
#include "radio/cell.h"
#include "radio/mac.h"
#include "radio/wifi.h"

#include "tap.h"

#define U RADIO_CELL_UNKNOWN

static void
macs(void)
{
	static const char *const bad[] = { "", "000000000000", "ffffffffffff",
	    "FF:FF:FF:FF:FF:FF", "01005e901000", "a8206612345",
	    "a820661234567", "a8 20 66 12 34 56", "zz2067000002" };
	uint8_t mac[RADIO_MAC_LEN];
	size_t i;

	ok(radio_mac_parse(mac, "A8:20-66.12:34:56", 17) &&
	    memcmp(mac, "\xa8\x20\x66\x12\x34\x56", 6) == 0, "mixed marks");
	ok(radio_mac_shard(mac) == 6, "shard of a82066123456");
	ok(radio_mac_parse(mac, "111101123456", 12) &&
	    radio_mac_shard(mac) == 0, "shard of 111101123456");
	ok(radio_mac_parse(mac, "0000f0123456", 12) &&
	    radio_mac_shard(mac) == 15, "shard of 0000f0123456");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!radio_mac_parse(mac, bad[i], strlen(bad[i])), "refused %s",
		    bad[i]);
}

static void
channels(void)
{
	static const int pair[][2] = { { 1, 2412 }, { 13, 2472 }, { 14, 2484 },
	    { 15, 5075 }, { 36, 5180 }, { 185, 5925 }, { 186, 4930 },
	    { 199, 4995 } };
	static const int none[] = { 2411, 2473, 4910, 5000, 5074, 5930 };
	size_t i;

	for (i = 0; i < sizeof(pair) / sizeof(pair[0]); i++)
		ok(radio_wifi_frequency(pair[i][0]) == pair[i][1] &&
		    radio_wifi_channel(pair[i][1]) == pair[i][0],
		    "channel %d", pair[i][0]);
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		is_int(radio_wifi_channel(none[i]), 0, "no channel");
	is_int(radio_wifi_frequency(0) + radio_wifi_frequency(200), 0,
	    "no frequency");
}

static void
cells(void)
{
	static const struct {
		struct radio_cell in;
		enum radio_cell_verdict verdict;
		int type, cid, psc, signal, asu, ta;
	} t[] = {
		/* ASU to signal */
		{ { 0, 234, 30, 1, 2, U, U, 15, U }, RADIO_CELL_OK,
		    0, 2, U, -83, 15, U },
		{ { 2, 234, 30, 1, 2, U, U, 15, U }, RADIO_CELL_OK,
		    2, 2, U, -101, 15, U },
		{ { 3, 234, 30, 1, 2, U, U, 15, U }, RADIO_CELL_OK,
		    3, 2, U, -125, 15, U },
		/* swapped fields */
		{ { 0, 234, 30, 1, 2, U, U, -83, U }, RADIO_CELL_OK,
		    0, 2, U, -83, U, U },
		{ { 0, 234, 30, 1, 2, U, 10, -83, U }, RADIO_CELL_OK,
		    0, 2, U, -83, U, U },
		{ { 0, 234, 30, 1, 2, U, -75, 15, U }, RADIO_CELL_OK,
		    0, 2, U, -75, 15, U },
		{ { 0, 234, 30, 1, 2, U, -40, 99, U }, RADIO_CELL_OK,
		    0, 2, U, U, U, U },
		{ { 0, 234, 30, 1, 2, U, -40, 15, U }, RADIO_CELL_OK,
		    0, 2, U, -83, 15, U },
		/* a GSM cell with a 3G id, its timing advance unknown */
		{ { 0, 234, 30, 1, 70000, 3, U, 15, 3 }, RADIO_CELL_OK,
		    2, 70000, 3, -101, 15, U },
		{ { 0, 234, 30, 1, 65535, U, U, U, 63 }, RADIO_CELL_OK,
		    0, 65535, U, U, U, 63 },
		{ { 3, 234, 30, 1, 2, 503, U, U, 64 }, RADIO_CELL_OK,
		    3, 2, 503, U, U, U },
		{ { 3, 234, 30, 1, 2, 504, U, U, U }, RADIO_CELL_OK,
		    3, 2, U, U, U, U },
		{ { 0, 234, 30, 1, 2, 512, U, U, U }, RADIO_CELL_OK,
		    0, 2, U, U, U, U },
		/* no cell id, or one out of range: an area */
		{ { 3, 234, 30, 1, U, U, U, U, U }, RADIO_CELL_AREA,
		    3, U, U, U, U, U },
		{ { 3, 234, 30, 1, 0, U, U, U, U }, RADIO_CELL_AREA,
		    3, U, U, U, U, U },
		{ { 3, 234, 30, 1, 268435456, U, U, U, U }, RADIO_CELL_AREA,
		    3, U, U, U, U, U },
		{ { 3, 234, 30, 0, 5, U, U, U, U }, RADIO_CELL_BAD,
		    3, 5, U, U, U, U },
		{ { 3, 234, 30, 65534, 5, U, U, U, U }, RADIO_CELL_BAD,
		    3, 5, U, U, U, U },
		{ { 3, 234, 1000, 1, 5, U, U, U, U }, RADIO_CELL_BAD,
		    3, 5, U, U, U, U },
		{ { 3, 234, U, 1, 5, U, U, U, U }, RADIO_CELL_BAD,
		    3, 5, U, U, U, U },
		{ { 1, 234, 30, 1, 5, U, U, U, U }, RADIO_CELL_BAD,
		    1, 5, U, U, U, U },
		{ { U, 234, 30, 1, 5, U, U, U, U }, RADIO_CELL_BAD,
		    U, 5, U, U, U, U },
	};
	struct radio_cell c;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		c = t[i].in;
		ok(radio_cell_check(&c, 1) == t[i].verdict &&
		    c.type == t[i].type && c.cid == t[i].cid &&
		    c.psc == t[i].psc && c.signal_dbm == t[i].signal &&
		    c.asu == t[i].asu && c.ta == t[i].ta, "cell %zu", i);
	}
	c = t[0].in;
	is_int(radio_cell_check(&c, 0), RADIO_CELL_BAD, "MCC of nobody");
}

static void
keys(void)
{
	struct radio_cell c = { RADIO_CELL_LTE, 234, 30, 100, 55, U, U, U, U };
	struct radio_cell d;
	uint8_t key[RADIO_CELL_KEY_LEN];

	radio_cell_key(key, &c);
	ok(memcmp(key, "\x03\x00\xea\x00\x1e\x00\x64\x00\x00\x00\x37",
	    sizeof(key)) == 0, "key of lte 234/30/100/55");
	radio_cell_from_key(&d, key, sizeof(key));
	ok(d.type == c.type && d.mcc == 234 && d.mnc == 30 && d.lac == 100 &&
	    d.cid == 55, "cell of a key");
	radio_cell_from_key(&d, key, RADIO_CELL_AREA_LEN);
	ok(d.lac == 100 && d.cid == U, "area of a key");
	is_int(radio_cell_type_parse("wcdma", 5), RADIO_CELL_WCDMA, "wcdma");
	is_int(radio_cell_type_parse("umts", 4), RADIO_CELL_NONE, "umts");
	is_str(radio_cell_type_name(RADIO_CELL_GSM), "gsm", "name");
}

int
main(void)
{
	macs();
	channels();
	cells();
	keys();
	return tap_done();
}
