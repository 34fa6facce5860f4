/* SPDX-License-Identifier: ISC */
/*
 * An entry has names of one letter, as it is kept in Redis many times: "i" the
 * submission's id (16 bytes), "t" when it was accepted (milliseconds), "n" the
 * number of its reports, "k" the API key, "r" the report lines; "w" the
 * witness (7 bytes), unless nothing is known of whom it is from; and, if it is
 * for one group only, "g" that group, and "l" the number of the line that it
 * was.  What is read may have been put there by anybody: an entry that lacks
 * something is broken, but never wrong.
 */
#include <string.h>

#include "base/bytes.h"
#include "queue/command.h"
#include "queue/entry.h"
#include "queue/redis.h"

/*
 * The names must not change: entries outlive the programs that made them.  The
 * script in lag.c reads "n" as well; and a dead letter has two names more, see
 * dead.c.
 */
void
queue_entry_add(struct queue_command *c, const struct queue_entry *e)
{
	int has_witness = !obs_witness_is_none(&e->witness);
	uint8_t witness[OBS_WITNESS_BYTES];

	obs_witness_write(witness, &e->witness);
	queue_command_str(c, "i");
	queue_command_add(c, e->submission, sizeof(e->submission));
	queue_command_str(c, "t");
	queue_command_num(c, e->time_ms);
	queue_command_str(c, "n");
	queue_command_num(c, e->count);
	queue_command_str(c, "k");
	queue_command_add(c, e->key, e->keylen);
	queue_command_str(c, "r");
	queue_command_add(c, e->payload, e->len);
	if (has_witness) {
		queue_command_str(c, "w");
		queue_command_copy(c, witness, sizeof(witness));
	}
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
queue_entry_read(struct queue_entry *e, const struct queue_id *id,
    const struct queue_reply *fields)
{
	const char *submission, *witness;
	size_t len = 0;

	memset(e, 0, sizeof(*e));
	e->id = *id;
	e->deliveries = 1;
	submission = queue_reply_text(queue_reply_member(fields, "i"), &len);
	if (submission != NULL && len == sizeof(e->submission))
		memcpy(e->submission, submission, len);
	else
		e->broken = 1;
	e->time_ms = queue_reply_num(queue_reply_member(fields, "t"));
	e->count = (uint32_t)queue_reply_num(queue_reply_member(fields, "n"));
	e->key = queue_reply_text(queue_reply_member(fields, "k"), &e->keylen);
	e->payload = queue_reply_text(queue_reply_member(fields, "r"),
	    &e->len);
	witness = queue_reply_text(queue_reply_member(fields, "w"), &len);
	if (witness != NULL && len == OBS_WITNESS_BYTES)
		obs_witness_read(&e->witness, (const uint8_t *)witness);
	e->group = queue_reply_text(queue_reply_member(fields, "g"), &len);
	e->line = (uint32_t)queue_reply_num(queue_reply_member(fields, "l"));
	if (e->key == NULL || e->payload == NULL || e->len == 0) {
		e->keylen = e->len = 0;
		e->broken = 1;
	}
	if (e->broken)
		base_bytes_put_be(base_bytes_put_be(e->submission, id->ms, 8),
		    id->seq, 8);
}

/* The last line may lack its end. */
int
queue_entry_line(const struct queue_entry *e, struct queue_line *l)
{
	const char *end = e->payload + e->len, *lf;

	l->text = l->number == 0 ? e->payload : l->text + l->len + 1;
	if (l->text >= end)
		return 0;
	if ((lf = memchr(l->text, '\n', (size_t)(end - l->text))) == NULL)
		lf = end;
	l->len = (size_t)(lf - l->text);
	l->number++;
	return 1;
}
