/* SPDX-License-Identifier: ISC */
#include "station/import.h"

#include "tap.h"

static int
any_mcc(int mcc)
{
	return mcc > 0;
}

static struct radio_csv_row
csv(const char *line)
{
	struct radio_csv_form form;
	struct radio_csv_row r;

	radio_csv_form_init(&form);
	if (radio_csv_parse(&form, &r, line, strlen(line), any_mcc) !=
	    RADIO_CSV_OK)
		ok(0, "test row: %s", line);
	return r;
}

static enum station_import_outcome
merge(struct station_row *r, int exists, const struct radio_csv_row *c)
{
	return station_import_merge(r, exists, c, STATION_ROW_NULL);
}

int
main(void)
{
	struct radio_csv_row c;
	struct station_row r;

	c = csv("UMTS,202,1,2120,12842,,23.4123167,38.8574351,0,6,1,"
	    "1568220564,1570120316,");
	is_int(merge(&r, 0, &c), STATION_IMPORT_INSERTED,
	    "a new row");
	is_str(r.region, "GR", "its region");
	ok(memcmp(r.key, "\x02\x00\xca\x00\x01\x08\x48\x00\x00\x32\x2a",
	    11) == 0, "its key");
	ok(r.lat == 38.8574351 && r.max_lat == r.lat && r.min_lat == r.lat &&
	    r.max_lon == r.lon && r.min_lon == r.lon, "the box is the point");
	ok(r.radius == 0 && r.samples == 6 && r.created == 1568220564 &&
	    r.modified == 1570120316, "range, samples, times");
	ok(isnan(r.weight) && r.source == STATION_ROW_NULL &&
	    r.last_seen == STATION_ROW_NULL && r.psc == STATION_ROW_NULL &&
	    r.block_count == STATION_ROW_NULL, "the rest is NULL");
	is_int(merge(&r, 1, &c), STATION_IMPORT_UNCHANGED,
	    "the same again");
	c = csv("UMTS,202,1,2120,12842,9,24.0,38.0,500,7,1,1568220000,"
	    "1570120315,");
	is_int(merge(&r, 1, &c), STATION_IMPORT_UNCHANGED,
	    "an older row");
	c = csv("UMTS,202,1,2120,12842,9,24.0,38.0,500,7,1,1568220000,"
	    "1570120317,");
	is_int(merge(&r, 1, &c), STATION_IMPORT_UPDATED,
	    "a newer row");
	ok(r.lat == 38 && r.lon == 24 && r.radius == 500 && r.samples == 7 &&
	    r.psc == 9 && r.created == 1568220000 &&
	    r.modified == 1570120317, "replaced");
	ok(r.max_lat == 38.8574351 && r.min_lat == 38 && r.max_lon == 24 &&
	    r.min_lon == 23.4123167, "the box has widened");
	c.updated++;
	ok(station_import_merge(&r, 1, &c, STATION_ROW_QUERY) ==
	    STATION_IMPORT_UPDATED && r.source == STATION_ROW_QUERY,
	    "the source, where it is said");
	c.updated++;
	ok(merge(&r, 1, &c) == STATION_IMPORT_UPDATED &&
	    r.source == STATION_ROW_QUERY, "and where not it stays");
	c = csv("UMTS,202,1,2120,12842,,24.0,38.0,500,7,1,,,");
	is_int(merge(&r, 1, &c), STATION_IMPORT_UNCHANGED,
	    "no time is not newer");
	is_int(merge(&r, 0, &c), STATION_IMPORT_INSERTED,
	    "no time, no row yet");
	ok(r.modified == STATION_ROW_NULL && r.created == STATION_ROW_NULL,
	    "unknown times");
	c = csv("GSM,234,30,1,2,,2.35,48.85,500,7,1,1,2,");
	merge(&r, 0, &c);
	is_str(r.region, "", "outside every region of its MCC");
	return tap_done();
}
