/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "base/uuid.h"

#define EPOCH	0x01b21dd213814000	/* from 1582-10-15 to 1970, 100 ns */

void
base_uuid_v1(char out[BASE_UUID_HEX], int64_t ticks)
{
	uint64_t t = (uint64_t)ticks + EPOCH;
	uint8_t r[8];

	arc4random_buf(r, sizeof(r));
	r[0] = (r[0] & 0x3f) | 0x80;	/* the variant */
	r[2] |= 0x01;			/* no node has this address */
	snprintf(out, BASE_UUID_HEX, "%08x%04x1%03x%02x%02x%02x%02x%02x%02x"
	    "%02x%02x", (unsigned)(t & 0xffffffff),
	    (unsigned)(t >> 32 & 0xffff), (unsigned)(t >> 48 & 0xfff), r[0],
	    r[1], r[2], r[3], r[4], r[5], r[6], r[7]);
}
