/* SPDX-License-Identifier: ISC */
/* Peaks of MACs: weights, updates, and what is made up without them. */
#include "base/civil.h"
#include "obs/weight.h"
#include "station/peak.h"
#include "station/row.h"
#include "station/update.h"

#include "tap.h"

#define NOW		1686830400	/* 2023-06-15T12:00:00Z */
#define UNKNOWN		RADIO_CELL_UNKNOWN

static const struct {
	int32_t	signal;
	double	accuracy;
	int32_t	age;
	double	speed, want;
} weights[] = {
	{ -80, 10, UNKNOWN, NAN, 1 },
	{ -70, 4, UNKNOWN, NAN, 172.4138 },
	{ UNKNOWN, NAN, UNKNOWN, NAN, .01 },
	{ -40, 4, 0, 0, 1724138 },
	{ -99, 50, 8000, 20, 1.923077e-05 },
	{ -60, 25, -4000, 12, 1259.132 },
};

static void
test_weights(void)
{
	double got;
	size_t i;

	for (i = 0; i < sizeof(weights) / sizeof(weights[0]); i++) {
		got = obs_weight_peak(weights[i].accuracy, weights[i].speed,
		    weights[i].age, weights[i].signal);
		ok(fabs(got / weights[i].want - 1) < 1e-6, "weight %zu: %.9g",
		    i, got);
	}
}

/* An observation with the weights of a signal and an accuracy. */
static struct obs_obs
heard(enum obs_kind kind, double lat, double lon, int signal, double accuracy)
{
	struct obs_obs o = { .lat = lat, .lon = lon, .psc = -1,
	    .kind = (uint8_t)kind, .signal_dbm = OBS_NO_SIGNAL };

	o.weight = obs_weight(kind, 0, accuracy, NAN, UNKNOWN, signal);
	o.peak_weight = (float)obs_weight_peak(accuracy, NAN, UNKNOWN, signal);
	return o;
}

static void
check_state(const struct station_row *r, int64_t lat, int64_t lon,
    double weight, int64_t spread, const char *name)
{
	ok(r->peak_lat == lat && r->peak_lon == lon && r->spread == spread &&
	    fabs(r->peak_weight / weight - 1) < 1e-6,
	    "%s: (%lld, %lld, %.9g, %lld)", name, (long long)r->peak_lat,
	    (long long)r->peak_lon, r->peak_weight, (long long)r->spread);
}

/* A new station changes on the same day, and another a year later. */
static void
test_updates(void)
{
	const struct obs_obs one[] = {
		heard(OBS_WIFI, 51.5, -.1, -60, 10),
		heard(OBS_WIFI, 51.5004, -.1002, -80, 5),
	}, two = heard(OBS_WIFI, 51.5002, -.0997, -50, 4),
	    far = heard(OBS_WIFI, 52.5, -.1, -60, 10);
	struct station_row r, later;

	is_int(station_update(&r, 0, one, 2, NOW), STATION_UPDATE_NEW, "new");
	is_near(r.lat, 51.5001162, 5e-8, "its latitude");
	is_near(r.weight, 3.4414062, 1e-6, "its weight");
	check_state(&r, 515000001, -1000000, 10001.5996, 211, "its state");
	later = r;
	is_int(station_update(&r, 1, &two, 1, NOW), STATION_UPDATE_CHANGE,
	    "change");
	is_near(r.lat, 51.5001621, 5e-8, "its latitude");
	check_state(&r, 515001988, -997017, 1734139.5, 194, "the same day");
	station_update(&later, 1, &two, 1, NOW + 365 * BASE_CIVIL_DAY_S);
	check_state(&later, 515001994, -997009, 1729138.75, 194,
	    "a year later");
	is_int(station_update(&r, 1, &far, 1, NOW), STATION_UPDATE_BLOCK,
	    "block");
	ok(r.peak_lat == STATION_ROW_NULL && r.peak_lon == STATION_ROW_NULL &&
	    r.spread == STATION_ROW_NULL && isnan(r.peak_weight),
	    "a blocked one has no state");
}

static const struct {
	const char	*name;
	enum obs_kind	 kind;
	double		 weight;
	int64_t		 radius, samples;
	double		 want_weight, want_spread;
} made_up[] = {
	{ "wifi of few samples", OBS_WIFI, 5, 120, 4, 5, 90 },
	{ "wifi of many", OBS_WIFI, 2.5, 700, 100, 2.5, 245 },
	{ "beacon", OBS_BLUE, 30, 40, 1, .2, 40 },
	{ "nothing known", OBS_WIFI, NAN, STATION_ROW_NULL, STATION_ROW_NULL,
	    0, 0 },
};

static void
test_made_up(void)
{
	struct station_peak p;
	struct station_row r;
	size_t i;

	for (i = 0; i < sizeof(made_up) / sizeof(made_up[0]); i++) {
		station_row_init(&r);
		r.lat = 51.5;
		r.lon = -.1;
		r.weight = made_up[i].weight;
		r.radius = made_up[i].radius;
		r.samples = made_up[i].samples;
		ok(station_peak_get(&p, &r, made_up[i].kind) == 0 &&
		    p.lat == r.lat && p.lon == r.lon &&
		    fabs(p.weight - made_up[i].want_weight) < 1e-12 &&
		    fabs(p.spread_m - made_up[i].want_spread) < 1e-9,
		    "%s: %.9g, %.9g", made_up[i].name, p.weight, p.spread_m);
	}
}

/* A peak outside of the box, which another program has moved, is none. */
static void
test_void(void)
{
	static const struct {
		double	min_lat, max_lat, min_lon, max_lon;
		int64_t	lat, lon;
		int	want;
	} boxes[] = {
		{ 51, 52, -1, 1, 515000000, 0, 1 },
		{ 51, 52, -1, 1, 520000009, 0, 1 },
		{ 51, 52, -1, 1, 520000011, 0, 0 },
		{ 51, 52, -1, 1, 515000000, 10000011, 0 },
		{ 51, 52, -1, 1, 515000000, -10000011, 0 },
		{ 51, 52, 179, -179, 515000000, 1795000000, 1 },
		{ 51, 52, 179, -179, 515000000, -1795000000, 1 },
		{ 51, 52, 179, -179, 515000000, 0, 0 },
		{ NAN, 52, 179, -179, 515000000, 0, 1 },
		{ -90, 90, -180, 180, 950000000, 0, 0 },
		{ -90, 90, -180, 180, 0, 1900000000, 0 },
	};
	struct station_peak p;
	struct station_row r;
	size_t i;

	for (i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++) {
		station_row_init(&r);
		r.lat = r.lon = 1;
		r.min_lat = boxes[i].min_lat;
		r.max_lat = boxes[i].max_lat;
		r.min_lon = boxes[i].min_lon;
		r.max_lon = boxes[i].max_lon;
		r.peak_lat = boxes[i].lat;
		r.peak_lon = boxes[i].lon;
		r.peak_weight = 5;
		r.spread = 100;
		ok(station_peak_get(&p, &r, OBS_WIFI) == boxes[i].want,
		    "box %zu", i);
	}
}

int
main(void)
{
	test_weights();
	test_updates();
	test_made_up();
	test_void();
	return tap_done();
}
