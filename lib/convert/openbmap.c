/* SPDX-License-Identifier: ISC */
/*
 * A scan has a position when it was asked for, what was heard, and a position
 * when it had come.  Which of both is right nobody knows, so a scan of
 * somebody who went on too far meanwhile is of no use; until the second
 * position is there what was heard has to wait.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "convert/obs.h"
#include "convert/openbmap.h"
#include "convert/sink.h"
#include "convert/stamp.h"
#include "convert/xml.h"
#include "geo/dist.h"

#define SCAN_MAX	1000	/* networks of a scan */
#define NAME_LEN	128	/* with NUL */
#define MOVED_M		100	/* from request to result: too far */

/* A network of the scan, until the scan's second position is known. */
struct heard {
	struct convert_obs	o;
	char			name[NAME_LEN];	/* "": none */
	uint64_t		line;		/* for messages */
};

struct scan {
	struct convert_obs	 begin, end;	/* their places */
	int			 has_begin, has_end;
	size_t			 n;
	uint64_t		 count;		/* of scans */
	struct heard		*at;		/* SCAN_MAX, once needed */
};

/*
 * The place in attributes A.  Returns 1, or 0 after telling.  The first number
 * that is none is named, and no other: who looks at the file sees the rest.
 * Times are of the phone's own zone, for which the sink has that of the user.
 */
static int
read_gps(struct convert_sink *s, const char **a, struct convert_obs *o)
{
	const char *time = convert_xml_attribute(a, "time"), *bad = NULL;

	convert_obs_init(o);
	if (!convert_xml_f64(convert_xml_attribute(a, "lat"), &o->lat_deg))
		bad = "lat";
	else if (!convert_xml_f64(convert_xml_attribute(a, "lng"),
	    &o->lon_deg))
		bad = "lng";
	else if (!convert_xml_f64(convert_xml_attribute(a, "alt"),
	    &o->altitude_m))
		bad = "alt";
	else if (!convert_xml_f64(convert_xml_attribute(a, "hdg"),
	    &o->heading_deg))
		bad = "hdg";
	else if (!convert_xml_f64(convert_xml_attribute(a, "spe"),
	    &o->speed_ms))
		bad = "spe";
	else if (!convert_xml_f64(convert_xml_attribute(a, "accuracy"),
	    &o->accuracy_m))
		bad = "accuracy";
	if (bad != NULL)
		convert_sink_bad(s, bad, "a number");
	else if (time == NULL || !convert_stamp_digits(time, strlen(time), s,
	    &o->time_ms)) {
		bad = "time";
		convert_sink_bad(s, bad, "a time as 20260314092653");
	}
	return bad == NULL;
}

/*
 * A position of the scan.  One without a type is taken for that of its
 * request, which is the one that reports get.
 */
static void
take_scan_place(struct scan *c, struct convert_sink *s, const char **a)
{
	const char *type = convert_xml_attribute(a, "type");

	if (type != NULL && strcmp(type, "end") == 0)
		c->has_end = read_gps(s, a, &c->end);
	else
		c->has_begin = read_gps(s, a, &c->begin);
}

/*
 * A place for one more network, or NULL.  It counts only when its caller adds
 * to C->n; until then the next one gets it again.  Networks beyond SCAN_MAX
 * are left out, as no phone hears so many.  The array stays for all scans of
 * the file.
 */
static struct heard *
next_heard(struct scan *c, struct convert_sink *s)
{
	struct heard *h;

	if (c->at == NULL &&
	    (c->at = calloc(SCAN_MAX, sizeof(*c->at))) == NULL) {
		s->nomem = 1;
		return NULL;
	}
	assert(c->n <= SCAN_MAX);
	if (c->n == SCAN_MAX)
		return NULL;
	h = &c->at[c->n];
	convert_obs_init(&h->o);
	h->name[0] = '\0';
	h->line = s->line;
	return h;
}

