/* SPDX-License-Identifier: ISC */
/*
 * Other services of the kind, asked when we know nothing good: what to send
 * them, and what their answers say.
 */
#ifndef LOCATE_PROVIDER_H
#define LOCATE_PROVIDER_H

#include <stddef.h>

struct base_arena;
struct base_buf;
struct locate_query;
struct locate_result;

enum locate_provider_schema {
	LOCATE_PROVIDER_ICHNAEA,
	LOCATE_PROVIDER_COMBAIN,
	LOCATE_PROVIDER_GOOGLE,
	LOCATE_PROVIDER_UNWIRED
};

#define LOCATE_PROVIDER_URL_LEN	1024

struct locate_provider {
	enum locate_provider_schema schema;
	char		 url[LOCATE_PROVIDER_URL_LEN];	/* to post to */
	const char	*token;		/* goes into the body; or NULL */
};

/*
 * The provider of a key that has SCHEMA ("": ichnaea/v1) and URL, which for
 * unwiredlabs/v1 ends in '#' and the token.  Returns NULL, or what is wrong
 * with them.
 */
const char *locate_provider_parse(struct locate_provider *p,
	    const char *schema, const char *url);

/* Append the body that asks P about Q. */
void	locate_provider_ask(struct base_buf *b,
	    const struct locate_provider *p, const struct locate_query *q);

struct locate_provider_position {
	double	lat, lon;	/* degrees */
	double	accuracy_m;
	int	lacf;		/* it is from an area only */
};

enum locate_provider_verdict {
	LOCATE_PROVIDER_FOUND,
	LOCATE_PROVIDER_NOT_FOUND,
	LOCATE_PROVIDER_BAD	/* no answer at all: *WHY is what it is */
};

/*
 * Read an answer with HTTP status STATUS and LEN bytes of BODY, using memory
 * of A.  FOUND sets POS.
 */
enum locate_provider_verdict locate_provider_answer(
	    const struct locate_provider *p, long status, const char *body,
	    size_t len, struct locate_provider_position *pos,
	    const char **why, struct base_arena *a);

/* 1 if there can be such a position. */
int	locate_provider_check(const struct locate_provider_position *pos);

/* POS as one of the results among which a position is chosen. */
void	locate_provider_result(struct locate_result *r,
	    const struct locate_provider_position *pos);

#endif
