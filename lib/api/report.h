/* SPDX-License-Identifier: ISC */
/*
 * Queries as a source of data: one that was answered from stations we know,
 * and names others, says where those are.
 */
#ifndef API_REPORT_H
#define API_REPORT_H

#include <stdint.h>

struct base_arena;
struct base_buf;
struct locate_found;
struct locate_query;
struct locate_search;

/*
 * 1 if there is anything to learn from Q, which S answered at second NOW_S
 * from rows F: then TO, in A, is the part of it that a report may name.  That
 * is what an answer of our own rests on, and what has no row at all; one of it
 * must be new, or not seen today.  What is known and was not used stays where
 * it is known, or hidden, or blocked, whatever a question says.
 *
 * As Ichnaea had it all is named if one network of the kind that the answer
 * rests on was not used, or not seen today.  Returns 0, too, when memory is
 * short.
 */
int	api_report_select(struct locate_query *to,
	    const struct locate_search *s, const struct locate_query *q,
	    const struct locate_found *f, int64_t now_s, struct base_arena *a);

/*
 * The mark that networks get which are new in a report of S: of those that its
 * answer rests on and that somebody has heard, the mark that most have, the
 * smallest of several.  Returns 0 if no two have the same.
 */
uint32_t api_report_mark(const struct locate_search *s);

/* Append Q with the position of our own answer as a report line with LF. */
void	api_report_write(struct base_buf *b, const struct locate_search *s,
	    const struct locate_query *q);

#endif
