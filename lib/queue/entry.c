/* SPDX-License-Identifier: ISC */
/*
 * An entry has names of one letter, as it is kept in Redis many times: "i" the
 * submission's id (16 bytes), "t" when it was accepted (milliseconds), "n" the
 * number of its reports, "k" the API key, "r" the report lines; and, if it is
 * for one group only, "g" that group, and "l" the number of the line that it
 * was.  What is read may have been put there by anybody: an entry that lacks
 * something is broken, but never wrong.
 */
#include <string.h>

#include "queue/command.h"
#include "queue/entry.h"
#include "queue/redis.h"

/* The names must not change: entries outlive the programs that made them. */
void
queue_entry_add(struct queue_command *c, const struct queue_entry *e)
{
	queue_command_str(c, "i");
	queue_command_add(c, e->sub, sizeof(e->sub));
	queue_command_str(c, "t");
	queue_command_num(c, e->time_ms);
	queue_command_str(c, "n");
	queue_command_num(c, e->count);
	queue_command_str(c, "k");
	queue_command_add(c, e->key, e->keylen);
	queue_command_str(c, "r");
	queue_command_add(c, e->payload, e->len);
	if (e->group != NULL) {
		queue_command_str(c, "g");
		queue_command_str(c, e->group);
	}
	if (e->line > 0) {
		queue_command_str(c, "l");
		queue_command_num(c, e->line);
	}
}

/* An entry without a group is for all of them, as the feed makes it. */
int
queue_entry_is_for(const struct queue_entry *e, const char *group)
{
	return e->group == NULL || strcmp(e->group, group) == 0;
}

/* Names may come in any order, and unknown ones are passed over. */
void
queue_entry_read(struct queue_entry *e, const struct queue_reply *fields)
{
	const char *sub;
	size_t len = 0;

	memset(e, 0, sizeof(*e));
	e->deliveries = 1;
	sub = queue_reply_text(queue_reply_member(fields, "i"), &len);
	if (sub != NULL && len == sizeof(e->sub))
		memcpy(e->sub, sub, len);
	else
		e->broken = 1;
	e->time_ms = queue_reply_num(queue_reply_member(fields, "t"));
	e->count = (uint32_t)queue_reply_num(queue_reply_member(fields, "n"));
	e->key = queue_reply_text(queue_reply_member(fields, "k"), &e->keylen);
	e->payload = queue_reply_text(queue_reply_member(fields, "r"),
	    &e->len);
	e->group = queue_reply_text(queue_reply_member(fields, "g"), &len);
	e->line = (uint32_t)queue_reply_num(queue_reply_member(fields, "l"));
	if (e->key == NULL || e->payload == NULL || e->len == 0) {
		e->keylen = e->len = 0;
		e->broken = 1;
	}
}
