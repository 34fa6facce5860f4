/* SPDX-License-Identifier: ISC */
/*
 * The limits of calls, as lib/queue/limit.c keeps them: per key, path and
 * day, and where configured per client network.
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

/* A header whose value lives as long as the request. */
static void
keep_header(const struct http_request *rq, struct http_reply *rp,
    const char *name, const char *value)
{
	char *copy = base_arena_strndup(rq->arena, value, strlen(value));

	if (copy != NULL)
		http_reply_header(rp, name, copy);
}

int
serve_limit_pass(struct serve *s, const struct serve_access *a,
    const struct http_request *rq, struct http_reply *rp)
{
	struct queue_limit_result result = { 0 };
	enum queue_limit_verdict v;
	char text[QUEUE_LIMIT_HEADER_LEN];
	struct queue_limit_call call = { .type = a->summary->type,
	    .path = a->summary->name, .client = rq->client };

	if (s->limit == NULL || a->row == NULL)
		return 1;
	call.key = a->key;
	call.max = a->row->maxreq;
	v = queue_limit_check(s->limit, &call, &result);
	if (result.count > 0) {
		a->summary->count = result.count;
		a->summary->quota = call.max;
	}
	if (v == QUEUE_LIMIT_UNKNOWN)
		serve_metrics_fault(s, "a call could not be counted", NULL);
	if (result.limit > 0) {
		queue_limit_policy(text, &result);
		keep_header(rq, rp, "RateLimit-Policy", text);
		queue_limit_header(text, &result);
		keep_header(rq, rp, "RateLimit", text);
	}
	switch (v) {
	case QUEUE_LIMIT_OVER:
		serve_reply_error(rp, API_ERROR_LIMIT, NULL);
		return 0;
	case QUEUE_LIMIT_CLIENT:
		serve_reply_error(rp, API_ERROR_CLIENT_LIMIT, NULL);
		snprintf(text, sizeof(text), "%lld",
		    (long long)result.retry_s);
		keep_header(rq, rp, "Retry-After", text);
		return 0;
	default:
		return 1;
	}
}
