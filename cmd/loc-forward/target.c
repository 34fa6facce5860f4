/* SPDX-License-Identifier: ISC */
/*
 * One target: entries of its group are read until there is a batch, or long
 * enough has been waited for one; what was delivered is acknowledged.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "forward.h"
#include "net/statsd.h"
#include "queue/group.h"
#include "queue/redis.h"

#define REDIS_MS	10000		/* longest wait for an answer */
#define READ_MAX	64		/* entries of one read, */
#define READ_BYTES	(8 * 1024 * 1024)	/* ... about */
#define BLOCK_MS	1000		/* longest wait for them */
#define ONCE_MS		200		/* between looks for others' entries */
#define PAUSE_MS	1000		/* while Redis is away */
#define ONCE_TRIES	3		/* of -1, then */
#define IN_FLIGHT_BYTES	(64 * 1024 * 1024)	/* in flight, ... */
#define IN_FLIGHT_ENTRIES 50000				/* ... at most, about */
#define OLD_MS		3600000		/* a consumer that is gone */

_Static_assert(BLOCK_MS < REDIS_MS,
    "a read that waits ends before the connection is taken for lost");

/*
 * How many of the first reports of P go into the next batch: as many as the
 * row allows and as fit, but one at least, however long it is.
 */
static size_t
next_batch_len(const struct forward *f, const struct forward_part *p)
{
	size_t bytes = 0, max = p->n, n;

	if (f->row->batch > 0 && (size_t)f->row->batch < max)
		max = (size_t)f->row->batch;
	for (n = 0; n < max; n++) {
		bytes += p->report[n].len;
		if (n > 0 && bytes > f->batch_bytes)
			break;
	}
	return n;
}

/*
 * When the next batch of P is to go, from now on: 0 at once.  Without a batch
 * size in the row nothing is waited for.
 */
static int64_t
part_due_ms(const struct forward *f, const struct forward_part *p)
{
	int64_t left = p->report[0].since_ms + f->wait_ms -
	    base_clock_mono_ms();

	if (f->row->batch == 0 || p->n >= (size_t)f->row->batch ||
	    p->text.len >= f->batch_bytes)
		return 0;
	return left > 0 ? left : 0;
}

/* The part to be sent next, and in how many milliseconds; NULL: none. */
static struct forward_part *
next_part(const struct forward *f, int64_t *ms)
{
	struct forward_part *next = NULL, *p;
	int64_t t;

	for (p = f->parts; p != NULL; p = p->next) {
		if (p->n == 0 || ((t = part_due_ms(f, p)) >= *ms &&
		    next != NULL))
			continue;
		next = p;
		*ms = t;
	}
	return next;
}

/*
 * Add what was read to what is in flight.  Returns how many entries, or -1.
 * An entry that was delivered so often without being done has probably killed
 * those who tried; it is set aside whole, so that it does not keep the others
 * from ever being delivered.
 */
static int
take_batch(struct forward *f, struct queue_batch *b)
{
	const struct queue_entry *e;
	int n = (int)b->n, rc = 0;
	size_t i;

	for (i = 0; i < b->n && rc == 0; i++) {
		e = &b->entry[i];
		if (e->deliveries <= 2 * f->cf->queue_max_deliveries) {
			rc = forward_in_flight_add(f, e);
			continue;
		}
		rc = forward_in_flight_bury(f, e, NULL, "failed too often");
	}
	queue_batch_done(b);
	return rc == 0 ? n : -1;
}

/*
 * Read for BLOCK_MS at most, or what others left if that is DUE.  Returns how
 * many entries there were, -1 to give up, or -2 if Redis is away.
 */
static int
fetch_entries(struct forward *f, int block_ms, int64_t *due)
{
	int64_t now = base_clock_mono_ms(), idle;
	struct queue_batch b;
	enum queue_verdict v;
	int n = 0;

	idle = f->cf->queue_claim_idle_s * 1000;
	if (now >= *due) {
		v = queue_consumer_claim(&f->consumer, READ_MAX,
		    READ_BYTES, idle,
		    f->cf->queue_max_deliveries, &b);
		if (v < 0)
			return -2;
		if (v == QUEUE_OK && (n = take_batch(f, &b)) == -1)
			return -1;
		if (n == 0)
			*due = now + idle;
		if (n > 0)
			return n;
	}
	v = queue_consumer_read(&f->consumer, READ_MAX, READ_BYTES, block_ms,
	    &b);
	if (v < 0)
		return -2;
	if ((f->no_group = v == QUEUE_NONE)) {	/* it is yet to be made */
		forward_deliver_nap(f, block_ms);
		return 0;
	}
	return take_batch(f, &b);
}

