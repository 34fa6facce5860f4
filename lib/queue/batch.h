/* SPDX-License-Identifier: ISC */
/* Entries as Redis answered with them. */
#ifndef QUEUE_BATCH_H
#define QUEUE_BATCH_H

#include <stddef.h>

#include "queue/entry.h"

struct queue_reply;

/* Entries that were given out; they borrow from it. */
struct queue_batch {
	struct queue_entry	*entry;
	size_t			 n;
	struct queue_reply	*reply, *pending;	/* what is borrowed */
};

/* Read the entries of LIST, which B->reply holds.  0, or -1 after a warning. */
int	queue_batch_read(struct queue_batch *b,
	    const struct queue_reply *list);
void	queue_batch_done(struct queue_batch *b);

#endif
