/* SPDX-License-Identifier: ISC */
/* Positions and regions: /v1/geolocate, /v1/search, /v1/country. */
#include <string.h>

#include "api/answer.h"
#include "base/clock.h"
#include "geo/ip.h"
#include "http/reply.h"
#include "http/request.h"
#include "ichnaea/rules.h"
#include "locate/found.h"
#include "locate/query.h"
#include "store/lookup.h"

#include "endpoint.h"
#include "fallback.h"
#include "geoip.h"
#include "lookup.h"
#include "metrics.h"
#include "reply.h"
#include "request.h"
#include "sample.h"
#include "serve.h"

/*
 * Longer bodies are no device's: they are not worth a provider's answer, nor
 * that others wait meanwhile, as only few of them are handled at once.
 */
#define MAX_ASKED	(64 * 1024)

static int
find(void *ctx, const struct locate_query *q, struct locate_found *f,
    struct base_arena *a)
{
	const struct store_lookup ask = { q, f, a };
	struct serve *s = ctx;

	if (serve_lookup_run(s->lookup, &ask) == 0)
		return 0;
	serve_metrics_fault(s, "networks could not be looked up", NULL);
	return -1;
}

/* What is known of the client's address. */
static void
ask_geoip(struct serve *s, const char *client, struct geo_ip *ip,
    struct api_answer_ask *ask)
{
	int known = serve_geoip_find(s->geoip, client, ip);

	ask->has_ip = known != -1;
	if (known == 1)
		ask->ip = ip;
}

/* A request, for what is done beside answering from our own data. */
struct locating {
	struct serve			*s;
	const struct serve_access		*a;
	const struct http_request	*rq;
};

static int
ask_provider(void *ctx, const struct locate_query *q,
    struct locate_result *r)
{
	const struct locating *l = ctx;

	return serve_fallback_ask(l->s->fallback, l->a->row, q, r,
	    l->rq->arena);
}

static void
sample_query(void *ctx, const struct locate_query *q,
    const struct locate_search *s)
{
	const struct locating *l = ctx;

	serve_sample_query(l->s->sample, l->a->key, l->a->row == NULL ? 100 :
	    l->a->row->store_sample_locate, q, s);
}

/*
 * May the query be kept?  microG tells with each whether its user agreed;
 * older ones of it do not know of that, and nor do their users.
 */
static int
may_sample(const struct http_request *rq)
{
	static const char microg[] = "microG/";
	const char *agreed, *agent;

	if ((agreed = http_request_field(rq, "X-Ichnaea-Contribute-Opt-In")) !=
	    NULL)
		return strcmp(agreed, "1") == 0;
	agent = http_request_field(rq, "User-Agent");
	return agent == NULL || strncmp(agent, microg, sizeof(microg) - 1) !=
	    0;
}

static enum api_answer_api
api_of(const char *path)
{
	if (strcmp(path, "/v1/country") == 0)
		return API_ANSWER_COUNTRY;
	return strcmp(path, "/v1/search") == 0 ? API_ANSWER_SEARCH :
	    API_ANSWER_GEOLOCATE;
}

void
serve_locate(struct serve *s, const struct serve_access *a,
    const struct http_request *rq, struct http_reply *rp)
{
	struct locate_lookup lookup = { s, find };
	struct locating l = { s, a, rq };
	struct serve_summary *rec = a->summary;
	struct api_answer_ask ask = { .api = api_of(rq->path),
	    .rules = s->rules, .now_s = base_clock_now_s(),
	    .facts = &rec->facts, .ctx = &l };
	struct geo_ip ip;
	int status;

	if (rq->len > (size_t)s->conf->http_max_query) {
		serve_reply_error(rp, API_ERROR_TOO_LARGE, NULL);
		return;
	}
	if (ask.api != API_ANSWER_COUNTRY) {
		if (!s->rules->ask_users || may_sample(rq))
			ask.searched = sample_query;
		if (a->row != NULL && serve_fallback_may(a->row) &&
		    rq->len <= MAX_ASKED)
			ask.provider = ask_provider;
	}
	ask_geoip(s, rq->client, &ip, &ask);
	status = api_answer(rq->body, rq->len, &ask, &lookup, rp->body,
	    rq->arena);
	serve_reply_json(rp, status);
	rec->fallback_allowed = a->row != NULL && a->row->allow_fallback > 0;
	rec->searched = a->row != NULL && rec->facts.known &&
	    rec->facts.expected != LOCATE_RESULT_NONE;
	if (rec->searched)
		serve_metrics_search(s, rec);
}
