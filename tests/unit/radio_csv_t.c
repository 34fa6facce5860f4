/* SPDX-License-Identifier: ISC */
#include "radio/csv.h"

#include "tap.h"

static int
mcc_valid(int mcc)
{
	return mcc == 202 || mcc == 234;
}

static struct radio_csv_form form;

static enum radio_csv_verdict
parse(struct radio_csv_row *row, const char *line)
{
	return radio_csv_parse(&form, row, line, strlen(line), mcc_valid);
}

/* "row", "nothing", "head", "head+REST" or "lacks NAME". */
static const char *
look(const char *line)
{
	static char out[200];
	const char *missing;
	size_t rest;

	switch (radio_csv_look(&form, line, strlen(line), &rest, &missing)) {
	case RADIO_CSV_NOTHING:
		return "nothing";
	case RADIO_CSV_HEAD:
		snprintf(out, sizeof(out), "head%s%s", line[rest] != '\0' ?
		    "+" : "", line + rest);
		return out;
	case RADIO_CSV_LACKING:
		snprintf(out, sizeof(out), "lacks %s", missing);
		return out;
	case RADIO_CSV_ROW:
		break;
	}
	return "row";
}

static int
guess(const char *line)
{
	return radio_csv_guess(&form, line, strlen(line));
}

/* The field that is no number is named, and only then. */
static void
test_no_number(void)
{
	static const struct {
		const char *line, *name;
		int whole;
	} t[] = {
		{ "GSM,MCC,30,1,2,,1,51.5,0,1,1,1,1,", "mcc", 1 },
		{ "GSM,234,30,1,2,7.5,1,51.5,0,1,x,1,1,", "unit", 1 },
		{ "GSM,234,30,1,2,,,51.5,0,1,1,1,1,", "lon", 0 },
		{ "GSM,234,30,1,2,,1,nan,0,1,1,1,1,", "lat", 0 },
		{ "GSM,234,30,1,2,,1,51.5,0x1,1,1,1,1,", "range", 1 },
		{ "GSM,234,30,1,2,,1,51.5,0,1,x,1,2020-01-01,", "updated", 1 }
	};
	struct radio_csv_row r;
	size_t i;
	int whole;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		is_int(parse(&r, t[i].line), RADIO_CSV_NUMBER,
		    t[i].line);
		is_str(radio_csv_no_number(&form, t[i].line,
		    strlen(t[i].line), &whole), t[i].name, "it is named");
		is_int(whole, t[i].whole, "a whole number or any");
	}
}

/* Lines that are no rows, and what headers make of rows. */
static void
test_look(void)
{
	static const struct {
		const char *line, *want;
	} t[] = {
		{ RADIO_CSV_HEADER, "head" },
		{ "Radio,MCC,Net,Area,Cell,Unit,Lon,Lat", "head" },
		{ "radio,mcc,mnc,lac,cid,psc,lon,lat,range,samples,"
		    "changeable,created,updated,averageSignal", "head" },
		{ "# radio;mcc;mnc;lac;cid;lon;lat", "head" },
		{ "radio\tmcc\tnet\tarea\tcell\tlon\tlat", "head" },
		{ "\"radio\" , \"mcc\",net,area,cell,lon,lat", "head" },
		{ "lat,lon,mcc,mnc,TAC,Cell_ID,Radio Type", "head" },
		{ "radio,mcc,net,area,cell,lon,latLTE,202,1,3",
		    "head+LTE,202,1,3" },
		{ "radio,mcc,net,area,cell,lon,lat GSM,202",
		    "head+GSM,202" },
		{ "\"radio\",\"mcc\",\"net\",\"area\",\"cell\",\"lon\",\"lat\"\"L"
		    "TE\",\"202\"", "head+\"LTE\",\"202\"" },
		{ "\"radio\",\"mcc\",\"net\",\"area\",\"cell\",\"lon\",\"lat\"LTE"
		    ",202", "head+LTE,202" },
		{ "radio,mcc,net,area,cell,lon,lat,UMTS,202",
		    "head+UMTS,202" },
		{ "radio,mcc,net,area,cell,unit", "lacks lon" },
		{ "mcc,mnc,lac,cellid,lon,lat,nbSamples", "lacks radio" },
		{ "", "nothing" }, { " \t ", "nothing" },
		{ ",,,,,,,,,,,,,", "nothing" }, { "\x1a", "nothing" },
		{ "# of 2019", "nothing" }, { "sep=,", "nothing" },
		{ "region,name", "row" }, { "LTE,1,2", "row" },
		{ "<html>", "row" },
	};
	struct radio_csv_row r;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		radio_csv_form_init(&form);
		is_str(look(t[i].line), t[i].want, t[i].line);
	}
	look("lat;lon;mcc;mnc;TAC;cid;extra;radio");
	ok(parse(&r, " 38,5 ;\"23.4\";202,0;1;2.12e3;12842;;LTE") ==
	    RADIO_CSV_OK && r.lat == 38.5 && r.lon == 23.4 &&
	    r.cell.lac == 2120 && r.cell.cid == 12842 && r.samples == 0 &&
	    r.updated == RADIO_CSV_NO_TIME, "columns as the header says");
	ok(parse(&r, "38.5;23.4;202;1;2120;12842") == RADIO_CSV_FIELDS,
	    "fewer fields than the header needs");
	radio_csv_form_init(&form);
	look("\tradio\tmcc\tnet\tarea\tcell\tlon\tlat");
	ok(parse(&r, "0\tLTE\t202\t1\t2\t3\t23.4\t38.5") ==
	    RADIO_CSV_OK, "a first column without a name");
	radio_csv_form_init(&form);
	look("sep=;");
	ok(parse(&r, "LTE;202;1;2;3;;23.4;38.5;0;1;1;1;1") == RADIO_CSV_OK,
	    "a separator told by the first line");
	radio_csv_form_init(&form);
	ok(guess("LTE|202|1|2|3||23.4|38.5|0|1|1|1|1|") && form.sep == '|',
	    "a separator guessed");
}

