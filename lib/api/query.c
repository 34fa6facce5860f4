/* SPDX-License-Identifier: ISC */
/*
 * A body becomes a query in two passes: fields are read and checked, entry by
 * entry, and then each list is left with one entry of each network.  What is
 * refused is noted with its path ("wifiAccessPoints.3.age"), whether or not
 * that will refuse the body: only the end of the parse knows.
 *
 * Members are looked at in the order of the tables below, not in that of the
 * text: errors are reported in this order, and of repeated members the last
 * counts.  The two sets of words, of today and of 2016, are two rows of one
 * table, so that no line below asks which it is.
 *
 * A cell that is usable is in two lists, as itself and as its area; an entry
 * without id is in the second only.  Numbers beyond 32 bits saturate and then
 * are out of every range, but the ids of cells, which NR gives 36 bits.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/query.h"
#include "base/arena.h"
#include "base/buf.h"
#include "geo/region.h"
#include "ichnaea/python.h"
#include "ichnaea/rules.h"
#include "json/coerce.h"
#include "json/doc.h"
#include "locate/confidence.h"
#include "locate/query.h"
#include "radio/wifi.h"

#define MAX_AGE_MS	3600000
#define FEW		32	/* entries that are compared in pairs */
#define MAX_SEEN	8	/* members that are remembered */
#define MAX_DETAILS	65536	/* bytes of error messages, about */

enum {
	CARRIER, CONSIDER_IP, HOME_MCC, HOME_MNC, RADIO, BLUE, CELL, WIFI,
	FALLBACKS, CONFIDENCE, TOP_MEMBERS
};
enum { LACF, IPF, FALLBACK_MEMBERS };
enum {
	MAC, MAC_AGE, CHANNEL, FREQUENCY, SIGNAL, SNR, NAME, MAC_MEMBERS
};
enum {
	CELL_RADIO, MCC, MNC, LAC, CID, NCI, CELL_AGE, PSC, LONG_PSC, PCI,
	CELL_SIGNAL, TA, ASU, CELL_MEMBERS
};

/* The names of all members; "" is never found. */
static const struct words {
	const char	*top[TOP_MEMBERS];
	const char	*wifi[MAC_MEMBERS], *blue[MAC_MEMBERS];
	const char	*cell[CELL_MEMBERS];
} all_words[] = {
	[API_QUERY_LONG] = {
		{ "carrier", "considerIp", "homeMobileCountryCode",
		    "homeMobileNetworkCode", "radioType", "bluetoothBeacons",
		    "cellTowers", "wifiAccessPoints", "fallbacks",
		    "confidence" },
		{ "macAddress", "age", "channel", "frequency",
		    "signalStrength", "signalToNoiseRatio", "ssid" },
		{ "macAddress", "age", "", "", "signalStrength", "", "name" },
		{ "radioType", "mobileCountryCode", "mobileNetworkCode",
		    "locationAreaCode", "cellId", "newRadioCellId", "age",
		    "psc", "primaryScramblingCode", "pci", "signalStrength",
		    "timingAdvance", "" }
	},
	[API_QUERY_SHORT] = {
		{ "", "", "", "", "radio", "blue", "cell", "wifi",
		    "fallbacks", "confidence" },
		{ "key", "age", "channel", "frequency", "signal",
		    "signalToNoiseRatio", "ssid" },
		{ "key", "age", "", "", "signal", "", "name" },
		{ "radio", "mcc", "mnc", "lac", "cid", "newRadioCellId",
		    "age", "psc", "", "pci", "signal", "ta", "asu" }
	}
};
static const char *const fallback_names[] = { "lacf", "ipf" };

/*
 * What the members of an object were called, and which of the names looked for
 * that is, or -1: clients write all entries of a list alike, so the next object
 * most often has the same in the same order.
 */
struct seen {
	int	n;
	int	name[MAX_SEEN], which[MAX_SEEN];
};

struct parse {
	const struct json_doc	*d;
	const struct words	*words;
	struct base_arena	*a;
	struct base_buf		*details;	/* of what is refused */
	const struct ichnaea_rules *rules;
	int			 umts;		/* an exact word, too */
	int			 refused;	/* fields and members */
	int			 broken;	/* of these at the top level */
	int			 failed;	/* memory is short */
	enum radio_cell_type	 radio;	/* of cells that name none */
	struct seen		 seen;		/* of this list */
};

/* Where a field stands: in the Ith entry of LIST, or in object LIST. */
struct place {
	const char	*list;		/* NULL: the top level */
	int		 i;		/* -1: LIST is an object */
};

