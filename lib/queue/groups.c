/* SPDX-License-Identifier: ISC */
/*
 * Reading which groups there are and how far each of them is.
 *
 * The feed deletes what is before every low-water mark, from Redis and from
 * the spool, so a mark may be too low but never too high.  Redis has no
 * command that tells it; it follows from two answers, if they are asked for
 * in this order:
 *
 *	XINFO GROUPS	last-delivered-id: entries after it were not given
 *	XPENDING	the oldest entry that was given and not acknowledged
 *
 * An entry up to last-delivered-id that is not pending afterwards is done.
 * Between the two a group can only be given more and acknowledge more, which
 * makes the mark too low.  Asked the other way round, an entry that is given
 * in between would be in neither answer and be taken for done.
 *
 * For the same reason a group that cannot be kept in memory or understood
 * fails the whole reading: without it the lowest mark may be too high.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "queue/groups.h"
#include "queue/names.h"
#include "queue/redis.h"
#include "queue/stream.h"

/* The group NAME, added if it is not there; NULL after a warning. */
static struct queue_group *
find_or_add(struct queue_groups *g, const char *name)
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
	struct queue_group *p = find_or_add(g, name);

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
is_no_stream(const struct queue_reply *reply)
{
	const char *e = queue_reply_error(reply);

	return e != NULL && strstr(e, "no such key") != NULL;
}

/* P was given all before its low-water mark: lower it to what is pending. */
static enum queue_verdict
lower_to_pending(const struct queue_stream *s, struct queue_group *p)
{
	struct queue_reply *pending;
	enum queue_verdict v;
	struct queue_id first;

	pending = queue_redis_run(s->redis, "XPENDING", s->name, p->name,
	    NULL);
	v = queue_reply_check(pending, "[inn.]", "XPENDING");
	if (v == QUEUE_OK && queue_reply_num(queue_reply_at(pending, 0)) > 0 &&
	    queue_id_read(&first, queue_reply_at(pending, 1)) &&
	    queue_id_cmp(&first, &p->low) < 0)
		p->low = first;
	queue_reply_free(pending);
	return v;
}

/* 1 if REPLY is a count, small enough to be added to another. */
static int
read_group_count(const struct queue_reply *reply, int64_t *n)
{
	*n = queue_reply_num(reply);
	return queue_reply_has_shape(reply, "i") && *n >= 0 &&
	    *n <= INT64_MAX / 2;
}

/* One group, of which XINFO GROUPS says INFO. */
static enum queue_verdict
read_group(const struct queue_stream *s, struct queue_groups *g,
    const struct queue_reply *info)
{
	struct queue_group *p;
	const char *name;
	int64_t lag, pending;
	size_t len;

	name = queue_reply_text(queue_reply_member(info, "name"), &len);
	if (name == NULL)
		return QUEUE_REFUSED;
	if ((p = find_or_add(g, name)) == NULL)
		return QUEUE_LOST;
	if (!queue_id_read(&p->low, queue_reply_member(info,
	    "last-delivered-id")))
		return QUEUE_REFUSED;
	p->exists = 1;
	p->low.seq++;
	p->lag = -1;
	if (read_group_count(queue_reply_member(info, "lag"), &lag) &&
	    read_group_count(queue_reply_member(info, "pending"), &pending))
		p->lag = lag + pending;
	return lower_to_pending(s, p);
}

/*
 * A stream that is not there yet has no groups, for which Redis has an error
 * and no empty list.
 */
static enum queue_verdict
read_existing(const struct queue_stream *s, struct queue_groups *g)
{
	struct queue_reply *groups;
	enum queue_verdict v;
	size_t i;

	groups = queue_redis_run(s->redis, "XINFO", "GROUPS", s->name, NULL);
	if (is_no_stream(groups)) {
		queue_reply_free(groups);
		return QUEUE_OK;
	}
	v = queue_reply_check(groups, "*{.}", "XINFO GROUPS");
	for (i = 0; v == QUEUE_OK && i < queue_reply_count(groups); i++)
		v = read_group(s, g, queue_reply_at(groups, i));
	queue_reply_free(groups);
	return v;
}

/*
 * What is listed and does not exist was lost by Redis, and is added as such;
 * those that exist are marked.
 */
static enum queue_verdict
read_group_list(const struct queue_stream *s, struct queue_groups *g)
{
	struct queue_reply *list;
	char key[QUEUE_NAMES_LEN];
	const char *name;
	size_t i, len;
	enum queue_verdict v;

	queue_names_groups(key, s->name);
	list = queue_redis_run(s->redis, "SMEMBERS", key, NULL);
	v = queue_reply_check(list, "*s", "SMEMBERS");
	for (i = 0; v == QUEUE_OK && i < queue_reply_count(list); i++) {
		name = queue_reply_text(queue_reply_at(list, i), &len);
		if (queue_groups_add(g, name, 1) == -1)
			v = QUEUE_LOST;
	}
	queue_reply_free(list);
	return v;
}

/*
 * Existing groups come first, so that the list only has to add what is missing.
 */
enum queue_verdict
queue_groups_read(const struct queue_stream *s, struct queue_groups *g)
{
	enum queue_verdict v;

	memset(g, 0, sizeof(*g));
	if ((v = read_existing(s, g)) != QUEUE_OK ||
	    (v = read_group_list(s, g)) != QUEUE_OK)
		queue_groups_done(g);
	return v;
}

/* Listed ones that do not exist are not found: nothing can be asked of them. */
const struct queue_group *
queue_groups_find(const struct queue_groups *g, const char *name)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (g->at[i].exists && strcmp(g->at[i].name, name) == 0)
			return &g->at[i];
	return NULL;
}

/*
 * The least of all marks, as the stream may be cut before it only.  Without
 * groups it is zero, before which nothing is.
 */
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
