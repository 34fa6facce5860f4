/* SPDX-License-Identifier: ISC */
/*
 * The limits of calls, as lib/queue/limit.c keeps them: per key, path and
 * day, and where configured per client network.
 *
 * Who shares a limit of a network is told by a key: calls with one API key
 * share one, calls without a key (the key is ""), and heartbeats.  Only calls
 * of locating and submitting APIs with a known key are counted for that key,
 * as Ichnaea counts them.
 */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "http/reply.h"
#include "http/request.h"
#include "queue/limit.h"

#include "limit.h"
#include "metrics.h"
#include "reply.h"
#include "request.h"
#include "serve.h"

#define CONNECTIONS	8
#define TIMEOUT_MS	100	/* of a request that waits for Redis */

/*
 * Limits have connections of their own and the shortest timeout of all: each
 * call waits for them.  While Redis is away they go on in the memory of this
 * process.
 */
struct queue_limit *
serve_limit_new(const struct conf_file *cf)
{
	struct queue_limit_options o = {
		.url = cf->cache_url,
		.timeout_ms = TIMEOUT_MS,
		.connections = CONNECTIONS,
		.delay_ms = (int)cf->http_count_delay_ms,
		.client_limit = cf->http_client_limit,
		.client_window_s = cf->http_client_window_s
	};

	return queue_limit_new(&o);
}

/*
 * A header whose value lives as long as the request.  One that finds no memory
 * is left out, which harms nobody.
 */
static void
keep_header(const struct http_request *rq, struct http_reply *rp,
    const char *name, const char *value)
{
	char *copy = base_arena_strndup(rq->arena, value, strlen(value));

	if (copy != NULL)
		http_reply_header(rp, name, copy);
}

/*
 * What the network of a client may still do, if it is limited: clients that
 * heed it never see a refusal.
 */
static void
add_headers(const struct http_request *rq, struct http_reply *rp,
    const struct queue_limit_result *result)
{
	char text[QUEUE_LIMIT_HEADER_LEN];

	if (result->limit == 0)
		return;
	queue_limit_policy(text, result);
	keep_header(rq, rp, "RateLimit-Policy", text);
	queue_limit_header(text, result);
	keep_header(rq, rp, "RateLimit", text);
}

/*
 * Count CALL.  Returns 1, or 0 with the refusal in RP: 403 for a key whose
 * calls of the day are used up, as Ichnaea answers, and 429 for a network.
 */
static int
check_call(struct serve *s, const struct queue_limit_call *call,
    struct queue_limit_result *result, const struct http_request *rq,
    struct http_reply *rp)
{
	enum queue_limit_verdict v;
	char text[24];

	v = queue_limit_check(s->limit, call, result);
	if (result->alone)
		serve_metrics_fault(s, "a call could not be counted", NULL);
	add_headers(rq, rp, result);
	switch (v) {
	case QUEUE_LIMIT_OVER:
		serve_reply_error(rp, API_ERROR_LIMIT, NULL);
		return 0;
	case QUEUE_LIMIT_CLIENT:
		serve_reply_error(rp, API_ERROR_CLIENT_LIMIT, NULL);
		snprintf(text, sizeof(text), "%lld",
		    (long long)result->retry_s);
		keep_header(rq, rp, "Retry-After", text);
		return 0;
	case QUEUE_LIMIT_OK:
		break;
	}
	return 1;
}

/*
 * What a call is counted as is that of the summary, so metrics and counters
 * always have the same names.  Without [cache] url there are no limits.
 */
int
serve_limit_call(struct serve *s, const struct serve_access *a, int counted,
    const struct http_request *rq, struct http_reply *rp)
{
	struct queue_limit_call call = { .key = a->key, .client = rq->client };
	struct queue_limit_result result;
	int passed;

	if (s->limit == NULL)
		return 1;
	if (counted && a->row != NULL) {
		call.type = a->summary->type;
		call.path = a->summary->name;
		call.max = a->row->maxreq;
	}
	passed = check_call(s, &call, &result, rq, rp);
	if (result.count > 0) {
		a->summary->count = result.count;
		a->summary->quota = call.max;
	}
	return passed;
}

/*
 * Heartbeats share one limit for each network, apart from calls, so that
 * somebody who uses up the calls of a network does not make it look dead.
 */
int
serve_limit_heartbeat(struct serve *s, const struct http_request *rq,
    struct http_reply *rp)
{
	/* No API key has this name. */
	const struct queue_limit_call call = { .key = "__heartbeat__",
	    .client = rq->client };
	struct queue_limit_result result;

	return s->limit == NULL || rq->from_proxy ||
	    check_call(s, &call, &result, rq, rp);
}
