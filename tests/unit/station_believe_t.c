/* SPDX-License-Identifier: ISC */
/* What testimonies make of a station, in the default mode. */
#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "base/civil.h"
#include "obs/weight.h"
#include "station/believe.h"
#include "station/peak.h"
#include "station/row.h"
#include "tap.h"

#define D	20786	/* 2026-11-29 */
#define NOW	(D * BASE_CIVIL_DAY_S + 43200)

static struct station_believe_rules rules = { STATION_TRUST_OPEN, 50, 20000,
	NOW };
static struct station_believe_account account;
static struct station_believe_told told;
static struct station_row row;
static int exists;

struct heard {
	double	lat, lon;
	int	signal;
	double	accuracy_m;
};

static void
begin(void)
{
	station_row_init(&row);
	memset(&account, 0, sizeof(account));
	rules.mode = STATION_TRUST_OPEN;
	rules.now = NOW;
	exists = 0;
}

static struct obs_obs
observation(enum obs_kind kind, const struct heard *h, int is_query)
{
	static const uint8_t key[RADIO_CELL_KEY_MAX] = { 0xa8, 0x20, 0x66,
	    0, 0, 0x10 };
	struct obs_obs o = { .lat = h->lat, .lon = h->lon, .psc = -1,
	    .signal_dbm = OBS_NO_SIGNAL, .kind = (uint8_t)kind,
	    .is_query = (uint8_t)is_query };

	memcpy(o.key, key, sizeof(key));
	o.weight = obs_weight(kind, RADIO_CELL_LTE, h->accuracy_m, NAN,
	    RADIO_CELL_UNKNOWN, h->signal);
	o.peak_weight = (float)obs_weight_peak(h->accuracy_m, NAN,
	    RADIO_CELL_UNKNOWN, h->signal);
	return o;
}

/* N times what HEARD says, by TAG of CLASS on day DAY. */
static enum station_update_outcome
say_as(enum obs_kind kind, int64_t day, unsigned tag,
    enum obs_witness_class class, const struct heard *heard, size_t n,
    int is_query)
{
	static struct obs_obs obs[1000];
	struct station_believe_testimony w = { obs, n, day, tag, class, 0x77 };
	enum station_update_outcome out;
	size_t i;

	for (i = 0; i < n; i++)
		obs[i] = observation(kind, &heard[i], is_query);
	out = station_believe(&row, exists, &w, &rules, &account, &told);
	exists |= out != STATION_UPDATE_NONE;
	return out;
}

static enum station_update_outcome
say(int64_t day, unsigned tag, double lat, double lon)
{
	const struct heard h = { lat, lon, -80, 10 };

	return say_as(OBS_WIFI, day, tag, OBS_WITNESS_PUBLIC, &h, 1, 0);
}

static const char *
hex(void)
{
	static char out[2 * STATION_TRUST_BYTES + 1];
	size_t i;

	out[0] = '\0';
	for (i = 0; i < row.trust.len; i++)
		snprintf(out + 2 * i, 3, "%02x", row.trust.byte[i]);
	return out;
}

static void
is_row(const char *what, double lat, double lon, double weight,
    int64_t samples, double peak_lat, double peak_lon, double peak_weight,
    double spread_m, const char *trust)
{
	ok(fabs(row.lat - lat) <= 2e-7 && fabs(row.lon - lon) <= 2e-7,
	    "%s: place %.7f %.7f", what, row.lat, row.lon);
	ok(fabs(row.weight - weight) <= 1e-6 * weight &&
	    row.samples == samples, "%s: weight %.7g of %lld", what,
	    row.weight, (long long)row.samples);
	ok(fabs((double)row.peak_lat / 1e7 - peak_lat) <= 2e-7 &&
	    fabs((double)row.peak_lon / 1e7 - peak_lon) <= 2e-7 &&
	    fabs(row.peak_weight - peak_weight) <= 1e-6 * peak_weight,
	    "%s: peak %lld %lld, %.9g", what, (long long)row.peak_lat,
	    (long long)row.peak_lon, row.peak_weight);
	ok(fabs((double)row.spread / 10 - spread_m) <= 0.1, "%s: spread %lld",
	    what, (long long)row.spread);
	is_str(hex(), trust, what);
}

