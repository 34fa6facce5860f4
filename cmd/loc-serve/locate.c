/* SPDX-License-Identifier: ISC */
/* Positions and regions: /v1/geolocate, /v1/search, /v1/country. */
#include <string.h>

#include "api/answer.h"
#include "api/report.h"
#include "base/arena.h"
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
#include "index.h"
#include "limit.h"
#include "lookup.h"
#include "metrics.h"
#include "reply.h"
#include "request.h"
#include "route.h"
#include "sample.h"
#include "serve.h"
#include "witness.h"

/*
 * Longer bodies are no device's: they are not worth a provider's answer, nor
 * that others wait meanwhile, as only few of them are handled at once.
 */
#define MAX_ASKED	(64 * 1024)

/*
 * A question on its way, in the arena of its request: from the thread that has
 * read it to the one that has looked its networks up, among those of others,
 * and perhaps to a third, which asks a provider.
 */
struct question {
	struct serve_lookup_job	 lookup;	/* the first member */
	struct serve_call	*c;
	struct api_answer	 w;
	struct geo_ip		 ip;
};

/* What is known of the client's address. */
static void
ask_geoip(struct question *q)
{
	int known = serve_geoip_find(q->c->s->geoip, &q->c->rq->client, &q->ip);

	q->w.has_ip = known != -1;
	q->w.ip = known == 1 ? &q->ip : NULL;
}

