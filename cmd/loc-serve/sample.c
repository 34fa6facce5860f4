/* SPDX-License-Identifier: ISC */
/*
 * Queries that say something new are kept as reports, which takes the spool's
 * disk and a rate from Redis; no answer waits for either.  The thread that
 * answers decides by the rate it knows, makes the line and puts it into a
 * list; the worker takes the whole list and writes it, a record for each API
 * key and witness.
 *
 * Requests never ask for the rate.  While it is older than some seconds they
 * leave the decision to the worker, which asks then, so an idle service asks
 * nothing.  While it cannot be known (NaN) nothing is kept: a controller may
 * just have set it to 0 because the database is overloaded.
 *
 * The list is bounded by count and by bytes, and what has no room is lost,
 * told once.  When the program ends the worker writes what is there.
 */
#include <sys/queue.h>

#include <assert.h>
#include <err.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/answer.h"
#include "api/report.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/pool.h"
#include "base/uuid.h"
#include "base/worker.h"
#include "net/sentry.h"
#include "queue/provider.h"
#include "spool/record.h"
#include "spool/writer.h"
#include "store/key.h"

#include "sample.h"

#define RATE_MS		5000	/* how long the rate is used */
#define MAX_WAITING	4096
#define MAX_BYTES	(8 << 20)
#define RECORD_BYTES	(1 << 20)	/* roughly, of one record */

_Static_assert(STORE_KEY_MAX <= SPOOL_RECORD_KEY_MAX, "API keys fit");

struct item {
	STAILQ_ENTRY(item)	 next;
	char			 key[SPOOL_RECORD_KEY_MAX + 1];
	int64_t			 percent;
	int			 sampled;	/* it is to be kept */
	struct obs_witness	 who;
	struct base_buf		 line;
};
STAILQ_HEAD(items, item);

struct serve_sample {
	struct spool_writer	*spool;
	struct base_pool	*redis;
	struct net_sentry	*sentry;
	struct base_worker	 worker;	/* its lock is for all of: */
	struct items		 items;
	size_t			 waiting, bytes; /* also those being written */
	double			 rate;		/* percent; NaN: not known */
	int64_t			 rate_until_ms;
	uint64_t		 dropped;	/* since the last one kept */
};

/*
 * 1 with a chance of PERCENT of the key times RATE of all keys; both together
 * may exceed 1.  NULL of a key's percent is far below 0, and NaN compares
 * false.
 */
static int
is_drawn(int64_t percent, double rate)
{
	double share = (double)percent / 100 * rate / 100;

	return share > 0 && share >= arc4random() / 4294967296.0;
}

static void
free_item(struct item *i)
{
	base_buf_done(&i->line);
	free(i);
}

/*
 * Count N that are lost; FULL says what has no room for them.  Locked.  Only
 * the first of a row is warned of; write_record() tells how many there were
 * when it is over.
 */
static void
drop_items(struct serve_sample *l, size_t n, const char *full)
{
	static const char what[] = "queries are not kept as reports";

	if (l->dropped == 0)
		warnx("%s: %s", what, full);
	net_sentry_report(l->sentry, "error", what, full);
	l->dropped += n;
}

/* Work with Redis. */
static int
get_rate(void *redis, void *arg)
{
	return queue_provider_sample_rate(redis, arg);
}

/*
 * The rate, in per cent, asked for if the one known is too old.  Of the worker
 * only, without the lock: it may wait for Redis.  Without Redis in the
 * configuration all is kept that keys allow.  One that cannot be asked for is
 * remembered as such for the same time, so that an outage costs one attempt in
 * RATE_MS.
 */
static double
current_rate(struct serve_sample *l)
{
	double rate = 100;

	/* Only this thread sets them. */
	if (base_clock_mono_ms() < l->rate_until_ms)
		return l->rate;
	if (l->redis != NULL &&
	    base_pool_run(l->redis, get_rate, &rate) == -1) {
		rate = NAN;
		net_sentry_report(l->sentry, "error",
		    "the share of queries to keep is not known", NULL);
	}
	base_worker_lock(&l->worker);
	l->rate = rate;
	l->rate_until_ms = base_clock_mono_ms() + RATE_MS;
	base_worker_unlock(&l->worker);
	return rate;
}

