/* SPDX-License-Identifier: ISC */
#include "base/num.h"
#include "ichnaea/rules.h"
#include "radio/cell.h"
#include "radio/mac.h"
#include "radio/wifi.h"

#include "tap.h"

static const struct ichnaea_rules *own, *old;

#define U RADIO_CELL_UNKNOWN

static void
macs(void)
{
	static const char *const bad[] = { "", "000000000000", "ffffffffffff",
	    "FF:FF:FF:FF:FF:FF", "01005e901000", "a8206612345",
	    "a820661234567", "a8 20 66 12 34 56", "zz2067000002",
	    "a8:20:66:12:34:5g", "a8:20:66:12:34:g6", "a8:20:66:12:34 56",
	    "a8:20:66:12:34:5", "a8:20:66:12:34:567", "a8:20:66:12:34:\2626" };
	/* of virtual routers, and of phones that hide those of others */
	static const char *const dummy[] = { "02:00:00:00:00:00",
	    "00005e000100", "00005e0001ff", "00-00-5E-00-02-07",
	    "00000c07ac00", "00000c07acff", "00000c9ff000", "00000c9fffff",
	    "000573a00000", "000573a00fff", "0007b4000000", "0007b400ffff" };
	static const char *const like[] = { "020000000001", "020000000100",
	    "00005e000000", "00005e005301", "00005e000300", "00000c07ab00",
	    "00000c9fefff", "000573a01000", "0007b4010000", "800000000000" };
	uint8_t mac[RADIO_MAC_LEN];
	size_t i;

	ok(radio_mac_parse(mac, "A8:20-66.12:34:56", 17, own) &&
	    memcmp(mac, "\xa8\x20\x66\x12\x34\x56", 6) == 0, "mixed marks");
	ok(radio_mac_parse(mac, "9A:bC:Ef:01:23:Ff", 17, own) &&
	    memcmp(mac, "\x9a\xbc\xef\x01\x23\xff", 6) == 0, "mixed case");
	ok(radio_mac_parse(mac, "a8:2:06:6:12:3456", 17, own) &&
	    memcmp(mac, "\xa8\x20\x66\x12\x34\x56", 6) == 0, "odd pairs");
	ok(radio_mac_shard(mac) == 6, "shard of a82066123456");
	ok(radio_mac_parse(mac, "111101123456", 12, own) &&
	    radio_mac_shard(mac) == 0, "shard of 111101123456");
	ok(radio_mac_parse(mac, "0000f0123456", 12, own) &&
	    radio_mac_shard(mac) == 15, "shard of 0000f0123456");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!radio_mac_parse(mac, bad[i], strlen(bad[i]), own) &&
		    !radio_mac_parse(mac, bad[i], strlen(bad[i]), old),
		    "refused %s", bad[i]);
	for (i = 0; i < sizeof(dummy) / sizeof(dummy[0]); i++)
		ok(!radio_mac_parse(mac, dummy[i], strlen(dummy[i]), own) &&
		    radio_mac_parse(mac, dummy[i], strlen(dummy[i]), old),
		    "nobody's unless strict: %s", dummy[i]);
	for (i = 0; i < sizeof(like) / sizeof(like[0]); i++)
		ok(radio_mac_parse(mac, like[i], strlen(like[i]), own),
		    "somebody's: %s", like[i]);
}

static void
names(void)
{
	static const struct {
		const char *name;
		int out;
	} t[] = { { "home_nomap", 1 }, { "_nomap", 1 }, { "x_NoMap", 1 },
	    { "home_optout", 1 }, { "_OPTOUT", 1 }, { "x_nomap_optout", 1 },
	    { "x_optout_nomap", 1 }, { "", 0 }, { "nomap", 0 },
	    { "home-nomap", 0 }, { "home_nomap ", 1 }, { "_nomap_x", 1 },
	    { "x_optout_", 1 }, { "home_optout_5G", 1 }, { "__nomap", 1 },
	    { "_optout-guest", 1 }, { "_no_nomap", 1 }, { "p", 0 },
	    { "_no map", 0 }, { "_noma", 0 }, { "_opt_out", 0 } };
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		ok(radio_mac_opts_out(t[i].name, strlen(t[i].name)) ==
		    t[i].out, "%s: %s", t[i].name, t[i].out ? "left out" :
		    "known");
	ok(!radio_mac_opts_out("x_nomap", 6), "no more than its length");
	ok(radio_mac_opts_out("a\0b_nomap\0\0", 11), "NULs are part of it");
}

