/* SPDX-License-Identifier: ISC */
/* Universally unique identifiers (RFC 9562). */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include <stdint.h>

#define BASE_UUID_LEN	16	/* bytes of one */
#define BASE_UUID_HEX	33	/* as hexadecimal digits */
#define BASE_UUID_TEXT	37	/* with dashes, as people write it */

/*
 * A new one of version 1, as 32 hexadecimal digits: of time TICKS, units of
 * 100 ns since 1970, and with a random node and sequence.
 */
void	base_uuid_v1(char out[BASE_UUID_HEX], int64_t ticks);

/*
 * When one of version 1 was made: 1 and *S, in seconds since 1970, if the
 * first 32 characters of HEX are one in lower case, else 0.
 */
int	base_uuid_v1_time(const char *hex, int64_t *s);

/* A new one of version 4, which is random, in groups of digits. */
void	base_uuid_v4(char out[BASE_UUID_TEXT]);

/*
 * A new one of version 7, as bytes: 48 bits of TIME_MS, milliseconds since
 * 1970, then random ones, so that one of a later time is larger.
 */
void	base_uuid_v7(uint8_t out[BASE_UUID_LEN], int64_t time_ms);

/*
 * That of version 8, as bytes, that the first of HASH make: always the same
 * for the same ones.
 */
void	base_uuid_v8(uint8_t out[BASE_UUID_LEN],
	    const uint8_t hash[BASE_UUID_LEN]);

#endif
