/* SPDX-License-Identifier: ISC */
/*
 * One batch: from the spool into the stream.
 *
 * A batch is copied out of the reader's buffer, as it may have to be shipped
 * again, or asked after, when the connection is lost; the reader goes on only
 * when it has arrived.  It is small enough that a transaction does not hold
 * up Redis for others, and large enough that a round trip is shared by many.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "feed.h"
#include "io/outage.h"
#include "queue/groups.h"
#include "queue/redis.h"

#define BATCH_BYTES	(4 * 1024 * 1024)	/* of one transaction, about */

_Static_assert(SPOOL_RECORD_ID_LEN == QUEUE_ENTRY_SUBMISSION,
    "the id of a submission is the same in the spool and the stream");

static const char shipping[] = "redis: shipping, which waits";

/* Entries borrow from BYTES, which may move while it grows: so set last. */
int
feed_gather(struct feed *f)
{
	struct spool_record rec;
	struct queue_entry *e;
	size_t at[FEED_BATCH], i;
	int rc = 0;

	base_buf_reset(&f->bytes);
	while (f->n < FEED_BATCH && f->bytes.len < BATCH_BYTES &&
	    (rc = spool_reader_next(f->spool, &rec, &f->place[f->n])) == 1) {
		e = &f->entry[f->n];
		memset(e, 0, sizeof(*e));
		memcpy(e->submission, rec.id, sizeof(e->submission));
		e->time_ms = rec.time_ms;
		e->count = rec.count;
		/* Other targets had it before it was brought back. */
		e->group = rec.restored ? QUEUE_GROUP_INTERNAL : NULL;
		e->witness = rec.witness;
		e->keylen = rec.keylen;
		e->len = rec.len;
		at[f->n++] = f->bytes.len;
		base_buf_add(&f->bytes, rec.key, rec.keylen);
		base_buf_add(&f->bytes, rec.payload, rec.len);
	}
	if (!base_buf_ok(&f->bytes)) {
		warnx("out of memory");
		return -1;
	}
	for (i = 0; i < f->n; i++) {
		f->entry[i].key = f->bytes.data + at[i];
		f->entry[i].payload = f->entry[i].key + f->entry[i].keylen;
	}
	return rc == -1 ? -1 : 0;
}

int64_t
feed_waiting(const struct feed *f)
{
	return spool_reader_waiting(f->spool) +
	    (f->n > 0 ? (int64_t)f->bytes.len : 0);
}

/*
 * Whatever went wrong, a look at the stream follows before anything else is
 * shipped: it finds out what has become of the batch.
 */
int
feed_ship(struct feed *f)
{
	char expect[24], value[24];
	enum queue_verdict v;

	assert(f->n > 0 && f->n <= FEED_BATCH);
	snprintf(expect, sizeof(expect), "%llu",
	    (unsigned long long)f->count);
	snprintf(value, sizeof(value), "%llu",
	    (unsigned long long)(f->count + f->n));
	v = queue_stream_ship(&f->stream, f->entry, f->n, f->marker, expect,
	    value);
	if (v == QUEUE_OK) {
		io_outage_shared_works("%s", shipping);
		return feed_arrived(f);
	}
	if (v == QUEUE_REFUSED || v == QUEUE_FULL)
		io_outage_shared_fails(queue_redis_error(f->stream.redis),
		    "%s", shipping);
	f->starved = v == QUEUE_FULL;
	f->unsure = v == QUEUE_LOST;
	f->connected = 0;
	return -1;
}
