/* SPDX-License-Identifier: ISC */
/* Positions and regions: /v1/geolocate, /v1/search, /v1/country. */
#include <sys/socket.h>

#include <string.h>

#include "base/civil.h"
#include "geoip/db.h"
#include "locate/answer.h"
#include "locate/found.h"
#include "locate/query.h"
#include "net/http.h"
#include "store/lookup.h"

#include "pool.h"
#include "serve.h"

/* A lookup that borrows a connection when it needs one. */
struct pooled {
	struct pool			*pool;
	const struct locate_query	*q;
	struct locate_found		*f;
	struct base_arena		*a;
};

static int
find_in(struct store_db *db, void *arg)
{
	struct pooled *p = arg;
	struct locate_lookup l;

	store_lookup_init(&l, db);
	return l.find(l.ctx, p->q, p->f, p->a);
}

static int
find(void *ctx, const struct locate_query *q, struct locate_found *f,
    struct base_arena *a)
{
	struct serve *s = ctx;
	struct pooled p = { s->pool, q, f, a };

	return pool_run(s->pool, find_in, &p);
}

/* What is known of the client's address. */
static void
ask_geoip(struct serve *s, const char *client, struct locate_ip *ip,
    struct locate_answer_ask *ask)
{
	struct sockaddr_storage ss;

	ask->has_ip = geoip_db_parse(&ss, client);
	if (!ask->has_ip)
		return;
	pthread_rwlock_rdlock(&s->geoip_lock);
	if (s->geoip != NULL && geoip_db_find(s->geoip,
	    (struct sockaddr *)&ss, ip))
		ask->ip = ip;
	pthread_rwlock_unlock(&s->geoip_lock);
}

static enum locate_answer_api
api_of(const char *path)
{
	if (strcmp(path, "/v1/country") == 0)
		return LOCATE_ANSWER_COUNTRY;
	return strcmp(path, "/v1/search") == 0 ? LOCATE_ANSWER_SEARCH :
	    LOCATE_ANSWER_GEOLOCATE;
}

void
serve_locate(struct serve *s, const struct access *a,
    const struct net_http_request *rq, struct net_http_reply *rp)
{
	struct locate_lookup lookup = { s, find };
	struct locate_answer_ask ask = { .api = api_of(rq->path),
	    .strict = s->conf->http_strict, .now_s = base_civil_now_s() };
	struct locate_ip ip;
	int status;

	(void)a;
	if (rq->len > (size_t)s->conf->http_max_query) {
		reply_error(rp, LOCATE_ERROR_TOO_LARGE, NULL);
		return;
	}
	ask_geoip(s, rq->client, &ip, &ask);
	status = locate_answer(rq->body, rq->len, &ask, &lookup, rp->body,
	    rq->arena);
	reply_json(rp, status);
}
