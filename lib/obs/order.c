/* SPDX-License-Identifier: ISC */
/*
 * A batch has tens of thousands of observations, nearly all of them of MACs,
 * whose place is decided by few bits: 2 of the kind, 4 of the shard, 48 of
 * the address, 16 of the group.  Observations come in the order of arrival,
 * so that a stable sort by the rest of these is all that is needed, byte by
 * byte from the last to the first (radix sort), and a byte that is the same
 * in all costs nothing.  Observations are large, so that a list of what
 * decides is sorted, and they are moved once.
 *
 * Keys of cells are longer, and cells are few: they are compared.  So is
 * what is out of the order of arrival, and what is too little for the other
 * way to be worth its counting.
 */
#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "obs/order.h"
#include "radio/mac.h"

#define FEW	128	/* are compared */
#define DIGITS	9	/* bytes that decide */

/* What decides where MAC observation number I goes. */
struct place {
	uint64_t	key;	/* kind, shard and address */
	uint32_t	i;
	uint16_t	group;
};

/*
 * There are millions of these: the first eight bytes are compared as one
 * number, and they tell nearly all networks apart; then the last eight, of
 * which some are among the first.
 */
int
obs_order_cmp_key(const uint8_t x[RADIO_CELL_KEY_MAX],
    const uint8_t y[RADIO_CELL_KEY_MAX])
{
	const size_t last = RADIO_CELL_KEY_MAX - sizeof(uint64_t);
	uint64_t a, b;

	memcpy(&a, x, sizeof(a));
	memcpy(&b, y, sizeof(b));
	if (a == b) {
		memcpy(&a, x + last, sizeof(a));
		memcpy(&b, y + last, sizeof(b));
	}
	return a == b ? 0 : be64toh(a) < be64toh(b) ? -1 : 1;
}

/*
 * Shards come before keys, since a shard is a table of its own; the number of
 * arrival is different for all, so that the order does not depend on qsort(3).
 */
static int
cmp_obs(const void *a, const void *b)
{
	const struct obs_obs *x = a, *y = b;
	int c;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->kind != OBS_CELL && (c = radio_mac_shard(x->key) -
	    radio_mac_shard(y->key)) != 0)
		return c;
	if ((c = obs_order_cmp_key(x->key, y->key)) != 0)
		return c;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

/* Digit D of P, the last of all being digit 0. */
static unsigned
digit(const struct place *p, int d)
{
	return d < 2 ? (unsigned)(p->group >> 8 * d) & 0xff :
	    (unsigned)(p->key >> 8 * (d - 2)) & 0xff;
}

/* What decides of O, which is number I and no cell. */
static struct place
place_of(const struct obs_obs *o, size_t i)
{
	uint64_t shard = (uint64_t)radio_mac_shard(o->key);

	assert(o->kind < OBS_CELL && shard < 16);
	return (struct place){
		.key = (uint64_t)o->kind << 52 | shard << 48 |
		    base_bytes_get_be(o->key, RADIO_MAC_LEN),
		.i = (uint32_t)i, .group = o->group };
}

/*
 * Sort N places at P with room for as many at TMP.  Returns which of both has
 * them then.
 */
static struct place *
sort_places(struct place *p, struct place *tmp, size_t n)
{
	uint32_t count[DIGITS][256] = { 0 }, *at, from, next;
	struct place *other = tmp;
	size_t i;
	int d, v;

	for (i = 0; i < n; i++)
		for (d = 0; d < DIGITS; d++)
			count[d][digit(&p[i], d)]++;
	for (d = 0; d < DIGITS; d++) {
		at = count[d];
		if (at[digit(&p[0], d)] == n)
			continue;	/* the same in all */
		for (v = 0, from = 0; v < 256; v++, from = next) {
			next = from + at[v];
			at[v] = from;
		}
		for (i = 0; i < n; i++)
			other[at[digit(&p[i], d)]++] = p[i];
		tmp = p;
		p = other;
		other = tmp;
	}
	return p;
}

/*
 * Cells to the end of N observations, without a change of order among them or
 * among the others, whose places go to P.  ROOM is for the cells, that come
 * after all others anyway.  Returns how many others there are.
 */
static size_t
part_cells(struct obs_obs *obs, size_t n, struct place *p,
    struct obs_obs *room)
{
	size_t cells = 0, i, macs = 0;

	for (i = 0; i < n; i++)
		if (obs[i].kind == OBS_CELL)
			room[cells++] = obs[i];
		else {
			obs[macs] = obs[i];
			p[macs] = place_of(&obs[macs], macs);
			macs++;
		}
	memcpy(&obs[macs], room, cells * sizeof(*obs));
	return macs;
}

/* Is there enough, and in the order of arrival? */
static int
is_for_radix(const struct obs_obs *obs, size_t n)
{
	size_t i;

	if (n < FEW || n > UINT32_MAX)
		return 0;
	for (i = 1; i < n; i++)
		if (obs[i - 1].seq >= obs[i].seq)
			return 0;
	return 1;
}

void
obs_order_sort(struct obs_obs *obs, size_t n, struct base_arena *a)
{
	struct place *p = NULL, *tmp = NULL;
	struct obs_obs *room = NULL;
	size_t i, macs;

	if (is_for_radix(obs, n) &&
	    (p = base_arena_array(a, n, sizeof(*p))) != NULL &&
	    (tmp = base_arena_array(a, n, sizeof(*tmp))) != NULL)
		room = base_arena_array(a, n, sizeof(*room));
	if (room == NULL) {
		if (n > 1)
			qsort(obs, n, sizeof(*obs), cmp_obs);
		return;
	}
	macs = part_cells(obs, n, p, room);
	if (macs < n)
		qsort(&obs[macs], n - macs, sizeof(*obs), cmp_obs);
	if (macs == 0)
		return;
	p = sort_places(p, tmp, macs);
	memcpy(room, obs, macs * sizeof(*obs));
	for (i = 0; i < macs; i++)
		obs[i] = room[p[i].i];
}
