/* SPDX-License-Identifier: ISC */
/*
 * Places with their counts are where a cell is used, and questions come from
 * where reports come from, so the counts are not thinned.  Only a device that
 * lies still is: of a stay at one place a hundred observations count.
 *
 * When there are nine places the two that lose least by it become one: those
 * whose merging adds the least to the sum of squared distances (J. H. Ward,
 * "Hierarchical grouping to optimize an objective function", JASA 58, 1963).
 *
 * Doubles carry a batch; what is stored is rounded, and the next batch begins
 * with that.  So a transaction that is done over gives the same bytes.
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "geo/plane.h"
#include "obs/batch.h"
#include "station/places.h"
#include "station/row.h"

#define VERSION		1
#define HEAD		6		/* bytes before the first place */
#define PLACE		14		/* bytes of each */
_Static_assert(HEAD + STATION_PLACES_MAX * PLACE == STATION_ROW_PLACES,
    "the column has room for all");
#define E7		1e7
#define CB		100.0		/* dBm to the unit of the column */
#define NO_SIGNAL	INT16_MIN

#define SAME_SQ_M	(100.0 * 100.0)	/* this near is the same place */
#define MAX_STAY	100
#define MAX_VISITS	65535
#define MAX_N		65535
#define SLACK_DEG	1e-6	/* that a place may lie outside of the box */

/* Of the place that is made up where none is stored. */
#define UNKNOWN_N	1000
#define UNKNOWN_RMS	0.28	/* of the radius */

/* One place from its bytes.  Returns 1, or 0 if it is none on earth. */
static int
read_place(struct station_place *p, const uint8_t *b)
{
	int16_t signal = (int16_t)base_bytes_get_le(b + 10, 2);

	p->lat = (int32_t)base_bytes_get_le(b, 4) / E7;
	p->lon = (int32_t)base_bytes_get_le(b + 4, 4) / E7;
	p->n = (int64_t)base_bytes_get_le(b + 8, 2);
	p->signal_dbm = signal == NO_SIGNAL ? NAN : signal / CB;
	p->rms_m = (double)base_bytes_get_le(b + 12, 2);
	return p->n > 0 && fabs(p->lat) <= 90 && fabs(p->lon) <= 180;
}

int
station_places_read(struct station_places *p, const uint8_t *bytes,
    size_t len)
{
	size_t i;

	if (len < HEAD + PLACE || len > STATION_PLACES_BYTES ||
	    (len - HEAD) % PLACE != 0 || bytes[0] != VERSION)
		return 0;
	p->n = (len - HEAD) / PLACE;
	p->last = bytes[1];
	p->stay = bytes[2];
	p->visits = (int)base_bytes_get_le(bytes + 4, 2);
	for (i = 0; i < p->n; i++)
		if (!read_place(&p->at[i], bytes + HEAD + PLACE * i))
			return 0;
	return p->last < p->n;
}

/* V as a whole number of N bytes; returns where it ends. */
static uint8_t *
put_rounded(uint8_t *b, double v, size_t n)
{
	return base_bytes_put_le(b, (uint64_t)(int64_t)rint(v), n);
}

size_t
station_places_write(const struct station_places *p,
    uint8_t out[STATION_PLACES_BYTES])
{
	const struct station_place *q;
	uint8_t *b = out + HEAD;

	assert(p->n > 0 && p->n <= STATION_PLACES_MAX && p->last < p->n);
	out[0] = VERSION;
	out[1] = (uint8_t)p->last;
	out[2] = (uint8_t)p->stay;
	out[3] = 0;
	base_bytes_put_le(out + 4, (uint64_t)p->visits, 2);
	for (q = p->at; q < p->at + p->n; q++) {
		b = put_rounded(b, q->lat * E7, 4);
		b = put_rounded(b, q->lon * E7, 4);
		b = base_bytes_put_le(b, (uint64_t)q->n, 2);
		b = put_rounded(b, isnan(q->signal_dbm) ? NO_SIGNAL :
		    q->signal_dbm * CB, 2);
		b = put_rounded(b, fmin(q->rms_m, UINT16_MAX), 2);
	}
	assert(b == out + HEAD + PLACE * p->n);
	return HEAD + PLACE * p->n;
}

/* Q becomes a part of P. */
static void
merge_place(struct station_place *p, const struct station_place *q)
{
	double f = (double)q->n / (double)(p->n + q->n);

	p->rms_m = sqrt((1 - f) * p->rms_m * p->rms_m +
	    f * q->rms_m * q->rms_m + f * (1 - f) *
	    geo_plane_between_sq_m(p->lat, p->lon, q->lat, q->lon));
	p->lat += f * (q->lat - p->lat);
	p->lon = geo_plane_wrap(p->lon + f *
	    (geo_plane_unwrap(q->lon, p->lon) - p->lon));
	if (isnan(p->signal_dbm))
		p->signal_dbm = q->signal_dbm;
	else if (!isnan(q->signal_dbm))
		p->signal_dbm += f * (q->signal_dbm - p->signal_dbm);
	p->n += q->n;
}

