/* SPDX-License-Identifier: ISC */
/* Entries as Redis answered with them. */
#ifndef QUEUE_BATCH_H
#define QUEUE_BATCH_H

#include <stddef.h>

#include "queue/entry.h"
#include "queue/verdict.h"

struct queue_reply;

/* Entries that were read from a stream; they borrow from it. */
struct queue_batch {
	struct queue_entry	*entry;
	size_t			 n;
	size_t			 bytes;		/* keys and payloads */
	struct queue_reply	*reply;		/* what is borrowed */
};

/*
 * Read the entries of LIST, a part of B->reply: each an id, names and values,
 * and how often it was delivered (once without that).  Returns QUEUE_OK; or
 * QUEUE_LOST after a warning when memory is short, with nothing in B.
 */
enum queue_verdict queue_batch_read(struct queue_batch *b,
	    const struct queue_reply *list);
void	queue_batch_done(struct queue_batch *b);

#endif
