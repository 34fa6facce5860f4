/* SPDX-License-Identifier: ISC */
/*
 * Open moments are a ring, in the order of their first rows, and a hash table
 * over it by chains of indices.  A moment keeps its networks in an array of
 * its own, and their names one after the other in a buffer; both are used
 * again by the moment that takes the place in the ring, unless they have
 * become large.
 *
 * Keys are compared by the bits of their numbers: rows of one moment come from
 * the same text, so nearness would only join what is not one.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "convert/moment.h"
#include "convert/obs.h"
#include "convert/sink.h"
#include "json/write.h"

#define BUCKETS		8192	/* a power of two */
#define KEEP_NETWORKS	64	/* larger arrays are given back */
#define KEY_WORDS	5	/* time, place, altitude, accuracy */
#define NOBODY		UINT32_MAX	/* the end of a chain */

#define UNKNOWN		INT32_MIN	/* CONVERT_OBS_NONE in 32 bits */

/* What is kept of the network of a row. */
struct network {
	int64_t		area, cid;	/* cells of NR take 36 bits */
	int32_t		mcc, mnc, psc, asu, ta, serving;
	int32_t		channel, mhz, signal_dbm, age_ms;
	uint32_t	name, name_len;		/* in the buffer */
	uint8_t		kind, mac[RADIO_MAC_LEN];	/* enum obs_kind */
	int8_t		radio;		/* enum radio_cell_type */
};

struct moment {
	uint64_t	 key[KEY_WORDS];
	uint32_t	 next;		/* in the chain of its bucket */
	int64_t		 time_ms;	/* of its latest row */
	struct convert_obs place;	/* its first row */
	size_t		 n, cap;	/* 0 networks: not open */
	struct network	*at;
	struct base_buf	 names;		/* without NULs between them */
};

struct convert_moments {
	struct convert_sink	*sink;
	struct base_buf		 line;		/* the report being written */
	size_t			 first, n;	/* of the ring */
	size_t			 used;		/* places that ever were */
	size_t			 networks;	/* of all that are open */
	uint32_t		 last;		/* added to, or NOBODY */
	uint32_t		 bucket[BUCKETS];
	struct moment		 ring[CONVERT_MOMENT_OPEN];
};

/*
 * calloc() touches no page of a ring this large: memory is used when the first
 * moment in it is opened.
 */
struct convert_moments *
convert_moment_new(struct convert_sink *s)
{
	struct convert_moments *m;

	if ((m = calloc(1, sizeof(*m))) == NULL)
		return NULL;
	m->sink = s;
	m->last = NOBODY;
	memset(m->bucket, 0xff, sizeof(m->bucket));
	return m;
}

void
convert_moment_free(struct convert_moments *m)
{
	size_t i;

	if (m == NULL)
		return;
	/* Most files have few; the others' memory was never touched. */
	for (i = 0; i < m->used; i++) {
		free(m->ring[i].at);
		base_buf_done(&m->ring[i].names);
	}
	base_buf_done(&m->line);
	free(m);
}

/*
 * Compared like this NAN is equal to itself, as it has to be: a fix without
 * altitude is the same as another without.  That -0 is not 0 costs a report
 * more at worst.
 */
