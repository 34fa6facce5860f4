/* SPDX-License-Identifier: ISC */
/*
 * Bulk transfer between services: /v1/transfer.  What an item is was never
 * defined, so that all of them always came to nothing.
 */
#include "base/buf.h"
#include "http/reply.h"
#include "http/request.h"
#include "json/doc.h"

#include "endpoint.h"
#include "reply.h"
#include "request.h"

/*
 * The form is checked, so that a client learns of its faults as it did from
 * Ichnaea, and the items are dropped.
 */
enum http_reply_when
serve_transfer(struct serve_call *c)
{
	const struct http_request *rq = c->rq;
	struct json_doc d;
	int items;

	if (rq->len > 0 &&
	    json_doc_parse(&d, rq->body, rq->len, rq->arena) == -1) {
		serve_reply_error(c->rp, d.why == json_doc_nomem ?
		    API_ERROR_UNAVAILABLE : API_ERROR_PARSE, NULL);
		return HTTP_REPLY_NOW;
	}
	if (rq->len == 0 || (items = json_doc_get(&d, 0, "items")) == -1 ||
	    json_doc_kind(&d, items) != JSON_DOC_ARRAY) {
		serve_reply_error(c->rp, API_ERROR_PARSE, NULL);
		return HTTP_REPLY_NOW;
	}
	base_buf_str(c->rp->body, "{}");
	serve_reply_json(c->rp, 200);
	return HTTP_REPLY_NOW;
}
