/* SPDX-License-Identifier: ISC */
/*
 * Two rounds for each eight bytes, then four.  The input is read byte by byte,
 * which compilers make one load of where the machine allows that.
 *
 * It is SipHash-2-4 of Aumasson and Bernstein (2012); the four numbers are
 * "somepseudorandomlygeneratedbytes".
 */
#include "base/bytes.h"
#include "base/siphash.h"

static uint64_t
rotate(uint64_t v, int bits)
{
	return v << bits | v >> (64 - bits);
}

static void
sip_rounds(uint64_t v[4], int n)
{
	while (n-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32) + v[3];
		v[2] += v[1];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[2] = rotate(v[2], 32);
	}
}

uint64_t
base_siphash(const uint64_t key[2], const void *data, size_t len)
{
	uint64_t v[4] = {
		key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
		key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573
	};
	const uint8_t *p = data, *end = p + len / 8 * 8;
	uint64_t w;

	for (; p < end; p += 8) {
		w = base_bytes_get_le(p, 8);
		v[3] ^= w;
		sip_rounds(v, 2);
		v[0] ^= w;
	}
	w = base_bytes_get_le(p, len % 8) | (uint64_t)len << 56;
	v[3] ^= w;
	sip_rounds(v, 2);
	v[0] ^= w;
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
