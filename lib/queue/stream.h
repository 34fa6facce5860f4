/* SPDX-License-Identifier: ISC */
/*
 * The stream through which submissions travel to their consumers: what the
 * feed does with it, and what can be seen of it.  What groups of consumers
 * are is in queue/group.h, what consumers do in queue/consumer.h.
 *
 * Every function of this folder that works on a stream is told which; the
 * programs all take the one that location.ini names.
 *
 * A marker is a string in Redis, queue_names_feed(), that counts the records
 * which one feed has shipped to the stream.  Why it is changed only together
 * with the stream is at the top of stream.c.
 */
#ifndef QUEUE_STREAM_H
#define QUEUE_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "queue/entry.h"
#include "queue/verdict.h"

struct queue_batch;
struct queue_redis;

struct queue_stream {
	struct queue_redis	*redis;
	const char		*name;
};

/*
 * If MARKER is EXPECT, add N entries and set MARKER to VALUE, all or nothing;
 * the ids that the entries were given are set in them.  Otherwise returns
 * QUEUE_CHANGED.  After QUEUE_LOST it is unknown whether that was done.
 */
enum queue_verdict queue_stream_ship(const struct queue_stream *s,
	    struct queue_entry *e, size_t n, const char *marker,
	    const char *expect, const char *value);

/* The value of MARKER in TEXT (of CAP bytes), or QUEUE_NONE. */
enum queue_verdict queue_stream_marker(const struct queue_stream *s,
	    const char *marker, char *text, size_t cap);

/*
 * Set MARKER whatever it was, without the stream: for a feed that begins anew,
 * with a value that it has never had.
 */
enum queue_verdict queue_stream_set_marker(const struct queue_stream *s,
	    const char *marker, const char *value);

struct queue_state {
	struct queue_id	last;		/* newest entry ever */
	int64_t		length;		/* entries in the stream */
	int64_t		added;		/* ever; -1: Redis before 7 */
};

/* All zeros when there is no stream. */
enum queue_verdict queue_stream_state(const struct queue_stream *s,
	    struct queue_state *st);

/* Drop all entries before LOW.  *N is how many there were. */
enum queue_verdict queue_stream_trim(const struct queue_stream *s,
	    const struct queue_id *low, int64_t *n);

/*
 * Look at the newest entry before ID, or at the oldest that is not before ID,
 * whichever groups are done with it; nothing changes.  The batch has one
 * entry or none; the caller owes a queue_batch_done() after QUEUE_OK.
 */
enum queue_verdict queue_stream_newest_before(const struct queue_stream *s,
	    const struct queue_id *id, struct queue_batch *b);
enum queue_verdict queue_stream_oldest_from(const struct queue_stream *s,
	    const struct queue_id *id, struct queue_batch *b);

#endif
