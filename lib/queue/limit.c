/* SPDX-License-Identifier: ISC */
/*
 * The question that every call asks: may it go on?
 *
 * Who takes part.  Requests have threads of their own, as many as there are
 * clients connected, and any of them calls queue_limit_check().  They share a
 * pool of a few connections, as a call holds one for less than a tenth of a
 * millisecond; a connection per thread would mean thousands, each set up for
 * a few calls.  One thread of ours sends what was gathered and looks for a
 * lost Redis, with a connection of its own, which also warns for all others.
 *
 * What a call costs.  One of these, in the order in which they are tried:
 *
 *	nothing		it has no limit and is not counted
 *	no wait		its key has no limit, nor have networks: it is gathered
 *			(queue/gather.h) and counted up to delay_ms later
 *	a round trip	a pipeline of four commands counts it for its key; with
 *			limits of networks one script does, as a call that is
 *			refused to a network must not be counted for the key,
 *			or one client could still use it up
 *	no wait		Redis is away: it is decided in memory
 *			(queue/local.h) and gathered
 *
 * The states of Redis, as the pool knows them:
 *
 *	there		Calls ask it.  One that finds its connection lost tries
 *			once more at once, as an idle connection may have been
 *			closed; if that fails, too, the pool is down, and the
 *			thread is woken.  At most as many calls as there are
 *			connections wait for timeout_ms when it begins to hang.
 *	down		No call asks it: base_pool_run() returns at once.  Only
 *			the thread does, every REST_MS.  When it gets an answer
 *			it sends what was gathered, and the pool is up again.
 *	refusing	It answers, but with an error (a key of another type, no
 *			memory).  That is a matter of one call: the call is
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
#include "queue/caller.h"
#include "queue/gather.h"
#include "queue/gcra.h"
#include "queue/limit.h"
#include "queue/local.h"
#include "queue/names.h"
#include "queue/redis.h"

#define REST_MS		1000		/* between looks for a lost Redis */
#define MUTE_MS		60000
#define LOCAL		65536		/* networks and keys remembered */

/*
 * KEYS: network, and if the call is to be counted users and calls.  ARGV:
 * step, limit and address.  Returns the count (-1: refused, or not counted),
 * calls remaining, and the microseconds until all can be made again and until
 * one can.
 */
static const char script[] =
    "local t = redis.call('TIME')\n"
    "local now = t[1] * 1000000 + t[2]\n"
    "local step = tonumber(ARGV[1])\n"
    "local window = step * ARGV[2]\n"
    "local due = tonumber(redis.call('GET', KEYS[1]) or now)\n"
    "due = math.min(math.max(due, now), now + window)\n"
    "if KEYS[2] then\n"
    "  redis.call('PFADD', KEYS[2], ARGV[3])\n"
    "  redis.call('EXPIRE', KEYS[2], " QUEUE_NAMES_ADDRESSES_TTL_S ")\n"
    "end\n"
    "local over = due + step - now - window\n"
    "local count = -1\n"
    "if over <= 0 then\n"
    "  due = due + step\n"
    "  redis.call('SET', KEYS[1], string.format('%.0f', due),\n"
    "      'PX', math.ceil((due - now) / 1000))\n"
    "  if KEYS[3] then\n"
    "    count = redis.call('INCR', KEYS[3])\n"
    "    redis.call('EXPIRE', KEYS[3], " QUEUE_NAMES_CALLS_TTL_S ")\n"
    "  end\n"
    "end\n"
    "return { count, math.floor((now + window - due) / step),\n"
    "    due - now, math.max(over, 0) }\n";

struct queue_limit {
	struct queue_limit_options o;	/* url is not kept */
	struct base_pool	*pool;
	struct queue_gather	*gather;
	struct queue_local	*local;
	struct queue_gcra	 gcra;		/* of client networks */
	struct base_worker	 worker;
	/* under the worker's lock */
	int			 refusing;	/* since the last flush */
	int64_t			 mute_ms;	/* no more errors of it until */
	char			 sha[64];	/* names the script */
	/* the thread's own */
	struct queue_redis	*own;
};

