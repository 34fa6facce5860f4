/* SPDX-License-Identifier: ISC */
/* Chance that is the same in each run. */
#ifndef CHANCE_H
#define CHANCE_H

#include <stdint.h>

static uint64_t chance_seed = 1;

/*
 * From 0 on, below 1.  This is xorshift64*: S. Vigna, "An experimental
 * exploration", 2016.
 */
static inline double
chance(void)
{
	chance_seed ^= chance_seed >> 12;
	chance_seed ^= chance_seed << 25;
	chance_seed ^= chance_seed >> 27;
	return (double)((chance_seed * 2685821657736338717ULL) >> 11) /
	    0x1p53;
}

/* From 0 to N - 1. */
static inline int
upto(int n)
{
	return (int)(chance() * n);
}

/* The tag of some network of clients. */
static inline unsigned
chance_tag(void)
{
	return (unsigned)upto(65536);
}

#endif