/*
 * Move from FROM to TO what is to be kept; the rest is freed.  Items that a
 * request has decided on are not drawn for a second time.
 */
static void
sample_items(struct serve_sample *l, struct items *from, struct items *to)
{
	struct item *i;

	while ((i = STAILQ_FIRST(from)) != NULL) {
		STAILQ_REMOVE_HEAD(from, next);
		if (i->sampled || is_drawn(i->percent, current_rate(l)))
			STAILQ_INSERT_TAIL(to, i, next);
		else
			free_item(i);
	}
}

/* 1 if item I may be in a record of KEY and WHO. */
static int
is_of(const struct item *i, const char *key, const struct obs_witness *who)
{
	return strcmp(i->key, key) == 0 && i->who.class == who->class &&
	    i->who.tag == who->tag && i->who.source == who->source;
}

/*
 * Take from ITEMS the lines that go into one record with the first of them:
 * those of the same key and witness, until it is large enough.  The others go
 * to REST.  Returns how many.
 */
static size_t
take_items(struct items *items, struct items *rest, char *key,
    struct obs_witness *who, struct base_buf *lines)
{
	struct item *i;
	size_t n = 0;

	assert(!STAILQ_EMPTY(items));
	base_buf_reset(lines);
	strlcpy(key, STAILQ_FIRST(items)->key, SPOOL_RECORD_KEY_MAX + 1);
	*who = STAILQ_FIRST(items)->who;
	while ((i = STAILQ_FIRST(items)) != NULL) {
		STAILQ_REMOVE_HEAD(items, next);
		if (!is_of(i, key, who) || lines->len > RECORD_BYTES) {
			STAILQ_INSERT_TAIL(rest, i, next);
			continue;
		}
		base_buf_add(lines, i->line.data, i->line.len);
		free_item(i);
		n++;
	}
	return n;
}

/*
 * Put a record of N lines on disk.  When the spool takes one again it is told
 * how many were lost meanwhile.
 */
static void
write_record(struct serve_sample *l, const char *key,
    const struct obs_witness *who, const struct base_buf *lines, size_t n)
{
	struct spool_record rec = {
		.time_ms = base_clock_now_ms(),
		.count = (uint32_t)n,
		.witness = *who,
		.key = key,
		.keylen = strlen(key),
		.payload = lines->data,
		.len = lines->len
	};
	int rc = -1;

	base_uuid_v7(rec.id, rec.time_ms);
	if (base_buf_ok(lines))
		rc = spool_writer_append(l->spool, &rec);
	base_worker_lock(&l->worker);
	if (rc == -1)
		drop_items(l, n, "the spool takes none");
	else if (l->dropped > 0) {
		warnx("queries are kept as reports again, %llu were not",
		    (unsigned long long)l->dropped);
		l->dropped = 0;
	}
	base_worker_unlock(&l->worker);
}

/* Write all ITEMS, a record for each key and witness at least. */
static void
write_items(struct serve_sample *l, struct items *items)
{
	struct obs_witness who;
	struct items rest;
	struct base_buf lines;
	char key[SPOOL_RECORD_KEY_MAX + 1];
	size_t n;

	base_buf_init(&lines);
	while (!STAILQ_EMPTY(items)) {
		STAILQ_INIT(&rest);
		n = take_items(items, &rest, key, &who, &lines);
		write_record(l, key, &who, &lines, n);
		STAILQ_CONCAT(items, &rest);
	}
	base_buf_done(&lines);
}

/*
 * The worker: write all that has come, until it is to stop.  It is called with
 * the lock held and returns with it.  Counts are taken down only when all is
 * on disk, so that the bounds hold for what is being written, too.
 */
