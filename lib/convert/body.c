/* SPDX-License-Identifier: ISC */
/*
 * obs/report.h makes one line of any form, as it does for loc-serve; that line
 * is then read again and written with what holds for recordings: no report
 * without place and time, no network that nobody can hear or that wants to be
 * left out, none twice.  All other members stay, also optOut, which tells of
 * wishes that were heard earlier.
 *
 * Two apps are known by what they write, as what they mean by it differs:
 * MozStumbler counts ages backwards, and Tower Collector writes 0 for a speed,
 * heading or altitude that it does not know.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "convert/body.h"
#include "convert/moment.h"
#include "convert/obs.h"
#include "convert/sink.h"
#include "ichnaea/rules.h"
#include "json/coerce.h"
#include "json/doc.h"
#include "json/write.h"
#include "obs/optout.h"
#include "obs/report.h"

#define MAX_ENTRIES	CONVERT_MOMENT_EACH	/* of all kinds together */

/* A network of the report that is to be written. */
struct entry {
	int		v;		/* in the line */
	enum obs_kind	kind;
	uint8_t		mac[RADIO_MAC_LEN];	/* not of a cell */
	int64_t		id[5];		/* of a cell */
	int64_t		signal_dbm;	/* the strongest is kept */
};

struct convert_body {
	struct convert_sink	*sink;
	int			 mozstumbler;	/* negative: not told */
	struct ichnaea_rules	 rules;
	struct base_arena	 arena;		/* of the report as it came */
	struct base_arena	 again;		/* ... and of its line */
	struct base_buf		 line, details, out;
	/* The report at hand: */
	int			 negate_ages;	/* MozStumbler's */
	int			 drop_zeros;	/* of its position */
	struct obs_optout_list	 optout;	/* what it has of that kind */
	size_t			 n;		/* networks so far */
	struct entry		 at[MAX_ENTRIES];
};

/*
 * The rules are those of a service that is not strict: what it would take from
 * an app it shall take from the app's recording.  But for names that opt out:
 * with that rule obs/report.h puts their addresses into the line.  Here they
 * are seen, counted and left out, as in recordings of all other formats.
 */
struct convert_body *
convert_body_new(struct convert_sink *s, int mozstumbler)
{
	struct convert_body *b;

	if ((b = calloc(1, sizeof(*b))) == NULL)
		return NULL;
	b->sink = s;
	b->mozstumbler = mozstumbler;
	/* Names that opt out are seen here, and leave nothing behind. */
	b->rules = *ichnaea_rules(0);
	b->rules.opt_outs = 0;
	base_arena_init(&b->arena);
	base_arena_init(&b->again);
	return b;
}

void
convert_body_free(struct convert_body *b)
{
	if (b == NULL)
		return;
	base_arena_done(&b->arena);
	base_arena_done(&b->again);
	base_buf_done(&b->line);
	base_buf_done(&b->details);
	base_buf_done(&b->out);
	free(b);
}

/*
 * Member NAME of OBJ as a whole number, or CONVERT_OBS_NONE, which is also
 * what a member that is missing gives.
 */
static int64_t
whole(const struct json_doc *d, int obj, const char *name)
{
	int v = json_doc_get(d, obj, name);
	int64_t n;

	return v != -1 && json_coerce_int(d, v, &n) == JSON_COERCE_OK ? n :
	    CONVERT_OBS_NONE;
}

/* The same as a number, or NAN. */
static double
real(const struct json_doc *d, int obj, const char *name)
{
	int v = json_doc_get(d, obj, name);
	double n;

	return v != -1 && json_coerce_f64(d, v, &n) == JSON_COERCE_OK ? n :
	    NAN;
}

/*
 * Has object OBJ no members but these?  An app that adds one in a later
 * version is then no longer known as what it was, which is the safer mistake:
 * its ages and zeros are taken as they are.
 */
