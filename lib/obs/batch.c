/* SPDX-License-Identifier: ISC */
/*
 * The way of a line
 *
 * A report line is one JSON object of geosubmit v2, as lib/obs/report wrote
 * it or as somebody handed it in.  It is read in one pass over its tokens:
 *
 *	position	checked first, because it decides whether anything
 *			else counts; one that is missing, out of range or in
 *			no region makes the report "dropped", and its networks
 *			are only looked at to see whether there are any
 *	optOut		addresses of networks that want to be forgotten;
 *			they count whatever the position is like
 *	three lists	the usable entries of each are collected in the arena
 *			of the line, sorted by network, and the one to keep
 *			of each network becomes an observation
 *
 * Sorting bounds the cost of reports that name one network, or very many,
 * over and over: n log n of what came in, and memory for the usable entries
 * only.  Which of several entries of a network is kept is Ichnaea's choice:
 * going through them in their order, the older one stays if any of its values
 * is better.  So the sort has the order of arrival as its last key.
 *
 * Invariants
 *
 * An observation has a weight above 0, a position within the bounds of the
 * tables and in some region, and a key that radio_mac_parse() or
 * radio_cell_check() let pass; what follows may rely on that and looks at
 * none of it again.  Numbers out of range are not known, never errors: the
 * report is somebody else's, and the rest of it may be good.
 *
 * For every report upload + drop of a kind is the number of its entries that
 * have a member we know, less the repeated ones.
 *
 * Failure
 *
 * A line is read completely or not at all: what it adds lies behind b->n and
 * the other counts, and only these are taken back when memory is short or a
 * line is no object (obs_batch_undo).  Arrays may have grown and moved
 * meanwhile, which is no matter: nobody keeps pointers into them.  Undoing a
 * submission in this way is what lets loc-work set one bad report aside and
 * count the others.
 *
 * Order
 *
 * Ichnaea makes a batch of each API key and source, and applies these one
 * after the other.  So that stations come out alike, observations bear the
 * number of their key and source (group), in the order in which these first
 * came, and their own (seq).  obs_batch_sort() brings them into the order in
 * which rows are locked: table, then key; for one station by group and seq.
 * Where
 * not everybody is believed the group is who says it, on which day, so that
 * what one witness says of a station is side by side.
 * All workers lock in that order, so they cannot deadlock on stations.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geo/dist.h"
#include "geo/region.h"
#include "ichnaea/rules.h"
#include "json/coerce.h"
#include "json/doc.h"
#include "obs/batch.h"
#include "obs/optout.h"
#include "obs/order.h"
#include "obs/weight.h"
#include "radio/mac.h"

#define UNKNOWN		RADIO_CELL_UNKNOWN
#define MAX_AGE_MS	3600000
#define MAX_ACCURACY_M	1000000
#define MAX_SPEED_MS	300

#define MAX_GROUPS	1024	/* more share the last one */
#define MAX_WITNESSES	65536	/* the same */
#define MAX_FROM	65536	/* submissions; the same */
#define WITNESS_BUCKETS	1024
#define MAX_DAYS	64	/* that have marks */

#define N(names)	((int)(sizeof(names) / sizeof((names)[0])))

/* A member that counts. */
struct member {
	const char	*name;
	size_t		 len;
};
#define MEMBER(name)	{ name, sizeof(name) - 1 }
#define MAX_MEMBERS	(OBS_BATCH_MEMBERS - 1)

/* Nobody looks at the time, but nearly all reports have it: pick_members(). */
enum { TOP_BLUE, TOP_WIFI, TOP_CELL, TOP_POSITION, TOP_OPTOUT,
	TOP_OPTOUT_NAME };
static const struct member top_members[] = { MEMBER("bluetoothBeacons"),
	MEMBER("wifiAccessPoints"), MEMBER("cellTowers"), MEMBER("position"),
	MEMBER("optOut"), MEMBER("optOutName"), MEMBER("timestamp") };

enum { POS_LAT, POS_LON, POS_ACCURACY, POS_AGE, POS_SPEED, POS_SOURCE };
static const struct member pos_members[] = { MEMBER("latitude"),
	MEMBER("longitude"), MEMBER("accuracy"), MEMBER("age"),
	MEMBER("speed"), MEMBER("source") };

/* An entry must have one of these; not all of them count for anything. */
enum { MAC, MAC_SIGNAL, MAC_AGE, WIFI_SNR, BLUE_MEMBERS = MAC_AGE + 1 };
static const struct member mac_members[] = { MEMBER("macAddress"),
	MEMBER("signalStrength"), MEMBER("age"), MEMBER("signalToNoiseRatio"),
	MEMBER("channel"), MEMBER("frequency"), MEMBER("radioType") };

enum { RADIO, MCC, MNC, LAC, CID, CELL_SIGNAL, CELL_AGE, ASU, PSC, TA };
static const struct member cell_members[] = { MEMBER("radioType"),
	MEMBER("mobileCountryCode"), MEMBER("mobileNetworkCode"),
	MEMBER("locationAreaCode"), MEMBER("cellId"), MEMBER("signalStrength"),
	MEMBER("age"), MEMBER("asu"), MEMBER("primaryScramblingCode"),
	MEMBER("timingAdvance"), MEMBER("serving") };

