/* SPDX-License-Identifier: ISC */
/* Radii for other confidences than the usual one. */
#include "locate/confidence.h"
#include "locate/result.h"

#include "tap.h"

static double
radius(enum locate_result_kind kind, double accuracy_m, int percent)
{
	const struct locate_result r = { .source = LOCATE_RESULT_INTERNAL,
	    .kind = kind, .accuracy_m = accuracy_m };

	return locate_confidence_m(&r, percent);
}

static void
test_monotone(void)
{
	static const enum locate_result_kind kinds[] = { LOCATE_RESULT_BLUE,
	    LOCATE_RESULT_WIFI, LOCATE_RESULT_CELL, LOCATE_RESULT_SITE,
	    LOCATE_RESULT_AREA };
	double m, before;
	size_t i;
	int bad, p;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bad = 0;
		before = 0;
		for (p = LOCATE_CONFIDENCE_MIN; p <= LOCATE_CONFIDENCE_MAX;
		    p++) {
			m = radius(kinds[i], 1000, p);
			bad += !(m > before);
			before = m;
		}
		ok(bad == 0, "kind %d: more confidence, a larger radius",
		    kinds[i]);
		ok(radius(kinds[i], 1234.5678901, 95) == 1234.5678901,
		    "that for 95 is as it is");
	}
}

static void
test_figures(void)
{
	const struct locate_result ip = { .source = LOCATE_RESULT_GEOIP,
	    .kind = LOCATE_RESULT_IP, .accuracy_m = 5000 };
	const struct locate_result provider = { .source =
	    LOCATE_RESULT_FALLBACK, .kind = LOCATE_RESULT_EXTERNAL,
	    .accuracy_m = 70 };

	is_near(radius(LOCATE_RESULT_WIFI, 100, 68), 46, 1e-9, "wifi, 68");
	is_near(radius(LOCATE_RESULT_CELL, 1000, 99), 1480, 1e-9, "cell, 99");
	is_near(radius(LOCATE_RESULT_SITE, 1000, 70), 400, 1e-9,
	    "between two points");
	is_near(radius(LOCATE_RESULT_WIFI, 30, 50), 20, 1e-9,
	    "never below 20 m");
	is_near(radius(LOCATE_RESULT_BLUE, 20, 50), 20, 1e-9,
	    "nor for Bluetooth");
	is_near(locate_confidence_m(&ip, 50), 5000, 0, "an address");
	is_near(locate_confidence_m(&provider, 99), 70, 0, "a provider");
}

static void
test_or(void)
{
	is_int(locate_confidence_or(50, 7), 50, "the least");
	is_int(locate_confidence_or(99, 7), 99, "the most");
	is_int(locate_confidence_or(49, 7), 7, "too little");
	is_int(locate_confidence_or(100, 7), 7, "certainty there is none");
	is_int(locate_confidence_or(INT64_MIN, 95), 95, "unknown");
}

int
main(void)
{
	test_monotone();
	test_figures();
	test_or();
	return tap_done();
}
