/* SPDX-License-Identifier: ISC */
/*
 * A pool of connections: requests have threads of their own, as many as
 * there are clients connected, but a call holds a connection for less than a
 * tenth of a millisecond.  A connection per thread would mean thousands,
 * each set up for a few calls.
 *
 * A call is one round trip.  Without limits for networks it is a pipeline of
 * four commands; with them one script, as a call refused to a network must
 * not be counted for its key, or one client could still use it up.
 *
 * The limit for networks is GCRA: a single time per network, when it will
 * have paid for all its calls at an even rate.  A call moves it on by one
 * step, and is refused if it would end up more than a window ahead.  Redis's
 * own clock is used, as those of the servers may differ.
 *
 * What is gathered is kept by the name of its key in Redis; an address
 * follows that of its set after a NUL.
 */
#include <arpa/inet.h>

#include <err.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/clock.h"
#include "base/tally.h"
#include "queue/limit.h"
#include "queue/names.h"
#include "queue/redis.h"

#define CALLS_TTL	"90000"		/* s: a day and an hour */
#define USERS_TTL	"691200"	/* s: 8 days */
#define REST_MS		1000		/* between looks for a lost Redis */
#define MUTE_MS		60000
#define GATHER_CALLS	1024		/* names at once: key, path and day */
#define GATHER_USERS	8192		/* key, day and address */
#define NAME_MEAN	192		/* bytes of a name, at most on average */
#define BATCH		500		/* addresses of a command, commands */

/*
 * KEYS: users, calls, network.  ARGV: address, step and limit.  Returns the
 * count (-1: refused), calls remaining, and the microseconds until all can
 * be made again and until one can.
 */
static const char script[] =
    "local t = redis.call('TIME')\n"
    "local now = t[1] * 1000000 + t[2]\n"
    "local step = tonumber(ARGV[2])\n"
    "local window = step * ARGV[3]\n"
    "local due = tonumber(redis.call('GET', KEYS[3]) or now)\n"
    "due = math.min(math.max(due, now), now + window)\n"
    "redis.call('PFADD', KEYS[1], ARGV[1])\n"
    "redis.call('EXPIRE', KEYS[1], " USERS_TTL ")\n"
    "local over = due + step - now - window\n"
    "local count = -1\n"
    "if over <= 0 then\n"
    "  due = due + step\n"
    "  redis.call('SET', KEYS[3], string.format('%.0f', due),\n"
    "      'PX', math.ceil((due - now) / 1000))\n"
    "  count = redis.call('INCR', KEYS[2])\n"
    "  redis.call('EXPIRE', KEYS[2], " CALLS_TTL ")\n"
    "end\n"
    "return { count, math.floor((now + window - due) / step),\n"
    "    due - now, math.max(over, 0) }\n";

struct queue_limit {
	struct queue_limit_options o;	/* url is not kept */
	pthread_mutex_t		 lock;
	/* under the lock */
	pthread_cond_t		 given;		/* a connection came back */
	pthread_cond_t		 work;		/* for the thread */
	struct queue_redis	**idle;
	size_t			 nidle;
	struct base_tally	*calls, *users;	/* gathered */
	int			 away;		/* Redis is */
	int			 refusing;	/* it did not count a call */
	int64_t			 mute_ms;	/* no more errors of it until */
	int			 stop;
	char			 sha[64];	/* names the script */
	/* the thread's own */
	pthread_t		 thread;
	int			 started;
	struct queue_redis	*own;
	struct base_tally	*send_calls, *send_users;
};

/* The keys in Redis and the arguments of one call. */
struct names {
	char	users[QUEUE_NAMES_LEN], calls[QUEUE_NAMES_LEN];
	char	network[QUEUE_NAMES_LEN];
	char	client[INET6_ADDRSTRLEN];
};

/*
 * The address TEXT in its shortest form, IPv4 within IPv6 as IPv4; and the
 * network it belongs to.
 */
