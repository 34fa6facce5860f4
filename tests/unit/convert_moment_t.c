/* SPDX-License-Identifier: ISC */
#include "convert/moment.h"
#include "convert/obs.h"
#include "convert/sink.h"

#include "tap.h"

static char out[65536];

static void
keep(void *arg, const char *line, size_t len)
{
	size_t n = strlen(out);

	(void)arg;
	snprintf(out + n, sizeof(out) - n, "%.*s", (int)len, line);
}

static void
hear_nothing(void *arg, uint64_t line, const char *what)
{
	(void)arg, (void)line, (void)what;
}

static void
begin(struct convert_sink *s)
{
	if (convert_sink_init(s) == -1)
		exit(1);
	s->put = keep;
	s->tell = hear_nothing;
	out[0] = '\0';
}

/* Wifi number N at second SEC with SIGNAL. */
static void
add(struct convert_sink *s, int n, int sec, int signal)
{
	struct convert_obs o;

	convert_obs_init(&o);
	o.kind = OBS_WIFI;
	o.time_ms = 1773480413000 + 1000 * sec;
	o.lat_deg = 51.5;
	o.lon_deg = -0.1;
	o.signal_dbm = signal;
	o.mac[0] = 2;
	o.mac[3] = (uint8_t)(n >> 16);
	o.mac[4] = (uint8_t)(n >> 8);
	o.mac[5] = (uint8_t)n;
	convert_sink_add(s, &o);
}

static void
groups(void)
{
	struct convert_sink s;

	begin(&s);
	add(&s, 1, 0, -70);
	add(&s, 2, 1, -70);
	add(&s, 3, 0, -70);
	add(&s, 1, 0, -60);
	add(&s, 1, 0, -80);
	convert_sink_flush(&s);
	is_str(out, "{\"timestamp\":1773480413000,\"wifiAccessPoints\":"
	    "[{\"macAddress\":\"020000000001\",\"signalStrength\":-60},"
	    "{\"macAddress\":\"020000000003\",\"signalStrength\":-70}],"
	    "\"position\":{\"latitude\":51.5,\"longitude\":-0.1}}\n"
	    "{\"timestamp\":1773480414000,\"wifiAccessPoints\":"
	    "[{\"macAddress\":\"020000000002\",\"signalStrength\":-70}],"
	    "\"position\":{\"latitude\":51.5,\"longitude\":-0.1}}\n",
	    "two moments, and the strongest signal");
	ok(s.reports == 2 && s.networks == 3 && s.again == 2, "counts");
	convert_sink_done(&s);
}

/* What is left out, value by value. */
static void
values(void)
{
	static const struct {
		int64_t		 signal;
		int		 stays;
	} t[] = { { -60, 1 }, { -200, 1 }, { -201, 0 }, { -1, 0 }, { 0, 0 },
	    { 108, 0 }, { INT32_MAX, 0 }, { CONVERT_OBS_NONE, 0 } };
	struct convert_sink s;
	struct convert_obs o;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		begin(&s);
		convert_obs_init(&o);
		o.kind = OBS_WIFI;
		o.time_ms = 1773480413000;
		o.lat_deg = 51.5;
		o.lon_deg = -0.1;
		o.mac[0] = 2;
		o.accuracy_m = o.altitude_m = 1e300;
		o.heading_deg = 361;
		o.speed_ms = -1;
		o.channel = 0;
		o.mhz = 7936;
		o.signal_dbm = t[i].signal;
		convert_sink_add(&s, &o);
		convert_sink_flush(&s);
		is_int(strstr(out, "signalStrength") != NULL, t[i].stays,
		    "signal");
		ok(strstr(out, "accuracy") == NULL &&
		    strstr(out, "altitude") == NULL &&
		    strstr(out, "heading") == NULL &&
		    strstr(out, "speed") == NULL &&
		    strstr(out, "channel") == NULL &&
		    strstr(out, "frequency") == NULL, "values that cannot be");
		convert_sink_done(&s);
	}
}

/* The window: so many moments, networks of one, and of all. */
static void
bounds(void)
{
	struct convert_sink s;
	int i;

	begin(&s);
	for (i = 0; i < CONVERT_MOMENT_OPEN; i++)
		add(&s, i, i, -60);
	is_int((long long)s.reports, 0, "all moments are open");
	add(&s, 7, CONVERT_MOMENT_OPEN, -60);
	is_int((long long)s.reports, 1, "one makes room");
	add(&s, 8, 0, -60);
	convert_sink_flush(&s);
	is_int((long long)s.reports, CONVERT_MOMENT_OPEN + 2,
	    "what comes too late is a report of its own");
	convert_sink_done(&s);

	begin(&s);
	for (i = 0; i < 2 * CONVERT_MOMENT_EACH + 1; i++)
		add(&s, i, 0, -60);
	is_int((long long)s.reports, 2, "a moment is not endless");
	convert_sink_flush(&s);
	is_int((long long)s.networks, 2 * CONVERT_MOMENT_EACH + 1,
	    "... and nothing is lost");
	convert_sink_done(&s);

	begin(&s);
	for (i = 0; i <= CONVERT_MOMENT_NETWORKS; i++)
		add(&s, i, i / 500, -60);
	ok(s.reports >= 1 && s.reports <= 2, "nor are all of them");
	convert_sink_flush(&s);
	is_int((long long)s.networks, CONVERT_MOMENT_NETWORKS + 1,
	    "... and nothing is lost");
	convert_sink_done(&s);
}

int
main(void)
{
	groups();
	values();
	bounds();
	return tap_done();
}
