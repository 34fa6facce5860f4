/* SPDX-License-Identifier: ISC */
/*
 * A netxml has one position of each network, where it was heard best, in a
 * time without zone; a gpsxml one for each packet, in UTC, but neither name
 * nor kind.  So of both files of a run the points make the reports, and the
 * networks only tell what they are of.
 *
 * The elements of clients in a network look like its own; they are told apart
 * by their path.  airodump-ng writes the same format with speed where the
 * altitude belongs.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/lru.h"
#include "convert/kismetxml.h"
#include "convert/obs.h"
#include "convert/sink.h"
#include "convert/stamp.h"
#include "convert/xml.h"
#include "geo/dist.h"

#define NETWORKS_MAX	65536	/* of a table */
#define NAME_LEN	65	/* 32 bytes of Latin-1 and their NUL */
#define BOX_MAX_M	2000	/* those heard further apart have moved */

/* What a netxml says of a network. */
struct known {
	int	is_known;	/* the netxml has it */
	int	is_ap;
	int	is_private;	/* a name of it opts out */
	int32_t	channel, mhz;	/* 0: not told */
	char	name[NAME_LEN];	/* the latest; "": none */
};

struct convert_kismetxml_table {
	struct base_lru	*lru;	/* of struct known, by address */
};

/*
 * The table has a bound, and drops what was seen longest ago, because a netxml
 * may be of any size and whoever made it may be hostile.  A point of a network
 * that was dropped is taken as if there were no netxml.
 */
struct convert_kismetxml_table *
convert_kismetxml_table_new(void)
{
	struct convert_kismetxml_table *t;

	if ((t = malloc(sizeof(*t))) == NULL)
		return NULL;
	t->lru = base_lru_new(NETWORKS_MAX, sizeof(struct known));
	if (t->lru == NULL) {
		free(t);
		return NULL;
	}
	return t;
}

void
convert_kismetxml_table_free(struct convert_kismetxml_table *t)
{
	if (t == NULL)
		return;
	base_lru_free(t->lru);
	free(t);
}

/* The state of a netxml. */
struct net {
	struct convert_kismetxml_table *table;	/* or NULL; the option */
	int		 is_airodump;	/* its altitudes are speeds */
	/* The network at hand: */
	struct convert_obs o;
	struct known	 k;
	int64_t		 packets;	/* at its frequency */
	int64_t		 name_ms;	/* when it had its name */
	int		 bad_mac, bad_time;	/* also: none */
	/* The box of the places where it was heard, in degrees: */
	double		 min_lat, min_lon, max_lat, max_lon;
};

#define NETWORK	"detection-run/wireless-network"

/*
 * The time in attribute NAME, or CONVERT_OBS_NONE, here still of any zone:
 * times are compared with each other, and turned into UTC only for a network
 * that becomes a report.  So a file of which nothing comes tells nobody that
 * its zone was guessed.
 */
static int64_t
local_time(const char **attributes, const char *name)
{
	const char *t = convert_xml_attribute(attributes, name);
	int64_t ms;

	return t != NULL && convert_stamp_ctime(t, strlen(t), NULL, &ms) ?
	    ms : CONVERT_OBS_NONE;
}

/*
 * Everything of the one before is forgotten.  An address that never comes is a
 * bad one.
 */
static void
begin_network(struct net *n, const char **attributes)
{
	const char *type = convert_xml_attribute(attributes, "type");

	convert_obs_init(&n->o);
	memset(&n->k, 0, sizeof(n->k));
	n->k.is_known = 1;
	n->k.is_ap = type != NULL && strcmp(type, "infrastructure") == 0;
	n->o.kind = OBS_WIFI;
	n->o.source = "gnss";
	n->o.time_ms = local_time(attributes, "last-time");
	n->bad_time = n->o.time_ms == CONVERT_OBS_NONE;
	n->bad_mac = 1;
	n->packets = 0;
	n->name_ms = CONVERT_OBS_NONE;
	n->min_lat = n->min_lon = n->max_lat = n->max_lon = NAN;
}

/*
 * For the reader of XML.  A network may have several elements of SSID, with
 * the time when each was seen last: a later one drops the name so far, and an
 * earlier one leaves it, so its own is not taken.
 */
static void
net_begin(void *state, struct convert_sink *s, const char *path,
    const char **attributes)
{
	struct net *n = state;
	const char *version;
	int64_t ms;

	(void)s;
	if (strcmp(path, NETWORK) == 0)
		begin_network(n, attributes);
	else if (strcmp(path, "detection-run") == 0) {
		version = convert_xml_attribute(attributes, "kismet-version");
		n->is_airodump = version != NULL &&
		    strncmp(version, "airodump", 8) == 0;
	} else if (strcmp(path, NETWORK "/SSID") == 0) {
		ms = local_time(attributes, "last-time");
		if (ms >= n->name_ms) {
			n->name_ms = ms;
			n->k.name[0] = '\0';
		}
	}
}

/*
 * The name of the latest SSID.  If any is private, so is the network, as its
 * owner asked for that once.  Names too long for a network are none.
 */
