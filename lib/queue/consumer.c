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
queue_consumer_name(char name[QUEUE_CONSUMER_NAME])
{
	char host[64];

	if (gethostname(host, sizeof(host)) == -1)
		strlcpy(host, "unknown", sizeof(host));
	host[sizeof(host) - 1] = '\0';
	snprintf(name, QUEUE_CONSUMER_NAME, "%s-%ld-%08x", host,
	    (long)getpid(), arc4random());
}

/* As queue_reply_verdict(), but 1 if there is no such group. */
static int
group_verdict(struct queue_reply *reply, const char *what)
{
	const char *e = queue_reply_error(reply);

	if (e != NULL && strncmp(e, "NOGROUP", 7) == 0) {
		queue_reply_free(reply);
		return 1;
	}
	return queue_reply_verdict(reply, what);
}

int
queue_consumer_read(const struct queue_stream *s, const char *group,
    const char *consumer, size_t max, int block_ms, struct queue_batch *b)
{
	char block[16], count[24];
	struct queue_reply *reply;

	memset(b, 0, sizeof(*b));
	snprintf(count, sizeof(count), "%zu", max);
	snprintf(block, sizeof(block), "%d", block_ms);
	/* BLOCK 0 would wait for ever. */
	reply = block_ms > 0 ? queue_redis_run(s->redis, "XREADGROUP",
	    "GROUP", group, consumer, "COUNT", count, "BLOCK", block,
	    "STREAMS", s->name, ">", NULL) :
	    queue_redis_run(s->redis, "XREADGROUP", "GROUP", group, consumer,
	    "COUNT", count, "STREAMS", s->name, ">", NULL);
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

int
queue_consumer_claim(const struct queue_stream *s, const char *group,
    const char *consumer, size_t max, int64_t idle_ms, int64_t alone_after,
    struct queue_batch *b)
{
	char count[24], idle[24];
	struct queue_command c;
	size_t n;
	int rc;

	memset(b, 0, sizeof(*b));
	snprintf(count, sizeof(count), "%zu", max);
	snprintf(idle, sizeof(idle), "%lld", (long long)idle_ms);
	b->pending = queue_redis_run(s->redis, "XPENDING", s->name, group,
	    "IDLE", idle, "-", "+", count, NULL);
	if (b->pending == NULL || queue_reply_error(b->pending) != NULL) {
		rc = group_verdict(b->pending, "XPENDING");
		b->pending = NULL;
		return rc;
	}
	if ((n = claimable(b->pending, alone_after)) == 0)
		return 0;
	queue_command_init(&c, "XCLAIM");
	queue_command_str(&c, s->name);
	queue_command_str(&c, group);
	queue_command_str(&c, consumer);
	queue_command_str(&c, idle);
	add_pending(&c, b->pending, n);
	b->reply = queue_command_run(&c, s->redis);
	if (b->reply == NULL || queue_reply_error(b->reply) != NULL) {
		rc = queue_reply_verdict(b->reply, "XCLAIM");
		b->reply = NULL;
		queue_batch_done(b);
		return rc;
	}
	if (queue_batch_read(b, b->reply) == -1)
		return -1;
	count_deliveries(b, n);
	return 0;
}

static void
add_ids(struct queue_command *c, const struct queue_entry *e, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		queue_command_id(c, &e[i].id);
}

int
queue_consumer_ack(const struct queue_stream *s, const char *group,
    const struct queue_entry *e, size_t n)
{
	struct queue_command c;

	if (n == 0)
		return 0;
	queue_command_init(&c, "XACK");
	queue_command_str(&c, s->name);
	queue_command_str(&c, group);
	add_ids(&c, e, n);
	return queue_reply_verdict(queue_command_run(&c, s->redis), "XACK");
}

/* Claim for CONSUMER what it has; DELIVERIES NULL: as they are. */
static int
claim_own(const struct queue_stream *s, const char *group,
    const char *consumer, const struct queue_entry *e, size_t n,
    const char *idle_ms, const char *deliveries)
{
	struct queue_command c;

	if (n == 0)
		return 0;
	queue_command_init(&c, "XCLAIM");
	queue_command_str(&c, s->name);
	queue_command_str(&c, group);
	queue_command_str(&c, consumer);
	queue_command_num(&c, 0);
	add_ids(&c, e, n);
	queue_command_str(&c, "IDLE");
	queue_command_str(&c, idle_ms);
	if (deliveries != NULL) {
		queue_command_str(&c, "RETRYCOUNT");
		queue_command_str(&c, deliveries);
	}
	queue_command_str(&c, "JUSTID");
	return queue_reply_verdict(queue_command_run(&c, s->redis), "XCLAIM");
}

int
queue_consumer_renew(const struct queue_stream *s, const char *group,
    const char *consumer, const struct queue_entry *e, size_t n)
{
	return claim_own(s, group, consumer, e, n, "0", NULL);
}

int
queue_consumer_release(const struct queue_stream *s, const char *group,
    const char *consumer, const struct queue_entry *e, size_t n)
{
	return claim_own(s, group, consumer, e, n, LONG_IDLE_MS, "0");
}

int
queue_consumer_defer(const struct queue_stream *s, const char *group,
    const struct queue_entry *e, uint32_t count, const char *payload,
    size_t len)
{
	struct queue_entry rest = *e;
	struct queue_command c;

	rest.group = group;
	rest.count = count;
	rest.payload = payload;
	rest.len = len;
	queue_command_script(&c, replace, 1);
	queue_command_str(&c, s->name);
	queue_command_str(&c, group);
	queue_command_id(&c, &e->id);
	queue_entry_add(&c, &rest);
	return queue_reply_verdict(queue_command_run(&c, s->redis),
	    "putting back");
}

int
queue_consumer_leave(const struct queue_stream *s, const char *group,
    const char *consumer)
{
	struct queue_reply *list;
	const struct queue_reply *c;
	const char *name;
	size_t i, len;
	int busy = 0;

	list = queue_redis_run(s->redis, "XINFO", "CONSUMERS", s->name, group,
	    NULL);
	if (list == NULL || queue_reply_error(list) != NULL) {
		queue_reply_free(list);	/* or the group is gone */
		return list == NULL ? -1 : 0;
	}
	for (i = 0; i < queue_reply_count(list); i++) {
		c = queue_reply_at(list, i);
		name = queue_reply_text(queue_reply_member(c, "name"), &len);
		if (name != NULL && strcmp(name, consumer) == 0)
			busy = queue_reply_num(queue_reply_member(c,
			    "pending")) > 0;
	}
	queue_reply_free(list);
	return busy ? 0 : queue_reply_verdict(queue_redis_run(s->redis,
	    "XGROUP", "DELCONSUMER", s->name, group, consumer, NULL),
	    "XGROUP DELCONSUMER");
}