/* A station that is heard on two days, by three witnesses. */
static void
grow(int check)
{
	static const struct heard first[] = { { 51.5, -0.1, -60, 10 },
		{ 51.5004, -0.1002, -80, 5 } };
	static const struct heard again = { 51.5002, -0.0997, -50, 4 };
	static const struct heard far = { 51.5030, -0.1, -40, 4 };
	struct heard many[1000];
	size_t i;

	begin();
	for (i = 0; i < 1000; i++)
		many[i] = far;
	is_int(say_as(OBS_WIFI, D, 0x1234, OBS_WITNESS_PUBLIC, first, 2, 0),
	    STATION_UPDATE_NEW, "new");
	if (check)
		is_row("new", 51.5001162, -0.1000581, 3.4414062, 2, 51.5, -0.1,
		    10001.6, 21.1, "010034120100010032510000000010000000");
	say_as(OBS_WIFI, D, 0x1234, OBS_WITNESS_PUBLIC, &again, 1, 0);
	if (check)
		is_row("its founder", 51.5001621, -0.0998620, 7.6063375, 3,
		    51.5001988, -0.0997017, 1734139.53, 19.4,
		    "010034120100010032510000000010000000");
	say_as(OBS_WIFI, D + 1, 0x42, OBS_WITNESS_PUBLIC, &far, 1, 0);
	if (check)
		is_row("316 m off", 51.5006116, -0.0998839, 15.212675, 4,
		    51.5006412, -0.0997488, 3458277.46, 191.7,
		    "01003412020002003351f401040000000000");
	say_as(OBS_WIFI, D + 1, 0x42, OBS_WITNESS_PUBLIC, &far, 1, 0);
	if (check)
		is_row("no vote", 51.5006116, -0.0998839, 22.928724, 5,
		    51.5006412, -0.0997488, 5182415.39, 219.4,
		    "01003412020002003351f401040000000000");
	say_as(OBS_WIFI, D + 1, 0x43, OBS_WITNESS_PUBLIC, many, 1000, 0);
	if (check)
		is_row("a thousand times", 51.5007125, -0.0998888, 45.857449,
		    1005, 51.5007908, -0.0997648, 20729661.57, 237.7,
		    "010034120300020033519b020c0000000000");
}

static void
test_moved(void)
{
	static const char one[] = "010034120300020033519b020c0000000000"
	    "0089c11ec0bdf0ff010100013451345180000000";

	grow(0);
	is_int(say(D + 2, 7, 51.6, -0.1), STATION_UPDATE_DOUBT, "doubt");
	is_str(hex(), one, "one is against it");
	is_int(say(D + 2, 7, 51.6, -0.1), STATION_UPDATE_DOUBT, "again");
	is_str(hex(), one, "which counts once a day");
	is_int(say(D + 3, 9, 51.6, -0.1), STATION_UPDATE_DOUBT, "another");
	row.marks.len = 8;
	is_int(say(D + 4, 11, 51.6, -0.1), STATION_UPDATE_MOVE, "it moves");
	is_row("moved", 51.6, -0.1, 3, 3, 51.6, -0.1, 3, 0,
	    "01000b000300030136510000000800000000");
	ok(row.marks.len == 0 && row.radius == 0 && row.min_lat == 51.6 &&
	    row.max_lon == -0.1 && told.first == D + 2 && told.last == D + 4 &&
	    strcmp(row.region, "GB") == 0, "and nothing of the old is left");
	is_int((long long)account.contra, 3, "contradictions are counted");
}

/* A witness that has done nothing else. */
static enum station_update_outcome
say_new(int64_t day, unsigned tag, double lat, double lon)
{
	memset(&account, 0, sizeof(account));
	return say(day, tag, lat, lon);
}

