/* SPDX-License-Identifier: ISC */
/*
 * Answers of providers kept in Redis, network by network, in the form that
 * Ichnaea keeps them: a position as JSON object, or the text "404".  Unless the
 * question is answered as Ichnaea would, an answer is kept under all its access
 * points or beacons together, too; and no single one of them is enough for it.
 */
#ifndef PROVIDER_CACHED_H
#define PROVIDER_CACHED_H

#include <stddef.h>

#include "provider/service.h"

struct base_arena;
struct base_buf;
struct locate_query;

#define PROVIDER_CACHED_MAX	19	/* networks of a query */
#define PROVIDER_CACHED_KEYS	(PROVIDER_CACHED_MAX + 1)
#define PROVIDER_CACHED_KEY_LEN	64

struct provider_cached_key {
	char	data[PROVIDER_CACHED_KEY_LEN];	/* binary at its end */
	size_t	len;
};

/*
 * The keys of the networks of Q for providers of SCHEMA, and of all of them
 * together (see above).  Returns how many;
 * 0 if the answer is not to be kept: only for a single cell, or up to 19
 * networks of another kind, can it be told what it depends on.
 */
size_t	provider_cached_keys(
	    struct provider_cached_key key[PROVIDER_CACHED_KEYS],
	    enum provider_service_schema schema, const struct locate_query *q);

/*
 * Which of N keys of Q that there is no position is kept under, from *FIRST on.
 * Returns how many.
 */
size_t	provider_cached_keys_none(const struct locate_query *q, size_t n,
	    size_t *first);

/* Append what is to be kept: POS, or if it is NULL that there is none. */
void	provider_cached_write(struct base_buf *b,
	    const struct provider_service_position *pos);

/* Values found for the keys of one query, which is borrowed. */
struct provider_cached {
	const struct locate_query	*q;
	struct provider_service_position	at[PROVIDER_CACHED_KEYS];
	size_t				of[PROVIDER_CACHED_KEYS]; /* keys */
	size_t				n;
	int				not_found, broken;
	int				is_whole;	/* of all together */
};

void	provider_cached_init(struct provider_cached *c,
	    const struct locate_query *q);

/* Add the value of key number KEY, see provider_cached_keys(). */
void	provider_cached_add(struct provider_cached *c, size_t key,
	    const char *text, size_t len, struct base_arena *a);

enum provider_cached_verdict {
	PROVIDER_CACHED_FOUND,
	PROVIDER_CACHED_NOT_FOUND,
	PROVIDER_CACHED_MISS,		/* there are none, or not enough */
	PROVIDER_CACHED_INCONSISTENT,	/* they say different things */
	PROVIDER_CACHED_BROKEN		/* some are not ours */
};

/* What they say together.  FOUND sets POS. */
enum provider_cached_verdict provider_cached_judge(
	    const struct provider_cached *c,
	    struct provider_service_position *pos);

#endif
