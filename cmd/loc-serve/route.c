/* SPDX-License-Identifier: ISC */
/*
 * From the path to the endpoint, and past the API key.  In order: the path,
 * the method, the key, the body, the work.
 */
#include <string.h>

#include "net/http.h"

#include "keys.h"
#include "serve.h"

enum api {
	API_NONE,		/* monitoring: no key, no CORS, no OPTIONS */
	API_LOCATE,		/* needs a key that may */
	API_SUBMIT		/* open to all */
};

static const struct route {
	const char	*path;
	enum api	 api;
	void		(*run)(struct serve *s, const struct access *a,
			    const struct net_http_request *rq,
			    struct net_http_reply *rp);
} routes[] = {
	{ "/v1/geolocate", API_LOCATE, serve_locate },
	{ "/v2/geosubmit", API_SUBMIT, serve_submit },
	{ "/v1/geosubmit", API_SUBMIT, serve_submit },
	{ "/v1/submit", API_SUBMIT, serve_submit },
	{ "/__heartbeat__", API_NONE, serve_heartbeat },
	{ "/__lbheartbeat__", API_NONE, serve_lbheartbeat },
	{ "/__version__", API_NONE, serve_version },
};

static const struct route *
find_route(const char *path)
{
	size_t i;

	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (strcmp(path, routes[i].path) == 0)
			return &routes[i];
	return NULL;
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
	if (key == NULL || !store_key_check(key))
		return api == API_SUBMIT;
	switch (keys_get(s->keys, key, k)) {
	case KEYS_UNKNOWN:
		return api == API_SUBMIT;
	case KEYS_OUTAGE:
		return 1;
	case KEYS_KNOWN:
		break;
	}
	a->key = k->valid_key;
	a->sample_submit = k->store_sample_submit;
	a->row = k;
	return api == API_SUBMIT || k->allow_locate > 0;
}

static void
run_api(struct serve *s, const struct route *r,
    const struct net_http_request *rq, struct net_http_reply *rp)
{
	struct store_key key;
	struct access a;

	if (!admit(s, r->api, rq, &key, &a))
		reply_error(rp, LOCATE_ERROR_KEY, NULL);
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

void
route(void *serve, const struct net_http_request *rq,
    struct net_http_reply *rp)
{
	const struct route *r = find_route(rq->path);
	int api = r != NULL && r->api != API_NONE;

	reply_init(rp, api);
	switch (rq->verdict) {
	case NET_HTTP_BAD_REQUEST:
		reply_error(rp, LOCATE_ERROR_BAD_REQUEST, NULL);
		return;
	case NET_HTTP_TOO_LARGE:
		reply_error(rp, LOCATE_ERROR_TOO_LARGE, NULL);
		return;
	case NET_HTTP_BUSY:
		reply_error(rp, LOCATE_ERROR_UNAVAILABLE, NULL);
		return;
	default:
		break;
	}
	if (r == NULL)
		reply_not_found(rp);
	else if (api && strcmp(rq->method, "OPTIONS") == 0) {
		rp->status = 200;
		net_http_header(rp, "Access-Control-Allow-Methods",
		    "GET, HEAD, POST, OPTIONS");
		net_http_header(rp, "Access-Control-Allow-Headers",
		    "Content-Type, Content-Encoding");
	} else if (!is_plain_method(rq->method))
		reply_not_allowed(rp, rq->method, api ?
		    "GET, HEAD, POST, OPTIONS" : "GET, HEAD, POST");
	else if (api)
		run_api(serve, r, rq, rp);
	else
		r->run(serve, NULL, rq, rp);
}