static int
has_only(const struct json_doc *d, int obj, const char *const *names, int n)
{
	int k;

	if (json_doc_kind(d, obj) != JSON_DOC_OBJECT)
		return 0;
	for (k = json_doc_first(d, obj); k != -1; k = json_doc_next(d, k))
		if (json_doc_lookup(d, k, names, n) == -1)
			return 0;
	return 1;
}

/*
 * MozStumbler's reports are of the form of /v1/geosubmit, have no other
 * members than these, and an age with every access point.  All of that is
 * asked for, as turning the sign of ages that were right would put a network
 * to where somebody was not.
 */
static int
is_mozstumbler(const struct json_doc *d)
{
	static const char *const report[] = { "timestamp", "latitude",
	    "longitude", "accuracy", "altitude", "heading", "speed",
	    "pressure", "cellTowers", "wifiAccessPoints" };
	static const char *const wifi[] = { "macAddress", "age", "frequency",
	    "signalStrength" };
	int k, list = json_doc_get(d, 0, "wifiAccessPoints");

	if (list == -1 || json_doc_kind(d, list) != JSON_DOC_ARRAY ||
	    !has_only(d, 0, report, 10))
		return 0;
	for (k = json_doc_first(d, list); k != -1; k = json_doc_next(d, k))
		if (!has_only(d, k, wifi, 4) ||
		    json_doc_get(d, k, "age") == -1)
			return 0;
	return 1;
}

/*
 * Tower Collector's position has all of these, and no age.  Reports of other
 * apps leave out what they do not know, and so lack one of them sooner or
 * later.
 */
static int
is_tower_collector(const struct json_doc *d)
{
	static const char *const position[] = { "latitude", "longitude",
	    "accuracy", "altitude", "heading", "speed", "source" };
	int v = json_doc_get(d, 0, "position"), source;
	size_t i;

	if (v == -1 || !has_only(d, v, position, 7))
		return 0;
	for (i = 0; i < 7; i++)
		if (json_doc_get(d, v, position[i]) == -1)
			return 0;
	source = json_doc_get(d, v, "source");
	return json_doc_is(d, source, "gps");
}

/*
 * Whose report is it?  FORM is what it looks like: an app that counts ages
 * backwards wrote one form only, so the user's word for MozStumbler does not
 * spoil reports of another form in the same file.  MozStumbler, too, wrote
 * zeros for what it did not know.
 */
static void
know_writer(struct convert_body *b, const struct json_doc *d,
    enum obs_report_api form)
{
	b->negate_ages = form == OBS_REPORT_GEOSUBMIT1 &&
	    (b->mozstumbler > 0 || (b->mozstumbler < 0 && is_mozstumbler(d)));
	b->drop_zeros = b->negate_ages || is_tower_collector(d);
}

/*
 * Fill in E from entry V.  Returns 1, or 0 after counting why not.  The name
 * is decoded before it is judged, so that no escape hides its suffix.  Cells
 * have no such names, and those without identity stay: the neighbours of a
 * serving cell often have none.
 */
static int
read_network(struct convert_body *b, const struct json_doc *d, int v,
    struct entry *e)
{
	static const char *const id[] = { "mobileCountryCode",
	    "mobileNetworkCode", "locationAreaCode", "cellId",
	    "primaryScramblingCode" };
	int name = json_doc_get(d, v, e->kind == OBS_WIFI ? "ssid" : "name");
	int mac = json_doc_get(d, v, "macAddress");
	const char *text;
	size_t i, len;

	e->v = v;
	e->signal_dbm = whole(d, v, "signalStrength");
	if (e->kind == OBS_CELL) {
		for (i = 0; i < 5; i++)
			e->id[i] = whole(d, v, id[i]);
		return 1;
	}
	if (name != -1 && (text = json_doc_string(d, name, &b->again, &len)) !=
	    NULL && radio_mac_opts_out(text, len)) {
		convert_sink_skip(b->sink, CONVERT_SINK_OPTED_OUT);
		return 0;
	}
	text = mac == -1 ? NULL : json_doc_string(d, mac, &b->again, &len);
	if (text == NULL || !radio_mac_parse(e->mac, text, len, &b->rules) ||
	    !convert_obs_is_station(e->mac)) {
		convert_sink_skip(b->sink, CONVERT_SINK_NO_ADDRESS);
		return 0;
	}
	return 1;
}

