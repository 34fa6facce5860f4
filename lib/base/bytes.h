/* SPDX-License-Identifier: ISC */
/*
 * Whole numbers as bytes in a fixed order, whatever the machine is: the least
 * significant first (le), as our own formats have them, or the most
 * significant first (be), as keys have them, which then sort by number.  A
 * number has N bytes, 8 at most; higher ones are left out.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>

/*
 * Two, four and eight bytes, which most numbers have, and the six of addresses
 * are written out: where N
 * is known compilers make one instruction of them, and of the loop they do not.
 */
static inline uint64_t
base_bytes_get_le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	if (n == 2)
		return (uint64_t)p[0] | (uint64_t)p[1] << 8;
	if (n == 4)
		return (uint64_t)p[0] | (uint64_t)p[1] << 8 |
		    (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
	if (n == 8)
		return (uint64_t)p[0] | (uint64_t)p[1] << 8 |
		    (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
		    (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 |
		    (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

static inline uint64_t
base_bytes_get_be(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	if (n == 6)
		return (uint64_t)p[0] << 40 | (uint64_t)p[1] << 32 |
		    (uint64_t)p[2] << 24 | (uint64_t)p[3] << 16 |
		    (uint64_t)p[4] << 8 | (uint64_t)p[5];
	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

/* Both return where the number ends. */
static inline uint8_t *
base_bytes_put_le(uint8_t *p, uint64_t v, size_t n)
{
	for (; n > 0; n--, v >>= 8)
		*p++ = (uint8_t)v;
	return p;
}

static inline uint8_t *
base_bytes_put_be(uint8_t *p, uint64_t v, size_t n)
{
	size_t i;

	for (i = n; i-- > 0; v >>= 8)
		p[i] = (uint8_t)v;
	return p + n;
}

#endif
