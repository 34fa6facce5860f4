/* SPDX-License-Identifier: ISC */
/*
 * Kismet's database: packets are the observations of wifi, rows of data those
 * of Bluetooth, and devices tells what each address is.  Both tables are read
 * side by side by their times, so that what was heard in the same second
 * makes one report.
 *
 * The frequency of a packet is the one that the receiver was tuned to, and
 * neighbouring channels are heard as well: it counts only if nothing better
 * is known, or agrees with that.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/lru.h"
#include "convert/db.h"
#include "convert/dbs.h"
#include "convert/obs.h"
#include "convert/sink.h"
#include "json/doc.h"
#include "radio/wifi.h"

#define DEVICES_MAX	16384	/* that are remembered */
#define NAME_LEN	256	/* with NUL */
#define KMH		3.6	/* of a metre per second */

/*
 * Both tables have these first, in the same places, so that one function reads
 * the place and time of either; what only packets have stands behind.
 */
enum {
	SEC, USEC, PHY, MAC, LAT, LON, ALT, SPEED, HEADING, SIGNAL, FREQUENCY,
	ERROR, PACKET_COLUMNS, DATA_COLUMNS = FREQUENCY
};

static const char *const packet_columns[] = { "ts_sec", "ts_usec", "phyname",
    "sourcemac", "lat", "lon", "alt", "speed", "heading", "signal",
    "frequency", "error" };
static const char *const data_columns[] = { "ts_sec", "ts_usec", "phyname",
    "devmac", "lat", "lon", "alt", "speed", "heading", "signal" };
static const char *const device_columns[] = { "type", "device" };

/* What the table of devices says of an address, kept for those heard last. */
struct device {
	int	is_known;	/* it was looked for */
	int	is_ap;		/* there is a row, and it is one */
	int64_t	channel;	/* 0: not told */
	char	name[NAME_LEN];	/* "": none */
};

struct reading {
	struct convert_sink	*sink;
	struct convert_db_rows	*devices;	/* by type and address */
	struct base_lru		*known;		/* of struct device */
	struct base_arena	 arena;		/* for one device's JSON */
	double			 scale;		/* of degrees */
};

/*
 * The table KISMET names its maker.  Of the two tables with observations one
 * is enough.
 */
int
convert_dbs_is_kismet(struct convert_db *d)
{
	return convert_db_has(d, "KISMET", "db_version") &&
	    convert_db_has(d, "devices", "devmac") &&
	    (convert_db_has(d, "packets", "sourcemac") ||
	    convert_db_has(d, "data", "devmac"));
}

/*
 * Member NAME of object V, or -1 if V is -1 or has none, so that a path of
 * several names can be followed without a look at each.
 */
static int
member(const struct json_doc *d, int v, const char *name)
{
	return v == -1 ? -1 : json_doc_get(d, v, name);
}

/*
 * Keep text V as the name of K, unless it is too long for one.  A NUL within
 * it would cut it short, and with it perhaps the suffix by which its owner
 * opts out.
 */
static void
keep_name(struct reading *r, struct device *k, const struct json_doc *d,
    int v)
{
	const char *text;
	size_t len;

	if (v == -1 || json_doc_kind(d, v) != JSON_DOC_STRING ||
	    (text = json_doc_string(d, v, &r->arena, &len)) == NULL ||
	    len >= NAME_LEN || memchr(text, '\0', len) != NULL)
		return;
	memcpy(k->name, text, len + 1);
}

/*
 * What the JSON of a device tells, of which there are several versions: what
 * is now a record of the latest name was once the name itself.  JSON that is
 * damaged tells nothing, and the packets are good without it.  The places in
 * it are a box and a mean, and none where anything was heard.
 */
static void
read_device(struct reading *r, struct device *k, const char *text, size_t len,
    int is_wifi)
{
	struct json_doc d;
	const char *raw;
	int dot11, v;

	base_arena_reset(&r->arena);
	if (json_doc_parse(&d, text, len, &r->arena) == -1)
		return;
	v = member(&d, 0, "kismet.device.base.channel");
	if (v != -1) {
		raw = json_doc_raw(&d, v, &len);
		k->channel = len < 8 ? strtol(raw, NULL, 10) : 0;
	}
	if (!is_wifi) {
		keep_name(r, k, &d, member(&d, 0,
		    "kismet.device.base.commonname"));
		return;
	}
	dot11 = member(&d, 0, "dot11.device");
	v = member(&d, member(&d, dot11,
	    "dot11.device.last_beaconed_ssid_record"),
	    "dot11.advertisedssid.ssid");
	if (v == -1)
		v = member(&d, dot11, "dot11.device.last_beaconed_ssid");
	keep_name(r, k, &d, v);
}

