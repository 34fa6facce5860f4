/* SPDX-License-Identifier: ISC */
/*
 * The provider of an API key is asked only through Redis: it keeps answers,
 * which are looked up first, and counts the calls of all loc-serve together,
 * which may be paid for.  So while Redis is away no provider is asked.  Places
 * are taken in an order that costs nothing when the next is full: first a
 * connection, of which a provider that hangs can use up only its own, and then
 * one of the calls that the key's rate limit allows.
 *
 * Whatever goes wrong costs the answer of the provider and nothing else.  It
 * is told to the operators each time, and warned of once a minute for each
 * provider; a row that can never work is warned of once.
 */
#include <assert.h>
#include <err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/crc32c.h"
#include "base/pool.h"
#include "net/provider.h"
#include "net/sentry.h"
#include "net/statsd.h"
#include "provider/cached.h"
#include "provider/service.h"
#include "queue/provider.h"
#include "store/key.h"

#include "fallback.h"

#define MUTE_MS		60000	/* after a warning, per provider */
#define MUTED		64	/* providers of which that is remembered */

_Static_assert(PROVIDER_CACHED_KEYS <= QUEUE_PROVIDER_KEYS,
    "all networks of a query are looked up at once");

struct serve_fallback {
	struct net_provider	*net;
	struct base_pool	*redis;
	struct net_statsd	*statsd;
	struct net_sentry	*sentry;
	pthread_mutex_t		 lock;		/* for: */
	struct {
		uint32_t	 name;		/* its CRC */
		int64_t		 until_ms;	/* 0: not in use */
	}			 muted[MUTED];
};

/*
 * One query on its way through, on the stack of the thread that answers.
 * KEPT_AS has the names that its answer is kept under in Redis, and KEY points
 * into it.
 */
struct asking {
	const struct store_key	*k;
	const struct locate_query *query;
	struct base_arena	*a;
	struct provider_service	 p;
	struct provider_cached_key kept_as[PROVIDER_CACHED_KEYS];
	struct queue_provider_key key[PROVIDER_CACHED_KEYS]; /* the same */
	size_t			 nkey;		/* 0: is not kept */
	struct provider_cached	 cached;
	int			 found;		/* to keep: a position */
	struct base_buf		 keep;
};

struct serve_fallback *
serve_fallback_new(size_t calls, struct base_pool *redis,
    struct net_statsd *statsd, struct net_sentry *sentry)
{
	struct serve_fallback *f;

	if ((f = calloc(1, sizeof(*f))) == NULL) {
		warn(NULL);
		return NULL;
	}
	if ((f->net = net_provider_new(calls)) == NULL) {
		free(f);
		return NULL;
	}
	f->redis = redis;
	f->statsd = statsd;
	f->sentry = sentry;
	pthread_mutex_init(&f->lock, NULL);
	return f;
}

