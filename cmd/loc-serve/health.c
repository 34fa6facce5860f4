/* SPDX-License-Identifier: ISC */
/*
 * Monitoring: what is up.
 *
 * The heartbeat asks each server something that it cannot answer out of a
 * cache of ours, with the connections and the patience that requests have: so
 * it is bad when requests are, and a server that hangs costs it no longer than
 * it costs them.  Those who ask within a second of an answer share it, so that
 * no client costs the servers more by asking more often.  What is not
 * configured does not count against it, unless it is to be as Ichnaea's; then
 * every answer is a new one, too.  Its words are Ichnaea's: with blanks behind
 * commas and colons when all is well, and without when it is not.
 */
#include <err.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
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
#include "index.h"
#include "health.h"
#include "limit.h"
#include "reply.h"
#include "request.h"
#include "serve.h"

#define NO_GEOIP_DATE	"2020-02-26T12:17:00Z"	/* as Ichnaea says */
#define SHARED_MS	1000	/* for which an answer holds */

struct serve_health {
	pthread_mutex_t	 lock;		/* for all of: */
	int64_t		 until_ms;	/* the last answer holds; 0: none */
	int		 status;
	struct base_buf	 body;
};

struct serve_health *
serve_health_new(void)
{
	struct serve_health *h;

	if ((h = calloc(1, sizeof(*h))) == NULL) {
		warn(NULL);
		return NULL;
	}
	pthread_mutex_init(&h->lock, NULL);
	base_buf_init(&h->body);
	return h;
}

void
serve_health_free(struct serve_health *h)
{
	if (h == NULL)
		return;
	base_buf_done(&h->body);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

struct health {
	struct database {
		int		 unused;	/* it is not configured */
		int		 up;
		int		 odd;	/* it answers, but has no schema */
		int64_t		 ms;
		struct base_buf	 version;
	}		 database;
	struct {
		int		 used;
		int64_t		 built_s;
	}		 index;
	struct {
		int		 unused;
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

	if ((d->unused = s->database == NULL))
		return;
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

/* What is not configured is neither up nor down. */
static void
put_unused(struct json_write *w)
{
	json_write_text(w, "up", NULL);
	json_write_bool(w, "configured", 0);
}

/*
 * A strict server can say of one that answers without a schema only what
 * Ichnaea said in that case; ours gives the reason.
 */
static void
put_database(struct json_write *w, const struct database *d, int strict)
{
	json_write_object(w, "database");
	if (d->unused) {
		put_unused(w);
		json_write_end(w);
		return;
	}
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

/* As of when an index is; it has been mapped, so there is nothing to ask. */
static void
put_index(struct json_write *w, const struct health *h)
{
	char built[BASE_CIVIL_TIME_LEN + 1];

	if (!h->index.used)
		return;
	base_civil_format_time(built, h->index.built_s, 'T');
	strlcat(built, "Z", sizeof(built));
	json_write_object(w, "index");
	json_write_bool(w, "up", 1);
	json_write_i64(w, "time", 0);
	json_write_text(w, "version", built);
	json_write_end(w);
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
	put_index(&w, h);
	put_geoip(&w, h, strict);
	put_redis(&w, h);
	json_write_end(&w);
}

/*
 * Ask all servers, and append the answer to B.  The checks are made in turn:
 * together they take what one request may.  Returns the status.
 */
static int
ask_servers(struct serve *s, struct base_buf *b)
{
	int up, strict = s->rules->need_all;
	struct health h;

	memset(&h, 0, sizeof(h));
	base_buf_init(&h.database.version);
	h.geoip.unused = !strict && s->conf->geoip_path == NULL;
	h.redis.unused = !strict && s->redis == NULL;
	check_database(s, &h.database);
	check_geoip(s, &h);
	check_redis(s, &h);
	if ((h.index.used = s->index != NULL))
		h.index.built_s = serve_index_built_s(s->index);
	up = (h.database.up || h.index.used) &&
	    (h.geoip.up || h.geoip.unused) && (h.redis.up || h.redis.unused);
	/* Ichnaea writes the one thing in two ways. */
	put_health(b, &h, up ? JSON_WRITE_SPACED : JSON_WRITE_COMPACT,
	    strict);
	base_buf_done(&h.database.version);
	return up ? 200 : 503;
}

/*
 * Whoever asks while others do waits for their answer, as he would have to wait
 * for his own.  A second is counted from when it is there.
 */
static int
ask_together(struct serve *s, struct base_buf *b)
{
	struct serve_health *h = s->health;
	int status;

	pthread_mutex_lock(&h->lock);
	if (base_clock_mono_ms() >= h->until_ms) {
		base_buf_reset(&h->body);
		h->status = ask_servers(s, &h->body);
		h->until_ms = base_buf_ok(&h->body) ? base_clock_mono_ms() +
		    SHARED_MS : 0;
	}
	status = h->status;
	base_buf_add(b, h->body.data, h->body.len);
	pthread_mutex_unlock(&h->lock);
	return status;
}

/*
 * It is limited by network as calls are, but for trusted proxies, who have to
 * be told how things are.
 */
enum http_reply_when
serve_health_heartbeat(struct serve_call *c)
{
	if (!serve_limit_heartbeat(c))
		return HTTP_REPLY_NOW;
	serve_reply_json(c->rp, (c->s->rules->need_all ? ask_servers :
	    ask_together)(c->s, c->rp->body));
	return HTTP_REPLY_NOW;
}

/*
 * Only that this process answers.  A load balancer that took hosts out because
 * the database is down would take out all of them at once.
 */
enum http_reply_when
serve_health_lbheartbeat(struct serve_call *c)
{
	base_buf_str(c->rp->body, "{\"status\": \"OK\"}");
	serve_reply_json(c->rp, 200);
	return HTTP_REPLY_NOW;
}
