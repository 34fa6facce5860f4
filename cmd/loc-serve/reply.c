/* SPDX-License-Identifier: ISC */
/* Replies that do not depend on the endpoint. */
#include <string.h>

#include "api/error.h"
#include "base/buf.h"
#include "http/accept.h"
#include "http/body.h"
#include "http/reply.h"
#include "http/request.h"
#include "ichnaea/python.h"

#include "reply.h"
#include "serve.h"

#define RETRY_AFTER_S	"10"

/*
 * Any page of any site may use an API: an API key is no secret and no cookie is
 * looked at.
 */
void
serve_reply_cors(struct http_reply *rp)
{
	http_reply_header(rp, "Access-Control-Allow-Origin", "*");
	http_reply_header(rp, "Access-Control-Max-Age", "2592000");
}

static int
has_header(const struct http_reply *rp, const char *name)
{
	size_t i;

	for (i = 0; i < rp->nheader; i++)
		if (strcmp(rp->header[i].name, name) == 0)
			return 1;
	return 0;
}

/*
 * Browsers show pages of other sites few headers but those that are exposed.
 * Replies without any of ours are as they were at Ichnaea.
 */
void
serve_reply_extra(struct http_reply *rp, const char *name, const char *value)
{
	http_reply_header(rp, name, value);
	if (has_header(rp, "Access-Control-Allow-Origin") &&
	    !has_header(rp, "Access-Control-Expose-Headers"))
		http_reply_header(rp, "Access-Control-Expose-Headers",
		    "RateLimit, RateLimit-Policy, Retry-After, X-Degraded");
}

/*
 * A 503 always says when to come back, so that clients do not all try again at
 * once and at their own pace.
 */
void
serve_reply_json(struct http_reply *rp, int status)
{
	rp->status = status;
	http_reply_header(rp, "Content-Type", "application/json");
	if (status == 503)
		serve_reply_extra(rp, "Retry-After", RETRY_AFTER_S);
}

/*
 * What an endpoint had written so far is dropped, so it may fail at any point.
 */
void
serve_reply_error(struct http_reply *rp, enum api_error e,
    const char *details)
{
	base_buf_reset(rp->body);
	serve_reply_json(rp, api_error_write(rp->body, e, details));
}

/*
 * The words are those of Python's exceptions, which Ichnaea passed on to its
 * clients.
 */
void
serve_reply_bad_body(struct http_reply *rp,
    const struct http_body_fault *fault)
{
	static const enum ichnaea_python_gzip gzip[] = {
		[HTTP_BODY_NOT_GZIP] = ICHNAEA_PYTHON_NOT_GZIP,
		[HTTP_BODY_CUT] = ICHNAEA_PYTHON_GZIP_CUT,
		[HTTP_BODY_DAMAGED] = ICHNAEA_PYTHON_GZIP_CRC,
		[HTTP_BODY_BROKEN] = ICHNAEA_PYTHON_GZIP_DATA
	};
	char text[ICHNAEA_PYTHON_LEN];
	struct base_buf details;

	if (fault->kind == HTTP_BODY_NOT_ASCII)
		ichnaea_python_ascii(text, fault->byte, fault->at);
	else
		ichnaea_python_gzip(text, gzip[fault->kind]);
	base_buf_init(&details);
	api_error_decode(&details, text);
	serve_reply_error(rp, API_ERROR_PARSE, details.data);
	base_buf_done(&details);
}

/* A page of Ichnaea's, TEXT, with the headers of its website. */
static void
reply_page(struct http_reply *rp, const char *text)
{
	http_reply_header(rp, "Content-Type", "text/html; charset=UTF-8");
	http_reply_header(rp, "Content-Security-Policy", "default-src 'self'; "
	    "connect-src 'self'  *.tiles.mapbox.com api.mapbox.com "
	    "events.mapbox.com; font-src 'self'; img-src 'self'  "
	    "api.mapbox.com data: blob:; script-src 'self' data: "
	    "'unsafe-eval'; style-src 'self'; child-src blob:; "
	    "worker-src blob:;");
	http_reply_header(rp, "X-Frame-Options", "DENY");
	http_reply_header(rp, "X-XSS-Protection", "1; mode=block");
	base_buf_str(rp->body, text);
}

void
serve_reply_not_found(struct http_reply *rp)
{
	rp->status = 404;
	reply_page(rp, "<h1>404 Not Found</h1>");
}

/* Ichnaea, too, said this, and only this, in the form that is wanted. */
void
serve_reply_not_allowed(struct http_reply *rp, const struct http_request *rq,
    const char *allow)
{
	const char *accept = http_request_list(rq, "Accept");
	int html = http_accept_weight(accept, "text/html");
	int json = http_accept_weight(accept, "application/json");

	rp->status = 405;
	http_reply_header(rp, "Allow", allow);
	if (html > 0 && html >= json)
		reply_page(rp, "<h1>405 Method Not Allowed</h1>");
	else if (json > 0)
		serve_reply_error(rp, API_ERROR_METHOD, NULL);
	else {
		http_reply_header(rp, "Content-Type",
		    "text/plain; charset=UTF-8");
		base_buf_fmt(rp->body, "405 Method Not Allowed\n\n"
		    "The method %.32s is not allowed for this resource. "
		    "\n\n\n", rq->method);
	}
}
