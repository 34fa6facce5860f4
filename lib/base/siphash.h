/* SPDX-License-Identifier: ISC */
/*
 * SipHash-2-4 (J.-P. Aumasson and D. J. Bernstein, 2012): a hash of names
 * that strangers choose, which cannot make them collide without the key.
 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t base_siphash(const uint64_t key[2], const void *data, size_t len);

#endif
