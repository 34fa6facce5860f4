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
#include "serve.h"

/*
 * The form is checked, so that a client learns of its faults as it did from
 * Ichnaea, and the items are dropped.
 */
void
serve_transfer(struct serve *s, const struct serve_access *a,
    const struct http_request *rq, struct http_reply *rp)
{
	struct json_doc d;
	int items;

	(void)s;
	(void)a;
	if (rq->len > 0 &&
	    json_doc_parse(&d, rq->body, rq->len, rq->arena) == -1) {
		serve_reply_error(rp, d.why == json_doc_nomem ?
		    API_ERROR_UNAVAILABLE : API_ERROR_PARSE, NULL);
		return;
	}
	if (rq->len == 0 || (items = json_doc_get(&d, 0, "items")) == -1 ||
	    json_doc_kind(&d, items) != JSON_DOC_ARRAY) {
		serve_reply_error(rp, API_ERROR_PARSE, NULL);
		return;
	}
	base_buf_str(rp->body, "{}");
	serve_reply_json(rp, 200);
}