int
main(void)
{
	static const struct {
		const char *line;
		enum radio_csv_verdict want;
	} t[] = {
		{ RADIO_CSV_HEADER, RADIO_CSV_UNKNOWN },
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
		    RADIO_CSV_OK },
		{ "\"GSM\",\" 234\" , \"30\",\"1\",\"2\",\"\",\"-0.1\","
		    "\"51.5\",\"0\",\"1\",\"a\"\"b,\nc\",\"1\",\"1\",\"",
		    RADIO_CSV_OK },
		{ "\"GSM\"x,234,30,1,2,,-0.1,51.5,0,1,1,1,1,",
		    RADIO_CSV_QUOTED },
		{ "GSM,234,30,1,2,,-0.1,51.5,0,1,\"1,1,1,", RADIO_CSV_OPEN },
		{ "GSM,\"2\"\"34\",30,1,2,,-0.1,51.5,0,1,1,1,1,",
		    RADIO_CSV_NUMBER },
		{ " gsm ,\t234 , 30,1,2, ,-0.1 , 51.5,0,1,1,1 ,1",
		    RADIO_CSV_OK },
		{ "GSM,234.0,30,1e0,2,7.0,-0.1,51.5,1500.0,1,1,1.5e+09,1E9,",
		    RADIO_CSV_OK },
		{ "GSM,234,30,1,2,nan,-0.1,51.5,NULL,NA,1,\\N,none,",
		    RADIO_CSV_OK },
		{ "GSM,234,30,1,2,7.5,-0.1,51.5,0,1,1,1,1,",
		    RADIO_CSV_NUMBER },
		{ "GSM,234,30,1,2,1e400,-0.1,51.5,0,1,1,1,1,",
		    RADIO_CSV_NUMBER },
		{ "GSM,234,30,1,2,,0,0,0,1,1,1,1,", RADIO_CSV_POSITION },
		{ "GSM,234,30,1,2,,-0.0,0e5,0,1,1,1,1,",
		    RADIO_CSV_POSITION },
		{ "GSM,234,30,1,2,,0,51.5,0,1,1,1,1,", RADIO_CSV_OK },
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

	radio_csv_form_init(&form);
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
	ok(guess(t[1].line) && form.sep == ',', "a row");
	ok(guess("LTE,310,410,65534,169142033,,-121.9,37.7,13,3,1,1,1,"),
	    "a row out of range is one, too");
	ok(!guess("region,name"), "another file");
	ok(!guess("<html>,,,,,,,,,,,,,"), "a web page");
	test_no_number();
	test_look();
	return tap_done();
}
