/* SPDX-License-Identifier: ISC */
/* Universally unique identifiers (RFC 9562). */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include <stdint.h>

#define BASE_UUID_HEX	33

/*
 * A new one of version 1, as 32 hexadecimal digits: of time TICKS, units of
 * 100 ns since 1970, and with a random node and sequence.
 */
void	base_uuid_v1(char out[BASE_UUID_HEX], int64_t ticks);

#endif