/* If a lookup fails the question is answered from what else is known. */
static void
note_lookup(struct question *q, int rc)
{
	if (rc == 0)
		return;
	q->w.lost = 1;
	serve_metrics_fault(q->c->s, "networks could not be looked up", NULL);
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
sample_query(const struct question *q)
{
	struct obs_witness who = { .class = OBS_WITNESS_PUBLIC };
	const struct serve_call *c = q->c;
	struct serve_sample_choice choice;
	struct serve *s = c->s;

	if (!serve_sample_choose(s->sample, c->row == NULL ? 100 :
	    c->row->store_sample_locate, &q->w, &choice) ||
	    (s->rules->ask_users && !may_sample(c->rq)))
		return;
	if (s->witness != NULL) {
		who = serve_witness_of(s->witness, c, base_clock_now_ms());
		who.class = OBS_WITNESS_ASKED;
		who.source = api_report_mark(q->w.search);
	}
	serve_sample_keep(s->sample, c->key, &who, &q->w, &choice);
}

/*
 * Search, with what was found.  Returns 1 if the provider of the key is to be
 * asked, as it has one and we know nothing better.
 */
static int
search_networks(struct question *q)
{
	const struct store_key *row = q->c->row;

	if (!api_answer_search(&q->w) || q->w.search == NULL)
		return 0;
	sample_query(q);
	return row != NULL && serve_fallback_may(row) &&
	    q->c->rq->len <= MAX_ASKED && api_answer_may_ask(&q->w);
}

/* In a thread that may wait. */
static void
ask_provider(struct question *q)
{
	struct locate_result r;

	api_answer_asked(&q->w, serve_fallback_ask(q->c->s->fallback, q->c->row,
	    &q->w.query, &r, q->c->rq->arena) ? &r : NULL);
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

/* Answer, with what has become known. */
static void
write_answer(struct question *q)
{
	struct serve_summary *rec = &q->c->summary;
	const struct store_key *row = q->c->row;

	serve_reply_json(q->c->rp, api_answer_write(&q->w, q->c->rp->body));
	if (q->w.lost || rec->outage)
		serve_reply_extra(q->c->rp, "X-Degraded", "database");
	api_answer_facts(&q->w, &rec->facts);
	rec->fallback_allowed = row != NULL && row->allow_fallback > 0;
	rec->searched = row != NULL && rec->facts.known &&
	    rec->facts.expected != LOCATE_RESULT_NONE;
	if (rec->searched)
		serve_metrics_search(q->c->s, rec);
}

static void
ask_and_finish(void *arg)
{
	struct question *q = arg;

	ask_provider(q);
	write_answer(q);
	if (q->c->summary.facts.scattered)
		serve_limit_scattered(q->c);
	serve_route_finish(q->c);
}

static void
charge_and_finish(void *arg)
{
	struct question *q = arg;

	serve_limit_scattered(q->c);
	serve_route_finish(q->c);
}

/*
 * Answer the question, if it ASKS no provider.  What may take longer than to
 * compute, which is Redis, too, goes to another thread: others may wait for
 * this one.
 */
static enum http_reply_when
answer_question(struct question *q, int asks)
{
	if (asks) {
		http_request_elsewhere(q->c->rq, ask_and_finish, q);
		return HTTP_REPLY_LATER;
	}
	write_answer(q);
	if (!q->c->summary.facts.scattered)
		return HTTP_REPLY_NOW;
	http_request_elsewhere(q->c->rq, charge_and_finish, q);
	return HTTP_REPLY_LATER;
}

/* The networks have been looked up, among those of other questions. */
static void
on_looked_up(struct serve_lookup_job *j)
{
	struct question *q = (struct question *)j;

	note_lookup(q, j->rc);
	if (answer_question(q, search_networks(q)) == HTTP_REPLY_NOW)
		serve_route_finish(q->c);
}

/*
 * Look up what the question needs: at once in an index, or in the database with
 * what others need.
 */
static enum http_reply_when
look_up_networks(struct question *q)
{
	struct api_answer *w = &q->w;

	if (q->c->s->index != NULL) {
		note_lookup(q, serve_index_find(q->c->s->index, &w->need,
		    &w->found, w->arena));
		return HTTP_REPLY_NOW;
	}
	q->lookup.ask = (struct store_lookup){ &w->need, &w->found, w->arena };
	q->lookup.done = on_looked_up;
	(q->c->in_group ? serve_lookup_put : serve_lookup_add)(q->c->s->lookup,
	    &q->lookup);
	return HTTP_REPLY_LATER;
}

/* A question, of which nothing has been read yet; NULL if memory is short. */
static struct question *
new_question(struct serve_call *c)
{
	struct question *q = base_arena_calloc(c->rq->arena, 1, sizeof(*q));
	const struct conf_file *cf = c->s->conf;

	if (q == NULL)
		return NULL;
	q->c = c;
	q->w.api = question_of(c->rq->path);
	q->w.rules = c->s->rules;
	q->w.arena = c->rq->arena;
	q->w.now_s = base_clock_now_s();
	q->w.as_ichnaea = cf->http_strict || !cf->locate_model;
	q->w.no_adopted = !cf->trust_adopted;
	q->w.confidence = locate_confidence_or(c->row == NULL ? 0 :
	    c->row->confidence, (int)cf->locate_confidence);
	return q;
}

/*
 * One question: read it, look its networks up, search, and answer.  Sampling
 * and the provider come between, as both want to know what our own stations
 * said; a question for a region has neither.
 */
enum http_reply_when
serve_locate(struct serve_call *c)
{
	struct question *q;
	int asks = 0;

	if (c->rq->len > (size_t)c->s->conf->http_max_query) {
		serve_reply_error(c->rp, API_ERROR_TOO_LARGE, NULL);
		return HTTP_REPLY_NOW;
	}
	if ((q = new_question(c)) == NULL) {
		serve_reply_error(c->rp, API_ERROR_UNAVAILABLE, NULL);
		return HTTP_REPLY_NOW;
	}
	ask_geoip(q);
	if (api_answer_read(&q->w, c->rq->body, c->rq->len)) {
		if (locate_query_has_networks(&q->w.need) &&
		    look_up_networks(q) == HTTP_REPLY_LATER)
			return HTTP_REPLY_LATER;
		asks = search_networks(q);
	}
	return answer_question(q, asks);
}
