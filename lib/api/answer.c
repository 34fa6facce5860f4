/* SPDX-License-Identifier: ISC */
/*
 * The way of a question in steps, so that this folder needs no server: what
 * lies between them (the database, a provider) is the caller's.  The state
 * between the steps is struct api_answer, whose memory is of the request's
 * arena but for the details of a refusal, which live until the answer is
 * written.
 *
 * A step that fails notes the error and returns 0; nothing is written before
 * the last step, which writes the error instead.  So a caller has one place
 * where a response is made, whatever happened, and cannot forget one.
 *
 * The spaces behind colons and commas, the order of members and numbers with
 * at least one decimal are Ichnaea's, whose clients include some that compare
 * text.
 */
#include <assert.h>
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
#include "locate/confidence.h"
#include "locate/found.h"
#include "locate/query.h"
#include "locate/region.h"
#include "locate/search.h"

/* The end of an answer: its last member, if it is a fallback. */
static int
end_answer(struct json_write *w, const char *fallback)
{
	if (fallback != NULL)
		json_write_text(w, "fallback", fallback);
	json_write_end(w);
	return 200;
}

/*
 * The position R, within RADIUS_M: of geolocate, or flat in the words of 2016.
 */
static int
answer_position(struct base_buf *out, enum api_answer_api api,
    const struct locate_result *r, double radius_m)
{
	int flat = api == API_ANSWER_SEARCH;
	struct json_write w;

	json_write_init(&w, out, JSON_WRITE_SPACED);
	json_write_object(&w, NULL);
	if (flat)
		json_write_text(&w, "status", "ok");
	else
		json_write_object(&w, "location");
	json_write_f7(&w, "lat", r->lat);
	json_write_f7(&w, flat ? "lon" : "lng", r->lon);
	if (!flat)
		json_write_end(&w);
	json_write_f7(&w, "accuracy", radius_m);
	return end_answer(&w, r->fallback);
}

/* The region R, by its code and its name. */
static int
answer_region(struct base_buf *out, const struct locate_region_result *r)
{
	struct json_write w;

	json_write_init(&w, out, JSON_WRITE_SPACED);
	json_write_object(&w, NULL);
	json_write_text(&w, "country_code", geo_region_code(r->region));
	json_write_text(&w, "country_name", geo_region_name(r->region));
	return end_answer(&w, r->fallback);
}

/*
 * Nothing was found.  If the database could not be asked that is no answer:
 * the client may ask again.  /v1/search always answers 200 and says so in
 * words.
 */
static int
answer_nothing(struct base_buf *out, enum api_answer_api api, int lost)
{
	if (lost)
		return api_error_write(out, API_ERROR_UNAVAILABLE, NULL);
	if (api != API_ANSWER_SEARCH)
		return api_error_write(out, API_ERROR_NOT_FOUND, NULL);
	base_buf_str(out, "{\"status\":\"not_found\"}");
	return 200;
}

/* Note an error, which sticks.  Returns 0, for steps to return. */
static int
fail_answer(struct api_answer *w, enum api_error e)
{
	w->failed = 1;
	w->error = e;
	return 0;
}

/*
 * Read BODY into the query; else note in the details why not: JSON that is
 * broken in one place, or members that are wrong, all of them.
 */
static enum api_query_verdict
read_query(struct api_answer *w, const char *body, size_t len)
{
	enum api_query_words words = w->api == API_ANSWER_SEARCH ?
	    API_QUERY_SHORT : API_QUERY_LONG;
	enum api_query_verdict verdict;
	struct base_buf map;
	struct json_doc d;

	if (len == 0) {
		locate_query_init(&w->query);
		return API_QUERY_OK;
	}
	if (json_doc_parse(&d, body, len, w->arena) == -1) {
		if (d.why == json_doc_nomem)
			return API_QUERY_NO_MEMORY;
		api_error_json(&w->details, &d);
		return API_QUERY_REFUSED;
	}
	base_buf_init(&map);
	verdict = api_query_parse(&w->query, &d, words, w->rules, &map,
	    w->arena);
	if (verdict == API_QUERY_REFUSED)
		api_error_validation(&w->details, &map);
	base_buf_done(&map);
	return verdict;
}

static void
leave_out_many(struct locate_query *q)
{
	if (q->nblue > LOCATE_QUERY_MAX_MACS)
		q->nblue = LOCATE_QUERY_MAX_MACS;
	if (q->nwifi > LOCATE_QUERY_MAX_MACS)
		q->nwifi = LOCATE_QUERY_MAX_MACS;
}

/*
 * A question for a region needs less than its networks, see locate/region.h;
 * all others need what they name.
 */