/* The keys in Redis and the arguments of one call. */
struct names {
	char	users[QUEUE_NAMES_LEN], calls[QUEUE_NAMES_LEN];
	char	network[QUEUE_NAMES_LEN];	/* "": not known */
	char	client[QUEUE_CALLER_LEN];
};

/*
 * Name what CALL is counted under, by the day of our own clock.  Names that
 * do not apply stay empty: NETWORK if the client is not known, the others if
 * the call is only limited.  Returns 0, or -1 if a name is too long.
 */
static int
name_call(struct names *n, const struct queue_limit_call *call)
{
	int64_t day = base_civil_day_of(base_clock_now_s());
	struct queue_caller c;

	n->network[0] = n->users[0] = n->calls[0] = '\0';
	queue_caller_parse(&c, call->client);
	memcpy(n->client, c.address, sizeof(n->client));
	if (c.known &&
	    queue_names_network(n->network, call->key, c.network) == -1)
		return -1;
	return call->type == NULL ? 0 :
	    queue_names_addresses(n->users, call->type, call->key, day) |
	    queue_names_calls(n->calls, call->key, call->path, day);
}

/* Redis did not count a call, and says WHY.  There is a warning a minute. */
static void
note_refusal(struct queue_limit *l, const char *why)
{
	int64_t now_ms = base_clock_mono_ms();
	int mute;

	base_worker_lock(&l->worker);
	l->refusing = 1;
	mute = now_ms < l->mute_ms;
	if (!mute)
		l->mute_ms = now_ms + MUTE_MS;
	base_worker_unlock(&l->worker);
	if (!mute)
		warnx("redis: cannot count calls: %s", why);
}

/* Is REPLY of another kind than SHAPE, as an error is? */
static int
is_refused(struct queue_limit *l, const struct queue_reply *reply,
    const char *shape)
{
	const char *why = queue_reply_error(reply);

	if (queue_reply_has_shape(reply, shape))
		return 0;
	note_refusal(l, why != NULL ? why : "an odd reply");
	return 1;
}

/*
 * One call, at once.
 */

/* What came of asking; LOST is what a pool takes for a lost connection. */
enum asked {
	ASKED_LOST = -1,
	ASKED_OK,
	ASKED_REFUSED
};

struct asking {
	struct queue_limit		*l;
	const struct names		*names;
	struct queue_limit_result	*result;
	int64_t				 reset_us;	/* of the network */
	int				 tried;	/* there was a connection */
};

/* Gather "CMD KEY ARG"; errors show when the replies are read. */
static void
gather_limit_command(struct queue_redis *r, const char *cmd, const char *key,
    const char *arg)
{
	const char *argv[3] = { cmd, key, arg };

	queue_redis_add(r, arg == NULL ? 2 : 3, argv, NULL);
}

/* Count a call, limited by its key alone. */
static enum asked
ask_plain(struct queue_redis *r, const struct asking *a)
{
	const struct names *n = a->names;
	struct queue_reply *reply;
	enum asked v = ASKED_OK;
	int i;

	if (queue_redis_connect(r) == -1)
		return ASKED_LOST;
	gather_limit_command(r, "PFADD", n->users, n->client);
	gather_limit_command(r, "EXPIRE", n->users,
	    QUEUE_NAMES_ADDRESSES_TTL_S);
	gather_limit_command(r, "INCR", n->calls, NULL);
	gather_limit_command(r, "EXPIRE", n->calls, QUEUE_NAMES_CALLS_TTL_S);
	/* Only the third reply, to INCR, says anything. */
	for (i = 0; i < 4; i++) {
		if ((reply = queue_redis_get(r)) == NULL)
			return ASKED_LOST;
		if (i == 2) {
			if (is_refused(a->l, reply, "i"))
				v = ASKED_REFUSED;
			a->result->count = queue_reply_num(reply);
		}
		queue_reply_free(reply);
	}
	return v;
}