/* The place nearest to LAT, LON, the first of equals; P->n if there is none. */
static size_t
nearest_place(const struct station_places *p, double lat, double lon,
    double *sq_m)
{
	size_t best = p->n, i;
	double sq;

	*sq_m = INFINITY;
	for (i = 0; i < p->n; i++) {
		sq = geo_plane_between_sq_m(p->at[i].lat, p->at[i].lon, lat,
		    lon);
		if (sq < *sq_m) {
			*sq_m = sq;
			best = i;
		}
	}
	return best;
}

/* What it costs to make one place of P and Q. */
static double
merging_cost(const struct geo_plane *at, const struct station_place *p,
    const struct station_place *q)
{
	return geo_plane_sq_m(at, q->lat, q->lon) * (double)p->n *
	    (double)q->n / (double)(p->n + q->n);
}

/* Make one of the two places that lose least by it. */
static void
join_two(struct station_places *p)
{
	struct geo_plane at[STATION_PLACES_MAX + 1];
	size_t i, j, from = 0, into = 0;
	double best = INFINITY, cost;

	for (i = 0; i < p->n; i++)
		geo_plane_init(&at[i], p->at[i].lat, p->at[i].lon);
	for (j = 1; j < p->n; j++)
		for (i = 0; i < j; i++) {
			cost = merging_cost(&at[i], &p->at[i], &p->at[j]);
			if (cost < best) {
				best = cost;
				into = i;
				from = j;
			}
		}
	assert(into < from);
	merge_place(&p->at[into], &p->at[from]);
	p->n--;
	memmove(&p->at[from], &p->at[from + 1],
	    (p->n - from) * sizeof(p->at[0]));
	if (p->last == from)
		p->last = into;
	else if (p->last > from)
		p->last--;
}

/* Place I was come to. */
static void
come_to(struct station_places *p, size_t i)
{
	if (p->visits < MAX_VISITS)
		p->visits++;
	p->last = i;
	p->stay = 0;
}

static void
halve_counts(struct station_places *p)
{
	size_t i, many = 0;

	for (i = 0; i < p->n; i++)
		many |= p->at[i].n > MAX_N;
	for (i = 0; many && i < p->n; i++)
		p->at[i].n = (p->at[i].n + 1) / 2;
}

/*
 * An observation near a place becomes a part of it, unless it is one too many
 * of a stay; else it is a place of its own.
 */
void
station_places_add(struct station_places *p, double lat, double lon,
    double signal_dbm)
{
	const struct station_place one = { lat, lon, 1, signal_dbm, 0 };
	double sq;
	size_t i = nearest_place(p, lat, lon, &sq);

	if (i < p->n && sq <= SAME_SQ_M) {
		if (i != p->last)
			come_to(p, i);
		else if (p->stay >= MAX_STAY)
			return;
		p->stay++;
		merge_place(&p->at[i], &one);
	} else {
		p->at[p->n] = one;
		come_to(p, p->n++);
		p->stay++;
		if (p->n > STATION_PLACES_MAX)
			join_two(p);
	}
	halve_counts(p);
}

void
station_places_clear(struct station_row *r)
{
	r->places.len = 0;
}

/*
 * All places lie within the box of the row: those that do not are of another
 * place, as station/peak.c says of peaks.
 */
static int
places_in_box(const struct station_places *p, const struct station_row *r)
{
	const struct station_place *q;
	int west, east;

	if (isnan(r->min_lat) || isnan(r->max_lat) || isnan(r->min_lon) ||
	    isnan(r->max_lon))
		return 1;
	for (q = p->at; q < p->at + p->n; q++) {
		west = q->lon >= r->min_lon - SLACK_DEG;
		east = q->lon <= r->max_lon + SLACK_DEG;
		if (q->lat < r->min_lat - SLACK_DEG ||
		    q->lat > r->max_lat + SLACK_DEG ||
		    !(r->min_lon <= r->max_lon ? west && east : west || east))
			return 0;
	}
	return 1;
}

int
station_places_get(struct station_places *p, const struct station_row *r)
{
	int64_t samples = r->samples == STATION_ROW_NULL || r->samples < 1 ?
	    1 : r->samples;

	if (station_places_read(p, r->places.byte, r->places.len) &&
	    places_in_box(p, r))
		return 1;
	p->n = 1;
	p->last = 0;
	p->stay = 0;
	p->visits = (int)fmin(rint(sqrt((double)samples)), MAX_VISITS);
	p->at[0] = (struct station_place){ r->lat, r->lon,
	    samples < UNKNOWN_N ? samples : UNKNOWN_N, NAN,
	    r->radius == STATION_ROW_NULL ? 0 :
	    UNKNOWN_RMS * (double)r->radius };
	return 0;
}

void
station_places_update(struct station_row *r, const struct station_row *before,
    const struct obs_obs *obs, size_t n, int is_query)
{
	struct station_places p;
	size_t i;

	if (before != NULL)
		station_places_get(&p, before);
	else {
		p.n = p.last = 0;
		p.stay = p.visits = 0;
	}
	for (i = 0; i < n; i++)
		if (obs[i].is_query == is_query)
			station_places_add(&p, obs[i].lat, obs[i].lon,
			    obs[i].signal_dbm == OBS_NO_SIGNAL ? NAN :
			    obs[i].signal_dbm);
	r->places.len = (uint8_t)station_places_write(&p, r->places.byte);
}
