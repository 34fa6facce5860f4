/* SPDX-License-Identifier: ISC */
/*
 * The short record of a MAC has 160 bits.  What they are made of is what
 * lib/locate reads of a row, and not what the row has:
 *
 * - the peak, in the units of its columns: 31 and 32 bits;
 * - its weight, which counts between 0.001 and a million: the floats of that
 *   range have 28 bits, and none is rounded;
 * - the spread, in tenths of a metre: 12 bits, as what spreads over 300 m is
 *   left out by all who ask;
 * - the day of the last change (16 bits), and the sixteenth of it (4 bits), as
 *   a score falls when months have passed since;
 * - the day on which it was heard last, if that is not before (12 bits);
 * - for the score, how many samples count, 1024 at most (11 bits), and over
 *   how many days, 10 at most (4 bits);
 * - the region (8 bits), whether the row was adopted, and a bit for later.
 *
 * What does not fit, which is a row without a peak, one that is blocked for
 * the moment, one in doubt, or an odd date, has a whole record elsewhere; then
 * the days that count are 15, and the first 32 bits its number.
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "base/civil.h"
#include "geo/region.h"
#include "index/record.h"
#include "locate/weigh.h"
#include "station/peak.h"
#include "station/places.h"
#include "station/trust.h"

#define LAT_BITS	31
#define LON_BITS	32
#define MAX_LAT		900000000
#define MAX_LON		1800000000
#define WEIGHT_BITS	28
#define SPREAD_BITS	12
#define MAX_SPREAD	((1 << SPREAD_BITS) - 1)
#define REGION_BITS	8
#define SAMPLE_BITS	11
#define MAX_SAMPLES	1024	/* more do not raise the score */
#define DAY_BITS	4
#define MAX_DAYS	10	/* nor do these */
#define ODD_DAYS	15
#define PART_S		(BASE_CIVIL_DAY_S / 16)
#define SEEN_AT		20	/* where the last day of hearing begins */
#define MAX_SEEN	4095
#define MAX_DAY		65535

/*
 * The float below 0.001, which is the least that counts, and a million, the
 * most: floats above 0 are in the order of their bits.
 */
#define LEAST_WEIGHT	UINT32_C(0x3a83126e)
#define MOST_WEIGHT	UINT32_C(0x49742400)

/* NULL of the columns of a whole record. */
#define NO_U32		UINT32_MAX
#define TIME_LEN	5
#define NO_TIME		(INT64_C(1) << 39)	/* of 40 bits, as least */

/* Bits of the flags of a record. */
#define HAS_BLOCKS	1
#define HAS_PEAK	2
#define IS_WITHHELD	4
#define HAS_STATE	8	/* of who has said so */
#define IS_ADOPTED	16

static uint64_t
bits(uint64_t word, int from, int n)
{
	return word >> from & ((UINT64_C(1) << n) - 1);
}

static uint32_t
float_bits(double v)
{
	float f = (float)v;
	uint32_t u;

	memcpy(&u, &f, sizeof(u));
	return u;
}

static double
bits_float(uint32_t u)
{
	float f;

	memcpy(&f, &u, sizeof(f));
	return (double)f;
}

static uint8_t
region_number(const char *code)
{
	int r = geo_region_find(code);

	return r >= 0 && r < INDEX_RECORD_NO_REGION ? (uint8_t)r :
	    INDEX_RECORD_NO_REGION;
}

static void
set_region(char code[3], uint8_t number,
    const struct index_record_regions *regions)
{
	code[0] = code[2] = '\0';
	if (number < regions->n)
		memcpy(code, regions->code +
		    (size_t)number * INDEX_FORMAT_REGION_LEN,
		    INDEX_FORMAT_REGION_LEN);
}

/* How many samples of R count for its score, see station/score.c. */
static uint64_t
samples_of(const struct station_row *r)
{
	if (r->samples == STATION_ROW_NULL || r->samples < 1 ||
	    r->radius == STATION_ROW_NULL || r->radius == 0)
		return 1;
	return r->samples < MAX_SAMPLES ? (uint64_t)r->samples : MAX_SAMPLES;
}

/* How many days count, until LAST. */
static uint64_t
days_of(const struct station_row *r, int64_t last)
{
	int64_t first = base_civil_day_of(r->created);

	if (r->block_last > first)
		first = r->block_last;
	if (last - first < 1)
		return 1;
	return last - first < MAX_DAYS ? (uint64_t)(last - first) : MAX_DAYS;
}