static void
test_hidden(void)
{
	int64_t day;

	grow(0);
	say_new(D + 2, 7, 51.6, -0.1);
	say_new(D + 3, 9, 51.7, -0.1);
	is_int(say_new(D + 3, 3, 51.5003, -0.1), STATION_UPDATE_CHANGE,
	    "somebody agrees");
	ok(fabs(row.lat - 51.5007037) <= 2e-7 &&
	    fabs(row.lon + 0.0998912) <= 2e-7, "it is pulled");
	say_new(D + 4, 11, 51.8, -0.1);
	is_int(say_new(D + 5, 12, 51.65, -0.1), STATION_UPDATE_DOUBT,
	    "not enough yet");
	is_int(say_new(D + 6, 1, 51.75, -0.1), STATION_UPDATE_HIDE, "hidden");
	is_str(hex(), "010234120400030035510a00080000000000"
	    "0000008000000080000000003851385100000000", "hidden");
	ok(row.block_last == D && row.block_count == 1 &&
	    row.block_first == D && !isnan(row.lat), "blocked, with its place");
	is_int(say_new(D + 7, 13, 51.75, -0.1), STATION_UPDATE_DOUBT,
	    "hidden is not hidden again");
	grow(0);
	say_new(D + 2, 7, 51.6, -0.1);
	say_new(D + 3, 9, 51.7, -0.1);
	say_new(D + 3, 3, 51.5003, -0.1);
	say_new(D + 4, 11, 51.8, -0.1);
	say_new(D + 5, 12, 51.65, -0.1);
	say_new(D + 6, 1, 51.75, -0.1);
	for (day = D + 24; day < D + 28; day++)
		is_int(say_new(day, (unsigned)day % 32, 51.5003, -0.1),
		    STATION_UPDATE_CHANGE, "somebody agrees");
	is_int(say_new(day, (unsigned)day % 32, 51.5003, -0.1),
	    STATION_UPDATE_RETURN, "it returns");
	ok(fabs(row.lat - 51.5006648) <= 2e-7 &&
	    fabs(row.lon + 0.0999017) <= 2e-7, "where it was");
	is_str(hex(), "01003412090008004e510800004000000000", "returned");
	ok(row.block_last == STATION_ROW_NULL &&
	    row.block_count == STATION_ROW_NULL, "not blocked");
}

static int
mark_of(void *arg, const struct obs_obs *o, uint32_t *mark)
{
	(void)o;
	*mark = *(uint32_t *)arg;
	return 1;
}

/* A mark at the place of the row on DAY.  The list as text. */
static const char *
take(int64_t day, uint32_t mark)
{
	static char out[64];
	const struct heard h = { row.lat, row.lon, -80, 10 };
	struct obs_obs o = observation(OBS_WIFI, &h, 0);
	size_t i;

	station_believe_marks(&row, &o, 1, day, mark_of, &mark);
	out[0] = '\0';
	for (i = 0; i < row.marks.len; i += 4)
		snprintf(out + strlen(out), sizeof(out) - strlen(out),
		    "%s%u", i == 0 ? "" : " ",
		    (unsigned)base_bytes_get_le(row.marks.byte + i, 4));
	return out;
}

static void
test_trusted(void)
{
	static const int credit[][2] = { { 0, 4 }, { 24, 7 }, { 100, 16 },
		{ 368, 50 }, { 5000, 50 } };
	const struct heard h = { 51.6, -0.1, -80, 10 };
	size_t i;

	grow(0);
	is_int(say_as(OBS_WIFI, D + 2, 7, OBS_WITNESS_TRUSTED, &h, 1, 0),
	    STATION_UPDATE_MOVE, "who is trusted moves it at once");
	is_str(hex(), "010007000800020134510000800000000000", "8 votes");
	grow(0);
	account.contra = 4;
	is_int(say(D + 2, 7, 51.6, -0.1), STATION_UPDATE_DOUBT, "no credit");
	is_str(hex(), "010034120300020033519b020c0000000000"
	    "0000008000000080000000003451345100000000", "but contested");
	ok(told.refused && account.contra == 4, "refused");
	is_int(say(D + 10, 3, 51.5003, -0.1), STATION_UPDATE_CHANGE, "agrees");
	is_str(take(D + 10, 5), "", "no marks are taken");
	is_int(say(D + 17, 3, 51.5003, -0.1), STATION_UPDATE_CHANGE, "later");
	is_str(take(D + 17, 5), "5", "they are");
	for (i = 0; i < 5; i++) {
		grow(0);
		account.agree = credit[i][0];
		account.contra = credit[i][1] - 1;
		say(D + 2, 7, 51.6, -0.1);
		ok(!told.refused, "%d agree: %d count", credit[i][0],
		    credit[i][1]);
		say(D + 2, 8, 51.6, -0.1);
		ok(told.refused, "no more");
	}
	grow(0);
	say(D + 2, 9, 51.5007, -0.1);
	is_int((long long)account.agree, 1, "to agree gives credit");
	say(D + 2, 9, 51.5007, -0.1);
	is_int((long long)account.agree, 1, "once a day");
}

