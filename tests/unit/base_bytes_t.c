/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/bytes.h"
#include "tap.h"

int
main(void)
{
	static const uint8_t le[] = { 0x78, 0x56, 0x34, 0x12, 0xff };
	static const uint8_t be[] = { 0x12, 0x34, 0x56, 0x78, 0xff };
	uint8_t b[9];
	uint64_t v = 0xfedcba9876543210;

	ok(base_bytes_get_le(le, 4) == 0x12345678, "least first");
	ok(base_bytes_get_be(be, 4) == 0x12345678, "most first");
	ok(base_bytes_get_le(le, 2) == 0x5678 &&
	    base_bytes_get_le(le, 3) == 0x345678 &&
	    base_bytes_get_le(le, 5) == 0xff12345678, "of any length");
	ok(base_bytes_get_le(le, 0) == 0 && base_bytes_get_be(be, 0) == 0,
	    "no bytes are 0");
	memset(b, 0xff, sizeof(b));
	ok(base_bytes_put_le(b, 0x9912345678, 4) == b + 4 &&
	    memcmp(b, le, 5) == 0, "written, least first, and no more");
	memset(b, 0xff, sizeof(b));
	ok(base_bytes_put_be(b, 0x9912345678, 4) == b + 4 &&
	    memcmp(b, be, 5) == 0, "written, most first, and no more");
	base_bytes_put_le(b, v, 8);
	ok(base_bytes_get_le(b, 8) == v, "eight bytes, least first");
	base_bytes_put_be(b, v, 8);
	ok(base_bytes_get_be(b, 8) == v, "eight bytes, most first");
	return tap_done();
}