static void
take_essid(struct net *n, const char *text)
{
	size_t len = strlen(text);

	if (radio_mac_opts_out(text, len))
		n->k.is_private = 1;
	if (n->k.name[0] == '\0' && len < NAME_LEN)
		memcpy(n->k.name, text, len + 1);
}

/* "2437 12": the frequency in MHz, and how many packets there were on it. */
static void
take_frequency(struct net *n, const char *text)
{
	char *end;
	long mhz = strtol(text, &end, 10), packets = strtol(end, NULL, 10);

	if (mhz > 0 && mhz < 100000 && packets > n->packets) {
		n->packets = packets;
		n->o.mhz = mhz;
	}
}

/*
 * The numbers of a network, by the end of their path.  Those of clients have
 * another path and are not found, and averages are not read: they are places
 * where nothing may have been heard.
 */
static double *
number_at(struct net *n, const char *name)
{
	const struct {
		const char	*name;
		double		*v;
	} numbers[] = {
		{ "gps-info/peak-lat", &n->o.lat_deg },
		{ "gps-info/peak-lon", &n->o.lon_deg },
		{ "gps-info/peak-alt", &n->o.altitude_m },
		{ "gps-info/min-lat", &n->min_lat },
		{ "gps-info/min-lon", &n->min_lon },
		{ "gps-info/max-lat", &n->max_lat },
		{ "gps-info/max-lon", &n->max_lon },
	};
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(name, numbers[i].name) == 0)
			return numbers[i].v;
	return NULL;
}

/*
 * Was it heard at places too far from each other?  Then it is one that drives
 * about, or two with one address, and the place of its peak says nothing about
 * where it is now.  A box that is not all there says nothing either way.
 */
static int
has_moved(const struct net *n)
{
	return isfinite(n->min_lat) && isfinite(n->min_lon) &&
	    isfinite(n->max_lat) && isfinite(n->max_lon) &&
	    fabs(n->min_lat) <= 90 && fabs(n->max_lat) <= 90 &&
	    geo_dist_m(n->min_lat, n->min_lon, n->max_lat, n->max_lon) >
	    BOX_MAX_M;
}

/*
 * For the table, or a report of its own.  With a table it is kept whatever it
 * is: that it is no access point, or opted out, is what the points are asked
 * for.  The time is the one when it was heard last, as that of the peak is not
 * in the file.
 */
static void
end_network(struct net *n, struct convert_sink *s)
{
	struct convert_obs *o = &n->o;
	struct known *k;

	if (n->bad_mac) {
		convert_sink_bad(s, "BSSID", "an address");
		return;
	}
	n->k.channel = (int32_t)convert_obs_within(o->channel, 1, 233);
	if (o->channel == CONVERT_OBS_NONE || n->k.channel < 0)
		n->k.channel = 0;
	n->k.mhz = o->mhz == CONVERT_OBS_NONE ? 0 : (int32_t)o->mhz;
	if (n->table != NULL) {
		k = base_lru_make(n->table->lru, o->mac, RADIO_MAC_LEN);
		*k = n->k;
		return;
	}
	if (!n->k.is_ap)
		convert_sink_skip(s, CONVERT_SINK_ALIEN);
	else if (n->k.is_private)
		convert_sink_skip(s, CONVERT_SINK_OPTED_OUT);
	else if (isnan(o->lat_deg) || (o->lat_deg == 0 && o->lon_deg == 0))
		convert_sink_skip(s, CONVERT_SINK_NO_FIX);
	else if (has_moved(n))
		convert_sink_skip(s, CONVERT_SINK_MOVED);
	else if (n->bad_time)
		convert_sink_bad(s, "last-time",
		    "a time as Mon Oct 17 18:01:27 2022");
	else {
		o->time_ms = convert_sink_utc(s, o->time_ms / 1000) * 1000;
		o->name = n->k.name;
		o->name_len = strlen(n->k.name);
		o->moment = s->rows + 1;	/* a report for each */
		if (n->is_airodump)
			o->altitude_m = NAN;
		convert_sink_add(s, o);
	}
}

/*
 * For the reader of XML: the text of an element of the network at hand.
 * Numbers that are none are left out without a word, as each is one of many,
 * and what a report needs is looked at when the network ends.
 */
static void
net_end(void *state, struct convert_sink *s, const char *path,
    const char *text)
{
	struct net *n = state;
	double *v;

	if (strcmp(path, NETWORK) == 0) {
		end_network(n, s);
		return;
	}
	if (strncmp(path, NETWORK "/", sizeof(NETWORK)) != 0)
		return;
	path += sizeof(NETWORK);
	if (strcmp(path, "BSSID") == 0)
		n->bad_mac = !convert_obs_mac(n->o.mac, text, strlen(text));
	else if (strcmp(path, "SSID/essid") == 0)
		take_essid(n, text);
	else if (strcmp(path, "channel") == 0)
		convert_xml_i64(text, &n->o.channel);
	else if (strcmp(path, "freqmhz") == 0)
		take_frequency(n, text);
	else if (strcmp(path, "snr-info/max_signal_dbm") == 0)
		convert_xml_i64(text, &n->o.signal_dbm);
	else if ((v = number_at(n, path)) != NULL)
		convert_xml_f64(text, v);
}

