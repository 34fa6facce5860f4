/* SPDX-License-Identifier: ISC */
/*
 * From the path to the endpoint, and past the API key.  In order: the path,
 * the method, the key, its limit, the body, the work.
 */
#include <assert.h>
#include <err.h>
#include <string.h>

#include "base/clock.h"
#include "http/reply.h"
#include "http/request.h"
#include "ichnaea/rules.h"

#include "endpoint.h"
#include "keys.h"
#include "limit.h"
#include "log.h"
#include "metrics.h"
#include "reply.h"
#include "request.h"
#include "route.h"
#include "serve.h"
#include "web.h"

enum api {
	API_NONE,		/* monitoring: no key, no CORS, no OPTIONS */
	API_FILE,		/* of the website: any method */
	API_LOCATE,		/* these need a key that may */
	API_REGION,
	API_TRANSFER,
	API_SUBMIT		/* open to all */
};

/*
 * What there is.  The table is searched from the front, so what is asked for
 * most stands there.
 */
static const struct route {
	const char	*path;
	enum api	 api;
	void		(*run)(struct serve *s, const struct serve_access *a,
			    const struct http_request *rq,
			    struct http_reply *rp);
	int		 v2016;		/* may be switched off */
} routes[] = {
	{ "/v1/geolocate", API_LOCATE, serve_locate, 0 },
	{ "/v1/country", API_REGION, serve_locate, 0 },
	{ "/v2/geosubmit", API_SUBMIT, serve_submit, 0 },
	{ "/v1/geosubmit", API_SUBMIT, serve_submit, 0 },
	{ "/v1/submit", API_SUBMIT, serve_submit, 0 },
	{ "/v1/search", API_LOCATE, serve_locate, 1 },
	{ "/v1/transfer", API_TRANSFER, serve_transfer, 1 },
	{ "/__heartbeat__", API_NONE, serve_health_heartbeat, 0 },
	{ "/__lbheartbeat__", API_NONE, serve_health_lbheartbeat, 0 },
	{ "/__version__", API_NONE, serve_about_version, 0 },
	{ "/contribute.json", API_NONE, serve_about_contribute, 0 },
	{ "/robots.txt", API_FILE, serve_about_robots, 0 },
};

/*
 * The route of PATH, which has to be the same to the byte, or NULL.  Those of
 * 2016 are not there at all unless they are switched on.
 */
static const struct route *
find_route(const struct serve *s, const char *path)
{
	size_t i;

	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (strcmp(path, routes[i].path) == 0 &&
		    (!routes[i].v2016 || s->conf->http_v2016))
			return &routes[i];
	return NULL;
}

/* APIs may be called by pages of other sites, need a key and are limited. */
static int
is_api(const struct route *r)
{
	return r->api != API_NONE && r->api != API_FILE;
}

/* May key K use API? */
static int
key_allows(const struct serve *s, const struct store_key *k, enum api api)
{
	switch (api) {
	case API_LOCATE:
		return k->allow_locate > 0;
	case API_REGION:
		return k->allow_region > 0;
	case API_TRANSFER:
		return s->conf->http_transfer;
	default:
		return 1;
	}
}

/*
 * The API key of who has none, for queries; or NULL.  Submissions need no key,
 * and should not look as if they came from the default one.
 */
static const char *
default_key(const struct serve *s, enum api api)
{
	return s->rules->default_key &&
	    (api == API_LOCATE || api == API_REGION) ?
	    s->conf->http_default_key : NULL;
}

/*
 * Look up the key of a request to API, and the default one if there is none
 * of that name.  What RECORD says of the key is of the one that was sent.
 */
static enum serve_keys_verdict
find_api_key(struct serve *s, enum api api, const char *sent,
    struct serve_access *a)
{
	enum serve_keys_verdict v = SERVE_KEYS_UNKNOWN;
	struct serve_summary *rec = a->summary;
	const char *instead;

	rec->key = "none";
	if (sent != NULL && store_key_check(sent)) {
		v = serve_keys_get(s->keys, sent, &a->found);
		rec->key = v == SERVE_KEYS_KNOWN ? a->found.valid_key :
		    v == SERVE_KEYS_UNKNOWN ? "invalid" : sent;
	}
	if (v != SERVE_KEYS_UNKNOWN)
		return v;
	rec->bad_key = sent;
	if ((instead = default_key(s, api)) == NULL)
		return SERVE_KEYS_UNKNOWN;
	v = serve_keys_get(s->keys, instead, &a->found);
	if (v == SERVE_KEYS_UNKNOWN &&
	    !atomic_exchange(&s->told_default_key, 1))
		conf_file_warn(s->conf, &s->conf->http_default_key, NULL,
		    "%s: there is no such API key", instead);
	return v;
}

/*
 * May this request use API?  Returns 1 with A filled in, or 0.  When the
 * database is away every key may do everything, and is nobody's.
 */
static int
admit_request(struct serve *s, enum api api, const struct http_request *rq,
    struct serve_access *a)
{
	struct serve_summary *rec = a->summary;