static uint64_t
weight_of(double weight)
{
	uint32_t u = float_bits(fmin(fmax(weight, 0), 1e6));

	if (u < LEAST_WEIGHT)
		u = LEAST_WEIGHT;
	return u - LEAST_WEIGHT;
}

/* Do the dates of R fit? */
static int
dates_fit(const struct station_row *r)
{
	int64_t day = base_civil_day_of(r->modified);

	return r->created != STATION_ROW_NULL &&
	    r->modified != STATION_ROW_NULL && day >= 0 && day <= MAX_DAY &&
	    (r->last_seen < day || r->last_seen - day < MAX_SEEN);
}

/* The state of R as far as an answer may depend on it.  0 if it is doubtful. */
static int
is_settled(const struct station_row *r, enum obs_kind kind, int64_t today,
    uint64_t *adopted)
{
	struct station_trust t;

	station_trust_get(&t, r, kind);
	*adopted = (t.flags & STATION_TRUST_ADOPTED) != 0;
	return !station_trust_is_doubtful(&t, today);
}

/* The last change and the last day of hearing, 32 bits. */
static uint64_t
pack_dates(const struct station_row *r)
{
	int64_t day = base_civil_day_of(r->modified);
	uint64_t part = (uint64_t)(r->modified - day * BASE_CIVIL_DAY_S) /
	    PART_S;

	return (uint64_t)day | part << 16 | (r->last_seen < day ? 0 :
	    (uint64_t)(r->last_seen - day + 1) << SEEN_AT);
}

/* A peak as the columns have it. */
struct peak {
	int64_t	lat, lon, spread;
	double	weight;
};

/* That of R, or if ROUND one that is made up of it.  0 if there is none. */
static int
get_peak(struct peak *p, const struct station_row *r, enum obs_kind kind,
    int round)
{
	struct station_peak made;

	if (station_peak_get(&made, r, kind)) {
		*p = (struct peak){ r->peak_lat, r->peak_lon, r->spread,
		    r->peak_weight };
		return 1;
	}
	*p = (struct peak){ (int64_t)rint(made.lat * 1e7),
	    (int64_t)rint(made.lon * 1e7),
	    (int64_t)fmin(rint(made.spread_m * 10), MAX_SPREAD),
	    made.weight };
	return round;
}

int
index_record_mac_pack(uint8_t out[INDEX_FORMAT_MAC_LEN],
    const struct station_row *r, enum obs_kind kind, int64_t today, int round)
{
	uint64_t where, what, adopted;
	struct peak p;
	int64_t last;

	if (!locate_weigh_answers(r, kind, today) || !dates_fit(r) ||
	    !get_peak(&p, r, kind, round) ||
	    !is_settled(r, kind, today, &adopted))
		return 0;
	last = base_civil_day_of(r->modified);
	if (r->last_seen > last)
		last = r->last_seen;
	where = (uint64_t)(p.lat + MAX_LAT) |
	    (uint64_t)(p.lon + MAX_LON) << LAT_BITS | adopted << 63;
	what = (uint64_t)(p.spread < MAX_SPREAD ? p.spread : MAX_SPREAD);
	what = weight_of(p.weight) | what << WEIGHT_BITS |
	    (uint64_t)region_number(r->region) << 40 | samples_of(r) << 48 |
	    days_of(r, last) << 59;
	out = base_bytes_put_le(out, where, 8);
	out = base_bytes_put_le(out, what, 8);
	base_bytes_put_le(out, pack_dates(r), 4);
	return 1;
}

size_t
index_record_marks_pack(
    uint8_t out[INDEX_FORMAT_MARKS * INDEX_FORMAT_MARK_LEN],
    const struct station_row *r, enum obs_kind kind)
{
	uint32_t mark[STATION_TRUST_MARKS];
	size_t i, n = station_trust_marks(mark, r, kind);

	assert(n <= INDEX_FORMAT_MARKS);
	for (i = 0; i < n; i++)
		out = base_bytes_put_le(out, mark[i], INDEX_FORMAT_MARK_LEN);
	return n;
}

void
index_record_marks_unpack(struct station_row *r, const uint8_t *marks,
    size_t n)
{
	for (; n > 0; n--, marks += INDEX_FORMAT_MARK_LEN)
		if (base_bytes_get_le(marks, INDEX_FORMAT_MARK_LEN) != 0) {
			memcpy(r->marks.byte + r->marks.len, marks,
			    INDEX_FORMAT_MARK_LEN);
			r->marks.len = (uint8_t)(r->marks.len +
			    INDEX_FORMAT_MARK_LEN);
		}
}

