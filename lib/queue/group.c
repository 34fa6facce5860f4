/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <string.h>

#include "queue/command.h"
#include "queue/group.h"
#include "queue/groups.h"
#include "queue/names.h"
#include "queue/redis.h"

/* KEYS: stream.  ARGV: group, idle_ms. */
static const char tidy[] =
    "local all = redis.pcall('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])\n"
    "if all['err'] then return end\n"
    "for _, c in ipairs(all) do\n"
    "  local f = {}\n"
    "  for i = 1, #c, 2 do f[c[i]] = c[i + 1] end\n"
    "  if f['pending'] == 0 and f['idle'] > tonumber(ARGV[2]) then\n"
    "    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], f['name'])\n"
    "  end\n"
    "end\n";

int
queue_group_idle(const struct queue_stream *s, const char *name)
{
	const struct queue_group *p;
	struct queue_groups g;
	struct queue_reply *more;
	char from[QUEUE_ID_TEXT];
	size_t n;
	int rc;

	if ((rc = queue_groups_read(s, &g)) != 0)
		return rc;
	p = queue_groups_find(&g, name);
	if (p != NULL)
		queue_id_format(from, &p->low);
	queue_groups_done(&g);
	if (p == NULL)
		return 1;
	more = queue_redis_run(s->redis, "XRANGE", s->name, from, "+",
	    "COUNT", "1", NULL);
	n = queue_reply_count(more);
	return (rc = queue_reply_verdict(more, "XRANGE")) != 0 ? rc : n == 0;
}

int
queue_group_lag(const struct queue_stream *s, const char *group,
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
	*n = p == NULL || p->lag == -1 ? st.length : p->lag;
	queue_groups_done(&g);
	return 0;
}

/* Gather "WORD KEY NAME". */
static int
gather(const struct queue_stream *s, const char *word, const char *key,
    const char *name)
{
	struct queue_command c;

	queue_command_init(&c, word);
	queue_command_str(&c, key);
	queue_command_str(&c, name);
	return queue_command_gather(&c, s->redis);
}

/* Gather what makes a group start at FROM. */
static int
create(const struct queue_stream *s, const char *name, const char *from)
{
	struct queue_command c;

	queue_command_init(&c, "XGROUP CREATE");
	queue_command_str(&c, s->name);
	queue_command_str(&c, name);
	queue_command_str(&c, from);
	queue_command_str(&c, "MKSTREAM");
	return queue_command_gather(&c, s->redis);
}

/* The reply of an XGROUP CREATE; that there is the group is fine. */
static int
created(struct queue_reply *reply)
{
	const char *e = queue_reply_error(reply);

	if (e != NULL && strncmp(e, "BUSYGROUP", 9) == 0) {
		queue_reply_free(reply);
		return 0;
	}
	return queue_reply_verdict(reply, "XGROUP CREATE");
}

int
queue_group_make(const struct queue_stream *s, const char *name, int listed)
{
	char key[QUEUE_NAMES_LEN];
	int rc;

	queue_names_groups(key, s->name);
	if (create(s, name, "0") == -1)
		return -1;
	if ((rc = created(queue_redis_get(s->redis))) != 0 || !listed)
		return rc;
	return queue_reply_verdict(queue_redis_run(s->redis, "SADD", key,
	    name, NULL), "SADD");
}

int
queue_group_watch(const struct queue_stream *s, struct queue_groups *g)
{
	char key[QUEUE_NAMES_LEN];
	int rc;

	queue_names_groups(key, s->name);
	rc = queue_reply_verdict(queue_redis_run(s->redis, "WATCH", key,
	    NULL), "WATCH");
	return rc != 0 ? rc : queue_groups_read(s, g);
}

/* Gather the commands that give target T its group.  How many, or -1. */
static int
give_group(const struct queue_stream *s, const char *key,
    const struct queue_groups *g, const struct queue_group_target *t)
{
	int forgotten = 1, listed = 0;
	size_t i;

	for (i = 0; i < g->n; i++)
		if (g->at[i].listed) {
			forgotten = 0;
			listed |= strcmp(g->at[i].name, t->name) == 0;
		}
	if (!t->usable || (listed && queue_groups_find(g, t->name) != NULL))
		return 0;
	return create(s, t->name, forgotten || listed ? "0" : "$") == -1 ||
	    gather(s, "SADD", key, t->name) == -1 ? -1 : 2;
}

/* Gather the commands that take away P, if it is of no target. */
static int
take_group(const struct queue_stream *s, const char *key,
    const struct queue_group *p, const struct queue_group_target *target,
    size_t n)
{
	size_t i;

	if (!p->listed || strcmp(p->name, QUEUE_GROUP_INTERNAL) == 0)
		return 0;
	for (i = 0; i < n; i++)
		if (strcmp(target[i].name, p->name) == 0)
			return 0;
	if (p->exists)
		warnx("group %s is no longer in export_config: forgotten",
		    p->name);
	if (p->exists && gather(s, "XGROUP DESTROY", s->name, p->name) == -1)
		return -1;
	return gather(s, "SREM", key, p->name) == -1 ? -1 : 1 + p->exists;
}

/*
 * That a group was made by another, or that the list has changed, is no
 * failure: whoever changed it has settled it.
 */
int
queue_group_settle(const struct queue_stream *s,
    const struct queue_groups *g, const struct queue_group_target *target,
    size_t n)
{
	static const char *const multi = "MULTI", *const exec = "EXEC";
	const struct queue_group_target internal = {
		QUEUE_GROUP_INTERNAL, 1
	};
	char key[QUEUE_NAMES_LEN];
	int k, some = 0;
	size_t i;

	queue_names_groups(key, s->name);
	if (queue_redis_add(s->redis, 1, &multi, NULL) == -1)
		return -1;
	k = give_group(s, key, g, &internal);
	for (i = 0; i < n && k != -1; i++) {
		some += k;
		k = give_group(s, key, g, &target[i]);
	}
	for (i = 0; i < g->n && k != -1; i++) {
		some += k;
		k = take_group(s, key, &g->at[i], target, n);
	}
	if (k == -1 || queue_redis_add(s->redis, 1, &exec, NULL) == -1)
		return -1;
	return queue_redis_skip(s->redis, some + k + 2);
}

int
queue_group_tidy(const struct queue_stream *s, const char *group,
    int64_t idle_ms)
{
	struct queue_command c;

	queue_command_script(&c, tidy, 1);
	queue_command_str(&c, s->name);
	queue_command_str(&c, group);
	queue_command_num(&c, idle_ms);
	return queue_reply_verdict(queue_command_run(&c, s->redis),
	    "XINFO CONSUMERS");
}