static void
test_marks(void)
{
	const struct heard far = { 51.6, -0.1, -80, 10 };
	struct obs_obs o = observation(OBS_WIFI, &far, 0);
	uint32_t mark = 9;

	begin();
	say(D, 1, 51.5, -0.1);
	take(D, 4);
	take(D, 3);
	take(D, 2);
	is_str(take(D, 1), "1 2 3 4", "four marks, the newest first");
	is_str(take(D, 5), "5 1 2 3", "one more");
	is_str(take(D, 6), "5 1 2 3", "not in the same week");
	is_str(take(D + 3, 6), "5 1 2 3", "nor on Wednesday");
	is_str(take(D + 3, 1), "1 5 2 3", "one that is known");
	is_str(take(D + 4, 7), "7 1 5 2", "weeks begin on Thursdays");
	ok(!station_believe_marks(&row, &o, 1, D + 30, mark_of, &mark),
	    "what was heard far away leaves none");
}

static void
test_modes(void)
{
	const struct heard h = { 51.6, -0.1, -80, 10 };

	grow(0);
	rules.mode = STATION_TRUST_KEYED;
	is_int(say(D + 2, 7, 51.6, -0.1), STATION_UPDATE_DOUBT, "keyed");
	is_int(row.trust.byte[27], 0, "strangers do not count");
	say_as(OBS_WIFI, D + 2, 7, OBS_WITNESS_KEYED, &h, 1, 0);
	is_int(row.trust.byte[27], 1, "who has a key does");
	grow(0);
	rules.mode = STATION_TRUST_CLOSED;
	is_int(say(D + 2, 7, 51.6, -0.1), STATION_UPDATE_NONE, "closed");
	is_int(row.trust.len, 18, "nobody hears strangers");
	is_int(say_as(OBS_WIFI, D + 2, 7, OBS_WITNESS_KEYED, &h, 1, 0),
	    STATION_UPDATE_MOVE, "who has a key is trusted");
	is_str(hex(), "010007000800020134510000800000000000", "8 votes");
	begin();
	rules.mode = STATION_TRUST_CLOSED;
	is_int(say(D, 1, 51.5, -0.1), STATION_UPDATE_NONE, "nor begin one");
}

static void
test_date_line(void)
{
	static const struct heard h[] = { { -17, 179.9995, -80, 10 },
		{ -17, -179.9995, -80, 10 } };

	begin();
	is_int(say_as(OBS_WIFI, D, 1, OBS_WITNESS_PUBLIC, h, 2, 0),
	    STATION_UPDATE_NEW, "new at the date line");
	ok(fabs(fabs(row.lon) - 180) < 2e-7 && labs(row.spread - 532) <= 1,
	    "it is there");
}

/* New stations: limits, and what has no position. */
static void
test_new(void)
{
	const struct heard apart[] = { { 51.5, -0.1, -80, 10 },
		{ 51.6, -0.1, -80, 10 } };

	begin();
	is_int(say_as(OBS_WIFI, D, 1, OBS_WITNESS_PUBLIC, apart, 2, 0),
	    STATION_UPDATE_NONE, "two places at once begin nothing");
	account.born = 20000;
	is_int(say(D, 1, 51.5, -0.1), STATION_UPDATE_NONE, "nor one too many");
	ok(told.born_over, "which is told");
	is_int(say_as(OBS_WIFI, D, 1, OBS_WITNESS_RESTORED, apart, 1, 0),
	    STATION_UPDATE_NEW, "but backups do");
	begin();
	station_row_init(&row);
	row.block_last = D - 100;
	row.block_count = 1;
	row.created = NOW - 200 * BASE_CIVIL_DAY_S;
	exists = 1;
	is_int(say(D, 1, 51.5, -0.1), STATION_UPDATE_CHANGE,
	    "a row that was blocked long ago has a place again");
	ok(row.block_count == 1 && row.samples == 1 && row.trust.len == 18,
	    "and stays what it was");
	begin();
	station_row_init(&row);
	row.block_last = base_civil_days(9999, 12, 31);
	row.block_count = 255;
	exists = 1;
	is_int(say(D, 1, 51.5, -0.1), STATION_UPDATE_NONE,
	    "a tombstone stays one");
}

