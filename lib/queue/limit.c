/* SPDX-License-Identifier: ISC */
/*
 * The question that every call asks: may it go on?
 *
 * Who takes part.  A request is read in a thread, and any of these threads
 * calls queue_limit_begin().  What Redis has to be asked goes with what other
 * calls ask, as one of these threads calls queue_limit_ask() for all that
 * wait.  They share a pool of a few connections, as a round trip holds one
 * for less than a tenth of a millisecond; a connection per thread would mean
 * thousands, each set up for a few calls.  One thread of ours sends what was
 * gathered and looks for a lost Redis, with a connection of its own, which also
 * warns for all others.
 *
 * What a call costs.  One of these, in the order in which they are tried:
 *
 *	nothing		it has no limit and is not counted
 *	no wait		its key has no limit, nor have networks: it is gathered
 *			(queue/gather.h) and counted up to delay_ms later
 *	a round trip	shared with others that ask meanwhile, which are all in
 *			one pipeline (queue/count.h)
 *	no wait		Redis is away: it is decided in memory
 *			(queue/local.h) and gathered
 *
 * The states of Redis, as the pool knows them:
 *
 *	there		Calls ask it.  If their connection is lost those that
 *			were not answered are asked for once more at once, as
 *			an idle connection may have been closed; if that fails,
 *			too, the pool is down, and the thread is woken.  When
 *			Redis begins to hang, calls wait for it that come before
 *			the first of them has waited for timeout_ms.
 *	down		No call asks it: base_pool_run() returns at once.  Only
 *			the thread does, every REST_MS.  When it gets an answer
 *			it sends what was gathered, and the pool is up again.
 *	refusing	It answers, but with an error (a key of another type, no
 *			memory).  That is a matter of one call: that is
 *			decided in memory and not gathered, as it would be
 *			refused again.
 *
 * How often a call is counted.  Once, but: a call whose connection was lost
 * after it was sent may have been counted, so it is neither gathered nor sent
 * again by the thread (the second try of a stale connection may count one
 * call twice, which is rare and harms nobody).  What the process has gathered
 * is lost if it is killed: 200 ms of calls by default, or those of an outage.
 *
 * The limit for networks is GCRA (queue/gcra.h), by the clock of Redis, so
 * that those of the servers may differ.  In memory it is the monotonic clock:
 * what Redis said last of a network is kept as the time from now on, not as a
 * time of day.
 *
 * The worker's lock protects what the thread and callers share; the pool,
 * the gathered counts and the limits in memory have locks of their own, under
 * which no other is taken.  The thread takes those of the pool and of the
 * counts for a moment under the worker's.
 */
#include <assert.h>
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/clock.h"
#include "base/pool.h"
#include "base/worker.h"
#include "io/outage.h"
#include "queue/caller.h"
#include "queue/count.h"
#include "queue/gather.h"
#include "queue/gcra.h"
#include "queue/limit.h"
#include "queue/local.h"
#include "queue/names.h"
#include "queue/redis.h"

#define REST_MS		1000		/* between looks for a lost Redis */
#define LOST		(-1)		/* the connection; see base/pool.h */

struct queue_limit {
	struct queue_limit_options o;	/* url is not kept */
	struct base_pool	*pool;
	struct queue_gather	*gather;
	struct queue_local	*local;
	struct queue_count	*count;
	struct queue_gcra	 gcra;		/* of client networks */
	struct base_worker	 worker;
	/* under the worker's lock */
	int			 refusing;	/* since the last flush */
	/* the thread's own */
	struct queue_redis	*own;
};

/*
 * Name what CALL is counted under, by the day of our own clock.  Names that
 * do not apply stay empty: NETWORK if it is not known or has no limit, the
 * others if the call is only limited, as all are where there is no Redis and
 * its key has no limit.  Returns 0, or -1 if a name is too long.
 */