static void
channels(void)
{
	static const int pair[][2] = { { 1, 2412 }, { 13, 2472 }, { 14, 2484 },
	    { 15, 5075 }, { 36, 5180 }, { 185, 5925 }, { 186, 4930 },
	    { 199, 4995 } };
	static const int none[] = { 2411, 2473, 4910, 5000, 5074, 5930, 5936,
	    5954, 7116 };
	/* IEEE 802.11ax-2021 27.3.23.2 */
	static const int six_ghz[][2] = { { 5935, 2 }, { 5955, 1 },
	    { 5975, 5 }, { 6115, 33 }, { 7115, 233 } };
	size_t i;

	for (i = 0; i < sizeof(pair) / sizeof(pair[0]); i++)
		ok(radio_wifi_frequency(pair[i][0]) == pair[i][1] &&
		    radio_wifi_channel(pair[i][1], 0) == pair[i][0] &&
		    radio_wifi_channel(pair[i][1], 1) == pair[i][0],
		    "channel %d", pair[i][0]);
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		is_int(radio_wifi_channel(none[i], 1), 0, "no channel");
	for (i = 0; i < sizeof(six_ghz) / sizeof(six_ghz[0]); i++)
		ok(radio_wifi_channel(six_ghz[i][0], 1) == six_ghz[i][1] &&
		    radio_wifi_channel(six_ghz[i][0], 0) == 0,
		    "channel of %d MHz", six_ghz[i][0]);
	is_int(radio_wifi_frequency(0) + radio_wifi_frequency(200), 0,
	    "no frequency");
}

