/* SPDX-License-Identifier: ISC */
/*
 * These writers put names into their rows as they are, commas and all, so a
 * row is put right from both ends: what stands before the name is counted
 * from the left, what stands behind it from the right.
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "convert/airodump.h"
#include "convert/obs.h"
#include "convert/rows.h"
#include "convert/sink.h"
#include "convert/stamp.h"

/* Columns of .log.csv. */
enum {
	LOCAL_TIME, GPS_TIME, ESSID, BSSID, POWER, LATITUDE, LONGITUDE,
	LAT_ERROR, LON_ERROR, KIND
};

static const char *const log_columns[] = {
	[LOCAL_TIME] = "LocalTime",
	[GPS_TIME] = "GPSTime",
	[ESSID] = "ESSID",
	[BSSID] = "BSSID",
	[POWER] = "Power",
	[LATITUDE] = "Latitude",
	[LONGITUDE] = "Longitude",
	[LAT_ERROR] = "Latitude Error",
	[LON_ERROR] = "Longitude Error",
	[KIND] = "Type",
	NULL
};

/* Columns of .kismet.csv, of which there are 38. */
enum {
	NETWORK, NET_TYPE, NET_NAME, NET_BSSID, NET_CHANNEL, LAST_TIME,
	QUALITY, BEST_LAT, BEST_LON
};

static const char *const kismet_columns[] = {
	[NETWORK] = "Network",
	[NET_TYPE] = "NetType",
	[NET_NAME] = "ESSID",
	[NET_BSSID] = "BSSID",
	[NET_CHANNEL] = "Channel",
	[LAST_TIME] = "LastTime",
	[QUALITY] = "BestQuality",	/* the signal; BestSignal is 0 */
	[BEST_LAT] = "GPSBestLat",
	[BEST_LON] = "GPSBestLon",
	NULL
};

/*
 * Where the fields of the row stand, and which of them are the name, from
 * column NAME up to the one behind it.  Returns 1, or 0 after telling that
 * there are too few.  Fields point into one line in its order, so the name
 * with its separators is all between the first byte of the first and the last
 * of the last.
 */
static int
shift_name(struct convert_rows *r, int name, struct convert_csv_field *essid)
{
	const struct convert_csv_field *last;
	int at = r->at[name];

	if (r->n < r->width) {
		convert_sink_bad(r->sink, NULL,
		    "as many fields as the header has");
		return 0;
	}
	assert(at >= 0 && at < r->width);	/* it is required */
	r->shift = r->n - r->width;
	r->shift_from = at + 1;
	*essid = r->field[at];
	last = &r->field[at + r->shift];
	assert(last->text >= essid->text);
	essid->len = (size_t)(last->text + last->len - essid->text);
	return 1;
}

/* Read the address in COLUMN.  Returns 1, or 0 after telling. */
static int
read_bssid(struct convert_rows *r, int column, struct convert_obs *o)
{
	struct convert_csv_field f =
	    convert_csv_trim(convert_rows_get(r, column));

	return convert_obs_mac(o->mac, f.text, f.len) ? 1 :
	    convert_rows_bad(r, column, "an address");
}

/*
 * The time of the receiver, which is UTC; it begins with 1900 if there was
 * none.  The computer's own is local and does not say its zone, so it is used
 * only if the user tells that: a wrong hour is worse than a row less.
 */
static int
read_log_time(struct convert_rows *r, struct convert_obs *o)
{
	struct convert_csv_field f =
	    convert_csv_trim(convert_rows_get(r, GPS_TIME));

	if (f.len >= 4 && memcmp(f.text, "1900", 4) != 0)
		return convert_stamp_iso(f.text, f.len, NULL, &o->time_ms) ?
		    1 : convert_rows_bad(r, GPS_TIME,
		    "a time as 2026-03-14 09:26:53");
	f = convert_csv_trim(convert_rows_get(r, LOCAL_TIME));
	if (r->sink->zone == NULL)
		return 1;
	return convert_stamp_iso(f.text, f.len, r->sink, &o->time_ms) ? 1 :
	    convert_rows_bad(r, LOCAL_TIME, "a time as 2026-03-14 09:26:53");
}

/*
 * A row is an observation.  Clients are in the same table, and nobody can
 * locate by them.  Of both errors, which are metres at 95 %, the larger is the
 * accuracy; rows without position, at 0/0, are counted by the sink, as
 * everywhere.
 */