static int
name_call(const struct queue_limit *l, struct queue_count_call *c,
    const struct queue_limit_call *call)
{
	int is_counted = call->type != NULL && (l->pool != NULL ||
	    call->max > 0);
	struct queue_caller who;
	int64_t day;

	c->network[0] = c->users[0] = c->calls[0] = c->client[0] = '\0';
	if (!is_counted && l->o.client_limit == 0)
		return 0;
	queue_caller_set(&who, &call->client);
	memcpy(c->client, who.address, sizeof(c->client));
	if (l->o.client_limit > 0 && who.network[0] != '\0' &&
	    queue_names_network(c->network, call->key, who.network) == -1)
		return -1;
	if (!is_counted)
		return 0;
	day = base_civil_day_of(base_clock_now_s());
	return queue_names_addresses(c->users, call->type, call->key, day) |
	    queue_names_calls(c->calls, call->key, call->path, day);
}

/* Begin C, of a call that costs COST for its network and IS_MADE already. */
static int
begin_count(const struct queue_limit *l, struct queue_count_call *c,
    const struct queue_limit_call *call, int64_t cost, int is_made)
{
	c->cost = cost > 0 ? cost : 1;
	c->is_made = is_made;
	c->verdict = QUEUE_COUNT_UNKNOWN;
	c->count = -1;
	return name_call(l, c, call);
}

static const char counting[] = "redis: counting calls";

/* Redis did not count a call, and says WHY. */
static void
note_refusal(struct queue_limit *l, const char *why)
{
	base_worker_lock(&l->worker);
	l->refusing = 1;
	base_worker_unlock(&l->worker);
	io_outage_shared_fails(why, "%s", counting);
}

/*
 * Calls that ask Redis, at once.
 */

struct asking {
	struct queue_limit	*l;
	struct queue_count_call	*call[QUEUE_LIMIT_MAX];
	size_t			 n;
	int			 tried;	/* there was a connection */
	char			 why[QUEUE_COUNT_WHY];	/* one was refused */
};

/* The pool's work: what it returns tells the pool of lost connections. */
static int
ask_with_connection(void *redis, void *arg)
{
	struct asking *a = arg;

	a->tried = 1;
	return queue_count_run(a->l->count, redis, a->call, a->n, a->why);
}

/* There is something new to send, or Redis is away. */
static void
wake_limit_thread(struct queue_limit *l)
{
	base_worker_lock(&l->worker);
	base_worker_wake(&l->worker);
	base_worker_unlock(&l->worker);
}

/* Ask for all calls of A, each of which knows then what came of it. */
static void
ask_redis(struct asking *a)
{
	struct queue_limit *l = a->l;
	int rc = base_pool_run(l->pool, ask_with_connection, a);

	if (rc == LOST && a->tried)
		wake_limit_thread(l);
	if (a->why[0] != '\0')
		note_refusal(l, a->why);
	else if (rc != LOST)
		io_outage_shared_works("%s", counting);
}

/* Keep a call for later; 0 if there is no room. */
static int
gather_call(struct queue_limit *l, const struct queue_count_call *c)
{
	enum queue_gather_verdict v = queue_gather_add(l->gather, c->calls,
	    c->users, c->client);

	if (v == QUEUE_GATHER_FIRST)
		wake_limit_thread(l);
	return v != QUEUE_GATHER_FULL;
}

/* Will what is gathered now probably be lost? */
static int
is_failing(struct queue_limit *l)
{
	int refusing;

	base_worker_lock(&l->worker);
	refusing = l->refusing;
	base_worker_unlock(&l->worker);
	return refusing || base_pool_is_down(l->pool);
}

static int64_t
whole_seconds(int64_t us)
{
	return (us + 999999) / 1000000;
}

/*
 * What RESULT says of a network that may go on as A says.  Times are rounded
 * up, so that whoever waits as long as a header says is not refused again.
 */
static void
set_network_result(struct queue_limit_result *result,
    const struct queue_limit *l, const struct queue_gcra_answer *a)
{
	result->limit = l->o.client_limit;
	result->window_s = l->o.client_window_s;
	result->remaining = a->remaining;
	result->reset_s = whole_seconds(a->reset_us);
	result->retry_s = whole_seconds(a->retry_us);
}