/* Tables that there are; the lists are those of enum obs_kind. */
enum table { TOP = OBS_KINDS, POSITION };
_Static_assert(POSITION + 1 == OBS_BATCH_TABLES, "a batch knows all tables");

static const struct {
	const struct member	*member;
	int			 n;
} tables[OBS_BATCH_TABLES] = {
	[OBS_BLUE] = { mac_members, BLUE_MEMBERS },
	[OBS_WIFI] = { mac_members, N(mac_members) },
	[OBS_CELL] = { cell_members, N(cell_members) },
	[TOP] = { top_members, N(top_members) },
	[POSITION] = { pos_members, N(pos_members) }
};
_Static_assert(N(cell_members) == MAX_MEMBERS, "the most that any table has");

/* Where a position is from, in Ichnaea's numbers. */
enum source { FIXED = 0, GNSS = 3, FUSED = 6, QUERY = 9 };

/* The position of a report, NaN where not known. */
struct position {
	double		lat, lon, accuracy_m, speed_ms;
	int64_t		age_ms;
	enum source	source;
	uint16_t	group;
};

/* What Ichnaea makes a batch of its own: an API key with a source. */
struct obs_batch_group {
	char		key[OBS_BATCH_KEY];
	size_t		keylen;
	enum source	source;
};

/* A submission. */
struct obs_batch_from {
	int64_t			 day;
	struct obs_witness	 who;
	uint16_t		 report;	/* the witness of its reports */
	uint16_t		 key;		/* the number of its API key */
};

/* A usable entry of a list. */
struct entry {
	uint8_t		 key[RADIO_CELL_KEY_MAX];
	enum radio_cell_type type;
	int		 i;		/* its place among the usable ones */
	int32_t		 signal, snr, asu, ta, age;
	int32_t		 psc;
};

/* The words stand in metrics and in logs. */
const char *
obs_batch_kind_name(enum obs_kind kind)
{
	static const char *const names[OBS_KINDS] = { "blue", "wifi", "cell" };

	assert(kind >= OBS_BLUE && kind < OBS_KINDS);
	return names[kind];
}

/* These stand in the database, see store/keyday.h. */
const char *
obs_batch_why_name(enum obs_why why)
{
	static const char *const names[OBS_WHYS] = {
		[OBS_WHY_NO_POSITION] = "report:no_position",
		[OBS_WHY_OUT_OF_RANGE] = "report:out_of_range",
		[OBS_WHY_NO_REGION] = "report:no_region",
		[OBS_WHY_NO_NETWORKS] = "report:no_networks",
		[OBS_WHY_UNWANTED] = "report:unwanted",
		[OBS_WHY_BAD_ADDRESS] = "network:bad_address",
		[OBS_WHY_BAD_CELL] = "network:bad_cell",
		[OBS_WHY_REPEATED] = "network:repeated",
		[OBS_WHY_INACCURATE] = "network:inaccurate",
		[OBS_WHY_TOO_OLD] = "network:too_old",
		[OBS_WHY_TOO_FAST] = "network:too_fast"
	};

	assert(why < OBS_WHYS);
	return names[why];
}

void
obs_batch_counts_add(struct obs_counts *sum, const struct obs_counts *c)
{
	int kind, why;

	for (why = 0; why < OBS_WHYS; why++)
		sum->why[why] += c->why[why];
	sum->report_upload += c->report_upload;
	sum->report_drop += c->report_drop;
	sum->optout += c->optout;
	for (kind = OBS_BLUE; kind < OBS_KINDS; kind++) {
		sum->upload[kind] += c->upload[kind];
		sum->drop[kind] += c->drop[kind];
	}
}

/* Without other orders a batch goes by our own rules, not by Ichnaea's. */
void
obs_batch_init(struct obs_batch *b)
{
	memset(b, 0, sizeof(*b));
	base_arena_init(&b->line);
	b->rules = ichnaea_rules(0);
}

/* The batch can be used again at once, as after obs_batch_init(). */
void
obs_batch_done(struct obs_batch *b)
{
	free(b->obs);
	free(b->grid);
	free(b->group);
	free(b->witness);
	free(b->bucket);
	free(b->from);
	free(b->key);
	free(b->day);
	free(b->optouts.at);
	base_arena_done(&b->line);
	obs_batch_init(b);
}

/*
 * Arrays are kept: a worker makes one batch after another, and each of them is
 * about as large as the one before.
 */
void
obs_batch_reset(struct obs_batch *b)
{
	b->n = b->ngrid = b->ngroup = 0;
	b->nwitness = b->nfrom = b->nday = b->nkey = 0;
	if (b->bucket != NULL)
		memset(b->bucket, 0, WITNESS_BUCKETS * sizeof(*b->bucket));
	b->optouts.n = b->optouts.first = 0;
	memset(&b->counts, 0, sizeof(b->counts));
}

/* 1 if the raw text of V is M's, as that of a plain name is. */
static inline int
is_member(const struct json_doc *d, int v, const struct member *m)
{
	const char *raw;
	size_t len;

	raw = json_doc_raw(d, v, &len);
	return m->len == len && json_doc_equal(m->name, raw, len);
}