static void
cells(void)
{
	static const struct {
		struct radio_cell in;
		enum radio_cell_verdict verdict;
		int type;
		int64_t cid;
		int psc, signal, asu, ta;
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
		{ { 0, 234, 30, 1, 65534, U, U, U, 63 }, RADIO_CELL_OK,
		    0, 65534, U, U, U, 63 },
		/* numbers that stand for unknown */
		{ { 0, 234, 30, 1, 65535, U, U, U, U }, RADIO_CELL_AREA,
		    0, U, U, U, U, U },
		{ { 0, 234, 30, 1, INT32_MAX, U, U, U, U }, RADIO_CELL_AREA,
		    0, U, U, U, U, U },
		{ { 2, 234, 30, 1, 268435455, 511, U, -1, U },
		    RADIO_CELL_AREA, 2, U, 511, U, U, U },
		{ { 2, 234, 30, 1, 65535, INT32_MAX, INT32_MAX, U, U },
		    RADIO_CELL_AREA, 2, U, U, U, U, U },
		{ { 3, 234, 30, 1, 268435455, 65535, -1, 255, 65535 },
		    RADIO_CELL_AREA, 3, U, U, U, U, U },
		{ { 3, 234, 30, 1, 268435454, U, U, -1, U }, RADIO_CELL_OK,
		    3, 268435454, U, U, U, U },
		{ { 4, 234, 30, 1, INT32_MAX, U, U, U, U }, RADIO_CELL_AREA,
		    4, U, U, U, U, U },
		{ { 4, 234, 30, 1, 268435455, U, U, U, U }, RADIO_CELL_AREA,
		    4, U, U, U, U, U },
		{ { 4, 234, 30, 1, UINT32_MAX, U, U, U, INT32_MAX },
		    RADIO_CELL_AREA, 4, U, U, U, U, U },
		{ { 4, 234, 30, 65535, 7, U, U, U, U }, RADIO_CELL_BAD,
		    4, 7, U, U, U, U },
		{ { 0, 234, 30, 1, 2, U, U, U, 64 }, RADIO_CELL_OK,
		    0, 2, U, U, U, U },
		{ { 3, 234, 30, 1, 2, 503, U, U, 1282 }, RADIO_CELL_OK,
		    3, 2, 503, U, U, 1282 },
		{ { 3, 234, 30, 1, 2, U, U, U, 1283 }, RADIO_CELL_OK,
		    3, 2, U, U, U, U },
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
		/* NR */
		{ { 4, 234, 30, 16777213, 68719476735, 1007, -156, 0, 3846 },
		    RADIO_CELL_OK, 4, 68719476735, 1007, -156, 0, 3846 },
		{ { 4, 234, 30, 1, 1, 1008, -157, 97, 3847 },
		    RADIO_CELL_OK, 4, 1, U, -43, 97, U },
		{ { 4, 234, 30, 1, 1, 0, -30, 98, -1 },
		    RADIO_CELL_OK, 4, 1, 0, U, U, U },
		{ { 4, 234, 30, 1, 1, U, -31, U, U },
		    RADIO_CELL_OK, 4, 1, U, -31, U, U },
		{ { 4, 234, 30, 1, 68719476736, U, U, U, U },
		    RADIO_CELL_AREA, 4, U, U, U, U, U },
		{ { 4, 234, 30, 1, INT64_MAX, U, U, U, U },
		    RADIO_CELL_AREA, 4, U, U, U, U, U },
		{ { 4, 234, 30, 0, 1, U, U, U, U },
		    RADIO_CELL_BAD, 4, 1, U, U, U, U },
		{ { 4, 234, 30, 16777214, 1, U, U, U, U },
		    RADIO_CELL_BAD, 4, 1, U, U, U, U },
		{ { 5, 234, 30, 1, 1, U, U, U, U },
		    RADIO_CELL_BAD, 5, 1, U, U, U, U },
	};
	struct radio_cell c;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		c = t[i].in;
		ok(radio_cell_check(&c, 1, own) == t[i].verdict &&
		    c.type == t[i].type && c.cid == t[i].cid &&
		    c.psc == t[i].psc && c.signal_dbm == t[i].signal &&
		    c.asu == t[i].asu && c.ta == t[i].ta, "cell %zu", i);
	}
	c = t[0].in;
	is_int(radio_cell_check(&c, 0, own), RADIO_CELL_BAD, "MCC of nobody");
}

/* What Ichnaea did not know. */
static void
strict(void)
{
	struct radio_cell c = { 4, 234, 30, 1, 2, U, U, U, U };
	struct radio_cell far = { 3, 234, 30, 1, 2, U, U, U, 64 };
	struct radio_cell near = { 3, 234, 30, 1, 2, U, U, U, 63 };
	struct radio_cell gsm = { 0, 234, 30, 1, 65535, U, U, U, U };
	struct radio_cell wcdma = { 0, 234, 30, 1, 268435455, U, U, -1, U };

	is_int(radio_cell_check(&c, 1, old), RADIO_CELL_BAD, "no NR");
	ok(radio_cell_check(&far, 1, old) == RADIO_CELL_OK && far.ta == U &&
	    radio_cell_check(&near, 1, old) == RADIO_CELL_OK && near.ta == 63,
	    "timing advance to 63");
	ok(radio_cell_check(&gsm, 1, old) == RADIO_CELL_OK && gsm.cid == 65535 &&
	    radio_cell_check(&wcdma, 1, old) == RADIO_CELL_OK &&
	    wcdma.type == 2 && wcdma.cid == 268435455 &&
	    wcdma.signal_dbm == -117, "all ones are numbers");
}