static const struct place top = { NULL, -1 };

/*
 * Note that V, called NAME at AT (NULL: the entry itself), has not KIND.  Of a
 * body that is wrong everywhere no more than the first 64 kB are told.
 */
static void
note_fault(struct parse *p, const struct place *at, const char *name, int v,
    enum ichnaea_python_kind kind)
{
	struct base_buf *b = p->details;

	p->refused++;
	p->broken += at->list == NULL;
	if (b->len > MAX_DETAILS)
		return;
	base_buf_chr(b, b->len == 0 ? '{' : ',');
	base_buf_chr(b, '"');
	if (at->list != NULL)
		base_buf_str(b, at->list);
	if (at->i != -1)
		base_buf_fmt(b, ".%d", at->i);
	if (name != NULL)
		base_buf_fmt(b, "%s%s", at->list != NULL ? "." : "", name);
	base_buf_str(b, "\":");
	ichnaea_python_fault(b, p->d, v, kind, name);
}

/* 1 if the member names V and W of D are the same text. */
static int
same_name(const struct json_doc *d, int v, int w)
{
	size_t len, wlen;
	const char *raw = json_doc_raw(d, v, &len);
	const char *other = json_doc_raw(d, w, &wlen);

	return len == wlen && memcmp(raw, other, len) == 0;
}

/* Which of the N NAMES is K, the Jth member?  S is of the object before. */
static int
recall_name(const struct json_doc *d, int k, int j, const char *const *names,
    int n, struct seen *s)
{
	if (j >= MAX_SEEN)
		return json_doc_lookup(d, k, names, n);
	assert(j <= s->n);
	if (j < s->n && same_name(d, k, s->name[j]))
		return s->which[j];
	if (j == s->n)
		s->n++;
	s->name[j] = k;
	return s->which[j] = json_doc_lookup(d, k, names, n);
}

/*
 * The values of object OBJ's N members NAMES, -1 for those it lacks.  S is of
 * an object before that was looked at for the same names, and becomes this
 * one's.
 */
static void
find_members(const struct json_doc *d, int obj, const char *const *names, int n,
    int *at, struct seen *s)
{
	int i, j = 0, k;

	for (i = 0; i < n; i++)
		at[i] = -1;
	for (k = json_doc_first(d, obj); k != -1; k = json_doc_next(d, k))
		if ((i = recall_name(d, k, j++, names, n, s)) != -1)
			at[i] = json_doc_value(k);
}

/* V, which is there, as an integer, or LOCATE_UNKNOWN. */
static int64_t
read_present(struct parse *p, const struct place *at, const char *name, int v)
{
	int64_t i;

	switch (json_coerce_int(p->d, v, &i)) {
	case JSON_COERCE_OK:
		return i == LOCATE_UNKNOWN ? i - 1 : i;
	case JSON_COERCE_BAD:
		note_fault(p, at, name, v, ICHNAEA_PYTHON_NUMBER);
		break;
	default:
		break;
	}
	return LOCATE_UNKNOWN;
}

/* The same of V that may be missing, as most of what there might be is. */
static inline int64_t
read_wide(struct parse *p, const struct place *at, const char *name, int v)
{
	return v == -1 ? LOCATE_UNKNOWN : read_present(p, at, name, v);
}

/* V as an integer of 32 bits, or LOCATE_UNKNOWN; larger ones saturate. */
static inline int32_t
read_integer(struct parse *p, const struct place *at, const char *name, int v)
{
	return radio_cell_narrow(read_wide(p, at, name, v));
}

/* V as text of *LEN bytes, or NULL. */
static const char *
read_string(struct parse *p, const struct place *at, const char *name, int v,
    size_t *len)
{
	const char *s;

	if (v == -1)
		return NULL;
	switch (json_coerce_str(p->d, v, p->a, &s, len)) {
	case JSON_COERCE_OK:
		p->failed |= s == NULL;
		return s;
	case JSON_COERCE_BAD:
		note_fault(p, at, name, v, ICHNAEA_PYTHON_STRING);
		break;
	default:
		break;
	}
	return NULL;
}

/*
 * V as the text of an address, of *LEN bytes, or NULL.  Unlike others that of
 * usual ones is borrowed, and no NUL ends it.
 */
static const char *
read_mac(struct parse *p, const struct place *at, const char *name, int v,
    size_t *len)
{
	const char *raw;

	if (v != -1 && json_doc_is_plain(p->d, v)) {
		raw = json_doc_raw(p->d, v, len);
		return *len > 0 ? raw : NULL;
	}
	return read_string(p, at, name, v, len);
}

