/* SPDX-License-Identifier: ISC */
/*
 * Whether a query is sampled depends on a rate in Redis.  Requests never ask
 * for it: they use the one known, or if it is too old leave the decision to
 * the thread, which then asks.
 */
#include <sys/queue.h>

#include <err.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "api/report.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/pool.h"
#include "base/uuid.h"
#include "net/sentry.h"
#include "queue/provider.h"
#include "spool/record.h"
#include "spool/writer.h"

#include "sample.h"

#define RATE_MS		5000	/* how long the rate is used */
#define MAX_WAITING	4096
#define MAX_BYTES	(8 << 20)
#define RECORD_BYTES	(1 << 20)	/* roughly, of one record */

struct item {
	STAILQ_ENTRY(item)	 next;
	char			 key[SPOOL_RECORD_KEY_MAX + 1];
	int64_t			 percent;
	int			 sampled;	/* it is to be kept */
	struct base_buf		 line;
};
STAILQ_HEAD(items, item);

struct serve_sample {
	struct spool_writer	*spool;
	struct base_pool	*redis;
	struct net_sentry	*sentry;
	pthread_t		 thread;
	pthread_cond_t		 come;
	pthread_mutex_t		 lock;		/* for all of: */
	struct items		 items;
	size_t			 waiting, bytes; /* also those being written */
	int			 stopping;
	double			 rate;		/* percent; NaN: not known */
	int64_t			 rate_until_ms;
	uint64_t		 dropped;	/* since the last that was not */
};

/* NULL of a key's percent is far below 0. */
static int
sampled(int64_t percent, double rate)
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

/* Count N that are lost; FULL says what has no room for them.  Locked. */
static void
drop(struct serve_sample *l, size_t n, const char *full)
{
	static const char what[] = "queries are not kept as reports";

	if (l->dropped == 0)
		warnx("%s: %s", what, full);
	net_sentry_report(l->sentry, "error", what, full);
	l->dropped += n;
}

static int
get_rate(void *redis, void *arg)
{
	return queue_provider_sample_rate(redis, arg);
}

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
	pthread_mutex_lock(&l->lock);
	l->rate = rate;
	l->rate_until_ms = base_clock_mono_ms() + RATE_MS;
	pthread_mutex_unlock(&l->lock);
	return rate;
}

static void
sample(struct serve_sample *l, struct items *from, struct items *to)
{
	struct item *i;

	while ((i = STAILQ_FIRST(from)) != NULL) {
		STAILQ_REMOVE_HEAD(from, next);
		if (i->sampled || sampled(i->percent, current_rate(l)))
			STAILQ_INSERT_TAIL(to, i, next);
		else
			free_item(i);
	}
}

/* Take from ITEMS what goes into one record with the first of them. */
static size_t
take_record(struct items *items, struct items *rest, char *key,
    struct base_buf *lines)
{
	struct item *i;
	size_t n = 0;

	base_buf_reset(lines);
	strlcpy(key, STAILQ_FIRST(items)->key, SPOOL_RECORD_KEY_MAX + 1);
	while ((i = STAILQ_FIRST(items)) != NULL) {
		STAILQ_REMOVE_HEAD(items, next);
		if (strcmp(i->key, key) != 0 || lines->len > RECORD_BYTES) {
			STAILQ_INSERT_TAIL(rest, i, next);
			continue;
		}
		base_buf_add(lines, i->line.data, i->line.len);
		free_item(i);
		n++;
	}
	return n;
}

static void
write_record(struct serve_sample *l, const char *key,
    const struct base_buf *lines, size_t n)
{
	struct spool_record rec = {
		.time_ms = base_clock_now_ms(),
		.count = (uint32_t)n,
		.key = key,
		.keylen = strlen(key),
		.payload = lines->data,
		.len = lines->len
	};
	int rc = -1;

	base_uuid_v7(rec.id, rec.time_ms);
	if (base_buf_ok(lines))
		rc = spool_writer_append(l->spool, &rec);
	pthread_mutex_lock(&l->lock);
	if (rc == -1)
		drop(l, n, "the spool takes none");
	else if (l->dropped > 0) {
		warnx("queries are kept as reports again, %llu were not",
		    (unsigned long long)l->dropped);
		l->dropped = 0;
	}
	pthread_mutex_unlock(&l->lock);
}

