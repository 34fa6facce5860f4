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
struct fallback;
struct geoip;
struct io_logger;
struct keys;
struct learn;
struct lookup;
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
	struct keys		*keys;
	struct lookup		*lookup;
	struct spool_writer	*spool;
	struct queue_limit	*limit;		/* or NULL */
	struct fallback		*fallback;
	struct learn		*learn;
	struct net_statsd	*statsd;	/* or NULL */
	struct net_sentry	*sentry;	/* or NULL */
	struct io_logger	*log;		/* the same for all */
	char			*log_head;	/* what all lines have */
	struct geoip		*geoip;		/* the same for all */
	struct serve		*next;		/* an older one */
	_Atomic int		 unused;	/* by any request */
	_Atomic int		 told_default_key;	/* it is missing */
};

/*
 * Make one from CONF, which passes serve_check() and is taken over, GEOIP
 * and LOG.  Returns NULL after a warning with *STATUS the exit status.
 */
struct serve *serve_new(struct conf_file *conf, struct geoip *geoip,
	    struct io_logger *log, int *status);
void	serve_free(struct serve *s);

/* 0 if CONF makes sense, or -1 after a warning. */
int	serve_check(const struct conf_file *conf);

/* What the operators are told of one request, gathered on its way. */
struct record {
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
struct access {
	const char		*key;		/* as stored; "" anonymous */
	int64_t			 sample_submit;	/* percent kept */
	const struct store_key	*row;		/* NULL: nobody's */
	struct store_key	 found;		/* where ROW points to */
	struct record		*record;
};

/*
 * Limits (limit.c).  A call with the key of A is counted; returns 1, or 0
 * with the refusal in RP.
 */
struct queue_limit *limit_new(const struct conf_file *cf);
int	limit_pass(struct serve *s, const struct access *a,
	    const struct http_request *rq, struct http_reply *rp);

/*
 * Metrics and faults (metrics.c): a call of an API, which has a COUNTER; a
 * search; reports that were accepted; a request with its reply and how long
 * it took.  A fault is WHAT, always in the same words, with DETAIL or NULL.
 */
void	report_open(struct serve *s);
void	report_close(struct serve *s);
void	report_call(struct serve *s, const char *counter,
	    const struct record *rec);
void	report_search(struct serve *s, const struct record *rec);
void	report_batch(struct serve *s, const char *key);
void	report_request(struct serve *s, const struct record *rec,
	    const char *method, int status, int64_t us);
void	report_fault(struct serve *s, const char *what, const char *detail);

/* The log of requests (log.c): a line for one, and its reply, if wanted. */
void	log_open(struct serve *s);
void	log_request(struct serve *s, const struct record *rec,
	    const struct http_request *rq,
	    const struct http_reply *rp, int64_t us);

/* Every request comes here (route.c). */
void	route(void *serve, const struct http_request *rq,
	    struct http_reply *rp);

/* Endpoints. */
void	serve_locate(struct serve *s, const struct access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_submit(struct serve *s, const struct access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_transfer(struct serve *s, const struct access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_heartbeat(struct serve *s, const struct access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_lbheartbeat(struct serve *s, const struct access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_version(struct serve *s, const struct access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_contribute(struct serve *s, const struct access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_robots(struct serve *s, const struct access *a,
	    const struct http_request *rq, struct http_reply *rp);

/*
 * Replies (reply.c).  The headers that are on all of them, and those that
 * allow browsers to use an API from any page.
 */
void	reply_init(struct http_reply *rp, int cors);

/* The body, JSON, is there. */
void	reply_json(struct http_reply *rp, int status);

/* An error of the APIs; DETAILS is JSON or NULL. */
void	reply_error(struct http_reply *rp, enum api_error e,
	    const char *details);

/* A body that cannot be read, and in which words. */
void	reply_bad_body(struct http_reply *rp, const char *why);

void	reply_not_found(struct http_reply *rp);
void	reply_not_allowed(struct http_reply *rp, const char *method,
	    const char *allow);

#endif