/*
 * Are both the same network?  Cells without identity are all different, as a
 * phone hears several of them at once.  Radios are compared as text: both
 * stand in a line that obs/report.h wrote, so equal ones are spelled alike.
 */
static int
is_same_entry(const struct entry *a, const struct entry *b,
    const struct json_doc *d)
{
	int ra, rb;

	if (a->kind != b->kind)
		return 0;
	if (a->kind != OBS_CELL)
		return memcmp(a->mac, b->mac, RADIO_MAC_LEN) == 0;
	if (memcmp(a->id, b->id, sizeof(a->id)) != 0 ||
	    a->id[3] == CONVERT_OBS_NONE)
		return 0;
	ra = json_doc_get(d, a->v, "radioType");
	rb = json_doc_get(d, b->v, "radioType");
	return ra != -1 && rb != -1 && d->part[ra].end - d->part[ra].start ==
	    d->part[rb].end - d->part[rb].start && memcmp(d->text +
	    d->part[ra].start, d->text + d->part[rb].start,
	    (size_t)(d->part[ra].end - d->part[ra].start)) == 0;
}

/*
 * The networks of LIST of the line.  Of one that stands there twice the
 * stronger entry takes the place of the first, so the order of the others
 * stays.  The search is linear: reports have some tens of networks, and never
 * more than MAX_ENTRIES.
 */
static void
gather_list(struct convert_body *b, const struct json_doc *d, int list,
    enum obs_kind kind)
{
	struct entry e = { .kind = kind };
	size_t i;
	int k;

	for (k = json_doc_first(d, list); k != -1 && b->n < MAX_ENTRIES;
	    k = json_doc_next(d, k)) {
		if (!read_network(b, d, k, &e))
			continue;
		b->sink->rows++;
		for (i = 0; i < b->n && !is_same_entry(&b->at[i], &e, d); i++)
			;
		assert(i <= b->n && b->n < MAX_ENTRIES);
		if (i == b->n)
			b->at[b->n++] = e;
		else {
			b->sink->again++;
			if (e.signal_dbm > b->at[i].signal_dbm)
				b->at[i] = e;
		}
	}
}

/*
 * Member K of D as it is.  The bytes of the line are copied, not decoded and
 * encoded again, so a number keeps every digit that it was written with.  The
 * raw text of a string lacks its marks.
 */
static void
copy_line_member(struct json_write *w, const struct json_doc *d, int k)
{
	char name[64];
	const char *raw;
	size_t len;
	int is_text = json_doc_kind(d, json_doc_value(k)) == JSON_DOC_STRING;

	raw = json_doc_raw(d, k, &len);
	assert(len < sizeof(name));	/* of our own line */
	memcpy(name, raw, len);
	name[len] = '\0';
	raw = json_doc_raw(d, json_doc_value(k), &len);
	json_write_value(w, name);
	if (is_text)
		base_buf_chr(w->b, '"');
	base_buf_add(w->b, raw, len);
	if (is_text)
		base_buf_chr(w->b, '"');
}

/*
 * One network, with what is to be changed: the address in the one form that
 * reports have, no signal that stands for "unknown", and MozStumbler's ages
 * the right way round.  All other members stay, also those that this program
 * knows nothing of.
 */