/* V as yes or no; MISSING if it is not there.  Everything is one of them. */
static int
read_boolean(struct parse *p, int v, int missing)
{
	int b = missing;

	if (v != -1)
		json_coerce_bool(p->d, v, &b);
	return b;
}

/* The radio that a word of LEN bytes names. */
static enum radio_cell_type
radio_of_query_word(const struct parse *p, const char *s, size_t len)
{
	enum radio_cell_type type;

	if (!p->rules->exact_radios)
		return radio_cell_type_of_word(s, len, p->rules);
	if (p->umts && strcmp(s, "umts") == 0)
		return RADIO_CELL_WCDMA;
	type = radio_cell_type_parse(s, len);
	return type == RADIO_CELL_NR && !p->rules->new_radios ?
	    RADIO_CELL_NONE : type;
}

/* V, called NAME, as a radio, NONE if it names none. */
static enum radio_cell_type
read_radio(struct parse *p, const struct place *at, const char *name, int v)
{
	enum radio_cell_type type;
	const char *s;
	size_t len;

	if ((s = read_string(p, at, name, v, &len)) == NULL)
		return RADIO_CELL_NONE;
	if ((type = radio_of_query_word(p, s, len)) == RADIO_CELL_NONE)
		note_fault(p, at, name, v, ICHNAEA_PYTHON_RADIO);
	return type;
}

/* V, or unknown if it is not between MIN and MAX. */
static int32_t
if_within(int32_t v, int32_t min, int32_t max)
{
	return v >= min && v <= max ? v : LOCATE_UNKNOWN;
}

/* 0, which is no channel and no frequency, becomes unknown. */
static int32_t
if_known(int v)
{
	return v == 0 ? LOCATE_UNKNOWN : v;
}

/*
 * One access point or beacon.  Returns 1, or 0 if it has no MAC or a name
 * that asks to be left out.
 */
static int
parse_mac(struct parse *p, const struct place *at, int obj,
    struct locate_mac *m)
{
	int wifi = at->list == p->words->top[WIFI], v[MAC_MEMBERS];
	const char *const *names = wifi ? p->words->wifi : p->words->blue;
	const char *mac;
	size_t len = 0;

	find_members(p->d, obj, names, MAC_MEMBERS, v, &p->seen);
	mac = read_mac(p, at, names[MAC], v[MAC], &len);
	m->age_ms = if_within(read_integer(p, at, names[MAC_AGE], v[MAC_AGE]),
	    -MAX_AGE_MS, MAX_AGE_MS);
	m->channel = if_within(read_integer(p, at, names[CHANNEL],
	    v[CHANNEL]), 1, p->rules->max_channel);
	m->frequency_mhz = if_within(read_integer(p, at, names[FREQUENCY],
	    v[FREQUENCY]), 2400, p->rules->max_mhz);
	m->signal_dbm = if_within(read_integer(p, at, names[SIGNAL], v[SIGNAL]),
	    wifi ? -100 : -127, wifi ? -10 : 0);
	m->snr_db = if_within(read_integer(p, at, names[SNR], v[SNR]), 1, 100);
	m->name = read_string(p, at, names[NAME], v[NAME], &m->namelen);
	if (m->channel == LOCATE_UNKNOWN && m->frequency_mhz > 0)
		m->channel = if_known(radio_wifi_channel(m->frequency_mhz,
		    p->rules->six_ghz));
	else if (m->frequency_mhz == LOCATE_UNKNOWN && m->channel > 0)
		m->frequency_mhz = if_known(radio_wifi_frequency(m->channel));
	return mac != NULL && radio_mac_parse(m->mac, mac, len, p->rules) &&
	    (!p->rules->opt_outs || m->name == NULL ||
	    !radio_mac_opts_out(m->name, m->namelen));
}

/* One cell; C becomes what can be said of it. */
static enum radio_cell_verdict
parse_cell(struct parse *p, const struct place *at, int obj,
    struct locate_cell *c)
{
	const char *const *names = p->words->cell;
	int64_t id[CELL_MEMBERS];
	int32_t f[CELL_MEMBERS];
	const int16_t *regions;
	int i, v[CELL_MEMBERS];

