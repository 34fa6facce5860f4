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
struct queue_local;
struct serve_fallback;
struct serve_geoip;
struct serve_health;
struct serve_index;
struct serve_keys;
struct serve_limit;
struct serve_lookup;
struct serve_sample;
struct serve_witness;
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
	struct base_pool	*database;	/* read-only; or NULL */
	struct base_pool	*redis;		/* or NULL */
	struct serve_keys	*keys;
	struct serve_health	*health;
	struct serve_lookup	*lookup;
	struct spool_writer	*spool;
	struct serve_limit	*limit;		/* or NULL */
	struct serve_fallback	*fallback;
	struct serve_sample	*sample;
	struct serve_witness	*witness;	/* NULL: all are believed */
	struct net_statsd	*statsd;	/* or NULL */
	struct net_sentry	*sentry;	/* or NULL */
	struct io_logger	*log;		/* the same for all */
	char			*csp;		/* of the website; or NULL */
	char			*log_host;	/* NULL: no log of requests */
	struct serve_geoip	*geoip;		/* the same for all */
	struct serve_index	*index;		/* likewise; or NULL */
	struct queue_local	*local;		/* likewise; or NULL */
	struct serve		*next;		/* an older one */
	_Atomic int		 unused;	/* by any request */
	_Atomic int		 told_default_key;	/* it is missing */
};

/* What all of them share; an index: instead of the database. */
struct serve_shared {
	struct serve_geoip	*geoip;
	struct serve_index	*index;		/* or NULL */
	struct io_logger	*log;
	struct queue_local	*local;		/* of limits; or NULL: anew */
};

/*
 * Make one from CONF, which passes serve_check() and is taken over, and WITH,
 * which is copied.  Returns NULL after a warning with *STATUS the exit status.
 */
struct serve *serve_new(struct conf_file *conf,
	    const struct serve_shared *with, int *status);
void	serve_free(struct serve *s);

/*
 * 0 if CONF makes sense, or -1 after a warning.  Whether there is a database is
 * for the caller to check.
 */
int	serve_check(const struct conf_file *conf);

/* Are positions to be those that Ichnaea gives?  Then indexes need records. */
int	serve_is_as_ichnaea(const struct conf_file *conf);

#endif
