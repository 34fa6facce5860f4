/* SPDX-License-Identifier: ISC */
/*
 * One hash for each day, whose fields are "KEY WHAT".  Neither part has a
 * blank in it.  A hash goes by itself when nothing was added for eight days.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "queue/command.h"
#include "queue/keyday.h"
#include "queue/names.h"
#include "queue/redis.h"

int
queue_keyday_add(struct queue_redis *redis, int64_t day,
    const struct queue_keyday *list, size_t n)
{
	char field[sizeof(list->key) + sizeof(list->what) + 1];
	char name[QUEUE_NAMES_LEN];
	struct queue_command c;
	size_t i;
	int sent = 0;

	queue_names_keyday(name, day);
	for (i = 0; i < n; i++) {
		assert(strchr(list[i].key, ' ') == NULL);
		strlcpy(field, list[i].key, sizeof(field));
		strlcat(field, " ", sizeof(field));
		strlcat(field, list[i].what, sizeof(field));
		queue_command_init(&c, "HINCRBY");
		queue_command_str(&c, name);
		queue_command_str(&c, field);
		queue_command_num(&c, list[i].count);
		if (queue_command_append(&c, redis) == -1)
			return -1;
		sent++;
	}
	queue_command_init(&c, "EXPIRE");
	queue_command_str(&c, name);
	queue_command_str(&c, QUEUE_NAMES_KEYDAY_TTL_S);
	if (queue_command_append(&c, redis) == -1)
		return -1;
	return queue_redis_skip(redis, sent + 1) == QUEUE_OK ? 0 : -1;
}

static int
cmp_keyday(const void *a, const void *b)
{
	const struct queue_keyday *x = a, *y = b;
	int c = strcmp(x->key, y->key);

	return c != 0 ? c : strcmp(x->what, y->what);
}

/* FIELD is "KEY WHAT".  Returns 1, or 0 if it is not ours. */
static int
read_field(struct queue_keyday *k, const char *field)
{
	size_t len = strcspn(field, " ");

	if (field[len] == '\0' || len >= sizeof(k->key))
		return 0;
	memcpy(k->key, field, len);
	k->key[len] = '\0';
	return strlcpy(k->what, field + len + 1, sizeof(k->what)) <
	    sizeof(k->what);
}

int
queue_keyday_read(struct queue_redis *redis, int64_t day,
    struct queue_keyday **list, size_t *n)
{
	char name[QUEUE_NAMES_LEN];
	struct queue_reply *reply;
	struct queue_keyday *k;
	const char *field;
	size_t i, len;

	*list = NULL;
	*n = 0;
	queue_names_keyday(name, day);
	reply = queue_redis_run(redis, "HGETALL", name, NULL);
	if (queue_reply_check(reply, "*s", "HGETALL") != QUEUE_OK) {
		queue_reply_free(reply);
		return -1;
	}
	len = queue_reply_count(reply) / 2;
	if ((*list = calloc(len + 1, sizeof(**list))) == NULL) {
		warn("redis");
		queue_reply_free(reply);
		return -1;
	}
	for (i = 0; i < len; i++) {
		size_t size;

		k = &(*list)[*n];
		field = queue_reply_text(queue_reply_at(reply, 2 * i), &size);
		k->count = queue_reply_num(queue_reply_at(reply, 2 * i + 1));
		*n += (size_t)read_field(k, field);
	}
	queue_reply_free(reply);
	qsort(*list, *n, sizeof(**list), cmp_keyday);
	return 0;
}