static void
read_log_row(struct convert_rows *r)
{
	struct convert_csv_field essid, kind;
	struct convert_obs o;
	double lat_error = NAN, lon_error = NAN;

	convert_obs_init(&o);
	o.kind = OBS_WIFI;
	o.source = "gnss";
	if (!shift_name(r, ESSID, &essid) || !read_bssid(r, BSSID, &o))
		return;
	kind = convert_csv_trim(convert_rows_get(r, KIND));
	if (convert_csv_is(&kind, "Client")) {
		convert_sink_skip(r->sink, CONVERT_SINK_ALIEN);
		return;
	}
	if (!convert_csv_is(&kind, "AP")) {
		convert_rows_bad(r, KIND, "AP or Client");
		return;
	}
	if (!read_log_time(r, &o) || !convert_rows_i64(r, POWER,
	    &o.signal_dbm) || !convert_rows_f64(r, LATITUDE, &o.lat_deg) ||
	    !convert_rows_f64(r, LONGITUDE, &o.lon_deg) ||
	    !convert_rows_f64(r, LAT_ERROR, &lat_error) ||
	    !convert_rows_f64(r, LON_ERROR, &lon_error))
		return;
	o.accuracy_m = fmax(lat_error, lon_error);	/* NAN is less */
	o.name = essid.text;
	o.name_len = essid.len;
	convert_sink_add(r->sink, &o);
}

/*
 * A row is a network with the place where it was heard best, so each is a
 * report of its own.  The signal is in the column of quality.  Altitudes are
 * not read: airodump-ng writes the speed there, and the heading where the
 * speed belongs.
 */
static void
read_kismet_row(struct convert_rows *r)
{
	struct convert_csv_field essid, f;
	struct convert_obs o;

	convert_obs_init(&o);
	o.kind = OBS_WIFI;
	o.source = "gnss";
	if (!shift_name(r, NET_NAME, &essid))
		return;
	f = convert_csv_trim(convert_rows_get(r, NET_TYPE));
	if (!convert_csv_is(&f, "infrastructure")) {
		convert_sink_skip(r->sink, CONVERT_SINK_ALIEN);
		return;
	}
	if (!read_bssid(r, NET_BSSID, &o) ||
	    !convert_rows_f64(r, BEST_LAT, &o.lat_deg) ||
	    !convert_rows_f64(r, BEST_LON, &o.lon_deg) ||
	    !convert_rows_i64(r, QUALITY, &o.signal_dbm) ||
	    !convert_rows_i64(r, NET_CHANNEL, &o.channel))
		return;
	f = convert_csv_trim(convert_rows_get(r, LAST_TIME));
	/* Without a fix nobody needs the zone of the time. */
	if ((o.lat_deg != 0 || o.lon_deg != 0) && !convert_stamp_ctime(f.text,
	    f.len, r->sink, &o.time_ms)) {
		convert_rows_bad(r, LAST_TIME,
		    "a time as Mon Oct 17 18:01:27 2022");
		return;
	}
	o.name = essid.text;
	o.name_len = essid.len;
	o.moment = ++r->moment;
	convert_sink_add(r->sink, &o);
}

const struct convert_rows_format convert_airodump_log_format = {
	.separator = ',', .columns = log_columns, .row = read_log_row,
	.required = 1u << GPS_TIME | 1u << ESSID | 1u << BSSID |
	    1u << LATITUDE | 1u << LONGITUDE | 1u << KIND,
};

const struct convert_rows_format convert_airodump_kismet_format = {
	.separator = ';', .columns = kismet_columns, .row = read_kismet_row,
	.required = 1u << NET_TYPE | 1u << NET_NAME | 1u << NET_BSSID |
	    1u << LAST_TIME | 1u << BEST_LAT | 1u << BEST_LON,
};

/*
 * Both tables of the file are passed over, as it has no positions.  The format
 * is known all the same, so that its user is told how many rows there were and
 * why nothing came of them.
 */
static void
skip_csv_row(struct convert_rows *r)
{
	convert_sink_skip(r->sink, CONVERT_SINK_NO_FIX);
}

/*
 * The header of the second table, which is of clients.  To the reader of rows
 * it would be a row of the first.
 */
static int
skip_csv_header(struct convert_rows *r, const char *text, size_t len)
{
	(void)r;
	return len > 12 && memcmp(text, "Station MAC,", 12) == 0;
}

static const char *const csv_columns[] = { "BSSID", "First time seen", NULL };

const struct convert_rows_format convert_airodump_csv_format = {
	.separator = ',', .columns = csv_columns, .required = 2,
	.other = skip_csv_header, .row = skip_csv_row,
};
