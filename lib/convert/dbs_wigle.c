/* SPDX-License-Identifier: ISC */
/*
 * The backup of the WiGLE app: a row of location for each observation, and of
 * network for what is known of each.  That is looked up for each observation,
 * as it is the primary key there, and kept for those heard last.
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/lru.h"
#include "convert/db.h"
#include "convert/dbs.h"
#include "convert/obs.h"
#include "convert/sink.h"
#include "convert/wigle.h"

#define NETWORKS_MAX	16384	/* that are remembered */
#define NAME_LEN	128	/* with NUL */
#define MODE_LEN	64	/* with NUL */

/* Of location. */
enum { BSSID, LEVEL, LAT, LON, ALTITUDE, ACCURACY, TIME, EXTERNAL, COLUMNS };

static const char *const columns[] = { "bssid", "level", "lat", "lon",
    "altitude", "accuracy", "time", "external" };

/* Of network, by bssid. */
enum { SSID, FREQUENCY, CAPABILITIES, TYPE, NET_COLUMNS };

static const char *const net_columns[] = { "ssid", "frequency",
    "capabilities", "type" };

/* What network says. */
struct info {
	int	is_known;		/* it was looked for */
	int	type;			/* a letter, 0: none */
	int64_t	mhz;			/* or CONVERT_OBS_NONE */
	char	ssid[NAME_LEN], mode[MODE_LEN];	/* "": none */
};

/*
 * The table location has the observations; the places in network are the best
 * or the last of them, and are not read.
 */
int
convert_dbs_is_wigle(struct convert_db *d)
{
	return convert_db_has(d, "network", "bssid") &&
	    convert_db_has(d, "location", "bssid");
}

/*
 * Copy what fits.  What does not is left out whole: cut to its beginning a
 * name would be another one, and could lack the suffix by which its owner opts
 * out.
 */
static void
keep_network_text(char *to, size_t room, const char *text, size_t len)
{
	assert(room > 0);
	if (len >= room)
		len = 0;		/* no name is so long */
	memcpy(to, text, len);
	to[len] = '\0';
}

/*
 * What is known of BSSID; borrowed, NULL if memory is short.  A network that
 * the table lacks is remembered as one without type, which gives no reports,
 * so that a backup with half of its rows gone is still read at full speed.
 */
static const struct info *
find_info(struct base_lru *known, struct convert_db_rows *nets,
    const char *bssid, size_t len)
{
	struct info *k = base_lru_make(known, bssid, len);
	const char *text;
	size_t n;

	if (k == NULL || k->is_known)
		return k;
	k->is_known = 1;
	k->mhz = CONVERT_OBS_NONE;
	convert_db_rows_name(nets, 1, bssid, len);
	if (!convert_db_next(nets))
		return k;
	text = convert_db_text(nets, SSID, &n);
	keep_network_text(k->ssid, sizeof(k->ssid), text, n);
	text = convert_db_text(nets, CAPABILITIES, &n);
	keep_network_text(k->mode, sizeof(k->mode), text, n);
	text = convert_db_text(nets, TYPE, &n);
	k->type = n == 1 ? *text : 0;
	convert_db_i64(nets, FREQUENCY, &k->mhz);
	return k;
}

/*
 * The network of a row.  1, or 0 after telling or counting why not.  The app
 * has a letter for each type; those that are missing here, as CDMA, cannot be
 * looked up by anybody.  For cells the column of addresses has operator, area
 * and cell, and what the network says of its mode tells the technology where
 * the letter is too coarse.
 */
