/* SPDX-License-Identifier: ISC */
#include "geo/dist.h"

#include "tap.h"

int
main(void)
{
	static const struct {
		double lat1, lon1, lat2, lon2, want;
	} dist[] = {
		{ 90, 0, -90, 0, 20003931.4586 },
		{ 0, 0, 0.5, 179, 19902751.0326 },
		{ 0, 0, 0.5, 179.7, 19950277.9698 },
		{ 44.0337065, -79.4908184, 44.0349396, -79.4908184, 137.0133 },
		{ 1, 1, 1, 1.1, 11130.265 },
		{ -100, -186, 0, 0, 11112616.8752 },
		{ 51.5, -0.1, 51.5001, -0.1, 11.1258 },
		{ 51.5, -0.1, 51.5, -0.0999, 6.9440 },
		{ 51.5, -0.1, 51.6, -0.1, 11125.8787 },
		{ 0, 0, 0, 1, 111319.4908 },
		{ 51.5, -0.1, 51.5, -0.1, 0 },
	};
	static const struct {
		double lat, lon, bearing, dist, to_lat, to_lon;
	} move[] = {
		{ 1, 1, 0, 1000, 1.0090437, 1.0 },
		{ 1, 1, 90, 1000, 1.0, 1.0089845 },
		{ 90, 0, 180, 20003931.4586, -90, 0 },
		{ 44.0337065, -79.4908184, -0.00071533, 137.0099,
		    44.0349396, -79.4908184 },
	};
	struct geo_dist_box box;
	double lat, lon;
	size_t i;

	for (i = 0; i < sizeof(dist) / sizeof(dist[0]); i++)
		is_near(geo_dist_m(dist[i].lat1, dist[i].lon1, dist[i].lat2,
		    dist[i].lon2), dist[i].want, 1e-4, "distance");
	is_near(geo_dist_haversine_m(90, 0, -90, 0), 20015115.0704, 1e-4,
	    "haversine, poles");
	is_near(geo_dist_haversine_m(0, 0, 0.5, 179), 19890796.4497, 1e-4,
	    "haversine, almost antipodes");
	is_near(geo_dist_haversine_m(44.0337065, -79.4908184, 44.0349396,
	    -79.4908184), 137.1147, 1e-4, "haversine, near");
	for (i = 0; i < sizeof(move) / sizeof(move[0]); i++) {
		geo_dist_move(move[i].lat, move[i].lon, move[i].bearing,
		    move[i].dist, &lat, &lon);
		is_near(lat, move[i].to_lat, 1e-7, "destination latitude");
		is_near(lon, move[i].to_lon, 1e-7, "destination longitude");
	}
	geo_dist_around(&box, 51.5, -0.1, 25000);
	is_near(box.min_lat, 51.27529, 5e-6, "box south");
	is_near(box.max_lat, 51.7247, 5e-6, "box north");
	is_near(box.min_lon, -0.46002, 5e-6, "box west");
	is_near(box.max_lon, 0.26002, 5e-6, "box east");
	geo_dist_around(&box, 85, 179.9, 25000);
	is_near(box.max_lat, 85.051, 0, "box clamped in the north");
	is_near(box.max_lon, 180, 0, "box clamped at the date line");
	return tap_done();
}
