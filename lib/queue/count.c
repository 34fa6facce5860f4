/* SPDX-License-Identifier: ISC */
/*
 * All commands of a round trip are sent before the first reply is read.
 *
 * Calls without a limit for their network take four commands: PFADD, INCR and
 * the lives of both keys.  Those that are counted under the same names take
 * these four together, with INCRBY: the last of them has the number it returns,
 * the others those before it.  So a key that is used by many costs Redis
 * little.
 *
 * With a limit for its network one script counts a call, as one that is refused
 * to a network must not be counted for the key, or one client could still use
 * it up.  A Redis that was restarted has forgotten the script: then it is
 * loaded, and run again for those calls.
 *
 * When the connection is lost halfway, what has been answered is known.  The
 * caller may try again with another, and then only the others are asked for.
 * A server that answers one by one, each reply just in time, is lost when it
 * has taken as long as the replies to one call may.
 */
#include <assert.h>
#include <err.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "queue/count.h"
#include "queue/redis.h"

#define REPLIES		4	/* to one call without a network */

/*
 * KEYS: network, and if the call is to be counted users and calls.  ARGV:
 * step, limit, cost, 1 if the call is made already, and address.  Returns the
 * count (-1: refused, or not counted), calls remaining, and the microseconds
 * until all can be made again and until one can.
 */
static const char script[] =
    "local t = redis.call('TIME')\n"
    "local now = t[1] * 1000000 + t[2]\n"
    "local step = tonumber(ARGV[1])\n"
    "local window = step * ARGV[2]\n"
    "local cost = step * math.min(ARGV[3], ARGV[2])\n"
    "local due = tonumber(redis.call('GET', KEYS[1]) or now)\n"
    "due = math.min(math.max(due, now), now + window)\n"
    "if KEYS[2] then\n"
    "  redis.call('PFADD', KEYS[2], ARGV[5])\n"
    "  redis.call('EXPIRE', KEYS[2], " QUEUE_NAMES_ADDRESSES_TTL_S ")\n"
    "end\n"
    "if ARGV[4] == '1' then due = math.min(due, now + window - cost) end\n"
    "local over = due + cost - now - window\n"
    "local count = -1\n"
    "if over <= 0 then\n"
    "  due = due + cost\n"
    "  redis.call('SET', KEYS[1], string.format('%.0f', due),\n"
    "      'PX', math.ceil((due - now) / 1000))\n"
    "  if KEYS[3] then\n"
    "    count = redis.call('INCR', KEYS[3])\n"
    "    redis.call('EXPIRE', KEYS[3], " QUEUE_NAMES_CALLS_TTL_S ")\n"
    "  end\n"
    "end\n"
    "return { count, math.floor((now + window - due) / step),\n"
    "    due - now, math.max(over, 0) }\n";

struct queue_count {
	struct queue_gcra	 gcra;		/* of client networks */
	char			 step[24], limit[24];
	int			 timeout_ms;
	pthread_mutex_t		 lock;		/* of: */
	char			 sha[64];	/* names the script */
};

/* Calls that are asked for together. */
struct trip {
	struct queue_count_call	*plain[QUEUE_COUNT_MAX]; /* the first of each */
	struct queue_count_call	*limited[QUEUE_COUNT_MAX];
	size_t			 nplain, nlimited;
	int			 forgotten;	/* the script is */
	int64_t			 end_ms;	/* no reply is waited for */
	char			*why;
};

struct queue_count *
queue_count_new(const struct queue_gcra *g, int timeout_ms)
{
	struct queue_count *c;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		warn(NULL);
		return NULL;
	}
	c->gcra = *g;
	c->timeout_ms = timeout_ms;
	snprintf(c->limit, sizeof(c->limit), "%" PRId64, g->limit);
	if (g->limit > 0)
		snprintf(c->step, sizeof(c->step), "%" PRId64,
		    queue_gcra_step_us(g));
	pthread_mutex_init(&c->lock, NULL);
	return c;
}

