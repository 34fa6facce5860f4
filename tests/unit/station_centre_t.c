/* SPDX-License-Identifier: ISC */
/* The centre of a cell area. */
#include "station/centre.h"

#include "tap.h"

static void
test_three(void)
{
	const struct station_centre_cell cell[] = {
		{ 51.5, -.1 }, { 51.51, -.1 }, { 51.6, -.2 }
	};
	struct station_centre c;

	station_centre(&c, 51.5366667, -.1333333, cell, 3);
	is_near(c.lat, 51.5366667, 5e-8, "three cells are all kept");
	is_near(c.lon, -.1333333, 5e-8, "... in longitude, too");
	is_int(c.spread, 5969, "their spread");
}

static void
test_outlier(void)
{
	const struct station_centre_cell cell[] = {
		{ 0, 0 }, { 0, .01 }, { .01, 0 }, { .01, .01 }, { .02, .01 },
		{ .5, .5 }
	};
	struct station_centre c;

	station_centre(&c, .09, .0883333, cell, 6);
	is_near(c.lat, .008, 5e-8, "one of six is left out");
	is_near(c.lon, .006, 5e-8, "... in longitude, too");
	ok(llabs(c.spread - 31663) <= 1, "but its distance counts: %lld",
	    (long long)c.spread);
}

static void
test_few(void)
{
	const struct station_centre_cell one = { -17, 180 }, two[] = {
		{ -17, 179.999 }, { -17, -179.999 }
	};
	struct station_centre c;

	station_centre(&c, -17, 180, &one, 1);
	ok(c.lat == -17 && fabs(c.lon) == 180 && c.spread == 0, "one cell");
	station_centre(&c, -17, 180, two, 2);
	ok(fabs(c.lat + 17) < 1e-9 && fabs(fabs(c.lon) - 180) < 1e-9 &&
	    c.spread == 106, "two beside the date line: %.7f %.7f %lld", c.lat,
	    c.lon, (long long)c.spread);
}

int
main(void)
{
	test_three();
	test_outlier();
	test_few();
	return tap_done();
}