static void
test_questions(void)
{
	const struct heard here = { 51.5, -0.1, -80, 10 };
	const struct heard there = { 51.6, -0.1, -80, 10 };
	struct station_row before;

	begin();
	is_int(say_as(OBS_WIFI, D, 1, OBS_WITNESS_ASKED, &here, 1, 1),
	    STATION_UPDATE_NEW, "a question brings one");
	ok(row.source == STATION_ROW_QUERY && row.marks.len == 4 &&
	    row.marks.byte[0] == 0x77, "with its mark");
	is_str(hex(), "010001000000000032510000000000000000", "and no vote");
	is_int(say_as(OBS_WIFI, D, 2, OBS_WITNESS_ASKED, &there, 1, 1),
	    STATION_UPDATE_NONE, "elsewhere it is not heard");
	is_int(say_as(OBS_WIFI, D, 2, OBS_WITNESS_ASKED, &here, 1, 1),
	    STATION_UPDATE_CHANGE, "there it is");
	is_int(say(D, 3, 51.6, -0.1), STATION_UPDATE_REPLACE,
	    "a report replaces it");
	ok(row.lat == 51.6 && row.marks.len == 0 && row.created == NOW,
	    "with nothing of it");
	before = row;
	is_int(say_as(OBS_WIFI, D + 1, 1, OBS_WITNESS_ASKED, &here, 1, 1),
	    STATION_UPDATE_NONE, "a question contradicts nothing");
	ok(memcmp(&before, &row, sizeof(row)) == 0, "the row is as before");
	rules.now += BASE_CIVIL_DAY_S;
	is_int(say_as(OBS_WIFI, D + 1, 1, OBS_WITNESS_ASKED, &there, 1, 1),
	    STATION_UPDATE_CONFIRM, "it confirms");
	ok(row.last_seen == D + 1 && row.samples == 1, "and no more");
	begin();
	is_int(say_as(OBS_WIFI, D, 1, OBS_WITNESS_PUBLIC, &here, 1, 1),
	    STATION_UPDATE_NEW, "one from outside is the same");
	is_int(row.marks.len, 0, "but has no mark");
}

/* Who is trusted, and who has opted out. */
static void
test_rest(void)
{
	const struct heard cell = { 51.5, -0.1, -80, 10 };
	struct station_trust t;

	begin();
	say_as(OBS_WIFI, D, 1, OBS_WITNESS_TRUSTED, &cell, 1, 0);
	station_trust_get(&t, &row, OBS_WIFI);
	ok(t.votes == 8 && t.days == 2, "who is trusted has eight votes");
	t.flags |= STATION_TRUST_OPTED_OUT;
	station_trust_set(&row, &t);
	is_int(say(D + 1, 1, 51.5, -0.1), STATION_UPDATE_NONE,
	    "what is opted out does not change");
	begin();
	is_int(say_as(OBS_CELL, D, 1, OBS_WITNESS_PUBLIC, &cell, 1, 0),
	    STATION_UPDATE_NEW, "a cell");
	is_int(say_as(OBS_CELL, D + 1, 2, OBS_WITNESS_PUBLIC, &cell, 1, 0),
	    STATION_UPDATE_CHANGE, "is heard again");
	station_trust_get(&t, &row, OBS_CELL);
	ok(t.votes == 2 && row.places.len > 0 && row.marks.len == 0,
	    "with votes and places");
	/* Adopted: one sample, so two votes on one day are enough. */
	begin();
	station_row_init(&row);
	row.lat = row.min_lat = row.max_lat = 51.5;
	row.lon = row.min_lon = row.max_lon = -0.1;
	row.weight = 1;
	row.samples = 1;
	row.radius = 0;
	row.created = row.modified = NOW;
	row.last_seen = D;
	exists = 1;
	is_int(say(D, 1, 51.6, -0.1), STATION_UPDATE_DOUBT, "adopted");
	ok(row.trust.byte[1] == STATION_TRUST_ADOPTED && row.lat == 51.5,
	    "it is in doubt, and still adopted");
	is_int(say(D, 2, 51.6, -0.1), STATION_UPDATE_MOVE, "it moves");
	is_int(row.trust.byte[1], 0, "and is ours");
	/* Moved by another program, which knows nothing of peaks. */
	grow(0);
	row.lat = row.min_lat = row.max_lat = 52;
	row.lon = row.min_lon = row.max_lon = -1;
	say(D + 2, 1, 51.5, -0.1);
	say(D + 2, 2, 51.5, -0.1);
	station_trust_get(&t, &row, OBS_WIFI);
	ok(t.contest.all == 2 && t.flags == 0 && row.lat == 52,
	    "what is said against it is kept");
}

int
main(void)
{
	grow(1);
	test_moved();
	test_hidden();
	test_trusted();
	test_marks();
	test_modes();
	test_date_line();
	test_new();
	test_questions();
	test_rest();
	return tap_done();
}