static void
write_network(struct convert_body *b, struct json_write *w,
    const struct json_doc *d, const struct entry *e)
{
	int64_t age;
	int k;

	json_write_object(w, NULL);
	for (k = json_doc_first(d, e->v); k != -1; k = json_doc_next(d, k))
		if (json_doc_is(d, k, "macAddress"))
			json_write_hex(w, "macAddress", e->mac,
			    RADIO_MAC_LEN);
		else if (json_doc_is(d, k, "signalStrength") &&
		    (e->signal_dbm >= -1 || e->signal_dbm < -200))
			continue;
		else if (b->negate_ages && e->kind == OBS_WIFI &&
		    json_doc_is(d, k, "age")) {
			age = whole(d, e->v, "age");
			json_write_i64(w, "age", age == INT64_MIN ? 0 : -age);
		} else
			copy_line_member(w, d, k);
	json_write_end(w);
}

/*
 * The position at V; of an app that writes 0 for what it does not know,
 * without these members.  A true 0 is lost as well, since nothing tells it
 * apart.
 */
static void
rewrite_position(struct convert_body *b, struct json_write *w,
    const struct json_doc *d, int v)
{
	int k;
	double n;

	json_write_object(w, "position");
	for (k = json_doc_first(d, v); k != -1; k = json_doc_next(d, k))
		if (b->drop_zeros && (json_doc_is(d, k, "altitude") ||
		    json_doc_is(d, k, "heading") ||
		    json_doc_is(d, k, "speed")) &&
		    json_doc_f64(d, json_doc_value(k), &n) && n == 0)
			continue;
		else
			copy_line_member(w, d, k);
	json_write_end(w);
}

/* Indexed by kind, for the names that the lists have in a line. */
static const char *const lists[OBS_KINDS] = {
	[OBS_BLUE] = "bluetoothBeacons",
	[OBS_WIFI] = "wifiAccessPoints",
	[OBS_CELL] = "cellTowers",
};

/*
 * The list of KIND, unless nothing of it is left.  An empty list would be
 * valid, but says no more than none.
 */
static void
write_kind(struct convert_body *b, struct json_write *w,
    const struct json_doc *d, enum obs_kind kind)
{
	int begun = 0;
	size_t i;

	for (i = 0; i < b->n; i++)
		if (b->at[i].kind == kind) {
			if (!begun++)
				json_write_array(w, lists[kind]);
			write_network(b, w, d, &b->at[i]);
		}
	if (begun)
		json_write_end(w);
}

/* By whether a name was heard, see obs/optout.h. */
static const char *const optout_names[] = { "optOut", "optOutName" };

/*
 * All of line D, in its order, so that what a report holds besides networks
 * comes through unchanged.  The opt-outs that came with it are put to the end,
 * as obs/report.h was told not to write any; a report may consist of nothing
 * else.
 */
static void
write_body_report(struct convert_body *b, const struct json_doc *d)
{
	struct json_write w;
	int k, kind, named;

	assert(b->n > 0 || b->optout.n > 0);
	base_buf_reset(&b->out);
	json_write_begin(&w, &b->out);
	for (k = json_doc_first(d, 0); k != -1; k = json_doc_next(d, k))
		if ((kind = json_doc_lookup(d, k, lists, OBS_KINDS)) != -1)
			write_kind(b, &w, d, (enum obs_kind)kind);
		else if (json_doc_is(d, k, "position"))
			rewrite_position(b, &w, d, json_doc_value(k));
		else
			copy_line_member(&w, d, k);
	for (named = 0; named < 2; named++)
		if (obs_optout_count(&b->optout, named) > 0) {
			json_write_value(&w, optout_names[named]);
			obs_optout_write(&b->out, &b->optout, named);
		}
	json_write_end(&w);
	base_buf_chr(&b->out, '\n');
	if (base_buf_ok(&b->out))
		convert_sink_report(b->sink, b->out.data, b->out.len, b->n);
	else
		b->sink->nomem = 1;
}

/*
 * Is line D of a place and time?  1, or 0 after telling why not.  Much the
 * same holds in convert_sink_add() for rows; here a report is judged once, and
 * not once for each of its networks.
 */