	find_members(p->d, obj, names, CELL_MEMBERS, v, &p->seen);
	if (!p->rules->new_members)
		v[NCI] = v[PCI] = -1;
	c->cell.type = read_radio(p, at, names[CELL_RADIO], v[CELL_RADIO]);
	for (i = MCC; i < CELL_MEMBERS; i++) {
		id[i] = read_wide(p, at, names[i], v[i]);
		f[i] = radio_cell_narrow(id[i]);
	}
	if (c->cell.type == RADIO_CELL_NONE)
		c->cell.type = id[NCI] != LOCATE_UNKNOWN ? RADIO_CELL_NR :
		    p->radio;
	c->cell.mcc = f[MCC];
	c->cell.mnc = f[MNC];
	c->cell.lac = f[LAC];
	c->cell.cid = id[CID];
	if (c->cell.type == RADIO_CELL_NR && id[NCI] != LOCATE_UNKNOWN &&
	    !radio_cell_is_nr_cid(id[CID]))
		c->cell.cid = id[NCI];
	c->cell.psc = f[LONG_PSC] != LOCATE_UNKNOWN ? f[LONG_PSC] :
	    f[PSC] != LOCATE_UNKNOWN ? f[PSC] : f[PCI];
	c->cell.signal_dbm = f[CELL_SIGNAL];
	c->cell.asu = f[ASU];
	c->cell.ta = f[TA];
	c->age_ms = if_within(f[CELL_AGE], -MAX_AGE_MS, MAX_AGE_MS);
	return radio_cell_check(&c->cell, geo_region_of_mcc(f[MCC],
	    &regions) > 0, p->rules);
}

/*
 * 1 if V is a list; *N is the number of its elements, and AT is where they
 * stand.
 */
static int
begin_list(struct parse *p, int which, int v, struct place *at, size_t *n)
{
	at->list = p->words->top[which];
	at->i = -1;
	p->seen.n = 0;
	*n = 0;
	if (v == -1)
		return 0;
	if (json_doc_kind(p->d, v) != JSON_DOC_ARRAY) {
		note_fault(p, &top, at->list, v, ICHNAEA_PYTHON_LIST);
		return 0;
	}
	*n = (size_t)json_doc_size(p->d, v);
	return *n > 0;
}

/*
 * The next element of a list that is an object, or -1.  Others are faults, and
 * are passed over.
 */
static int
next_object(struct parse *p, int list_v, int v, struct place *at)
{
	for (;;) {
		v = at->i == -1 ? json_doc_first(p->d, list_v) :
		    json_doc_next(p->d, v);
		at->i++;
		if (v == -1 || json_doc_kind(p->d, v) == JSON_DOC_OBJECT)
			return v;
		note_fault(p, at, NULL, v, ICHNAEA_PYTHON_OBJECT);
	}
}

/* One list of access points or beacons, as far as they can be used. */
static void
parse_macs(struct parse *p, int which, int v, struct locate_mac **macs,
    size_t *n, size_t *sent)
{
	struct place at;
	int obj = -1;

	if (!begin_list(p, which, v, &at, sent))
		return;
	*macs = base_arena_alloc(p->a, *sent * sizeof(**macs));
	if (*macs == NULL) {
		p->failed = 1;
		return;
	}
	while ((obj = next_object(p, v, obj, &at)) != -1)
		*n += (size_t)parse_mac(p, &at, obj, *macs + *n);
}

/*
 * The list of cells.  There is room for as many areas as cells, since each
 * entry is at most one of both.
 */
static void
parse_cells(struct parse *p, int v, struct locate_query *q)
{
	enum radio_cell_verdict verdict;
	struct locate_cell *c;
	struct place at;
	int obj = -1;

	if (!begin_list(p, CELL, v, &at, &q->sent_cell))
		return;
	q->cell = base_arena_alloc(p->a, q->sent_cell * sizeof(*q->cell));
	q->area = base_arena_alloc(p->a, q->sent_cell * sizeof(*q->area));
	if (q->cell == NULL || q->area == NULL) {
		p->failed = 1;
		return;
	}
	while ((obj = next_object(p, v, obj, &at)) != -1) {
		c = &q->area[q->narea];
		if ((verdict = parse_cell(p, &at, obj, c)) == RADIO_CELL_BAD)
			continue;
		if (verdict == RADIO_CELL_OK)
			q->cell[q->ncell++] = *c;
		c->cell.cid = RADIO_CELL_UNKNOWN;
		q->narea++;
	}
}

/* An entry by what tells it from others; LEN bytes of KEY count. */
struct ident {
	uint8_t	key[RADIO_CELL_KEY_MAX];
	size_t	at;
};

