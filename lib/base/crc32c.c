/* SPDX-License-Identifier: ISC */
/*
 * The processor's own instruction takes eight bytes at once, where there is
 * one (SSE 4.2); the loop over bits is for all others, and is what a test
 * compares the instruction with.
 */
#include <string.h>

#include "base/crc32c.h"

#define POLY	0x82f63b78u	/* reflected */

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
#endif

/* Both ways invert the register before and after. */
uint32_t
base_crc32c(uint32_t crc, const void *data, size_t len)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2"))
		return ~crc_sse42(~crc, data, len);
#endif
	return ~crc_bytes(~crc, data, len);
}