/*
 * The index in table T of the member name V, or -1.  Apart from its caller, as
 * this has an array that is seldom needed.
 */
__attribute__((noinline))
static int
find_member(const struct json_doc *d, int v, int t)
{
	const char *names[MAX_MEMBERS];
	int i;

	for (i = 0; i < tables[t].n; i++)
		names[i] = tables[t].member[i].name;
	return json_doc_lookup(d, v, names, tables[t].n);
}

/*
 * The last non-null values of OBJ's members of table T; whether it has any.  Of
 * repeated members the last counts, as in Python, where the rules are from; one
 * that is null is as good as missing.  Nearly always a member is what came
 * behind the one before the last time, too.
 */
static int
pick_members(struct obs_batch *b, const struct json_doc *d, int obj, int t,
    int at[MAX_MEMBERS])
{
	const struct member *m = tables[t].member;
	uint8_t *next = b->next[t];
	unsigned found = 0;
	int end, i, k, last = MAX_MEMBERS, v;

	memset(at, -1, MAX_MEMBERS * sizeof(*at));
	if (json_doc_kind(d, obj) != JSON_DOC_OBJECT)
		return 0;
	end = json_doc_no_name(d, obj);
	for (k = json_doc_name(obj); k < end; k = json_doc_next_name(d, k)) {
		v = json_doc_value(k);
		i = next[last];
		if (!json_doc_is_plain(d, k) || !is_member(d, k, &m[i])) {
			if ((i = find_member(d, k, t)) == -1)
				continue;
			next[last] = (uint8_t)i;
		}
		last = i;
		at[i] = json_doc_is_null(d, v) ? -1 : v;
		found = (found & ~(1u << i)) | (unsigned)(at[i] != -1) << i;
	}
	return found != 0;
}

/*
 * V as an integer; UNKNOWN if there is none.  No other becomes UNKNOWN: a
 * number that happens to be the mark for it is far out of any range, and so is
 * its neighbour that it is made.
 */
static int64_t
read_i64(const struct json_doc *d, int v)
{
	int64_t i;

	if (v == -1 || json_coerce_int(d, v, &i) != JSON_COERCE_OK)
		return UNKNOWN;
	return i == UNKNOWN ? i - 1 : i;
}

/* The same in 32 bits, saturating: what is compared with a range after. */
static int32_t
read_i32(const struct json_doc *d, int v)
{
	return radio_cell_narrow(read_i64(d, v));
}

/* V as an integer from MIN to MAX, else UNKNOWN. */
static int32_t
read_i32_within(const struct json_doc *d, int v, int32_t min, int32_t max)
{
	int32_t i = read_i32(d, v);

	return i >= min && i <= max ? i : UNKNOWN;
}

/* V as a number; NaN if there is none. */
static double
read_f64(const struct json_doc *d, int v)
{
	double f;

	return v != -1 && json_coerce_f64(d, v, &f) == JSON_COERCE_OK ? f : NAN;
}

/* F if it is from MIN to MAX, else NaN. */
static double
within(double f, double min, double max)
{
	return f >= min && f <= max ? f : NAN;
}

/*
 * What is none of the words or numbers counts as gnss.  Both are looked for,
 * since a line may be as somebody handed it in, without having been through
 * lib/obs/report.
 */
static enum source
read_batch_source(const struct json_doc *d, int v)
{
	static const struct {
		struct member	 word;
		enum source	 source;
	} all[] = { { MEMBER("gnss"), GNSS }, { MEMBER("fixed"), FIXED },
	    { MEMBER("fused"), FUSED }, { MEMBER("query"), QUERY } };
	int32_t number;
	int i;

	if (v == -1)
		return GNSS;
	for (i = 0; i < N(all); i++)
		if (is_member(d, v, &all[i].word))
			return all[i].source;
	number = read_i32(d, v);
	for (i = 0; i < N(all); i++)
		if (number == (int32_t)all[i].source)
			return all[i].source;
	return GNSS;
}

/*
 * Returns -1, or why the report is of no use for it.  As the rules have it,
 * the date line itself is nowhere.
 */
static int
read_batch_position(struct position *p, const struct json_doc *d, const int *at,
    const struct ichnaea_rules *rules)
{
	double lat = read_f64(d, at[POS_LAT]), lon = read_f64(d, at[POS_LON]);

	p->lat = within(lat, -GEO_DIST_MAX_LAT, GEO_DIST_MAX_LAT);
	p->lon = within(lon, -GEO_DIST_MAX_LON, GEO_DIST_MAX_LON);
	p->accuracy_m = within(read_f64(d, at[POS_ACCURACY]), 0,
	    MAX_ACCURACY_M);
	p->speed_ms = within(read_f64(d, at[POS_SPEED]), 0, MAX_SPEED_MS);
	p->age_ms = read_i64(d, at[POS_AGE]);
	if (p->age_ms == UNKNOWN)
		p->age_ms = 0;
	p->source = read_batch_source(d, at[POS_SOURCE]);
	if (isnan(lat) || isnan(lon))
		return OBS_WHY_NO_POSITION;
	if (isnan(p->lat) || isnan(p->lon) ||
	    (!rules->date_line && fabs(p->lon) == GEO_DIST_MAX_LON))
		return OBS_WHY_OUT_OF_RANGE;
	return geo_region_any(p->lat, p->lon) ? -1 : OBS_WHY_NO_REGION;
}

