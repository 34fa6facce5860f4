/* SPDX-License-Identifier: ISC */
/*
 * The rules that hold for every format are here, so that parsers only read:
 * a report needs a place, a time and a network that others can hear, and what
 * Android and drivers write for "unknown" is left out.
 *
 * A row that is as it should be but of no use is counted under its reason and
 * not named: half of some recordings are such rows.  A row that is not what
 * its format says is named, with its line, the field and what was expected
 * there.  Nothing here prints or ends anything; whoever made the sink decides.
 */
#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "convert/moment.h"
#include "convert/obs.h"
#include "convert/sink.h"

/* What submissions may have: api.md calls others wrong clocks. */
#define MIN_TIME_MS	1000000000000
#define MAX_TIME_MS	10000000000000

#define NAME_MAX_LEN	255	/* of a network; longer ones are no names */
#define ACCURACY_MAX_M	1e6	/* larger ones say nothing at all */

int
convert_sink_init(struct convert_sink *s)
{
	memset(s, 0, sizeof(*s));
	return (s->moments = convert_moment_new(s)) == NULL ? -1 : 0;
}

void
convert_sink_done(struct convert_sink *s)
{
	convert_moment_free(s->moments);
	s->moments = NULL;
}

void
convert_sink_skip(struct convert_sink *s, enum convert_sink_skip why)
{
	assert(why < CONVERT_SINK_SKIPS);
	s->rows++;
	s->skip[why]++;
}

/*
 * The text is made here, so that whoever tells it needs no list of arguments;
 * what does not fit is cut, as names in a file may be of any length.  SQLite
 * repeats such names as they are, and they are not to steer a terminal, or to
 * look like another message.
 */
void
convert_sink_warn(struct convert_sink *s, uint64_t line, const char *fmt, ...)
{
	char what[256], *p;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	for (p = what; *p != '\0'; p++)
		if (iscntrl((unsigned char)*p))
			*p = '?';
	s->tell(s->arg, line, what);
}

/* Once for a file: several readers may find its end, each in its own way. */
void
convert_sink_cut(struct convert_sink *s, uint64_t line)
{
	if (!s->cut)
		convert_sink_warn(s, line, "the file ends here, in the middle; "
		    "what stands before is converted");
	s->cut = 1;
}

/*
 * The last row of a file that was cut off is not its writer's fault, and does
 * not change the exit status: power fails on the road.
 */
void
convert_sink_bad(struct convert_sink *s, const char *field,
    const char *expected)
{
	if (s->is_last) {
		convert_sink_cut(s, s->line);
		return;
	}
	s->rows++;
	s->bad++;
	if (field == NULL)
		convert_sink_warn(s, s->line, "expected %s", expected);
	else
		convert_sink_warn(s, s->line, "%s: expected %s", field,
		    expected);
}

/*
 * That a zone was guessed is told once, with the file, and only if a time of
 * it was used.
 */
int64_t
convert_sink_utc(struct convert_sink *s, int64_t local_s)
{
	if (s->zone != NULL)
		return convert_zone_utc(s->zone, local_s);
	s->guessed_zone = 1;
	return local_s;
}

/*
 * 0 dBm and above, and the -1 of airodump, are what "unknown" looks like.  The
 * network was heard all the same, so it stays.
 */
static int64_t
clean_signal(int64_t dbm)
{
	return dbm >= -1 || dbm < -200 ? CONVERT_OBS_NONE : dbm;
}

/*
 * Leave out what cannot be, of the position and of the network.  Each of these
 * is an extra: none is worth dropping a row for.  Comparisons are written so
 * that NAN fails them.  Channels and frequencies end where the band of 6 GHz
 * ends.
 */