void
index_record_odd(uint8_t out[INDEX_FORMAT_MAC_LEN], uint32_t n)
{
	memset(out, 0, INDEX_FORMAT_MAC_LEN);
	base_bytes_put_le(out, n, 4);
	base_bytes_put_le(out + 8, (uint64_t)ODD_DAYS << 59, 8);
}

int
index_record_is_odd(const uint8_t rec[INDEX_FORMAT_MAC_LEN], uint32_t *n)
{
	if (bits(base_bytes_get_le(rec + 8, 8), 59, DAY_BITS) != ODD_DAYS)
		return 0;
	*n = (uint32_t)base_bytes_get_le(rec, 4);
	return 1;
}

/*
 * The position is the peak, as nobody asks for the mean; and the row was
 * created as many days before it was heard last as count.
 */
void
index_record_mac_unpack(struct station_row *r,
    const uint8_t rec[INDEX_FORMAT_MAC_LEN],
    const struct index_record_regions *regions)
{
	uint64_t where = base_bytes_get_le(rec, 8);
	uint64_t what = base_bytes_get_le(rec + 8, 8);
	uint64_t dates = base_bytes_get_le(rec + 16, 4);
	int64_t last = (int64_t)bits(dates, 0, 16);

	r->peak_lat = (int64_t)bits(where, 0, LAT_BITS) - MAX_LAT;
	r->peak_lon = (int64_t)bits(where, LAT_BITS, LON_BITS) - MAX_LON;
	r->lat = (double)r->peak_lat / 1e7;
	r->lon = (double)r->peak_lon / 1e7;
	r->peak_weight = bits_float((uint32_t)bits(what, 0, WEIGHT_BITS) +
	    LEAST_WEIGHT);
	r->spread = (int64_t)bits(what, WEIGHT_BITS, SPREAD_BITS);
	set_region(r->region, (uint8_t)bits(what, 40, REGION_BITS), regions);
	r->samples = (int64_t)bits(what, 48, SAMPLE_BITS);
	r->radius = r->samples > 1;
	r->modified = last * BASE_CIVIL_DAY_S +
	    (int64_t)bits(dates, 16, 4) * PART_S;
	if (dates >> SEEN_AT != 0)
		r->last_seen = last += (int64_t)(dates >> SEEN_AT) - 1;
	r->created = (last - (int64_t)bits(what, 59, DAY_BITS)) *
	    BASE_CIVIL_DAY_S;
	station_trust_set_flags(r, where >> 63 ? STATION_TRUST_ADOPTED : 0);
}

/* Numbers that may be NULL, in as many bytes as they need. */
static uint8_t *
put_f64(uint8_t *p, double v)
{
	uint64_t u;

	memcpy(&u, &v, sizeof(u));
	return base_bytes_put_le(p, u, 8);
}

static double
get_f64(const uint8_t *p)
{
	uint64_t u = base_bytes_get_le(p, 8);
	double v;

	memcpy(&v, &u, sizeof(v));
	return v;
}

static uint8_t *
put_time(uint8_t *p, int64_t s)
{
	return base_bytes_put_le(p, s > -NO_TIME && s < NO_TIME ? (uint64_t)s :
	    (uint64_t)NO_TIME, TIME_LEN);
}

static int64_t
get_time(const uint8_t *p)
{
	uint64_t u = base_bytes_get_le(p, TIME_LEN);

	if (u == (uint64_t)NO_TIME)
		return STATION_ROW_NULL;
	return (int64_t)(u << 24) >> 24;
}

/* A day; the least of 32 bits is NULL. */
static uint8_t *
put_day(uint8_t *p, int64_t day)
{
	return base_bytes_put_le(p, (uint64_t)(day > INT32_MIN &&
	    day <= INT32_MAX ? day : INT32_MIN), 4);
}

static int64_t
get_day(const uint8_t *p)
{
	int32_t day = (int32_t)base_bytes_get_le(p, 4);

	return day == INT32_MIN ? STATION_ROW_NULL : day;
}

/* A count or a length, never negative. */
static uint8_t *
put_u32(uint8_t *p, int64_t v)
{
	return base_bytes_put_le(p, v == STATION_ROW_NULL || v < 0 ? NO_U32 :
	    v >= NO_U32 ? NO_U32 - 1 : (uint64_t)v, 4);
}