static void
write_items(struct serve_sample *l, struct items *items)
{
	struct items rest;
	struct base_buf lines;
	char key[SPOOL_RECORD_KEY_MAX + 1];
	size_t n;

	base_buf_init(&lines);
	while (!STAILQ_EMPTY(items)) {
		STAILQ_INIT(&rest);
		n = take_record(items, &rest, key, &lines);
		write_record(l, key, &lines, n);
		STAILQ_CONCAT(items, &rest);
	}
	base_buf_done(&lines);
}

static void *
run(void *arg)
{
	struct serve_sample *l = arg;
	struct items chosen, items;
	size_t bytes, waiting;

	pthread_mutex_lock(&l->lock);
	for (;;) {
		while (STAILQ_EMPTY(&l->items) && !l->stopping)
			pthread_cond_wait(&l->come, &l->lock);
		if (STAILQ_EMPTY(&l->items))
			break;
		STAILQ_INIT(&items);
		STAILQ_INIT(&chosen);
		STAILQ_CONCAT(&items, &l->items);
		bytes = l->bytes;
		waiting = l->waiting;
		pthread_mutex_unlock(&l->lock);
		sample(l, &items, &chosen);
		write_items(l, &chosen);
		pthread_mutex_lock(&l->lock);
		l->bytes -= bytes;
		l->waiting -= waiting;
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

struct serve_sample *
serve_sample_new(struct spool_writer *spool, struct base_pool *redis,
    struct net_sentry *sentry)
{
	struct serve_sample *l;
	sigset_t all, old;

	if ((l = calloc(1, sizeof(*l))) == NULL) {
		warn(NULL);
		return NULL;
	}
	l->spool = spool;
	l->redis = redis;
	l->sentry = sentry;
	STAILQ_INIT(&l->items);
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->come, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	errno = pthread_create(&l->thread, NULL, run, l);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (errno == 0)
		return l;
	warn("thread");
	free(l);
	return NULL;
}

void
serve_sample_free(struct serve_sample *l)
{
	if (l == NULL)
		return;
	pthread_mutex_lock(&l->lock);
	l->stopping = 1;
	pthread_cond_signal(&l->come);
	pthread_mutex_unlock(&l->lock);
	pthread_join(l->thread, NULL);
	pthread_cond_destroy(&l->come);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

/* Decide on a query of a key that keeps PERCENT: 0 no, 1 yes, -1 not yet. */
static int
decide(struct serve_sample *l, int64_t percent)
{
	double rate;
	int fresh;

	pthread_mutex_lock(&l->lock);
	rate = l->rate;
	fresh = base_clock_mono_ms() < l->rate_until_ms;
	pthread_mutex_unlock(&l->lock);
	return fresh ? sampled(percent, rate) : -1;
}

static void
push(struct serve_sample *l, struct item *i)
{
	pthread_mutex_lock(&l->lock);
	if (l->waiting >= MAX_WAITING || l->bytes >= MAX_BYTES) {
		drop(l, 1, "too many at once");
		pthread_mutex_unlock(&l->lock);
		free_item(i);
		return;
	}
	l->waiting++;
	l->bytes += i->line.len;
	STAILQ_INSERT_TAIL(&l->items, i, next);
	pthread_cond_signal(&l->come);
	pthread_mutex_unlock(&l->lock);
}

void
serve_sample_query(struct serve_sample *l, const char *key, int64_t percent,
    const struct locate_query *q, const struct locate_search *s)
{
	struct item *i;
	int keep;

	if (percent <= 0 || !api_report_worth(s, q, base_clock_now_s()) ||
	    (keep = decide(l, percent)) == 0 ||
	    (i = malloc(sizeof(*i))) == NULL)
		return;
	strlcpy(i->key, key, sizeof(i->key));
	i->percent = percent;
	i->sampled = keep == 1;
	base_buf_init(&i->line);
	api_report_write(&i->line, s, q);
	if (base_buf_ok(&i->line))
		push(l, i);
	else
		free_item(i);
}
