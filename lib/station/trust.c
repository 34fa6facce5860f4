/* SPDX-License-Identifier: ISC */
/*
 * The state of a row as bytes, and what follows from it alone.  What changes it
 * is in station/believe.c.
 *
 * Rows that another program wrote have no state: it is made up from how often
 * and for how long they were heard, within bounds, so that a database that was
 * adopted answers at once and yields to what is heard since.  Rows that we
 * write in the default mode always have one, so that nobody can make a row
 * look adopted by what he reports.
 *
 * A program that knows nothing of the state may have moved the row since; then
 * the peak or the places that stand beside it are of another place, too, and
 * the state goes with them.
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "base/civil.h"
#include "geo/plane.h"
#include "station/peak.h"
#include "station/places.h"
#include "station/trust.h"

#define VERSION		1
#define E7		1e7		/* degrees to units of the place */
#define NO_PLACE	INT32_MIN
#define FLAGS_AT	1		/* where these are ... */
#define VOTES_AT	4
#define DAYS_AT		6
#define CONTEST_AT	18		/* ... and where the contest begins */
#define CONTEST_LEN	20

_Static_assert(CONTEST_AT + CONTEST_LEN == STATION_TRUST_BYTES,
    "a row with a contest fills the column");

#define ADOPTED_VOTES	10		/* at most, of a row without state */
#define MAX_NEED	8

/* What a field of the column holds at most. */
#define MAX_U8		255
#define MAX_U16		65535

enum station_trust_mode
station_trust_mode_of(const char *name)
{
	return strcmp(name, "open") == 0 ? STATION_TRUST_OPEN :
	    strcmp(name, "keyed") == 0 ? STATION_TRUST_KEYED :
	    STATION_TRUST_CLOSED;
}

static int64_t
bounded(int64_t v, int64_t max)
{
	return v < 0 ? 0 : v > max ? max : v;
}

static double
degrees_of(const uint8_t *p)
{
	int32_t v = (int32_t)(uint32_t)base_bytes_get_le(p, 4);

	return v == NO_PLACE ? NAN : (double)v / E7;
}

static int
number(const uint8_t *p, size_t len)
{
	return (int)base_bytes_get_le(p, len);
}

/*
 * A place that is none on Earth makes the whole contest one without place: the
 * votes against the row were given all the same.
 */
static void
read_contest(struct station_trust_contest *c, const uint8_t *p)
{
	c->lat = degrees_of(p);
	c->lon = degrees_of(p + 4);
	if (isnan(c->lat) || isnan(c->lon) || fabs(c->lat) > 90 ||
	    fabs(c->lon) > 180)
		c->lat = c->lon = NAN;
	c->here = p[8];
	c->all = p[9];
	c->agree = p[10];
	c->days = p[11];
	c->first = number(p + 12, 2);
	c->last = number(p + 14, 2);
	c->map = (uint32_t)base_bytes_get_le(p + 16, 4);
}

int
station_trust_read(struct station_trust *t, const uint8_t *bytes, size_t len)
{
	if ((len != CONTEST_AT && len != STATION_TRUST_BYTES) ||
	    bytes[0] != VERSION)
		return 0;
	memset(t, 0, sizeof(*t));
	t->flags = bytes[FLAGS_AT];
	t->founder = (unsigned)number(bytes + 2, 2);
	t->votes = number(bytes + VOTES_AT, 2);
	t->days = bytes[DAYS_AT];
	t->moves = bytes[7];
	t->last = number(bytes + 8, 2);
	t->pull_dm = number(bytes + 10, 2);
	t->map = (uint32_t)base_bytes_get_le(bytes + 12, 4);
	t->marked = number(bytes + 16, 2);
	t->is_contested = len == STATION_TRUST_BYTES;
	if (t->is_contested)
		read_contest(&t->contest, bytes + CONTEST_AT);
	return 1;
}

/* Write V, which MAX is the most of that the field holds. */
static void
put(uint8_t *p, int64_t v, int64_t max, size_t len)
{
	base_bytes_put_le(p, (uint64_t)bounded(v, max), len);
}

static void
put_degrees(uint8_t *p, double deg)
{
	int32_t v = isnan(deg) ? NO_PLACE : (int32_t)rint(deg * E7);

	base_bytes_put_le(p, (uint32_t)v, 4);
}

static void
write_contest(const struct station_trust_contest *c, uint8_t *p)
{
	put_degrees(p, c->lat);
	put_degrees(p + 4, isnan(c->lon) ? NAN : geo_plane_wrap(c->lon));
	put(p + 8, c->here, MAX_U8, 1);
	put(p + 9, c->all, MAX_U8, 1);
	put(p + 10, c->agree, MAX_U8, 1);
	put(p + 11, c->days, MAX_U8, 1);
	put(p + 12, c->first, MAX_U16, 2);
	put(p + 14, c->last, MAX_U16, 2);
	put(p + 16, c->map, UINT32_MAX, 4);
}

