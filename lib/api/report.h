/* SPDX-License-Identifier: ISC */
/*
 * Queries as a source of data: one that was answered from stations we know,
 * and names others, says where those are.
 */
#ifndef API_REPORT_H
#define API_REPORT_H

#include <stdint.h>

struct base_buf;
struct locate_query;
struct locate_search;

/*
 * 1 if there is anything to learn from Q, answered by S at second NOW_S: an
 * answer of our own, and among the networks of the kind it rests on one that
 * it does not use or that was not seen today.
 */
int	api_report_worth(const struct locate_search *s,
	    const struct locate_query *q, int64_t now_s);

/* Append Q with the position of our own answer as a report line with LF. */
void	api_report_write(struct base_buf *b, const struct locate_search *s,
	    const struct locate_query *q);

#endif
