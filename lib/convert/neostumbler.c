/* SPDX-License-Identifier: ISC */
/*
 * The kind of a table is told by its columns.  Cells may lack their identity,
 * as those beside the serving one do: the app sends them so, too.
 */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "convert/neostumbler.h"
#include "convert/obs.h"
#include "convert/rows.h"
#include "convert/sink.h"

enum {
	TIMESTAMP, LATITUDE, LONGITUDE, ACCURACY, ALTITUDE, ALTITUDE_ACCURACY,
	LOCATION_AGE, SPEED, PRESSURE, MAC, SSID, WIFI_AGE, SIGNAL, CELL_ID,
	RADIO, MCC, MNC, LAC, PSC, ASU, CELL_AGE, BEACON_TYPE, BEACON_AGE
};

static const char *const columns[] = {
	[TIMESTAMP] = "timestamp",
	[LATITUDE] = "latitude",
	[LONGITUDE] = "longitude",
	[ACCURACY] = "locationAccuracy",
	[ALTITUDE] = "altitude",
	[ALTITUDE_ACCURACY] = "altitudeAccuracy",
	[LOCATION_AGE] = "locationAge",
	[SPEED] = "speed",
	[PRESSURE] = "pressure",
	[MAC] = "macAddress",
	[SSID] = "ssid",
	[WIFI_AGE] = "wifiScanAge",
	[SIGNAL] = "signalStrength",
	[CELL_ID] = "cellId",
	[RADIO] = "radioType",
	[MCC] = "mcc",
	[MNC] = "mnc",
	[LAC] = "lac",
	[PSC] = "psc",
	[ASU] = "asu",
	[CELL_AGE] = "cellScanAge",
	[BEACON_TYPE] = "beaconType",
	[BEACON_AGE] = "bluetoothScanAge",
	NULL
};

/* Android's word for a number that is not known, of 32 and of 64 bits. */
static int64_t
known(int64_t v)
{
	return v == INT32_MAX || v == INT64_MAX ? CONVERT_OBS_NONE : v;
}

int
convert_neostumbler_clean(struct convert_obs *o, const char *word, size_t len)
{
	o->cid = known(o->cid);
	o->area = known(o->area);
	o->psc = known(o->psc);
	o->asu = known(o->asu);
	o->ta = known(o->ta);
	/* Versions without names for these write an empty SSID so. */
	if (o->name_len > 0 && memchr(o->name, '\0', o->name_len) ==
	    o->name)
		o->name_len = 0;
	if (o->kind != OBS_CELL)
		return 1;
	o->radio = radio_cell_type_parse(word, len);
	return o->radio != RADIO_CELL_NONE && o->radio != RADIO_CELL_CDMA;
}

/*
 * A cell, whose row lacks what the phone did not know.  Without an operator it
 * is none for us, which the sink decides.  MCC and MNC have leading zeros,
 * which do not make them octal.
 */
static int
read_csv_cell(struct convert_rows *r, struct convert_obs *o)
{
	struct convert_csv_field f = convert_rows_get(r, RADIO);

	o->kind = OBS_CELL;
	if (!convert_rows_i64(r, MCC, &o->mcc) ||
	    !convert_rows_i64(r, MNC, &o->mnc) ||
	    !convert_rows_i64(r, LAC, &o->area) ||
	    !convert_rows_i64(r, CELL_ID, &o->cid) ||
	    !convert_rows_i64(r, PSC, &o->psc) ||
	    !convert_rows_i64(r, ASU, &o->asu) ||
	    !convert_rows_i64(r, CELL_AGE, &o->age_ms))
		return 0;
	if (convert_neostumbler_clean(o, f.text, f.len))
		return 1;
	convert_sink_skip(r->sink, CONVERT_SINK_ALIEN);
	return 0;
}

/*
 * A wifi or a Bluetooth device, by which columns the table has.  Both have an
 * age of their own, from when it was heard to the time of the position, and it
 * may be negative.
 */
static int
read_address(struct convert_rows *r, struct convert_obs *o)
{
	struct convert_csv_field f = convert_rows_get(r, MAC);
	int is_wifi = r->at[BEACON_AGE] == -1 && r->at[BEACON_TYPE] == -1;

	o->kind = is_wifi ? OBS_WIFI : OBS_BLUE;
	if (!convert_obs_mac(o->mac, f.text, f.len))
		return convert_rows_bad(r, MAC, "an address");
	f = convert_rows_get(r, SSID);
	o->name = f.text;
	o->name_len = f.len;
	convert_neostumbler_clean(o, "", 0);
	return convert_rows_i64(r, is_wifi ? WIFI_AGE : BEACON_AGE,
	    &o->age_ms);
}

/*
 * A row of any of the three tables, which have the place in the same columns.
 * The number of its report is not exported, so time and place tell which rows
 * belong together.  A line with fewer fields than its header was cut, wherever
 * in the file it stands.
 */
static void
read_neostumbler_row(struct convert_rows *r)
{
	struct convert_obs o;

	convert_obs_init(&o);
	if (r->n < r->width) {
		convert_sink_bad(r->sink, NULL,
		    "as many fields as the header has");
		return;
	}
	if (!convert_rows_i64(r, TIMESTAMP, &o.time_ms) ||
	    !convert_rows_f64(r, LATITUDE, &o.lat_deg) ||
	    !convert_rows_f64(r, LONGITUDE, &o.lon_deg) ||
	    !convert_rows_f64(r, ACCURACY, &o.accuracy_m) ||
	    !convert_rows_f64(r, ALTITUDE, &o.altitude_m) ||
	    !convert_rows_f64(r, ALTITUDE_ACCURACY, &o.altitude_accuracy_m) ||
	    !convert_rows_i64(r, LOCATION_AGE, &o.position_age_ms) ||
	    !convert_rows_f64(r, SPEED, &o.speed_ms) ||
	    !convert_rows_f64(r, PRESSURE, &o.pressure_hpa) ||
	    !convert_rows_i64(r, SIGNAL, &o.signal_dbm))
		return;
	/* The export does not say which; it may be of the network. */
	o.source = "fused";
	if (r->at[RADIO] != -1 ? read_csv_cell(r, &o) : read_address(r, &o))
		convert_sink_add(r->sink, &o);
}

/*
 * The time is the first column and no name stands before it, so the line need
 * not be split.
 */
int64_t
convert_neostumbler_time(const char *line, size_t len)
{
	const char *comma = memchr(line, ',', len);
	int64_t ms;

	return comma != NULL &&
	    base_num_i64(line, (size_t)(comma - line), &ms) ? ms : 0;
}

const struct convert_rows_format convert_neostumbler_format = {
	.separator = ',', .quotes = 1, .columns = columns,
	.row = read_neostumbler_row,
	.required = 1u << TIMESTAMP | 1u << LATITUDE | 1u << LONGITUDE,
};
