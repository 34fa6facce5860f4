/* SPDX-License-Identifier: ISC */
/*
 * NeoStumbler's database has a row for each report, and its position and
 * networks in tables of their own, by the number of the report.  The names of
 * tables and columns changed over eleven versions.
 */
#include <math.h>
#include <string.h>

#include "convert/db.h"
#include "convert/dbs.h"
#include "convert/neostumbler.h"
#include "convert/obs.h"
#include "convert/sink.h"

/* Of the position of a report. */
enum {
	LATITUDE, LONGITUDE, ACCURACY, AGE, ALTITUDE, ALTITUDE_ACCURACY,
	HEADING, PRESSURE, SPEED, SOURCE, POSITION_COLUMNS
};
static const char *const position_columns[] = { "latitude", "longitude",
    "accuracy", "age", "altitude", "altitudeAccuracy", "heading", "pressure",
    "speed", "source" };

/* Wifi and Bluetooth differ in the column of the name only. */
enum { MAC, MAC_AGE, MAC_SIGNAL, CHANNEL, FREQUENCY, NAME, MAC_COLUMNS };
static const char *const wifi_columns[] = { "macAddress", "age",
    "signalStrength", "channel", "frequency", "ssid" };
static const char *const blue_columns[] = { "macAddress", "age",
    "signalStrength", "channel", "frequency", "name" };

/* Of cells. */
enum {
	RADIO, MCC, MNC, CELL_ID, LAC, ASU, PSC, SERVING, CELL_SIGNAL, TA,
	CELL_AGE, CELL_COLUMNS
};
static const char *const cell_columns[] = { "radioType", "mobileCountryCode",
    "mobileNetworkCode", "cellId", "locationAreaCode", "asu",
    "primaryScramblingCode", "serving", "signalStrength", "timingAdvance",
    "age" };
static const char *const report_columns[] = { "timestamp" };

/*
 * The table of NAME: early versions call it that, others ENTITY, and they did
 * not change all of them at once.  Both names are written out by the callers,
 * so that they can be searched for.
 */
static const char *
table_of_version(struct convert_db *d, const char *name, const char *entity)
{
	return convert_db_has(d, entity, NULL) ? entity : name;
}

/*
 * Another app may have a table of reports, but not the number of one in that
 * of cells.
 */
int
convert_dbs_is_neostumbler(struct convert_db *d)
{
	return convert_db_has(d, "Report", "timestamp") && convert_db_has(d,
	    table_of_version(d, "CellTower", "CellTowerEntity"), "reportId");
}

/*
 * The word of geosubmit for what the app wrote.  The app itself sends "fused"
 * for all that is neither of satellites nor set by hand.
 */
static const char *
geosubmit_source(const char *text, size_t len)
{
	if ((len == 3 && memcmp(text, "gps", 3) == 0) ||
	    (len == 4 && memcmp(text, "gnss", 4) == 0))
		return "gnss";
	return len == 5 && memcmp(text, "fixed", 5) == 0 ? "fixed" : "fused";
}

/*
 * The place in the row at hand.  1, or 0 after telling.  Ages are milliseconds
 * from the position to the time of its report, as in a report.
 */
static int
read_position(struct convert_db_rows *r, struct convert_obs *o)
{
	const char *text;
	size_t len;

	if (!convert_db_f64(r, LATITUDE, &o->lat_deg) ||
	    !convert_db_f64(r, LONGITUDE, &o->lon_deg) ||
	    !convert_db_f64(r, ACCURACY, &o->accuracy_m) ||
	    !convert_db_i64(r, AGE, &o->position_age_ms) ||
	    !convert_db_f64(r, ALTITUDE, &o->altitude_m) ||
	    !convert_db_f64(r, ALTITUDE_ACCURACY, &o->altitude_accuracy_m) ||
	    !convert_db_f64(r, HEADING, &o->heading_deg) ||
	    !convert_db_f64(r, PRESSURE, &o->pressure_hpa) ||
	    !convert_db_f64(r, SPEED, &o->speed_ms))
		return 0;
	text = convert_db_text(r, SOURCE, &len);
	o->source = geosubmit_source(text, len);
	return 1;
}

/*
 * A row of wifi or of Bluetooth, KIND, is added to the report whose place O
 * has.  A bad row costs itself: the other networks of its report are good.
 */
static void
read_db_mac(struct convert_sink *s, struct convert_db_rows *r,
    struct convert_obs *o, enum obs_kind kind)
{
	const char *text;
	size_t len;

	o->kind = kind;
	text = convert_db_text(r, MAC, &len);
	if (!convert_obs_mac(o->mac, text, len)) {
		convert_db_bad(r, MAC, "an address");
		return;
	}
	if (!convert_db_i64(r, MAC_AGE, &o->age_ms) ||
	    !convert_db_i64(r, MAC_SIGNAL, &o->signal_dbm) ||
	    !convert_db_i64(r, CHANNEL, &o->channel) ||
	    !convert_db_i64(r, FREQUENCY, &o->mhz))
		return;
	o->name = convert_db_text(r, NAME, &o->name_len);
	convert_neostumbler_clean(o, "", 0);
	convert_sink_add(s, o);
}

