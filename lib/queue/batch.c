/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "queue/batch.h"
#include "queue/redis.h"

enum queue_verdict
queue_batch_read(struct queue_batch *b, const struct queue_reply *list)
{
	const struct queue_reply *pair;
	size_t i, n = queue_reply_count(list);

	if (n == 0)
		return QUEUE_OK;
	if ((b->entry = calloc(n, sizeof(*b->entry))) == NULL) {
		warn("redis");
		queue_batch_done(b);
		return QUEUE_LOST;
	}
	/* Entries deleted meanwhile come as nil. */
	for (i = 0; i < n; i++)
		if (queue_reply_count((pair = queue_reply_at(list, i))) == 2) {
			queue_entry_read(&b->entry[b->n],
			    queue_reply_at(pair, 1));
			queue_id_read(&b->entry[b->n++].id,
			    queue_reply_at(pair, 0));
		}
	return QUEUE_OK;
}

void
queue_batch_done(struct queue_batch *b)
{
	free(b->entry);
	queue_reply_free(b->reply);
	queue_reply_free(b->pending);
	memset(b, 0, sizeof(*b));
}
