/* SPDX-License-Identifier: ISC */
/* Replies that do not depend on the endpoint. */
#include "api/error.h"
#include "base/buf.h"
#include "http/body.h"
#include "http/reply.h"
#include "ichnaea/python.h"

#include "reply.h"
#include "serve.h"

#define RETRY_AFTER_S	"10"

/*
 * This is called before anything is known of the request.  Any page of any
 * site may use an API: an API key is no secret and no cookie is looked at.
 */
void
serve_reply_init(struct http_reply *rp, int cors)
{
	http_reply_header(rp, "Strict-Transport-Security",
	    "max-age=31536000; includeSubDomains");
	http_reply_header(rp, "X-Content-Type-Options", "nosniff");
	if (cors) {
		http_reply_header(rp, "Access-Control-Allow-Origin", "*");
		http_reply_header(rp, "Access-Control-Max-Age", "2592000");
	}
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
		http_reply_header(rp, "Retry-After", RETRY_AFTER_S);
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

/* These are Ichnaea's page and the headers of its website. */
void
serve_reply_not_found(struct http_reply *rp)
{
	rp->status = 404;
	http_reply_header(rp, "Content-Type", "text/html; charset=UTF-8");
	http_reply_header(rp, "Content-Security-Policy", "default-src 'self'; "
	    "connect-src 'self'  *.tiles.mapbox.com api.mapbox.com "
	    "events.mapbox.com; font-src 'self'; img-src 'self'  "
	    "api.mapbox.com data: blob:; script-src 'self' data: "
	    "'unsafe-eval'; style-src 'self'; child-src blob:; "
	    "worker-src blob:;");
	http_reply_header(rp, "X-Frame-Options", "DENY");
	http_reply_header(rp, "X-XSS-Protection", "1; mode=block");
	base_buf_str(rp->body, "<h1>404 Not Found</h1>");
}

void
serve_reply_not_allowed(struct http_reply *rp, const char *method,
    const char *allow)
{
	rp->status = 405;
	http_reply_header(rp, "Allow", allow);
	http_reply_header(rp, "Content-Type", "text/plain; charset=UTF-8");
	base_buf_fmt(rp->body, "405 Method Not Allowed\n\nThe method %.32s "
	    "is not allowed for this resource. \n\n\n", method);
}
