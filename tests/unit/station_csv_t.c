/* SPDX-License-Identifier: ISC */
/* Worked examples of published lines and of dumps, to the byte. */
#include "radio/csv.h"
#include "station/csv.h"

#include "tap.h"

static const char *
line_of(enum station_csv_kind kind, const struct station_row *r)
{
	static char out[STATION_CSV_MAX + 1];

	out[station_csv_line(out, kind, r)] = '\0';
	return out;
}

static struct station_row
make_cell(int type, int64_t cid, double lat, double lon)
{
	struct radio_cell c = { .type = type, .mcc = 234, .mnc = 30,
	    .lac = 1, .cid = cid };
	struct station_row r;

	station_row_init(&r);
	radio_cell_key(r.key, &c);
	r.lat = lat;
	r.lon = lon;
	r.modified = 1682510400;
	return r;
}

static void
test_public(void)
{
	struct station_row r = make_cell(RADIO_CELL_GSM, 2, 51.5, -0.1);

	is_str(station_csv_header(STATION_CSV_PUBLIC), "radio,mcc,net,area,"
	    "cell,unit,lon,lat,range,samples,changeable,created,updated,"
	    "averageSignal\r\n", "the header");
	r.radius = 0;
	r.samples = 1;
	r.created = r.modified;
	is_str(line_of(STATION_CSV_PUBLIC, &r), "GSM,234,30,1,2,,-0.1000000,"
	    "51.5000000,0,1,1,1682510400,1682510400,\r\n", "GSM");
	r = make_cell(RADIO_CELL_WCDMA, 1, -33.5, 151.00000006);
	r.psc = 100;
	r.samples = 1;
	is_str(line_of(STATION_CSV_PUBLIC, &r), "UMTS,234,30,1,1,100,"
	    "151.0000001,-33.5000000,0,1,1,,1682510400,\r\n", "UMTS");
	r = make_cell(RADIO_CELL_NR, 68719476735, 0.00000004, -0.00000005);
	r.radius = 4294967295;
	r.modified = STATION_ROW_NULL;
	is_str(line_of(STATION_CSV_PUBLIC, &r), "NR,234,30,1,68719476735,,"
	    "0.0000000,0.0000000,4294967295,0,1,,,\r\n",
	    "no negative zero, and half to even");
	r = make_cell(RADIO_CELL_LTE, 3, -85.051, -180);
	is_str(line_of(STATION_CSV_PUBLIC, &r), "LTE,234,30,1,3,,"
	    "-180.0000000,-85.0510000,0,0,1,,1682510400,\r\n", "LTE");
	r = make_cell(RADIO_CELL_LTE, 3, 1e300, INFINITY);
	is_str(line_of(STATION_CSV_PUBLIC, &r), "LTE,234,30,1,3,,,,0,0,1,,"
	    "1682510400,\r\n", "what is no coordinate");
}

static void
test_dump(void)
{
	static const uint8_t mac[] = { 0xa8, 0x20, 0x66, 0x12, 0x34, 0x56 };
	struct station_row r;

	is_str(station_csv_header(STATION_CSV_MAC), "mac,lat,lon,max_lat,"
	    "min_lat,max_lon,min_lon,radius,region,samples,source,weight,"
	    "created,modified,last_seen,block_first,block_last,block_count\n",
	    "the header of MACs");
	station_row_init(&r);
	memcpy(r.key, mac, sizeof(mac));
	r.lat = 51.5;
	r.lon = -0.1;
	r.radius = 10;
	r.samples = 1;
	r.source = 9;
	r.weight = 1.25;
	r.created = r.modified = 1686744000;
	r.last_seen = 19522;
	is_str(line_of(STATION_CSV_MAC, &r), "a82066123456,51.5000000,"
	    "-0.1000000,,,,,10,,1,9,1.25,1686744000,1686744000,1686700800,,,"
	    "0\n", "wifi");
	r = make_cell(RADIO_CELL_WCDMA, 1, NAN, NAN);
	r.weight = 0.447213595499958;
	memcpy(r.region, "GB", 3);
	r.block_first = r.block_last = 0;
	r.block_count = 255;
	is_str(line_of(STATION_CSV_CELL, &r), "WCDMA,234,30,1,1,,,,,,,,0,GB,"
	    "0,,0.447213595499958,,1682510400,,0,0,255\n", "a blocked cell");
	r.weight = 1;
	is_str(strstr(line_of(STATION_CSV_CELL, &r), "GB,0,,") + 6,
	    "1,,1682510400,,0,0,255\n", "a whole weight");
	r.weight = 0.1 + 0.2;
	is_str(strstr(line_of(STATION_CSV_CELL, &r), "GB,0,,") + 6,
	    "0.30000000000000004,,1682510400,,0,0,255\n", "all digits");
}

