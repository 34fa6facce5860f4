/* SPDX-License-Identifier: ISC */
/*
 * The order of observations, by a comparison that is written here anew: few
 * and many, of all kinds and of one, with memory and without, in the order of
 * arrival and out of it.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "obs/order.h"
#include "radio/mac.h"

#include "tap.h"

#define MANY	5000

static uint64_t state = 88172645463325252;

static uint32_t
some(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 20) % below;
}

static int
cmp(const void *a, const void *b)
{
	const struct obs_obs *x = a, *y = b;
	int c;

	if (x->kind != y->kind)
		return x->kind - y->kind;
	if (x->kind != OBS_CELL && (x->key[2] >> 4) != (y->key[2] >> 4))
		return (x->key[2] >> 4) - (y->key[2] >> 4);
	if ((c = memcmp(x->key, y->key, sizeof(x->key))) != 0)
		return c;
	if (x->group != y->group)
		return x->group - y->group;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* N of them, of kinds from FIRST to LAST, some of one network. */
static void
make(struct obs_obs *o, size_t n, int first, int last, uint32_t groups)
{
	size_t i, k, len;

	memset(o, 0, n * sizeof(*o));
	for (i = 0; i < n; i++) {
		o[i].kind = (uint8_t)(first +
		    (int)some((uint32_t)(last - first) + 1));
		o[i].group = (uint16_t)some(groups);
		o[i].seq = (uint32_t)i;
		o[i].lat = (double)i;
		len = o[i].kind == OBS_CELL ? sizeof(o[i].key) : RADIO_MAC_LEN;
		for (k = 0; k < len; k++)
			o[i].key[k] = (uint8_t)some(256);
		if (i > 0 && some(3) == 0) {
			k = some((uint32_t)i);
			o[i].kind = o[k].kind;
			memcpy(o[i].key, o[k].key, sizeof(o[i].key));
		}
	}
}

static void
sorted(size_t n, int first, int last, uint32_t groups, int swapped,
    const char *what)
{
	static struct obs_obs got[MANY], want[MANY];
	struct base_arena a;
	struct obs_obs o;

	base_arena_init(&a);
	make(got, n, first, last, groups);
	if (swapped) {
		o = got[0];
		got[0] = got[n - 1];
		got[n - 1] = o;
	}
	memcpy(want, got, sizeof(want));
	qsort(want, n, sizeof(*want), cmp);
	obs_order_sort(got, n, &a);
	ok(memcmp(got, want, n * sizeof(*got)) == 0, "%s", what);
	base_arena_done(&a);
}

int
main(void)
{
	sorted(1, OBS_BLUE, OBS_CELL, 5, 0, "one");
	sorted(20, OBS_BLUE, OBS_CELL, 5, 0, "a few");
	sorted(127, OBS_BLUE, OBS_CELL, 5, 0, "the most that are compared");
	sorted(128, OBS_BLUE, OBS_CELL, 5, 0, "the fewest that are not");
	sorted(MANY, OBS_BLUE, OBS_CELL, 60000, 0, "many of all kinds");
	sorted(MANY, OBS_BLUE, OBS_CELL, 1, 0, "many of one group");
	sorted(MANY, OBS_WIFI, OBS_WIFI, 300, 0, "wifis only");
	sorted(MANY, OBS_CELL, OBS_CELL, 300, 0, "cells only");
	sorted(MANY, OBS_BLUE, OBS_CELL, 7, 1, "out of the order of arrival");
	return tap_done();
}
