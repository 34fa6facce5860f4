/* SPDX-License-Identifier: ISC */
/*
 * The format began with the app of WiGLE and is written by many: Kismet,
 * loggers on microcontrollers, scripts.  So columns go by name, both layouts
 * of Kismet's rows are known, and a name with commas in it that nobody quoted
 * is put together again where the last field shows how far it shifts.
 *
 * What is called FirstSeen is in the app's files the time of the very
 * observation, in Kismet's when the device was seen first, however long ago.
 * There rows that follow one another at one place make a report, and its time
 * is that of the device that was found last.
 */
#include <assert.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "convert/obs.h"
#include "convert/rows.h"
#include "convert/sink.h"
#include "convert/stamp.h"
#include "convert/wigle.h"

enum {
	MAC, SSID, AUTH_MODE, FIRST_SEEN, CHANNEL, FREQUENCY, RSSI, LATITUDE,
	LONGITUDE, ALTITUDE, ACCURACY, TYPE
};

static const char *const columns[] = {
	[MAC] = "MAC|netid|BSSID",
	[SSID] = "SSID",
	[AUTH_MODE] = "AuthMode|Capabilities",
	[FIRST_SEEN] = "FirstSeen|First Seen|Timestamp",
	[CHANNEL] = "Channel",
	[FREQUENCY] = "Frequency",
	[RSSI] = "RSSI|Signal",
	[LATITUDE] = "CurrentLatitude|Latitude|Lat",
	[LONGITUDE] = "CurrentLongitude|Longitude|Lon",
	[ALTITUDE] = "AltitudeMeters|Altitude",
	[ACCURACY] = "AccuracyMeters|Accuracy",
	[TYPE] = "Type",
	NULL
};

#define REQUIRED	(1u << MAC | 1u << FIRST_SEEN | 1u << LATITUDE | \
			    1u << LONGITUDE)

/* Variants of the format: the app's, and that of Kismet. */
enum { APP, KISMET };

/* The words in the column of types. */
static const struct type {
	const char	*name;
	enum obs_kind	 kind;
	int		 is_alien;	/* nobody can locate by it */
} types[] = {
	{ "WIFI", OBS_WIFI, 0 },
	{ "GSM", OBS_CELL, 0 },
	{ "WCDMA", OBS_CELL, 0 },
	{ "LTE", OBS_CELL, 0 },
	{ "NR", OBS_CELL, 0 },
	{ "BT", OBS_BLUE, 0 },
	{ "BLE", OBS_BLUE, 0 },
	{ "CDMA", OBS_CELL, 1 },	/* without MCC */
	{ "NFC", OBS_BLUE, 1 },
};

/*
 * The type that FIELD names, or NULL, which also shows that it is no such
 * column.
 */
static const struct type *
find_type(const struct convert_csv_field *field)
{
	struct convert_csv_field f = convert_csv_trim(*field);
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (convert_csv_is(&f, types[i].name))
			return &types[i];
	return NULL;
}

/*
 * A part of KEY up to '_' or the end, as a number.  Returns 1 or 0.  *DIGITS
 * is how many it has, which tells how long the MNC is.
 */
static int
take_part(const char **key, const char *end, int64_t *v, size_t *digits)
{
	const char *stop = memchr(*key, '_', (size_t)(end - *key));
	int ok;

	if (stop == NULL)
		stop = end;
	*digits = (size_t)(stop - *key);
	ok = *digits > 0 && **key != '-' && **key != '+' &&
	    base_num_i64(*key, *digits, v);
	*key = stop == end ? end : stop + 1;
	return ok;
}

/*
 * Does MODE begin with WORD, up to its ';'?  Behind that is operator or
 * country.
 */
static int
is_mode(const char *mode, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len > n && mode[n] == ';' && strncasecmp(mode, word, n) == 0;
}

/*
 * Apps of long ago called every cell GSM, and told its technology in MODE
 * only, if they knew it.  A cell of GSM has 16 bits, so one called that with a
 * larger number is of a radio that nobody can know any more.
 */
