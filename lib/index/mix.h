/* SPDX-License-Identifier: ISC */
/*
 * The order of keys in an index.  Addresses come in lumps, a maker's beside
 * each other; mixed they are spread evenly, so that their first bits say
 * where in the table a key is, and need not be stored.
 */
#ifndef INDEX_MIX_H
#define INDEX_MIX_H

#include <stdint.h>

#include "radio/cell.h"
#include "radio/mac.h"

#define INDEX_MIX_MAC_BITS	48

/* An address as a number of 48 bits, no two alike; and back. */
uint64_t index_mix_mac(const uint8_t mac[RADIO_MAC_LEN]);
void	index_mix_mac_back(uint8_t mac[RADIO_MAC_LEN], uint64_t mixed);

/* The number of 64 bits that cells and areas are sorted by, then by key. */
uint64_t index_mix_cell(const uint8_t key[RADIO_CELL_KEY_MAX]);
uint64_t index_mix_area(const uint8_t key[RADIO_CELL_AREA_MAX]);

#endif