/* Make the script known to Redis; its name there is in l->sha. */
static enum asked
load_script(struct queue_limit *l, struct queue_redis *r)
{
	struct queue_reply *reply;
	enum asked v = ASKED_REFUSED;
	const char *text;
	size_t len;

	if ((reply = queue_redis_run(r, "SCRIPT", "LOAD", script,
	    NULL)) == NULL)
		return ASKED_LOST;
	if (!is_refused(l, reply, "s")) {
		text = queue_reply_text(reply, &len);
		base_worker_lock(&l->worker);
		strlcpy(l->sha, text, sizeof(l->sha));
		base_worker_unlock(&l->worker);
		v = ASKED_OK;
	}
	queue_reply_free(reply);
	return v;
}

/* Run the script that was loaded last, by whomever. */
static struct queue_reply *
run_script(struct queue_limit *l, struct queue_redis *r,
    const struct names *n)
{
	int counted = n->calls[0] != '\0';
	char sha[sizeof(l->sha)], step[24], limit[24];

	base_worker_lock(&l->worker);
	memcpy(sha, l->sha, sizeof(sha));
	base_worker_unlock(&l->worker);
	snprintf(step, sizeof(step), "%" PRId64,
	    queue_gcra_step_us(&l->gcra));
	snprintf(limit, sizeof(limit), "%" PRId64, l->gcra.limit);
	return counted ? queue_redis_run(r, "EVALSHA", sha, "3", n->network,
	    n->users, n->calls, step, limit, n->client, NULL) :
	    queue_redis_run(r, "EVALSHA", sha, "1", n->network, step, limit,
	    NULL);
}