static enum radio_cell_type
true_radio(const char *type, const char *mode, size_t len, int64_t cid)
{
	static const char *const wcdma[] = { "UMTS", "HSPA", "HSDPA", "HSUPA",
	    "HSPA+", "WCDMA" };
	size_t i;

	if (strcasecmp(type, "WCDMA") == 0)
		return RADIO_CELL_WCDMA;
	if (strcasecmp(type, "LTE") == 0)
		return RADIO_CELL_LTE;
	if (strcasecmp(type, "NR") == 0)
		return RADIO_CELL_NR;
	for (i = 0; i < sizeof(wcdma) / sizeof(wcdma[0]); i++)
		if (is_mode(mode, len, wcdma[i]))
			return RADIO_CELL_WCDMA;
	if (is_mode(mode, len, "LTE"))
		return RADIO_CELL_LTE;
	if (is_mode(mode, len, "NR"))
		return RADIO_CELL_NR;
	if (is_mode(mode, len, "UNKNOWN") || is_mode(mode, len, "CDMA") ||
	    cid > 65535)
		return RADIO_CELL_NONE;
	return RADIO_CELL_GSM;
}

/*
 * The operator is three digits of MCC and, behind it, all of the MNC, be it two
 * or three: the last three digits, as some converters take them, would make
 * 26201 the network 201.  Numbers of NR have 36 bits.  The app's word for a
 * number that it does not know is that of Android.
 */
enum convert_wigle_verdict
convert_wigle_cell(struct convert_obs *o, const char *key, size_t len,
    const char *type, const char *mode, size_t mode_len)
{
	const char *end = key + len, *p = key;
	int64_t mnc, oper;
	size_t digits, rest;

	if (!take_part(&p, end, &oper, &digits) || digits < 5 || digits > 6 ||
	    !take_part(&p, end, &o->area, &rest) ||
	    !take_part(&p, end, &o->cid, &rest) || p != end)
		return CONVERT_WIGLE_BAD;
	assert(digits == 5 || digits == 6);
	mnc = digits == 5 ? 100 : 1000;
	o->mcc = oper / mnc;
	o->mnc = oper % mnc;
	if (o->cid <= 0 || o->cid == INT32_MAX || o->area == INT32_MAX)
		return CONVERT_WIGLE_ALIEN;
	o->radio = true_radio(type, mode, mode_len, o->cid);
	return o->radio == RADIO_CELL_NONE ? CONVERT_WIGLE_ALIEN :
	    CONVERT_WIGLE_OK;
}

/*
 * Find the type of the row, and with it how its fields stand.  Kismet leaves
 * two of them out in rows of wifi, so the type is the last field there, and
 * the eleven before are in place.  Unquoted commas in a name make more fields:
 * then the one where the type would have moved to has to be a type.
 */
static const struct type *
place_fields(struct convert_rows *r)
{
	const struct type *type;
	int at = r->at[TYPE], more = r->n - r->width;

	if (at == -1)
		return &types[0];	/* others have wifi only */
	if (r->variant == KISMET)
		at = r->n - 1;
	else if (more > 0 && r->at[SSID] != -1 && at > r->at[SSID] &&
	    (type = find_type(&r->field[at + more])) != NULL) {
		r->shift = more;
		r->shift_from = r->at[SSID] + 1;
		return type;
	}
	return at < r->n ? find_type(&r->field[at]) : NULL;
}

/*
 * The name, which ends where the next column begins.  Its fields are joined
 * again, as one that was quoted may not stand beside the others.
 */
static struct convert_csv_field
whole_name(struct convert_rows *r)
{
	struct convert_csv_field f = convert_rows_get(r, SSID);
	const struct convert_csv_field *more = &r->field[r->at[SSID] + 1];
	int i;

	if (r->shift == 0)
		return f;
	base_buf_reset(&r->name);
	base_buf_add(&r->name, f.text, f.len);
	for (i = 0; i < r->shift; i++) {
		base_buf_chr(&r->name, r->format->separator);
		base_buf_add(&r->name, more[i].text, more[i].len);
	}
	if (!base_buf_ok(&r->name))
		r->sink->nomem = 1;
	f.text = r->name.data;
	f.len = r->name.len;
	return f;
}

/*
 * Undo Kismet's \ooo, of which only 000 to 377 are bytes.  It does not escape
 * a backslash itself, so what is no such triple stands for itself.  The name
 * has to be whole again before it is asked whether it opts out.
 */