size_t
station_trust_write(const struct station_trust *t,
    uint8_t out[STATION_TRUST_BYTES])
{
	out[0] = VERSION;
	out[FLAGS_AT] = (uint8_t)t->flags;
	put(out + 2, t->founder, MAX_U16, 2);
	put(out + VOTES_AT, t->votes, MAX_U16, 2);
	put(out + DAYS_AT, t->days, MAX_U8, 1);
	put(out + 7, t->moves, MAX_U8, 1);
	put(out + 8, t->last, MAX_U16, 2);
	put(out + 10, t->pull_dm, MAX_U16, 2);
	put(out + 12, t->map, UINT32_MAX, 4);
	put(out + 16, t->marked, MAX_U16, 2);
	if (!t->is_contested)
		return CONTEST_AT;
	write_contest(&t->contest, out + CONTEST_AT);
	return STATION_TRUST_BYTES;
}

/* 1 unless the peak or the places that R holds are of another place. */
static int
has_own_place(const struct station_row *r, enum obs_kind kind)
{
	struct station_places places;
	struct station_peak peak;

	if (kind == OBS_CELL)
		return r->places.len == 0 || station_places_get(&places, r);
	return r->peak_lat == STATION_ROW_NULL ||
	    station_peak_get(&peak, r, kind);
}

/* The more often a row was heard, and for longer than a day, the more. */
static void
make_up(struct station_trust *t, const struct station_row *r, int is_adopted)
{
	double samples = r->samples == STATION_ROW_NULL ? 1 :
	    fmax((double)r->samples, 1);
	int64_t seen = r->last_seen;

	if (r->modified != STATION_ROW_NULL &&
	    base_civil_day_of(r->modified) > seen)
		seen = base_civil_day_of(r->modified);
	t->flags = is_adopted ? STATION_TRUST_ADOPTED : 0;
	t->votes = (int)fmin(floor(sqrt(samples)), ADOPTED_VOTES);
	t->days = r->created != STATION_ROW_NULL &&
	    seen > base_civil_day_of(r->created) ? 2 : 1;
	if (t->votes < t->days)
		t->votes = t->days;
}

int
station_trust_get(struct station_trust *t, const struct station_row *r,
    enum obs_kind kind)
{
	int stored;

	memset(t, 0, sizeof(*t));
	if (isnan(r->lat) || isnan(r->lon))
		return 0;
	stored = station_trust_read(t, r->trust.byte, r->trust.len);
	if (stored && has_own_place(r, kind))
		return 1;
	memset(t, 0, sizeof(*t));
	make_up(t, r, !stored);
	return 0;
}

void
station_trust_set(struct station_row *r, const struct station_trust *t)
{
	r->trust.len = (uint8_t)station_trust_write(t, r->trust.byte);
}

void
station_trust_set_flags(struct station_row *r, unsigned flags)
{
	static const uint8_t unknown[CONTEST_AT] = { VERSION,
	    [VOTES_AT] = 1, [DAYS_AT] = 1 };

	r->trust.len = CONTEST_AT;
	memcpy(r->trust.byte, unknown, CONTEST_AT);
	r->trust.byte[FLAGS_AT] = (uint8_t)flags;
}

void
station_trust_clear(struct station_row *r)
{
	r->trust.len = r->marks.len = 0;
}

size_t
station_trust_read_marks(uint32_t mark[STATION_TRUST_MARKS],
    const struct station_row *r)
{
	size_t i, n = r->marks.len / 4;

	if (r->marks.len % 4 != 0)
		return 0;
	assert(n <= STATION_TRUST_MARKS);
	for (i = 0; i < n; i++)
		mark[i] = (uint32_t)base_bytes_get_le(r->marks.byte + 4 * i,
		    4);
	return n;
}

size_t
station_trust_marks(uint32_t mark[STATION_TRUST_MARKS],
    const struct station_row *r, enum obs_kind kind)
{
	struct station_trust t;

	return kind == OBS_CELL || r->marks.len == 0 ||
	    !station_trust_get(&t, r, kind) ? 0 :
	    station_trust_read_marks(mark, r);
}

int
station_trust_need(int votes)
{
	int need = 2;

	for (; votes > 1 && need < MAX_NEED; votes >>= 1)
		need++;
	return need;
}

int
station_trust_need_days(int votes)
{
	return votes < 2 ? 1 : votes < 8 ? 2 : 3;
}

int
station_trust_is_doubtful(const struct station_trust *t, int64_t today)
{
	const struct station_trust_contest *c = &t->contest;

	return t->is_contested &&
	    today <= c->last + STATION_TRUST_CONTEST_DAYS &&
	    c->all >= station_trust_need(t->votes) &&
	    c->days >= station_trust_need_days(t->votes) &&
	    2 * c->all >= c->agree;
}