/* The state of a gpsxml. */
struct gps {
	struct convert_kismetxml_table *table;	/* or NULL; the option */
};

/*
 * What the table knows of the network of O.  1, or 0 if it is none for us.
 * One that it lacks is taken, as without a netxml all are: the point itself
 * was sent by the network.
 */
static int
find_in_netxml(struct gps *g, struct convert_sink *s, struct convert_obs *o,
    struct known **k)
{
	*k = NULL;
	if (g->table != NULL)
		*k = base_lru_find(g->table->lru, o->mac, RADIO_MAC_LEN);
	if (*k == NULL)
		return 1;
	if (!(*k)->is_ap || (*k)->is_private) {
		convert_sink_skip(s, (*k)->is_ap ? CONVERT_SINK_OPTED_OUT :
		    CONVERT_SINK_ALIEN);
		return 0;
	}
	o->name = (*k)->name;
	o->name_len = strlen((*k)->name);
	o->channel = (*k)->channel;
	o->mhz = (*k)->mhz;
	return 1;
}

/*
 * The numbers of a point.  Returns 1, or 0 if one is none, which was told.  A
 * fix of two dimensions has no altitude, whatever stands there.  The unit of
 * speed changed from version to version and is not told, so it is not read.
 * -128 is a signal that nobody measured.
 */
static int
read_point(struct convert_sink *s, const char **a, struct convert_obs *o)
{
	int64_t fix = 0, sec = CONVERT_OBS_NONE, usec = 0;
	const char *bad = NULL;

	if (!convert_xml_f64(convert_xml_attribute(a, "lat"), &o->lat_deg))
		bad = "lat";
	else if (!convert_xml_f64(convert_xml_attribute(a, "lon"),
	    &o->lon_deg))
		bad = "lon";
	else if (!convert_xml_i64(convert_xml_attribute(a, "time-sec"), &sec))
		bad = "time-sec";
	else if (!convert_xml_i64(convert_xml_attribute(a, "time-usec"),
	    &usec))
		bad = "time-usec";
	else if (!convert_xml_i64(convert_xml_attribute(a, "fix"), &fix))
		bad = "fix";
	else if (!convert_xml_i64(convert_xml_attribute(a, "signal_dbm"),
	    &o->signal_dbm))
		bad = "signal_dbm";
	else if (fix >= 3 && !convert_xml_f64(convert_xml_attribute(a, "alt"),
	    &o->altitude_m))
		bad = "alt";
	if (bad != NULL) {
		convert_sink_bad(s, bad, "a number");
		return 0;
	}
	if (sec > 0 && sec < 100000000000) {
		o->moment_ms = 1000 * sec;
		o->time_ms = 1000 * sec + (usec > 0 && usec < 1000000 ?
		    usec / 1000 : 0);
	}
	if (o->signal_dbm == -128)
		o->signal_dbm = CONVERT_OBS_NONE;
	return 1;
}

/*
 * A point is a packet.  Only what a network sent itself tells how well it was
 * heard: of a packet from a client the signal is the client's.  The address
 * GP:SD:TR:AC:KL:OG marks the track, which has no network.
 */
static void
gps_begin(void *state, struct convert_sink *s, const char *path,
    const char **attributes)
{
	const char *bssid, *source;
	struct convert_obs o;
	struct known *k;

	if (strcmp(path, "gps-run/gps-point") != 0)
		return;
	bssid = convert_xml_attribute(attributes, "bssid");
	source = convert_xml_attribute(attributes, "source");
	if (bssid != NULL && strcmp(bssid, "GP:SD:TR:AC:KL:OG") == 0) {
		convert_sink_skip(s, CONVERT_SINK_NO_ADDRESS);
		return;
	}
	convert_obs_init(&o);
	o.kind = OBS_WIFI;
	o.source = "gnss";
	if (bssid == NULL ||
	    !convert_obs_mac(o.mac, bssid, strlen(bssid))) {
		convert_sink_bad(s, "bssid", "an address");
		return;
	}
	if (source == NULL || strcasecmp(source, bssid) != 0) {
		convert_sink_skip(s, CONVERT_SINK_ALIEN);
		return;
	}
	if (find_in_netxml(state, s, &o, &k) && read_point(s, attributes, &o))
		convert_sink_add(s, &o);
}

/* All of a point stands in its attributes. */
static void
gps_end(void *state, struct convert_sink *s, const char *path,
    const char *text)
{
	(void)state, (void)s, (void)path, (void)text;
}

const struct convert_xml_format convert_kismetxml_net_format = {
	.state_size = sizeof(struct net), .begin = net_begin, .end = net_end,
}, convert_kismetxml_gps_format = {
	.state_size = sizeof(struct gps), .begin = gps_begin, .end = gps_end,
};