int
api_answer_read(struct api_answer *w, const char *body, size_t len)
{
	base_buf_init(&w->details);
	w->known = w->asked = w->failed = w->lost = 0;
	w->search = NULL;
	w->region = NULL;
	memset(&w->found, 0, sizeof(w->found));
	switch (read_query(w, body, len)) {
	case API_QUERY_OK:
		break;
	case API_QUERY_REFUSED:
		return fail_answer(w, API_ERROR_PARSE);
	default:
		return fail_answer(w, API_ERROR_UNAVAILABLE);
	}
	w->known = 1;
	w->query.as_ichnaea = w->as_ichnaea;
	w->query.no_adopted = w->no_adopted;
	if (!w->as_ichnaea)
		leave_out_many(&w->query);
	w->query.confidence = w->as_ichnaea ? LOCATE_CONFIDENCE_USUAL :
	    locate_confidence_or(w->query.confidence, w->confidence != 0 ?
	    w->confidence : LOCATE_CONFIDENCE_USUAL);
	w->query.has_ip = w->has_ip;
	w->query.ip = w->ip;
	w->need = w->query;
	w->need.only_named = w->as_ichnaea;
	if (!w->query.as_ichnaea)
		w->need.narea = w->query.nlook_area;
	if (w->explains) {
		w->need.nblue += w->query.lone_blue;
		w->need.nwifi += w->query.lone_wifi;
	}
	if (w->api == API_ANSWER_COUNTRY &&
	    locate_region_need(&w->need, &w->query, w->arena) == -1)
		return fail_answer(w, API_ERROR_UNAVAILABLE);
	return 1;
}

/* What was found, but for what no answer may rest on. */
static struct locate_found
found_for_answer(const struct api_answer *w)
{
	struct locate_found f = w->found;

	if (w->query.lone_blue > 0)
		f.nblue = 0;
	if (w->query.lone_wifi > 0)
		f.nwifi = 0;
	return f;
}

/*
 * To be called when the caller has looked up what w->need names.  The arena is
 * the request's, so what is made here lives until the answer is written.
 */
int
api_answer_search(struct api_answer *w)
{
	struct locate_found found = found_for_answer(w);
	struct locate_region *r;
	struct locate_search *s;

	assert(w->known && !w->failed);
	if (w->api == API_ANSWER_COUNTRY) {
		if ((r = base_arena_alloc(w->arena, sizeof(*r))) == NULL)
			return fail_answer(w, API_ERROR_UNAVAILABLE);
		locate_region_search(r, &w->query, &found, w->now_s);
		w->region = r;
		return 1;
	}
	if ((s = base_arena_alloc(w->arena, sizeof(*s))) == NULL ||
	    locate_search(s, &w->query, &found, w->now_s, w->arena) == -1)
		return fail_answer(w, API_ERROR_UNAVAILABLE);
	w->search = s;
	return 1;
}

/*
 * Providers are asked for positions only, and never of an address or an area
 * alone: they could say no more than we do.
 */
int
api_answer_may_ask(const struct api_answer *w)
{
	const struct locate_query *q = &w->query;
	const struct locate_search *s = w->search;

	return s != NULL && (q->nblue > 0 || q->ncell > 0 || q->nwifi > 0) &&
	    !locate_result_satisfies(&s->list, &s->group, s->expected);
}

/*
 * R of NULL is a provider that had no answer: that it was asked is a fact all
 * the same.
 */
void
api_answer_asked(struct api_answer *w, const struct locate_result *r)
{
	assert(w->search != NULL);
	w->asked = 1;
	if (r != NULL)
		locate_search_add(w->search, r);
}

/*
 * A single network takes part again if explanations were asked for, as an
 * admin who asks for one wants to see its row; no position follows from it.
 */
void
api_answer_explain(struct api_answer *w, struct base_buf *b)
{
	struct locate_query q = w->query;

	assert(w->search != NULL || w->region != NULL);
	if (w->region != NULL)
		api_explain_region(w->region, b);
	else {
		if (w->explains) {
			q.nblue += q.lone_blue;
			q.nwifi += q.lone_wifi;
		}
		if (api_explain(w->search, &q, &w->found, w->now_s, b,
		    w->arena) == -1)
			fail_answer(w, API_ERROR_UNAVAILABLE);
	}
}

/* The response, from whatever was noted on the way.  The details end here. */
int
api_answer_write(struct api_answer *w, struct base_buf *out)
{
	int status;

	assert(w->failed || w->search != NULL || w->region != NULL);
	if (w->failed)
		status = api_error_write(out, w->error,
		    w->api == API_ANSWER_SEARCH ? NULL : w->details.data);
	else if (w->region != NULL && w->region->best != NULL)
		status = answer_region(out, w->region->best);
	else if (w->search != NULL && w->search->best != NULL)
		status = answer_position(out, w->api, w->search->best,
		    locate_confidence_m(w->search->best,
		    w->query.confidence));
	else
		status = answer_nothing(out, w->api, w->lost);
	base_buf_done(&w->details);
	return status;
}

/* What was refused has no facts but that. */
void
api_answer_facts(const struct api_answer *w, struct api_facts *f)
{
	f->known = w->known;
	if (!w->known)
		return;
	api_facts_query(f, &w->query);
	if (w->region != NULL)
		api_facts_region(f, &w->query, w->region);
	else if (w->search != NULL)
		api_facts_search(f, &w->query, w->search, w->asked);
}
