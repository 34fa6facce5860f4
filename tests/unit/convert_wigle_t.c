/* SPDX-License-Identifier: ISC */
#include "convert/obs.h"
#include "convert/wigle.h"

#include "tap.h"

static void
cells(void)
{
	static const struct {
		const char	*key, *type, *mode;
		enum convert_wigle_verdict verdict;
		enum radio_cell_type radio;
		int64_t		 mcc, mnc, area, cid;
	} t[] = {
		/* The MNC is all behind the MCC, of two digits or three. */
		{ "26201_1289_27447296", "LTE", "LTE;26201", CONVERT_WIGLE_OK,
		    RADIO_CELL_LTE, 262, 1, 1289, 27447296 },
		{ "310410_8514_47108096", "LTE", "LTE;310410",
		    CONVERT_WIGLE_OK, RADIO_CELL_LTE, 310, 410, 8514,
		    47108096 },
		{ "302720_1_68719476735", "NR", "NR;302720", CONVERT_WIGLE_OK,
		    RADIO_CELL_NR, 302, 720, 1, 68719476735 },
		{ "26203_40321_3221225", "WCDMA", "UMTS;26203",
		    CONVERT_WIGLE_OK, RADIO_CELL_WCDMA, 262, 3, 40321,
		    3221225 },
		/* Old apps called everything GSM. */
		{ "42502_22811_5371521", "GSM", "HSPA;il", CONVERT_WIGLE_OK,
		    RADIO_CELL_WCDMA, 425, 2, 22811, 5371521 },
		{ "26201_1_2", "GSM", "LTE;de", CONVERT_WIGLE_OK,
		    RADIO_CELL_LTE, 262, 1, 1, 2 },
		{ "26202_1042_40211", "GSM", "EDGE;de", CONVERT_WIGLE_OK,
		    RADIO_CELL_GSM, 262, 2, 1042, 40211 },
		{ "26202_1042_65536", "GSM", "GPRS;de", CONVERT_WIGLE_ALIEN,
		    RADIO_CELL_NONE, 262, 2, 1042, 65536 },
		{ "42502_1_2", "GSM", "UNKNOWN;il", CONVERT_WIGLE_ALIEN,
		    RADIO_CELL_NONE, 425, 2, 1, 2 },
		{ "26202_1_2147483647", "GSM", "", CONVERT_WIGLE_ALIEN,
		    RADIO_CELL_NONE, 262, 2, 1, 2147483647 },
		{ "26202_1_0", "GSM", "", CONVERT_WIGLE_ALIEN,
		    RADIO_CELL_NONE, 262, 2, 1, 0 },
		/* And what is no cell at all. */
		{ "2620_1_2", "GSM", "", CONVERT_WIGLE_BAD, 0, 0, 0, 0, 0 },
		{ "2620201_1_2", "GSM", "", CONVERT_WIGLE_BAD, 0, 0, 0, 0, 0 },
		{ "26202_1", "GSM", "", CONVERT_WIGLE_BAD, 0, 0, 0, 0, 0 },
		{ "26202_1_2_3", "GSM", "", CONVERT_WIGLE_BAD, 0, 0, 0, 0, 0 },
		{ "26202_-1_2", "GSM", "", CONVERT_WIGLE_BAD, 0, 0, 0, 0, 0 },
		{ "26202_1_", "GSM", "", CONVERT_WIGLE_BAD, 0, 0, 0, 0, 0 },
		{ "", "GSM", "", CONVERT_WIGLE_BAD, 0, 0, 0, 0, 0 },
	};
	struct convert_obs o;
	enum convert_wigle_verdict v;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		convert_obs_init(&o);
		v = convert_wigle_cell(&o, t[i].key, strlen(t[i].key),
		    t[i].type, t[i].mode, strlen(t[i].mode));
		is_int(v, t[i].verdict, t[i].key);
		if (v == CONVERT_WIGLE_OK)
			ok(o.radio == t[i].radio && o.mcc == t[i].mcc &&
			    o.mnc == t[i].mnc && o.area == t[i].area &&
			    o.cid == t[i].cid, "%s: its identity", t[i].key);
	}
}

static void
addresses(void)
{
	static const struct {
		const char	*text;
		int		 is, is_station;
	} t[] = {
		{ "0c:11:22:33:44:01", 1, 1 }, { "0C-11-22-33-44-01", 1, 1 },
		{ "0c1122334401", 1, 1 }, { "00:00:00:00:00:00", 1, 0 },
		{ "ff:ff:ff:ff:ff:ff", 1, 0 }, { "01:00:5e:00:00:01", 1, 0 },
		{ "02:00:00:00:00:00", 1, 1 }, { "0c:11:22:33:44", 0, 0 },
		{ "0c:11:22:33:44:0g", 0, 0 }, { "0c.11.22.33.44.01", 0, 0 },
		{ "", 0, 0 }, { "GP:SD:TR:AC:KL:OG", 0, 0 },
	};
	uint8_t mac[RADIO_MAC_LEN];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		is_int(convert_obs_mac(mac, t[i].text, strlen(t[i].text)),
		    t[i].is, t[i].text);
		if (t[i].is)
			is_int(convert_obs_is_station(mac), t[i].is_station,
			    "... of a station");
	}
}

int
main(void)
{
	cells();
	addresses();
	return tap_done();
}
