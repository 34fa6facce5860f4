/* SPDX-License-Identifier: ISC */
/*
 * The processor's own instruction takes eight bytes at once, where there is
 * one (SSE 4.2); the loop over bits is for all others, and is what a test
 * compares the instruction with.
 *
 * One such instruction begins in each cycle, but its result takes three, and
 * the next one needs it.  So where there is a product of polynomials, too
 * (PCLMULQDQ), three pieces of PIECE bytes are gone through side by side.  What
 * the register is after N more bytes of zeros is its product with x^8N; that
 * of an instruction has 32 bits more, and is a bit short as numbers here begin
 * with their lowest bit, hence the 33 below.
 */
#include <string.h>

#include "base/crc32c.h"

#define POLY	0x82f63b78u	/* reflected */
#define PIECE	256		/* bytes */
#define X_PIECE	0xb9e02b86	/* x^(8 * PIECE - 33) modulo POLY */
#define X_TWO	0xdd7e3b0c	/* x^(8 * 2 * PIECE - 33) */

static uint32_t
crc_bytes(uint32_t crc, const unsigned char *p, size_t len)
{
	int k;

	while (len-- > 0) {
		crc ^= *p++;
		for (k = 0; k < 8; k++)
			crc = crc >> 1 ^ (POLY & -(crc & 1));
	}
	return crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2")))
/* Eight bytes at a time; the rest one by one. */
static uint32_t
crc_sse42(uint32_t crc, const unsigned char *p, size_t len)
{
	uint64_t c = crc, w;

	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&w, p, 8);
		c = __builtin_ia32_crc32di(c, w);
	}
	for (; len > 0; p++, len--)
		c = __builtin_ia32_crc32qi((uint32_t)c, *p);
	return (uint32_t)c;
}

typedef long long product __attribute__((vector_size(16)));

/* CRC behind so many zeros as X stands for. */
__attribute__((target("sse4.2,pclmul")))
static inline uint64_t
crc_behind(uint64_t crc, uint32_t x)
{
	const product a = { (long long)crc }, b = { x };

	return __builtin_ia32_crc32di(0,
	    (uint64_t)__builtin_ia32_pclmulqdq128(a, b, 0)[0]);
}

/* Three pieces side by side, as long as there are so many. */
__attribute__((target("sse4.2,pclmul")))
static uint32_t
crc_pieces(uint32_t crc, const unsigned char *p, size_t len)
{
	uint64_t c[3], w[3];
	size_t i;

	for (; len >= 3 * PIECE; p += 3 * PIECE, len -= 3 * PIECE) {
		c[0] = crc;
		c[1] = c[2] = 0;
		for (i = 0; i < PIECE; i += 8) {
			memcpy(&w[0], p + i, 8);
			memcpy(&w[1], p + PIECE + i, 8);
			memcpy(&w[2], p + 2 * PIECE + i, 8);
			c[0] = __builtin_ia32_crc32di(c[0], w[0]);
			c[1] = __builtin_ia32_crc32di(c[1], w[1]);
			c[2] = __builtin_ia32_crc32di(c[2], w[2]);
		}
		crc = (uint32_t)(crc_behind(c[0], X_TWO) ^
		    crc_behind(c[1], X_PIECE) ^ c[2]);
	}
	return crc_sse42(crc, p, len);
}
#endif

/* Both ways invert the register before and after. */
uint32_t
base_crc32c(uint32_t crc, const void *data, size_t len)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2") &&
	    __builtin_cpu_supports("pclmul"))
		return ~crc_pieces(~crc, data, len);
	if (__builtin_cpu_supports("sse4.2"))
		return ~crc_sse42(~crc, data, len);
#endif
	return ~crc_bytes(~crc, data, len);
}
