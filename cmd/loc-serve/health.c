/* SPDX-License-Identifier: ISC */
/* Monitoring: what is up. */
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/clock.h"
#include "base/pool.h"
#include "http/reply.h"
#include "json/write.h"
#include "queue/redis.h"
#include "store/db.h"
#include "store/health.h"

#include "endpoint.h"
#include "geoip.h"
#include "limit.h"
#include "reply.h"
#include "request.h"
#include "serve.h"

#define NO_GEOIP_DATE	"2020-02-26T12:17:00Z"	/* as Ichnaea says */

struct health {
	struct database {
		int		 up;
		int		 odd;	/* it answers, but has no schema */
		int64_t		 ms;
		struct base_buf	 version;
	}		 database;
	struct {
		int		 up;
		int64_t		 days, built_s;
	}		 geoip;
	struct {
		int		 up;
		int64_t		 ms;
	}		 redis;
};

static int
ask_database(void *db, void *arg)
{
	struct database *d = arg;
	int rc = store_health_revision(db, &d->version);

	d->up = rc == 0;
	d->odd = rc == -1 && store_db_retry(db) == STORE_ERROR_FATAL;
	return rc;
}

static void
check_database(struct serve *s, struct database *d)
{
	int64_t begin = base_clock_mono_ms();

	base_pool_run(s->database, ask_database, d);
	d->ms = d->up ? base_clock_mono_ms() - begin : 0;
}

static void
check_geoip(struct serve *s, struct health *h)
{
	h->geoip.built_s = serve_geoip_built_s(s->geoip);
	h->geoip.up = h->geoip.built_s != -1;
	h->geoip.days = h->geoip.up ? (int64_t)rint((double)
	    (base_clock_now_s() - h->geoip.built_s) / BASE_CIVIL_DAY_S) : -1;
}

static int
ping(void *redis, void *arg)
{
	struct queue_reply *reply = queue_redis_run(redis, "PING", NULL);
	int *up = arg;

	*up = reply != NULL && queue_reply_error(reply) == NULL;
	queue_reply_free(reply);
	return *up ? 0 : -1;
}

static void
check_redis(struct serve *s, struct health *h)
{
	int64_t begin = base_clock_mono_ms();

	base_pool_run(s->redis, ping, &h->redis.up);
	h->redis.ms = h->redis.up ? base_clock_mono_ms() - begin : 0;
}

static void
put_time(struct base_buf *b, int64_t s)
{
	char tmp[BASE_CIVIL_TIME_LEN];

	base_civil_format_time(tmp, s, 'T');
	base_buf_fmt(b, "\"%sZ\"", tmp);
}

/* With the separators "," and ":", or these with a blank. */
static void
put_health(struct base_buf *b, const struct health *h, const char *comma,
    const char *colon)
{
	base_buf_fmt(b, "{\"database\"%s{\"up\"%s", colon, colon);
	if (h->database.odd)
		base_buf_fmt(b, "null%s\"time\"%s-1", comma, colon);
	else {
		base_buf_fmt(b, "%s%s\"time\"%s%lld%s\"alembic_version\"%s",
		    h->database.up ? "true" : "false", comma, colon,
		    (long long)h->database.ms, comma, colon);
		if (h->database.up)
			json_write_str(b, h->database.version.data,
			    h->database.version.len);
		else
			base_buf_str(b, "\"unknown\"");
	}
	base_buf_fmt(b, "}%s\"geoip\"%s{\"up\"%s%s%s\"time\"%s0%s"
	    "\"age_in_days\"%s%lld%s\"version\"%s", comma, colon, colon,
	    h->geoip.up ? "true" : "false", comma, colon, comma, colon,
	    (long long)h->geoip.days, comma, colon);
	if (h->geoip.up)
		put_time(b, h->geoip.built_s);
	else
		base_buf_str(b, "\"" NO_GEOIP_DATE "\"");
	base_buf_fmt(b, "}%s\"redis\"%s{\"up\"%s%s%s\"time\"%s%lld}}", comma,
	    colon, colon, h->redis.up ? "true" : "false", comma, colon,
	    (long long)h->redis.ms);
}

void
serve_health_heartbeat(struct serve *s, const struct serve_access *a,
    const struct http_request *rq, struct http_reply *rp)
{
	struct health h;
	int up;

	(void)a;
	if (!serve_limit_heartbeat(s, rq, rp))
		return;
	memset(&h, 0, sizeof(h));
	base_buf_init(&h.database.version);
	check_database(s, &h.database);
	check_geoip(s, &h);
	check_redis(s, &h);
	up = h.database.up && h.geoip.up && h.redis.up;
	put_health(rp->body, &h, up ? ", " : ",", up ? ": " : ":");
	base_buf_done(&h.database.version);
	serve_reply_json(rp, up ? 200 : 503);
}

void
serve_health_lbheartbeat(struct serve *s, const struct serve_access *a,
    const struct http_request *rq, struct http_reply *rp)
{
	(void)s;
	(void)a;
	(void)rq;
	base_buf_str(rp->body, "{\"status\": \"OK\"}");
	serve_reply_json(rp, 200);
}