/* Redis has answered C: what is needed if it does not answer the next. */
static void
remember_answer(struct queue_limit *l, const struct queue_count_call *c,
    int64_t max)
{
	if (c->network[0] != '\0')
		queue_local_saw_network(l->local, c->network,
		    c->of_network.reset_us);
	if (max > 0 && c->count > 0)
		queue_local_saw_calls(l->local, c->calls, c->count);
}

/* Is the client's network over its limit, as far as memory tells? */
static int
is_network_over(struct queue_limit *l, struct queue_limit_ask *a)
{
	struct queue_gcra_answer of_network;

	if (a->count.network[0] == '\0')
		return 0;
	queue_local_network(l->local, a->count.network, &l->gcra,
	    a->count.cost, &of_network);
	set_network_result(&a->result, l, &of_network);
	return of_network.retry_us > 0;
}

/*
 * Decide without Redis.  The call is counted there when it is back, unless it
 * was TRIED, when it may have been counted already.
 */
static enum queue_limit_verdict
decide_alone(struct queue_limit *l, struct queue_limit_ask *a, int tried)
{
	const struct queue_limit_call *call = &a->call;

	a->result = (struct queue_limit_result){ .count = -1, .alone = 1 };
	if (is_network_over(l, a))
		return QUEUE_LIMIT_CLIENT;
	if (call->type == NULL)
		return QUEUE_LIMIT_OK;
	if (!tried)
		gather_call(l, &a->count);
	return call->max > 0 && queue_local_calls(l->local,
	    a->count.calls) > call->max ? QUEUE_LIMIT_OVER : QUEUE_LIMIT_OK;
}

/* Decide by what Redis says of A. */
static enum queue_limit_verdict
decide_by_answer(struct queue_limit *l, struct queue_limit_ask *a)
{
	const struct queue_limit_call *call = &a->call;

	remember_answer(l, &a->count, call->max);
	a->result.count = a->count.count;
	if (a->count.network[0] != '\0')
		set_network_result(&a->result, l, &a->count.of_network);
	if (a->result.retry_s > 0)
		return QUEUE_LIMIT_CLIENT;
	return call->max > 0 && a->result.count > call->max ?
	    QUEUE_LIMIT_OVER : QUEUE_LIMIT_OK;
}

/* Count a call in memory, where there is no Redis; that is as it should be. */
static enum queue_limit_verdict
count_in_memory(struct queue_limit *l, struct queue_limit_ask *a)
{
	const struct queue_limit_call *call = &a->call;

	if (is_network_over(l, a))
		return QUEUE_LIMIT_CLIENT;
	if (call->type == NULL || call->max <= 0)
		return QUEUE_LIMIT_OK;
	a->result.count = queue_local_calls(l->local, a->count.calls);
	return a->result.count > call->max ? QUEUE_LIMIT_OVER :
	    QUEUE_LIMIT_OK;
}

/* In the order of what a call costs, see above. */
int
queue_limit_begin(struct queue_limit *l, struct queue_limit_ask *a)
{
	const struct queue_limit_call *call = &a->call;

	a->verdict = QUEUE_LIMIT_OK;
	a->result = (struct queue_limit_result){ .count = -1 };
	if (begin_count(l, &a->count, call, call->cost, 0) == -1) {
		a->result.alone = 1;
		return 1;
	}
	if (call->type == NULL && a->count.network[0] == '\0')
		return 1;
	if (l->pool == NULL) {
		a->verdict = count_in_memory(l, a);
		return 1;
	}
	if (l->o.delay_ms > 0 && call->max <= 0 && l->o.client_limit == 0 &&
	    gather_call(l, &a->count)) {
		a->result.alone = is_failing(l);
		return 1;
	}
	assert(call->max <= 0 || call->type != NULL);
	if (!base_pool_is_down(l->pool))
		return 0;
	a->verdict = decide_alone(l, a, 0);
	return 1;
}