static void
words(void)
{
	static const struct {
		const char *word;
		int type, strict;
	} t[] = {
		{ "gsm", RADIO_CELL_GSM, RADIO_CELL_GSM },
		{ "CDMA", RADIO_CELL_CDMA, RADIO_CELL_CDMA },
		{ "Umts", RADIO_CELL_WCDMA, RADIO_CELL_WCDMA },
		{ "wcdma", RADIO_CELL_WCDMA, RADIO_CELL_WCDMA },
		{ "LTE", RADIO_CELL_LTE, RADIO_CELL_LTE },
		{ "nr", RADIO_CELL_NR, RADIO_CELL_NONE },
		{ "5G", RADIO_CELL_NR, RADIO_CELL_NONE },
		{ "ltem", RADIO_CELL_LTE, RADIO_CELL_NONE },
		{ "LTE-M", RADIO_CELL_LTE, RADIO_CELL_NONE },
		{ "catm", RADIO_CELL_LTE, RADIO_CELL_NONE },
		{ "CatM1", RADIO_CELL_LTE, RADIO_CELL_NONE },
		{ "Cat-M1", RADIO_CELL_LTE, RADIO_CELL_NONE },
		{ "nbiot", RADIO_CELL_LTE, RADIO_CELL_NONE },
		{ "NB-IoT", RADIO_CELL_LTE, RADIO_CELL_NONE },
		{ "nb", RADIO_CELL_LTE, RADIO_CELL_NONE },
		{ "", RADIO_CELL_NONE, RADIO_CELL_NONE },
		{ "nrx", RADIO_CELL_NONE, RADIO_CELL_NONE },
		{ "4g", RADIO_CELL_NONE, RADIO_CELL_NONE },
	};
	size_t i, len;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		len = strlen(t[i].word);
		ok(radio_cell_type_of_word(t[i].word, len, own) == t[i].type &&
		    radio_cell_type_of_word(t[i].word, len, old) == t[i].strict,
		    "the word '%s'", t[i].word);
	}
}

static void
keys(void)
{
	static const struct {
		struct radio_cell c;
		const char *hex;
		size_t len, area_len;
	} t[] = {
		{ { 0, 310, 1, 1, 1, U, U, U, U }, "00013600010001000000010000",
		    11, 7 },
		{ { 3, 234, 30, 100, 55, U, U, U, U },
		    "0300ea001e0064000000370000", 11, 7 },
		{ { 4, 234, 30, 0x123456, 0xf87654321, U, U, U, U },
		    "0400ea001e1234560f87654321", 13, 8 },
		{ { 4, 234, 30, 0x123457, 1, U, U, U, U },
		    "0400ea001e1234570000000001", 13, 8 },
	};
	uint8_t area[RADIO_CELL_AREA_MAX], key[RADIO_CELL_KEY_MAX];
	uint8_t last[RADIO_CELL_KEY_MAX] = { 0 }, want[RADIO_CELL_KEY_MAX];
	struct radio_cell c;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		radio_cell_key(key, &t[i].c);
		base_num_unhex(want, sizeof(want), t[i].hex);
		ok(memcmp(key, want, sizeof(key)) == 0 &&
		    radio_cell_key_len(key[0]) == t[i].len, "key %s",
		    t[i].hex);
		radio_cell_from_key(&c, key);
		ok(c.type == t[i].c.type && c.mcc == t[i].c.mcc &&
		    c.mnc == t[i].c.mnc && c.lac == t[i].c.lac &&
		    c.cid == t[i].c.cid, "its cell");
		radio_cell_area_key(area, &t[i].c);
		ok(radio_cell_area_len(area[0]) == t[i].area_len &&
		    memcmp(area, key, t[i].area_len) == 0 &&
		    (t[i].area_len == 8 || area[7] == 0), "key of its area");
		radio_cell_from_area_key(&c, area);
		ok(c.lac == t[i].c.lac && c.cid == U, "its area");
		ok(memcmp(last, key, sizeof(key)) < 0 &&
		    !radio_cell_same_area(last, key) &&
		    radio_cell_same_area(area, key), "the order of keys");
		memcpy(last, key, sizeof(last));
	}
	is_int((long)radio_cell_key_len(200), 11, "a radio nobody knows");
	is_int(radio_cell_type_parse("wcdma", 5), RADIO_CELL_WCDMA, "wcdma");
	is_int(radio_cell_type_parse("umts", 4), RADIO_CELL_NONE, "umts");
	is_str(radio_cell_type_name(RADIO_CELL_NR), "nr", "name");
}

int
main(void)
{
	own = ichnaea_rules(0);
	old = ichnaea_rules(1);
	macs();
	names();
	channels();
	cells();
	strict();
	words();
	keys();
	return tap_done();
}