/*
 * The age of an entry when the position was taken.  Both may be those of a
 * phone that sends what it collected a month ago, beyond 32 bits, so nothing
 * is cut before the difference is there.
 */
static int32_t
read_age(const struct json_doc *d, int v, const struct position *p)
{
	int64_t age = read_i64(d, v);

	if (age == UNKNOWN && p->age_ms == 0)
		return UNKNOWN;
	if (__builtin_sub_overflow(age == UNKNOWN ? 0 : age, p->age_ms,
	    &age))
		return UNKNOWN;
	return age >= -MAX_AGE_MS && age <= MAX_AGE_MS ? (int32_t)age :
	    UNKNOWN;
}

/* Returns 1 if the entry names a network. */
static int
read_mac(struct entry *e, enum obs_kind kind, const struct json_doc *d,
    const int *at, const struct position *p,
    const struct ichnaea_rules *rules)
{
	char buf[JSON_DOC_TEXT_LEN];
	const char *mac;
	size_t len;

	if (at[MAC] == -1 || json_doc_kind(d, at[MAC]) != JSON_DOC_STRING)
		return 0;
	if ((mac = json_doc_text(d, at[MAC], buf, &len)) == NULL ||
	    !radio_mac_parse(e->key, mac, len, rules))
		return 0;
	e->age = read_age(d, at[MAC_AGE], p);
	if (kind == OBS_BLUE)
		e->signal = read_i32_within(d, at[MAC_SIGNAL], -127, 0);
	else {
		e->signal = read_i32_within(d, at[MAC_SIGNAL], -100, -10);
		e->snr = read_i32_within(d, at[WIFI_SNR], 1, 100);
	}
	return 1;
}

/*
 * Report lines have radios in one spelling only: see lib/obs/report.  So the
 * text is compared as it stands, without being decoded.
 */
static enum radio_cell_type
entry_radio(const struct json_doc *d, int v)
{
	const char *radio;
	size_t len;

	if (v == -1 || json_doc_kind(d, v) != JSON_DOC_STRING)
		return RADIO_CELL_NONE;
	radio = json_doc_raw(d, v, &len);
	return radio_cell_type_parse(radio, len);
}

/* Does a cell of non-standalone 5G stand here, which has no identity? */
static int
is_anonymous(const struct json_doc *d, const int *at)
{
	struct radio_cell c = { .type = entry_radio(d, at[RADIO]) };

	if (c.type != RADIO_CELL_NR)
		return 0;
	c.cid = read_i64(d, at[CID]);
	radio_cell_check(&c, 1, ichnaea_rules(0));
	return c.cid == UNKNOWN;
}

/*
 * Returns 1 if the entry names a cell.  One of which only the area is known
 * is of no use: a station needs an identity.
 */
static int
read_cell(struct entry *e, const struct json_doc *d, const int *at,
    const struct position *p, const struct ichnaea_rules *rules)
{
	struct radio_cell c;
	const int16_t *regions;

	c.type = entry_radio(d, at[RADIO]);
	c.mcc = read_i32(d, at[MCC]);
	c.mnc = read_i32(d, at[MNC]);
	c.lac = read_i32(d, at[LAC]);
	c.cid = read_i64(d, at[CID]);
	c.psc = read_i32(d, at[PSC]);
	c.signal_dbm = read_i32(d, at[CELL_SIGNAL]);
	c.asu = read_i32(d, at[ASU]);
	c.ta = read_i32(d, at[TA]);
	if (radio_cell_check(&c, geo_region_of_mcc(c.mcc, &regions) > 0,
	    rules) != RADIO_CELL_OK)
		return 0;
	radio_cell_key(e->key, &c);
	e->type = c.type;
	e->signal = c.signal_dbm;
	e->asu = c.asu;
	e->ta = c.ta;
	e->psc = c.psc;
	e->age = read_age(d, at[CELL_AGE], p);
	return 1;
}

/* What is not known does not compare: it is neither better nor worse. */
static int
is_higher(int32_t a, int32_t b)
{
	return a != UNKNOWN && b != UNKNOWN && a > b;
}

/*
 * Is OLD to be kept?  If any one of its values is better: that is how
 * Ichnaea compares, whatever the others say.
 */
static int
is_better(const struct entry *old, const struct entry *new)
{
	return is_higher(new->ta, old->ta) ||
	    is_higher(old->signal, new->signal) ||
	    is_higher(old->snr, new->snr) || is_higher(old->asu, new->asu) ||
	    is_higher(new->age, old->age);
}

/* By network, then in the order in which they came. */
static int
by_network_and_place(const void *a, const void *b)
{
	const struct entry *x = *(const struct entry *const *)a;
	const struct entry *y = *(const struct entry *const *)b;
	int c = obs_order_cmp_key(x->key, y->key);

	return c != 0 ? c : (x->i > y->i) - (x->i < y->i);
}