static uint64_t
double_bits(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

/*
 * The key of a row.  A number that the format counts stands for all else, and
 * cannot be taken for a time in milliseconds: numbers of rows are far smaller,
 * and only one of both kinds is used in a file.  Formats that say how good a
 * fix is compare that, too, as two fixes may be of one second and one rounded
 * place.
 */
static void
make_key(uint64_t key[KEY_WORDS], const struct convert_obs *o)
{
	memset(key, 0, KEY_WORDS * sizeof(key[0]));
	if (o->moment != 0) {
		key[0] = o->moment;
		return;
	}
	key[0] = (uint64_t)(o->moment_ms != CONVERT_OBS_NONE ? o->moment_ms :
	    o->time_ms);
	key[1] = double_bits(o->lat_deg);
	key[2] = double_bits(o->lon_deg);
	if (!o->by_fix)
		return;
	key[3] = double_bits(o->altitude_m);
	key[4] = double_bits(o->accuracy_m);
}

/*
 * A bad hash costs time only, and no more than 4,096 steps, so nobody gains by
 * making names that meet.
 */
static uint32_t
bucket_of(const uint64_t key[KEY_WORDS])
{
	uint64_t h = 0;
	int i;

	for (i = 0; i < KEY_WORDS; i++)
		h = (h ^ key[i]) * 0x9e3779b97f4a7c15 ^ h >> 29;
	return (uint32_t)(h >> 40) & (BUCKETS - 1);
}

/*
 * Write member NAME unless its value is unknown, as reports never have null.
 */
static void
write_known(struct json_write *w, const char *name, int32_t v)
{
	if (v != UNKNOWN)
		json_write_i64(w, name, v);
}

static void
write_name(struct json_write *w, const char *member, const struct moment *t,
    const struct network *n)
{
	if (n->name_len == 0)
		return;
	json_write_value(w, member);
	json_write_str(w->b, t->names.data + n->name, n->name_len);
}

/*
 * Write the members of a wifi or Bluetooth network that are known.  The name
 * of a Bluetooth device and that of a wifi have different members.
 */
static void
write_entry(struct json_write *w, const struct moment *t,
    const struct network *n)
{
	json_write_object(w, NULL);
	json_write_hex(w, "macAddress", n->mac, RADIO_MAC_LEN);
	write_known(w, "age", n->age_ms);
	if (n->kind == OBS_BLUE)
		write_name(w, "name", t, n);
	write_known(w, "channel", n->channel);
	write_known(w, "frequency", n->mhz);
	write_known(w, "signalStrength", n->signal_dbm);
	if (n->kind == OBS_WIFI)
		write_name(w, "ssid", t, n);
	json_write_end(w);
}

/*
 * Write a cell.  Its radio stands in it, and never in the report, where it
 * would be given to cells whose own radio was refused.
 */
static void
write_cell(struct json_write *w, const struct network *n)
{
	json_write_object(w, NULL);
	json_write_text(w, "radioType", radio_cell_type_name(n->radio));
	write_known(w, "mobileCountryCode", n->mcc);
	write_known(w, "mobileNetworkCode", n->mnc);
	if (n->area != CONVERT_OBS_NONE)
		json_write_i64(w, "locationAreaCode", n->area);
	if (n->cid != CONVERT_OBS_NONE)
		json_write_i64(w, "cellId", n->cid);
	write_known(w, "age", n->age_ms);
	write_known(w, "asu", n->asu);
	write_known(w, "primaryScramblingCode", n->psc);
	write_known(w, "serving", n->serving);
	write_known(w, "signalStrength", n->signal_dbm);
	write_known(w, "timingAdvance", n->ta);
	json_write_end(w);
}

/*
 * The networks of one kind, in the order in which they came.  A kind without
 * any has no list.
 */
static void
write_moment_list(struct json_write *w, const struct moment *t,
    enum obs_kind kind)
{
	static const char *const name[OBS_KINDS] = {
		[OBS_BLUE] = "bluetoothBeacons",
		[OBS_WIFI] = "wifiAccessPoints",
		[OBS_CELL] = "cellTowers",
	};
	int begun = 0;
	size_t i;

	for (i = 0; i < t->n; i++) {
		if (t->at[i].kind != kind)
			continue;
		if (!begun++)
			json_write_array(w, name[kind]);
		if (kind == OBS_CELL)
			write_cell(w, &t->at[i]);
		else
			write_entry(w, t, &t->at[i]);
	}
	if (begun)
		json_write_end(w);
}

static void
write_number(struct json_write *w, const char *name, double v)
{
	if (!isnan(v))
		json_write_f7(w, name, v);
}

/*
 * The position, with seven decimals, which are a centimetre.  What the sink
 * took for impossible is NAN here, and left out.
 */
static void
write_position(struct json_write *w, const struct convert_obs *o)
{
	json_write_object(w, "position");
	json_write_f7(w, "latitude", o->lat_deg);
	json_write_f7(w, "longitude", o->lon_deg);
	write_number(w, "accuracy", o->accuracy_m);
	if (o->position_age_ms != CONVERT_OBS_NONE)
		json_write_i64(w, "age", o->position_age_ms);
	write_number(w, "altitude", o->altitude_m);
	write_number(w, "altitudeAccuracy", o->altitude_accuracy_m);
	write_number(w, "heading", o->heading_deg);
	write_number(w, "pressure", o->pressure_hpa);
	write_number(w, "speed", o->speed_ms);
	if (o->source != NULL)
		json_write_text(w, "source", o->source);
	json_write_end(w);
}

/*
 * T as a line.  Buffers note by themselves that memory was short, so one look
 * at the end is enough; half a report is never written.
 */
static void
write_moment(struct convert_moments *m, const struct moment *t)
{
	struct json_write w;
	int kind;

	base_buf_reset(&m->line);
	json_write_begin(&w, &m->line);
	json_write_i64(&w, "timestamp", t->time_ms);
	for (kind = 0; kind < OBS_KINDS; kind++)
		write_moment_list(&w, t, (enum obs_kind)kind);
	write_position(&w, &t->place);
	json_write_end(&w);
	base_buf_chr(&m->line, '\n');
	if (base_buf_ok(&m->line) && base_buf_ok(&t->names))
		convert_sink_report(m->sink, m->line.data, m->line.len, t->n);
	else
		m->sink->nomem = 1;
}

/*
 * The first moment is written and leaves the table and the ring.  Returns 0,
 * or -1: no memory.  Its array and its names stay with the place in the ring,
 * for the moment that comes there next, unless they have grown large:
 * thousands of crowded places would otherwise keep what they once had.
 */
static int
close_first(struct convert_moments *m)
{
	struct moment *t = &m->ring[m->first];
	uint32_t *link = &m->bucket[bucket_of(t->key)];

	assert(m->n > 0 && m->networks >= t->n);
	/* One whose first network found no memory is empty. */
	if (t->n > 0)
		write_moment(m, t);
	while (*link != m->first) {
		assert(*link != NOBODY);
		link = &m->ring[*link].next;
	}
	*link = t->next;
	m->networks -= t->n;
	t->n = 0;
	base_buf_reset(&t->names);
	if (t->cap > KEEP_NETWORKS) {
		free(t->at);
		t->at = NULL;
		t->cap = 0;
		base_buf_done(&t->names);
	}
	if (m->last == m->first)
		m->last = NOBODY;
	m->first = (m->first + 1) % CONVERT_MOMENT_OPEN;
	m->n--;
	return m->sink->nomem ? -1 : 0;
}

int
convert_moment_flush(struct convert_moments *m)
{
	int rc = 0;

	while (m->n > 0)
		rc |= close_first(m);
	return rc;
}

/*
 * The open moment with KEY, made if there is none.  NULL: no memory.  A ring
 * that is full loses the moment that was opened first, and not the one used
 * least recently: so reports come in the order of the file.
 */
static struct moment *
find_moment(struct convert_moments *m, const uint64_t key[KEY_WORDS])
{
	const size_t bytes = KEY_WORDS * sizeof(key[0]);
	uint32_t bucket, i;
	struct moment *t;

	/* Most rows are of the same moment as the one before. */
	if (m->last != NOBODY &&
	    memcmp(m->ring[m->last].key, key, bytes) == 0)
		return &m->ring[m->last];
	bucket = bucket_of(key);
	for (i = m->bucket[bucket]; i != NOBODY; i = m->ring[i].next)
		if (memcmp(m->ring[i].key, key, bytes) == 0) {
			m->last = i;
			return &m->ring[i];
		}
	if (m->n == CONVERT_MOMENT_OPEN && close_first(m) == -1)
		return NULL;
	assert(m->n < CONVERT_MOMENT_OPEN);
	i = (uint32_t)((m->first + m->n++) % CONVERT_MOMENT_OPEN);
	if (i >= m->used)
		m->used = i + 1;
	t = &m->ring[i];
	assert(t->n == 0);
	memcpy(t->key, key, bytes);
	t->next = m->bucket[bucket];
	m->bucket[bucket] = m->last = i;
	return t;
}

/*
 * Is N the network of O?  A cell without identity is told by its scrambling
 * code, as far as that goes: a phone hears each of its neighbours once.
 */
static int
same_network(const struct network *n, const struct convert_obs *o)
{
	if (n->kind != (uint8_t)o->kind)
		return 0;
	if (o->kind != OBS_CELL)
		return memcmp(n->mac, o->mac, RADIO_MAC_LEN) == 0;
	return n->cid == o->cid && n->area == o->area && n->mnc == o->mnc &&
	    n->mcc == o->mcc && n->radio == (int8_t)o->radio &&
	    (o->cid != CONVERT_OBS_NONE || n->psc == radio_cell_narrow(o->psc));
}

/* Room for one more network in T.  Returns 0, or -1: no memory. */
static int
grow_moment(struct moment *t)
{
	size_t cap = t->cap == 0 ? 8 : 2 * t->cap;
	struct network *at;

	if (t->n < t->cap)
		return 0;
	if ((at = reallocarray(t->at, cap, sizeof(*at))) == NULL)
		return -1;
	t->at = at;
	t->cap = cap;
	return 0;
}

/*
 * V in 32 bits.  A value that does not fit becomes the nearest that does: it
 * is of no use either way, but must not turn into another good one.
 */
static int32_t
narrow(int64_t v)
{
	return v == CONVERT_OBS_NONE ? UNKNOWN : radio_cell_narrow(v);
}

/*
 * What O says of its network becomes N of T.  The name is appended even when N
 * had one before, as another may be longer; what stays behind in the buffer
 * goes with the moment.
 */
static void
set_moment_network(struct moment *t, struct network *n,
    const struct convert_obs *o)
{
	n->kind = (uint8_t)o->kind;
	memcpy(n->mac, o->mac, RADIO_MAC_LEN);
	n->radio = (int8_t)o->radio;
	n->area = o->area;
	n->cid = o->cid;
	n->mcc = narrow(o->mcc);
	n->mnc = narrow(o->mnc);
	n->psc = narrow(o->psc);
	n->asu = narrow(o->asu);
	n->ta = narrow(o->ta);
	n->serving = narrow(o->serving);
	n->channel = narrow(o->channel);
	n->mhz = narrow(o->mhz);
	n->signal_dbm = narrow(o->signal_dbm);
	n->age_ms = narrow(o->age_ms);
	n->name = (uint32_t)t->names.len;
	n->name_len = (uint32_t)o->name_len;
	base_buf_add(&t->names, o->name, o->name_len);
}

/*
 * Add the network of O to T, which has it once.  Returns 0, or -1: no memory.
 * The stronger entry is taken whole, with its age and its name, as values of
 * two moments of hearing do not go together.  An unknown signal is the least
 * of all.
 */
static int
add_to_moment(struct convert_moments *m, struct moment *t,
    const struct convert_obs *o)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (same_network(&t->at[i], o)) {
			m->sink->again++;
			if (narrow(o->signal_dbm) > t->at[i].signal_dbm)
				set_moment_network(t, &t->at[i], o);
			return 0;
		}
	if (grow_moment(t) == -1)
		return -1;
	set_moment_network(t, &t->at[t->n++], o);
	m->networks++;
	return 0;
}

/*
 * The bound on all networks keeps a file whose moments are crowded from using
 * 4,096 times what the largest of them takes.  Of rows with several times the
 * latest stands for the moment, since by then all of it was heard.
 */
int
convert_moment_add(struct convert_moments *m, const struct convert_obs *o)
{
	uint64_t key[KEY_WORDS];
	struct moment *t;

	make_key(key, o);
	if ((t = find_moment(m, key)) == NULL)
		return -1;
	if (t->n == 0) {
		t->place = *o;
		t->time_ms = o->time_ms;
	} else if (o->time_ms > t->time_ms)
		t->time_ms = o->time_ms;
	assert(t->n < CONVERT_MOMENT_EACH);
	if (add_to_moment(m, t, o) == -1)
		return -1;
	/* One that is full is written, after those before it. */
	if (t->n == CONVERT_MOMENT_EACH)
		return convert_moment_flush(m);
	while (m->networks > CONVERT_MOMENT_NETWORKS)
		if (close_first(m) == -1)
			return -1;
	return 0;
}