/*
 * What is known of the device; borrowed, NULL if memory is short.  The key of
 * the table is type and address, as the same address may be of a wifi and of a
 * Bluetooth device.  PHY_LEN counts the NUL of PHY, which keeps both apart.
 *
 * Of a device that the table does not have nothing is known, and that is kept,
 * too, so that it is looked for once only.
 */
static const struct device *
find_device(struct reading *r, const char *phy, size_t phy_len, const char *mac,
    size_t len)
{
	const int is_wifi = phy_len == 11;	/* IEEE802.11 and its NUL */
	struct device *k;
	const char *text;
	char name[64];
	size_t n;

	assert(phy_len > 0 && phy_len <= sizeof(name));
	if (phy_len + len > sizeof(name))
		len = 0;
	memcpy(name, phy, phy_len);
	memcpy(name + phy_len, mac, len);
	k = base_lru_make(r->known, name, phy_len + len);
	if (k == NULL || k->is_known)
		return k;
	k->is_known = 1;
	convert_db_rows_name(r->devices, 1, phy, phy_len - 1);
	convert_db_rows_name(r->devices, 2, mac, len);
	if (!convert_db_next(r->devices))
		return k;
	text = convert_db_text(r->devices, 0, &n);
	k->is_ap = (n == 8 && memcmp(text, "Wi-Fi AP", n) == 0) ||
	    (n == 12 && memcmp(text, "Wi-Fi WDS AP", n) == 0);
	text = convert_db_text(r->devices, 1, &n);
	read_device(r, k, text, n, is_wifi);
	/* Without a name, Kismet calls a device by its address. */
	if (strlen(k->name) == len && strncasecmp(k->name, mac, len) == 0)
		k->name[0] = '\0';
	return k;
}

/*
 * The place and time of a row.  1, or 0 after telling.  Altitude, speed and
 * heading that are all 0 were not known; one of them alone may be.  Rows of
 * one second at one place make a moment, as a receiver of satellites tells its
 * place once a second, and the microseconds are the packet's.
 */
static int
read_kismet_fix(struct reading *r, struct convert_db_rows *rows,
    struct convert_obs *o)
{
	int64_t sec = 0, usec = 0;

	if (!convert_db_i64(rows, SEC, &sec) ||
	    !convert_db_i64(rows, USEC, &usec) ||
	    !convert_db_f64(rows, LAT, &o->lat_deg) ||
	    !convert_db_f64(rows, LON, &o->lon_deg) ||
	    !convert_db_f64(rows, ALT, &o->altitude_m) ||
	    !convert_db_f64(rows, SPEED, &o->speed_ms) ||
	    !convert_db_f64(rows, HEADING, &o->heading_deg) ||
	    !convert_db_i64(rows, SIGNAL, &o->signal_dbm))
		return 0;
	o->lat_deg *= r->scale;
	o->lon_deg *= r->scale;
	o->speed_ms /= KMH;
	if (o->altitude_m == 0 && o->speed_ms == 0 && o->heading_deg == 0)
		o->altitude_m = o->speed_ms = o->heading_deg = NAN;
	if (sec > 0 && sec < 100000000000) {
		o->moment_ms = 1000 * sec;
		o->time_ms = 1000 * sec + (usec > 0 && usec < 1000000 ?
		    usec / 1000 : 0);
	}
	o->source = "gnss";
	return 1;
}

/*
 * The frequency of a packet, KHZ, is worth something if it fits the channel
 * that the access point itself tells.  If that is not known the receiver's is
 * better than none.  Channels count anew from 1 in the band of 6 GHz, which
 * begins at 5,935 MHz here.
 */
static void
set_channel(struct convert_obs *o, const struct device *k, double khz)
{
	const int mhz = khz > 0 && khz < 1e9 ? (int)(khz / 1000) : 0;
	const int fits = k->channel < 1 || k->channel > 233 ||
	    radio_wifi_channel(mhz, mhz >= 5935) == k->channel;

	o->channel = k->channel;
	if (fits && mhz > 0)
		o->mhz = mhz;
}

/*
 * A packet is an observation of the access point that sent it.  What its row
 * says is checked before the device is looked up, which costs most: many
 * packets have no address of a station.  One that was damaged on the air has
 * an address that may be anybody's, so it gives nothing; nor do those of
 * clients.
 *
 * Looking up a device moves the sink to that row; messages and the place in
 * the file are to be the packet's, so it is moved back.
 */