static void
normalise(const char *text, char client[INET6_ADDRSTRLEN],
    char network[INET6_ADDRSTRLEN])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	uint8_t a[16];
	int v6;

	memcpy(a, mapped, sizeof(mapped));
	if (text == NULL || (inet_pton(AF_INET, text, a + 12) != 1 &&
	    inet_pton(AF_INET6, text, a) != 1)) {
		memcpy(a, mapped, sizeof(mapped));
		memcpy(a + 12, (const uint8_t []){ 127, 0, 0, 1 }, 4);
	}
	v6 = memcmp(a, mapped, sizeof(mapped)) != 0;
	inet_ntop(v6 ? AF_INET6 : AF_INET, a + (v6 ? 0 : 12), client,
	    INET6_ADDRSTRLEN);
	memset(a + (v6 ? 7 : 15), 0, v6 ? 9 : 1);
	inet_ntop(v6 ? AF_INET6 : AF_INET, a + (v6 ? 0 : 12), network,
	    INET6_ADDRSTRLEN);
}

/* Returns 0, or -1 if a name of CALL is too long. */
static int
name(struct names *n, const struct queue_limit_call *call)
{
	char network[INET6_ADDRSTRLEN];
	int64_t day = base_civil_day_of(base_clock_now_s());

	normalise(call->client, n->client, network);
	return queue_names_addresses(n->users, call->type, call->key, day) |
	    queue_names_calls(n->calls, call->key, call->path, day) |
	    queue_names_network(n->network, call->key, network);
}

/*
 * Connections.
 */

static void
wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	pthread_cond_clockwait(cond, lock, CLOCK_MONOTONIC, &ts);
}

/* A connection, or NULL if Redis is away or all stay busy. */
static struct queue_redis *
take(struct queue_limit *l)
{
	int64_t due_ms = base_clock_mono_ms() + l->o.timeout_ms;
	struct queue_redis *r = NULL;

	pthread_mutex_lock(&l->lock);
	while (l->nidle == 0 && !l->away && base_clock_mono_ms() < due_ms)
		wait_until(&l->given, &l->lock, due_ms);
	if (l->nidle > 0 && !l->away)
		r = l->idle[--l->nidle];
	pthread_mutex_unlock(&l->lock);
	return r;
}

static void
set_away(struct queue_limit *l, int away)
{
	pthread_mutex_lock(&l->lock);
	l->away = away;
	if (away)
		pthread_cond_signal(&l->work);
	pthread_cond_broadcast(&l->given);
	pthread_mutex_unlock(&l->lock);
}

static void
give(struct queue_limit *l, struct queue_redis *r)
{
	pthread_mutex_lock(&l->lock);
	l->idle[l->nidle++] = r;
	pthread_cond_signal(&l->given);
	pthread_mutex_unlock(&l->lock);
}

/* Is REPLY an error?  There is a warning once a minute. */
static int
refused(struct queue_limit *l, const struct queue_reply *reply)
{
	const char *why = queue_reply_error(reply);
	int64_t now_ms;
	int mute;

	if (why == NULL)
		return 0;
	now_ms = base_clock_mono_ms();
	pthread_mutex_lock(&l->lock);
	l->refusing = 1;
	mute = now_ms < l->mute_ms;
	if (!mute)
		l->mute_ms = now_ms + MUTE_MS;
	pthread_mutex_unlock(&l->lock);
	if (!mute)
		warnx("redis: cannot count calls: %s", why);
	return 1;
}

/*
 * One call, at once.
 */

/* Gather "CMD KEY ARG"; errors show when the replies are read. */
static void
add(struct queue_redis *r, const char *cmd, const char *key, const char *arg)
{
	const char *argv[3] = { cmd, key, arg };

	queue_redis_add(r, arg == NULL ? 2 : 3, argv, NULL);
}

/* Returns 1 and sets RESULT, 0 if Redis refused, or -1 if it is away. */
static int
ask_plain(struct queue_limit *l, struct queue_redis *r, const struct names *n,
    struct queue_limit_result *result)
{
	struct queue_reply *reply;
	int bad = 0, i;

	if (queue_redis_connect(r) == -1)
		return -1;
	add(r, "PFADD", n->users, n->client);
	add(r, "EXPIRE", n->users, USERS_TTL);
	add(r, "INCR", n->calls, NULL);
	add(r, "EXPIRE", n->calls, CALLS_TTL);
	for (i = 0; i < 4; i++) {
		if ((reply = queue_redis_get(r)) == NULL)
			return -1;
		if (i == 2) {
			bad = refused(l, reply);
			result->count = queue_reply_num(reply);
		}
		queue_reply_free(reply);
	}
	return !bad;
}

