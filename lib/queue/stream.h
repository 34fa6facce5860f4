/* SPDX-License-Identifier: ISC */
/*
 * The stream through which submissions travel to their consumers.  Every
 * kind of consumer is a group with its own place in the stream; what a group
 * was given and has not acknowledged stays pending for it.
 */
#ifndef QUEUE_STREAM_H
#define QUEUE_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "queue/entry.h"

struct queue_batch;
struct queue_redis;

struct queue_stream {
	struct queue_redis	*redis;
	const char		*name;
};

/* Results: 0 done, -1 the connection is lost, -2 the server refused. */

/*
 * If MARKER is EXPECT, add N entries and set MARKER to VALUE, all or nothing;
 * the ids given to the entries are set in them.  Returns 1 if MARKER is
 * anything else, -3 if the server has no memory for them; then nothing was
 * done.
 */
int	queue_stream_ship(const struct queue_stream *s,
	    struct queue_entry *e, size_t n, const char *marker,
	    const char *expect, const char *value);

/* The value of MARKER: 1 and in TEXT (of CAP bytes), 0 if there is none. */
int	queue_stream_marker(const struct queue_stream *s, const char *marker,
	    char *text, size_t cap);
int	queue_stream_set_marker(const struct queue_stream *s,
	    const char *marker, const char *value);

struct queue_state {
	struct queue_id	last;		/* newest entry ever */
	int64_t		length;		/* entries in the stream */
	int64_t		added;		/* ever; -1: Redis before 7 */
};

/* All zeros when there is no stream. */
int	queue_stream_state(const struct queue_stream *s,
	    struct queue_state *st);

/* Drop entries before LOW.  Returns how many, or -1 or -2. */
int64_t	queue_stream_trim(const struct queue_stream *s,
	    const struct queue_id *low);

/*
 * Look at the newest entry before ID, whoever has done it: none or one, and
 * nothing changes.  The caller owes a queue_batch_done() after 0.
 */
int	queue_stream_newest_before(const struct queue_stream *s,
	    const struct queue_id *id, struct queue_batch *b);

/* The same with the oldest entry that is not before ID. */
int	queue_stream_oldest_from(const struct queue_stream *s,
	    const struct queue_id *id, struct queue_batch *b);

#endif
