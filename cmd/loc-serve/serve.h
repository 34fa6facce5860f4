/* SPDX-License-Identifier: ISC */
/* What requests are answered with. */
#ifndef SERVE_H
#define SERVE_H

#include <stdatomic.h>

#include "conf/file.h"
#include "http/server.h"

struct base_pool;
struct ichnaea_rules;
struct io_logger;
struct net_sentry;
struct net_statsd;
struct queue_limit;
struct serve_fallback;
struct serve_geoip;
struct serve_keys;
struct serve_lookup;
struct serve_sample;
struct spool_writer;

/*
 * What requests are answered with, made from one configuration; a new one
 * makes another.  All of it may be used by many threads at once.
 */
struct serve {
	struct conf_file	 file;
	const struct conf_file	*conf;		/* the same, for reading */
	const struct ichnaea_rules *rules;
	struct http_server_options http;
	struct base_pool	*database;	/* read-only */
	struct base_pool	*redis;		/* or NULL */
	struct serve_keys	*keys;
	struct serve_lookup	*lookup;
	struct spool_writer	*spool;
	struct queue_limit	*limit;		/* or NULL */
	struct serve_fallback	*fallback;
	struct serve_sample	*sample;
	struct net_statsd	*statsd;	/* or NULL */
	struct net_sentry	*sentry;	/* or NULL */
	struct io_logger	*log;		/* the same for all */
	char			*csp;		/* of the website; or NULL */
	char			*log_host;	/* NULL: no log of requests */
	struct serve_geoip	*geoip;		/* the same for all */
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

/* Warn of what CONF names and cannot be used now, though it may be later. */
void	serve_check_files(const struct conf_file *conf);

#endif
