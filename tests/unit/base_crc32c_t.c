/* SPDX-License-Identifier: ISC */
/* The examples are those of RFC 3720, B.4. */
#include "base/crc32c.h"

#include "tap.h"

/* One bit at a time, as the definition has it. */
static uint32_t
by_bits(const unsigned char *p, size_t len)
{
	uint32_t crc = ~0u;
	int k;

	for (; len > 0; p++, len--)
		for (crc ^= *p, k = 0; k < 8; k++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
	return ~crc;
}

int
main(void)
{
	unsigned char p[3000], zeros[3000] = { 0 };
	size_t cut, i, len;
	int same = 1;

	memset(p, 0, 32);
	is_int(base_crc32c(0, p, 32), 0x8a9136aa, "32 bytes of zeros");
	memset(p, 0xff, 32);
	is_int(base_crc32c(0, p, 32), 0x62a8ab43, "32 bytes of ones");
	for (i = 0; i < 32; i++)
		p[i] = (unsigned char)i;
	is_int(base_crc32c(0, p, 32), 0x46dd794e, "32 bytes that count up");
	is_int(base_crc32c(0, "123456789", 9), 0xe3069283, "nine digits");
	is_int(base_crc32c(0, "", 0), 0, "nothing");
	for (i = 0; i < sizeof(p); i++)
		p[i] = (unsigned char)(i * 197 + 11);
	for (i = 0; i < 9; i++)
		for (len = 0; len < 64; len++)
			same &= base_crc32c(0, p + i, len) ==
			    by_bits(p + i, len);
	ok(same, "any length from any address");
	for (len = 700; len <= sizeof(p); len += len % 7 + 1)
		same &= base_crc32c(7, p, len) == (by_bits(p, len) ^
		    by_bits(zeros, len) ^ base_crc32c(7, zeros, len));
	ok(same, "long ones, and what was before counts");
	for (cut = 0; cut <= sizeof(p); cut += cut % 5 + 1)
		same &= base_crc32c(base_crc32c(0, p, cut), p + cut,
		    sizeof(p) - cut) == by_bits(p, sizeof(p));
	ok(same, "in two parts, cut anywhere");
	return tap_done();
}
