/* SPDX-License-Identifier: ISC */
#include "radio/csv.h"

#include "tap.h"

static int
mcc_valid(int mcc)
{
	return mcc == 202 || mcc == 234;
}

static enum radio_csv_verdict
parse(struct radio_csv_row *row, const char *line)
{
	return radio_csv_parse(row, line, strlen(line), mcc_valid);
}

int
main(void)
{
	static const struct {
		const char *line;
		enum radio_csv_verdict want;
	} t[] = {
		{ RADIO_CSV_HEADER, RADIO_CSV_HEAD },
		{ "GSM,234,30,1,2,,-0.1,51.5,0,1,1,1682510400,1682510400,",
		    RADIO_CSV_OK },
		{ "GSM,234,30,1,2,,-0.1,51.5,0,1,1,1682510400,1682510400",
		    RADIO_CSV_OK },
		{ "gsm,234,30,1,2,,-0.1,51.5,0,1,1,1,2,3,4,5", RADIO_CSV_OK },
		{ "LTE,234,30,1,2,,-0.1,51.5,,,1,,,", RADIO_CSV_OK },
		{ "GSM,234,30,1,2,,-0.1,51.5,0,1,1,1682510400",
		    RADIO_CSV_FIELDS },
		{ "", RADIO_CSV_FIELDS },
		{ "\"GSM\",234,30,1,2,,-0.1,51.5,0,1,1,1,1,",
		    RADIO_CSV_QUOTED },
		{ "CDMA,234,30,1,2,,-0.1,51.5,0,1,1,1,1,", RADIO_CSV_RADIO },
		{ "NR,234,30,16777213,68719476735,1007,-0.1,51.5,0,1,1,1,1,",
		    RADIO_CSV_OK },
		{ "NR,234,30,16777214,2,,-0.1,51.5,0,1,1,1,1,",
		    RADIO_CSV_AREA },
		{ "NR,234,30,1,68719476736,,-0.1,51.5,0,1,1,1,1,",
		    RADIO_CSV_CELL },
		{ ",234,30,1,2,,-0.1,51.5,0,1,1,1,1,", RADIO_CSV_UNKNOWN },
		{ "GSM,MCC,30,1,2,,-0.1,51.5,0,1,1,1,1,", RADIO_CSV_NUMBER },
		{ "GSM,234,30,1,2,,nan,51.5,0,1,1,1,1,", RADIO_CSV_NUMBER },
		{ "GSM,234,30,1,2,,,51.5,0,1,1,1,1,", RADIO_CSV_NUMBER },
		{ "GSM,999,30,1,2,,-0.1,51.5,0,1,1,1,1,", RADIO_CSV_MCC },
		{ "GSM,234,1000,1,2,,-0.1,51.5,0,1,1,1,1,", RADIO_CSV_NET },
		{ "GSM,234,,1,2,,-0.1,51.5,0,1,1,1,1,", RADIO_CSV_NET },
		{ "GSM,234,30,65534,2,,-0.1,51.5,0,1,1,1,1,",
		    RADIO_CSV_AREA },
		{ "GSM,234,30,1,,,-0.1,51.5,0,1,1,1,1,", RADIO_CSV_CELL },
		{ "GSM,234,30,1,268435456,,-0.1,51.5,0,1,1,1,1,",
		    RADIO_CSV_CELL },
		{ "GSM,234,30,1,2,,202.5,51.5,0,1,1,1,1,",
		    RADIO_CSV_POSITION },
		{ "GSM,234,30,1,2,,1,85.1,0,1,1,1,1,", RADIO_CSV_POSITION },
		{ "GSM,234,30,1,2,,1,51.5,-1,1,1,1,1,", RADIO_CSV_RANGE },
		{ "GSM,234,30,1,2,,1,51.5,1,-1,1,1,1,", RADIO_CSV_SAMPLES },
		{ "GSM,234,30,1,2,,1,51.5,1,1,1,-1,1,", RADIO_CSV_TIME },
		{ "GSM,234,30,1,2,,1,51.5,1,1,1,1,999999999999999,",
		    RADIO_CSV_TIME },
	};
	struct radio_csv_row r;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		ok(parse(&r, t[i].line) == t[i].want, "%s: %s",
		    radio_csv_name(t[i].want), t[i].line);
	parse(&r, "UMTS,202,1,2120,12842,7,23.4123167,38.8574351,104000,6,1,"
	    "1568220564,1570120316,");
	ok(r.cell.type == RADIO_CELL_WCDMA && r.cell.mcc == 202 &&
	    r.cell.mnc == 1 && r.cell.lac == 2120 && r.cell.cid == 12842 &&
	    r.cell.psc == 7, "identity");
	ok(r.lat == 38.8574351 && r.lon == 23.4123167 && r.samples == 6 &&
	    r.range_m == 100000, "position, the range cut");
	ok(r.created == 1568220564 && r.updated == 1570120316, "times");
	parse(&r, "GSM,234,30,1,70000,-1,1,51.5,1,1,1,,5,");
	ok(r.cell.type == RADIO_CELL_WCDMA, "GSM with a 3G id");
	ok(r.cell.psc == RADIO_CELL_UNKNOWN, "unit -1 is unknown");
	ok(r.created == RADIO_CSV_NO_TIME && r.updated == 5, "no time");
	parse(&r, "LTE,234,30,1,2,504,1,51.5,1,1,1,1,5,");
	ok(r.cell.psc == RADIO_CELL_UNKNOWN, "LTE has 504 codes");
	parse(&r, "NR,234,30,16777213,68719476735,1007,1,51.5,1,1,1,1,5,");
	ok(r.cell.type == RADIO_CELL_NR && r.cell.lac == 16777213 &&
	    r.cell.cid == 68719476735 && r.cell.psc == 1007,
	    "identity of an NR cell");
	ok(radio_csv_plausible(t[1].line, strlen(t[1].line)), "a row");
	ok(!radio_csv_plausible("region,name", 11), "another file");
	ok(!radio_csv_plausible("<html>,,,,,,,,,,,,,", 19), "a web page");
	return tap_done();
}
