/* SPDX-License-Identifier: ISC */
/*
 * One question, from the body that asks to the body that answers, in steps
 * between which the caller does what needs a server:
 *
 *	if (api_answer_read(&w, body, len)) {
 *		w.lost = look up w.need, into w.found;
 *		if (api_answer_search(&w) && api_answer_may_ask(&w))
 *			api_answer_asked(&w, what a provider says);
 *	}
 *	status = api_answer_write(&w, out);
 *
 * What goes wrong sticks: the steps that return 0 need no more of the caller
 * than to go on with the last one, which writes the error.
 */
#ifndef API_ANSWER_H
#define API_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "api/error.h"
#include "base/buf.h"
#include "locate/found.h"
#include "locate/query.h"

struct api_facts;
struct base_arena;
struct geo_ip;
struct ichnaea_rules;
struct locate_region;
struct locate_result;
struct locate_search;

enum api_answer_api {
	API_ANSWER_GEOLOCATE,	/* a position */
	API_ANSWER_COUNTRY,	/* a region, same question */
	API_ANSWER_SEARCH	/* a position, in the words of 2016 */
};

struct api_answer {
	/* What is known beside the body, for the caller to set: */
	enum api_answer_api	 api;
	const struct ichnaea_rules *rules;
	struct base_arena	*arena;		/* lives longer than the rest */
	int64_t			 now_s;
	int			 has_ip;	/* the client's is valid */
	const struct geo_ip	*ip;		/* and known, or NULL */
	int			 as_ichnaea;	/* positions are the reference's */
	int			 no_adopted;	/* see locate/query.h */
	int			 confidence;	/* of who names none; 0: usual */
	int			 explains;	/* look a lone one up, too */

	/* Of the caller, between reading and searching: */
	struct locate_found	 found;		/* of what is needed */
	int			 lost;		/* some could not be found */

	/* For the caller to read: */
	struct locate_query	 query;
	struct locate_query	 need;		/* what is to be looked up */
	struct locate_search	*search;	/* for a position, or NULL */
	struct locate_region	*region;	/* for a region, or NULL */

	/* Of api/answer.c alone. */
	int			 known;		/* the body was not refused */
	int			 asked;		/* a provider was */
	int			 failed;	/* with ERROR */
	enum api_error		 error;
	struct base_buf		 details;	/* of a refusal */
};

/*
 * Read the LEN bytes of BODY, unpacked; empty means {}.  Returns 1, or 0 if
 * there is nothing to search for: the body is refused, or memory is short.
 */
int	api_answer_read(struct api_answer *w, const char *body, size_t len);

/* Search, with what was found.  Returns 1, or 0 when memory is short. */
int	api_answer_search(struct api_answer *w);

/* 1 if we know nothing good enough, and a provider may know better. */
int	api_answer_may_ask(const struct api_answer *w);

/* A provider was asked, and says R, or nothing: NULL. */
void	api_answer_asked(struct api_answer *w,
	    const struct locate_result *r);

/*
 * Append to B, after a search, a JSON object that explains it.  A single
 * network, which no answer may rest on, is in it if EXPLAINS was set: so that
 * is for operators only.
 */
void	api_answer_explain(struct api_answer *w, struct base_buf *b);

/*
 * Append the response body to OUT and return its HTTP status.  It is 503 if
 * the lookup failed and nothing else knows an answer, or when memory is
 * short: the client may ask again, its question is as good as before.
 */
int	api_answer_write(struct api_answer *w, struct base_buf *out);

/* Fill in F, for the operators, after the answer was written. */
void	api_answer_facts(const struct api_answer *w, struct api_facts *f);

#endif
