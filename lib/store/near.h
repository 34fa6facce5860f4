/* SPDX-License-Identifier: ISC */
/* Cells whose ids are near those of a question, a part of its lookup. */
#ifndef STORE_NEAR_H
#define STORE_NEAR_H

#include <stddef.h>

struct base_buf;
struct store_db;
struct store_lookup;

/* Those who ask for what is near their cells, in one statement. */
#define STORE_NEAR_MAX	8
struct store_near {
	struct store_lookup	*by[STORE_NEAR_MAX];
	size_t			 n;
};

/* Room for what is near the cells of L.  Returns 0, or -1 without memory. */
int	store_near_take(struct store_lookup *l);

/*
 * Look for what is near the cells of all questions of N, which have room; B is
 * for the statement.  Returns 0, or -1 if that failed.
 */
int	store_near_run(struct store_db *db, struct base_buf *b,
	    struct store_near *n);

#endif
