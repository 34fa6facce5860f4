/* SPDX-License-Identifier: ISC */
/*
 * What statsd learns, named as Ichnaea names it, and what Redis keeps of each
 * API key for eight days.  Counts are sent after the commit, at most once:
 * those of a batch whose commit nobody saw are lost.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/clock.h"
#include "net/statsd.h"
#include "queue/keyday.h"
#include "store/db.h"
#include "store/key.h"
#include "store/update.h"
#include "work.h"

/* What came with one API key; "" are all that cannot be one. */
struct share {
	char			key[STORE_KEY_MAX + 1];
	struct obs_counts	counts;
};

/* By the key, which stands first. */
static int
cmp_share(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The same, of pointers to keys. */
static int
cmp_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sort and add up the N submissions by their keys.  Returns how many. */
static size_t
add_up(struct share *s, struct work_item *const *item, size_t n)
{
	const struct queue_entry *e;
	size_t i, last = 0;

	for (i = 0; i < n; i++) {
		e = item[i]->entry;
		snprintf(s[i].key, sizeof(s[i].key), "%.*s",
		    (int)(e->keylen > STORE_KEY_MAX ? 0 : e->keylen), e->key);
		if (!store_key_check(s[i].key))
			s[i].key[0] = '\0';
		s[i].counts = item[i]->counts;
	}
	qsort(s, n, sizeof(*s), cmp_share);
	for (i = 1; i < n; i++)
		if (strcmp(s[i].key, s[last].key) == 0)
			obs_batch_counts_add(&s[last].counts, &s[i].counts);
		else
			s[++last] = s[i];
	return last + 1;
}

/* Send the counts of one key; NULL: they have no tag. */
static void
send_share(struct net_statsd *to, const char *key, const struct obs_counts *c)
{
	const char *type;
	int i;

	net_statsd_count(to, "data.report.upload", (int64_t)c->report_upload,
	    "key", key, NULL);
	net_statsd_count(to, "data.report.drop", (int64_t)c->report_drop,
	    "key", key, NULL);
	net_statsd_count(to, "data.observation.optout", (int64_t)c->optout,
	    "key", key, NULL);
	for (i = 0; i < OBS_KINDS; i++) {
		type = obs_batch_kind_name((enum obs_kind)i);
		net_statsd_count(to, "data.observation.upload",
		    (int64_t)c->upload[i], "type", type, "key", key, NULL);
		net_statsd_count(to, "data.observation.drop",
		    (int64_t)c->drop[i], "type", type, "key", key, NULL);
	}
}

/* Add a count to LIST, unless it is none. */
static size_t
note_count(struct queue_keyday *list, size_t n, const char *key,
    const char *what, const char *of, uint64_t count)
{
	if (count == 0)
		return n;
	strlcpy(list[n].key, key, sizeof(list[n].key));
	snprintf(list[n].what, sizeof(list[n].what), "%s%s", what, of);
	list[n].count = (int64_t)count;
	return n + 1;
}

/*
 * The same for who asks later who submits what, see loc-stats(1).  Whoever has
 * no key is "-".
 */
#define NOTES	(3 + 2 * OBS_KINDS + OBS_WHYS)
static void
note_share(struct work *w, const char *key, const struct obs_counts *c,
    int64_t day)
{
	struct queue_keyday list[NOTES];
	size_t n = 0;
	int i;

	if (key == NULL)
		key = "-";
	n = note_count(list, n, key, "reports", "", c->report_upload);
	n = note_count(list, n, key, "dropped", "", c->report_drop);
	n = note_count(list, n, key, "optout", "", c->optout);
	for (i = 0; i < OBS_KINDS; i++) {
		n = note_count(list, n, key, obs_batch_kind_name(
		    (enum obs_kind)i), "", c->upload[i]);
		n = note_count(list, n, key, obs_batch_kind_name(
		    (enum obs_kind)i), ".refused", c->drop[i]);
	}
	for (i = 0; i < OBS_WHYS; i++)
		n = note_count(list, n, key, obs_batch_why_name(
		    (enum obs_why)i), "", c->why[i]);
	if (n > 0)
		queue_keyday_add(w->consumer.stream.redis, day, list, n);
}

/* Send what came of testimonies on stations of KIND, by who gave them. */
static void
send_trust(struct net_statsd *to, const char *key, enum obs_kind kind,
    const struct store_tally *t)
{
	static const char *const names[STORE_TALLY_EVENTS] = {
		[STORE_TALLY_VOTE] = "data.trust.vote",
		[STORE_TALLY_DOUBT] = "data.trust.doubt",
		[STORE_TALLY_REFUSED] = "data.trust.refused",
		[STORE_TALLY_MOVE] = "data.trust.move",
		[STORE_TALLY_HIDE] = "data.trust.hide",
		[STORE_TALLY_RETURN] = "data.trust.return",
		[STORE_TALLY_CAPPED] = "data.trust.capped",
		[STORE_TALLY_OPTOUT] = "data.trust.optout",
		[STORE_TALLY_BORN_OVER] = "data.trust.born_over",
		[STORE_TALLY_BLOCKED] = "data.trust.blocked",
		[STORE_TALLY_FORGOTTEN] = "data.trust.forgotten"
	};
	const char *type = obs_batch_kind_name(kind);
	int class, event;

	for (class = 0; class < STORE_TALLY_CLASSES; class++)
		for (event = 0; event < STORE_TALLY_EVENTS; event++)
			net_statsd_count(to, names[event],
			    (int64_t)t->n[class][event], "type", type,
			    "class", store_tally_class_name(
			    (enum obs_witness_class)class), "key", key, NULL);
}

/* A doubt that is refused as well is that alone. */
static uint64_t
count_event(const uint64_t *n, enum store_tally_event event)
{
	if (event != STORE_TALLY_DOUBT)
		return n[event];
	return n[STORE_TALLY_DOUBT] > n[STORE_TALLY_REFUSED] ?
	    n[STORE_TALLY_DOUBT] - n[STORE_TALLY_REFUSED] : 0;
}

/*
 * The same for who asks later: what observations did not change, as others are
 * believed, or the station is not to be known.
 */
static void
note_tallies(struct work *w, const char *key, const struct store_tally *t,
    int64_t day)
{
	static const struct {
		enum store_tally_event	event;
		const char		*what;
	} notes[] = {
		{ STORE_TALLY_DOUBT, "network:contradicts" },
		{ STORE_TALLY_REFUSED, "network:contradicts_too_often" },
		{ STORE_TALLY_CAPPED, "network:too_far" },
		{ STORE_TALLY_BORN_OVER, "network:too_many_new" },
		{ STORE_TALLY_BLOCKED, "network:blocked" },
		{ STORE_TALLY_FORGOTTEN, "network:forgotten" }
	};
#define TALLIES	(sizeof(notes) / sizeof(notes[0]))
	struct queue_keyday list[TALLIES];
	size_t i, n = 0;
	uint64_t sum;
	int class, kind;

	for (i = 0; i < TALLIES; i++) {
		for (sum = 0, kind = 0; kind < OBS_KINDS; kind++)
			for (class = 0; class < STORE_TALLY_CLASSES; class++)
				sum += count_event(t[kind].n[class],
				    notes[i].event);
		n = note_count(list, n, key == NULL ? "-" : key,
		    notes[i].what, "", sum);
	}
	if (n > 0)
		queue_keyday_add(w->consumer.stream.redis, day, list, n);
}

/*
 * Send the tallies of the API keys of the batch.  Those that make tags are
 * among the N of KEY, in the order of strcmp(3), and KNOWN.
 */
static void
send_tallies(struct work *w, const struct store_tally *t,
    const char *const *key, const uint8_t *known, size_t n, int64_t day)
{
	const char *name, *const *found;
	size_t i;
	int kind;

	for (i = 0; i < w->batch.nkey; i++) {
		name = w->batch.key[i].byte;
		found = bsearch(&name, key, n, sizeof(*key), cmp_name);
		name = found != NULL && known[found - key] ? *found : NULL;
		note_tallies(w, name, t, day);
		for (kind = 0; kind < OBS_KINDS; kind++)
			send_trust(w->statsd, name, (enum obs_kind)kind, t++);
	}
}

/* Keys that the table does not hold make no tags, they could be any. */
static void
send_shares(struct work *w, struct work_item *const *item, size_t n,
    const struct store_tally *t)
{
	struct share *s = calloc(n, sizeof(*s));
	const char **key = calloc(n, sizeof(*key));
	uint8_t *known = calloc(n, 1);
	size_t i, nkeys;
	int64_t day;

	if (s == NULL || key == NULL || known == NULL) {
		warn("metrics");
		goto out;
	}
	nkeys = add_up(s, item, n);
	for (i = 0; i < nkeys; i++)
		key[i] = s[i].key;
	if (store_key_known(w->db, key, nkeys, known) == -1)
		memset(known, 0, nkeys);
	day = base_civil_day_of(base_clock_now_s());
	for (i = 0; i < nkeys; i++) {
		send_share(w->statsd, known[i] ? key[i] : NULL, &s[i].counts);
		note_share(w, known[i] ? key[i] : NULL, &s[i].counts, day);
	}
	if (t != NULL)
		send_tallies(w, t, key, known, nkeys, day);
out:
	free(s);
	free(key);
	free(known);
}

/* Send what became of the stations of KIND. */
static void
send_stations(struct net_statsd *to, enum obs_kind kind,
    const struct station_update_counts *c)
{
	const char *type = obs_batch_kind_name(kind);

	net_statsd_count(to, "data.observation.insert", (int64_t)c->obs,
	    "type", type, NULL);
	net_statsd_count(to, "data.station.new", (int64_t)c->created, "type",
	    type, NULL);
	net_statsd_count(to, "data.station.confirm", (int64_t)c->confirm,
	    "type", type, NULL);
	net_statsd_count(to, "data.station.blocklist", (int64_t)c->blocked,
	    "type", type, NULL);
}

void
work_metrics_batch(struct work *w, struct work_item *const *item, size_t n,
    const struct store_update_result *r, int64_t ms)
{
	int i;

	send_shares(w, item, n, r->tally);
	if (w->statsd == NULL)
		return;
	for (i = 0; i < OBS_KINDS; i++)
		send_stations(w->statsd, (enum obs_kind)i,
		    &r->stations.kind[i]);
	net_statsd_count(w->statsd, "data.export.batch", 1, "key",
	    w->consumer.group, NULL);
	net_statsd_time(w->statsd, "data.export.upload.timing", (double)ms,
	    "key", w->consumer.group, NULL);
}

void
work_metrics_task(struct work *w, const char *task, int64_t start_ms)
{
	net_statsd_time(w->statsd, "task",
	    (double)(base_clock_mono_ms() - start_ms), "task", task, NULL);
}

/* Somebody else was in the way of a transaction; it is tried again. */
static void
on_conflict(void *arg, unsigned code, const char *about)
{
	struct work *w = arg;
	char text[16];

	snprintf(text, sizeof(text), "%u", code);
	if (strcmp(about, "datamap") == 0)
		net_statsd_count(w->statsd, "datamaps.dberror", 1, "errno",
		    text, NULL);
	else
		net_statsd_count(w->statsd, "data.station.dberror", 1,
		    "errno", text, "type", about, NULL);
}

void
work_metrics_watch(struct work *w)
{
	store_db_on_conflict(w->db, on_conflict, w);
}