/*
 * A wifi is kept if all of it is good.  The writer leaves out a name that was
 * made unreadable for privacy, so one without may have opted out unseen: there
 * is nothing to tell it by.  Networks without access point move about with
 * their users.
 */
static void
take_wifi(struct scan *c, struct convert_sink *s, const char **a)
{
	const char *mac = convert_xml_attribute(a, "bssid");
	const char *capa = convert_xml_attribute(a, "capa");
	const char *ssid = convert_xml_attribute(a, "ssid");
	struct heard *h;

	if ((h = next_heard(c, s)) == NULL)
		return;
	h->o.kind = OBS_WIFI;
	if (mac == NULL || !convert_obs_mac(h->o.mac, mac, strlen(mac)))
		convert_sink_bad(s, "bssid", "an address");
	else if (!convert_xml_i64(convert_xml_attribute(a, "ss"),
	    &h->o.signal_dbm))
		convert_sink_bad(s, "ss", "a whole number");
	else if (!convert_xml_i64(convert_xml_attribute(a, "ntiu"),
	    &h->o.mhz))
		convert_sink_bad(s, "ntiu", "a whole number");
	else if (capa != NULL && strstr(capa, "[IBSS]") != NULL)
		convert_sink_skip(s, CONVERT_SINK_ALIEN);
	else {
		if (ssid != NULL)
			strlcpy(h->name, ssid, sizeof(h->name));
		c->n++;
	}
}

/*
 * The radio by the name of the technology, or RADIO_CELL_NONE.  These names
 * are finer than radios are: EDGE is a way to use GSM.  CDMA and IDEN are of
 * no use, as their cells have no MCC.
 */
static enum radio_cell_type
radio_of_act(const char *act)
{
	static const struct {
		const char		*name;
		enum radio_cell_type	 type;
	} radios[] = {
		{ "GSM", RADIO_CELL_GSM }, { "EDGE", RADIO_CELL_GSM },
		{ "GPRS", RADIO_CELL_GSM }, { "UMTS", RADIO_CELL_WCDMA },
		{ "HSDPA", RADIO_CELL_WCDMA }, { "HSUPA", RADIO_CELL_WCDMA },
		{ "HSPA", RADIO_CELL_WCDMA }, { "HSPA+", RADIO_CELL_WCDMA },
		{ "LTE", RADIO_CELL_LTE },
	};
	size_t i;

	for (i = 0; act != NULL && i < sizeof(radios) / sizeof(radios[0]);
	    i++)
		if (strcmp(act, radios[i].name) == 0)
			return radios[i].type;
	return RADIO_CELL_NONE;
}

/* What the app writes for a number that the phone did not tell. */
static int64_t
not_minus_one(int64_t v)
{
	return v == -1 ? CONVERT_OBS_NONE : v;
}

/*
 * A cell is kept if all of it is good and it can be asked for.  SERVING is
 * what the name of its element said.  The address of each number stands beside
 * the name of its attribute, so that a bad one is named without a line for
 * each.
 */
static void
take_cell(struct scan *c, struct convert_sink *s, const char **a, int serving)
{
	struct heard *h = next_heard(c, s);
	struct convert_obs *o = h == NULL ? NULL : &h->o;
	size_t i;

	if (o == NULL)
		return;
	const struct {
		const char	*name;
		int64_t		*v;
	} numbers[] = {
		{ "mcc", &o->mcc }, { "mnc", &o->mnc }, { "lac", &o->area },
		{ "id", &o->cid }, { "psc", &o->psc },
		{ "ss", &o->signal_dbm }, { "rxlev", &o->asu },
	};
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!convert_xml_i64(convert_xml_attribute(a,
		    numbers[i].name), numbers[i].v)) {
			convert_sink_bad(s, numbers[i].name,
			    "a whole number");
			return;
		}
	o->kind = OBS_CELL;
	o->serving = serving;
	o->cid = not_minus_one(o->cid);
	o->psc = not_minus_one(o->psc);
	o->asu = not_minus_one(o->asu);
	o->radio = radio_of_act(convert_xml_attribute(a, "act"));
	if (o->radio == RADIO_CELL_NONE)
		convert_sink_skip(s, CONVERT_SINK_ALIEN);
	else if (o->cid == CONVERT_OBS_NONE || o->area == -1)
		convert_sink_skip(s, CONVERT_SINK_NO_ADDRESS);
	else
		c->n++;
}