static void
read_packet(struct reading *r, struct convert_db_rows *rows)
{
	static const char wifi[] = "IEEE802.11";
	const struct device *k;
	const char *mac, *phy;
	struct convert_obs o;
	int64_t error = 0;
	double khz = 0;
	size_t len, n;

	convert_obs_init(&o);
	o.kind = OBS_WIFI;
	phy = convert_db_text(rows, PHY, &n);
	if (n != sizeof(wifi) - 1 || memcmp(phy, wifi, n) != 0) {
		convert_sink_skip(r->sink, CONVERT_SINK_ALIEN);
		return;
	}
	mac = convert_db_text(rows, MAC, &len);
	if (!convert_obs_mac(o.mac, mac, len)) {
		convert_db_bad(rows, MAC, "an address");
		return;
	}
	if (!read_kismet_fix(r, rows, &o) ||
	    !convert_db_i64(rows, ERROR, &error) ||
	    !convert_db_f64(rows, FREQUENCY, &khz))
		return;
	if (!convert_obs_is_station(o.mac)) {
		convert_sink_skip(r->sink, CONVERT_SINK_NO_ADDRESS);
		return;
	}
	if ((k = find_device(r, wifi, sizeof(wifi), mac, len)) == NULL) {
		r->sink->nomem = 1;
		return;
	}
	convert_db_at(rows);
	if (error != 0 || !k->is_ap) {
		convert_sink_skip(r->sink, CONVERT_SINK_ALIEN);
		return;
	}
	set_channel(&o, k, khz);
	o.name = k->name;
	o.name_len = strlen(k->name);
	convert_sink_add(r->sink, &o);
}

/*
 * A row of data is an observation of a Bluetooth device; other radios write
 * here, too, which nobody can locate by.  The signal is that of the row, and
 * neither channel nor frequency is worth anything, as these devices hop.
 */
static void
read_data(struct reading *r, struct convert_db_rows *rows)
{
	const struct device *k;
	const char *mac, *phy;
	struct convert_obs o;
	size_t len, n;

	convert_obs_init(&o);
	o.kind = OBS_BLUE;
	phy = convert_db_text(rows, PHY, &n);
	if ((n != 9 || memcmp(phy, "Bluetooth", 9) != 0) &&
	    (n != 4 || memcmp(phy, "BTLE", 4) != 0)) {
		convert_sink_skip(r->sink, CONVERT_SINK_ALIEN);
		return;
	}
	mac = convert_db_text(rows, MAC, &len);
	if (!convert_obs_mac(o.mac, mac, len)) {
		convert_db_bad(rows, MAC, "an address");
		return;
	}
	if (!read_kismet_fix(r, rows, &o))
		return;
	k = n == 9 ? find_device(r, "Bluetooth", 10, mac, len) :
	    find_device(r, "BTLE", 5, mac, len);
	if (k == NULL) {
		r->sink->nomem = 1;
		return;
	}
	convert_db_at(rows);
	o.name = k->name;
	o.name_len = strlen(k->name);
	convert_sink_add(r->sink, &o);
}

/*
 * Whichever of both tables has the earlier row gives the next one, so that
 * wifi and Bluetooth of one second meet in a moment that is still open.
 * Tables are written in the order of time and read as they lie there: sorting
 * would need an index that there is not.
 */
static void
read_both(struct reading *r, struct convert_db_rows *packets,
    struct convert_db_rows *data)
{
	int more_data = data != NULL && convert_db_next(data);
	int more_packets = packets != NULL && convert_db_next(packets);

	while (!r->sink->nomem && (more_packets || more_data))
		if (more_packets && (!more_data || convert_db_key(packets,
		    SEC) <= convert_db_key(data, SEC))) {
			convert_db_at(packets);
			read_packet(r, packets);
			more_packets = convert_db_next(packets);
		} else {
			convert_db_at(data);
			read_data(r, data);
			more_data = convert_db_next(data);
		}
}

/*
 * The column of altitudes came with the version that wrote degrees as reals,
 * so it tells which of both a file has.  Everything that was opened is ended
 * whatever failed, as all of it may be NULL.
 */
void
convert_dbs_kismet(struct convert_db *d)
{
	struct reading r = { .sink = convert_db_sink(d) };
	struct convert_db_rows *data = NULL, *packets = NULL;

	/* Before there were altitudes, degrees were whole numbers. */
	r.scale = convert_db_has(d, convert_db_has(d, "packets", NULL) ?
	    "packets" : "data", "alt") ? 1 : 1e-5;
	base_arena_init(&r.arena);
	r.known = base_lru_new(DEVICES_MAX, sizeof(struct device));
	r.devices = convert_db_select(d, "devices", device_columns, 2,
	    "WHERE phyname = ?1 AND devmac = ?2");
	if (convert_db_has(d, "packets", "sourcemac"))
		packets = convert_db_select(d, "packets", packet_columns,
		    PACKET_COLUMNS, NULL);
	if (convert_db_has(d, "data", "devmac"))
		data = convert_db_select(d, "data", data_columns,
		    DATA_COLUMNS, NULL);
	if (r.known == NULL)
		r.sink->nomem = 1;
	else if (r.devices != NULL)
		read_both(&r, packets, data);
	convert_db_rows_end(packets);
	convert_db_rows_end(data);
	convert_db_rows_end(r.devices);
	base_lru_free(r.known);
	base_arena_done(&r.arena);
}
