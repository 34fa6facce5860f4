/* SPDX-License-Identifier: ISC */
/*
 * From the path to the endpoint, and past the API key.  In order: the path,
 * the method, the key, its limit, the body, the work.
 */
#include <assert.h>
#include <err.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
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
	enum http_reply_when (*run)(struct serve_call *c);
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
 * What a request has that is one of many which wait for this thread, so that
 * its turn is soon over; a larger one goes on in a thread of its own.
 */
#define HURRIED_BYTES	(16 * 1024)

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
find_api_key(struct serve_call *c, enum api api)
{
	enum serve_keys_verdict v = SERVE_KEYS_UNKNOWN;
	const char *sent = http_request_arg(c->rq, "key");
	struct serve_summary *rec = &c->summary;
	struct serve *s = c->s;
	const char *instead;

	rec->key = "none";
	if (sent != NULL && store_key_check(sent)) {
		v = serve_keys_get(s->keys, sent, &c->found);
		rec->key = v == SERVE_KEYS_KNOWN ? c->found.valid_key :
		    v == SERVE_KEYS_UNKNOWN ? "invalid" :
		    v == SERVE_KEYS_OUTAGE ? sent : "none";
	}
	if (v != SERVE_KEYS_UNKNOWN)
		return v;
	rec->bad_key = sent;
	if ((instead = default_key(s, api)) == NULL)
		return SERVE_KEYS_UNKNOWN;
	v = serve_keys_get(s->keys, instead, &c->found);
	if (v == SERVE_KEYS_UNKNOWN &&
	    !atomic_exchange(&s->told_default_key, 1))
		conf_file_warn(s->conf, &s->conf->http_default_key, NULL,
		    "%s: there is no such API key", instead);
	return v;
}

/*
 * May C use API?  Returns 1 with what it may filled in, or 0.  When the
 * database is away every key may do everything, and is nobody's.
 */
static int
admit_request(struct serve_call *c, enum api api)
{
	const struct serve *s = c->s;

	c->key = "";
	c->sample_submit = 100;
	switch (find_api_key(c, api)) {
	case SERVE_KEYS_UNKNOWN:
		return api == API_SUBMIT;
	case SERVE_KEYS_OUTAGE:
		c->summary.outage = 1;
		serve_metrics_fault(c->s, "an API key could not be looked up",
		    NULL);
		return api != API_TRANSFER || s->conf->http_transfer;
	case SERVE_KEYS_OPEN:
		return api != API_TRANSFER || s->conf->http_transfer;
	case SERVE_KEYS_KNOWN:
		break;
	}
	c->row = &c->found;
	c->key = c->row->valid_key;
	c->sample_submit = c->row->store_sample_submit;
	c->summary.unfit = !key_allows(s, c->row, api);
	return !c->summary.unfit;
}

/* The call may be made: read the body, and do the work. */
static enum http_reply_when
run_endpoint(struct serve_call *c)
{
	if (c->rq->verdict != HTTP_REQUEST_BAD_BODY)
		return c->route->run(c);
	serve_reply_bad_body(c->rp, c->rq->fault);
	return HTTP_REPLY_NOW;
}

/* The same where this thread has nothing else to do. */
static void
run_and_finish(void *arg)
{
	struct serve_call *c = arg;

	c->in_group = 0;
	if (run_endpoint(c) == HTTP_REPLY_NOW)
		serve_route_finish(c);
}

/* Redis was asked for the limit, for other calls, too, that wait now. */
static void
on_limited(struct serve_call *c, int passed)
{
	c->in_group = 1;
	if (passed && c->rq->len > HURRIED_BYTES)
		http_request_elsewhere(c->rq, run_and_finish, c);
	else if (!passed || run_endpoint(c) == HTTP_REPLY_NOW)
		serve_route_finish(c);
}

/*
 * The key is judged and the call counted before the body is looked at: a
 * client that may not call, or too often, is told that and nothing else.
 */
