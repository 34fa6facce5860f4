/* SPDX-License-Identifier: ISC */
/* Why an answer is what it is. */
#ifndef API_EXPLAIN_H
#define API_EXPLAIN_H

#include <stdint.h>

struct base_arena;
struct base_buf;
struct locate_found;
struct locate_query;
struct locate_region;
struct locate_search;

/*
 * Append to B one JSON object that explains search S of query Q among rows F
 * at second NOW_S: for each kind of network how many were asked, which of
 * them are unknown, blocked or without position, the stations used with
 * their scores and groups; all results, and the one chosen.  Returns 0, or
 * -1 when memory is short.
 */
int	api_explain(const struct locate_search *s,
	    const struct locate_query *q, const struct locate_found *f,
	    int64_t now_s, struct base_buf *b, struct base_arena *a);

/* The same of a search for a region: all results, and the one chosen. */
void	api_explain_region(const struct locate_region *s,
	    struct base_buf *b);

#endif
