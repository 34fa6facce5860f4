/* SPDX-License-Identifier: ISC */
/*
 * The limits of calls, as lib/queue/limit.c keeps them: per key, path and
 * day, and where configured per client network.
 *
 * Most calls cost one of what a network may do; large submissions, and
 * questions that only whoever looks for a network asks, cost more.
 *
 * Who shares a limit of a network is told by a key: calls with one API key
 * share one, calls without a key (the key is ""), and heartbeats.  Only calls
 * of locating and submitting APIs with a known key are counted for that key,
 * as Ichnaea counts them.
 *
 * Most calls are decided at once.  Those that have to ask Redis gather (see
 * base/group.h) while others do, and go together as one pipeline; the thread
 * that has the replies goes on with all of these calls, to what they wait for
 * next, or to the refusal.  It may not wait for anything meanwhile, but only
 * puts them where the next group gathers, and sees to that when it has gone
 * through all of them.  Queries wait for the database next, and reports for the
 * disk: so each have a lane of their own, or one would wait for both.
 */
#include <assert.h>
#include <err.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "http/reply.h"
#include "http/request.h"
#include "queue/limit.h"
#include "spool/writer.h"

#include "limit.h"
#include "lookup.h"
#include "metrics.h"
#include "pool.h"
#include "reply.h"
#include "request.h"
#include "serve.h"
#include "witness.h"

#define CONNECTIONS	8
#define TIMEOUT_MS	100	/* of a request that waits for Redis */
#define PATIENCE_MS	20	/* with a trip, before another is begun */
#define CALL_BYTES	65536	/* of a submission cost as much as a call */

_Static_assert(offsetof(struct serve_limit_job, base) == 0,
    "a job of the group is the beginning of one of ours");
_Static_assert(BASE_GROUP_MAX <= QUEUE_LIMIT_MAX,
    "what gathers can be asked for together");

enum lane {
	QUERIES,
	REPORTS,
	LANES
};

struct serve_limit {
	struct queue_limit	*queue;
	struct base_group	*lane[LANES];
};

/* The work of a lane: ask for the N calls that have gathered. */
static void
ask_limits(void *serve, struct base_group_job *const *job, size_t n)
{
	struct queue_limit_ask *ask[BASE_GROUP_MAX];
	struct serve *s = serve;
	size_t i;

	assert(n > 0 && n <= BASE_GROUP_MAX);
	for (i = 0; i < n; i++)
		ask[i] = &((struct serve_limit_job *)job[i])->ask;
	queue_limit_ask(s->limit->queue, ask, n);
}

/* All of them have gone on, some to where the next group gathers. */
static void
after_queries(void *serve)
{
	struct serve *s = serve;

	if (s->lookup != NULL)
		serve_lookup_go(s->lookup);
}

static void
after_reports(void *serve)
{
	struct serve *s = serve;

	spool_writer_go(s->spool);
}

/*
 * Limits have connections of their own and the shortest timeout of all: each
 * call waits for them.  While Redis is away they go on in the memory of this
 * process.
 */
static struct queue_limit *
open_queue(const struct conf_file *cf, struct queue_local *local)
{
	struct queue_limit_options o = {
		.url = cf->cache_url,
		.timeout_ms = TIMEOUT_MS,
		.connections = CONNECTIONS,
		.delay_ms = (int)cf->http_count_delay_ms,
		.client_limit = cf->http_client_limit,
		.client_window_s = cf->http_client_window_s,
		.local = local
	};

	return queue_limit_new(&o);
}

struct serve_limit *
serve_limit_new(struct serve *s)
{
	struct base_group_options o = {
		.turns = serve_pool_trips(CONNECTIONS / LANES),
		.most = CONNECTIONS / LANES,
		.patience_ms = PATIENCE_MS,
		.max_size = SIZE_MAX,
		.work = ask_limits,
		.ctx = s
	};
	struct serve_limit *l;

	if ((l = calloc(1, sizeof(*l))) == NULL) {
		warn(NULL);
		return NULL;
	}
	o.after = after_queries;
	l->lane[QUERIES] = base_group_new(&o);
	o.after = after_reports;
	l->lane[REPORTS] = base_group_new(&o);
	if (l->lane[QUERIES] == NULL || l->lane[REPORTS] == NULL)
		warn(NULL);
	else if ((l->queue = open_queue(s->conf, s->local)) != NULL)
		return l;
	serve_limit_free(l);
	return NULL;
}

void
serve_limit_free(struct serve_limit *l)
{
	size_t i;

	if (l == NULL)
		return;
	for (i = 0; i < LANES; i++)
		base_group_free(l->lane[i]);
	queue_limit_free(l->queue);
	free(l);
}

/*
 * A header whose value lives as long as the request.  One that finds no memory
 * is left out, which harms nobody.
 */
static void
keep_header(const struct serve_call *c, const char *name, const char *value)
{
	char *copy = base_arena_strndup(c->rq->arena, value, strlen(value));

	if (copy != NULL)
		serve_reply_extra(c->rp, name, copy);
}

