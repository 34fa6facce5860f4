/* SPDX-License-Identifier: ISC */
/* The state of who said where a station is: as bytes, and made up. */
#include <math.h>
#include <string.h>

#include "base/civil.h"
#include "station/row.h"
#include "station/trust.h"
#include "tap.h"

#define DAY	20786	/* 2026-11-29 */

static size_t
bytes_of(uint8_t *out, const char *hex)
{
	unsigned v;
	size_t n;

	for (n = 0; sscanf(hex + 2 * n, "%2x", &v) == 1; n++)
		out[n] = (uint8_t)v;
	return n;
}

static const char *
hex_of(const uint8_t *p, size_t n)
{
	static char out[2 * STATION_TRUST_BYTES + 1];
	size_t i;

	out[0] = '\0';
	for (i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", p[i]);
	return out;
}

static void
test_bytes(void)
{
	static const char *const states[] = {
		"010034120100010032510000000010000000",
		"010034120300020033519b020c0000000000",
		"010034120300020033519b020c00000000000089c11ec0bdf0ff"
		"010100013451345180000000",
		"010234120400030035510a00080000000000"
		"0000008000000080000000003851385100000000",
		"0107ffffffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffffffffffff"
	};
	uint8_t in[STATION_TRUST_BYTES], out[STATION_TRUST_BYTES];
	struct station_trust t;
	size_t i, len;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		len = bytes_of(in, states[i]);
		ok(station_trust_read(&t, in, len) &&
		    strcmp(hex_of(out, station_trust_write(&t, out)),
		    states[i]) == 0, "%s", states[i]);
	}
	len = bytes_of(in, states[2]);
	station_trust_read(&t, in, len);
	ok(t.founder == 0x1234 && t.votes == 3 && t.days == 2 &&
	    t.last == DAY + 1 && t.pull_dm == 667 && t.map == 0xc &&
	    t.is_contested && t.contest.here == 1 && t.contest.all == 1 &&
	    t.contest.days == 1 && t.contest.first == DAY + 2 &&
	    t.contest.map == 1 << 7, "what they say");
	is_near(t.contest.lat, 51.6, 1e-9, "and where else");
	ok(!station_trust_read(&t, in, len - 1) &&
	    !station_trust_read(&t, in, 0) &&
	    !station_trust_read(&t, in, 17), "other lengths are none");
	in[0] = 2;
	ok(!station_trust_read(&t, in, len), "nor is another version");
	len = bytes_of(in, states[2]);
	memset(in + 18, 0x7f, 4);
	ok(station_trust_read(&t, in, len) && isnan(t.contest.lat) &&
	    isnan(t.contest.lon) && t.contest.all == 1,
	    "a place that is none on Earth is none");
	t.votes = 70000;
	t.contest.here = 300;
	station_trust_write(&t, out);
	station_trust_read(&t, out, sizeof(out));
	ok(t.votes == 65535 && t.contest.here == 255, "numbers stay in bounds");
}

/* A row without state that was seen for DAYS. */
static void
adopted(int64_t samples, int64_t days, int votes, int vote_days)
{
	struct station_trust t;
	struct station_row r;

	station_row_init(&r);
	r.lat = 51.5;
	r.lon = -0.1;
	r.samples = samples;
	r.created = DAY * BASE_CIVIL_DAY_S + 7200;
	r.modified = r.created;
	r.last_seen = DAY + days;
	ok(!station_trust_get(&t, &r, OBS_WIFI) && t.votes == votes &&
	    t.days == vote_days && t.flags == STATION_TRUST_ADOPTED &&
	    !t.is_contested, "%lld samples in %lld days: %d votes, %d days",
	    (long long)samples, (long long)days, t.votes, t.days);
	station_trust_set(&r, &t);
	if (samples == 1000)
		is_str(hex_of(r.trust.byte, r.trust.len),
		    "010100000a00020000000000000000000000", "as bytes");
	r.samples = r.created = STATION_ROW_NULL;
	r.trust.len = 0;
	station_trust_get(&t, &r, OBS_CELL);
	ok(t.votes == 1 && t.days == 1, "nothing is known of it");
}