static void
write_reports(void *arg)
{
	struct serve_sample *l = arg;
	struct items chosen, items;
	size_t bytes, waiting;

	for (;;) {
		while (STAILQ_EMPTY(&l->items) && !l->worker.stopping)
			base_worker_wait(&l->worker, BASE_WORKER_FOREVER);
		if (STAILQ_EMPTY(&l->items))
			break;
		STAILQ_INIT(&items);
		STAILQ_INIT(&chosen);
		STAILQ_CONCAT(&items, &l->items);
		bytes = l->bytes;
		waiting = l->waiting;
		base_worker_unlock(&l->worker);
		sample_items(l, &items, &chosen);
		write_items(l, &chosen);
		base_worker_lock(&l->worker);
		assert(l->bytes >= bytes && l->waiting >= waiting);
		l->bytes -= bytes;
		l->waiting -= waiting;
	}
}

/* Of the worker: nothing is left, and nobody else has it. */
static void
release_sample(void *arg)
{
	struct serve_sample *l = arg;

	assert(STAILQ_EMPTY(&l->items));
	base_worker_done(&l->worker);
	free(l);
}

struct serve_sample *
serve_sample_new(struct spool_writer *spool, struct base_pool *redis,
    struct net_sentry *sentry)
{
	struct serve_sample *l;

	if ((l = calloc(1, sizeof(*l))) == NULL) {
		warn(NULL);
		return NULL;
	}
	l->spool = spool;
	l->redis = redis;
	l->sentry = sentry;
	STAILQ_INIT(&l->items);
	base_worker_init(&l->worker);
	if (base_worker_start(&l->worker, write_reports, release_sample,
	    l) == 0)
		return l;
	warn("thread");
	release_sample(l);
	return NULL;
}

void
serve_sample_free(struct serve_sample *l)
{
	/* The spool is waited for: what was taken is to be on disk. */
	if (l != NULL)
		base_worker_stop(&l->worker, -1);
}

/* Decide on a query of a key that keeps PERCENT: 0 no, 1 yes, -1 not yet. */
static int
decide_now(struct serve_sample *l, int64_t percent)
{
	double rate;
	int fresh;

	base_worker_lock(&l->worker);
	rate = l->rate;
	fresh = base_clock_mono_ms() < l->rate_until_ms;
	base_worker_unlock(&l->worker);
	return fresh ? is_drawn(percent, rate) : -1;
}

/*
 * Give item I to the worker, or drop it if there are too many: a request never
 * waits here for more than the lock.
 */
static void
hand_to_worker(struct serve_sample *l, struct item *i)
{
	base_worker_lock(&l->worker);
	if (l->waiting >= MAX_WAITING || l->bytes >= MAX_BYTES) {
		drop_items(l, 1, "too many at once");
		base_worker_unlock(&l->worker);
		free_item(i);
		return;
	}
	l->waiting++;
	l->bytes += i->line.len;
	STAILQ_INSERT_TAIL(&l->items, i, next);
	base_worker_wake(&l->worker);
	base_worker_unlock(&l->worker);
}

/*
 * Both are called in the thread that answers, after the search and before the
 * reply.  Most queries are not kept, so that what a report needs beside the
 * query is only made for the others.  When not all networks could be looked up
 * nobody can say which are new.
 */
int
serve_sample_choose(struct serve_sample *l, int64_t percent,
    const struct api_answer *w, struct serve_sample_choice *choice)
{
	int keep;

	if (percent <= 0 || w->lost ||
	    !api_report_select(&choice->told, w->search, &w->query, &w->found,
	    w->now_s, w->arena) || (keep = decide_now(l, percent)) == 0)
		return 0;
	choice->percent = percent;
	choice->drawn = keep == 1;
	return 1;
}

/* The line is made here: what it is made of is gone with the request. */
void
serve_sample_keep(struct serve_sample *l, const char *key,
    const struct obs_witness *who, const struct api_answer *w,
    const struct serve_sample_choice *choice)
{
	struct item *i;

	if ((i = malloc(sizeof(*i))) == NULL)
		return;
	strlcpy(i->key, key, sizeof(i->key));
	i->percent = choice->percent;
	i->sampled = choice->drawn;
	i->who = *who;
	base_buf_init(&i->line);
	api_report_write(&i->line, w->search, &choice->told);
	if (base_buf_ok(&i->line))
		hand_to_worker(l, i);
	else
		free_item(i);
}
