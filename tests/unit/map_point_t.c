/* SPDX-License-Identifier: ISC */
#include "map/point.h"
#include "tap.h"

/* Points of cells, as the map has always had them. */
static const struct {
	int32_t		lat, lon;
	unsigned	i;
	const char	*want;
} points[] = {
	{ 10123, -170234, 0, "10.123225,-170.233331" },
	{ 10123, -170234, 1, "10.123055,-170.233341" },
	{ 10123, -170234, 2, "10.123159,-170.233035" },
	{ 10123, -170234, 3, "10.123387,-170.233675" },
	{ 10123, -170234, 4, "10.123871,-170.233290" },
	{ 10123, -170234, 5, "10.123250,-170.233487" },
	{ 0, 0, 0, "0.000822,0.000337" },
	{ 51500, -100, 0, "51.500327,-0.099933" },
	{ 51500, -100, 1, "51.500152,-0.099486" },
	{ 51500, -100, 2, "51.500973,-0.099549" },
	{ 51500, -100, 3, "51.500408,-0.099909" },
	{ -10000, -11000, 0, "-9.999910,-10.999744" },
	{ 12345, 12345, 0, "12.345941,12.345887" }
};

static const struct {
	int64_t		days;
	unsigned	n;
} counts[] = {
	{ -3, 6 }, { 0, 6 }, { 14, 6 }, { 15, 6 }, { 44, 6 }, { 45, 5 },
	{ 104, 5 }, { 105, 4 }, { 165, 3 }, { 225, 2 }, { 285, 1 },
	{ 344, 1 }, { 345, 0 }, { 365, 0 }, { INT32_MAX, 0 }
};

/* What printf() makes of the same doubles. */
static void
test_rounding(void)
{
	int64_t lat_e6, lon_e6;
	struct map_point p;
	char got[64], want[64];
	int32_t i, bad = 0;
	unsigned k;

	for (i = -89999; i < 90000; i += 7) {
		map_point_init(&p, i, 2 * i);
		for (k = 0; k < MAP_POINT_MAX; k++) {
			map_point_get(&p, k, &lat_e6, &lon_e6);
			snprintf(want, sizeof(want), "%.6f,%.6f",
			    (double)lat_e6 / 1e6, (double)lon_e6 / 1e6);
			snprintf(got, sizeof(got), "%s%lld.%06lld",
			    lat_e6 < 0 ? "-" : "", llabs(lat_e6) / 1000000,
			    llabs(lat_e6) % 1000000);
			bad += strncmp(got, want, strlen(got)) != 0;
			bad += lat_e6 < i * INT64_C(1000) ||
			    lat_e6 > (i + 1) * INT64_C(1000) ||
			    lon_e6 < 2 * i * INT64_C(1000) ||
			    lon_e6 > (2 * i + 1) * INT64_C(1000);
		}
	}
	is_int(bad, 0, "points lie in their cells");
}

int
main(void)
{
	int64_t lat_e6, lon_e6;
	struct map_point p;
	char got[64];
	size_t i;

	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		map_point_init(&p, points[i].lat, points[i].lon);
		map_point_get(&p, points[i].i, &lat_e6, &lon_e6);
		snprintf(got, sizeof(got), "%.6f,%.6f", (double)lat_e6 / 1e6,
		    (double)lon_e6 / 1e6);
		is_str(got, points[i].want, points[i].want);
	}
	map_point_init(&p, 10123, -170234);
	is_int(p.in_lat, 12, "where the list of latitudes begins");
	is_int(p.in_lon, 77, "where the list of longitudes begins");
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		is_int(map_point_count(counts[i].days), counts[i].n,
		    "points after so many days");
	test_rounding();
	return tap_done();
}
