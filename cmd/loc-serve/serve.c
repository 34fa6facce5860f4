/* SPDX-License-Identifier: ISC */
/*
 * Making what requests are answered with, and releasing it.
 *
 * A struct serve is made whole or not at all, from one configuration, and
 * never changes while it is used, so that requests need no lock to read it.
 * Nothing is connected here: pools do that when somebody asks, and a server
 * that is away is no reason not to start.  What can fail is memory, the spool
 * and what the configuration says, and each has an exit status of its own.
 *
 * The order of release is that of use.  A thread that was told the limits of
 * calls may still be on its way to the lookups and the spool, so the limits go
 * first.  The sampler writes to the spool until its thread has ended, and tells
 * faults, so it goes before both.
 */
#include <sys/resource.h>

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/pool.h"
#include "geoip/db.h"
#include "http/listen.h"
#include "http/server.h"
#include "ichnaea/rules.h"
#include "io/privs.h"
#include "site/csp.h"
#include "spool/writer.h"
#include "store/key.h"

#include "fallback.h"
#include "health.h"
#include "index.h"
#include "keys.h"
#include "limit.h"
#include "log.h"
#include "lookup.h"
#include "metrics.h"
#include "pool.h"
#include "reply.h"
#include "route.h"
#include "sample.h"
#include "serve.h"
#include "witness.h"

#define REDIS_CONNECTIONS 8
#define OTHER_FILES	160	/* descriptors beside these ... */
#define CALL_FILES	8	/* ... and for one call to a provider */

/*
 * As many connections as the limit of descriptors allows; 0: none.  The soft
 * limit is raised as far as is needed and allowed.  With fewer descriptors
 * than we would like the service starts all the same and says so.  Databases
 * and providers have theirs set aside, so that clients cannot use up those
 * that answer them.
 */
static unsigned
max_connections(const struct conf_file *cf)
{
	rlim_t others = (rlim_t)(cf->http_db_connections +
	    cf->http_fallback_calls * CALL_FILES + OTHER_FILES);
	rlim_t want = others + (rlim_t)cf->http_connections;
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1 || rl.rlim_cur >= want)
		return (unsigned)cf->http_connections;
	rl.rlim_cur = rl.rlim_max < want ? rl.rlim_max : want;
	setrlimit(RLIMIT_NOFILE, &rl);
	if (rl.rlim_cur >= want)
		return (unsigned)cf->http_connections;
	if (rl.rlim_cur <= others) {
		warnx("not enough descriptors: %llu of %llu",
		    (unsigned long long)rl.rlim_cur, (unsigned long long)want);
		return 0;
	}
	warnx("only %llu connections: %llu descriptors",
	    (unsigned long long)(rl.rlim_cur - others),
	    (unsigned long long)rl.rlim_cur);
	return (unsigned)(rl.rlim_cur - others);
}

/*
 * The HTTP server calls this in some thread when the last request that began
 * with S has ended; see free_unused() in run.c.
 */
static void
on_unused(void *serve)
{
	struct serve *s = serve;

	atomic_store(&s->unused, 1);
}

/* Returns an exit status. */
static int
set_http(struct serve *s)
{
	const char *at;
	const struct conf_file *cf = s->conf;

	s->http = (struct http_server_options){
		.connections = max_connections(cf),
		.max_body = (size_t)cf->http_max_body,
		.max_inflated = (size_t)cf->http_max_inflated,
		.request_s = (int)cf->http_request_timeout_s,
		.idle_s = (int)cf->http_idle_timeout_s,
		.fields = SERVE_REPLY_FIELDS,
		.handler = serve_route,
		.unused = on_unused,
		.ctx = s
	};
	if (s->http.connections == 0)
		return EX_CONFIG;
	if (http_peer_list_open(&s->http.proxies, cf->http_trusted_proxies,
	    &at) != NULL)
		return EX_OSERR;
	s->http.proxies.leftmost = s->rules->leftmost_client;
	return EX_OK;
}

/* What pages of the website may do, for the header.  Returns 0, or -1. */
static int
set_csp(struct serve *s)
{
	struct base_buf b;

	if (s->conf->web_dir == NULL)
		return 0;
	base_buf_init(&b);
	site_csp(&b, s->conf, 1);
	if (base_buf_ok(&b))
		s->csp = strdup(b.data);
	base_buf_done(&b);
	return s->csp == NULL ? -1 : 0;
}

int
serve_is_as_ichnaea(const struct conf_file *cf)
{
	return cf->http_strict || !cf->locate_model;
}

/*
 * Who may ask, how often, and where what is asked for is looked up.  With an
 * index there need be neither a database nor Redis; calls are counted all the
 * same.  Returns an exit status.
 */