void
serve_fallback_free(struct serve_fallback *f)
{
	if (f == NULL)
		return;
	net_provider_free(f->net);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

/*
 * All columns are needed, the limit too: calls may be paid for, so it is not
 * for us to guess what a row without one means.
 */
int
serve_fallback_may(const struct store_key *k)
{
	return k->allow_fallback > 0 && k->fallback_name[0] != '\0' &&
	    k->fallback_url[0] != '\0' &&
	    k->fallback_ratelimit != STORE_KEY_NULL &&
	    k->fallback_ratelimit_interval > 0;
}

/*
 * May there be a warning about NAME, and none for FOR_MS from now on?  Names
 * are remembered by their CRC, the oldest of which gives way: two of one CRC
 * cost a warning, more than MUTED a repeated one.  Called in many threads; the
 * lock is held for a walk over the table, and only when something is wrong.
 */
static int
may_warn(struct serve_fallback *f, const char *name, int64_t for_ms)
{
	uint32_t crc = base_crc32c(0, name, strlen(name));
	int64_t now = base_clock_mono_ms();
	size_t i, to = 0;
	int may;

	pthread_mutex_lock(&f->lock);
	for (i = 0; i < MUTED && f->muted[i].name != crc; i++)
		if (f->muted[i].until_ms < f->muted[to].until_ms)
			to = i;
	if (i < MUTED)
		to = i;
	may = f->muted[to].name != crc || now >= f->muted[to].until_ms;
	if (may) {
		f->muted[to].name = crc;
		f->muted[to].until_ms = for_ms == INT64_MAX ? for_ms :
		    now + for_ms;
	}
	pthread_mutex_unlock(&f->lock);
	return may;
}

/* Tell what is wrong with the provider of K; a warning only every FOR_MS. */
static void
tell_fault(struct serve_fallback *f, const struct store_key *k,
    const char *what, const char *detail, int64_t for_ms)
{
	char text[sizeof(k->fallback_name) + 64];

	snprintf(text, sizeof(text), "provider %s: %s", k->fallback_name,
	    what);
	net_sentry_report(f->sentry, "error", text, detail);
	if (may_warn(f, k->fallback_name, for_ms))
		warnx("%s: %s", text, detail);
}

/* Of Redis itself there are warnings where it is asked. */
static void
tell_redis_fault(struct serve_fallback *f, const char *what)
{
	net_sentry_report(f->sentry, "error", what, NULL);
}

/* Name the answer, if it may be kept. */
static void
name_answer(struct asking *q)
{
	size_t i;

	if (q->k->fallback_cache_expire <= 0)
		return;
	q->nkey = provider_cached_keys(q->kept_as, q->p.schema, q->query);
	for (i = 0; i < q->nkey; i++) {
		q->key[i].data = q->kept_as[i].data;
		q->key[i].len = q->kept_as[i].len;
	}
}

/* Of work with Redis: the value that is kept under the Ith key. */
static void
add_kept(void *arg, size_t i, const char *text, size_t len)
{
	struct asking *q = arg;

	provider_cached_add(&q->cached, i, text, len, q->a);
}

/*
 * Work with Redis, as the next two.  It may be done twice when a connection
 * was lost, so it begins anew.
 */
static int
get_kept(void *redis, void *arg)
{
	struct asking *q = arg;

	provider_cached_init(&q->cached, q->query);
	return queue_provider_get(redis, q->key, q->nkey, add_kept, q);
}

/* Keep the answer under its keys. */
static int
store_answer(void *redis, void *arg)
{
	const struct asking *q = arg;
	size_t first = 0, n = q->nkey;

	if (!q->found)
		n = provider_cached_keys_none(q->query, n, &first);
	return queue_provider_set(redis, q->key + first, n, q->keep.data,
	    q->keep.len, q->k->fallback_cache_expire);
}

/*
 * Count a call: returns an enum queue_provider_verdict.  The counter is in
 * Redis, so that all loc-serve together keep to the limit.  A call that then
 * fails stays counted, as the provider may have counted it, too.
 */
static int
admit_call(void *redis, void *arg)
{
	const struct store_key *k = arg;

	return queue_provider_admit(redis, k->fallback_name,
	    k->fallback_ratelimit, k->fallback_ratelimit_interval,
	    base_clock_now_s());
}

/*
 * What the answers that Redis keeps say.  If they cannot be read the verdict
 * is that they are broken, and the caller goes on as if there were none; but
 * then the call cannot be counted either, so no provider is asked.  One metric
 * tells how often money was saved.
 */
static enum provider_cached_verdict
recall_answer(struct serve_fallback *f, struct asking *q,
    struct provider_service_position *pos)
{
	static const char *const statuses[] = {
		[PROVIDER_CACHED_FOUND] = "hit",
		[PROVIDER_CACHED_NOT_FOUND] = "hit",
		[PROVIDER_CACHED_MISS] = "miss",
		[PROVIDER_CACHED_INCONSISTENT] = "inconsistent",
		[PROVIDER_CACHED_BROKEN] = "failure"
	};
	enum provider_cached_verdict v = PROVIDER_CACHED_MISS;

	name_answer(q);
	if (q->nkey > 0)
		v = base_pool_run(f->redis, get_kept, q) == -1 ?
		    PROVIDER_CACHED_BROKEN :
		    provider_cached_judge(&q->cached, pos);
	if (v == PROVIDER_CACHED_BROKEN)
		tell_redis_fault(f, "kept answers of providers are not read");
	net_statsd_count(f->statsd, "locate.fallback.cache", 1,
	    "fallback_name", q->k->fallback_name, "status", q->nkey > 0 ?
	    statuses[v] : "bypassed", NULL);
	return v;
}

/*
 * Send the question, and wait for seconds at most.  Returns the HTTP status or
 * -1, as it does.  Times are told only of calls that were answered.
 */
static long
post_question(struct serve_fallback *f, const struct asking *q,
    struct net_provider_call *c, const struct base_buf *body,
    struct base_buf *answer,
    char error[NET_PROVIDER_WHY_LEN])
{
	int64_t begun_us = base_clock_mono_us();
	char code[24];
	long status;

	status = net_provider_post(c, body->data, body->len, answer, error);
	if (status == -1)
		return -1;
	snprintf(code, sizeof(code), "%ld", status);
	net_statsd_time(f->statsd, "locate.fallback.lookup.timing",
	    (double)(base_clock_mono_us() - begun_us) / 1000,
	    "fallback_name", q->k->fallback_name, NULL);
	net_statsd_count(f->statsd, "locate.fallback.lookup", 1,
	    "fallback_name", q->k->fallback_name, "status", code, NULL);
	return status;
}

/*
 * Ask the provider, and tell if it gives no answer.  Both buffers are freed
 * here, as the position is copied out of them.
 */
static enum provider_service_verdict
call_provider(struct serve_fallback *f, struct asking *q,
    struct net_provider_call *c, const struct locate_query *query,
    struct provider_service_position *pos)
{
	enum provider_service_verdict v = PROVIDER_SERVICE_BAD;
	struct base_buf answer, body;
	char error[NET_PROVIDER_WHY_LEN];
	const char *why;
	long status = -1;

	base_buf_init(&answer);
	base_buf_init(&body);
	provider_service_ask(&body, &q->p, query);
	if (!base_buf_ok(&body))
		strlcpy(error, "out of memory", sizeof(error));
	else if ((status = post_question(f, q, c, &body, &answer,
	    error)) != -1 &&
	    (v = provider_service_answer(&q->p, status, answer.data,
	    answer.len, pos, &why, q->a)) == PROVIDER_SERVICE_BAD)
		snprintf(error, sizeof(error), "%s, status %ld", why, status);
	if (v == PROVIDER_SERVICE_BAD)
		tell_fault(f, q->k, status == -1 ? "no answer" :
		    status >= 400 ? "an error" :
		    "no usable answer", error, MUTE_MS);
	base_buf_done(&answer);
	base_buf_done(&body);
	return v;
}

/* Keep POS, or if it is NULL that there is no answer. */
static void
keep_answer(struct serve_fallback *f, struct asking *q,
    const struct provider_service_position *pos)
{
	q->found = pos != NULL;
	base_buf_init(&q->keep);
	provider_cached_write(&q->keep, pos);
	if (base_buf_ok(&q->keep) &&
	    base_pool_run(f->redis, store_answer, q) == -1)
		tell_redis_fault(f, "answers of providers are not kept");
	base_buf_done(&q->keep);
}

/*
 * Ask if there is a connection and the limit allows it, and keep the answer,
 * which may be that there is none.  A failure is not kept: the next query may
 * do better.  The connection is given back before the answer is kept, so that
 * Redis does not hold up others who wait for the provider.
 */
static enum provider_service_verdict
ask_within_limits(struct serve_fallback *f, struct asking *q,
    const struct locate_query *query, struct provider_service_position *pos)
{
	enum provider_service_verdict v = PROVIDER_SERVICE_BAD;
	struct net_provider_call *c;
	int may;

	if ((c = net_provider_take(f->net, q->p.url)) == NULL) {
		tell_fault(f, q->k, "not asked", "too many calls at once",
		    MUTE_MS);
		return v;
	}
	may = base_pool_run(f->redis, admit_call, (void *)(uintptr_t)q->k);
	if (may == QUEUE_PROVIDER_FAILED)
		tell_redis_fault(f, "calls of providers are not counted");
	if (may == QUEUE_PROVIDER_MAY)
		v = call_provider(f, q, c, query, pos);
	net_provider_give(f->net, c);
	if (v != PROVIDER_SERVICE_BAD && q->nkey > 0)
		keep_answer(f, q, v == PROVIDER_SERVICE_FOUND ? pos : NULL);
	return v;
}

/*
 * This is called in a thread that may wait, after our own data did not
 * answer.  The row is parsed each time, which is cheap beside what follows and
 * keeps nothing that a changed row would make stale.  R is set at the very end
 * or not at all.
 */
int
serve_fallback_ask(struct serve_fallback *f, const struct store_key *k,
    const struct locate_query *query, struct locate_result *r,
    struct base_arena *a)
{
	struct provider_service_position pos;
	struct asking q = { .k = k, .query = query, .a = a };
	const char *why;

	assert(serve_fallback_may(k));
	why = provider_service_parse(&q.p, k->fallback_schema,
	    k->fallback_url);
	if (why != NULL) {
		tell_fault(f, k, "never asked", why, INT64_MAX);
		return 0;
	}
	switch (recall_answer(f, &q, &pos)) {
	case PROVIDER_CACHED_FOUND:
		break;
	case PROVIDER_CACHED_NOT_FOUND:
		return 0;
	default:
		if (ask_within_limits(f, &q, query, &pos) !=
		    PROVIDER_SERVICE_FOUND)
			return 0;
	}
	provider_service_result(r, &pos);
	return 1;
}