/*
 * By what tells entries apart, then as they came: entries of one network are
 * side by side.
 */
static int
by_ident(const void *a, const void *b)
{
	const struct ident *x = a, *y = b;
	int d = memcmp(x->key, y->key, sizeof(x->key));

	return d != 0 ? d : (x->at > y->at) - (x->at < y->at);
}

/* 1 if A and B are known and A is less. */
static int
known_less(int32_t a, int32_t b)
{
	return a != LOCATE_UNKNOWN && b != LOCATE_UNKNOWN && a < b;
}

/*
 * 1 if X is known to be stronger, clearer or fresher than Y.  It is no order:
 * both of two may be better than the other, in different ways.
 */
static int
better_mac(const void *a, const void *b)
{
	const struct locate_mac *x = a, *y = b;

	return known_less(y->signal_dbm, x->signal_dbm) ||
	    known_less(y->snr_db, x->snr_db) ||
	    known_less(x->age_ms, y->age_ms);
}

/* The same of cells, where a short timing advance tells most. */
static int
better_cell(const void *a, const void *b)
{
	const struct locate_cell *x = a, *y = b;

	return known_less(x->cell.ta, y->cell.ta) ||
	    known_less(y->cell.signal_dbm, x->cell.signal_dbm) ||
	    known_less(y->cell.asu, x->cell.asu) ||
	    known_less(x->age_ms, y->age_ms);
}

static void
mac_key(uint8_t *key, const void *entry)
{
	memcpy(key, ((const struct locate_mac *)entry)->mac, RADIO_MAC_LEN);
}

static void
cell_key(uint8_t *key, const void *entry)
{
	radio_cell_key(key, &((const struct locate_cell *)entry)->cell);
}

/*
 * 1 unless N entries are a few of which no two are the same, as nearly all are:
 * to compare these in pairs takes less than to sort them.
 */
static int
may_repeat(const struct ident *id, size_t n)
{
	size_t i, j;

	if (n > FEW)
		return 1;
	for (i = 1; i < n; i++)
		for (j = 0; j < i; j++)
			if (memcmp(id[i].key, id[j].key,
			    sizeof(id->key)) == 0)
				return 1;
	return 0;
}

/*
 * Leave one of each network among N entries of LEN bytes, at the place where
 * it was first: the one before stays only if it is better than the one after
 * it.  Returns how many are left, or -1 when memory is short.  Sorting costs
 * little beside what it avoids, as a body of a thousand equal networks
 * compared in pairs would cost half a million comparisons.
 */
static int
leave_unique(void *entries, size_t *n, size_t len,
    void (*key)(uint8_t *, const void *),
    int (*better)(const void *, const void *), struct base_arena *a)
{
	char *first, *entry, *base = entries, *gone;
	struct ident *id;
	size_t i, left = 0;

	if (*n < 2)
		return 0;
	assert(len > 0);
	id = base_arena_calloc(a, *n, sizeof(*id));
	gone = base_arena_calloc(a, *n, 1);
	if (id == NULL || gone == NULL)
		return -1;
	for (i = 0; i < *n; i++) {
		key(id[i].key, base + i * len);
		id[i].at = i;
	}
	if (!may_repeat(id, *n))
		return 0;
	qsort(id, *n, sizeof(*id), by_ident);
	first = base + id[0].at * len;
	for (i = 1; i < *n; i++) {
		entry = base + id[i].at * len;
		if (memcmp(id[i].key, id[i - 1].key, sizeof(id->key)) != 0) {
			first = entry;
			continue;
		}
		if (!better(first, entry))
			memcpy(first, entry, len);
		gone[id[i].at] = 1;
	}
	for (i = 0; i < *n; i++)
		if (!gone[i])
			memmove(base + left++ * len, base + i * len, len);
	*n = left;
	return 0;
}

/*
 * One entry of each address; and none at all of a single one, so that nobody
 * can ask for the place of one network.
 */
static int
leave_macs(struct locate_mac *m, size_t *n, size_t *lone,
    struct base_arena *a)
{
	if (leave_unique(m, n, sizeof(*m), mac_key, better_mac, a) == -1)
		return -1;
	*lone = *n < LOCATE_QUERY_MIN_MACS ? *n : 0;
	*n -= *lone;
	return 0;
}

/* One entry of each cell, or area. */
static int
leave_cells(struct locate_cell *c, size_t *n, struct base_arena *a)
{
	return leave_unique(c, n, sizeof(*c), cell_key, better_cell, a);
}