static int
set_sources(struct serve *s)
{
	const struct conf_file *cf = s->conf;

	if (s->index != NULL &&
	    serve_index_need(s->index, serve_is_as_ichnaea(cf)) == -1)
		return EX_CONFIG;
	if (cf->ro_url != NULL && (s->database = serve_pool_database(
	    cf->ro_url, (size_t)cf->http_db_connections)) == NULL)
		return EX_CONFIG;
	if (cf->cache_url != NULL && (s->redis = serve_pool_redis(
	    cf->cache_url, REDIS_CONNECTIONS)) == NULL)
		return EX_CONFIG;
	if ((cf->cache_url != NULL || s->index != NULL) &&
	    (s->limit = serve_limit_new(s)) == NULL)
		return EX_CONFIG;
	if (!s->rules->believe_all && s->database != NULL &&
	    (s->witness = serve_witness_new(s->database, cf)) == NULL)
		return EX_OSERR;
	if ((s->keys = serve_keys_new(s->database, s->index,
	    cf->http_key_cache_s)) == NULL)
		return EX_OSERR;
	if (s->index == NULL && (s->lookup = serve_lookup_new(s->database,
	    (size_t)cf->http_db_connections)) == NULL)
		return EX_OSERR;
	return EX_OK;
}

/*
 * Connections are made when they are needed.  Returns an exit status.  After a
 * failure some members are NULL, which serve_free() expects.
 */
static int
set_up(struct serve *s)
{
	const struct conf_file *cf = s->conf;
	int status = set_http(s);

	if (status != EX_OK)
		return status;
	if (set_csp(s) == -1)
		return EX_OSERR;
	serve_metrics_open(s);
	serve_log_open(s);
	if ((status = set_sources(s)) != EX_OK)
		return status;
	if ((s->health = serve_health_new()) == NULL)
		return EX_OSERR;
	if ((s->spool = spool_writer_open(cf->spool_dir, cf->spool_max_bytes,
	    cf->spool_segment_bytes)) == NULL)
		return EX_CANTCREAT;
	if ((s->fallback = serve_fallback_new((size_t)cf->http_fallback_calls,
	    s->redis, s->statsd, s->sentry)) == NULL ||
	    (s->sample = serve_sample_new(s->spool, s->redis,
	    s->sentry)) == NULL)
		return EX_OSERR;
	return EX_OK;
}

/*
 * CONF is taken over and cleared, unless there is no memory for a struct at
 * all; the caller may end it either way.
 */
struct serve *
serve_new(struct conf_file *conf, const struct serve_shared *with,
    int *status)
{
	struct serve *s;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		warn(NULL);
		*status = EX_OSERR;
		return NULL;
	}
	s->file = *conf;
	memset(conf, 0, sizeof(*conf));
	s->conf = &s->file;
	s->rules = ichnaea_rules(s->conf->http_strict);
	s->geoip = with->geoip;
	s->index = with->index;
	s->log = with->log;
	s->local = with->local;
	if ((*status = set_up(s)) == EX_OK)
		return s;
	serve_free(s);
	return NULL;
}

/*
 * This is called when no thread uses S any more.  It waits until what the
 * sampler took is on disk.
 */
void
serve_free(struct serve *s)
{
	if (s == NULL)
		return;
	serve_limit_free(s->limit);
	serve_sample_free(s->sample);
	serve_fallback_free(s->fallback);
	serve_metrics_close(s);
	spool_writer_end(s->spool);
	serve_lookup_free(s->lookup);
	serve_keys_free(s->keys);
	serve_witness_free(s->witness);
	serve_health_free(s->health);
	base_pool_free(s->redis);
	base_pool_free(s->database);
	http_peer_list_end(&s->http.proxies);
	free(s->csp);
	free(s->log_host);
	conf_file_end(&s->file);
	free(s);
}

/* WHY is what was expected instead of the word AT of list FIELD. */
static void
warn_word(const struct conf_file *cf, const void *field, const char *at,
    const char *why)
{
	int len = (int)strcspn(at, " \t,");

	conf_file_warn(cf, field, at, "%.*s%sexpected %s", len, at,
	    len > 0 ? ": " : "", why);
}

/*
 * All faults are told, not only the first: whoever mends a file wants to know
 * them at once.  What is checked here depends on this program or this host;
 * the forms of values were checked when the file was read.
 */
int
serve_check(const struct conf_file *cf)
{
	struct http_peer_list proxies;
	struct io_privs privs;
	const char *at, *why;
	int rc = 0;

	if (cf->http_default_key != NULL &&
	    !store_key_check(cf->http_default_key)) {
		conf_file_warn(cf, &cf->http_default_key, NULL,
		    "%s: expected " STORE_KEY_SYNTAX, cf->http_default_key);
		rc = -1;
	}
	if ((why = http_listen_check(cf->http_listen != NULL ?
	    cf->http_listen : "", &at)) != NULL) {
		warn_word(cf, &cf->http_listen, at, why);
		rc = -1;
	}
	if (cf->http_user != NULL &&
	    (why = io_privs_find(&privs, cf->http_user)) != NULL) {
		conf_file_warn(cf, &cf->http_user, NULL, "%s: %s",
		    cf->http_user, why);
		rc = -1;
	}
	if ((why = http_peer_list_open(&proxies, cf->http_trusted_proxies,
	    &at)) == NULL)
		http_peer_list_end(&proxies);
	else {
		warn_word(cf, &cf->http_trusted_proxies, at, why);
		rc = -1;
	}
	return rc;
}