static void
clean_values(struct convert_obs *o)
{
	if (!(o->accuracy_m > 0 && o->accuracy_m < ACCURACY_MAX_M))
		o->accuracy_m = NAN;
	if (!(fabs(o->altitude_m) < 1e5))
		o->altitude_m = NAN;
	if (!(o->altitude_accuracy_m > 0 && o->altitude_accuracy_m < 1e5))
		o->altitude_accuracy_m = NAN;
	if (!(o->heading_deg >= 0 && o->heading_deg <= 360))
		o->heading_deg = NAN;
	if (!(o->pressure_hpa > 0 && o->pressure_hpa < 2000))
		o->pressure_hpa = NAN;
	if (!(o->speed_ms >= 0 && o->speed_ms < 1000))
		o->speed_ms = NAN;
	o->signal_dbm = clean_signal(o->signal_dbm);
	o->channel = convert_obs_within(o->channel, 1, 233);
	o->mhz = convert_obs_within(o->mhz, 2400, 7125);
	if (o->name_len > NAME_MAX_LEN)
		o->name_len = 0;
}

/*
 * Is the identity of cell O one that others can ask for?  Area and cell may be
 * missing, as neighbours have none; the operator may not, because without it
 * nobody knows whose numbers these are.
 */
static int
is_cell(const struct convert_obs *o)
{
	return o->radio != RADIO_CELL_NONE && o->radio != RADIO_CELL_CDMA &&
	    o->mcc > 0 && o->mcc <= 999 && o->mnc >= 0 && o->mnc <= 999;
}

/*
 * The order of these checks is that of what a reader would say first: without
 * a fix there is no time either.  An opt-out is looked for in the name as it
 * was heard, before anything is trimmed.
 */
void
convert_sink_add(struct convert_sink *s, struct convert_obs *o)
{
	if (!isfinite(o->lat_deg) || !isfinite(o->lon_deg) ||
	    (o->lat_deg == 0 && o->lon_deg == 0)) {
		convert_sink_skip(s, CONVERT_SINK_NO_FIX);
		return;
	}
	if (fabs(o->lat_deg) > 90 || fabs(o->lon_deg) > 180) {
		convert_sink_bad(s, fabs(o->lat_deg) > 90 ? "latitude" :
		    "longitude", "degrees of this earth");
		return;
	}
	if (o->time_ms <= MIN_TIME_MS || o->time_ms >= MAX_TIME_MS) {
		convert_sink_skip(s, CONVERT_SINK_NO_TIME);
		return;
	}
	if (o->kind == OBS_CELL ? !is_cell(o) :
	    !convert_obs_is_station(o->mac)) {
		convert_sink_skip(s, CONVERT_SINK_NO_ADDRESS);
		return;
	}
	if (o->kind != OBS_CELL && o->name_len > 0 &&
	    radio_mac_opts_out(o->name, o->name_len)) {
		convert_sink_skip(s, CONVERT_SINK_OPTED_OUT);
		return;
	}
	clean_values(o);
	s->rows++;
	if (convert_moment_add(s->moments, o) == -1)
		s->nomem = 1;
}

void
convert_sink_report(struct convert_sink *s, const char *line, size_t len,
    size_t networks)
{
	assert(len > 0 && line[len - 1] == '\n');
	s->reports++;
	s->networks += networks;
	s->put(s->arg, line, len);
}

void
convert_sink_flush(struct convert_sink *s)
{
	if (convert_moment_flush(s->moments) == -1)
		s->nomem = 1;
	if (s->guessed_zone)
		convert_sink_warn(s, 0, "its local times do not say their "
		    "zone and were taken as UTC: -z tells it");
	s->guessed_zone = 0;
}

const char *
convert_sink_skip_name(enum convert_sink_skip why)
{
	static const char *const name[CONVERT_SINK_SKIPS] = {
		[CONVERT_SINK_NO_FIX] = "without position",
		[CONVERT_SINK_NO_TIME] = "without time",
		[CONVERT_SINK_NO_ADDRESS] = "without identity",
		[CONVERT_SINK_OPTED_OUT] = "opted out",
		[CONVERT_SINK_ALIEN] = "of no use",
		[CONVERT_SINK_MOVED] = "on the move",
	};

	assert(why < CONVERT_SINK_SKIPS);
	return name[why];
}
