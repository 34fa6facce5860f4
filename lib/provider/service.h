/* SPDX-License-Identifier: ISC */
/*
 * Other services of the kind, asked when we know nothing good: what to send
 * them, and what their answers say.
 */
#ifndef PROVIDER_SERVICE_H
#define PROVIDER_SERVICE_H

#include <stddef.h>

struct base_arena;
struct base_buf;
struct locate_query;
struct locate_result;

enum provider_service_schema {
	PROVIDER_SERVICE_ICHNAEA,
	PROVIDER_SERVICE_COMBAIN,
	PROVIDER_SERVICE_GOOGLE,
	PROVIDER_SERVICE_UNWIRED
};

#define PROVIDER_SERVICE_URL_LEN	1024

struct provider_service {
	enum provider_service_schema schema;
	char		 url[PROVIDER_SERVICE_URL_LEN];	/* to post to */
	const char	*token;		/* goes into the body; or NULL */
};

/*
 * The provider of a key that has SCHEMA ("": ichnaea/v1) and URL, which for
 * unwiredlabs/v1 ends in '#' and the token.  Returns NULL, or what is wrong
 * with them.
 */
const char *provider_service_parse(struct provider_service *p,
	    const char *schema, const char *url);

/* Append the body that asks P about Q. */
void	provider_service_ask(struct base_buf *b,
	    const struct provider_service *p, const struct locate_query *q);

struct provider_service_position {
	double	lat, lon;	/* degrees */
	double	accuracy_m;
	int	lacf;		/* it is from an area only */
};

enum provider_service_verdict {
	PROVIDER_SERVICE_FOUND,
	PROVIDER_SERVICE_NOT_FOUND,
	PROVIDER_SERVICE_BAD	/* no answer at all: *WHY is what it is */
};

/*
 * Read an answer with HTTP status STATUS and LEN bytes of BODY, using memory
 * of A.  FOUND sets POS.
 */
enum provider_service_verdict provider_service_answer(
	    const struct provider_service *p, long status, const char *body,
	    size_t len, struct provider_service_position *pos,
	    const char **why, struct base_arena *a);

/* 1 if there can be such a position. */
int	provider_service_check(const struct provider_service_position *pos);

/* POS as one of the results among which a position is chosen. */
void	provider_service_result(struct locate_result *r,
	    const struct provider_service_position *pos);

#endif
