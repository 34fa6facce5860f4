/* SPDX-License-Identifier: ISC */
/*
 * Answers of providers kept in Redis, network by network, in the form that
 * Ichnaea keeps them: a position as JSON object, or the text "404".
 */
#ifndef LOCATE_CACHED_H
#define LOCATE_CACHED_H

#include <stddef.h>

#include "locate/provider.h"

struct base_arena;
struct base_buf;
struct locate_query;

#define LOCATE_CACHED_MAX	19	/* networks of a query */
#define LOCATE_CACHED_KEY_LEN	64

struct locate_cached_key {
	char	data[LOCATE_CACHED_KEY_LEN];	/* binary at its end */
	size_t	len;
};

/*
 * The keys of the networks of Q for providers of SCHEMA.  Returns how many;
 * 0 if the answer is not to be kept: only for a single cell, or up to 19
 * networks of another kind, can it be told what it depends on.
 */
size_t	locate_cached_keys(struct locate_cached_key key[LOCATE_CACHED_MAX],
	    enum locate_provider_schema schema, const struct locate_query *q);

/* Append what is to be kept: POS, or if it is NULL that there is none. */
void	locate_cached_write(struct base_buf *b,
	    const struct locate_provider_position *pos);

/* Values found for the keys of one query. */
struct locate_cached {
	struct locate_provider_position	at[LOCATE_CACHED_MAX];
	size_t				n;
	int				not_found, broken;
};

void	locate_cached_init(struct locate_cached *c);

/* Add one of at most LOCATE_CACHED_MAX values. */
void	locate_cached_add(struct locate_cached *c, const char *text,
	    size_t len, struct base_arena *a);

enum locate_cached_verdict {
	LOCATE_CACHED_FOUND,
	LOCATE_CACHED_NOT_FOUND,
	LOCATE_CACHED_MISS,		/* there are no values */
	LOCATE_CACHED_INCONSISTENT,	/* they say different things */
	LOCATE_CACHED_BROKEN		/* some are not ours */
};

/* What they say together.  FOUND sets POS. */
enum locate_cached_verdict locate_cached_judge(const struct locate_cached *c,
	    struct locate_provider_position *pos);

#endif