static void
undo_octal(struct convert_rows *r, struct convert_obs *o)
{
	const char *end = o->name + o->name_len, *p;
	size_t at;

	if (memchr(o->name, '\\', o->name_len) == NULL)
		return;
	base_buf_reset(&r->name);
	for (p = o->name, at = 0; p < end; at++)
		if (end - p >= 4 && p[0] == '\\' && p[1] >= '0' &&
		    p[1] <= '3' && p[2] >= '0' && p[2] <= '7' &&
		    p[3] >= '0' && p[3] <= '7') {
			base_buf_chr(&r->name, (char)((p[1] - '0') << 6 |
			    (p[2] - '0') << 3 | (p[3] - '0')));
			p += 4;
		} else
			base_buf_chr(&r->name, *p++);
	if (!base_buf_ok(&r->name))
		r->sink->nomem = 1;
	o->name = r->name.data;
	o->name_len = r->name.len;
}

/*
 * The numbers.  Returns 1, or 0 if one is none, which was told.  Frequencies
 * are in MHz, but for a live log of Kismet, which writes kHz.  An altitude of
 * 0 without accuracy is Android's for "unknown"; Kismet never has an accuracy.
 */
static int
read_numbers(struct convert_rows *r, struct convert_obs *o)
{
	double mhz = NAN, signal = NAN;
	int is_cell = o->kind == OBS_CELL;

	if (!convert_rows_f64(r, LATITUDE, &o->lat_deg) ||
	    !convert_rows_f64(r, LONGITUDE, &o->lon_deg) ||
	    !convert_rows_f64(r, ALTITUDE, &o->altitude_m) ||
	    !convert_rows_f64(r, ACCURACY, &o->accuracy_m) ||
	    !convert_rows_f64(r, RSSI, &signal))
		return 0;
	/* Of cells and Bluetooth these two mean something else. */
	if (o->kind == OBS_WIFI &&
	    (!convert_rows_i64(r, CHANNEL, &o->channel) ||
	    !convert_rows_f64(r, FREQUENCY, &mhz)))
		return 0;
	if (mhz > 100000)	/* Kismet's kHz */
		mhz /= 1000;
	if (mhz > 0 && mhz < 100000)
		o->mhz = (int64_t)mhz;
	if (o->altitude_m == 0 && !(o->accuracy_m > 0) && r->variant == APP)
		o->altitude_m = NAN;
	/* What the app writes for a cell whose signal is not known. */
	if (fabs(signal) < 1000 && !(is_cell && signal == -113))
		o->signal_dbm = (int64_t)signal;
	return 1;
}

/*
 * The time of the row.  1, or 0 after telling.  The app writes UTC; older
 * versions and other writers local time, which no file says, so it is taken
 * for that only if the user gives a zone.  Kismet's is always UTC.
 */
static int
read_time(struct convert_rows *r, struct convert_obs *o)
{
	struct convert_csv_field f =
	    convert_csv_trim(convert_rows_get(r, FIRST_SEEN));
	struct convert_sink *zoned = r->sink->zone != NULL &&
	    r->variant == APP ? r->sink : NULL;

	if (f.len == 0 || convert_stamp_iso(f.text, f.len, zoned,
	    &o->time_ms))
		return 1;
	return convert_rows_bad(r, FIRST_SEEN, "a time as 2026-03-14 "
	    "09:26:53");
}

/*
 * Rows of Kismet make a moment while they are of one place: their times are of
 * the devices, not of what was heard.  The accuracy is always 0 there, which
 * is none.
 */
static void
count_moment(struct convert_rows *r, struct convert_obs *o)
{
	if (r->moment == 0 || r->last_lat_deg != o->lat_deg ||
	    r->last_lon_deg != o->lon_deg)
		r->moment++;
	r->last_lat_deg = o->lat_deg;
	r->last_lon_deg = o->lon_deg;
	o->moment = r->moment;
	o->accuracy_m = NAN;
}

/*
 * Of no use: networks without access point, and what clients send.  Kismet's
 * live log has clients in rows like those of access points; those that made up
 * their address and have no name are the ones that can be told.
 */
