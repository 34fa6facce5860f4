/* SPDX-License-Identifier: ISC */
/*
 * Reading entries until there are enough of them for a few batches.  How many
 * that is depends on how many reports they have and how large they are, which
 * is known when they are there: the next read asks for as many as are missing
 * if they are like those before.
 *
 * While the last batch of those is stored, the next are read (ahead.c), through
 * a connection to Redis of their own, and are in flight from then on as well.
 * So of large entries, which are what memory is for, there is one batch in a
 * turn, and another is read meanwhile.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>

#include "queue/group.h"
#include "store/db.h"
#include "work.h"

#define BLOCK_MS	1000		/* longest wait for the first entry */
#define LINGER_MS	50		/* ... for more of them */
#define READ_MAX	64		/* entries of one read */
#define READS_MAX	1024		/* of a turn */

_Static_assert(BLOCK_MS < WORK_REDIS_MS && LINGER_MS < WORK_REDIS_MS,
    "a read that waits ends before the connection is taken for lost");

/* Make room for a read of N items.  0, or -1 after a warning. */
static int
make_room(struct work_in_flight *h, size_t n)
{
	size_t reads = 2 * h->nread + 1, items = 2 * h->n + n;
	struct queue_batch *read;
	struct work_item *item;
	struct queue_id *id;

	if (h->nread == h->capreads &&
	    (read = reallocarray(h->read, reads, sizeof(*read))) != NULL) {
		h->read = read;
		h->capreads = reads;
	}
	if (h->n + n > h->cap) {
		item = reallocarray(h->item, items, sizeof(*item));
		if (item != NULL)
			h->item = item;
		if ((id = reallocarray(h->id, items, sizeof(*id))) != NULL)
			h->id = id;
		if (item != NULL && id != NULL)
			h->cap = items;
	}
	if (h->nread < h->capreads && h->n + n <= h->cap)
		return 0;
	warn("batch");
	return -1;
}

/*
 * Add B, which GROUP has read, to what is in flight; H owns it from then on.
 * What is for another group is skipped.  0, or -1 when memory is short: then B
 * is pending for us until somebody claims it.
 */
static int
add_batch(struct work_in_flight *h, struct queue_batch *b, const char *group)
{
	const struct queue_entry *e;
	size_t i;

	if (make_room(h, b->n) == -1) {
		queue_batch_done(b);
		return -1;
	}
	if (h->nread == 0)
		h->renewed_ms = base_clock_mono_ms();
	h->read[h->nread++] = *b;
	h->bytes += b->bytes;
	for (i = 0; i < b->n; i++) {
		e = &b->entry[i];
		h->item[h->n] = (struct work_item){ .entry = e,
		    .skip = !queue_entry_is_for(e, group) };
		h->id[h->n++] = e->id;
		h->reports += e->count;
	}
	return 0;
}

void
work_in_flight_reset(struct work_in_flight *h)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		free(h->item[i].bad);
	for (i = 0; i < h->nread; i++)
		queue_batch_done(&h->read[i]);
	h->nread = h->n = h->bytes = 0;
	h->reports = 0;
	h->may_have_more = 0;
}

void
work_in_flight_done(struct work_in_flight *h)
{
	work_in_flight_reset(h);
	free(h->read);
	free(h->item);
	free(h->id);
}

/*
 * How many more entries make all the batches of a turn, if they are like those
 * in flight; 0 if there are enough, or one more would be too much.
 */
static size_t
entries_wanted(const struct work_in_flight *h)
{
	uint64_t want = (uint64_t)h->batch_reports * WORK_BATCHES;

	if (h->n > 0) {
		if (h->reports >= want)
			return 0;
		want = (want - h->reports) * h->n / (h->reports + 1);
	}
	return want < READ_MAX ? (size_t)want : READ_MAX;
}

/* V of C's reading; without the group Redis was emptied, and it is made. */
static enum queue_verdict
with_group(const struct queue_consumer *c, enum queue_verdict v)
{
	return v == QUEUE_NONE ? queue_group_make(&c->stream, c->group, 0) : v;
}

/*
 * The first read waits for an entry; the others only linger for more, and that
 * only until there is a batch.  Who reads ahead has enough to do.
 */
static int
wait_ms(const struct work *w, const struct work_in_flight *h)
{
	if (w->once || h == &w->coming ||
	    h->reports >= (uint64_t)h->batch_reports ||
	    h->bytes >= WORK_BATCH_BYTES)
		return 0;
	return h->n == 0 ? BLOCK_MS : LINGER_MS;
}

/*
 * Read entries by C until H has enough, or none has come for as long as
 * wait_ms() says.  Returns 0; or -1 after a failure before there was any, while
 * one after that only ends the reading.
 */
static int
read_entries(struct work *w, const struct queue_consumer *c,
    struct work_in_flight *h)
{
	struct queue_batch b;
	size_t max;

	assert(h->n == 0);
	h->batch_reports = w->batch_reports;
	while ((max = entries_wanted(h)) > 0 &&
	    h->bytes < WORK_BATCH_BYTES && h->nread < READS_MAX) {
		if (with_group(c, queue_consumer_read(c, max,
		    WORK_BATCH_BYTES - h->bytes, wait_ms(w, h), &b)) !=
		    QUEUE_OK)
			return h->n > 0 ? 0 : -1;
		if (b.n == 0) {
			queue_batch_done(&b);
			return 0;
		}
		if (add_batch(h, &b, c->group) == -1)
			return h->n > 0 ? 0 : -1;
	}
	h->may_have_more = 1;
	return 0;
}

int
work_in_flight_read(struct work *w)
{
	struct work_in_flight none = w->in_flight;

	if (w->coming.n == 0)
		return read_entries(w, &w->consumer, &w->in_flight);
	w->in_flight = w->coming;
	w->coming = none;
	return 0;
}

void
work_in_flight_read_more(struct work *w)
{
	read_entries(w, &w->reader, &w->coming);
}

size_t
work_in_flight_end(const struct work_in_flight *h, size_t first)
{
	uint64_t reports = 0;
	size_t bytes = 0, i;

	for (i = first; i < h->n; i++) {
		reports += h->item[i].entry->count;
		if (i > first && (reports > (uint64_t)h->batch_reports ||
		    bytes >= WORK_BATCH_BYTES))
			break;
		bytes += h->item[i].entry->len;
	}
	return i;
}

/*
 * Each claim counts as a delivery, and too many deliveries condemn an entry.
 * So nothing is claimed while the database is away, which is asked first.
 */
int
work_in_flight_claim(struct work *w)
{
	struct queue_batch b;

	if (store_db_exec(w->db, "DO 0") == -1)
		return w->once ? store_db_connect(w->db, 0) : 0;
	if (with_group(&w->consumer, queue_consumer_claim(&w->consumer,
	    READ_MAX, WORK_BATCH_BYTES, w->cf.queue_claim_idle_s * 1000,
	    w->cf.queue_max_deliveries, &b)) != QUEUE_OK)
		return -1;
	w->in_flight.batch_reports = w->batch_reports;
	return add_batch(&w->in_flight, &b, w->consumer.group);
}
