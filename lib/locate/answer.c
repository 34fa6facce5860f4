/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "json/doc.h"
#include "locate/answer.h"
#include "locate/error.h"
#include "locate/explain.h"
#include "locate/found.h"
#include "locate/query.h"
#include "locate/search.h"

static int
put_position(struct base_buf *out, const struct locate_result *r)
{
	base_buf_str(out, "{\"location\": {\"lat\": ");
	base_buf_f7(out, r->lat);
	base_buf_str(out, ", \"lng\": ");
	base_buf_f7(out, r->lon);
	base_buf_str(out, "}, \"accuracy\": ");
	base_buf_f7(out, r->accuracy_m);
	if (r->fallback != NULL) {
		base_buf_str(out, ", \"fallback\": \"");
		base_buf_str(out, r->fallback);
		base_buf_chr(out, '"');
	}
	base_buf_chr(out, '}');
	return 200;
}

static int
asks_stations(const struct locate_query *q)
{
	return q->nblue > 0 || q->nwifi > 0 || q->ncell > 0 || q->narea > 0;
}

static int
answer(const struct locate_query *q, const struct locate_answer_ask *ask,
    const struct locate_lookup *lookup, struct base_buf *out,
    struct base_arena *a)
{
	struct locate_found f = { 0 };
	struct locate_search *s;
	struct locate_result r;
	int lost = 0;

	if (asks_stations(q))
		lost = lookup->find(lookup->ctx, q, &f, a) == -1;
	if ((s = base_arena_alloc(a, sizeof(*s))) == NULL ||
	    locate_search(s, q, &f, ask->now_s, a) == -1)
		return locate_error_write(out, LOCATE_ERROR_INTERNAL, NULL);
	if (ask->searched != NULL)
		ask->searched(ask->ctx, q, s);
	if (ask->provider != NULL && (q->nblue > 0 || q->ncell > 0 ||
	    q->nwifi > 0) && !locate_result_satisfies(&s->list, &s->group,
	    s->expected) && ask->provider(ask->ctx, q, &r))
		locate_search_add(s, &r);
	if (ask->explain != NULL && locate_explain(s, q, &f, ask->now_s,
	    ask->explain, a) == -1)
		return locate_error_write(out, LOCATE_ERROR_INTERNAL, NULL);
	if (s->best != NULL)
		return put_position(out, s->best);
	return locate_error_write(out, lost ? LOCATE_ERROR_UNAVAILABLE :
	    LOCATE_ERROR_NOT_FOUND, NULL);
}

/* Read BODY into Q; else append to DETAILS why not. */
static enum locate_query_verdict
read_body(const char *body, size_t len, int strict, struct locate_query *q,
    struct base_buf *details, struct base_arena *a)
{
	enum locate_query_verdict verdict;
	struct base_buf map;
	struct json_doc d;

	if (len == 0) {
		locate_query_init(q);
		return LOCATE_QUERY_OK;
	}
	if (json_doc_parse(&d, body, len, a) == -1) {
		if (d.why == json_doc_nomem)
			return LOCATE_QUERY_NO_MEMORY;
		locate_error_json(details, &d);
		return LOCATE_QUERY_REFUSED;
	}
	base_buf_init(&map);
	verdict = locate_query_parse(q, &d, strict, &map, a);
	if (verdict == LOCATE_QUERY_REFUSED) {
		base_buf_str(details, "{\"validation\":");
		base_buf_add(details, map.data, map.len);
		base_buf_chr(details, '}');
	}
	base_buf_done(&map);
	return verdict;
}

int
locate_answer(const char *body, size_t len,
    const struct locate_answer_ask *ask, const struct locate_lookup *lookup,
    struct base_buf *out, struct base_arena *a)
{
	struct locate_query q;
	struct base_buf details;
	int status;

	base_buf_init(&details);
	switch (read_body(body, len, ask->strict, &q, &details, a)) {
	case LOCATE_QUERY_OK:
		q.has_ip = ask->has_ip;
		q.ip = ask->ip;
		status = answer(&q, ask, lookup, out, a);
		break;
	case LOCATE_QUERY_REFUSED:
		status = locate_error_write(out, LOCATE_ERROR_PARSE,
		    details.data);
		break;
	default:
		status = locate_error_write(out, LOCATE_ERROR_INTERNAL, NULL);
	}
	base_buf_done(&details);
	return status;
}