static int
is_useless(const struct convert_rows *r, const struct convert_obs *o)
{
	struct convert_csv_field f = convert_rows_get(r, AUTH_MODE);

	if (o->kind != OBS_WIFI)
		return 0;
	if (memmem(f.text, f.len, "[IBSS]", 6) != NULL)
		return 1;
	return r->variant == KISMET && o->name_len == 0 &&
	    convert_obs_is_local(o->mac);
}

/*
 * The identity of the row, by its type.  The kind is set in any case, as
 * messages need it.
 */
static enum convert_wigle_verdict
read_wigle_identity(struct convert_rows *r, struct convert_obs *o,
    const struct type *type)
{
	struct convert_csv_field f = convert_csv_trim(convert_rows_get(r, MAC));
	struct convert_csv_field mode = convert_rows_get(r, AUTH_MODE);

	o->kind = type->kind;
	if (type->is_alien)
		return CONVERT_WIGLE_ALIEN;
	if (type->kind == OBS_CELL)
		return convert_wigle_cell(o, f.text, f.len, type->name,
		    mode.text, mode.len);
	return convert_obs_mac(o->mac, f.text, f.len) ? CONVERT_WIGLE_OK :
	    CONVERT_WIGLE_BAD;
}

/*
 * A row is an observation.  Its type comes first, as without it nobody knows
 * where the other fields stand; then what it is of, since rows of no use are
 * half of some files and need not be read further.  A name is looked at before
 * octal triples are undone only to see whether there is one.
 */
static void
read_wigle_row(struct convert_rows *r)
{
	const struct type *type = place_fields(r);
	struct convert_csv_field name;
	struct convert_obs o;
	enum convert_wigle_verdict v;

	convert_obs_init(&o);
	if (type == NULL) {
		if (r->n < r->width && r->variant != KISMET)
			convert_sink_bad(r->sink, NULL,
			    "as many fields as the header has");
		else
			convert_rows_bad(r, TYPE, "WIFI, GSM, WCDMA, LTE, "
			    "NR, CDMA, BT, BLE or NFC");
		return;
	}
	if ((v = read_wigle_identity(r, &o, type)) == CONVERT_WIGLE_BAD) {
		convert_rows_bad(r, MAC, o.kind == OBS_CELL ?
		    "OPERATOR_AREA_CELL" : "an address");
		return;
	}
	name = whole_name(r);
	o.name = name.text;
	o.name_len = o.kind == OBS_CELL ? 0 : name.len;
	if (v == CONVERT_WIGLE_ALIEN || is_useless(r, &o)) {
		convert_sink_skip(r->sink, CONVERT_SINK_ALIEN);
		return;
	}
	if (!read_time(r, &o) || !read_numbers(r, &o))
		return;
	o.source = "gnss";
	o.by_fix = 1;
	if (r->variant == KISMET) {
		undo_octal(r, &o);
		count_moment(r, &o);
	}
	convert_sink_add(r->sink, &o);
}

/*
 * The first line tells whose file it is.  Its version says nothing that can be
 * relied on: other writers put one over the columns of another.
 */
static int
read_other(struct convert_rows *r, const char *text, size_t len)
{
	static const char magic[] = "WigleWifi-";

	if (len < sizeof(magic) - 1 ||
	    strncasecmp(text, magic, sizeof(magic) - 1) != 0)
		return 0;
	r->variant = memmem(text, len, "model=Kismet", 12) != NULL ||
	    memmem(text, len, "appRelease=Kismet", 17) != NULL ? KISMET : APP;
	return 1;
}

/* The format is asked for, and may have lost its first line. */
static int
read_other_kismet(struct convert_rows *r, const char *text, size_t len)
{
	int is_other = read_other(r, text, len);

	r->variant = KISMET;
	return is_other;
}

const struct convert_rows_format convert_wigle_format = {
	.separator = ',', .quotes = 1, .columns = columns,
	.required = REQUIRED, .other = read_other, .row = read_wigle_row,
};

const struct convert_rows_format convert_wigle_kismet_format = {
	.separator = ',', .quotes = 0, .columns = columns,
	.required = REQUIRED, .other = read_other_kismet, .row = read_wigle_row,
};