static int
identify_network(struct convert_sink *s, struct convert_db_rows *rows,
    const struct info *k, struct convert_obs *o)
{
	static const struct {
		char		 letter;
		enum obs_kind	 kind;
		const char	*radio;
	} types[] = {
		{ 'W', OBS_WIFI, NULL }, { 'G', OBS_CELL, "GSM" },
		{ 'L', OBS_CELL, "LTE" }, { 'D', OBS_CELL, "WCDMA" },
		{ 'N', OBS_CELL, "NR" }, { 'B', OBS_BLUE, NULL },
		{ 'E', OBS_BLUE, NULL },
	};
	size_t i, len;
	const char *bssid = convert_db_text(rows, BSSID, &len);

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].letter == k->type)
			break;
	if (i == sizeof(types) / sizeof(types[0]) ||
	    strstr(k->mode, "[IBSS]") != NULL)
		goto alien;
	assert(i < sizeof(types) / sizeof(types[0]));
	o->kind = types[i].kind;
	if (o->kind == OBS_CELL) {
		switch (convert_wigle_cell(o, bssid, len, types[i].radio,
		    k->mode, strlen(k->mode))) {
		case CONVERT_WIGLE_OK:
			return 1;
		case CONVERT_WIGLE_BAD:
			return convert_db_bad(rows, BSSID,
			    "OPERATOR_AREA_CELL");
		case CONVERT_WIGLE_ALIEN:
			goto alien;
		}
	}
	if (!convert_obs_mac(o->mac, bssid, len))
		return convert_db_bad(rows, BSSID, "an address");
	if (o->kind == OBS_WIFI)
		o->mhz = k->mhz;
	o->name = k->ssid;
	o->name_len = strlen(k->ssid);
	return 1;
alien:
	convert_sink_skip(s, CONVERT_SINK_ALIEN);
	return 0;
}

/*
 * A row of location, with what network says of it.  Looking that up moves the
 * sink to its row, so messages have to be moved back to this one.  Rows that
 * are marked as external are passed over, as the app itself does.  A signal of
 * -113 is what the app writes for a cell whose signal it does not know, and an
 * altitude of 0 without an accuracy is Android's for "unknown".
 */
static void
read_wigle_location(struct convert_sink *s, struct convert_db_rows *rows,
    struct base_lru *known, struct convert_db_rows *nets)
{
	const struct info *k;
	struct convert_obs o;
	int64_t external = 0;
	const char *bssid;
	size_t len;

	convert_obs_init(&o);
	bssid = convert_db_text(rows, BSSID, &len);
	if ((k = find_info(known, nets, bssid, len)) == NULL) {
		s->nomem = 1;
		return;
	}
	convert_db_at(rows);
	if (!convert_db_i64(rows, EXTERNAL, &external) ||
	    !convert_db_f64(rows, LAT, &o.lat_deg) ||
	    !convert_db_f64(rows, LON, &o.lon_deg) ||
	    !convert_db_f64(rows, ALTITUDE, &o.altitude_m) ||
	    !convert_db_f64(rows, ACCURACY, &o.accuracy_m) ||
	    !convert_db_i64(rows, TIME, &o.time_ms) ||
	    !convert_db_i64(rows, LEVEL, &o.signal_dbm))
		return;
	if (external != 0) {
		convert_sink_skip(s, CONVERT_SINK_ALIEN);
		return;
	}
	if (!identify_network(s, rows, k, &o))
		return;
	if (o.kind == OBS_CELL && o.signal_dbm == -113)
		o.signal_dbm = CONVERT_OBS_NONE;
	if (o.altitude_m == 0 && !(o.accuracy_m > 0))
		o.altitude_m = NAN;
	o.source = "gnss";
	o.by_fix = 1;
	convert_sink_add(s, &o);
}

/*
 * Networks of one scan share their fix, all of time, place, altitude and
 * accuracy, which is what makes a report; their rows need not follow one
 * another.
 */
void
convert_dbs_wigle(struct convert_db *d)
{
	struct convert_sink *s = convert_db_sink(d);
	struct convert_db_rows *nets, *rows;
	struct base_lru *known = base_lru_new(NETWORKS_MAX,
	    sizeof(struct info));

	rows = convert_db_select(d, "location", columns, COLUMNS, NULL);
	nets = convert_db_select(d, "network", net_columns, NET_COLUMNS,
	    "WHERE bssid = ?1");
	if (known == NULL)
		s->nomem = 1;
	else if (rows != NULL && nets != NULL)
		while (!s->nomem && convert_db_next(rows))
			read_wigle_location(s, rows, known, nets);
	convert_db_rows_end(rows);
	convert_db_rows_end(nets);
	base_lru_free(known);
}
