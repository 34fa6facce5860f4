/* SPDX-License-Identifier: ISC */
#include "base/bytes.h"
#include "base/siphash.h"
#include "index/mix.h"

#define MASK	((UINT64_C(1) << INDEX_MIX_MAC_BITS) - 1)
#define HALF	(INDEX_MIX_MAC_BITS / 2)

/* Odd numbers, and what they are multiplied by to get 1 of 48 bits. */
#define FACTOR_1	UINT64_C(0x9e3779b97f4b)
#define FACTOR_2	UINT64_C(0xbf58476d1ce5)
static const uint64_t zero_key[2];

/*
 * The inverse of an odd number, modulo any power of two: each step doubles the
 * bits that are right, and the number itself has three.
 */
static uint64_t
inverse(uint64_t odd)
{
	uint64_t v = odd;
	int i;

	for (i = 0; i < 5; i++)
		v *= 2 - odd * v;
	return v & MASK;
}

/*
 * Each step can be undone: a product by an odd number, and the upper half
 * added to the lower.
 */
uint64_t
index_mix_mac(const uint8_t mac[RADIO_MAC_LEN])
{
	uint64_t x = base_bytes_get_be(mac, RADIO_MAC_LEN);

	x ^= x >> HALF;
	x = x * FACTOR_1 & MASK;
	x ^= x >> HALF;
	x = x * FACTOR_2 & MASK;
	return x ^ x >> HALF;
}

void
index_mix_mac_back(uint8_t mac[RADIO_MAC_LEN], uint64_t x)
{
	x ^= x >> HALF;
	x = x * inverse(FACTOR_2) & MASK;
	x ^= x >> HALF;
	x = x * inverse(FACTOR_1) & MASK;
	base_bytes_put_be(mac, x ^ x >> HALF, RADIO_MAC_LEN);
}

uint64_t
index_mix_cell(const uint8_t key[RADIO_CELL_KEY_MAX])
{
	return base_siphash(zero_key, key, RADIO_CELL_KEY_MAX);
}

uint64_t
index_mix_area(const uint8_t key[RADIO_CELL_AREA_MAX])
{
	return base_siphash(zero_key, key, RADIO_CELL_AREA_MAX);
}
