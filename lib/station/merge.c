/* SPDX-License-Identifier: ISC */
/*
 * Longitudes are unwrapped around the first observation, so that averages and
 * boxes hold across the date line, and wrapped again when stored: there
 * min_lon may be greater than max_lon.
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "geo/plane.h"
#include "geo/region.h"
#include "obs/batch.h"
#include "station/merge.h"
#include "station/row.h"

#define MAX_WEIGHT	1000000000.0
#define MAX_SAMPLES	INT64_C(4294967295)

/*
 * Sum up the observations that count: reports, unless there are only queries.
 * Averages are weighted; longitudes are unwrapped around the first of them.
 */
void
station_merge_sum(struct station_merge *s, const struct obs_obs *obs, size_t n)
{
	const struct obs_obs *o;
	double lat = 0, lon = 0, x;
	size_t i;

	memset(s, 0, sizeof(*s));
	s->obs = obs;
	s->n = n;
	s->is_query = 1;
	for (i = 0; i < n; i++)
		s->is_query &= obs[i].is_query;
	s->psc = STATION_ROW_NULL;
	s->box = (struct geo_dist_box){ INFINITY, INFINITY, -INFINITY,
	    -INFINITY };
	for (i = 0; i < n; i++) {
		o = &obs[i];
		if (o->is_query != s->is_query)
			continue;
		if (s->count++ == 0)
			s->first_lon = o->lon;
		if (o->psc >= 0)
			s->psc = o->psc;
		x = geo_plane_unwrap(o->lon, s->first_lon);
		lat += o->weight * o->lat;
		lon += o->weight * x;
		s->weight += o->weight;
		s->box.min_lat = fmin(s->box.min_lat, o->lat);
		s->box.max_lat = fmax(s->box.max_lat, o->lat);
		s->box.min_lon = fmin(s->box.min_lon, x);
		s->box.max_lon = fmax(s->box.max_lon, x);
	}
	assert(s->count > 0 && s->weight > 0);
	s->lat = lat / s->weight;
	s->lon = lon / s->weight;
}

/*
 * The region at hand is tried first: stations seldom leave their country, and
 * to test one shape is cheaper than to search all of them.
 */
void
station_merge_region(struct station_row *r)
{
	int region = geo_region_find(r->region);

	if (region != GEO_REGION_NONE &&
	    geo_region_inside(r->lat, r->lon, region))
		return;
	region = geo_region_at(r->lat, r->lon);
	strlcpy(r->region, region == GEO_REGION_NONE ? "" :
	    geo_region_code(region), sizeof(r->region));
}

/* Set the place of R; LON and BOX may be beyond the date line. */
void
station_merge_place(struct station_row *r, double lat, double lon,
    const struct geo_dist_box *box)
{
	r->lat = lat;
	r->lon = geo_plane_wrap(lon);
	r->max_lat = box->max_lat;
	r->min_lat = box->min_lat;
	r->max_lon = geo_plane_wrap(box->max_lon);
	r->min_lon = geo_plane_wrap(box->min_lon);
	r->radius = (int64_t)geo_dist_radius_m(lat, lon, box);
}

/* The old region is not tried, as the station may have moved anywhere. */
void
station_merge_replace(struct station_row *r, const struct station_merge *s)
{
	station_merge_place(r, s->lat, s->lon, &s->box);
	r->region[0] = '\0';
	station_merge_region(r);
	r->samples = (int64_t)s->count < MAX_SAMPLES ? (int64_t)s->count :
	    MAX_SAMPLES;
	r->weight = fmin(s->weight, MAX_WEIGHT);
}

/* Grow BOX by a corner; coordinates that are NULL do not count. */
static void
grow(struct geo_dist_box *box, double lat, double lon, double around)
{
	lon = geo_plane_unwrap(lon, around);
	box->min_lat = fmin(box->min_lat, lat);
	box->max_lat = fmax(box->max_lat, lat);
	box->min_lon = fmin(box->min_lon, lon);
	box->max_lon = fmax(box->max_lon, lon);
}

void
station_merge_mean(const struct station_row *r,
    const struct station_merge *s, double weight, double *lat, double *lon)
{
	double old;

	*lat = s->lat;
	*lon = s->lon;
	if (!station_merge_has_position(r))
		return;
	old = fmin(isnan(r->weight) ? 0 : r->weight, STATION_MERGE_MAX_OLD);
	*lat = (s->lat * weight + r->lat * old) / (weight + old);
	*lon = (s->lon * weight + geo_plane_unwrap(r->lon, s->lon) * old) /
	    (weight + old);
}

void
station_merge_settle(struct station_row *r, const struct station_merge *s,
    double weight, double lat, double lon)
{
	double around = isnan(r->lon) ? s->lon :
	    geo_plane_unwrap(r->lon, s->lon);
	struct geo_dist_box box = s->box;
	int64_t samples = r->samples == STATION_ROW_NULL ? 0 : r->samples;

	grow(&box, r->lat, r->lon, around);
	grow(&box, r->max_lat, r->max_lon, around);
	grow(&box, r->min_lat, r->min_lon, around);
	station_merge_place(r, lat, lon, &box);
	station_merge_region(r);
	samples += (int64_t)s->count;
	r->samples = samples < MAX_SAMPLES ? samples : MAX_SAMPLES;
	r->weight = fmin((isnan(r->weight) ? 0 : r->weight) + weight,
	    MAX_WEIGHT);
}

/*
 * A new row has the second NOW as its time of creation, from which its age is
 * counted.
 */
void
station_merge_begin(struct station_row *r, const uint8_t *key, int64_t now)
{
	station_row_init(r);
	memcpy(r->key, key, sizeof(r->key));
	r->created = now;
}