/*
 * For the reader of XML.  Each scan has a number, from 1, by which its
 * networks make one report; the places of the one before do not hold for it.
 */
static void
scan_begin(void *state, struct convert_sink *s, const char *path,
    const char **attributes)
{
	struct scan *c = state;
	const char *name;

	if (strcmp(path, "logfile/scan") == 0) {
		c->n = 0;
		c->count++;
		c->has_begin = c->has_end = 0;
		return;
	}
	if (strncmp(path, "logfile/scan/", 13) != 0)
		return;
	name = path + 13;
	if (strcmp(name, "gps") == 0)
		take_scan_place(c, s, attributes);
	else if (strcmp(name, "wifiap") == 0)
		take_wifi(c, s, attributes);
	else if (strcmp(name, "gsmserving") == 0)
		take_cell(c, s, attributes, 1);
	else if (strcmp(name, "gsmneighbour") == 0)
		take_cell(c, s, attributes, 0);
}

/*
 * Did whoever heard it move on too far?  Positions that are none cannot be
 * compared; the sink drops them later, and says why.
 */
static int
has_moved_on(const struct scan *c)
{
	const struct convert_obs *a = &c->begin, *b = &c->end;

	return c->has_begin && c->has_end && fabs(a->lat_deg) <= 90 &&
	    fabs(b->lat_deg) <= 90 && isfinite(a->lon_deg) &&
	    isfinite(b->lon_deg) && geo_dist_m(a->lat_deg, a->lon_deg,
	    b->lat_deg, b->lon_deg) > MOVED_M;
}

/*
 * A scan is whole: what was heard gets the place of its request.  Without that
 * it goes to the sink as it is, which counts it as without position.  Each
 * scan is a report, told by its number.  The sink's line becomes that of the
 * network, as the one at hand is the end of the scan.
 */
static void
scan_end(void *state, struct convert_sink *s, const char *path,
    const char *text)
{
	struct scan *c = state;
	struct convert_obs *o;
	size_t i;

	(void)text;
	if (strcmp(path, "logfile/scan") != 0)
		return;
	assert(c->n == 0 || c->at != NULL);
	for (i = 0; i < c->n; i++) {
		if (has_moved_on(c)) {
			convert_sink_skip(s, CONVERT_SINK_MOVED);
			continue;
		}
		o = &c->at[i].o;
		s->line = c->at[i].line;
		o->moment = c->count;
		if (c->has_begin) {
			o->time_ms = c->begin.time_ms;
			o->lat_deg = c->begin.lat_deg;
			o->lon_deg = c->begin.lon_deg;
			o->accuracy_m = c->begin.accuracy_m;
			o->altitude_m = c->begin.altitude_m;
			o->heading_deg = c->begin.heading_deg;
			o->speed_ms = c->begin.speed_ms;
		}
		o->source = "gnss";
		o->name = c->at[i].name;
		o->name_len = strlen(o->name);
		convert_sink_add(s, o);
	}
	c->n = 0;
}

/* The reader of XML frees the state, but not what it points to. */
static void
scan_done(void *state, struct convert_sink *s)
{
	struct scan *c = state;

	(void)s;
	free(c->at);
	c->at = NULL;
}

const struct convert_xml_format convert_openbmap_format = {
	.state_size = sizeof(struct scan), .begin = scan_begin,
	.end = scan_end, .done = scan_done, .lenient = 1,
};
