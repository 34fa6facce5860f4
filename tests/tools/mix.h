/* SPDX-License-Identifier: ISC */
/* Numbers that look like chance, and are the same in each run. */
#ifndef MIX_H
#define MIX_H

#include <stdint.h>

/* The finalizer of splitmix64, by S. Vigna: no two X have one result. */
static inline uint64_t
mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

#endif
