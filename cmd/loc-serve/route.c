/* SPDX-License-Identifier: ISC */
/*
 * From the path to the endpoint, and past the API key.  In order: the path,
 * the method, the key, its limit, the body, the work.
 */
#include <string.h>

#include "base/civil.h"
#include "net/http.h"

#include "keys.h"
#include "serve.h"

enum api {
	API_NONE,		/* monitoring: no key, no CORS, no OPTIONS */
	API_FILE,		/* of the website: any method */
	API_LOCATE,		/* these need a key that may */
	API_REGION,
	API_TRANSFER,
	API_SUBMIT		/* open to all */
};

static const struct route {
	const char	*path;
	enum api	 api;
	void		(*run)(struct serve *s, const struct access *a,
			    const struct net_http_request *rq,
			    struct net_http_reply *rp);
	int		 v2016;		/* may be switched off */
} routes[] = {
	{ "/v1/geolocate", API_LOCATE, serve_locate, 0 },
	{ "/v1/country", API_REGION, serve_locate, 0 },
	{ "/v2/geosubmit", API_SUBMIT, serve_submit, 0 },
	{ "/v1/geosubmit", API_SUBMIT, serve_submit, 0 },
	{ "/v1/submit", API_SUBMIT, serve_submit, 0 },
	{ "/v1/search", API_LOCATE, serve_locate, 1 },
	{ "/v1/transfer", API_TRANSFER, serve_transfer, 1 },
	{ "/__heartbeat__", API_NONE, serve_heartbeat, 0 },
	{ "/__lbheartbeat__", API_NONE, serve_lbheartbeat, 0 },
	{ "/__version__", API_NONE, serve_version, 0 },
	{ "/contribute.json", API_NONE, serve_contribute, 0 },
	{ "/robots.txt", API_FILE, serve_robots, 0 },
};

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

/* May key K use API? */
static int
allows(const struct serve *s, const struct store_key *k, enum api api)
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
 * May this request use API?  Returns 1 with A filled in, or 0.  When the
 * database is away every key may do everything, and is nobody's.
 */
static int
admit(struct serve *s, enum api api, const struct net_http_request *rq,
    struct store_key *k, struct access *a)
{
	const char *key = net_http_arg(rq, "key");

	a->key = "";
	a->sample_submit = 100;
	a->row = NULL;
	a->tag = "none";
	if (key == NULL || !store_key_check(key))
		return api == API_SUBMIT;
	a->tag = "invalid";
	switch (keys_get(s->keys, key, k)) {
	case KEYS_UNKNOWN:
		return api == API_SUBMIT;
	case KEYS_OUTAGE:
		a->tag = NULL;
		report_outage(s, "an API key could not be looked up");
		return api != API_TRANSFER || s->conf->http_transfer;
	case KEYS_KNOWN:
		break;
	}
	a->key = k->valid_key;
	a->sample_submit = k->store_sample_submit;
	a->row = k;
	if (!allows(s, k, api))
		return 0;
	a->tag = a->key;
	return 1;
}

static void
run_api(struct serve *s, const struct route *r,
    const struct net_http_request *rq, struct net_http_reply *rp)
{
	static const char *const counters[] = {
		[API_LOCATE] = "locate.request",
		[API_REGION] = "region.request",
		[API_TRANSFER] = "transfer.request",
		[API_SUBMIT] = "submit.request"
	};
	struct store_key key;
	struct access a;
	int admitted = admit(s, r->api, rq, &key, &a);

	if (a.tag != NULL)
		report_call(s, counters[r->api], r->path, a.tag);
	if (!admitted)
		reply_error(rp, LOCATE_ERROR_KEY, NULL);
	else if ((r->api == API_LOCATE || r->api == API_SUBMIT) &&
	    !limit_pass(s, r->api == API_LOCATE ? "locate" : "submit", &a,
	    rq, rp))
		return;
	else if (rq->verdict == NET_HTTP_BAD_BODY)
		reply_bad_body(rp, rq->why);
	else
		r->run(s, &a, rq, rp);
}

static int
is_plain_method(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "POST") == 0 ||
	    strcmp(method, "HEAD") == 0;
}

/* Returns 1 if the request counts: it found what it asked for. */
static int
dispatch(struct serve *serve, const struct route *r,
    const struct net_http_request *rq, struct net_http_reply *rp)
{
	int api = r != NULL && r->api != API_NONE && r->api != API_FILE;

	reply_init(rp, api);
	switch (rq->verdict) {
	case NET_HTTP_BAD_REQUEST:
		reply_error(rp, LOCATE_ERROR_BAD_REQUEST, NULL);
		return r != NULL;
	case NET_HTTP_TOO_LARGE:
		reply_error(rp, LOCATE_ERROR_TOO_LARGE, NULL);
		return r != NULL;
	case NET_HTTP_BUSY:
		reply_error(rp, LOCATE_ERROR_UNAVAILABLE, NULL);
		return r != NULL;
	default:
		break;
	}
	if (r == NULL) {
		reply_not_found(rp);
		return 0;
	}
	if (api && strcmp(rq->method, "OPTIONS") == 0) {
		rp->status = 200;
		net_http_header(rp, "Access-Control-Allow-Methods",
		    "GET, HEAD, POST, OPTIONS");
		net_http_header(rp, "Access-Control-Allow-Headers",
		    "Content-Type, Content-Encoding");
	} else if (r->api != API_FILE && !is_plain_method(rq->method)) {
		reply_not_allowed(rp, rq->method, api ?
		    "GET, HEAD, POST, OPTIONS" : "GET, HEAD, POST");
		return 0;
	} else if (api)
		run_api(serve, r, rq, rp);
	else
		r->run(serve, NULL, rq, rp);
	return r->api != API_FILE;
}

void
route(void *serve, const struct net_http_request *rq,
    struct net_http_reply *rp)
{
	const struct route *r = find_route(serve, rq->path);
	int64_t start = base_civil_mono_ms();

	if (dispatch(serve, r, rq, rp))
		report_request(serve, r->path, rq->method, rp->status,
		    base_civil_mono_ms() - start);
}