/* The state of a row counts while its place is that of the row. */
static void
test_own(void)
{
	uint32_t mark[STATION_TRUST_MARKS];
	struct station_trust t = { .votes = 40, .days = 9 };
	struct station_row r;

	station_row_init(&r);
	station_trust_set(&r, &t);
	ok(!station_trust_get(&t, &r, OBS_WIFI) && t.votes == 0 &&
	    t.flags == 0, "a row without position has none");
	r.lat = r.min_lat = r.max_lat = 51.5;
	r.lon = r.min_lon = r.max_lon = -0.1;
	r.peak_lat = 515000000;
	r.peak_lon = -1000000;
	r.peak_weight = 1;
	r.spread = 0;
	r.marks.len = 8;
	memcpy(r.marks.byte, "\x22\x22\x22\x22\x11\0\0\0", 8);
	ok(station_trust_get(&t, &r, OBS_WIFI) && t.votes == 40,
	    "a row with a peak has its own");
	ok(station_trust_marks(mark, &r, OBS_WIFI) == 2 &&
	    mark[0] == 0x22222222 && mark[1] == 0x11, "and marks");
	is_int((long long)station_trust_marks(mark, &r, OBS_CELL), 0,
	    "cells have none");
	r.min_lat = r.max_lat = r.lat = 51.6;
	ok(!station_trust_get(&t, &r, OBS_WIFI) && t.votes == 1 &&
	    t.flags == 0, "one that was moved has not, nor is it adopted");
	is_int((long long)station_trust_marks(mark, &r, OBS_WIFI), 0,
	    "nor are its marks");
	station_trust_clear(&r);
	station_trust_get(&t, &r, OBS_WIFI);
	is_int(t.flags, STATION_TRUST_ADOPTED, "one without state is adopted");
}

static void
test_need(void)
{
	static const int t[][3] = { { 0, 2, 1 }, { 1, 2, 1 }, { 2, 3, 2 },
		{ 3, 3, 2 }, { 4, 4, 2 }, { 7, 4, 2 }, { 8, 5, 3 },
		{ 15, 5, 3 }, { 16, 6, 3 }, { 52, 7, 3 }, { 127, 8, 3 },
		{ 128, 8, 3 }, { 1000, 8, 3 } };
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		ok(station_trust_need(t[i][0]) == t[i][1] &&
		    station_trust_need_days(t[i][0]) == t[i][2],
		    "against %d votes it takes %d on %d days", t[i][0],
		    station_trust_need(t[i][0]),
		    station_trust_need_days(t[i][0]));
}

static void
test_doubtful(void)
{
	struct station_trust t = { .votes = 3, .is_contested = 1,
	    .contest = { .all = 3, .days = 2, .agree = 6, .last = DAY } };

	ok(station_trust_is_doubtful(&t, DAY) &&
	    station_trust_is_doubtful(&t, DAY + 180), "enough against it");
	ok(!station_trust_is_doubtful(&t, DAY + 181), "but that was long ago");
	t.contest.agree = 7;
	ok(!station_trust_is_doubtful(&t, DAY), "more for it");
	t.contest.agree = 0;
	t.contest.days = 1;
	ok(!station_trust_is_doubtful(&t, DAY), "on one day only");
	t.contest.days = 2;
	t.contest.all = 2;
	ok(!station_trust_is_doubtful(&t, DAY), "too few");
	t.contest.all = 3;
	t.is_contested = 0;
	ok(!station_trust_is_doubtful(&t, DAY), "nothing");
}

int
main(void)
{
	test_bytes();
	adopted(1, 0, 1, 1);
	adopted(1, 3, 2, 2);
	adopted(30, 0, 5, 1);
	adopted(30, 1, 5, 2);
	adopted(1000, 400, 10, 2);
	test_own();
	test_need();
	test_doubtful();
	return tap_done();
}
