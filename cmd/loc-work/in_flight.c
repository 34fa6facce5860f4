/* SPDX-License-Identifier: ISC */
/*
 * Reading entries until there are enough of them for a batch.  How many that
 * is depends on how many reports they have and how large they are, which is
 * known when they are there: the next read asks for as many as are missing if
 * they are like those before.
 */
#include <assert.h>

#include "queue/group.h"
#include "store/db.h"
#include "work.h"

#define BLOCK_MS	1000		/* longest wait for the first entry */
#define LINGER_MS	50		/* ... for more of them */
#define READ_MAX	64		/* entries of one read */

/* Put what was read to what is in flight, which owns it then. */
static void
add_batch(struct work_in_flight *h, const struct queue_batch *b)
{
	size_t i;

	assert(h->nread <= WORK_IN_FLIGHT_READS);
	h->read[h->nread++] = *b;
	h->n += b->n;
	h->bytes += b->bytes;
	for (i = 0; i < b->n; i++)
		h->reports += b->entry[i].count;
}

void
work_in_flight_done(struct work_in_flight *h)
{
	size_t i;

	for (i = 0; i < h->nread; i++)
		queue_batch_done(&h->read[i]);
	h->nread = h->n = h->bytes = 0;
	h->reports = 0;
}

/* How many more entries make a batch, if they are like those in flight. */
static size_t
entries_wanted(const struct work *w, const struct work_in_flight *h)
{
	uint64_t want = (uint64_t)w->cf.work_batch_reports;

	if (h->n > 0) {
		if (h->reports >= want)
			return 0;
		want = (want - h->reports) * h->n / (h->reports + 1);
	}
	return want < READ_MAX ? (size_t)want : READ_MAX;
}

/* V of reading; without the group Redis was emptied, and it is made. */
static enum queue_verdict
with_group(struct work *w, enum queue_verdict v)
{
	return v == QUEUE_NONE ? queue_group_make(&w->consumer.stream,
	    w->consumer.group, 0) : v;
}

/* The first read waits for an entry; the others only linger for more. */
int
work_in_flight_read(struct work *w, struct work_in_flight *h)
{
	int block = w->once ? 0 : BLOCK_MS;
	struct queue_batch b;
	size_t max;

	while ((max = entries_wanted(w, h)) > 0 &&
	    h->bytes < WORK_BATCH_BYTES && h->nread < WORK_IN_FLIGHT_READS) {
		if (with_group(w, queue_consumer_read(&w->consumer, max,
		    WORK_BATCH_BYTES - h->bytes, block, &b)) != QUEUE_OK)
			return h->n > 0 ? 0 : -1;
		if (b.n == 0) {
			queue_batch_done(&b);
			break;
		}
		add_batch(h, &b);
		block = w->once ? 0 : LINGER_MS;
	}
	return 0;
}

/*
 * A database that is away would make a claim count as a delivery for nothing,
 * and deliveries are what condemns an entry: so it is asked first.
 */
int
work_in_flight_claim(struct work *w, struct work_in_flight *h)
{
	struct queue_batch b;

	if (store_db_exec(w->db, "DO 0") == -1)
		return w->once ? store_db_connect(w->db, 0) : 0;
	if (with_group(w, queue_consumer_claim(&w->consumer, READ_MAX,
	    WORK_BATCH_BYTES, w->cf.queue_claim_idle_s * 1000,
	    w->cf.queue_max_deliveries, &b)) != QUEUE_OK)
		return -1;
	add_batch(h, &b);
	return 0;
}

void
work_in_flight_release(const struct work *w, const struct work_in_flight *h)
{
	size_t i;

	for (i = 0; i < h->nread; i++)
		if (queue_consumer_release(&w->consumer, h->read[i].entry,
		    h->read[i].n) != QUEUE_OK)
			return;
}
