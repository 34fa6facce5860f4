/* SPDX-License-Identifier: ISC */
/*
 * What was shipped and is not done by all groups: in order, with the place
 * of each record in the spool, its id in the stream, and its bytes.
 */
#ifndef FEED_RING_H
#define FEED_RING_H

#include <stddef.h>
#include <stdint.h>

#include "queue/id.h"
#include "spool/reader.h"

/* All zeros is an empty one. */
struct feed_ring {
	struct feed_shipped	*at;
	size_t			 cap, head, len;
	int64_t			 shipped, done;	/* bytes, ever */
	/* of what an earlier run shipped, of which only the sum is known */
	struct queue_id		 old_last;	/* newest of it */
	int64_t			 old_bytes;	/* still in the stream, about */
	int64_t			 old_entries;	/* ... or -1: not known yet */
};

void	feed_ring_done(struct feed_ring *r);

/* Forget everything: it will be shipped again. */
void	feed_ring_reset(struct feed_ring *r);

/*
 * A record of BYTES was shipped as ID, which is not less than any before.
 * Returns 0, or -1 after a warning.
 */
int	feed_ring_push(struct feed_ring *r, const struct spool_place *place,
	    const struct queue_id *id, size_t bytes);

/* The same for BYTES up to PLACE that an earlier run shipped, up to LAST. */
int	feed_ring_push_old(struct feed_ring *r,
	    const struct spool_place *place, const struct queue_id *last,
	    int64_t bytes);

/*
 * If the oldest was shipped before LOW, remove it: *PLACE is where it stands
 * in the spool.  Returns 1 or 0.
 */
int	feed_ring_pop(struct feed_ring *r, const struct queue_id *low,
	    struct spool_place *place);

/* 1 if there is one that was shipped before ID. */
int	feed_ring_has_before(const struct feed_ring *r,
	    const struct queue_id *id);

/* The stream had LENGTH entries, and N of the oldest are gone since; or 0. */
void	feed_ring_trimmed(struct feed_ring *r, int64_t n, int64_t length);

/* Bytes of what is not done; and of what was shipped from LOW on. */
int64_t	feed_ring_bytes(const struct feed_ring *r);
int64_t	feed_ring_bytes_from(const struct feed_ring *r,
	    const struct queue_id *low);

/*
 * How many of the oldest entries of the stream, which has LENGTH, have BYTES
 * together, about; not less than 1.
 */
int64_t	feed_ring_entries_of(const struct feed_ring *r, int64_t bytes,
	    int64_t length);

#endif