/*
 * Room for N more observations.  Returns 0, or -1 when memory is short.  It
 * grows by doubling, and before any is added, so that a list is added whole or
 * not at all.
 */
static int
reserve_obs(struct obs_batch *b, size_t n)
{
	struct obs_obs *obs;
	size_t cap = b->cap == 0 ? 1024 : b->cap;

	while (cap - b->n < n)
		cap *= 2;
	if (cap == b->cap)
		return 0;
	if ((obs = reallocarray(b->obs, cap, sizeof(*obs))) == NULL)
		return -1;
	b->obs = obs;
	b->cap = cap;
	return 0;
}

static enum obs_why
why_weightless(enum obs_kind kind, const struct entry *e,
    const struct position *p)
{
	switch (obs_weight_limit(kind, p->accuracy_m, p->speed_ms, e->age)) {
	case OBS_WEIGHT_ACCURACY:
		return OBS_WHY_INACCURATE;
	case OBS_WEIGHT_AGE:
		return OBS_WHY_TOO_OLD;
	default:
		return OBS_WHY_TOO_FAST;
	}
}

/* What E says, heard at P, if it weighs anything.  There is room for it. */
static void
add_obs(struct obs_batch *b, enum obs_kind kind, const struct entry *e,
    const struct position *p)
{
	struct obs_obs *o = &b->obs[b->n];

	assert(b->n < b->cap);
	o->weight = obs_weight(kind, e->type, p->accuracy_m, p->speed_ms,
	    e->age, e->signal);
	if (o->weight == 0) {
		b->counts.why[why_weightless(kind, e, p)]++;
		return;
	}
	o->peak_weight = kind == OBS_CELL ? 0 : (float)obs_weight_peak(
	    p->accuracy_m, p->speed_ms, e->age, e->signal);
	o->signal_dbm = (int16_t)(kind != OBS_CELL || e->signal == UNKNOWN ?
	    OBS_NO_SIGNAL : e->signal);
	o->lat = p->lat;
	o->lon = p->lon;
	o->seq = (uint32_t)b->n++;
	o->kind = (uint8_t)kind;
	o->is_query = p->source == QUERY;
	o->group = p->group;
	o->from = (uint16_t)(b->nfrom == 0 ? 0 : b->nfrom - 1);
	assert(e->psc == UNKNOWN || (e->psc >= 0 && e->psc <= INT16_MAX));
	o->psc = (int16_t)(e->psc == UNKNOWN ? -1 : e->psc);
	memcpy(o->key, e->key, sizeof(o->key));
}

/*
 * Keep one entry of each network.  Returns how many, -1: memory is short.
 * Pointers are sorted, as entries are several times as large; those kept move
 * to the front of the same array.
 */
static int
keep_best(struct obs_batch *b, enum obs_kind kind, struct entry *entry, int n,
    const struct position *p)
{
	struct entry **best;
	int i, kept = 0;

	if (n == 0)
		return 0;
	best = base_arena_alloc(&b->line, (size_t)n * sizeof(*best));
	if (best == NULL || reserve_obs(b, (size_t)n) == -1)
		return -1;
	for (i = 0; i < n; i++)
		best[i] = &entry[i];
	if (n > 1)
		qsort(best, (size_t)n, sizeof(*best), by_network_and_place);
	for (i = 1; i < n; i++)
		if (memcmp(best[kept]->key, best[i]->key,
		    sizeof(entry->key)) != 0)
			best[++kept] = best[i];
		else if (!is_better(best[kept], best[i]))
			best[kept] = best[i];
	kept++;
	assert(kept <= n);
	for (i = 0; i < kept; i++)
		add_obs(b, kind, best[i], p);
	b->counts.why[OBS_WHY_REPEATED] += (uint64_t)(n - kept);
	return kept;
}

/* Entries that grow with what is usable, not with what a list claims. */
struct entries {
	struct entry	*e;
	int		 n, cap;
};

/*
 * A new entry, to be counted when it is usable; NULL: memory is short.  The
 * arena cannot grow what it gave, so entries are copied to twice the room; what
 * is left behind goes with the line.
 */
static struct entry *
next_entry(struct entries *l, struct base_arena *a)
{
	struct entry *e;
	int cap = l->cap == 0 ? 32 : l->cap * 2;

	if (l->n == l->cap) {
		e = base_arena_alloc(a, (size_t)cap * sizeof(*e));
		if (e == NULL)
			return NULL;
		if (l->n > 0)
			memcpy(e, l->e, (size_t)l->n * sizeof(*e));
		l->e = e;
		l->cap = cap;
	}
	e = &l->e[l->n];
	memset(e, 0, sizeof(*e));
	e->type = RADIO_CELL_NONE;
	e->i = l->n;
	e->snr = e->asu = e->ta = e->psc = UNKNOWN;
	return e;
}

/*
 * Read list V of one kind.  P is NULL if only the presence of networks is
 * asked for.  Returns 1 if there are any, 0 or, when memory is short, -1.
 */
