/* SPDX-License-Identifier: ISC */
/*
 * A table of a fixed number of values by name, of which the one least
 * recently used makes room for a new one.  It never grows, and every call
 * takes the same short time.  Callers do the locking.
 *
 * Names are not kept, only a keyed hash of 64 bits: two names that are alive
 * share a value once in 10^10 tables of 65,536, and nobody can bring that
 * about.  A caller who cannot live with that keeps the name in the value.
 */
#ifndef BASE_LRU_H
#define BASE_LRU_H

#include <stddef.h>

struct base_lru;

/* Room for N values (1 to 2^24) of SIZE bytes.  NULL: no memory. */
struct base_lru *base_lru_new(size_t n, size_t size);

/* The values are wiped. */
void	base_lru_free(struct base_lru *l);

/* The value of NAME, or NULL; it is now the one most recently used. */
void	*base_lru_find(struct base_lru *l, const void *name, size_t len);

/* The same, made of zeros if there is none. */
void	*base_lru_make(struct base_lru *l, const void *name, size_t len);

#endif
