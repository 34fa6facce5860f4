/* SPDX-License-Identifier: ISC */
/* Positions and regions: /v1/geolocate, /v1/search, /v1/country. */
#include <string.h>

#include "api/answer.h"
#include "base/clock.h"
#include "geo/ip.h"
#include "http/reply.h"
#include "http/request.h"
#include "ichnaea/rules.h"
#include "locate/confidence.h"
#include "locate/query.h"
#include "locate/result.h"

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

/* What is known of the client's address. */
static void
ask_geoip(struct serve *s, const char *client, struct geo_ip *ip,
    struct api_answer *w)
{
	int known = serve_geoip_find(s->geoip, client, ip);

	w->has_ip = known != -1;
	w->ip = known == 1 ? ip : NULL;
}

/*
 * Find what is stored of the networks that the question needs.  If that fails
 * it is answered from what else is known.
 */
static void
look_up_networks(struct serve *s, struct api_answer *w)
{
	if (!locate_query_has_networks(&w->need) ||
	    serve_lookup_find(s->lookup, &w->need, &w->found, w->arena) == 0)
		return;
	w->lost = 1;
	serve_metrics_fault(s, "networks could not be looked up", NULL);
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

/* Keep a query that was answered as a report, perhaps. */
static void
sample_query(struct serve *s, const struct serve_access *a,
    const struct http_request *rq, const struct api_answer *w)
{
	if (!s->rules->ask_users || may_sample(rq))
		serve_sample_query(s->sample, a->key, a->row == NULL ? 100 :
		    a->row->store_sample_locate, &w->query, w->search);
}

/* Ask the provider of the key, if it has one and we know nothing better. */
static void
ask_provider(struct serve *s, const struct serve_access *a,
    const struct http_request *rq, struct api_answer *w)
{
	struct locate_result r;

	if (a->row == NULL || !serve_fallback_may(a->row) ||
	    rq->len > MAX_ASKED || !api_answer_may_ask(w))
		return;
	api_answer_asked(w, serve_fallback_ask(s->fallback, a->row,
	    &w->query, &r, rq->arena) ? &r : NULL);
}

/* Which of the three questions PATH asks. */
static enum api_answer_api
question_of(const char *path)
{
	if (strcmp(path, "/v1/country") == 0)
		return API_ANSWER_COUNTRY;
	return strcmp(path, "/v1/search") == 0 ? API_ANSWER_SEARCH :
	    API_ANSWER_GEOLOCATE;
}

/*
 * One question: read it, look its networks up, search, and answer.  Sampling
 * and the provider come between, as both want to know what our own stations
 * said; a question for a region has neither.
 */
void
serve_locate(struct serve *s, const struct serve_access *a,
    const struct http_request *rq, struct http_reply *rp)
{
	struct serve_summary *rec = a->summary;
	struct api_answer w = { .api = question_of(rq->path), .rules = s->rules,
	    .arena = rq->arena, .now_s = base_clock_now_s(), .as_ichnaea =
	    s->conf->http_strict || !s->conf->locate_model };
	struct geo_ip ip;

	w.confidence = locate_confidence_or(a->row == NULL ? 0 :
	    a->row->confidence, (int)s->conf->locate_confidence);
	if (rq->len > (size_t)s->conf->http_max_query) {
		serve_reply_error(rp, API_ERROR_TOO_LARGE, NULL);
		return;
	}
	ask_geoip(s, rq->client, &ip, &w);
	if (api_answer_read(&w, rq->body, rq->len)) {
		look_up_networks(s, &w);
		if (api_answer_search(&w) && w.search != NULL) {
			sample_query(s, a, rq, &w);
			ask_provider(s, a, rq, &w);
		}
	}
	serve_reply_json(rp, api_answer_write(&w, rp->body));
	if (w.lost || rec->outage)
		http_reply_header(rp, "X-Degraded", "database");
	api_answer_facts(&w, &rec->facts);
	rec->fallback_allowed = a->row != NULL && a->row->allow_fallback > 0;
	rec->searched = a->row != NULL && rec->facts.known &&
	    rec->facts.expected != LOCATE_RESULT_NONE;
	if (rec->searched)
		serve_metrics_search(s, rec);
}
