/* SPDX-License-Identifier: ISC */
/* The ring of loc-feed, which is pure, though it is no library's. */
#include "../../cmd/loc-feed/ring.c"

#include "tap.h"

static struct queue_id
id_of(uint64_t ms)
{
	struct queue_id id = { ms, 0 };

	return id;
}

static void
push(struct feed_ring *r, uint64_t ms, size_t bytes)
{
	struct spool_place place = { 1, (int64_t)ms * 10 };
	struct queue_id id = id_of(ms);

	if (feed_ring_push(r, &place, &id, bytes) == -1)
		exit(1);
}

static int64_t
bytes_from(const struct feed_ring *r, uint64_t ms)
{
	struct queue_id id = id_of(ms);

	return feed_ring_bytes_from(r, &id);
}

/* Pop all before MS; the offset of the last, or -1. */
static int64_t
pop_before(struct feed_ring *r, uint64_t ms)
{
	struct queue_id id = id_of(ms);
	struct spool_place place = { 0, -1 };

	while (feed_ring_pop(r, &id, &place))
		;
	return place.offset;
}

static void
exact(void)
{
	struct feed_ring r = { 0 };
	uint64_t i;

	is_int(feed_ring_bytes(&r), 0, "empty");
	is_int(bytes_from(&r, 5), 0, "empty, from anywhere");
	is_int(pop_before(&r, 5), -1, "nothing to pop");
	for (i = 1; i <= 200; i++)
		push(&r, i, 100);
	is_int(feed_ring_bytes(&r), 20000, "all");
	is_int(bytes_from(&r, 0), 20000, "from before the first");
	is_int(bytes_from(&r, 1), 20000, "from the first");
	is_int(bytes_from(&r, 2), 19900, "from the second");
	is_int(bytes_from(&r, 200), 100, "from the last");
	is_int(bytes_from(&r, 201), 0, "from behind the last");
	is_int(pop_before(&r, 151), 1500, "150 are done");
	is_int(feed_ring_bytes(&r), 5000, "the others");
	for (i = 201; i <= 300; i++)	/* around the end of the ring */
		push(&r, i, 10);
	is_int(bytes_from(&r, 0), 6000, "with new ones");
	is_int(bytes_from(&r, 201), 1000, "only these");
	is_int(feed_ring_entries_of(&r, 250, 1000), 3, "entries of 250");
	is_int(feed_ring_entries_of(&r, 5005, 1000), 51, "of 5005");
	is_int(feed_ring_entries_of(&r, 1, 1000), 1, "of 1");
	feed_ring_trimmed(&r, 10, 5);
	is_int(feed_ring_bytes(&r), 6000, "known ones go by popping only");
	is_int(pop_before(&r, 1000), 3000, "all is done");
	is_int(feed_ring_bytes(&r), 0, "nothing left");
	feed_ring_done(&r);
}

/* Of an earlier run only sums are known. */
static void
old(void)
{
	struct spool_place a = { 1, 10 }, b = { 2, 20 };
	struct queue_id last = id_of(50);
	struct feed_ring r = { 0 };

	feed_ring_push_old(&r, &a, &last, 600);
	feed_ring_push_old(&r, &b, &last, 400);
	is_int(feed_ring_bytes(&r), 1000, "of both segments");
	feed_ring_trimmed(&r, 0, 100);
	is_int(feed_ring_bytes(&r), 1000, "nothing has gone");
	push(&r, 60, 70);
	is_int(bytes_from(&r, 10), 1070, "maybe all of it");
	is_int(bytes_from(&r, 51), 70, "certainly none of it");
	feed_ring_trimmed(&r, 25, 101);
	is_int(feed_ring_bytes(&r), 820, "a quarter has gone");
	is_int(feed_ring_entries_of(&r, 82, 76), 7, "entries by their mean");
	is_int(pop_before(&r, 50), -1, "the last of it is not done");
	is_int(pop_before(&r, 51), 20, "both segments are");
	is_int(feed_ring_bytes(&r), 70, "and none of it is left");
	feed_ring_reset(&r);
	is_int(feed_ring_bytes(&r), 0, "forgotten");
	feed_ring_push_old(&r, &a, &last, 600);
	feed_ring_trimmed(&r, 0, 100);
	feed_ring_trimmed(&r, 0, 40);
	is_int(feed_ring_bytes(&r), 240, "a stream that was cut by others");
	feed_ring_trimmed(&r, 50, 40);
	is_int(feed_ring_bytes(&r), 0, "more went than there was");
	feed_ring_done(&r);
}

int
main(void)
{
	exact();
	old();
	return tap_done();
}
