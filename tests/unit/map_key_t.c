/* SPDX-License-Identifier: ISC */
#include "map/key.h"
#include "tap.h"

#define TILE	MAP_KEY_TILE(1)

static const struct {
	double		lat, lon;
	int		valid;
	uint32_t	x, y;		/* of 2^21 */
	const char	*what;
} keys[] = {
	{ 0, 0, 1, 1 << 20, 1 << 20, "south and east of 0, 0" },
	{ -0.0, -0.0, 1, 1 << 20, 1 << 20, "-0 is 0" },
	{ 85.0511, -179.999999, 1, 0, 1, "the north-west corner" },
	{ -85.0511, 179.999999, 1, 2097151, 2097150, "the south-east one" },
	{ 85.0512, 0, 0, 0, 0, "too far north" },
	{ -85.05110001, 0, 0, 0, 0, "too far south" },
	{ 0, 180, 0, 0, 0, "the date line from the west" },
	{ 0, -180, 0, 0, 0, "the date line from the east" },
	{ NAN, 0, 0, 0, 0, "no number" },
	{ 0, NAN, 0, 0, 0, "no number" },
	{ INFINITY, -INFINITY, 0, 0, 0, "infinite" },
	{ 51.500327, -0.099933, 1, 1047993, 697422, "London" }
};

static void
test_find(void)
{
	uint64_t v[100];
	size_t bad = 0, from, i, to, want;
	uint64_t key;

	for (i = 0; i < 100; i++)
		v[i] = 3 * (i / 2);		/* some twice */
	for (from = 0; from <= 100; from += 9)
		for (to = from; to <= 100; to += 7)
			for (key = 0; key < 160; key++) {
				for (want = from; want < to &&
				    v[want] < key; want++)
					;
				bad += map_key_find(v, from, to, key) != want;
			}
	is_int((long long)bad, 0, "found as by going through all");
}

int
main(void)
{
	uint32_t x, y;
	uint64_t key;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		key = 0;
		is_int(map_key_of(keys[i].lat, keys[i].lon, &key),
		    keys[i].valid, keys[i].what);
		map_key_split(key, &x, &y);
		is_int(x, keys[i].x, "x");
		is_int(y, keys[i].y, "y");
	}
	is_int((long long)map_key_of_tile(0, 0, 0), 0, "the world");
	is_int((long long)map_key_of_tile(1, 1, 0), (long long)TILE,
	    "x is the lower bit");
	is_int((long long)map_key_of_tile(1, 0, 1), 2 * (long long)TILE,
	    "y is the upper bit");
	is_int((long long)map_key_of_tile(14, 16383, 16383),
	    (long long)((UINT64_C(1) << 42) - MAP_KEY_TILE(14)), "the last");
	is_near(map_key_lon_deg(0), -180, 0, "the west");
	is_near(map_key_lon_deg(1 << 21), 180, 0, "the east");
	is_near(map_key_lat_deg(0), 85.05112878, 1e-8, "the north");
	is_near(map_key_lat_deg(1 << 20), 0, 1e-12, "the equator");
	test_find();
	return tap_done();
}
