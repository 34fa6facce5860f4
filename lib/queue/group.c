/* SPDX-License-Identifier: ISC */
/*
 * Making, asking and destroying groups.
 *
 * Which groups there should be is decided by rows of export_config, which any
 * number of workers read now and then, so they may have read different rows.
 * A group must not be destroyed by a worker whose rows are older than those
 * another one made it from: its entries would be lost.  Hence the order
 *
 *	WATCH list	by queue_group_watch()
 *	read the rows	by the caller
 *	MULTI, XGROUP CREATE and SADD, XGROUP DESTROY and SREM ..., EXEC
 *
 * and the rule that every change of groups changes the list.  If another
 * worker has changed something since the WATCH, its rows may be newer and
 * EXEC does nothing; if it has not, ours are the newest.  Two changes leave the
 * list as it is, and destroy nothing: a lost group that is made again is on it
 * already, and queue_group_make() may make the internal one without listing it.
 *
 * Where a group that is made starts, decides what its target gets.  New
 * targets get what comes from now on ("$").  A group that is listed and does
 * not exist was lost by Redis, together with the knowledge of what it was
 * done with: it starts at the oldest entry ("0"), as the feed ships again
 * what is not done by all groups.  When the list is empty, Redis has lost it
 * (it always has the group that fills the database): then nothing tells a new
 * group from a lost one, and all start at the oldest.
 */
#include <assert.h>
#include <err.h>
#include <string.h>

#include "queue/command.h"
#include "queue/group.h"
#include "queue/groups.h"
#include "queue/names.h"
#include "queue/redis.h"

/*
 * KEYS: stream.  ARGV: group, idle_ms.  A script, so that no consumer reads
 * between the look at it and its end: what is pending for it would be lost
 * to the group.
 */
static const char tidy_script[] =
    "local all = redis.pcall('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])\n"
    "if all['err'] then return end\n"
    "for _, c in ipairs(all) do\n"
    "  local f = {}\n"
    "  for i = 1, #c, 2 do f[c[i]] = c[i + 1] end\n"
    "  if f['pending'] == 0 and f['idle'] > tonumber(ARGV[2]) then\n"
    "    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], f['name'])\n"
    "  end\n"
    "end\n";

/* Nothing is pending and nothing to come if no entry follows the mark. */
enum queue_verdict
queue_group_idle(const struct queue_stream *s, const char *name, int *idle)
{
	const struct queue_group *p;
	struct queue_groups g;
	struct queue_reply *more;
	char from[QUEUE_ID_TEXT];
	enum queue_verdict v;

	*idle = 0;
	if ((v = queue_groups_read(s, &g)) != QUEUE_OK)
		return v;
	if ((p = queue_groups_find(&g, name)) != NULL)
		queue_id_format(from, &p->low);
	queue_groups_done(&g);
	if (p == NULL) {
		*idle = 1;
		return QUEUE_OK;
	}
	more = queue_redis_run(s->redis, "XRANGE", s->name, from, "+",
	    "COUNT", "1", NULL);
	v = queue_reply_check(more, "*[s.]", "XRANGE");
	*idle = v == QUEUE_OK && queue_reply_count(more) == 0;
	queue_reply_free(more);
	return v;
}

/*
 * Where Redis cannot tell, the whole stream is taken: a number that is too
 * large is looked into, and one that is too small is not.
 */
enum queue_verdict
queue_group_lag(const struct queue_stream *s, const char *name, int64_t *n)
{
	const struct queue_group *p;
	struct queue_groups g;
	struct queue_state st;
	enum queue_verdict v;

	*n = 0;
	if ((v = queue_stream_state(s, &st)) != QUEUE_OK ||
	    (v = queue_groups_read(s, &g)) != QUEUE_OK)
		return v;
	p = queue_groups_find(&g, name);
	*n = p == NULL || p->lag == -1 ? st.length : p->lag;
	queue_groups_done(&g);
	return QUEUE_OK;
}

/* Append "WORD KEY NAME". */
static int
append_member(const struct queue_stream *s, const char *word,
    const char *key, const char *name)
{
	struct queue_command c;

	queue_command_init(&c, word);
	queue_command_str(&c, key);
	queue_command_str(&c, name);
	return queue_command_append(&c, s->redis);
}

