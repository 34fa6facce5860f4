/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/command.h"
#include "queue/group.h"
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
queue_stream_consumer(char name[QUEUE_STREAM_CONSUMER])
{
	char host[64];

	if (gethostname(host, sizeof(host)) == -1)
		strlcpy(host, "unknown", sizeof(host));
	host[sizeof(host) - 1] = '\0';
	snprintf(name, QUEUE_STREAM_CONSUMER, "%s-%ld-%08x", host,
	    (long)getpid(), arc4random());
}

/* Gather an XADD of E to the stream. */
static int
add_entry(const struct queue_stream *s, const struct queue_entry *e)
{
	struct queue_command c;

	queue_command_init(&c, "XADD");
	queue_command_str(&c, s->name);
	queue_command_str(&c, "*");
	queue_entry_add(&c, e);
	return queue_command_gather(&c, s->redis);
}

static int
add(const struct queue_stream *s, int n, const char *a, const char *b,
    const char *c)
{
	const char *arg[3] = { a, b, c };

	return queue_redis_add(s->redis, n, arg, NULL);
}

/*
 * Watch MARKER and compare it with EXPECT.  Returns 0 if it is the same, 1
 * if not (then it is not watched any more), -1 or -2.
 */
static int
watch(const struct queue_stream *s, const char *marker, const char *expect)
{
	struct queue_reply *reply;
	const char *v;
	size_t len;
	int rc;

	if (add(s, 2, "WATCH", marker, NULL) == -1 ||
	    add(s, 2, "GET", marker, NULL) == -1)
		return -1;
	if ((rc = queue_redis_skip(s->redis, 1)) == -1 ||
	    (reply = queue_redis_get(s->redis)) == NULL)
		return -1;
	if (rc == 0 && queue_reply_error(reply) != NULL)
		rc = -2;
	if (rc == 0) {
		v = queue_reply_text(reply, &len);
		rc = v == NULL || len != strlen(expect) ||
		    memcmp(v, expect, len) != 0;
	}
	queue_reply_free(reply);
	if (rc != 0 && (add(s, 1, "UNWATCH", NULL, NULL) == -1 ||
	    queue_redis_skip(s->redis, 1) == -1))
		return -1;
	return rc;
}

/*
 * Read N replies to the commands of a transaction.  0, -1 lost, -2 if the
 * server refused any of them, -3 if that was for want of memory.
 */
static int
read_queued(const struct queue_stream *s, size_t n)
{
	struct queue_reply *reply;
	const char *e;
	int rc = 0;

	for (; n > 0; n--) {
		if ((reply = queue_redis_get(s->redis)) == NULL)
			return -1;
		if ((e = queue_reply_error(reply)) != NULL && rc != -3)
			rc = strncmp(e, "OOM ", 4) == 0 ? -3 : -2;
		queue_reply_free(reply);
	}
	return rc;
}

