/* SPDX-License-Identifier: ISC */
/*
 * Monitoring: what is up.
 *
 * The heartbeat asks each server something that it cannot answer out of a
 * cache of ours, with the connections and the patience that requests have: so
 * it is bad when requests are, and a server that hangs costs it no longer than
 * it costs them.  What is not configured does not count against it, unless it
 * is to be as Ichnaea's.  Its words are Ichnaea's, too: with blanks behind
 * commas and colons when all is well, and without when it is not.
 */
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/clock.h"
#include "base/pool.h"
#include "http/reply.h"
#include "ichnaea/rules.h"
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
		int		 unused;	/* it is not configured */
		int		 up;
		int64_t		 days, built_s;
	}		 geoip;
	struct {
		int		 unused;
		int		 up;
		int64_t		 ms;
	}		 redis;
};

/*
 * Work with the database: read the revision, which has to come from a table.
 * A server that answers with an error that no second attempt mends is odd:
 * somebody forgot loc-db init, or named another database.
 */
static int
ask_database(void *db, void *arg)
{
	struct database *d = arg;
	int rc = store_health_revision(db, &d->version);

	d->up = rc == 0;
	d->odd = rc == -1 && store_db_retry(db) == STORE_ERROR_FATAL;
	return rc;
}

/*
 * A pool without a connection, or in its pause after a failure, leaves UP at
 * 0, just as requests would find it.
 */
static void
check_database(struct serve *s, struct database *d)
{
	int64_t begin = base_clock_mono_ms();

	base_pool_run(s->database, ask_database, d);
	d->ms = d->up ? base_clock_mono_ms() - begin : 0;
}

/*
 * The age is in whole days, rounded to the nearest; -1 says that there is no
 * data.
 */
static void
check_geoip(struct serve *s, struct health *h)
{
	h->geoip.built_s = serve_geoip_built_s(s->geoip);
	h->geoip.up = h->geoip.built_s != -1;
	h->geoip.days = h->geoip.up ? (int64_t)rint((double)
	    (base_clock_now_s() - h->geoip.built_s) / BASE_CIVIL_DAY_S) : -1;
}

static int
ping_redis(void *redis, void *arg)
{
	struct queue_reply *reply = queue_redis_run(redis, "PING", NULL);
	int *up = arg;

	*up = reply != NULL && queue_reply_error(reply) == NULL;
	queue_reply_free(reply);
	return *up ? 0 : -1;
}

/* Times are in milliseconds, and 0 for what is down. */
static void
check_redis(struct serve *s, struct health *h)
{
	int64_t begin = base_clock_mono_ms();

	base_pool_run(s->redis, ping_redis, &h->redis.up);
	h->redis.ms = h->redis.up ? base_clock_mono_ms() - begin : 0;
}

/*
 * A strict server can say of one that answers without a schema only what
 * Ichnaea said in that case; ours gives the reason.
 */
static void
put_database(struct json_write *w, const struct database *d, int strict)
{
	json_write_object(w, "database");
	if (d->odd && strict) {
		json_write_text(w, "up", NULL);
		json_write_i64(w, "time", -1);
		json_write_end(w);
		return;
	}
	json_write_bool(w, "up", d->up);
	json_write_i64(w, "time", d->ms);
	json_write_value(w, "alembic_version");
	if (d->up)
		json_write_str(w->b, d->version.data, d->version.len);
	else
		json_write_cstr(w->b, "unknown");
	if (d->odd)
		json_write_text(w, "error", "the server answers, but has no "
		    "such database, tables or account");
	json_write_end(w);
}

/* What is not configured is neither up nor down. */
static void
put_unused(struct json_write *w)
{
	json_write_text(w, "up", NULL);
	json_write_bool(w, "configured", 0);
}

/* The time is always 0: the data is in memory. */
static void
put_geoip(struct json_write *w, const struct health *h, int strict)
{
	char built[BASE_CIVIL_TIME_LEN + 1];

	json_write_object(w, "geoip");
	if (h->geoip.unused)
		put_unused(w);
	else {
		base_civil_format_time(built, h->geoip.built_s, 'T');
		strlcat(built, "Z", sizeof(built));
		json_write_bool(w, "up", h->geoip.up);
		json_write_i64(w, "time", 0);
		json_write_i64(w, "age_in_days", h->geoip.days);
		json_write_text(w, "version", h->geoip.up ? built :
		    strict ? NO_GEOIP_DATE : "unknown");
	}
	json_write_end(w);
}

static void
put_redis(struct json_write *w, const struct health *h)
{
	json_write_object(w, "redis");
	if (h->redis.unused)
		put_unused(w);
	else {
		json_write_bool(w, "up", h->redis.up);
		json_write_i64(w, "time", h->redis.ms);
	}
	json_write_end(w);
}

/* All of the reply; monitoring may compare it as text, so STYLE matters. */
static void
put_health(struct base_buf *b, const struct health *h,
    enum json_write_style style, int strict)
{
	struct json_write w;

	json_write_init(&w, b, style);
	json_write_object(&w, NULL);
	put_database(&w, &h->database, strict);
	put_geoip(&w, h, strict);
	put_redis(&w, h);
	json_write_end(&w);
}

/*
 * The checks are made in turn: together they take what one request may.  A
 * heartbeat costs all servers a round trip, so it is limited by network as
 * calls are, but for trusted proxies, who have to be told the truth each time.
 */
void
serve_health_heartbeat(struct serve *s, const struct serve_access *a,
    const struct http_request *rq, struct http_reply *rp)
{
	int up, strict = s->rules->need_all;
	struct health h;

	(void)a;
	if (!serve_limit_heartbeat(s, rq, rp))
		return;
	memset(&h, 0, sizeof(h));
	base_buf_init(&h.database.version);
	h.geoip.unused = !strict && s->conf->geoip_path == NULL;
	h.redis.unused = !strict && s->redis == NULL;
	check_database(s, &h.database);
	check_geoip(s, &h);
	check_redis(s, &h);
	up = h.database.up && (h.geoip.up || h.geoip.unused) &&
	    (h.redis.up || h.redis.unused);
	/* Ichnaea writes the one thing in two ways. */
	put_health(rp->body, &h, up ? JSON_WRITE_SPACED : JSON_WRITE_COMPACT,
	    strict);
	base_buf_done(&h.database.version);
	serve_reply_json(rp, up ? 200 : 503);
}

/*
 * Only that this process answers.  A load balancer that took hosts out because
 * the database is down would take out all of them at once.
 */
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
