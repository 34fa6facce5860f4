/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/batch.h"
#include "queue/command.h"
#include "queue/consumer.h"
#include "queue/redis.h"
#include "queue/stream.h"

/* Longer than anybody waits before taking over what others have. */
#define LONG_IDLE_MS	"864000000"

/*
 * KEYS: stream.  ARGV: group, entry, then names and values of another, which
 * takes its place even if there is no memory for it.
 */
static const char replace[] =
    "if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 1 then\n"
    "  redis.call('XADD', KEYS[1], '*', unpack(ARGV, 3))\n"
    "end\n";

void
queue_consumer_init(struct queue_consumer *c,
    const struct queue_stream *stream, const char *group)
{
	char host[64];

	c->stream = *stream;
	c->group = group;
	if (gethostname(host, sizeof(host)) == -1)
		strlcpy(host, "unknown", sizeof(host));
	host[sizeof(host) - 1] = '\0';
	snprintf(c->name, sizeof(c->name), "%s-%ld-%08x", host,
	    (long)getpid(), arc4random());
}

/* As queue_reply_verdict(), but QUEUE_NONE if there is no such group. */
static enum queue_verdict
group_verdict(struct queue_reply *reply, const char *what)
{
	const char *e = queue_reply_error(reply);

	if (e != NULL && strncmp(e, "NOGROUP", 7) == 0) {
		queue_reply_free(reply);
		return QUEUE_NONE;
	}
	return queue_reply_verdict(reply, what);
}

enum queue_verdict
queue_consumer_read(const struct queue_consumer *c, size_t max, int block_ms,
    struct queue_batch *b)
{
	const struct queue_stream *s = &c->stream;
	char block[16], count[24];
	struct queue_reply *reply;

	memset(b, 0, sizeof(*b));
	snprintf(count, sizeof(count), "%zu", max);
	snprintf(block, sizeof(block), "%d", block_ms);
	/* BLOCK 0 would wait for ever. */
	reply = block_ms > 0 ? queue_redis_run(s->redis, "XREADGROUP",
	    "GROUP", c->group, c->name, "COUNT", count, "BLOCK", block,
	    "STREAMS", s->name, ">", NULL) :
	    queue_redis_run(s->redis, "XREADGROUP", "GROUP", c->group,
	    c->name, "COUNT", count, "STREAMS", s->name, ">", NULL);
	if (reply == NULL || queue_reply_error(reply) != NULL)
		return group_verdict(reply, "XREADGROUP");
	b->reply = reply;
	return queue_batch_read(b, queue_reply_at(queue_reply_at(reply, 0), 1));
}

/* How many of the entries of PENDING, from the first, to take at once. */
static size_t
claimable(const struct queue_reply *pending, int64_t alone_after)
{
	const struct queue_reply *p;
	size_t i;

	for (i = 0; i < queue_reply_count(pending); i++) {
		p = queue_reply_at(pending, i);
		if (queue_reply_num(queue_reply_at(p, 3)) >= alone_after)
			return i == 0 ? 1 : i;
	}
	return i;
}

/* Add the ids of the first N of PENDING. */
static void
add_pending(struct queue_command *c, const struct queue_reply *pending,
    size_t n)
{
	struct queue_id id;
	size_t i;

	for (i = 0; i < n; i++)
		if (queue_id_read(&id, queue_reply_at(queue_reply_at(pending,
		    i), 0)))
			queue_command_id(c, &id);
}

/* The entries of B were among the first N of B->pending. */
static void
count_deliveries(struct queue_batch *b, size_t n)
{
	const struct queue_reply *p;
	struct queue_id id;
	size_t i, k;

	for (i = 0; i < b->n; i++)
		for (k = 0; k < n; k++) {
			p = queue_reply_at(b->pending, k);
			if (queue_id_read(&id, queue_reply_at(p, 0)) &&
			    queue_id_cmp(&id, &b->entry[i].id) == 0)
				b->entry[i].deliveries = 1 +
				    queue_reply_num(queue_reply_at(p, 3));
		}
}

/* Begin WORD for the group of C. */
static void
begin_command(struct queue_command *cmd, const char *word,
    const struct queue_consumer *c)
{
	queue_command_init(cmd, word);
	queue_command_str(cmd, c->stream.name);
	queue_command_str(cmd, c->group);
}