static int
read_batch_networks(struct obs_batch *b, const struct json_doc *d, int v,
    enum obs_kind kind, const struct position *p)
{
	struct entries l = { NULL, 0, 0 };
	struct entry *e;
	int at[MAX_MEMBERS], any = 0, k, kept;

	if (v == -1 || json_doc_kind(d, v) != JSON_DOC_ARRAY)
		return 0;
	for (k = json_doc_first(d, v); k != -1; k = json_doc_next(d, k)) {
		if (!pick_members(b, d, k, (int)kind, at) ||
		    (kind == OBS_CELL && b->rules->new_radios &&
		    is_anonymous(d, at)))
			continue;
		any = 1;
		if (p == NULL)
			break;
		if ((e = next_entry(&l, &b->line)) == NULL)
			return -1;
		if (kind == OBS_CELL ? read_cell(e, d, at, p, b->rules) :
		    read_mac(e, kind, d, at, p, b->rules))
			l.n++;
		else {
			b->counts.drop[kind]++;
			b->counts.why[kind == OBS_CELL ? OBS_WHY_BAD_CELL :
			    OBS_WHY_BAD_ADDRESS]++;
		}
	}
	if ((kept = keep_best(b, kind, l.e, l.n, p)) == -1)
		return -1;
	b->counts.upload[kind] += (uint64_t)kept;
	return any;
}

/*
 * The cell of the data map where P is; Ichnaea rounds halves to even, as
 * rint() does.  Returns 0, or -1 when memory is short.
 */
static int
add_grid(struct obs_batch *b, const struct position *p)
{
	struct obs_grid *grid;
	size_t cap;

	assert(!isnan(p->lat) && !isnan(p->lon));
	if (b->ngrid == b->gridcap) {
		cap = b->gridcap == 0 ? 256 : b->gridcap * 2;
		grid = reallocarray(b->grid, cap, sizeof(*grid));
		if (grid == NULL)
			return -1;
		b->grid = grid;
		b->gridcap = cap;
	}
	b->grid[b->ngrid].lat = (int32_t)rint(p->lat * 1000);
	b->grid[b->ngrid++].lon = (int32_t)rint(p->lon * 1000);
	return 0;
}

/*
 * Those of a report are read into a list of their own first: the sum that they
 * are added to merges them by submission.  Returns 0, or -1 when memory is
 * short.
 */
static int
add_optouts(struct obs_batch *b, const struct json_doc *d, const int *at)
{
	const struct obs_batch_from *f = &b->from[b->nfrom - 1];
	struct obs_optout_list l;
	int none;

	if (at[TOP_OPTOUT] == -1 && at[TOP_OPTOUT_NAME] == -1)
		return 0;
	l.n = 0;
	none = obs_witness_is_none(&f->who);
	if (obs_optout_read(&l, d, at[TOP_OPTOUT], none, &b->line) == -1 ||
	    obs_optout_read(&l, d, at[TOP_OPTOUT_NAME], 1, &b->line) == -1)
		return -1;
	b->counts.optout += l.n;
	return obs_optout_append(&b->optouts, &l, f->report,
	    (uint16_t)(b->nfrom - 1));
}

/* 1 if W is who on DAY, of queries or not. */
static int
is_witness(const struct obs_batch_witness *w, const struct obs_witness *who,
    int64_t day, int is_query)
{
	return w->day == day && w->is_query == is_query &&
	    w->who.tag == who->tag && w->who.class == who->class &&
	    (who->class != OBS_WITNESS_ASKED ||
	    w->who.source == who->source);
}

/* Make room for one more.  0, or -1 when memory is short. */
static int
reserve_witness(struct obs_batch *b)
{
	struct obs_batch_witness *w;
	size_t cap = b->witnesscap == 0 ? 256 : 2 * b->witnesscap;

	if (b->bucket == NULL && (b->bucket = calloc(WITNESS_BUCKETS,
	    sizeof(*b->bucket))) == NULL)
		return -1;
	if (b->nwitness < b->witnesscap)
		return 0;
	if ((w = reallocarray(b->witness, cap, sizeof(*w))) == NULL)
		return -1;
	b->witness = w;
	b->witnesscap = cap;
	return 0;
}

/*
 * The number of who speaks on DAY, or -1 when memory is short.  A batch may
 * have thousands of them, so they are in lists by their tags; links count from
 * 1, so that 0 is the end of one.
 */
static int
number_witness(struct obs_batch *b, const struct obs_witness *who,
    int64_t day, int is_query)
{
	struct obs_batch_witness *w;
	uint32_t i, *head;

	if (reserve_witness(b) == -1)
		return -1;
	head = &b->bucket[who->tag % WITNESS_BUCKETS];
	for (i = *head; i != 0; i = b->witness[i - 1].next)
		if (is_witness(&b->witness[i - 1], who, day, is_query))
			return (int)i - 1;
	if (b->nwitness == MAX_WITNESSES)
		return MAX_WITNESSES - 1;
	w = &b->witness[b->nwitness];
	*w = (struct obs_batch_witness){ .day = day, .who = *who,
	    .is_query = is_query, .next = *head };
	if (who->class != OBS_WITNESS_ASKED)
		w->who.source = 0;
	*head = (uint32_t)++b->nwitness;
	return (int)*head - 1;
}

