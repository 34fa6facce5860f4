/* SPDX-License-Identifier: ISC */
/*
 * Redis writes the place of an entry as MILLISECONDS-NUMBER.  It also takes,
 * and a few of its answers hold, the first number alone, which means -0.
 */
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "queue/id.h"
#include "queue/redis.h"

/*
 * Redis takes a time alone for the first id of its millisecond, and so do we.
 * Ids of 64 bits without a sign would be none here: times of that size are in
 * no stream.
 */
int
queue_id_parse(struct queue_id *id, const char *text, size_t len)
{
	const char *dash;
	int64_t ms, seq = 0;

	if (text == NULL)
		return 0;
	if ((dash = memchr(text, '-', len)) == NULL)
		dash = text + len;
	if (!base_num_i64(text, (size_t)(dash - text), &ms) || ms < 0 ||
	    (dash < text + len && (!base_num_i64(dash + 1,
	    (size_t)(text + len - dash - 1), &seq) || seq < 0)))
		return 0;
	id->ms = (uint64_t)ms;
	id->seq = (uint64_t)seq;
	return 1;
}

int
queue_id_read(struct queue_id *id, const struct queue_reply *reply)
{
	const char *text;
	size_t len = 0;

	text = queue_reply_text(reply, &len);
	return queue_id_parse(id, text, len);
}

void
queue_id_format(char text[QUEUE_ID_TEXT], const struct queue_id *id)
{
	snprintf(text, QUEUE_ID_TEXT, "%llu-%llu",
	    (unsigned long long)id->ms, (unsigned long long)id->seq);
}

/* By number: texts of ids do not sort, as their parts have any length. */
int
queue_id_cmp(const struct queue_id *a, const struct queue_id *b)
{
	if (a->ms != b->ms)
		return a->ms < b->ms ? -1 : 1;
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}
