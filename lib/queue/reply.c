/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/num.h"
#include "queue/reply.h"

enum queue_verdict
queue_reply_verdict(struct queue_reply *reply, const char *what)
{
	const char *e = queue_reply_error(reply);
	enum queue_verdict v = reply == NULL ? QUEUE_LOST : e != NULL ?
	    QUEUE_REFUSED : QUEUE_OK;

	if (e != NULL)
		warnx("redis: %s: %s", what, e);
	queue_reply_free(reply);
	return v;
}

static const redisReply *
raw(const struct queue_reply *reply)
{
	return (const redisReply *)reply;
}

void
queue_reply_free(struct queue_reply *reply)
{
	if (reply != NULL)
		freeReplyObject(reply);
}

const char *
queue_reply_error(const struct queue_reply *reply)
{
	return reply != NULL && raw(reply)->type == REDIS_REPLY_ERROR ?
	    raw(reply)->str : NULL;
}

size_t
queue_reply_count(const struct queue_reply *reply)
{
	return reply != NULL && raw(reply)->type == REDIS_REPLY_ARRAY ?
	    raw(reply)->elements : 0;
}

const struct queue_reply *
queue_reply_at(const struct queue_reply *reply, size_t i)
{
	return i < queue_reply_count(reply) ?
	    (const struct queue_reply *)raw(reply)->element[i] : NULL;
}

const char *
queue_reply_text(const struct queue_reply *reply, size_t *len)
{
	if (reply == NULL || (raw(reply)->type != REDIS_REPLY_STRING &&
	    raw(reply)->type != REDIS_REPLY_STATUS))
		return NULL;
	*len = (size_t)raw(reply)->len;
	return raw(reply)->str;
}

int
queue_reply_is_nil(const struct queue_reply *reply)
{
	return reply == NULL || raw(reply)->type == REDIS_REPLY_NIL;
}

int64_t
queue_reply_num(const struct queue_reply *reply)
{
	int64_t v = 0;

	if (reply == NULL)
		return 0;
	if (raw(reply)->type == REDIS_REPLY_INTEGER)
		return raw(reply)->integer;
	if (raw(reply)->type == REDIS_REPLY_STRING)
		base_num_i64(raw(reply)->str, (size_t)raw(reply)->len, &v);
	return v;
}

const struct queue_reply *
queue_reply_member(const struct queue_reply *reply, const char *name)
{
	const char *s;
	size_t i, len;

	for (i = 0; i + 1 < queue_reply_count(reply); i += 2) {
		s = queue_reply_text(queue_reply_at(reply, i), &len);
		if (s != NULL && len == strlen(name) &&
		    memcmp(s, name, len) == 0)
			return queue_reply_at(reply, i + 1);
	}
	return NULL;
}