static enum http_reply_when
run_api(struct serve_call *c)
{
	static const struct {
		const char	*type, *counter;
	} apis[] = {
		[API_LOCATE] = { "locate", "locate.request" },
		[API_REGION] = { "region", "region.request" },
		[API_TRANSFER] = { "transfer", "transfer.request" },
		[API_SUBMIT] = { "submit", "submit.request" }
	};
	enum api api = c->route->api;
	int admitted = admit_request(c, api);

	c->summary.type = apis[api].type;
	serve_metrics_call(c->s, apis[api].counter, &c->summary);
	if (!admitted) {
		serve_reply_error(c->rp, API_ERROR_KEY, NULL);
		return HTTP_REPLY_NOW;
	}
	c->limit.call = c;
	c->limit.done = on_limited;
	switch (serve_limit_call(&c->limit, api == API_LOCATE ||
	    api == API_SUBMIT)) {
	case SERVE_LIMIT_REFUSED:
		break;
	case SERVE_LIMIT_PASSED:
		return run_endpoint(c);
	case SERVE_LIMIT_LATER:
		/* Others may have finished it already. */
		return HTTP_REPLY_LATER;
	}
	return HTTP_REPLY_NOW;
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

/*
 * What a browser asks before it sends what no page could send by itself.  Our
 * own headers are named to those that ask for one of them.
 */
static void
reply_options(const struct http_request *rq, struct http_reply *rp)
{
	const char *wanted = http_request_field(rq,
	    "Access-Control-Request-Headers");
	int ours = wanted != NULL &&
	    (strcasestr(wanted, "Idempotency-Key") != NULL ||
	    strcasestr(wanted, "X-Ichnaea-Contribute-Opt-In") != NULL);

	rp->status = 200;
	http_reply_header(rp, "Access-Control-Allow-Methods",
	    "GET, HEAD, POST, OPTIONS");
	http_reply_header(rp, "Access-Control-Allow-Headers",
	    ours ? "Content-Type, Content-Encoding, Idempotency-Key, "
	    "X-Ichnaea-Contribute-Opt-In" : "Content-Type, Content-Encoding");
}

/*
 * What is wrong with the request itself goes first: of one whose end is not
 * clear, not even the path can be believed.
 */
static enum http_reply_when
dispatch_request(struct serve_call *c)
{
	const struct http_request *rq = c->rq;
	const struct route *r = c->route;
	struct http_reply *rp = c->rp;
	int api = r != NULL && is_api(r);

	if (api)
		serve_reply_cors(rp);
	if (rq->verdict == HTTP_REQUEST_BAD_REQUEST)
		serve_reply_error(rp, API_ERROR_BAD_REQUEST, NULL);
	else if (rq->verdict == HTTP_REQUEST_TOO_LARGE)
		serve_reply_error(rp, API_ERROR_TOO_LARGE, NULL);
	else if (rq->verdict == HTTP_REQUEST_BUSY)
		serve_reply_error(rp, API_ERROR_UNAVAILABLE, NULL);
	else if (r == NULL && c->s->conf->web_dir != NULL)
		serve_web(c->s, rq, rp);
	else if (r == NULL)
		serve_reply_not_found(rp);
	else if (!takes_method(r, rq->method))
		serve_reply_not_allowed(rp, rq, api ?
		    "GET, HEAD, POST, OPTIONS" : "GET, HEAD, POST");
	else if (!api)
		return r->run(c);
	else if (strcmp(rq->method, "OPTIONS") == 0)
		reply_options(rq, rp);
	else
		return run_api(c);
	return HTTP_REPLY_NOW;
}

/*
 * Tell the operators of a request that was answered.  Only of those that found
 * what they asked for, and by the path of the route: what else clients send has
 * no end.
 */
static void
tell_of_call(const struct serve_call *c)
{
	const struct route *r = c->route;
	int64_t us;

	assert(c->rp->status >= 200 && c->rp->status < 600);
	if (r == NULL || r->api == API_FILE ||
	    !takes_method(r, c->rq->method))
		return;
	if (c->rp->status >= 500 && is_api(r))
		serve_metrics_fault(c->s, "a request could not be answered",
		    r->path);
	us = base_clock_mono_us() - c->start_us;
	serve_metrics_request(c->s, &c->summary, c->rq->method, c->rp->status,
	    us);
	serve_log_request(c->s, &c->summary, c->rq, c->rp, us);
}

/* What is known of a call lives as long as its request, in memory of that. */
enum http_reply_when
serve_route(void *serve, const struct http_request *rq,
    struct http_reply *rp)
{
	struct serve_call *c = base_arena_alloc(rq->arena, sizeof(*c));

	assert(rq->path != NULL && rq->method != NULL);
	if (c == NULL) {
		serve_reply_error(rp, API_ERROR_UNAVAILABLE, NULL);
		return HTTP_REPLY_NOW;
	}
	memset(c, 0, offsetof(struct serve_call, limit));
	c->s = serve;
	c->rq = rq;
	c->rp = rp;
	c->start_us = base_clock_mono_us();
	if ((c->route = find_route(serve, rq->path)) != NULL) {
		c->summary.path = c->route->path;
		net_statsd_path(c->summary.name, c->route->path);
	}
	/* Others may have finished it already, and the call be gone. */
	if (dispatch_request(c) == HTTP_REPLY_LATER)
		return HTTP_REPLY_LATER;
	tell_of_call(c);
	return HTTP_REPLY_NOW;
}

void
serve_route_finish(const struct serve_call *c)
{
	tell_of_call(c);
	http_request_finish(c->rq);
}
