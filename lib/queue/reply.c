/* SPDX-License-Identifier: ISC */
/*
 * hiredis hands out a tree of its own type, which no other file of ours needs
 * to know.  Replies come from a server that may be a proxy, of another
 * version, or answering an earlier command; so the functions below never
 * assume a type, and shapes say in one word what a caller relies on.
 *
 * A shape is matched recursively, one step for each of its letters; hiredis
 * refuses replies that are nested deeper than a few levels, so the recursion
 * ends.  A shape that is none is a mistake of ours.
 */
#include <assert.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/num.h"
#include "io/outage.h"
#include "queue/reply.h"

static const redisReply *
raw(const struct queue_reply *reply)
{
	return (const redisReply *)reply;
}

/* Has R the shape at *SHAPE, which is passed over either way? */
static int match_shape(const redisReply *r, const char **shape);

/* Behind the shape that begins at SHAPE. */
static const char *
skip_shape(const char *shape)
{
	int depth = 0;

	do {
		while (*shape == '*')
			shape++;
		depth += *shape == '[' || *shape == '{';
		depth -= *shape == ']' || *shape == '}';
		assert(*shape != '\0' && depth >= 0);
		shape++;
	} while (depth > 0);
	return shape;
}

/* Are all of these COUNT elements, STEP apart, of SHAPE? */
static int
match_all(redisReply *const *element, size_t count, size_t step,
    const char *shape)
{
	const char *each;
	size_t i;

	for (i = 0; i < count; i += step) {
		each = shape;
		if (!match_shape(element[i], &each))
			return 0;
	}
	return 1;
}

/* An array of just the shapes up to the ']'. */
static int
match_tuple(const redisReply *r, const char *shape)
{
	size_t i;

	for (i = 0; *shape != ']'; i++)
		if (i >= r->elements || !match_shape(r->element[i], &shape))
			return 0;
	return i == r->elements;
}

/* An integer, a text, anything, or one of the three kinds of arrays. */
static int
match_shape(const redisReply *r, const char **shape)
{
	const char *s = *shape;

	*shape = skip_shape(s);
	switch (*s) {
	case 'i':
		return r->type == REDIS_REPLY_INTEGER;
	case 'n':
		if (r->type == REDIS_REPLY_NIL)
			return 1;
		/* FALLTHROUGH */
	case 's':
		return r->type == REDIS_REPLY_STRING ||
		    r->type == REDIS_REPLY_STATUS;
	case '.':
		return 1;
	case '*':
		return r->type == REDIS_REPLY_ARRAY &&
		    match_all(r->element, r->elements, 1, s + 1);
	case '{':
		return r->type == REDIS_REPLY_ARRAY &&
		    r->elements % 2 == 0 &&
		    match_all(r->element, r->elements, 2, "s") &&
		    (r->elements == 0 || match_all(r->element + 1,
		    r->elements - 1, 2, s + 1));
	default:
		assert(*s == '[');
		return r->type == REDIS_REPLY_ARRAY && match_tuple(r, s + 1);
	}
}

/* Nothing, the reply of a lost connection, has no shape at all. */
int
queue_reply_has_shape(const struct queue_reply *reply, const char *shape)
{
	return reply != NULL && match_shape(raw(reply), &shape);
}

/* The server's own words are the better explanation, if there are any. */
enum queue_verdict
queue_reply_check(const struct queue_reply *reply, const char *shape,
    const char *what)
{
	const char *why = queue_reply_error(reply);

	if (reply == NULL)
		return QUEUE_LOST;
	if (why == NULL && queue_reply_has_shape(reply, shape)) {
		io_outage_shared_works("redis: %s", what);
		return QUEUE_OK;
	}
	io_outage_shared_fails(why != NULL ? why :
	    "not the kind of reply that was expected", "redis: %s", what);
	return QUEUE_REFUSED;
}

/* For commands whose replies only say that they were carried out. */
enum queue_verdict
queue_reply_end(struct queue_reply *reply, const char *shape,
    const char *what)
{
	enum queue_verdict v = queue_reply_check(reply, shape, what);

	queue_reply_free(reply);
	return v;
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

/* What Redis has counted comes as an integer, what it was given as text. */
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

/* The first value of that name counts, should there be several. */
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