static int
has_moment(struct convert_body *b, const struct json_doc *d)
{
	int v = json_doc_get(d, 0, "position");
	double lat = v == -1 ? NAN : real(d, v, "latitude");
	double lon = v == -1 ? NAN : real(d, v, "longitude");

	if (isnan(lat) || isnan(lon) || (lat == 0 && lon == 0)) {
		convert_sink_skip(b->sink, CONVERT_SINK_NO_FIX);
		return 0;
	}
	if (fabs(lat) > 90 || fabs(lon) > 180) {
		convert_sink_bad(b->sink, fabs(lat) > 90 ? "latitude" :
		    "longitude", "degrees of this earth");
		return 0;
	}
	if (whole(d, 0, "timestamp") == 0) {
		convert_sink_skip(b->sink, CONVERT_SINK_NO_TIME);
		return 0;
	}
	return 1;
}

/*
 * What is left of the line that obs/report.h made.  It has an arena of its
 * own, so that neither document can be pulled from under the other.
 */
static void
take_report_line(struct convert_body *b)
{
	struct json_doc d;
	int kind, list;

	base_arena_reset(&b->again);
	if (json_doc_parse(&d, b->line.data, b->line.len, &b->again) == -1) {
		b->sink->nomem = 1;	/* we wrote it, so it is JSON */
		return;
	}
	if (!has_moment(b, &d))
		return;
	b->n = 0;
	for (kind = 0; kind < OBS_KINDS; kind++)
		if ((list = json_doc_get(&d, 0, lists[kind])) != -1)
			gather_list(b, &d, list, (enum obs_kind)kind);
	if (b->n > 0 || b->optout.n > 0)
		write_body_report(b, &d);
}

/*
 * The opt-outs of D stay, as the rules that drop names drop these, too.  They
 * are wishes that somebody else heard earlier, perhaps by another program, and
 * are lost if nobody passes them on.
 */
static void
keep_optouts(struct convert_body *b, const struct json_doc *d)
{
	int named, v;

	b->optout.n = 0;
	for (named = 0; named < 2; named++) {
		v = json_doc_get(d, 0, optout_names[named]);
		if (v != -1 && obs_optout_read(&b->optout, d, v, named,
		    &b->arena) == -1)
			b->sink->nomem = 1;
	}
}

/*
 * Every buffer is emptied first, so that one large report does not add to the
 * next, and memory stays at what the largest took.  A report that obs/report.h
 * refuses is named and costs only itself.
 */
void
convert_body_item(void *arg, const char *text, size_t len)
{
	struct convert_body *b = arg;
	struct obs_report r = { .rules = &b->rules, .arena = &b->arena,
	    .lines = &b->line, .details = &b->details,
	    .max_networks = MAX_ENTRIES };
	struct json_doc d;

	base_arena_reset(&b->arena);
	base_buf_reset(&b->line);
	base_buf_reset(&b->details);
	if (json_doc_parse(&d, text, len, &b->arena) == -1) {
		if (d.why == json_doc_nomem)
			b->sink->nomem = 1;
		else
			convert_sink_bad(b->sink, NULL, "JSON");
		return;
	}
	/* What gpsd says of where it is, and the like. */
	if (json_doc_get(&d, 0, "class") != -1) {
		convert_sink_skip(b->sink, CONVERT_SINK_NO_ADDRESS);
		return;
	}
	r.api = obs_report_form(&d, 0);
	know_writer(b, &d, r.api);
	keep_optouts(b, &d);
	switch (obs_report_item(&r, &d, 0)) {
	case OBS_REPORT_NOMEM:
		b->sink->nomem = 1;
		return;
	case OBS_REPORT_REFUSED:
		convert_sink_bad(b->sink, NULL, "a report");
		return;
	case OBS_REPORT_OK:
		break;
	}
	if (r.n == 0)
		convert_sink_skip(b->sink, CONVERT_SINK_NO_ADDRESS);
	else
		take_report_line(b);
}
