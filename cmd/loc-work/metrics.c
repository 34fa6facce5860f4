/* SPDX-License-Identifier: ISC */
/*
 * What statsd learns, named as Ichnaea names it.  Counts are sent after the
 * commit, at most once: those of a batch whose commit nobody saw are lost.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "net/statsd.h"
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

/* Keys that the table does not hold make no tags, they could be any. */
static void
send_shares(struct work *w, struct work_item *const *item, size_t n)
{
	struct share *s = calloc(n, sizeof(*s));
	const char **key = calloc(n, sizeof(*key));
	uint8_t *known = calloc(n, 1);
	size_t i, nkeys;

	if (s == NULL || key == NULL || known == NULL) {
		warn("metrics");
		goto out;
	}
	nkeys = add_up(s, item, n);
	for (i = 0; i < nkeys; i++)
		key[i] = s[i].key;
	if (store_key_known(w->db, key, nkeys, known) == -1)
		memset(known, 0, nkeys);
	for (i = 0; i < nkeys; i++)
		send_share(w->statsd, known[i] ? key[i] : NULL, &s[i].counts);
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

	if (w->statsd == NULL)
		return;
	send_shares(w, item, n);
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
