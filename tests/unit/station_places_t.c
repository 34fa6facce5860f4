/* SPDX-License-Identifier: ISC */
/* Places of cells: how they grow, their bytes, and which bytes are none. */
#include "base/num.h"
#include "station/places.h"
#include "station/row.h"

#include "tap.h"

static void
check_place(const struct station_places *p, size_t i, double lat, double lon,
    int64_t n, double signal, double rms)
{
	const struct station_place *q = &p->at[i];

	ok(i < p->n && fabs(q->lat - lat) < 2e-7 &&
	    fabs(q->lon - lon) < 2e-7 && q->n == n &&
	    ((isnan(signal) && isnan(q->signal_dbm)) ||
	    fabs(q->signal_dbm - signal) < 1e-4) &&
	    fabs(q->rms_m - rms) < 1e-4,
	    "place %zu: %.7f %.7f, n %lld, %.4f dBm, rms %.4f", i, q->lat,
	    q->lon, (long long)q->n, q->signal_dbm, q->rms_m);
}

static void
check_head(const struct station_places *p, size_t n, int visits, size_t last,
    int stay)
{
	ok(p->n == n && p->visits == visits && p->last == last &&
	    p->stay == stay, "%zu places, visits %d, last %zu, stay %d", p->n,
	    p->visits, p->last, p->stay);
}

static void
check_bytes(const struct station_places *p, const char *hex)
{
	uint8_t out[STATION_PLACES_BYTES];
	struct station_places back;
	char got[2 * STATION_PLACES_BYTES + 1];
	size_t len = station_places_write(p, out), i;

	for (i = 0; i < len; i++)
		snprintf(got + 2 * i, 3, "%02x", out[i]);
	is_str(got, hex, "bytes");
	ok(station_places_read(&back, out, len) && back.n == p->n &&
	    station_places_write(&back, out) == len, "they are read again");
}

static void
test_two_places(void)
{
	struct station_places p = { .n = 0 };

	station_places_add(&p, 51.5, -.1, -80);
	station_places_add(&p, 51.5001, -.1, -84);
	station_places_add(&p, 51.503, -.1, -95);
	station_places_add(&p, 51.5, -.0999, NAN);
	station_places_add(&p, 51.503, -.1002, -97);
	check_head(&p, 2, 4, 1, 1);
	check_place(&p, 0, 51.5000333, -.0999667, 3, -82, 6.1745);
	check_place(&p, 1, 51.503, -.1001, 2, -96, 6.9216);
	check_bytes(&p, "0101010004000d48b21e0dbff0ff0300f8df0600"
	    "f0bbb21ed8b9f0ff020080da0700");
}

static void
test_ninth_place(void)
{
	static const int64_t n[] = { 1, 2, 3, 1, 2, 3, 3, 1 };
	struct station_places p = { .n = 0 };
	size_t same = 0;
	int i, k;

	for (i = 0; i < 8; i++)
		for (k = 0; k < 1 + i % 3; k++)
			station_places_add(&p, 51.5 + .002 * i,
			    -.1 + .001 * (i % 2), -80 - i);
	check_head(&p, 8, 8, 7, 2);
	station_places_add(&p, 51.52, -.1, -100);
	for (i = 0; i < 8; i++)
		same += p.at[i].n == n[i];
	is_int((long long)same, 8, "two of nine became one");
	check_head(&p, 8, 9, 7, 1);
	check_place(&p, 6, 51.5133333, -.0993333, 3, -86.6667, 109.7940);
}

static void
test_stay(void)
{
	struct station_places p = { .n = 0 };
	int i;

	for (i = 0; i < 130; i++)
		station_places_add(&p, 51.5, -.1, -80);
	check_head(&p, 1, 1, 0, 100);
	is_int(p.at[0].n, 100, "a stay counts a hundred times");
	station_places_add(&p, 51.6, -.1, NAN);
	p.at[0].n = 65535;
	station_places_add(&p, 51.5, -.1, NAN);
	is_int(p.at[0].n, 32768, "counts are halved");
	is_int(p.at[1].n, 1, "... of all places, rounded up");
}

static void
test_date_line(void)
{
	struct station_places p = { .n = 0 };

	station_places_add(&p, -17, 179.9998, -80);
	station_places_add(&p, -17, -179.9998, -80);
	station_places_add(&p, -17, 179.99, -90);
	check_head(&p, 2, 2, 1, 1);
	p.at[0].lon = fabs(p.at[0].lon);
	check_place(&p, 0, -17, 180, 2, -80, 21.2673);
	check_place(&p, 1, -17, 179.99, 1, -90, 0);
}

static void
test_made_up(void)
{
	struct station_places p;
	struct station_row r;

	station_row_init(&r);
	r.lat = 51.5;
	r.lon = -.1;
	r.radius = 2000;
	r.samples = 30;
	is_int(station_places_get(&p, &r), 0, "a row without places");
	check_bytes(&p, "010000000500c046b21ec0bdf0ff1e0000803002");
	r.radius = r.samples = STATION_ROW_NULL;
	station_places_get(&p, &r);
	check_head(&p, 1, 1, 0, 0);
	check_place(&p, 0, 51.5, -.1, 1, NAN, 0);
}

/* Bytes that are no places, of two places with one byte changed. */
static void
test_bad_bytes(void)
{
	static const struct {
		size_t	at, len;
		uint8_t	byte;
		int	want;
	} cases[] = {
		{ 0, 34, 1, 1 }, { 0, 34, 0, 0 }, { 0, 34, 2, 0 },
		{ 0, 20, 1, 0 },	/* last is the second place */
		{ 1, 20, 0, 1 }, { 1, 34, 2, 0 }, { 1, 34, 255, 0 },
		{ 0, 0, 1, 0 }, { 0, 6, 1, 0 }, { 0, 19, 1, 0 },
		{ 0, 33, 1, 0 }, { 14, 34, 0, 0 }, { 9, 34, 0x7f, 0 },
	};
	uint8_t good[STATION_PLACES_BYTES], b[STATION_PLACES_BYTES];
	struct station_places p;
	size_t i;

	base_num_unhex(good, 34, "0101010004000d48b21e0dbff0ff0300f8df0600"
	    "f0bbb21ed8b9f0ff020080da0700");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(b, good, sizeof(b));
		b[cases[i].at] = cases[i].byte;
		ok(station_places_read(&p, b, cases[i].len) == cases[i].want,
		    "byte %zu is %u, length %zu", cases[i].at,
		    cases[i].byte, cases[i].len);
	}
}

/* Whatever comes, the bytes that are written are places. */
static void
test_any_observations(void)
{
	uint8_t out[STATION_PLACES_BYTES];
	struct station_places p = { .n = 0 };
	unsigned seed = 1;
	int i, bad = 0;

	for (i = 0; i < 100000; i++) {
		seed = seed * 1103515245 + 12345;
		station_places_add(&p, (seed >> 8) % 180 - 90.0,
		    (seed >> 16) % 360 - 180.0 + (i % 7) * 1e-4,
		    i % 3 == 0 ? NAN : -(double)(i % 200));
		if (i % 10 == 0)
			bad += !station_places_read(&p, out,
			    station_places_write(&p, out));
	}
	is_int(bad, 0, "100000 observations anywhere");
}

int
main(void)
{
	test_two_places();
	test_ninth_place();
	test_stay();
	test_date_line();
	test_made_up();
	test_bad_bytes();
	test_any_observations();
	return tap_done();
}