int
queue_stream_ship(const struct queue_stream *s, struct queue_entry *e,
    size_t n, const char *marker, const char *expect, const char *value)
{
	struct queue_reply *reply;
	size_t i;
	int rc;

	if ((rc = watch(s, marker, expect)) != 0)
		return rc;
	if (add(s, 1, "MULTI", NULL, NULL) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (add_entry(s, &e[i]) == -1)
			return -1;
	if (add(s, 3, "SET", marker, value) == -1 ||
	    add(s, 1, "EXEC", NULL, NULL) == -1)
		return -1;
	if ((rc = read_queued(s, n + 2)) == -1 ||
	    (reply = queue_redis_get(s->redis)) == NULL)
		return -1;
	if (rc == 0 && queue_reply_error(reply) != NULL)
		rc = strncmp(queue_reply_error(reply), "OOM ", 4) == 0 ? -3 :
		    -2;
	else if (rc == 0 && queue_reply_count(reply) == 0)
		rc = 1;		/* the marker was changed meanwhile */
	else if (rc == 0 && queue_reply_count(reply) != n + 1)
		rc = -2;
	for (i = 0; rc == 0 && i < n; i++)
		if (!queue_id_read(&e[i].id, queue_reply_at(reply, i)))
			rc = -2;
	queue_reply_free(reply);
	return rc;
}

int
queue_stream_marker(const struct queue_stream *s, const char *marker,
    char *text, size_t cap)
{
	struct queue_reply *reply;
	const char *v;
	size_t len = 0;

	if ((reply = queue_redis_run(s->redis, "GET", marker, NULL)) == NULL)
		return -1;
	v = queue_reply_text(reply, &len);
	if (v != NULL)
		strlcpy(text, v, cap);
	if (queue_reply_error(reply) != NULL)
		return queue_reply_verdict(reply, "GET");
	queue_reply_free(reply);
	return v != NULL;
}

int
queue_stream_set_marker(const struct queue_stream *s, const char *marker,
    const char *value)
{
	return queue_reply_verdict(queue_redis_run(s->redis, "SET", marker,
	    value, NULL), "SET");
}

int
queue_stream_state(const struct queue_stream *s, struct queue_state *st)
{
	const struct queue_reply *added;
	struct queue_reply *info;
	const char *e;

	memset(st, 0, sizeof(*st));
	info = queue_redis_run(s->redis, "XINFO", "STREAM", s->name, NULL);
	if ((e = queue_reply_error(info)) != NULL &&
	    strstr(e, "no such key") != NULL) {
		queue_reply_free(info);
		return 0;
	}
	queue_id_read(&st->last, queue_reply_member(info,
	    "last-generated-id"));
	st->length = queue_reply_num(queue_reply_member(info, "length"));
	added = queue_reply_member(info, "entries-added");
	st->added = added == NULL ? -1 : queue_reply_num(added);
	return queue_reply_verdict(info, "XINFO STREAM");
}

int64_t
queue_stream_trim(const struct queue_stream *s, const struct queue_id *bound)
{
	struct queue_reply *reply;
	char text[QUEUE_ID_TEXT];
	int64_t n;
	int rc;

	queue_id_format(text, bound);
	reply = queue_redis_run(s->redis, "XTRIM", s->name, "MINID", text,
	    NULL);
	n = queue_reply_num(reply);
	return (rc = queue_reply_verdict(reply, "XTRIM")) != 0 ? rc : n;
}

/* The entries of LIST, which B->reply holds. */
static int
read_entries(struct queue_batch *b, const struct queue_reply *list)
{
	const struct queue_reply *pair;
	size_t i, n = queue_reply_count(list);

	if (n == 0)
		return 0;
	if ((b->entry = calloc(n, sizeof(*b->entry))) == NULL) {
		warn("redis");
		queue_batch_done(b);
		return -1;
	}
	/* Entries deleted meanwhile come as nil. */
	for (i = 0; i < n; i++)
		if (queue_reply_count((pair = queue_reply_at(list, i))) == 2) {
			queue_entry_read(&b->entry[b->n],
			    queue_reply_at(pair, 1));
			queue_id_read(&b->entry[b->n++].id,
			    queue_reply_at(pair, 0));
		}
	return 0;
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
queue_stream_read(const struct queue_stream *s, const char *group,
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
	return read_entries(b, queue_reply_at(queue_reply_at(reply, 0), 1));
}

/* How many of the entries of PENDING, from the first, to take at once. */
static size_t
claimable(const struct queue_reply *pending, int64_t lone)
{
	const struct queue_reply *p;
	size_t i;

	for (i = 0; i < queue_reply_count(pending); i++) {
		p = queue_reply_at(pending, i);
		if (queue_reply_num(queue_reply_at(p, 3)) >= lone)
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
queue_stream_claim(const struct queue_stream *s, const char *group,
    const char *consumer, size_t max, int64_t idle_ms, int64_t lone,
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
	if ((n = claimable(b->pending, lone)) == 0)
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
	if (read_entries(b, b->reply) == -1)
		return -1;
	count_deliveries(b, n);
	return 0;
}

void
queue_batch_done(struct queue_batch *b)
{
	free(b->entry);
	queue_reply_free(b->reply);
	queue_reply_free(b->pending);
	memset(b, 0, sizeof(*b));
}

static void
add_ids(struct queue_command *c, const struct queue_entry *e, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		queue_command_id(c, &e[i].id);
}

int
queue_stream_ack(const struct queue_stream *s, const char *group,
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
queue_stream_keep(const struct queue_stream *s, const char *group,
    const char *consumer, const struct queue_entry *e, size_t n)
{
	return claim_own(s, group, consumer, e, n, "0", NULL);
}

int
queue_stream_give_back(const struct queue_stream *s, const char *group,
    const char *consumer, const struct queue_entry *e, size_t n)
{
	return claim_own(s, group, consumer, e, n, LONG_IDLE_MS, "0");
}

int
queue_stream_leave_rest(const struct queue_stream *s, const char *group,
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
queue_stream_undone(const struct queue_stream *s, const char *group,
    int64_t *n)
{
	const struct queue_group *p;
	struct queue_groups g;
	struct queue_state st;
	int rc;

	*n = 0;
	if ((rc = queue_stream_state(s, &st)) != 0 ||
	    (rc = queue_groups_read(s, &g)) != 0)
		return rc;
	p = queue_groups_find(&g, group);
	*n = p == NULL || p->undone == -1 ? st.length : p->undone;
	queue_groups_done(&g);
	return 0;
}

/* One entry at most, by WORD (a range of entries) from FROM to TO. */
static int
look(const struct queue_stream *s, const char *word, const char *from,
    const char *to, struct queue_batch *b)
{
	memset(b, 0, sizeof(*b));
	b->reply = queue_redis_run(s->redis, word, s->name, from, to, "COUNT",
	    "1", NULL);
	if (b->reply == NULL || queue_reply_error(b->reply) != NULL)
		return queue_reply_verdict(b->reply, word);
	return read_entries(b, b->reply);
}

int
queue_stream_look(const struct queue_stream *s, const struct queue_id *id,
    struct queue_batch *b)
{
	char end[1 + QUEUE_ID_TEXT] = "(";

	queue_id_format(end + 1, id);
	return look(s, "XREVRANGE", end, "-", b);
}

int
queue_stream_first(const struct queue_stream *s, const struct queue_id *id,
    struct queue_batch *b)
{
	char from[QUEUE_ID_TEXT];

	queue_id_format(from, id);
	return look(s, "XRANGE", from, "+", b);
}

int
queue_stream_leave(const struct queue_stream *s, const char *group,
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