/* The number of who speaks, of queries or not; -1: memory is short. */
static int
witness_of(struct obs_batch *b, int is_query)
{
	const struct obs_batch_from *f = &b->from[b->nfrom - 1];

	return is_query ? number_witness(b, &f->who, f->day, 1) : f->report;
}

/*
 * The number of KEY with SOURCE, or -1 when memory is short.  A batch has few
 * of them, so they are looked for one by one.  Should it have very many, those
 * beyond the last share its number: their observations are applied in another
 * order than Ichnaea's then, and that is all.
 */
static int
group_of(struct obs_batch *b, const char *key, size_t keylen,
    enum source source)
{
	struct obs_batch_group *g;
	size_t i;

	if (b->group == NULL &&
	    (b->group = calloc(MAX_GROUPS, sizeof(*b->group))) == NULL)
		return -1;
	for (i = 0; i < b->ngroup; i++) {
		g = &b->group[i];
		if (g->source == source && g->keylen == keylen &&
		    memcmp(g->key, key, keylen) == 0)
			return (int)i;
	}
	if (b->ngroup == MAX_GROUPS)
		return (int)MAX_GROUPS - 1;
	g = &b->group[b->ngroup++];
	memcpy(g->key, key, keylen);
	g->keylen = keylen;
	g->source = source;
	return (int)i;
}

/* How many networks were of use. */
static uint64_t
uploads(const struct obs_counts *c)
{
	return c->upload[OBS_BLUE] + c->upload[OBS_WIFI] + c->upload[OBS_CELL];
}

/*
 * Add what report D says, and count what becomes of it.  Returns 0, or -1 when
 * memory is short.  A report without networks counts as none at all, but
 * for those that it asks to be forgotten; one whose networks are all useless is
 * counted and dropped, and the data map shows no visit.
 */
static int
add_item(struct obs_batch *b, const struct json_doc *d, const char *key,
    size_t keylen)
{
	const uint64_t before = uploads(&b->counts);
	struct position p = { .source = GNSS };
	int any = 0, at[MAX_MEMBERS], group, kind, n, pos[MAX_MEMBERS];
	int why = OBS_WHY_NO_POSITION;

	pick_members(b, d, 0, TOP, at);
	if (at[TOP_POSITION] != -1) {
		pick_members(b, d, at[TOP_POSITION], POSITION, pos);
		why = read_batch_position(&p, d, pos, b->rules);
	}
	if ((b->rules->opt_outs && add_optouts(b, d, at) == -1) ||
	    (group = b->rules->believe_all ?
	    group_of(b, key, keylen, p.source) :
	    witness_of(b, p.source == QUERY)) == -1)
		return -1;
	p.group = (uint16_t)group;
	for (kind = OBS_BLUE; kind < OBS_KINDS; kind++) {
		n = read_batch_networks(b, d, at[kind], (enum obs_kind)kind,
		    why == -1 ? &p : NULL);
		if (n == -1)
			return -1;
		any |= n;
	}
	if (!any)
		return 0;
	b->counts.report_upload++;
	if (uploads(&b->counts) > before)
		return add_grid(b, &p);
	b->counts.report_drop++;
	b->counts.why[why == -1 ? OBS_WHY_NO_NETWORKS : why]++;
	return 0;
}

/*
 * One line, of which what was read is added and counted even if it fails.  The
 * caller takes that back: it knows how far the batch had come.
 */
static enum obs_batch_verdict
add_report_line(struct obs_batch *b, const char *key, size_t keylen,
    const char *line, size_t len)
{
	struct json_doc d;

	base_arena_reset(&b->line);
	if (json_doc_parse(&d, line, len, &b->line) == -1)
		return d.why == json_doc_nomem ? OBS_BATCH_NOMEM :
		    OBS_BATCH_BAD;
	if (json_doc_kind(&d, 0) != JSON_DOC_OBJECT)
		return OBS_BATCH_BAD;
	return add_item(b, &d, key, keylen) == -1 ? OBS_BATCH_NOMEM :
	    OBS_BATCH_OK;
}

/* Note DAY.  0, or -1 when memory is short. */
static int
note_day(struct obs_batch *b, int64_t day)
{
	struct obs_batch_day *more;
	size_t i;

	for (i = 0; i < b->nday; i++)
		if (b->day[i].day == day)
			return 0;
	if (b->nday == MAX_DAYS)
		return 0;
	if (b->day == NULL) {
		more = calloc(MAX_DAYS, sizeof(*more));
		if (more == NULL)
			return -1;
		b->day = more;
	}
	memset(&b->day[b->nday], 0, sizeof(b->day[0]));
	b->day[b->nday++].day = day;
	return 0;
}

/*
 * A submission begins: a network that asks in it to be forgotten counts once,
 * however many of its reports name it.  Days are those that a row can hold, and
 * not of years to come: a row that knows one would not notice any other until
 * then.
 */
