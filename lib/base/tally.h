/* SPDX-License-Identifier: ISC */
/*
 * Sums by name, for what happens often and is passed on now and then: a
 * table of fixed size that is filled, read and emptied.
 */
#ifndef BASE_TALLY_H
#define BASE_TALLY_H

#include <stddef.h>
#include <stdint.h>

struct base_tally;

/* At most N names (1 to 2^20) of BYTES together.  NULL: no memory. */
struct base_tally *base_tally_new(size_t n, size_t bytes);
void	base_tally_free(struct base_tally *t);

/* Add V to the sum of NAME, any bytes.  Returns 1, or 0 if it is full. */
int	base_tally_add(struct base_tally *t, const char *name, size_t len,
	    int64_t v);

/* How many names there are, and the one that came Ith: borrowed, with NUL. */
size_t	base_tally_count(const struct base_tally *t);
const char *base_tally_at(const struct base_tally *t, size_t i, size_t *len,
	    int64_t *sum);

void	base_tally_reset(struct base_tally *t);

#endif