/*
 * What the client allows to be guessed.  Without this member considerIp, of
 * Google's interface, says so of the address.
 */
static void
parse_fallbacks(struct parse *p, int v, struct locate_query *q)
{
	int at[FALLBACK_MEMBERS];

	if (json_doc_kind(p->d, v) != JSON_DOC_OBJECT) {
		note_fault(p, &top, p->words->top[FALLBACKS], v,
		    ICHNAEA_PYTHON_OBJECT);
		return;
	}
	p->seen.n = 0;
	find_members(p->d, v, fallback_names, FALLBACK_MEMBERS, at, &p->seen);
	q->lacf = read_boolean(p, at[LACF], 1);
	q->ipf = read_boolean(p, at[IPF], 1);
}

/* The confidence that is asked for; V, if there is one, is a number of it. */
static void
parse_confidence(struct parse *p, int v, struct locate_query *q)
{
	const char *name = p->words->top[CONFIDENCE];
	int64_t i;

	if (v == -1)
		return;
	switch (json_coerce_int(p->d, v, &i)) {
	case JSON_COERCE_OK:
		q->confidence = locate_confidence_or(i, 0);
		if (q->confidence == 0)
			note_fault(p, &top, name, v, ICHNAEA_PYTHON_PERCENT);
		break;
	case JSON_COERCE_BAD:
		note_fault(p, &top, name, v, ICHNAEA_PYTHON_NUMBER);
		break;
	default:
		break;
	}
}

/*
 * The members at the top that nobody uses (carrier and home network) are read
 * for their faults alone, which strict rules refuse.  Without strict rules a
 * body is refused only if nothing at its top level was of the right kind: a
 * client with one bad field gets a position from the others.
 */
enum api_query_verdict
api_query_parse(struct locate_query *q, const struct json_doc *d,
    enum api_query_words words, const struct ichnaea_rules *rules,
    struct base_buf *details, struct base_arena *a)
{
	struct parse p = { .d = d, .words = &all_words[words], .a = a,
	    .details = details, .rules = rules,
	    .umts = words == API_QUERY_SHORT };
	const char *const *names = p.words->top;
	int at[TOP_MEMBERS], i, present = 0;

	assert(rules != NULL && details->len == 0);
	locate_query_init(q);
	if (json_doc_kind(d, 0) != JSON_DOC_OBJECT) {
		note_fault(&p, &top, "", 0, ICHNAEA_PYTHON_OBJECT);
		base_buf_chr(details, '}');
		return API_QUERY_REFUSED;
	}
	find_members(d, 0, names, TOP_MEMBERS, at, &p.seen);
	if (!rules->new_members)
		at[CONFIDENCE] = -1;
	for (i = 0; i < TOP_MEMBERS; i++)
		present += at[i] != -1;
	read_string(&p, &top, names[CARRIER], at[CARRIER], NULL);
	read_integer(&p, &top, names[HOME_MCC], at[HOME_MCC]);
	read_integer(&p, &top, names[HOME_MNC], at[HOME_MNC]);
	p.radio = read_radio(&p, &top, names[RADIO], at[RADIO]);
	parse_macs(&p, BLUE, at[BLUE], &q->blue, &q->nblue, &q->sent_blue);
	parse_cells(&p, at[CELL], q);
	parse_macs(&p, WIFI, at[WIFI], &q->wifi, &q->nwifi, &q->sent_wifi);
	if (at[FALLBACKS] != -1)
		parse_fallbacks(&p, at[FALLBACKS], q);
	else
		q->ipf = read_boolean(&p, at[CONSIDER_IP], 1);
	parse_confidence(&p, at[CONFIDENCE], q);
	assert(q->ncell <= q->narea);
	if (p.failed ||
	    leave_macs(q->blue, &q->nblue, &q->lone_blue, a) == -1 ||
	    leave_macs(q->wifi, &q->nwifi, &q->lone_wifi, a) == -1 ||
	    leave_cells(q->cell, &q->ncell, a) == -1 ||
	    leave_cells(q->area, &q->narea, a) == -1)
		return API_QUERY_NO_MEMORY;
	assert(q->nwifi != 1 && q->nblue != 1);
	q->nlook_area = q->narea;
	if (!q->lacf)
		q->narea = 0;
	if (details->len > 0)
		base_buf_chr(details, '}');
	if (rules->refuse_bodies ? p.refused > 0 :
	    p.broken > 0 && p.broken == present)
		return API_QUERY_REFUSED;
	return API_QUERY_OK;
}