void
queue_count_free(struct queue_count *c)
{
	if (c == NULL)
		return;
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* Put C behind those that are counted under the same names. */
static void
add_plain(struct trip *t, struct queue_count_call *c)
{
	struct queue_count_call *first;
	size_t i;

	c->next = NULL;
	c->last = c;
	c->n = 1;
	for (i = 0; i < t->nplain; i++) {
		first = t->plain[i];
		if (strcmp(first->calls, c->calls) == 0 &&
		    strcmp(first->users, c->users) == 0) {
			first->last->next = c;
			first->last = c;
			first->n++;
			return;
		}
	}
	t->plain[t->nplain++] = c;
}

/* Begin T with those of N calls of which nothing is known. */
static void
begin_trip(struct trip *t, struct queue_count_call *const *call, size_t n,
    char *why)
{
	size_t i;

	assert(n <= QUEUE_COUNT_MAX);
	t->nplain = t->nlimited = 0;
	t->forgotten = 0;
	t->why = why;
	for (i = 0; i < n; i++)
		if (call[i]->verdict != QUEUE_COUNT_UNKNOWN)
			continue;
		else if (call[i]->network[0] != '\0')
			t->limited[t->nlimited++] = call[i];
		else
			add_plain(t, call[i]);
}

/*
 * Append the commands that count FIRST and those behind it.  Returns 0, or -1
 * if the connection is lost: what was appended is forgotten then, and nothing
 * more may be, or a new one would be made for the rest.
 */
static int
send_plain(struct queue_redis *r, const struct queue_count_call *first)
{
	const char *pfadd[2 + QUEUE_COUNT_MAX] = { "PFADD", first->users };
	const char *const live[] = { "EXPIRE", first->users,
	    QUEUE_NAMES_ADDRESSES_TTL_S };
	char sum[24];
	const char *const incr[] = { first->n == 1 ? "INCR" : "INCRBY",
	    first->calls, sum };
	const char *const live_calls[] = { "EXPIRE", first->calls,
	    QUEUE_NAMES_CALLS_TTL_S };
	const struct queue_count_call *c;
	int n = 2;

	assert(first->users[0] != '\0' && first->calls[0] != '\0');
	for (c = first; c != NULL; c = c->next)
		pfadd[n++] = c->client;
	snprintf(sum, sizeof(sum), "%zu", first->n);
	return queue_redis_append(r, n, pfadd, NULL) == -1 ||
	    queue_redis_append(r, 3, live, NULL) == -1 ||
	    queue_redis_append(r, first->n == 1 ? 2 : 3, incr, NULL) == -1 ||
	    queue_redis_append(r, 3, live_calls, NULL) == -1 ? -1 : 0;
}

/* Append a run of the script, which is called SHA, for CALL. */
static int
send_limited(struct queue_count *c, struct queue_redis *r, const char *sha,
    const struct queue_count_call *call)
{
	const char *arg[11] = { "EVALSHA", sha }, *made;
	char cost[24];
	int n = 2;

	made = call->is_made ? "1" : "0";
	snprintf(cost, sizeof(cost), "%" PRId64, call->cost);
	arg[n++] = call->calls[0] != '\0' ? "3" : "1";
	arg[n++] = call->network;
	if (call->calls[0] != '\0') {
		arg[n++] = call->users;
		arg[n++] = call->calls;
	}
	arg[n++] = c->step;
	arg[n++] = c->limit;
	arg[n++] = cost;
	arg[n++] = made;
	if (call->calls[0] != '\0')
		arg[n++] = call->client;
	return queue_redis_append(r, n, arg, NULL);
}

static int
send_all_limited(struct queue_count *c, struct queue_redis *r,
    const struct trip *t)
{
	char sha[sizeof(c->sha)];
	size_t i;

	if (t->nlimited == 0)
		return 0;
	pthread_mutex_lock(&c->lock);
	memcpy(sha, c->sha, sizeof(sha));
	pthread_mutex_unlock(&c->lock);
	for (i = 0; i < t->nlimited; i++)
		if (send_limited(c, r, sha, t->limited[i]) == -1)
			return -1;
	return 0;
}

/* The next reply; NULL: the connection is lost, or takes too long. */
static struct queue_reply *
get_reply(struct queue_redis *r, const struct trip *t)
{
	if (base_clock_mono_ms() < t->end_ms)
		return queue_redis_get(r);
	queue_redis_drop(r, "takes too long to answer");
	return NULL;
}

/* Is REPLY of another kind than SHAPE, as an error is?  The first tells why. */
static int
is_refused(struct trip *t, const struct queue_reply *reply,
    const char *shape)
{
	const char *why = queue_reply_error(reply);

	if (queue_reply_has_shape(reply, shape))
		return 0;
	if (t->why[0] == '\0')
		strlcpy(t->why, why != NULL ? why : "an odd reply",
		    QUEUE_COUNT_WHY);
	return 1;
}

/* What the count was LATER calls before it was SUM. */
static int64_t
count_before(int64_t sum, size_t later)
{
	return sum < INT64_MIN + (int64_t)later ? INT64_MIN :
	    sum - (int64_t)later;
}

/* What REPLY, to INCR or INCRBY, says of the calls from FIRST on. */
static void
judge_plain(struct trip *t, struct queue_count_call *first,
    const struct queue_reply *reply)
{
	int refused = is_refused(t, reply, "i");
	struct queue_count_call *c;
	size_t later = first->n;

	for (c = first; c != NULL; c = c->next) {
		later--;
		c->verdict = refused ? QUEUE_COUNT_REFUSED : QUEUE_COUNT_DONE;
		c->count = refused ? -1 : count_before(queue_reply_num(reply),
		    later);
	}
	assert(later == 0);
}

/* Only the third reply, to INCR, says anything.  Returns 0, or -1. */
static int
read_plain(struct queue_redis *r, struct trip *t,
    struct queue_count_call *first)
{
	struct queue_reply *reply;
	int i;

	for (i = 0; i < 4; i++) {
		if ((reply = get_reply(r, t)) == NULL)
			return -1;
		if (i == 2)
			judge_plain(t, first, reply);
		queue_reply_free(reply);
	}
	return 0;
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

static int
is_not_loaded(const struct queue_reply *reply)
{
	const char *why = queue_reply_error(reply);

	return why != NULL && strncmp(why, "NOSCRIPT", 8) == 0;
}

/*
 * What REPLY says of CALL.  That the script is not there is no answer, unless
 * it has just been LOADED.
 */
static void
judge_limited(struct queue_count *c, struct trip *t, int loaded,
    struct queue_count_call *call, const struct queue_reply *reply)
{
	if (!loaded && is_not_loaded(reply)) {
		t->forgotten = 1;
		return;
	}
	call->verdict = is_refused(t, reply, "[iiii]") ||
	    !read_network_reply(&call->of_network, reply, &c->gcra) ?
	    QUEUE_COUNT_REFUSED : QUEUE_COUNT_DONE;
	if (call->verdict == QUEUE_COUNT_DONE)
		call->count = queue_reply_num(queue_reply_at(reply, 0));
}

/* Read the replies to the script for all calls that it was run for. */
static int
read_all_limited(struct queue_count *c, struct queue_redis *r,
    struct trip *t, int loaded)
{
	struct queue_reply *reply;
	size_t i;

	for (i = 0; i < t->nlimited; i++) {
		if ((reply = get_reply(r, t)) == NULL)
			return -1;
		judge_limited(c, t, loaded, t->limited[i], reply);
		queue_reply_free(reply);
	}
	return 0;
}

/*
 * Make the script known to Redis; its name there is in c->sha.  Returns 1, 0
 * if Redis refuses that, or -1 if the connection is lost.
 */
static int
load_script(struct queue_count *c, struct queue_redis *r, struct trip *t)
{
	struct queue_reply *reply;
	const char *text;
	size_t len;
	int loaded;

	if ((reply = queue_redis_run(r, "SCRIPT", "LOAD", script,
	    NULL)) == NULL)
		return -1;
	if ((loaded = !is_refused(t, reply, "s"))) {
		text = queue_reply_text(reply, &len);
		pthread_mutex_lock(&c->lock);
		strlcpy(c->sha, text, sizeof(c->sha));
		pthread_mutex_unlock(&c->lock);
	}
	queue_reply_free(reply);
	return loaded;
}

/* The same once more for the calls for which the script was not there. */
static int
run_again(struct queue_count *c, struct queue_redis *r, struct trip *t)
{
	size_t i, n = 0;

	for (i = 0; i < t->nlimited; i++)
		if (t->limited[i]->verdict == QUEUE_COUNT_UNKNOWN)
			t->limited[n++] = t->limited[i];
	t->nlimited = n;
	switch (load_script(c, r, t)) {
	case -1:
		return -1;
	case 0:
		for (i = 0; i < n; i++)
			t->limited[i]->verdict = QUEUE_COUNT_REFUSED;
		return 0;
	default:
		return send_all_limited(c, r, t) == -1 ||
		    read_all_limited(c, r, t, 1) == -1 ? -1 : 0;
	}
}

int
queue_count_run(struct queue_count *c, struct queue_redis *r,
    struct queue_count_call *const *call, size_t n,
    char why[QUEUE_COUNT_WHY])
{
	struct trip t;
	size_t i;

	begin_trip(&t, call, n, why);
	if (t.nplain + t.nlimited == 0)
		return 0;
	if (queue_redis_connect(r) == -1)
		return -1;
	for (i = 0; i < t.nplain; i++)
		if (send_plain(r, t.plain[i]) == -1)
			return -1;
	if (send_all_limited(c, r, &t) == -1)
		return -1;
	t.end_ms = base_clock_mono_ms() + REPLIES * c->timeout_ms;
	for (i = 0; i < t.nplain; i++)
		if (read_plain(r, &t, t.plain[i]) == -1)
			return -1;
	if (read_all_limited(c, r, &t, 0) == -1)
		return -1;
	return t.forgotten ? run_again(c, r, &t) : 0;
}
