/* SPDX-License-Identifier: ISC */
/*
 * A consumer: a process that works for a consumer group of a stream.
 *
 * Redis delivers every entry to one consumer of each group, for which it is
 * pending until it is acknowledged.  A consumer that has read or claimed
 * entries has them in flight: it renews its claim on them while it works, and
 * in the end acknowledges them, releases them, or requeues what is left of
 * them.  If it dies, others claim the entries when nobody has renewed them
 * for a while.
 */
#ifndef QUEUE_CONSUMER_H
#define QUEUE_CONSUMER_H

#include <stddef.h>
#include <stdint.h>

#include "queue/stream.h"
#include "queue/verdict.h"

struct queue_batch;
struct queue_entry;
struct queue_id;

#define QUEUE_CONSUMER_NAME	128

struct queue_consumer {
	struct queue_stream	 stream;
	const char		*group;		/* borrowed */
	char			 name[QUEUE_CONSUMER_NAME];
};

/*
 * Make C a consumer of GROUP, with a name that no other process has.  It
 * borrows the group's name, and STREAM's connection and name.  A copy of it
 * with another connection is the same consumer, for another thread.
 */
void	queue_consumer_init(struct queue_consumer *c,
	    const struct queue_stream *stream, const char *group);

/*
 * Read up to MAX new entries, and no more once they have MAX_BYTES.  If there
 * are none, wait up to BLOCK_MS for one, which has to be less than the timeout
 * of the connection; 0: do not wait.  The caller owes a queue_batch_done()
 * after QUEUE_OK, also for a batch of none.  QUEUE_NONE: there is no such
 * group.
 */
enum queue_verdict queue_consumer_read(const struct queue_consumer *c,
	    size_t max, size_t max_bytes, int block_ms, struct queue_batch *b);

/*
 * Take over entries that their consumers left alone for IDLE_MS (a day, about,
 * at most), if there are any; otherwise as queue_consumer_read().  An entry
 * that was delivered ALONE_AFTER times or more is claimed by itself, so that a
 * crash from then on is its own fault and not a neighbour's.
 */
enum queue_verdict queue_consumer_claim(const struct queue_consumer *c,
	    size_t max, size_t max_bytes, int64_t idle_ms,
	    int64_t alone_after, struct queue_batch *b);

/*
 * Say that C is still at work on N entries, so that nobody claims them.  Those
 * that are acknowledged already are passed over; those that others have claimed
 * meanwhile become C's again.
 */
enum queue_verdict queue_consumer_renew(const struct queue_consumer *c,
	    const struct queue_id *id, size_t n);

/*
 * Give back N entries that C has done nothing with, through no fault of
 * theirs: anybody may claim them at once.  Their delivery to C does not count;
 * those before it do.  Entries that others have claimed meanwhile stay theirs.
 */
enum queue_verdict queue_consumer_release(const struct queue_consumer *c,
	    const struct queue_id *id, size_t n);

/* Acknowledge N entries: the group is done with them. */
enum queue_verdict queue_consumer_ack(const struct queue_consumer *c,
	    const struct queue_id *id, size_t n);

/*
 * Requeue what is left of E, COUNT reports that are the lines of PAYLOAD of LEN
 * bytes: they become an entry for C's group alone, and E is acknowledged.
 * Nothing happens if E is acknowledged already.
 */
enum queue_verdict queue_consumer_requeue(const struct queue_consumer *c,
	    const struct queue_entry *e, uint32_t count, const char *payload,
	    size_t len);

/* Have Redis forget C, unless entries are pending for it. */
enum queue_verdict queue_consumer_leave(const struct queue_consumer *c);

#endif