/* Make the script known to Redis; its name there is in l->sha. */
static int
load(struct queue_limit *l, struct queue_redis *r)
{
	struct queue_reply *reply;
	const char *text;
	size_t len;
	int rc;

	if ((reply = queue_redis_run(r, "SCRIPT", "LOAD", script,
	    NULL)) == NULL)
		return -1;
	rc = !refused(l, reply);
	text = queue_reply_text(reply, &len);
	pthread_mutex_lock(&l->lock);
	if (text != NULL && len < sizeof(l->sha))
		memcpy(l->sha, text, len + 1);
	pthread_mutex_unlock(&l->lock);
	queue_reply_free(reply);
	return rc;
}

static struct queue_reply *
run_script(struct queue_limit *l, struct queue_redis *r,
    const struct names *n)
{
	char sha[sizeof(l->sha)], step[24], limit[24];

	pthread_mutex_lock(&l->lock);
	memcpy(sha, l->sha, sizeof(sha));
	pthread_mutex_unlock(&l->lock);
	snprintf(step, sizeof(step), "%" PRId64,
	    l->o.client_window_s * 1000000 / l->o.client_limit);
	snprintf(limit, sizeof(limit), "%" PRId64, l->o.client_limit);
	return queue_redis_run(r, "EVALSHA", sha, "3", n->users, n->calls,
	    n->network, n->client, step, limit, NULL);
}

static int
not_loaded(const struct queue_reply *reply)
{
	const char *why = queue_reply_error(reply);

	return why != NULL && strncmp(why, "NOSCRIPT", 8) == 0;
}

static int64_t
seconds(const struct queue_reply *us)
{
	return (queue_reply_num(us) + 999999) / 1000000;
}

/* As ask_plain(). */
static int
ask_script(struct queue_limit *l, struct queue_redis *r,
    const struct names *n, struct queue_limit_result *result)
{
	struct queue_reply *reply;
	int rc = 1;

	if ((reply = run_script(l, r, n)) != NULL && not_loaded(reply)) {
		queue_reply_free(reply);
		if ((rc = load(l, r)) != 1)
			return rc;
		reply = run_script(l, r, n);
	}
	if (reply == NULL)
		return -1;
	if (refused(l, reply) || queue_reply_count(reply) != 4)
		rc = 0;
	else {
		result->count = queue_reply_num(queue_reply_at(reply, 0));
		result->limit = l->o.client_limit;
		result->window_s = l->o.client_window_s;
		result->remaining = queue_reply_num(queue_reply_at(reply, 1));
		result->reset_s = seconds(queue_reply_at(reply, 2));
		result->retry_s = seconds(queue_reply_at(reply, 3));
	}
	queue_reply_free(reply);
	return rc;
}

/*
 * A connection may be stale, its server restarted since: then, and if that
 * came out at once, try a fresh one.
 */
static int
ask(struct queue_limit *l, struct queue_redis *r, const struct names *n,
    struct queue_limit_result *result)
{
	int (*f)(struct queue_limit *, struct queue_redis *,
	    const struct names *, struct queue_limit_result *) =
	    l->o.client_limit > 0 ? ask_script : ask_plain;
	int64_t begun_ms = base_clock_mono_ms();
	int rc, stale = queue_redis_connected(r);

	rc = f(l, r, n, result);
	if (rc == -1 && stale &&
	    base_clock_mono_ms() - begun_ms < l->o.timeout_ms / 2)
		rc = f(l, r, n, result);
	return rc;
}

/* Keep a call for later; 0 if there is no room.  *BAD: it will be lost. */
static int
gather(struct queue_limit *l, const struct names *n, int *bad)
{
	char user[QUEUE_NAMES_LEN + INET6_ADDRSTRLEN];
	size_t len = strlen(n->users) + 1;
	int ok, first;

	memcpy(user, n->users, len);
	len += strlcpy(user + len, n->client, sizeof(user) - len);
	pthread_mutex_lock(&l->lock);
	first = base_tally_count(l->calls) == 0;
	ok = base_tally_add(l->users, user, len, 1) &&
	    base_tally_add(l->calls, n->calls, strlen(n->calls), 1);
	if (first)
		pthread_cond_signal(&l->work);
	*bad = l->away || l->refusing;
	pthread_mutex_unlock(&l->lock);
	return ok;
}