/*
 * What the network of a client may still do, if it is limited: clients that
 * heed it never see a refusal.
 */
static void
add_headers(const struct serve_call *c,
    const struct queue_limit_result *result)
{
	char text[QUEUE_LIMIT_HEADER_LEN];

	if (result->limit == 0)
		return;
	queue_limit_policy(text, result);
	keep_header(c, "RateLimit-Policy", text);
	queue_limit_header(text, result);
	keep_header(c, "RateLimit", text);
}

/*
 * Say what is known of C.  Returns 1, or 0 with the refusal in its reply: 403
 * for a key whose calls of the day are used up, as Ichnaea answers, and 429 for
 * a network.
 */
static int
judge_call(const struct serve_call *c, enum queue_limit_verdict v,
    const struct queue_limit_result *result)
{
	char text[24];

	if (result->alone)
		serve_metrics_fault(c->s, "a call could not be counted", NULL);
	add_headers(c, result);
	switch (v) {
	case QUEUE_LIMIT_OVER:
		serve_reply_error(c->rp, API_ERROR_LIMIT, NULL);
		return 0;
	case QUEUE_LIMIT_CLIENT:
		serve_reply_error(c->rp, API_ERROR_CLIENT_LIMIT, NULL);
		snprintf(text, sizeof(text), "%lld",
		    (long long)result->retry_s);
		keep_header(c, "Retry-After", text);
		return 0;
	case QUEUE_LIMIT_OK:
		break;
	}
	return 1;
}

static int
is_submission(const struct serve_call *c)
{
	return strcmp(c->summary.type, "submit") == 0;
}

/* Reports cost by their bytes: one body may hold as many as thousands do. */
static int64_t
call_cost(const struct serve_call *c)
{
	return !is_submission(c) ? 1 :
	    (int64_t)((c->rq->len + CALL_BYTES - 1) / CALL_BYTES);
}

/* It is known whether the call of J may go on. */
static int
conclude_call(const struct serve_limit_job *j)
{
	const struct queue_limit_ask *ask = &j->ask;
	struct serve_call *c = j->call;

	if (ask->result.count > 0) {
		c->summary.count = ask->result.count;
		c->summary.quota = ask->call.max;
	}
	return judge_call(c, ask->verdict, &ask->result);
}

static void
tell_caller(struct base_group_job *base)
{
	struct serve_limit_job *j = (struct serve_limit_job *)base;

	j->done(j->call, conclude_call(j));
}

/*
 * Have Redis asked.  What the call needs of the database before it can wait for
 * nobody is asked for now.
 */
static void
ask_with_others(struct serve_limit_job *j, enum lane lane)
{
	struct serve *s = j->call->s;

	if (s->witness != NULL)
		serve_witness_learn(s->witness);
	j->base.size = 1;
	j->base.done = tell_caller;
	base_group_add(s->limit->lane[lane], &j->base);
}

/*
 * What a call is counted as is that of the summary, so metrics and counters
 * always have the same names.  Without [cache] url there are no limits.
 */
enum serve_limit_verdict
serve_limit_call(struct serve_limit_job *j, int counted)
{
	const struct serve_call *c = j->call;
	struct queue_limit_call *call = &j->ask.call;

	if (c->s->limit == NULL)
		return SERVE_LIMIT_PASSED;
	*call = (struct queue_limit_call){ .key = c->key,
	    .client = c->rq->client, .cost = call_cost(c) };
	if (counted && c->row != NULL) {
		call->type = c->summary.type;
		call->path = c->summary.name;
		call->max = c->row->maxreq;
	}
	if (!queue_limit_begin(c->s->limit->queue, &j->ask)) {
		/* Others may have finished it when this returns. */
		ask_with_others(j, is_submission(c) ? REPORTS : QUERIES);
		return SERVE_LIMIT_LATER;
	}
	return conclude_call(j) ? SERVE_LIMIT_PASSED : SERVE_LIMIT_REFUSED;
}

/* The call itself was counted as one of them. */
void
serve_limit_scattered(const struct serve_call *c)
{
	const struct queue_limit_call call = { .key = c->key,
	    .client = c->rq->client };

	if (c->s->limit != NULL)
		queue_limit_charge(c->s->limit->queue, &call,
		    c->summary.facts.scattered - 1);
}

/*
 * Heartbeats share one limit for each network, apart from calls, so that
 * somebody who uses up the calls of a network does not make it look dead.
 */
int
serve_limit_heartbeat(const struct serve_call *c)
{
	/* No API key has this name. */
	const struct queue_limit_call call = { .key = "__heartbeat__",
	    .client = c->rq->client };
	struct queue_limit_result result;
	enum queue_limit_verdict v;

	if (c->s->limit == NULL || c->rq->from_proxy)
		return 1;
	v = queue_limit_check(c->s->limit->queue, &call, &result);
	return judge_call(c, v, &result);
}
