/* SPDX-License-Identifier: ISC */
/*
 * One request on its way through loc-serve: what it is allowed, and what the
 * operators will be told of it.  All that handle it hand on this one thing.
 */
#ifndef SERVE_REQUEST_H
#define SERVE_REQUEST_H

#include <stdint.h>

#include "api/facts.h"
#include "net/statsd.h"
#include "store/key.h"

#include "limit.h"

struct http_reply;
struct http_request;
struct route;
struct serve;

/* What the operators are told, gathered on its way. */
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

/* A request, in its own arena, from the first look at its path to the end. */
struct serve_call {
	struct serve		*s;
	const struct http_request *rq;
	struct http_reply	*rp;
	const struct route	*route;		/* of route.c, or NULL */
	int64_t			 start_us;
	/* What it is allowed: */
	const char		*key;		/* as stored; "" anonymous */
	int64_t			 sample_submit;	/* percent kept */
	const struct store_key	*row;		/* NULL: nobody's */
	int			 in_group;	/* its thread may not wait */
	struct serve_summary	 summary;
	/* The last: large, and not cleared. */
	struct serve_limit_job	 limit;
	struct store_key	 found;		/* where ROW points to */
};

#endif