/*
 * 1 something was done, 0 there is nothing now; else as fetch_entries().  A
 * turn reads if no batch is due, but no longer than until one is; then it
 * delivers a batch, if one is due or nothing more can be taken in.  What is in
 * flight is bounded by bytes and entries, as parts of objects may wait for
 * hours.
 */
static int
deliver_turn(struct forward *f, int64_t *due)
{
	int64_t ms = BLOCK_MS;
	struct forward_part *p;
	int full, n = 0;

	full = f->bytes >= IN_FLIGHT_BYTES || f->nentries >= IN_FLIGHT_ENTRIES;
	p = next_part(f, &ms);
	if (ms > BLOCK_MS)
		ms = BLOCK_MS;
	if (!full && (p == NULL || part_due_ms(f, p) > 0) &&
	    (n = fetch_entries(f, f->once ? 0 : (int)ms, due)) < 0)
		return n;
	ms = INT64_MAX;
	p = next_part(f, &ms);
	if (p != NULL && (full || ms == 0 || (f->once && n == 0))) {
		if (forward_deliver(f, p, next_batch_len(f, p)) == -1)
			return -1;
		n = 1;
	}
	forward_in_flight_renew(f);
	if (f->row->schema == STORE_EXPORT_S3)
		forward_object_settle(f, 1);
	return forward_in_flight_ack(f) == -1 ? -2 : n > 0;
}

/*
 * One turn after the other until told to stop.  With -1, until nothing is left
 * for the group, here or with others, or Redis is away for too long.
 */
static int
run_target(struct forward *f)
{
	int64_t due = 0;
	int away = 0, idle, n;

	while (!forward_signals_stop) {
		if ((n = deliver_turn(f, &due)) == -1)
			return forward_signals_stop ? EX_OK : EX_TEMPFAIL;
		away = n == -2 ? away + 1 : 0;
		if (f->once && away >= ONCE_TRIES)
			return EX_TEMPFAIL;
		if (away > 0)
			forward_deliver_nap(f, PAUSE_MS);
		if (n != 0 || !f->once)
			continue;
		queue_group_idle(&f->consumer.stream, f->consumer.group,
		    &idle);
		if (f->no_group)
			warnx("%s: its group is not there, see loc-work(1)",
			    f->row->name);
		if (idle)
			return f->no_group ? EX_TEMPFAIL : EX_OK;
		due = 0;
		forward_deliver_nap(f, ONCE_MS);
	}
	return EX_OK;
}

/*
 * What is in flight goes back, what was delivered does not.  If Redis is away
 * nothing is lost either: others take the entries over when they were idle for
 * long enough, and deliver again what could not be acknowledged.
 */
static void
leave_group(struct forward *f)
{
	if (queue_redis_connect(f->consumer.stream.redis) == -1)
		return;
	if (forward_in_flight_ack(f) == 0)
		forward_in_flight_release(f);
	queue_consumer_leave(&f->consumer);
	queue_group_tidy(&f->consumer.stream, f->consumer.group, OLD_MS);
}

/* Whatever happens in between, what is in flight goes back at the end. */
int
forward_target(const struct conf_file *cf, const struct store_export *row,
    struct forward_stats *stats, int once, int verbose)
{
	struct forward f = { .cf = cf, .row = row, .stats = stats,
	    .once = once, .verbose = verbose };
	struct queue_stream stream;
	int rc = EX_TEMPFAIL;

	f.entries_end = &f.entries;
	f.wait_ms = 1000 * (row->schema == STORE_EXPORT_S3 ?
	    cf->forward_s3_wait_s : cf->forward_wait_s);
	f.statsd = net_statsd_open(cf);
	stream.name = cf->queue_stream;
	stream.redis = queue_redis_new(cf->cache_url, REDIS_MS);
	queue_consumer_init(&f.consumer, &stream, row->name);
	base_buf_init(&f.body);
	base_arena_init(&f.line);
	if (stream.redis != NULL && forward_send_open(&f) == 0) {
		rc = run_target(&f);
		leave_group(&f);
	}
	forward_send_end(&f);
	forward_in_flight_free(&f);
	base_buf_done(&f.body);
	base_arena_done(&f.line);
	queue_redis_free(stream.redis);
	net_statsd_free(f.statsd);
	return rc;
}
