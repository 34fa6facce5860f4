/* SPDX-License-Identifier: ISC */
/*
 * The order in which observations are locked and applied: kind, then shard
 * (the MAC shard; the radio of a cell is the first byte of its key), then key,
 * then group, then by arrival.
 */
#ifndef OBS_ORDER_H
#define OBS_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "obs/batch.h"

struct base_arena;

/* As memcmp(3) has two keys. */
int	obs_order_cmp_key(const uint8_t x[RADIO_CELL_KEY_MAX],
	    const uint8_t y[RADIO_CELL_KEY_MAX]);

/*
 * Sort N observations, no two of which have the same number of arrival.  What
 * this needs beside them is taken from A; if that fails it takes longer.
 */
void	obs_order_sort(struct obs_obs *obs, size_t n, struct base_arena *a);

#endif
