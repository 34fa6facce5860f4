/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "queue/batch.h"
#include "queue/redis.h"

/* Entries that were deleted meanwhile come as nil, and are left out. */
enum queue_verdict
queue_batch_read(struct queue_batch *b, const struct queue_reply *list)
{
	const struct queue_reply *item;
	struct queue_id id;
	size_t i, n = queue_reply_count(list), parts;
	struct queue_entry *e;

	if (n == 0)
		return QUEUE_OK;
	if ((b->entry = calloc(n, sizeof(*b->entry))) == NULL) {
		warn("redis");
		queue_batch_done(b);
		return QUEUE_LOST;
	}
	for (i = 0; i < n; i++) {
		item = queue_reply_at(list, i);
		if ((parts = queue_reply_count(item)) < 2)
			continue;
		e = &b->entry[b->n++];
		queue_id_read(&id, queue_reply_at(item, 0));
		queue_entry_read(e, &id, queue_reply_at(item, 1));
		if (parts > 2)
			e->deliveries = queue_reply_num(queue_reply_at(item,
			    2));
		b->bytes += e->keylen + e->len;
	}
	return QUEUE_OK;
}

/* Entries borrow their texts from the reply, so both go together. */
void
queue_batch_done(struct queue_batch *b)
{
	free(b->entry);
	queue_reply_free(b->reply);
	memset(b, 0, sizeof(*b));
}