/* Numbers of every length, about where another digit begins, and back. */
static void
test_digits(void)
{
	struct station_row r = make_cell(RADIO_CELL_LTE, 1, 0, 0);
	char want[64];
	const char *s;
	int64_t ten, v;
	int bad = 0, i, n;

	for (ten = 1, n = 0; n < 19; n++, ten = n < 19 ? ten * 10 : 0)
		for (i = -2; i <= 2; i++) {
			v = ten + i;
			r.radius = v;
			r.samples = -v;
			r.created = v * 3;
			snprintf(want, sizeof(want), ",%lld,%lld,1,%lld,",
			    (long long)v, (long long)-v, (long long)(v * 3));
			s = line_of(STATION_CSV_PUBLIC, &r);
			bad += strstr(s, want) == NULL;
		}
	is_int(bad, 0, "numbers of every length");
	r.radius = INT64_MAX;
	r.samples = INT64_MIN + 1;
	ok(strstr(line_of(STATION_CSV_PUBLIC, &r), ",9223372036854775807,"
	    "-9223372036854775807,1,") != NULL, "the largest numbers");
	for (bad = 0, i = 0; i < 1800000000; i += 1234567) {
		r.lon = i / 1e7;
		r.lat = -r.lon;
		snprintf(want, sizeof(want), ",%d.%07d,-%d.%07d,",
		    i / 10000000, i % 10000000, i / 10000000, i % 10000000);
		s = line_of(STATION_CSV_PUBLIC, &r);
		bad += i > 0 && strstr(s, want) == NULL;
	}
	is_int(bad, 0, "degrees of every size");
}

static int
any_mcc(int mcc)
{
	return mcc > 0;
}

/* The longest of everything fits, and what is published reads back. */
static void
test_bounds(void)
{
	struct station_row r = make_cell(RADIO_CELL_NR, 68719476735, -1000,
	    -999.99999999);
	struct radio_csv_form form;
	struct radio_csv_row row;
	const char *s;

	r.max_lat = r.min_lat = r.max_lon = r.min_lon = -1000;
	r.radius = r.samples = r.created = r.modified = r.source =
	    r.psc = r.block_count = INT64_MIN + 1;
	r.last_seen = r.block_first = r.block_last = -1000000000000;
	r.weight = -1.2345678901234567e-300;
	memcpy(r.region, "XW", 3);
	ok(strlen(line_of(STATION_CSV_CELL, &r)) < STATION_CSV_MAX, "room");
	r = make_cell(RADIO_CELL_LTE, 77, 51.1234567, -0.7654321);
	r.psc = 5;
	r.samples = 9;
	r.radius = 1234;
	s = line_of(STATION_CSV_PUBLIC, &r);
	radio_csv_form_init(&form);
	ok(radio_csv_parse(&form, &row, s, strlen(s) - 2, any_mcc) ==
	    RADIO_CSV_OK && row.lat == r.lat && row.lon == r.lon &&
	    row.cell.cid == 77 && row.cell.psc == 5 && row.samples == 9 &&
	    row.range_m == 1234 && row.created == RADIO_CSV_NO_TIME &&
	    row.updated == r.modified, "it reads back");
}

int
main(void)
{
	test_public();
	test_dump();
	test_digits();
	test_bounds();
	return tap_done();
}