int
obs_batch_begin(struct obs_batch *b, const struct obs_witness *who,
    int64_t day)
{
	struct obs_batch_from *f;
	size_t cap = b->fromcap == 0 ? 256 : 2 * b->fromcap;
	int report;

	obs_optout_begin(&b->optouts);
	if (b->last_day != 0 && day > b->last_day)
		day = b->last_day;
	day = day < 0 ? 0 : day > UINT16_MAX ? UINT16_MAX : day;
	if (b->nfrom == b->fromcap) {
		f = reallocarray(b->from, cap, sizeof(*f));
		if (f == NULL)
			return -1;
		b->from = f;
		b->fromcap = cap;
	}
	if (note_day(b, day) == -1 ||
	    (report = number_witness(b, who, day, 0)) == -1)
		return -1;
	if (b->nfrom == MAX_FROM)
		b->nfrom--;
	b->from[b->nfrom++] = (struct obs_batch_from){ .day = day,
	    .who = *who, .report = (uint16_t)report };
	return 0;
}

/*
 * Of what was brought back from a backup nobody knows who heard it together
 * with what: all of a day counts as heard by one.
 */
int
obs_batch_mark(const struct obs_batch *b, const struct obs_obs *o,
    uint32_t *mark)
{
	const struct obs_batch_from *f = &b->from[o->from];
	int restored = f->who.class == OBS_WITNESS_RESTORED;
	size_t i;

	assert(o->from < b->nfrom);
	for (i = 0; i < b->nday && b->day[i].day != f->day; i++)
		;
	if (i == b->nday || !b->day[i].has_salt ||
	    (b->day[i].only_restored && !restored))
		return 0;
	*mark = obs_witness_mark(b->day[i].salt, restored ?
	    (uint32_t)f->day : f->who.source, o->lat, o->lon);
	return 1;
}

void
obs_batch_note(const struct obs_batch *b, struct obs_batch_past *p)
{
	p->n = b->n;
	p->ngrid = b->ngrid;
	p->ngroup = b->ngroup;
	p->noptout = b->optouts.n;
	p->counts = b->counts;
}

/* Witnesses stay: one more does no harm. */
void
obs_batch_undo(struct obs_batch *b, const struct obs_batch_past *p)
{
	assert(p->n <= b->n && p->ngrid <= b->ngrid &&
	    p->ngroup <= b->ngroup && p->noptout <= b->optouts.n);
	b->n = p->n;
	b->ngrid = p->ngrid;
	b->ngroup = p->ngroup;
	b->optouts.n = p->noptout;
	b->counts = p->counts;
}

/* 1 if K is KEY of LEN bytes. */
static int
is_batch_key(const struct obs_batch_key *k, const char *key, size_t len)
{
	return k->len == len && memcmp(k->byte, key, len) == 0;
}

/*
 * The submission that was begun came with KEY.  It is given with every line of
 * it, and mostly is what it was with the one before.  Returns 0, or -1 when
 * memory is short.
 */
static int
note_key(struct obs_batch *b, const char *key, size_t len)
{
	struct obs_batch_from *f = &b->from[b->nfrom - 1];
	size_t i;

	if (b->key == NULL &&
	    (b->key = calloc(OBS_BATCH_KEYS, sizeof(*b->key))) == NULL)
		return -1;
	if (b->nkey == 0)
		b->nkey = 1;
	if (len > OBS_BATCH_KEY)
		len = 0;
	if (is_batch_key(&b->key[f->key], key, len))
		return 0;
	for (i = 0; i < b->nkey && !is_batch_key(&b->key[i], key, len); i++)
		;
	if (i == b->nkey && i < OBS_BATCH_KEYS) {
		memcpy(b->key[i].byte, key, len);
		b->key[i].byte[len] = '\0';
		b->key[i].len = len;
		b->nkey++;
	}
	f->key = (uint16_t)(i < b->nkey ? i : 0);
	return 0;
}

size_t
obs_batch_key_of(const struct obs_batch *b, uint16_t from)
{
	assert(from < b->nfrom && b->from[from].key < b->nkey);
	return b->from[from].key;
}

/* A key that is longer than any is cut: it only tells groups apart here. */
enum obs_batch_verdict
obs_batch_add(struct obs_batch *b, const char *key, size_t keylen,
    const char *lines, size_t len)
{
	const char *end = lines + len, *lf, *p;
	enum obs_batch_verdict v = OBS_BATCH_OK;
	struct obs_batch_past before;

	assert(b->nfrom > 0);
	obs_batch_note(b, &before);
	if (!b->rules->believe_all && note_key(b, key, keylen) == -1)
		return OBS_BATCH_NOMEM;
	if (keylen > OBS_BATCH_KEY)
		keylen = OBS_BATCH_KEY;
	for (p = lines; p < end && v == OBS_BATCH_OK; p = lf + 1) {
		if ((lf = memchr(p, '\n', (size_t)(end - p))) == NULL)
			lf = end;
		if (lf > p)
			v = add_report_line(b, key, keylen, p,
			    (size_t)(lf - p));
	}
	if (v != OBS_BATCH_OK)
		obs_batch_undo(b, &before);
	return v;
}

void
obs_batch_sort(struct obs_batch *b)
{
	base_arena_reset(&b->line);
	obs_order_sort(b->obs, b->n, &b->line);
	obs_optout_sort(&b->optouts);
}