void
queue_limit_ask(struct queue_limit *l, struct queue_limit_ask *const *a,
    size_t n)
{
	struct asking q = { .l = l, .n = n };
	size_t i;

	assert(n > 0 && n <= QUEUE_LIMIT_MAX);
	for (i = 0; i < n; i++)
		q.call[i] = &a[i]->count;
	ask_redis(&q);
	for (i = 0; i < n; i++)
		a[i]->verdict = a[i]->count.verdict == QUEUE_COUNT_DONE ?
		    decide_by_answer(l, a[i]) : decide_alone(l, a[i], q.tried);
}

enum queue_limit_verdict
queue_limit_check(struct queue_limit *l, const struct queue_limit_call *call,
    struct queue_limit_result *result)
{
	struct queue_limit_ask a = { .call = *call }, *one = &a;

	if (!queue_limit_begin(l, &a))
		queue_limit_ask(l, &one, 1);
	*result = a.result;
	return a.verdict;
}

/*
 * The same script does it, without anything that is counted for a key.  If
 * Redis is away, or goes away meanwhile, it is noted in memory.
 */
void
queue_limit_charge(struct queue_limit *l, const struct queue_limit_call *call,
    int64_t cost)
{
	struct queue_limit_call plain = { .key = call->key,
	    .client = call->client };
	struct queue_count_call c;
	struct asking a = { .l = l, .call = { &c }, .n = 1 };

	assert(cost > 0);
	if (begin_count(l, &c, &plain, cost, 1) == -1 ||
	    c.network[0] == '\0')
		return;
	if (l->pool != NULL)
		ask_redis(&a);
	if (c.verdict == QUEUE_COUNT_DONE)
		remember_answer(l, &c, 0);
	else
		queue_local_charge(l->local, c.network, &l->gcra, cost);
}

void
queue_limit_policy(char out[QUEUE_LIMIT_HEADER_LEN],
    const struct queue_limit_result *result)
{
	snprintf(out, QUEUE_LIMIT_HEADER_LEN, "\"client\";q=%" PRId64 ";w=%"
	    PRId64, result->limit, result->window_s);
}

void
queue_limit_header(char out[QUEUE_LIMIT_HEADER_LEN],
    const struct queue_limit_result *result)
{
	snprintf(out, QUEUE_LIMIT_HEADER_LEN, "\"client\";r=%" PRId64 ";t=%"
	    PRId64, result->remaining, result->reset_s);
}

/*
 * The thread: it sends what was gathered and looks for a lost Redis.
 */

/* Is Redis there?  A connection may be stale, so it is asked twice. */
static int
redis_is_there(struct queue_limit *l)
{
	struct queue_reply *reply = NULL;
	int i;

	for (i = 0; i < 2 && reply == NULL; i++)
		reply = queue_redis_run(l->own, "PING", NULL);
	queue_reply_free(reply);
	return reply != NULL;
}

/*
 * Send what was gathered, if Redis is there: what is lost on the way is not
 * sent again.  Returns 0, or -1 if Redis is away.
 */
static int
flush_counts(struct queue_limit *l)
{
	if (!redis_is_there(l))
		return -1;
	base_worker_lock(&l->worker);
	l->refusing = 0;
	base_worker_unlock(&l->worker);
	switch (queue_gather_send(l->gather, l->own)) {
	case QUEUE_GATHER_SENT:
		io_outage_shared_works("%s", counting);
		return 0;
	case QUEUE_GATHER_REFUSED:
		note_refusal(l, queue_redis_error(l->own));
		return 0;
	case QUEUE_GATHER_LOST:
		break;
	}
	return -1;
}

/*
 * Wait, with the lock, until it is time to send, or to look for Redis again;
 * no longer if Redis goes away meanwhile, as delay_ms may be long.
 */
static void
rest_until_due(struct queue_limit *l)
{
	int down = base_pool_is_down(l->pool);
	int64_t due_ms = base_clock_mono_ms() + (down ? REST_MS :
	    l->o.delay_ms);

	while (!l->worker.stopping && base_pool_is_down(l->pool) == down &&
	    base_clock_mono_ms() < due_ms)
		base_worker_wait(&l->worker, due_ms);
}

