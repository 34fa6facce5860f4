/* SPDX-License-Identifier: ISC */
/* One question: from the body asked to the body answered. */
#ifndef API_ANSWER_H
#define API_ANSWER_H

#include <stddef.h>
#include <stdint.h>

struct base_arena;
struct base_buf;
struct api_facts;
struct geo_ip;
struct ichnaea_rules;
struct locate_lookup;
struct locate_query;
struct locate_result;
struct locate_search;

enum api_answer_api {
	API_ANSWER_GEOLOCATE,	/* a position */
	API_ANSWER_COUNTRY,		/* a region, same question */
	API_ANSWER_SEARCH		/* a position, in the words of 2016 */
};

/* What is known beside the body. */
struct api_answer_ask {
	enum api_answer_api	 api;
	const struct ichnaea_rules *rules;
	int			 has_ip;	/* the client's is valid */
	const struct geo_ip	*ip;		/* and known, or NULL */
	int64_t			 now_s;
	/*
	 * NULL, or where to append a JSON object that explains the search;
	 * nothing is if the body is refused.
	 */
	struct base_buf		*explain;
	struct api_facts	*facts;		/* NULL, or to be filled in */
	/*
	 * NULL, or asks a provider about Q when we know nothing good enough.
	 * Returns 1 with its answer in R, or 0.
	 */
	int			(*provider)(void *ctx,
				    const struct locate_query *q,
				    struct locate_result *r);
	/* NULL, or is told of every search in our own stations. */
	void			(*searched)(void *ctx,
				    const struct locate_query *q,
				    const struct locate_search *s);
	void			*ctx;		/* of these two */
};

/*
 * Answer the LEN bytes of BODY, unpacked; empty means {}.  Appends the
 * response body to OUT and returns its HTTP status.  A failed lookup costs
 * what it did not find; if nothing else knows an answer it is 503.
 * Memory is of A and may be reset afterwards.
 */
int	api_answer(const char *body, size_t len,
	    const struct api_answer_ask *ask,
	    const struct locate_lookup *lookup, struct base_buf *out,
	    struct base_arena *a);

#endif
