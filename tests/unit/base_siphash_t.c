/* SPDX-License-Identifier: ISC */
#include <stdint.h>

#include "base/siphash.h"
#include "tap.h"

/* Of the vectors that the authors publish: key 00..0f, message 00..(n-1). */
int
main(void)
{
	static const struct {
		size_t		len;
		uint64_t	want;
	} cases[] = {
		{ 0, 0x726fdb47dd0e0e31 }, { 1, 0x74f839c593dc67fd },
		{ 7, 0xab0200f58b01d137 }, { 8, 0x93f5f5799a932462 },
		{ 15, 0xa129ca6149be45e5 }, { 16, 0x3f2acc7f57c29bdb },
		{ 63, 0x958a324ceb064572 }
	};
	static const uint64_t key[2] = { 0x0706050403020100,
	    0x0f0e0d0c0b0a0908 };
	uint8_t data[64];
	size_t i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(base_siphash(key, data, cases[i].len) == cases[i].want,
		    "%zu bytes", cases[i].len);
	return tap_done();
}