/*
 * The thread, with the lock but while it talks to Redis.  It sleeps until
 * there is something to send or Redis is away; when it is to stop it sends
 * what is left, once.
 */
static void
limit_thread(void *arg)
{
	struct queue_limit *l = arg;
	struct base_worker *w = &l->worker;
	int ok, stopping = 0;

	while (!stopping) {
		if (!base_pool_is_down(l->pool) &&
		    !queue_gather_any(l->gather)) {
			if (w->stopping)
				return;
			base_worker_wait(w, BASE_WORKER_FOREVER);
			continue;
		}
		rest_until_due(l);
		stopping = w->stopping;
		base_worker_unlock(w);
		ok = flush_counts(l) == 0;
		base_pool_set_down(l->pool, !ok);
		base_worker_lock(w);
	}
}

/*
 * Beginning and end.
 */

static void *
new_limit_connection(const void *arg)
{
	const struct queue_limit_options *o = arg;
	struct queue_redis *r = queue_redis_new(o->url, o->timeout_ms);

	/* The thread's own connection warns for all. */
	if (r != NULL)
		queue_redis_quiet(r);
	return r;
}

static void
free_limit_connection(void *conn)
{
	queue_redis_free(conn);
}

static int
connection_is_lost(const void *conn, int rc)
{
	assert(rc != LOST || !queue_redis_connected(conn));
	return rc == LOST;
}

/* Release everything: the thread has ended, or was never started. */
static void
release_limit(void *arg)
{
	struct queue_limit *l = arg;

	base_pool_free(l->pool);
	queue_count_free(l->count);
	if (l->local != l->o.local)
		queue_local_free(l->local);
	queue_redis_free(l->own);
	queue_gather_free(l->gather);
	base_worker_done(&l->worker);
	free(l);
}

/* Nothing is connected yet, so a Redis that is away is found out later. */
struct queue_limit *
queue_limit_new(const struct queue_limit_options *o)
{
	static const struct base_pool_kind kind = { new_limit_connection,
	    free_limit_connection, connection_is_lost, NULL, NULL };
	const struct base_pool_options po = { .kind = &kind, .arg = o,
	    .n = o->connections, .wait_ms = o->timeout_ms,
	    .pause_ms = BASE_POOL_UNTIL_TOLD,
	    .stale_ms = o->timeout_ms / 2 };
	struct queue_limit *l;

	if ((l = calloc(1, sizeof(*l))) == NULL) {
		warn(NULL);
		return NULL;
	}
	assert(o->connections > 0 && o->timeout_ms > 0);
	assert(o->client_limit <= 0 || o->client_window_s > 0);
	l->o = *o;
	l->o.url = NULL;
	base_worker_init(&l->worker);
	l->gcra.limit = o->client_limit;
	l->gcra.window_us = o->client_window_s * 1000000;
	if ((l->local = o->local) == NULL &&
	    (l->local = queue_local_new(QUEUE_LIMIT_LOCAL)) == NULL) {
		release_limit(l);
		return NULL;
	}
	if (o->url == NULL)
		return l;
	if ((l->count = queue_count_new(&l->gcra,
	    o->timeout_ms)) == NULL ||
	    (l->gather = queue_gather_new()) == NULL ||
	    (l->own = queue_redis_new(o->url, o->timeout_ms)) == NULL ||
	    (l->pool = base_pool_new(&po)) == NULL) {
		release_limit(l);
		return NULL;
	}
	if (base_worker_start(&l->worker, limit_thread, release_limit,
	    l) == -1) {
		warn("cannot start a thread");
		release_limit(l);
		return NULL;
	}
	return l;
}

void
queue_limit_free(struct queue_limit *l)
{
	if (l == NULL)
		return;
	if (l->pool == NULL)
		release_limit(l);
	else
		base_worker_stop(&l->worker, -1);
}