static int64_t
get_u32(const uint8_t *p)
{
	uint64_t u = base_bytes_get_le(p, 4);

	return u == NO_U32 ? STATION_ROW_NULL : (int64_t)u;
}

/* Layout of a whole record, in loc-index(5). */
void
index_record_whole_pack(uint8_t out[INDEX_FORMAT_WHOLE_LEN],
    const struct station_row *r, enum obs_kind kind)
{
	struct station_peak peak;
	int has_peak = station_peak_get(&peak, r, kind);
	int has_blocks = r->block_count != STATION_ROW_NULL;
	uint8_t *p = out;

	memset(out, 0, INDEX_FORMAT_WHOLE_LEN);
	p = put_f64(p, r->lat);
	p = put_f64(p, r->lon);
	p = put_f64(p, has_peak ? NAN : r->weight);
	p = put_time(p, r->created);
	p = put_time(p, r->modified);
	*p++ = has_blocks ? (uint8_t)r->block_count : 0;
	*p++ = (uint8_t)((has_blocks ? HAS_BLOCKS : 0) |
	    (has_peak ? HAS_PEAK : 0));
	p = put_day(p, r->last_seen);
	p = put_day(p, r->block_last);
	p = put_u32(p, r->radius);
	p = put_u32(p, r->samples);
	if (has_peak) {
		p = base_bytes_put_le(p, float_bits(r->peak_weight), 4);
		p = base_bytes_put_le(p, (uint64_t)r->peak_lat, 4);
		p = base_bytes_put_le(p, (uint64_t)r->peak_lon, 4);
		p = base_bytes_put_le(p, (uint64_t)r->spread, 2);
	} else
		p += 14;
	*p++ = region_number(r->region);
	*p++ = r->trust.len;
	memcpy(p, r->trust.byte, r->trust.len);
	p += STATION_ROW_TRUST;
	*p++ = r->marks.len;
	memcpy(p, r->marks.byte, r->marks.len);
	assert(p + STATION_ROW_MARKS <= out + INDEX_FORMAT_WHOLE_LEN);
}

void
index_record_whole_unpack(struct station_row *r,
    const uint8_t rec[INDEX_FORMAT_WHOLE_LEN],
    const struct index_record_regions *regions)
{
	r->lat = get_f64(rec);
	r->lon = get_f64(rec + 8);
	r->created = get_time(rec + 24);
	r->modified = get_time(rec + 29);
	if (rec[35] & HAS_BLOCKS)
		r->block_count = rec[34];
	r->last_seen = get_day(rec + 36);
	r->block_last = get_day(rec + 40);
	r->radius = get_u32(rec + 44);
	r->samples = get_u32(rec + 48);
	if (rec[35] & HAS_PEAK) {
		r->peak_weight = bits_float(
		    (uint32_t)base_bytes_get_le(rec + 52, 4));
		r->peak_lat = (int32_t)base_bytes_get_le(rec + 56, 4);
		r->peak_lon = (int32_t)base_bytes_get_le(rec + 60, 4);
		r->spread = (int64_t)base_bytes_get_le(rec + 64, 2);
	} else
		r->weight = get_f64(rec + 16);
	set_region(r->region, rec[66], regions);
	if (rec[67] <= STATION_ROW_TRUST) {
		r->trust.len = rec[67];
		memcpy(r->trust.byte, rec + 68, rec[67]);
	}
	if (rec[106] <= STATION_ROW_MARKS) {
		r->marks.len = rec[106];
		memcpy(r->marks.byte, rec + 107, rec[106]);
	}
}

/* The flags of who has said where a cell is. */
static int
cell_state(const struct station_row *r)
{
	struct station_trust t;

	if (!station_trust_read(&t, r->trust.byte, r->trust.len))
		return 0;
	return HAS_STATE |
	    (locate_weigh_withheld(r, OBS_CELL) ? IS_WITHHELD : 0) |
	    ((t.flags & STATION_TRUST_ADOPTED) != 0 ? IS_ADOPTED : 0);
}

/*
 * Places that are of another place than the row are left out here, so that
 * the box, which tells that, need not be kept.
 */
