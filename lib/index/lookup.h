/* SPDX-License-Identifier: ISC */
/* Networks of a question looked up in an index. */
#ifndef INDEX_LOOKUP_H
#define INDEX_LOOKUP_H

#include <stdint.h>

struct base_arena;
struct index_file;
struct locate_found;
struct locate_query;

/*
 * Find what I has of the networks of Q at second NOW_S, in memory of A: the
 * same that store_lookup_run() finds in the database that I was built from, as
 * far as answers depend on it.  Returns 0; -1 when memory is short; or -2 if
 * the file was cut since it was opened, and nothing is found.
 */
int	index_lookup(const struct index_file *i, const struct locate_query *q,
	    int64_t now_s, struct locate_found *f, struct base_arena *a);

#endif
