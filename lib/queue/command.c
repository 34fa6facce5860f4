/* SPDX-License-Identifier: ISC */
/*
 * Arguments are borrowed until the command is appended, but for numbers and
 * ids, whose texts live in an arena of the command.  Being short of memory is
 * remembered, as a command is put together in many places and sent in one.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue/command.h"
#include "queue/id.h"
#include "queue/redis.h"

/* Room for one more argument: 1, or 0 when memory is short. */
static int
reserve(struct queue_command *c)
{
	size_t cap = c->cap == 0 ? 32 : 2 * c->cap, *len;
	const char **arg;

	if (c->n < c->cap)
		return 1;
	if ((arg = reallocarray(c->arg, cap, sizeof(*arg))) != NULL)
		c->arg = arg;
	if ((len = reallocarray(c->len, cap, sizeof(*len))) != NULL)
		c->len = len;
	if (arg == NULL || len == NULL) {
		c->failed = 1;
		return 0;
	}
	c->cap = cap;
	return 1;
}

/*
 * DATA is borrowed until the command is sent.  An empty argument still needs an
 * address, as hiredis takes NULL for none.
 */
void
queue_command_add(struct queue_command *c, const void *data, size_t len)
{
	if (!reserve(c))
		return;
	c->arg[c->n] = len > 0 ? data : "";
	c->len[c->n++] = len;
}

void
queue_command_str(struct queue_command *c, const char *s)
{
	queue_command_add(c, s, strlen(s));
}

/* An argument that lives as long as the command. */
void
queue_command_copy(struct queue_command *c, const void *s, size_t len)
{
	const char *copy = base_arena_strndup(&c->mem, s, len);

	if (copy == NULL)
		c->failed = 1;
	else
		queue_command_add(c, copy, len);
}

/* The text is copied, as its buffer ends with this function. */
void
queue_command_num(struct queue_command *c, int64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)v);
	queue_command_copy(c, text, strlen(text));
}

/* The same of an id. */
void
queue_command_id(struct queue_command *c, const struct queue_id *id)
{
	char text[QUEUE_ID_TEXT];

	queue_id_format(text, id);
	queue_command_copy(c, text, strlen(text));
}

/* The words of commands are literals, but cutting them up needs copies. */
void
queue_command_init(struct queue_command *c, const char *words)
{
	size_t len;

	memset(c, 0, sizeof(*c));
	base_arena_init(&c->mem);
	for (; *words != '\0'; words += len + (words[len] == ' ')) {
		len = strcspn(words, " ");
		queue_command_copy(c, words, len);
	}
}

/*
 * Scripts are sent as they are each time: a server that restarted has forgotten
 * those that it was told to keep, and they are short beside what they carry.
 */
void
queue_command_script(struct queue_command *c, const char *script, int nkeys)
{
	queue_command_init(c, "EVAL");
	queue_command_str(c, script);
	queue_command_num(c, nkeys);
}

static void
release_command(struct queue_command *c)
{
	free(c->arg);
	free(c->len);
	base_arena_done(&c->mem);
	memset(c, 0, sizeof(*c));
}

/* A command that is not whole must never be sent: it could mean another. */
int
queue_command_append(struct queue_command *c, struct queue_redis *r)
{
	int rc = -1;

	if (c->failed)
		warnx("redis: out of memory");
	else
		rc = queue_redis_append(r, (int)c->n, c->arg, c->len);
	release_command(c);
	return rc;
}

/* NULL is a reply that did not come, which queue_reply_check() knows. */
struct queue_reply *
queue_command_run(struct queue_command *c, struct queue_redis *r)
{
	return queue_command_append(c, r) == -1 ? NULL : queue_redis_get(r);
}
