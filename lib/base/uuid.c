/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
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

/* The time stands in it in three parts, the lowest first. */
int
base_uuid_v1_time(const char *hex, int64_t *s)
{
	uint8_t b[BASE_UUID_LEN];
	uint64_t t = 0;
	int i;

	if (strspn(hex, "0123456789abcdef") < BASE_UUID_HEX - 1 ||
	    !base_num_unhex(b, sizeof(b), hex) || b[6] >> 4 != 1 ||
	    b[8] >> 6 != 2)
		return 0;
	b[6] &= 0x0f;
	for (i = 0; i < 8; i++)
		t = t << 8 | b[i < 2 ? 6 + i : i < 4 ? 2 + i : i - 4];
	*s = ((int64_t)t - EPOCH) / 10000000;
	return 1;
}

/* The marks of VERSION and of the RFC's variant. */
static void
set_version(uint8_t out[BASE_UUID_LEN], unsigned version)
{
	out[6] = (uint8_t)((out[6] & 0x0f) | version << 4);
	out[8] = (uint8_t)((out[8] & 0x3f) | 0x80);
}

static void
random_of_version(uint8_t out[BASE_UUID_LEN], unsigned version)
{
	arc4random_buf(out, BASE_UUID_LEN);
	set_version(out, version);
}

void
base_uuid_v4(char out[BASE_UUID_TEXT])
{
	uint8_t r[BASE_UUID_LEN];

	random_of_version(r, 4);
	snprintf(out, BASE_UUID_TEXT, "%02x%02x%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x-%02x%02x%02x%02x%02x%02x", r[0], r[1], r[2], r[3], r[4],
	    r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13], r[14],
	    r[15]);
}

void
base_uuid_v7(uint8_t out[BASE_UUID_LEN], int64_t time_ms)
{
	int i;

	random_of_version(out, 7);
	for (i = 0; i < 6; i++)
		out[i] = (uint8_t)((uint64_t)time_ms >> (40 - 8 * i));
}

void
base_uuid_v8(uint8_t out[BASE_UUID_LEN], const uint8_t hash[BASE_UUID_LEN])
{
	memcpy(out, hash, BASE_UUID_LEN);
	set_version(out, 8);
}