enum queue_verdict
queue_consumer_claim(const struct queue_consumer *c, size_t max,
    int64_t idle_ms, int64_t alone_after, struct queue_batch *b)
{
	const struct queue_stream *s = &c->stream;
	struct queue_command cmd;
	char count[24], idle[24];
	enum queue_verdict v;
	size_t n;

	memset(b, 0, sizeof(*b));
	snprintf(count, sizeof(count), "%zu", max);
	snprintf(idle, sizeof(idle), "%lld", (long long)idle_ms);
	b->pending = queue_redis_run(s->redis, "XPENDING", s->name, c->group,
	    "IDLE", idle, "-", "+", count, NULL);
	if (b->pending == NULL || queue_reply_error(b->pending) != NULL) {
		v = group_verdict(b->pending, "XPENDING");
		b->pending = NULL;
		return v;
	}
	if ((n = claimable(b->pending, alone_after)) == 0)
		return QUEUE_OK;
	begin_command(&cmd, "XCLAIM", c);
	queue_command_str(&cmd, c->name);
	queue_command_str(&cmd, idle);
	add_pending(&cmd, b->pending, n);
	b->reply = queue_command_run(&cmd, s->redis);
	if (b->reply == NULL || queue_reply_error(b->reply) != NULL) {
		v = queue_reply_verdict(b->reply, "XCLAIM");
		b->reply = NULL;
		queue_batch_done(b);
		return v;
	}
	if ((v = queue_batch_read(b, b->reply)) == QUEUE_OK)
		count_deliveries(b, n);
	return v;
}

static void
add_ids(struct queue_command *cmd, const struct queue_entry *e, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		queue_command_id(cmd, &e[i].id);
}

enum queue_verdict
queue_consumer_ack(const struct queue_consumer *c,
    const struct queue_entry *e, size_t n)
{
	struct queue_command cmd;

	if (n == 0)
		return QUEUE_OK;
	begin_command(&cmd, "XACK", c);
	add_ids(&cmd, e, n);
	return queue_reply_verdict(queue_command_run(&cmd, c->stream.redis),
	    "XACK");
}

/* Set how long C has left N entries alone; DELIVERIES NULL: as they are. */
static enum queue_verdict
set_idle(const struct queue_consumer *c, const struct queue_entry *e,
    size_t n, const char *idle_ms, const char *deliveries)
{
	struct queue_command cmd;

	if (n == 0)
		return QUEUE_OK;
	begin_command(&cmd, "XCLAIM", c);
	queue_command_str(&cmd, c->name);
	queue_command_num(&cmd, 0);
	add_ids(&cmd, e, n);
	queue_command_str(&cmd, "IDLE");
	queue_command_str(&cmd, idle_ms);
	if (deliveries != NULL) {
		queue_command_str(&cmd, "RETRYCOUNT");
		queue_command_str(&cmd, deliveries);
	}
	queue_command_str(&cmd, "JUSTID");
	return queue_reply_verdict(queue_command_run(&cmd, c->stream.redis),
	    "XCLAIM");
}

enum queue_verdict
queue_consumer_renew(const struct queue_consumer *c,
    const struct queue_entry *e, size_t n)
{
	return set_idle(c, e, n, "0", NULL);
}

enum queue_verdict
queue_consumer_release(const struct queue_consumer *c,
    const struct queue_entry *e, size_t n)
{
	return set_idle(c, e, n, LONG_IDLE_MS, "0");
}

enum queue_verdict
queue_consumer_defer(const struct queue_consumer *c,
    const struct queue_entry *e, uint32_t count, const char *payload,
    size_t len)
{
	struct queue_entry rest = *e;
	struct queue_command cmd;

	rest.group = c->group;
	rest.count = count;
	rest.payload = payload;
	rest.len = len;
	queue_command_script(&cmd, replace, 1);
	queue_command_str(&cmd, c->stream.name);
	queue_command_str(&cmd, c->group);
	queue_command_id(&cmd, &e->id);
	queue_entry_add(&cmd, &rest);
	return queue_reply_verdict(queue_command_run(&cmd, c->stream.redis),
	    "deferring");
}

enum queue_verdict
queue_consumer_leave(const struct queue_consumer *c)
{
	const struct queue_stream *s = &c->stream;
	const struct queue_reply *p;
	struct queue_reply *list;
	const char *name;
	size_t i, len;
	int busy = 0;

	list = queue_redis_run(s->redis, "XINFO", "CONSUMERS", s->name,
	    c->group, NULL);
	if (list == NULL || queue_reply_error(list) != NULL) {
		queue_reply_free(list);	/* or the group is gone */
		return list == NULL ? QUEUE_LOST : QUEUE_OK;
	}
	for (i = 0; i < queue_reply_count(list); i++) {
		p = queue_reply_at(list, i);
		name = queue_reply_text(queue_reply_member(p, "name"), &len);
		if (name != NULL && strcmp(name, c->name) == 0)
			busy = queue_reply_num(queue_reply_member(p,
			    "pending")) > 0;
	}
	queue_reply_free(list);
	return busy ? QUEUE_OK : queue_reply_verdict(queue_redis_run(s->redis,
	    "XGROUP", "DELCONSUMER", s->name, c->group, c->name, NULL),
	    "XGROUP DELCONSUMER");
}