enum queue_limit_verdict
queue_limit_check(struct queue_limit *l, const struct queue_limit_call *call,
    struct queue_limit_result *result)
{
	struct queue_redis *r;
	struct names n;
	int bad, rc;

	*result = (struct queue_limit_result){ .count = -1 };
	if (name(&n, call) == -1)
		return QUEUE_LIMIT_UNKNOWN;
	if (l->o.delay_ms > 0 && call->max <= 0 && l->o.client_limit == 0 &&
	    gather(l, &n, &bad))
		return bad ? QUEUE_LIMIT_UNKNOWN : QUEUE_LIMIT_OK;
	if ((r = take(l)) == NULL)
		return QUEUE_LIMIT_UNKNOWN;
	rc = ask(l, r, &n, result);
	give(l, r);
	if (rc == -1)
		set_away(l, 1);
	if (rc != 1) {
		*result = (struct queue_limit_result){ .count = -1 };
		return QUEUE_LIMIT_UNKNOWN;
	}
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

static void
swap(struct base_tally **a, struct base_tally **b)
{
	struct base_tally *t = *a;

	*a = *b;
	*b = t;
}

/* Read N replies; 0, or -1 if the connection is lost. */
static int
drain(struct queue_limit *l, size_t n)
{
	struct queue_reply *reply;

	for (; n > 0; n--) {
		if ((reply = queue_redis_get(l->own)) == NULL)
			return -1;
		refused(l, reply);
		queue_reply_free(reply);
	}
	return 0;
}

static int
send_calls(struct queue_limit *l)
{
	size_t i, len, n = base_tally_count(l->send_calls);
	const char *key;
	int64_t sum;
	char num[24];

	for (i = 0; i < n; i++) {
		key = base_tally_at(l->send_calls, i, &len, &sum);
		snprintf(num, sizeof(num), "%" PRId64, sum);
		add(l->own, "INCRBY", key, num);
		add(l->own, "EXPIRE", key, CALLS_TTL);
		if (i % BATCH == BATCH - 1 && drain(l, 2 * BATCH) == -1)
			return -1;
	}
	return drain(l, 2 * (n % BATCH));
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Addresses of one set go together. */
static int
send_users(struct queue_limit *l)
{
	size_t i, j, len, n = base_tally_count(l->send_users);
	const char *argv[2 + BATCH], **key;
	int64_t sum;
	int rc = -1;

	if (n == 0)
		return 0;
	if ((key = reallocarray(NULL, n, sizeof(*key))) == NULL)
		return -1;
	for (i = 0; i < n; i++)
		key[i] = base_tally_at(l->send_users, i, &len, &sum);
	qsort(key, n, sizeof(*key), by_name);
	for (i = 0; i < n; i += j) {
		argv[0] = "PFADD";
		argv[1] = key[i];
		for (j = 0; j < BATCH && i + j < n &&
		    strcmp(key[i + j], key[i]) == 0; j++)
			argv[2 + j] = key[i + j] + strlen(key[i + j]) + 1;
		queue_redis_add(l->own, 2 + (int)j, argv, NULL);
		add(l->own, "EXPIRE", key[i], USERS_TTL);
		if (drain(l, 2) == -1)
			goto out;
	}
	rc = 0;
out:
	free(key);
	return rc;
}

/* Is Redis there? */
static int
ping(struct queue_limit *l)
{
	struct queue_reply *reply = queue_redis_run(l->own, "PING", NULL);
	int ok = reply != NULL;

	queue_reply_free(reply);
	return ok;
}

/*
 * Send what was gathered: if Redis is there, for what is lost on the way
 * is not sent again, lest it be counted twice.  Returns 0 or -1.
 */
static int
flush(struct queue_limit *l)
{
	int rc;

	if (!ping(l) && !ping(l))
		return -1;
	pthread_mutex_lock(&l->lock);
	swap(&l->calls, &l->send_calls);
	swap(&l->users, &l->send_users);
	l->refusing = 0;
	pthread_mutex_unlock(&l->lock);
	rc = send_users(l) == 0 && send_calls(l) == 0 ? 0 : -1;
	base_tally_reset(l->send_calls);
	base_tally_reset(l->send_users);
	return rc;
}

/* Wait, under the lock, until it is time to send or to look again. */
static void
rest(struct queue_limit *l)
{
	int away = l->away;
	int64_t due_ms = base_clock_mono_ms() + (away ? REST_MS :
	    l->o.delay_ms);

	while (!l->stop && l->away == away && base_clock_mono_ms() < due_ms)
		wait_until(&l->work, &l->lock, due_ms);
}

static void *
run(void *arg)
{
	struct queue_limit *l = arg;
	int ok;

	pthread_mutex_lock(&l->lock);
	while (!l->stop) {
		if (!l->away && base_tally_count(l->calls) == 0) {
			pthread_cond_wait(&l->work, &l->lock);
			continue;
		}
		rest(l);
		pthread_mutex_unlock(&l->lock);
		ok = flush(l) == 0;
		set_away(l, !ok);
		pthread_mutex_lock(&l->lock);
	}
	pthread_mutex_unlock(&l->lock);
	if (base_tally_count(l->calls) > 0)
		flush(l);
	return NULL;
}

/*
 * Beginning and end.
 */

static int
connections(struct queue_limit *l, const struct queue_limit_options *o)
{
	struct queue_redis *r;

	if ((l->idle = calloc(o->connections, sizeof(struct queue_redis *))) ==
	    NULL) {
		warn(NULL);
		return -1;
	}
	while (l->nidle < o->connections) {
		if ((r = queue_redis_new(o->url, o->timeout_ms)) == NULL)
			return -1;
		l->idle[l->nidle++] = r;
	}
	l->own = queue_redis_new(o->url, o->timeout_ms);
	return l->own == NULL ? -1 : 0;
}

struct queue_limit *
queue_limit_new(const struct queue_limit_options *o)
{
	struct queue_limit *l;

	if ((l = calloc(1, sizeof(*l))) == NULL) {
		warn(NULL);
		return NULL;
	}
	l->o = *o;
	l->o.url = NULL;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->given, NULL);
	pthread_cond_init(&l->work, NULL);
	l->calls = base_tally_new(GATHER_CALLS, GATHER_CALLS * NAME_MEAN);
	l->send_calls = base_tally_new(GATHER_CALLS, GATHER_CALLS * NAME_MEAN);
	l->users = base_tally_new(GATHER_USERS, GATHER_USERS * NAME_MEAN);
	l->send_users = base_tally_new(GATHER_USERS, GATHER_USERS * NAME_MEAN);
	if (l->calls == NULL || l->send_calls == NULL || l->users == NULL ||
	    l->send_users == NULL) {
		warn(NULL);
		queue_limit_free(l);
		return NULL;
	}
	if (connections(l, o) == -1) {
		queue_limit_free(l);
		return NULL;
	}
	if (pthread_create(&l->thread, NULL, run, l) != 0) {
		warnx("cannot start a thread");
		queue_limit_free(l);
		return NULL;
	}
	l->started = 1;
	return l;
}

void
queue_limit_free(struct queue_limit *l)
{
	if (l == NULL)
		return;
	if (l->started) {
		pthread_mutex_lock(&l->lock);
		l->stop = 1;
		pthread_cond_signal(&l->work);
		pthread_mutex_unlock(&l->lock);
		pthread_join(l->thread, NULL);
	}
	while (l->nidle > 0)
		queue_redis_free(l->idle[--l->nidle]);
	free(l->idle);
	queue_redis_free(l->own);
	base_tally_free(l->calls);
	base_tally_free(l->send_calls);
	base_tally_free(l->users);
	base_tally_free(l->send_users);
	pthread_cond_destroy(&l->work);
	pthread_cond_destroy(&l->given);
	pthread_mutex_destroy(&l->lock);
	free(l);
}
