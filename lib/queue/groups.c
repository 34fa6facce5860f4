/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "queue/groups.h"
#include "queue/names.h"
#include "queue/redis.h"
#include "queue/stream.h"

/* The group NAME, added if it is not there; NULL after a warning. */
static struct queue_group *
get(struct queue_groups *g, const char *name)
{
	struct queue_group *p;
	size_t i;

	for (i = 0; i < g->n; i++)
		if (strcmp(g->at[i].name, name) == 0)
			return &g->at[i];
	if ((p = reallocarray(g->at, g->n + 1, sizeof(*p))) != NULL) {
		g->at = p;
		p += g->n;
		memset(p, 0, sizeof(*p));
		if ((p->name = strdup(name)) != NULL) {
			g->n++;
			return p;
		}
	}
	warn("group %s", name);
	return NULL;
}

int
queue_groups_add(struct queue_groups *g, const char *name, int listed)
{
	struct queue_group *p = get(g, name);

	if (p != NULL)
		p->listed = listed;
	return p == NULL ? -1 : 0;
}

void
queue_groups_done(struct queue_groups *g)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		free(g->at[i].name);
	free(g->at);
	memset(g, 0, sizeof(*g));
}

/* 1 if REPLY says that there is no stream. */
static int
no_stream(const struct queue_reply *reply)
{
	const char *e = queue_reply_error(reply);

	return e != NULL && strstr(e, "no such key") != NULL;
}

/* All before *LOW were given; move it back to what is pending. */
static int
look_at_pending(const struct queue_stream *s, const char *name,
    struct queue_id *low)
{
	struct queue_reply *pending;
	struct queue_id first;

	pending = queue_redis_run(s->redis, "XPENDING", s->name, name, NULL);
	if (queue_reply_num(queue_reply_at(pending, 0)) > 0 &&
	    queue_id_read(&first, queue_reply_at(pending, 1)) &&
	    queue_id_cmp(&first, low) < 0)
		*low = first;
	return queue_reply_verdict(pending, "XPENDING");
}

/*
 * First how far each group was given entries, then what is pending: an entry
 * given out before and not pending afterwards is done.
 */
static int
read_existing(const struct queue_stream *s, struct queue_groups *g)
{
	const struct queue_reply *info, *lag;
	struct queue_reply *groups;
	struct queue_group *p;
	const char *name;
	size_t i, len;
	int rc;

	groups = queue_redis_run(s->redis, "XINFO", "GROUPS", s->name, NULL);
	if (no_stream(groups)) {
		queue_reply_free(groups);
		return 0;
	}
	for (i = 0, rc = 0; rc == 0 && i < queue_reply_count(groups); i++) {
		info = queue_reply_at(groups, i);
		name = queue_reply_text(queue_reply_member(info, "name"),
		    &len);
		if (name == NULL || (p = get(g, name)) == NULL ||
		    !queue_id_read(&p->low, queue_reply_member(info,
		    "last-delivered-id")))
			continue;
		p->exists = 1;
		p->low.seq++;
		lag = queue_reply_member(info, "lag");
		p->lag = queue_reply_is_nil(lag) ? -1 :
		    queue_reply_num(lag) + queue_reply_num(
		    queue_reply_member(info, "pending"));
		rc = look_at_pending(s, p->name, &p->low);
	}
	if (rc == 0)
		return queue_reply_verdict(groups, "XINFO GROUPS");
	queue_reply_free(groups);
	return rc;
}

static int
read_list(const struct queue_stream *s, struct queue_groups *g)
{
	struct queue_reply *list;
	struct queue_group *p;
	char key[QUEUE_NAMES_LEN];
	const char *name;
	size_t i, len;

	queue_names_groups(key, s->name);
	list = queue_redis_run(s->redis, "SMEMBERS", key, NULL);
	for (i = 0; i < queue_reply_count(list); i++) {
		name = queue_reply_text(queue_reply_at(list, i), &len);
		if (name != NULL && (p = get(g, name)) != NULL)
			p->listed = 1;
	}
	return queue_reply_verdict(list, "SMEMBERS");
}

int
queue_groups_read(const struct queue_stream *s, struct queue_groups *g)
{
	int rc;

	memset(g, 0, sizeof(*g));
	if ((rc = read_existing(s, g)) != 0 || (rc = read_list(s, g)) != 0)
		queue_groups_done(g);
	return rc;
}

const struct queue_group *
queue_groups_find(const struct queue_groups *g, const char *name)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (g->at[i].exists && strcmp(g->at[i].name, name) == 0)
			return &g->at[i];
	return NULL;
}

void
queue_groups_low_water(const struct queue_groups *g, struct queue_id *low)
{
	int any = 0;
	size_t i;

	memset(low, 0, sizeof(*low));
	for (i = 0; i < g->n; i++)
		if (g->at[i].exists && (!any++ ||
		    queue_id_cmp(&g->at[i].low, low) < 0))
			*low = g->at[i].low;
}
