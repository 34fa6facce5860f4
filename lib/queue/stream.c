/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue/batch.h"
#include "queue/command.h"
#include "queue/redis.h"
#include "queue/stream.h"

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
queue_stream_trim(const struct queue_stream *s, const struct queue_id *low)
{
	struct queue_reply *reply;
	char text[QUEUE_ID_TEXT];
	int64_t n;
	int rc;

	queue_id_format(text, low);
	reply = queue_redis_run(s->redis, "XTRIM", s->name, "MINID", text,
	    NULL);
	n = queue_reply_num(reply);
	return (rc = queue_reply_verdict(reply, "XTRIM")) != 0 ? rc : n;
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
	return queue_batch_read(b, b->reply);
}

int
queue_stream_newest_before(const struct queue_stream *s,
    const struct queue_id *id, struct queue_batch *b)
{
	char end[1 + QUEUE_ID_TEXT] = "(";

	queue_id_format(end + 1, id);
	return look(s, "XREVRANGE", end, "-", b);
}

int
queue_stream_oldest_from(const struct queue_stream *s,
    const struct queue_id *id, struct queue_batch *b)
{
	char from[QUEUE_ID_TEXT];

	queue_id_format(from, id);
	return look(s, "XRANGE", from, "+", b);
}
