/* SPDX-License-Identifier: ISC */
/* What the files of loc-serve share. */
#ifndef SERVE_H
#define SERVE_H

#include <stdatomic.h>
#include <stdint.h>

#include "api/error.h"
#include "api/facts.h"
#include "conf/file.h"
#include "http/server.h"
#include "net/statsd.h"
#include "store/key.h"

struct base_buf;
struct serve_fallback;
struct serve_geoip;
struct io_logger;
struct serve_keys;
struct serve_sample;
struct serve_lookup;
struct net_sentry;
struct base_pool;
struct queue_limit;
struct spool_writer;

/*
 * What requests are answered with, made from one configuration; a new one
 * makes another.  All of it may be used by many threads at once.
 */
struct serve {
	struct conf_file	 file;
	const struct conf_file	*conf;		/* the same, for reading */
	struct http_server_options	 http;
	struct base_pool	*database;	/* read-only */
	struct base_pool	*redis;		/* or NULL */
	struct serve_keys		*keys;
	struct serve_lookup		*lookup;
	struct spool_writer	*spool;
	struct queue_limit	*limit;		/* or NULL */
	struct serve_fallback		*fallback;
	struct serve_sample		*sample;
	struct net_statsd	*statsd;	/* or NULL */
	struct net_sentry	*sentry;	/* or NULL */
	struct io_logger	*log;		/* the same for all */
	char			*log_head;	/* what all lines have */
	struct serve_geoip		*geoip;		/* the same for all */
	struct serve		*next;		/* an older one */
	_Atomic int		 unused;	/* by any request */
	_Atomic int		 told_default_key;	/* it is missing */
};

/*
 * Make one from CONF, which passes serve_check() and is taken over, GEOIP
 * and LOG.  Returns NULL after a warning with *STATUS the exit status.
 */
struct serve *serve_new(struct conf_file *conf, struct serve_geoip *geoip,
	    struct io_logger *log, int *status);
void	serve_free(struct serve *s);

/* 0 if CONF makes sense, or -1 after a warning. */
int	serve_check(const struct conf_file *conf);

/* What the operators are told of one request, gathered on its way. */
struct serve_summary {
	const char	*path;		/* of its route ... */
	char		 name[NET_STATSD_PATH_LEN];	/* ... "v1.geolocate" */
	const char	*type;		/* of the API: "locate"; NULL: none */
	const char	*key;		/* or "none", "invalid" */
	const char	*bad_key;	/* sent, but malformed or unknown */
	int		 unfit;		/* the key is not for this API */
	int		 outage;	/* the key could not be looked up */
	int64_t		 count;		/* calls today; 0: not known */
	int64_t		 quota;		/* of them; <= 0: none */
	int		 fallback_allowed;
	int		 searched;	/* with a key, and for something */
	struct api_facts facts;
};

/* What one request to an API is allowed; see route.c. */
struct serve_access {
	const char		*key;		/* as stored; "" anonymous */
	int64_t			 sample_submit;	/* percent kept */
	const struct store_key	*row;		/* NULL: nobody's */
	struct store_key	 found;		/* where ROW points to */
	struct serve_summary		*record;
};

/*
 * Limits (limit.c).  A call with the key of A is counted; returns 1, or 0
 * with the refusal in RP.
 */
struct queue_limit *serve_limit_new(const struct conf_file *cf);
int	serve_limit_pass(struct serve *s, const struct serve_access *a,
	    const struct http_request *rq, struct http_reply *rp);

/*
 * Metrics and faults (metrics.c): a call of an API, which has a COUNTER; a
 * search; reports that were accepted; a request with its reply and how long
 * it took.  A fault is WHAT, always in the same words, with DETAIL or NULL.
 */
void	serve_metrics_open(struct serve *s);
void	serve_metrics_close(struct serve *s);
void	serve_metrics_call(struct serve *s, const char *counter,
	    const struct serve_summary *rec);
void	serve_metrics_search(struct serve *s, const struct serve_summary *rec);
void	serve_metrics_batch(struct serve *s, const char *key);
void	serve_metrics_request(struct serve *s, const struct serve_summary *rec,
	    const char *method, int status, int64_t us);
void	serve_metrics_fault(struct serve *s, const char *what,
	    const char *detail);

/* The log of requests (log.c): a line for one, and its reply, if wanted. */
void	serve_log_open(struct serve *s);
void	serve_log_request(struct serve *s, const struct serve_summary *rec,
	    const struct http_request *rq,
	    const struct http_reply *rp, int64_t us);

/* Every request comes here (route.c). */
void	serve_route(void *serve, const struct http_request *rq,
	    struct http_reply *rp);

/* Endpoints. */
void	serve_locate(struct serve *s, const struct serve_access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_submit(struct serve *s, const struct serve_access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_transfer(struct serve *s, const struct serve_access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_heartbeat(struct serve *s, const struct serve_access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_lbheartbeat(struct serve *s, const struct serve_access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_version(struct serve *s, const struct serve_access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_contribute(struct serve *s, const struct serve_access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_robots(struct serve *s, const struct serve_access *a,
	    const struct http_request *rq, struct http_reply *rp);

/*
 * Replies (reply.c).  The headers that are on all of them, and those that
 * allow browsers to use an API from any page.
 */
void	serve_reply_init(struct http_reply *rp, int cors);

/* The body, JSON, is there. */
void	serve_reply_json(struct http_reply *rp, int status);

/* An error of the APIs; DETAILS is JSON or NULL. */
void	serve_reply_error(struct http_reply *rp, enum api_error e,
	    const char *details);

/* A body that cannot be read, and in which words. */
void	serve_reply_bad_body(struct http_reply *rp, const char *why);

void	serve_reply_not_found(struct http_reply *rp);
void	serve_reply_not_allowed(struct http_reply *rp, const char *method,
	    const char *allow);

#endif