	a->key = "";
	a->sample_submit = 100;
	switch (find_api_key(s, api, http_request_arg(rq, "key"), a)) {
	case SERVE_KEYS_UNKNOWN:
		return api == API_SUBMIT;
	case SERVE_KEYS_OUTAGE:
		rec->outage = 1;
		serve_metrics_fault(s, "an API key could not be looked up",
		    NULL);
		return api != API_TRANSFER || s->conf->http_transfer;
	case SERVE_KEYS_KNOWN:
		break;
	}
	a->row = &a->found;
	a->key = a->row->valid_key;
	a->sample_submit = a->row->store_sample_submit;
	rec->unfit = !key_allows(s, a->row, api);
	return !rec->unfit;
}

/*
 * The key is judged and the call counted before the body is looked at: a
 * client that may not call, or too often, is told that and nothing else.
 */
static void
run_api(struct serve *s, const struct route *r, struct serve_access *a,
    const struct http_request *rq, struct http_reply *rp)
{
	static const struct {
		const char	*type, *counter;
	} apis[] = {
		[API_LOCATE] = { "locate", "locate.request" },
		[API_REGION] = { "region", "region.request" },
		[API_TRANSFER] = { "transfer", "transfer.request" },
		[API_SUBMIT] = { "submit", "submit.request" }
	};
	int admitted = admit_request(s, r->api, rq, a);

	a->summary->type = apis[r->api].type;
	serve_metrics_call(s, apis[r->api].counter, a->summary);
	if (!admitted)
		serve_reply_error(rp, API_ERROR_KEY, NULL);
	else if (!serve_limit_call(s, a, r->api == API_LOCATE ||
	    r->api == API_SUBMIT, rq, rp))
		return;
	else if (rq->verdict == HTTP_REQUEST_BAD_BODY)
		serve_reply_bad_body(rp, rq->fault);
	else
		r->run(s, a, rq, rp);
}

static int
is_plain_method(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "POST") == 0 ||
	    strcmp(method, "HEAD") == 0;
}

/* May R be called by METHOD? */
static int
takes_method(const struct route *r, const char *method)
{
	return r->api == API_FILE || is_plain_method(method) ||
	    (is_api(r) && strcmp(method, "OPTIONS") == 0);
}

/* What a browser asks before it sends what no page could send by itself. */
static void
reply_options(const struct http_request *rq, struct http_reply *rp)
{
	const char *wanted = http_request_field(rq,
	    "Access-Control-Request-Headers");

	rp->status = 200;
	http_reply_header(rp, "Access-Control-Allow-Methods",
	    "GET, HEAD, POST, OPTIONS");
	http_reply_header(rp, "Access-Control-Allow-Headers",
	    wanted != NULL && strcasestr(wanted, "Idempotency-Key") != NULL ?
	    "Content-Type, Content-Encoding, Idempotency-Key" :
	    "Content-Type, Content-Encoding");
}

/*
 * What is wrong with the request itself goes first: of one whose end is not
 * clear, not even the path can be believed.
 */
static void
dispatch_request(struct serve *serve, const struct route *r,
    struct serve_access *a, const struct http_request *rq,
    struct http_reply *rp)
{
	int api = r != NULL && is_api(r);

	serve_reply_init(rp, api);
	if (rq->verdict == HTTP_REQUEST_BAD_REQUEST)
		serve_reply_error(rp, API_ERROR_BAD_REQUEST, NULL);
	else if (rq->verdict == HTTP_REQUEST_TOO_LARGE)
		serve_reply_error(rp, API_ERROR_TOO_LARGE, NULL);
	else if (rq->verdict == HTTP_REQUEST_BUSY)
		serve_reply_error(rp, API_ERROR_UNAVAILABLE, NULL);
	else if (r == NULL && serve->conf->web_dir != NULL)
		serve_web(serve, rq, rp);
	else if (r == NULL)
		serve_reply_not_found(rp);
	else if (!takes_method(r, rq->method))
		serve_reply_not_allowed(rp, rq->method, api ?
		    "GET, HEAD, POST, OPTIONS" : "GET, HEAD, POST");
	else if (!api)
		r->run(serve, a, rq, rp);
	else if (strcmp(rq->method, "OPTIONS") == 0)
		reply_options(rq, rp);
	else
		run_api(serve, r, a, rq, rp);
}

/*
 * Only requests that found what they asked for are told of, and by the path
 * of the route: what else clients send has no end.
 */
void
serve_route(void *serve, const struct http_request *rq,
    struct http_reply *rp)
{
	const struct route *r = find_route(serve, rq->path);
	int64_t start_us = base_clock_mono_us(), us;
	struct serve_summary rec = { 0 };
	struct serve_access a = { .summary = &rec };

	assert(rq->path != NULL && rq->method != NULL);
	if (r != NULL) {
		rec.path = r->path;
		net_statsd_path(rec.name, r->path);
	}
	dispatch_request(serve, r, &a, rq, rp);
	assert(rp->status >= 200 && rp->status < 600);
	if (r == NULL || r->api == API_FILE || !takes_method(r, rq->method))
		return;
	if (rp->status >= 500 && is_api(r))
		serve_metrics_fault(serve, "a request could not be answered",
		    r->path);
	us = base_clock_mono_us() - start_us;
	serve_metrics_request(serve, &rec, rq->method, rp->status, us);
	serve_log_request(serve, &rec, rq, rp, us);
}