/* Append what makes a group start at FROM. */
static int
append_create(const struct queue_stream *s, const char *name,
    const char *from)
{
	struct queue_command c;

	queue_command_init(&c, "XGROUP CREATE");
	queue_command_str(&c, s->name);
	queue_command_str(&c, name);
	queue_command_str(&c, from);
	queue_command_str(&c, "MKSTREAM");
	return queue_command_append(&c, s->redis);
}

/* The reply of an XGROUP CREATE; that the group exists is fine. */
static enum queue_verdict
create_verdict(struct queue_reply *reply)
{
	const char *e = queue_reply_error(reply);

	if (e != NULL && strncmp(e, "BUSYGROUP", 9) == 0) {
		queue_reply_free(reply);
		return QUEUE_OK;
	}
	return queue_reply_end(reply, "s", "XGROUP CREATE");
}

/*
 * It is listed only after it was made, so that nothing is taken for lost that
 * never was.
 */
enum queue_verdict
queue_group_make(const struct queue_stream *s, const char *name, int listed)
{
	char key[QUEUE_NAMES_LEN];
	enum queue_verdict v;

	queue_names_groups(key, s->name);
	if (append_create(s, name, "0") == -1)
		return QUEUE_LOST;
	v = create_verdict(queue_redis_get(s->redis));
	if (v != QUEUE_OK || !listed)
		return v;
	return queue_reply_end(queue_redis_run(s->redis, "SADD", key, name,
	    NULL), "i", "SADD");
}

/*
 * The watch comes before the groups are read, so that any change from then on
 * is noticed.
 */
enum queue_verdict
queue_group_watch(const struct queue_stream *s, struct queue_groups *g)
{
	char key[QUEUE_NAMES_LEN];
	enum queue_verdict v;

	queue_names_groups(key, s->name);
	v = queue_reply_end(queue_redis_run(s->redis, "WATCH", key, NULL),
	    "s", "WATCH");
	return v != QUEUE_OK ? v : queue_groups_read(s, g);
}

/* Append the commands that give target T its group.  How many, or -1. */
static int
append_new_group(const struct queue_stream *s, const char *key,
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
	return append_create(s, t->name, forgotten || listed ? "0" :
	    "$") == -1 || append_member(s, "SADD", key, t->name) == -1 ?
	    -1 : 2;
}

/* Append the commands that destroy P, if no target has its name. */
static int
append_old_group(const struct queue_stream *s, const char *key,
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
	if (p->exists && append_member(s, "XGROUP DESTROY", s->name,
	    p->name) == -1)
		return -1;
	return append_member(s, "SREM", key, p->name) == -1 ? -1 :
	    1 + p->exists;
}

/*
 * All in one transaction.  That a group was made by someone else, or that the
 * list has changed, is no failure: whoever changed it has settled it.
 */
enum queue_verdict
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
	if (queue_redis_append(s->redis, 1, &multi, NULL) == -1)
		return QUEUE_LOST;
	k = append_new_group(s, key, g, &internal);
	for (i = 0; i < n && k != -1; i++) {
		assert(!target[i].usable || strcmp(target[i].name,
		    QUEUE_GROUP_INTERNAL) != 0);
		some += k;
		k = append_new_group(s, key, g, &target[i]);
	}
	for (i = 0; i < g->n && k != -1; i++) {
		some += k;
		k = append_old_group(s, key, &g->at[i], target, n);
	}
	if (k == -1 || queue_redis_append(s->redis, 1, &exec, NULL) == -1)
		return QUEUE_LOST;
	return queue_redis_skip(s->redis, some + k + 2);
}

/*
 * A consumer that died has left its name behind, and each start of a worker
 * makes a new one.  Those with something pending stay, since Redis would forget
 * that with them.
 */
enum queue_verdict
queue_group_tidy(const struct queue_stream *s, const char *name,
    int64_t idle_ms)
{
	struct queue_command c;

	queue_command_script(&c, tidy_script, 1);
	queue_command_str(&c, s->name);
	queue_command_str(&c, name);
	queue_command_num(&c, idle_ms);
	return queue_reply_end(queue_command_run(&c, s->redis), "n",
	    "XINFO CONSUMERS");
}
