/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "api/answer.h"
#include "api/error.h"
#include "api/explain.h"
#include "api/facts.h"
#include "api/query.h"
#include "base/arena.h"
#include "base/buf.h"
#include "geo/region.h"
#include "json/doc.h"
#include "json/write.h"
#include "locate/found.h"
#include "locate/query.h"
#include "locate/region.h"
#include "locate/search.h"

/* The end of an answer. */
static int
put_fallback(struct base_buf *out, const char *fallback)
{
	if (fallback != NULL)
		base_buf_fmt(out, ", \"fallback\": \"%s\"", fallback);
	base_buf_chr(out, '}');
	return 200;
}

static int
put_position(struct base_buf *out, enum api_answer_api api,
    const struct locate_result *r)
{
	int search = api == API_ANSWER_SEARCH;

	base_buf_str(out, search ? "{\"status\": \"ok\", \"lat\": " :
	    "{\"location\": {\"lat\": ");
	base_buf_f7(out, r->lat);
	base_buf_str(out, search ? ", \"lon\": " : ", \"lng\": ");
	base_buf_f7(out, r->lon);
	base_buf_str(out, search ? ", \"accuracy\": " :
	    "}, \"accuracy\": ");
	base_buf_f7(out, r->accuracy_m);
	return put_fallback(out, r->fallback);
}

static int
put_region(struct base_buf *out, const struct locate_region_result *r)
{
	base_buf_str(out, "{\"country_code\": ");
	json_write_cstr(out, geo_region_code(r->region));
	base_buf_str(out, ", \"country_name\": ");
	json_write_cstr(out, geo_region_name(r->region));
	return put_fallback(out, r->fallback);
}

/* Nothing was found; LOST: for lack of the database, perhaps. */
static int
put_nothing(struct base_buf *out, enum api_answer_api api, int lost)
{
	if (lost)
		return api_error_write(out, API_ERROR_UNAVAILABLE, NULL);
	if (api != API_ANSWER_SEARCH)
		return api_error_write(out, API_ERROR_NOT_FOUND, NULL);
	base_buf_str(out, "{\"status\":\"not_found\"}");
	return 200;
}

static int
answer(const struct locate_query *q, const struct api_answer_ask *ask,
    const struct locate_lookup *lookup, struct base_buf *out,
    struct base_arena *a)
{
	struct locate_found f = { 0 };
	struct locate_search *s;
	struct locate_result r;
	int asked, lost = 0;

	if (locate_query_has_networks(q))
		lost = lookup->find(lookup->ctx, q, &f, a) == -1;
	if ((s = base_arena_alloc(a, sizeof(*s))) == NULL ||
	    locate_search(s, q, &f, ask->now_s, a) == -1)
		return api_error_write(out, API_ERROR_INTERNAL, NULL);
	if (ask->searched != NULL)
		ask->searched(ask->ctx, q, s);
	asked = ask->provider != NULL && (q->nblue > 0 || q->ncell > 0 ||
	    q->nwifi > 0) && !locate_result_satisfies(&s->list, &s->group,
	    s->expected);
	if (asked && ask->provider(ask->ctx, q, &r))
		locate_search_add(s, &r);
	if (ask->facts != NULL)
		api_facts_search(ask->facts, q, s, asked);
	if (ask->explain != NULL && api_explain(s, q, &f, ask->now_s,
	    ask->explain, a) == -1)
		return api_error_write(out, API_ERROR_INTERNAL, NULL);
	if (s->best != NULL)
		return put_position(out, ask->api, s->best);
	return put_nothing(out, ask->api, lost);
}

static int
answer_region(const struct locate_query *q,
    const struct api_answer_ask *ask, const struct locate_lookup *lookup,
    struct base_buf *out, struct base_arena *a)
{
	struct locate_found f = { 0 };
	struct locate_query need;
	struct locate_region *s;
	int lost = 0;

	if ((s = base_arena_alloc(a, sizeof(*s))) == NULL ||
	    locate_region_need(&need, q, a) == -1)
		return api_error_write(out, API_ERROR_INTERNAL, NULL);
	if (locate_query_has_networks(&need))
		lost = lookup->find(lookup->ctx, &need, &f, a) == -1;
	locate_region_search(s, q, &f, ask->now_s);
	if (ask->facts != NULL)
		api_facts_region(ask->facts, q, s);
	if (ask->explain != NULL)
		api_explain_region(s, ask->explain);
	if (s->best != NULL)
		return put_region(out, s->best);
	return put_nothing(out, ask->api, lost);
}

/* Read BODY into Q; else append to DETAILS why not. */
static enum api_query_verdict
read_body(const char *body, size_t len, const struct api_answer_ask *ask,
    struct locate_query *q, struct base_buf *details, struct base_arena *a)
{
	enum api_query_words words = ask->api == API_ANSWER_SEARCH ?
	    API_QUERY_SHORT : API_QUERY_LONG;
	enum api_query_verdict verdict;
	struct base_buf map;
	struct json_doc d;

	if (len == 0) {
		locate_query_init(q);
		return API_QUERY_OK;
	}
	if (json_doc_parse(&d, body, len, a) == -1) {
		if (d.why == json_doc_nomem)
			return API_QUERY_NO_MEMORY;
		api_error_json(details, &d);
		return API_QUERY_REFUSED;
	}
	base_buf_init(&map);
	verdict = api_query_parse(q, &d, words, ask->rules, &map, a);
	if (verdict == API_QUERY_REFUSED) {
		base_buf_str(details, "{\"validation\":");
		base_buf_add(details, map.data, map.len);
		base_buf_chr(details, '}');
	}
	base_buf_done(&map);
	return verdict;
}

int
api_answer(const char *body, size_t len,
    const struct api_answer_ask *ask, const struct locate_lookup *lookup,
    struct base_buf *out, struct base_arena *a)
{
	struct locate_query q;
	struct base_buf details;
	int status;

	if (ask->facts != NULL)
		ask->facts->known = 0;
	base_buf_init(&details);
	switch (read_body(body, len, ask, &q, &details, a)) {
	case API_QUERY_OK:
		q.has_ip = ask->has_ip;
		q.ip = ask->ip;
		if (ask->facts != NULL)
			api_facts_query(ask->facts, &q);
		status = ask->api == API_ANSWER_COUNTRY ?
		    answer_region(&q, ask, lookup, out, a) :
		    answer(&q, ask, lookup, out, a);
		break;
	case API_QUERY_REFUSED:
		status = api_error_write(out, API_ERROR_PARSE,
		    ask->api == API_ANSWER_SEARCH ? NULL : details.data);
		break;
	default:
		status = api_error_write(out, API_ERROR_INTERNAL, NULL);
	}
	base_buf_done(&details);
	return status;
}