size_t
index_record_cell_pack(uint8_t out[INDEX_FORMAT_CELL_LEN],
    const struct station_row *r)
{
	int has_blocks = r->block_count != STATION_ROW_NULL;
	struct station_places places;
	size_t len = station_places_get(&places, r) ? r->places.len : 0;
	uint8_t *p = out;

	memset(out, 0, INDEX_FORMAT_CELL_LEN);
	memcpy(p, r->key, RADIO_CELL_KEY_MAX);
	p += RADIO_CELL_KEY_MAX;
	*p++ = (uint8_t)len;
	*p++ = region_number(r->region);
	*p++ = (uint8_t)((has_blocks ? HAS_BLOCKS : 0) | cell_state(r));
	p = put_f64(p, r->lat);
	p = put_f64(p, r->lon);
	p = put_time(p, r->created);
	p = put_time(p, r->modified);
	*p++ = has_blocks ? (uint8_t)r->block_count : 0;
	p += 5;					/* where places are */
	p = put_day(p, r->last_seen);
	p = put_day(p, r->block_last);
	p = put_u32(p, r->radius);
	p = put_u32(p, r->samples);
	assert(p == out + INDEX_FORMAT_CELL_LEN);
	return len;
}

void
index_record_cell_places(uint8_t rec[INDEX_FORMAT_CELL_LEN], uint64_t at)
{
	base_bytes_put_le(rec + 43, at, 5);
}

void
index_record_cell_unpack(struct station_row *r,
    const uint8_t rec[INDEX_FORMAT_CELL_LEN],
    const struct index_record_regions *regions, const uint8_t *heap,
    size_t len)
{
	uint64_t at = base_bytes_get_le(rec + 43, 5);
	size_t n = rec[13];

	memcpy(r->key, rec, RADIO_CELL_KEY_MAX);
	set_region(r->region, rec[14], regions);
	r->lat = get_f64(rec + 16);
	r->lon = get_f64(rec + 24);
	r->created = get_time(rec + 32);
	r->modified = get_time(rec + 37);
	if (rec[15] & HAS_BLOCKS)
		r->block_count = rec[42];
	r->last_seen = get_day(rec + 48);
	r->block_last = get_day(rec + 52);
	r->radius = get_u32(rec + 56);
	r->samples = get_u32(rec + 60);
	if (n > 0 && n <= STATION_ROW_PLACES && at <= len && n <= len - at) {
		r->places.len = (uint8_t)n;
		memcpy(r->places.byte, heap + at, n);
	}
	if (rec[15] & HAS_STATE)
		station_trust_set_flags(r,
		    (rec[15] & IS_WITHHELD ? STATION_TRUST_HIDDEN : 0u) |
		    (rec[15] & IS_ADOPTED ? STATION_TRUST_ADOPTED : 0u));
}

void
index_record_area_pack(uint8_t out[INDEX_FORMAT_AREA_LEN],
    const struct station_area *a, const struct station_centre *c)
{
	uint8_t *p = out;

	memset(out, 0, INDEX_FORMAT_AREA_LEN);
	memcpy(p, a->key, RADIO_CELL_AREA_MAX);
	p += RADIO_CELL_AREA_MAX;
	p = put_f64(p, a->lat);
	p = put_f64(p, a->lon);
	p = put_f64(p, c != NULL ? c->lat : NAN);
	p = put_f64(p, c != NULL ? c->lon : NAN);
	p = put_u32(p, c != NULL ? c->spread : STATION_ROW_NULL);
	p = put_u32(p, a->radius);
	p = put_u32(p, a->avg_cell_radius);
	p = put_u32(p, a->num_cells);
	p = put_time(p, a->created);
	p = put_time(p, a->modified);
	p = put_day(p, a->last_seen);
	*p = region_number(a->region);
}

void
index_record_area_unpack(struct station_area *a, struct station_centre *c,
    const uint8_t rec[INDEX_FORMAT_AREA_LEN],
    const struct index_record_regions *regions)
{
	memcpy(a->key, rec, RADIO_CELL_AREA_MAX);
	memcpy(c->key, rec, RADIO_CELL_AREA_MAX);
	a->lat = get_f64(rec + 8);
	a->lon = get_f64(rec + 16);
	c->lat = get_f64(rec + 24);
	c->lon = get_f64(rec + 32);
	c->spread = get_u32(rec + 40);
	a->radius = get_u32(rec + 44);
	a->avg_cell_radius = get_u32(rec + 48);
	a->num_cells = get_u32(rec + 52);
	a->created = get_time(rec + 56);
	a->modified = get_time(rec + 61);
	a->last_seen = get_day(rec + 66);
	set_region(a->region, rec[70], regions);
}