static int
is_not_loaded(const struct queue_reply *reply)
{
	const char *why = queue_reply_error(reply);

	return why != NULL && strncmp(why, "NOSCRIPT", 8) == 0;
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

/* What the script says of a network; 0 if that cannot be true. */
static int
read_network_reply(struct queue_gcra_answer *a,
    const struct queue_reply *reply, const struct queue_gcra *g)
{
	a->remaining = queue_reply_num(queue_reply_at(reply, 1));
	a->reset_us = queue_reply_num(queue_reply_at(reply, 2));
	a->retry_us = queue_reply_num(queue_reply_at(reply, 3));
	return a->remaining >= 0 && a->remaining <= g->limit &&
	    a->reset_us >= 0 && a->reset_us <= g->window_us &&
	    a->retry_us >= 0 && a->retry_us <= g->window_us;
}

/*
 * Count a call, limited by its network, too.  A Redis that was restarted has
 * forgotten the script: then it is loaded, and run again.
 */
static enum asked
ask_script(struct queue_redis *r, struct asking *a)
{
	struct queue_limit *l = a->l;
	struct queue_gcra_answer of_network;
	struct queue_reply *reply;
	enum asked v = ASKED_OK;

	if ((reply = run_script(l, r, a->names)) != NULL &&
	    is_not_loaded(reply)) {
		queue_reply_free(reply);
		if ((v = load_script(l, r)) != ASKED_OK)
			return v;
		reply = run_script(l, r, a->names);
	}
	if (reply == NULL)
		return ASKED_LOST;
	if (is_refused(l, reply, "[iiii]") ||
	    !read_network_reply(&of_network, reply, &l->gcra))
		v = ASKED_REFUSED;
	else {
		a->result->count = queue_reply_num(queue_reply_at(reply, 0));
		set_network_result(a->result, l, &of_network);
		a->reset_us = of_network.reset_us;
	}
	queue_reply_free(reply);
	return v;
}

/* Does the limit of networks apply to the call with names N? */
static int
has_network_limit(const struct queue_limit *l, const struct names *n)
{
	return l->o.client_limit > 0 && n->network[0] != '\0';
}

/* The pool's work: what it returns tells the pool of lost connections. */
static int
ask_with_connection(void *redis, void *arg)
{
	struct asking *a = arg;

	a->tried = 1;
	return has_network_limit(a->l, a->names) ? ask_script(redis, a) :
	    ask_plain(redis, a);
}

/* There is something new to send, or Redis is away. */
static void
wake_limit_thread(struct queue_limit *l)
{
	base_worker_lock(&l->worker);
	base_worker_wake(&l->worker);
	base_worker_unlock(&l->worker);
}

/* Keep a call for later; 0 if there is no room. */
static int
gather_call(struct queue_limit *l, const struct names *n)
{
	enum queue_gather_verdict v = queue_gather_add(l->gather, n->calls,
	    n->users, n->client);

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

/* Redis has answered A: what is needed if it does not answer the next. */
static void
remember_answer(const struct asking *a, const struct queue_limit_call *call)
{
	struct queue_local *local = a->l->local;

	if (has_network_limit(a->l, a->names))
		queue_local_saw_network(local, a->names->network,
		    a->reset_us);
	if (call->max > 0 && a->result->count > 0)
		queue_local_saw_calls(local, a->names->calls,
		    a->result->count);
}

/*
 * Decide without Redis.  The call is counted there when it is back, unless it
 * was tried, when it may have been counted already.
 */
static enum queue_limit_verdict
decide_alone(struct asking *a, const struct queue_limit_call *call)
{
	struct queue_gcra_answer of_network;
	struct queue_limit *l = a->l;

	*a->result = (struct queue_limit_result){ .count = -1, .alone = 1 };
	if (has_network_limit(l, a->names)) {
		queue_local_network(l->local, a->names->network, &l->gcra,
		    &of_network);
		set_network_result(a->result, l, &of_network);
		if (of_network.retry_us > 0)
			return QUEUE_LIMIT_CLIENT;
	}
	if (call->type == NULL)
		return QUEUE_LIMIT_OK;
	if (!a->tried)
		gather_call(l, a->names);
	return call->max > 0 && queue_local_calls(l->local,
	    a->names->calls) > call->max ? QUEUE_LIMIT_OVER : QUEUE_LIMIT_OK;
}

/* In the order of what a call costs, see above. */
enum queue_limit_verdict
queue_limit_check(struct queue_limit *l, const struct queue_limit_call *call,
    struct queue_limit_result *result)
{
	struct names n;
	struct asking a = { .l = l, .names = &n, .result = result };
	int rc;

	*result = (struct queue_limit_result){ .count = -1 };
	if (name_call(&n, call) == -1) {
		result->alone = 1;
		return QUEUE_LIMIT_OK;
	}
	if (call->type == NULL && !has_network_limit(l, &n))
		return QUEUE_LIMIT_OK;
	if (l->o.delay_ms > 0 && call->max <= 0 && l->o.client_limit == 0 &&
	    gather_call(l, &n)) {
		result->alone = is_failing(l);
		return QUEUE_LIMIT_OK;
	}
	assert(call->max <= 0 || call->type != NULL);
	rc = base_pool_run(l->pool, ask_with_connection, &a);
	if (rc == ASKED_LOST && a.tried)
		wake_limit_thread(l);
	if (rc != ASKED_OK)
		return decide_alone(&a, call);
	remember_answer(&a, call);
	if (result->retry_s > 0)
		return QUEUE_LIMIT_CLIENT;
	return call->max > 0 && result->count > call->max ?
	    QUEUE_LIMIT_OVER : QUEUE_LIMIT_OK;
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
	assert(rc != ASKED_LOST || !queue_redis_connected(conn));
	return rc == ASKED_LOST;
}

/* Release everything: the thread has ended, or was never started. */
static void
release_limit(void *arg)
{
	struct queue_limit *l = arg;

	base_pool_free(l->pool);
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
	    free_limit_connection, connection_is_lost, NULL };
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
	if ((l->gather = queue_gather_new()) == NULL ||
	    (l->local = queue_local_new(LOCAL)) == NULL ||
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
	if (l != NULL)
		base_worker_stop(&l->worker, -1);
}
