/* SPDX-License-Identifier: ISC */
/*
 * Ids only grow along the ring, so what a group has not done is its end, from
 * the first id that is not below the group's low-water mark; and as each
 * record knows how many bytes were shipped up to it, that end's bytes are one
 * subtraction.
 *
 * Of what an earlier run of the program shipped only a little is known: for
 * each segment how far it was shipped and done, and the newest id of all.
 * These stand in the ring as one record for each segment, with that id: they
 * are done when all of them are.  Their bytes are kept apart, as old_bytes,
 * which shrinks as entries leave the stream, as if all had the same size.
 * That is exact at first, and forgotten when the last of them is done.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "ring.h"

struct feed_shipped {
	struct spool_place	place;
	struct queue_id		id;
	int64_t			upto;	/* bytes shipped, with this one */
};

void
feed_ring_done(struct feed_ring *r)
{
	free(r->at);
	memset(r, 0, sizeof(*r));
}

/* The room is kept, as what was in it comes again. */
void
feed_ring_reset(struct feed_ring *r)
{
	r->head = r->len = 0;
	r->shipped = r->done = 0;
	r->old_bytes = 0;
	memset(&r->old_last, 0, sizeof(r->old_last));
}

/* The I-th from the oldest. */
static struct feed_shipped *
shipped_at(const struct feed_ring *r, size_t i)
{
	assert(i < r->len);
	return &r->at[(r->head + i) % r->cap];
}

/* Shipped by an earlier run?  Ids only grow, so the newest of these tells. */
static int
is_old(const struct feed_ring *r, const struct feed_shipped *s)
{
	return queue_id_cmp(&s->id, &r->old_last) <= 0;
}

/* Make room for one more.  0, or -1 after a warning. */
static int
grow_ring(struct feed_ring *r)
{
	struct feed_shipped *p;
	size_t i;

	if (r->len < r->cap)
		return 0;
	if ((p = calloc(2 * r->cap + 64, sizeof(*p))) == NULL) {
		warn(NULL);
		return -1;
	}
	for (i = 0; i < r->len; i++)
		p[i] = *shipped_at(r, i);
	free(r->at);
	r->at = p;
	r->cap = 2 * r->cap + 64;
	r->head = 0;
	return 0;
}

int
feed_ring_push(struct feed_ring *r, const struct spool_place *place,
    const struct queue_id *id, size_t bytes)
{
	struct feed_shipped *s;

	assert(r->len == 0 ||
	    queue_id_cmp(&shipped_at(r, r->len - 1)->id, id) <= 0);
	if (grow_ring(r) == -1)
		return -1;
	r->shipped += (int64_t)bytes;
	r->len++;
	s = shipped_at(r, r->len - 1);
	s->place = *place;
	s->id = *id;
	s->upto = r->shipped;
	return 0;
}

int
feed_ring_push_old(struct feed_ring *r, const struct spool_place *place,
    const struct queue_id *last, int64_t bytes)
{
	assert(bytes >= 0 && r->shipped == 0);
	r->old_last = *last;
	r->old_bytes += bytes;
	r->old_entries = -1;
	return feed_ring_push(r, place, last, 0);
}

int
feed_ring_pop(struct feed_ring *r, const struct queue_id *low,
    struct spool_place *place)
{
	struct feed_shipped *s;

	if (!feed_ring_has_before(r, low))
		return 0;
	s = shipped_at(r, 0);
	*place = s->place;
	if (is_old(r, s))
		r->old_bytes = 0;
	assert(s->upto >= r->done);
	r->done = s->upto;
	r->head = (r->head + 1) % r->cap;
	r->len--;
	return 1;
}

int
feed_ring_has_before(const struct feed_ring *r, const struct queue_id *id)
{
	return r->len > 0 && queue_id_cmp(&shipped_at(r, 0)->id, id) < 0;
}

/*
 * Entries that were there at first count as old, and each that leaves takes an
 * even share of the old bytes with it, as no more is known of them.
 */
void
feed_ring_trimmed(struct feed_ring *r, int64_t n, int64_t length)
{
	int64_t left = length - n;

	/* Others add entries, too, and some may have gone at once. */
	if (n > length)
		left = 0;
	if (r->old_bytes == 0)
		return;
	if (r->old_entries == -1)
		r->old_entries = length;
	if (left > r->old_entries - n)
		left = r->old_entries - n;
	if (left <= 0)
		r->old_bytes = 0;
	else
		r->old_bytes = (int64_t)((double)r->old_bytes *
		    (double)left / (double)r->old_entries);
	r->old_entries = left;
}

int64_t
feed_ring_bytes(const struct feed_ring *r)
{
	return r->old_bytes + r->shipped - r->done;
}

int64_t
feed_ring_bytes_from(const struct feed_ring *r, const struct queue_id *low)
{
	size_t hi = r->len, lo = 0, mid;
	int64_t before, old;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (queue_id_cmp(&shipped_at(r, mid)->id, low) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	before = lo == 0 ? r->done : shipped_at(r, lo - 1)->upto;
	old = queue_id_cmp(&r->old_last, low) < 0 ? 0 : r->old_bytes;
	return old + r->shipped - before;
}

int64_t
feed_ring_entries_of(const struct feed_ring *r, int64_t bytes,
    int64_t length)
{
	int64_t n;
	size_t i;

	if (r->old_bytes > 0)
		n = (int64_t)((double)length * (double)bytes /
		    (double)feed_ring_bytes(r));
	else {
		for (i = 0; i < r->len && shipped_at(r, i)->upto - r->done <
		    bytes; i++)
			;
		n = (int64_t)i + 1;
	}
	return n < 1 ? 1 : n;
}