/*
 * The same for a cell, whose word for the radio may be one that is of no use.
 */
static void
read_db_cell(struct convert_sink *s, struct convert_db_rows *r,
    struct convert_obs *o)
{
	const char *text;
	size_t len;

	o->kind = OBS_CELL;
	if (!convert_db_i64(r, MCC, &o->mcc) ||
	    !convert_db_i64(r, MNC, &o->mnc) ||
	    !convert_db_i64(r, CELL_ID, &o->cid) ||
	    !convert_db_i64(r, LAC, &o->area) ||
	    !convert_db_i64(r, ASU, &o->asu) ||
	    !convert_db_i64(r, PSC, &o->psc) ||
	    !convert_db_i64(r, SERVING, &o->serving) ||
	    !convert_db_i64(r, CELL_SIGNAL, &o->signal_dbm) ||
	    !convert_db_i64(r, TA, &o->ta) ||
	    !convert_db_i64(r, CELL_AGE, &o->age_ms))
		return;
	text = convert_db_text(r, RADIO, &len);
	if (convert_neostumbler_clean(o, text, len))
		convert_sink_add(s, o);
	else
		convert_sink_skip(s, CONVERT_SINK_ALIEN);
}

/* The statements; all but the first take the number of a report. */
struct tables {
	struct convert_db_rows	*report, *position, *cell;
	struct convert_db_rows	*wifi, *blue;	/* or NULL */
};

/*
 * The networks of report ID, whose place and time are in PLACE.  Every row
 * begins with a copy of that, as the last one left its own network in it.
 * What a damaged file or an odd version lacks of wifi and Bluetooth is passed
 * over.
 */
static void
read_report_networks(struct convert_sink *s, struct tables *t, int64_t id,
    const struct convert_obs *place)
{
	struct convert_obs o;

	if (t->blue != NULL)
		for (convert_db_rows_key(t->blue, 1, id);
		    convert_db_next(t->blue);) {
			o = *place;
			read_db_mac(s, t->blue, &o, OBS_BLUE);
		}
	if (t->wifi != NULL)
		for (convert_db_rows_key(t->wifi, 1, id);
		    convert_db_next(t->wifi);) {
			o = *place;
			read_db_mac(s, t->wifi, &o, OBS_WIFI);
		}
	for (convert_db_rows_key(t->cell, 1, id); convert_db_next(t->cell);) {
		o = *place;
		read_db_cell(s, t->cell, &o);
	}
}

/*
 * Reports by their numbers, which nothing else has: two of the same time and
 * place stay two.  The sink's line is the number of the row, which is what the
 * other tables call the report by.  One without position is not told here but
 * counted with each of its networks, as in other formats.
 */
static void
read_neostumbler_reports(struct convert_sink *s, struct tables *t)
{
	struct convert_obs place;
	uint64_t count = 0;
	int64_t id;

	while (!s->nomem && convert_db_next(t->report)) {
		id = (int64_t)s->line;
		convert_obs_init(&place);
		place.moment = ++count;	/* 0 would be none */
		if (!convert_db_i64(t->report, 0, &place.time_ms))
			continue;
		convert_db_rows_key(t->position, 1, id);
		if (convert_db_next(t->position) &&
		    !read_position(t->position, &place))
			continue;
		read_report_networks(s, t, id, &place);
	}
}

/*
 * The tables of wifi and Bluetooth may be missing, those of reports, positions
 * and cells may not: what is there without them is no database of this app.
 */
void
convert_dbs_neostumbler(struct convert_db *d)
{
	static const char by_report[] = "WHERE reportId = ?1";
	const char *name;
	struct tables t = { 0 };

	t.report = convert_db_select(d, "Report", report_columns, 1, NULL);
	name = table_of_version(d, "Position", "PositionEntity");
	if (convert_db_has(d, name, "reportId"))
		t.position = convert_db_select(d, name, position_columns,
		    POSITION_COLUMNS, by_report);
	name = table_of_version(d, "WifiAccessPoint", "WifiAccessPointEntity");
	if (convert_db_has(d, name, "reportId"))
		t.wifi = convert_db_select(d, name, wifi_columns, MAC_COLUMNS,
		    by_report);
	name = table_of_version(d, "BluetoothBeacon", "BluetoothBeaconEntity");
	if (convert_db_has(d, name, "reportId"))
		t.blue = convert_db_select(d, name, blue_columns, MAC_COLUMNS,
		    by_report);
	t.cell = convert_db_select(d, table_of_version(d, "CellTower",
	    "CellTowerEntity"), cell_columns, CELL_COLUMNS, by_report);
	if (t.report != NULL && t.position != NULL && t.cell != NULL)
		read_neostumbler_reports(convert_db_sink(d), &t);
	convert_db_rows_end(t.report);
	convert_db_rows_end(t.position);
	convert_db_rows_end(t.wifi);
	convert_db_rows_end(t.cell);
	convert_db_rows_end(t.blue);
}
