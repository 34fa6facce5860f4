/* SPDX-License-Identifier: ISC */
/*
 * What consumers do, as commands of Redis.
 *
 * How large entries are, nobody knows before they are there: a submission may
 * have one report or fill a whole record of the spool.  Redis takes a number
 * of entries only, and its client holds an answer in memory twice.  So
 * entries are read and claimed by scripts, one by one, until there are enough
 * of them or enough bytes; a consumer never holds more than what it asked for
 * and one entry.
 *
 * An entry is pending for one consumer of a group from its delivery on.  What
 * happens to it then, and what a crash leaves behind:
 *
 *	read or claim	it is pending for us, which counts as a delivery.  If
 *			we die now, it is claimed by another consumer when it
 *			has been idle for long enough
 *	renew		its idle time begins anew.  This also takes it back
 *			from a consumer that claimed it while we were stopped
 *			for too long: both are at work on it then, which the
 *			ledger, or the target, has to bear
 *	ack		it is pending no more.  If we die before this, it comes
 *			again, although it was done
 *	release		its idle time is set so high that it can be claimed at
 *			once, and this delivery does not count
 *	requeue		it is replaced by another one: acknowledged and added
 *			in one script, or neither
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/batch.h"
#include "queue/command.h"
#include "queue/consumer.h"
#include "queue/redis.h"
#include "queue/stream.h"

/*
 * Longer than anybody waits before taking over what others have: ten days, when
 * [queue] claim_idle_s is a day at most.
 */
#define LONG_IDLE_MS	864000000

/*
 * KEYS: stream.  ARGV: group, consumer, most entries, most bytes.  Returns
 * entries, each with its id, and names and values.
 */
static const char read_script[] =
    "local out, bytes = {}, 0\n"
    "while #out < tonumber(ARGV[3]) and bytes < tonumber(ARGV[4]) do\n"
    "  local r = redis.pcall('XREADGROUP', 'GROUP', ARGV[1], ARGV[2],\n"
    "      'COUNT', 1, 'STREAMS', KEYS[1], '>')\n"
    "  if r and r['err'] and #out == 0 then return r end\n"
    "  if not r or r['err'] then break end\n"
    "  local entry = r[1][2][1]\n"
    "  table.insert(out, entry)\n"
    "  for _, v in ipairs(entry[2]) do bytes = bytes + #v end\n"
    "end\n"
    "return out\n";

/*
 * KEYS: stream.  ARGV: group, consumer, most entries, most bytes, idle_ms,
 * alone_after.  Returns entries as above, with the number of deliveries.  A
 * pending entry that is not in the stream any more was given up.
 */
static const char claim_script[] =
    "local all = redis.pcall('XPENDING', KEYS[1], ARGV[1], 'IDLE', ARGV[5],\n"
    "    '-', '+', ARGV[3])\n"
    "if all['err'] then return all end\n"
    "local out, bytes = {}, 0\n"
    "for _, p in ipairs(all) do\n"
    "  local alone = p[4] >= tonumber(ARGV[6])\n"
    "  if bytes >= tonumber(ARGV[4]) or (alone and #out > 0) then break end\n"
    "  local entry = redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2],\n"
    "      ARGV[5], p[1])[1]\n"
    "  if entry then\n"
    "    table.insert(out, { entry[1], entry[2], p[4] + 1 })\n"
    "    for _, v in ipairs(entry[2]) do bytes = bytes + #v end\n"
    "    if alone then break end\n"
    "  else\n"
    "    redis.call('XACK', KEYS[1], ARGV[1], p[1])\n"
    "  end\n"
    "end\n"
    "return out\n";

/*
 * KEYS: stream.  ARGV: group, consumer, idle_ms, entries.  What is pending for
 * this consumer (and not for one that claimed it meanwhile) is left alone for
 * so long, and was delivered once less.
 */
static const char release_script[] =
    "for i = 4, #ARGV do\n"
    "  local p = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i],\n"
    "      1, ARGV[2])[1]\n"
    "  if p then\n"
    "    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i],\n"
    "        'IDLE', ARGV[3], 'RETRYCOUNT', math.max(p[4] - 1, 0),\n"
    "        'JUSTID')\n"
    "  end\n"
    "end\n";

/*
 * KEYS: stream.  ARGV: group, entry, then names and values of another, which
 * takes its place even if there is no memory for it.
 */
static const char requeue_script[] =
    "if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 1 then\n"
    "  redis.call('XADD', KEYS[1], '*', unpack(ARGV, 3))\n"
    "end\n";

/*
 * The name has the host and the process for people who look at Redis, and a
 * random number for containers, whose processes all have the same number on
 * hosts of the same name.
 */
void
queue_consumer_init(struct queue_consumer *c,
    const struct queue_stream *stream, const char *group)
{
	char host[64];

	c->stream = *stream;
	c->group = group;
	if (gethostname(host, sizeof(host)) == -1)
		strlcpy(host, "unknown", sizeof(host));
	host[sizeof(host) - 1] = '\0';
	snprintf(c->name, sizeof(c->name), "%s-%ld-%08x", host,
	    (long)getpid(), arc4random());
}

/* As queue_reply_check(), but QUEUE_NONE if there is no such group. */
static enum queue_verdict
group_verdict(const struct queue_reply *reply, const char *shape,
    const char *what)
{
	const char *e = queue_reply_error(reply);

	return e != NULL && strncmp(e, "NOGROUP", 7) == 0 ? QUEUE_NONE :
	    queue_reply_check(reply, shape, what);
}

/* Begin SCRIPT for C, which is to give it so many entries of so many bytes. */
static void
begin_script(struct queue_command *cmd, const char *script,
    const struct queue_consumer *c, size_t max, size_t max_bytes)
{
	queue_command_script(cmd, script, 1);
	queue_command_str(cmd, c->stream.name);
	queue_command_str(cmd, c->group);
	queue_command_str(cmd, c->name);
	queue_command_num(cmd, (int64_t)max);
	queue_command_num(cmd, (int64_t)max_bytes);
}

/* Make B of REPLY, of SHAPE, of which LIST is the part with the entries. */
static enum queue_verdict
take_reply(struct queue_batch *b, struct queue_reply *reply,
    const char *shape, const struct queue_reply *list, const char *what)
{
	enum queue_verdict v = group_verdict(reply, shape, what);

	if (v != QUEUE_OK) {
		queue_reply_free(reply);
		return v;
	}
	b->reply = reply;
	return queue_batch_read(b, list);
}

/*
 * What is there is read by the script, which minds how large it is.  If
 * nothing is there, one entry is waited for, as large as it may be.
 */
enum queue_verdict
queue_consumer_read(const struct queue_consumer *c, size_t max,
    size_t max_bytes, int block_ms, struct queue_batch *b)
{
	const struct queue_stream *s = &c->stream;
	struct queue_command cmd;
	struct queue_reply *reply;
	enum queue_verdict v;
	char block[16];

	assert(max > 0 && max_bytes > 0);
	memset(b, 0, sizeof(*b));
	begin_script(&cmd, read_script, c, max, max_bytes);
	reply = queue_command_run(&cmd, s->redis);
	v = take_reply(b, reply, "*[s.]", reply, "XREADGROUP");
	if (v != QUEUE_OK || b->n > 0 || block_ms == 0)
		return v;
	queue_batch_done(b);
	snprintf(block, sizeof(block), "%d", block_ms);
	reply = queue_redis_run(s->redis, "XREADGROUP", "GROUP", c->group,
	    c->name, "COUNT", "1", "BLOCK", block, "STREAMS", s->name, ">",
	    NULL);
	if (reply != NULL && queue_reply_is_nil(reply)) {
		queue_reply_free(reply);
		return QUEUE_OK;	/* none has come */
	}
	return take_reply(b, reply, "[[s*[s.]]]",
	    queue_reply_at(queue_reply_at(reply, 0), 1), "XREADGROUP");
}

/*
 * An entry that was deleted from the stream cannot be delivered any more: the
 * script acknowledges it, lest it be pending for ever.
 */
enum queue_verdict
queue_consumer_claim(const struct queue_consumer *c, size_t max,
    size_t max_bytes, int64_t idle_ms, int64_t alone_after,
    struct queue_batch *b)
{
	struct queue_command cmd;
	struct queue_reply *reply;

	assert(max > 0 && max_bytes > 0 && idle_ms < LONG_IDLE_MS);
	memset(b, 0, sizeof(*b));
	begin_script(&cmd, claim_script, c, max, max_bytes);
	queue_command_num(&cmd, idle_ms);
	queue_command_num(&cmd, alone_after);
	reply = queue_command_run(&cmd, c->stream.redis);
	return take_reply(b, reply, "*[s.i]", reply, "XPENDING");
}

/* Begin WORD for the group of C. */
static void
begin_command(struct queue_command *cmd, const char *word,
    const struct queue_consumer *c)
{
	queue_command_init(cmd, word);
	queue_command_str(cmd, c->stream.name);
	queue_command_str(cmd, c->group);
}

/* Ids follow one another in all commands that take several. */
static void
add_ids(struct queue_command *cmd, const struct queue_id *id, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		queue_command_id(cmd, &id[i]);
}

/* No entries need no command: Redis would refuse one without ids. */
enum queue_verdict
queue_consumer_ack(const struct queue_consumer *c,
    const struct queue_id *id, size_t n)
{
	struct queue_command cmd;

	if (n == 0)
		return QUEUE_OK;
	begin_command(&cmd, "XACK", c);
	add_ids(&cmd, id, n);
	return queue_reply_end(queue_command_run(&cmd, c->stream.redis), "i",
	    "XACK");
}

/*
 * To claim what one has already begins its idle time anew; as only ids are
 * asked for, Redis counts no delivery.
 */
enum queue_verdict
queue_consumer_renew(const struct queue_consumer *c,
    const struct queue_id *id, size_t n)
{
	struct queue_command cmd;

	if (n == 0)
		return QUEUE_OK;
	begin_command(&cmd, "XCLAIM", c);
	queue_command_str(&cmd, c->name);
	queue_command_num(&cmd, 0);
	add_ids(&cmd, id, n);
	queue_command_str(&cmd, "IDLE");
	queue_command_num(&cmd, 0);
	queue_command_str(&cmd, "JUSTID");
	return queue_reply_end(queue_command_run(&cmd, c->stream.redis),
	    "*n", "XCLAIM");
}

/*
 * An idle time that is longer than anybody waits lets the next one take it at
 * once.  An entry must not be suspected for a worker that was stopped, nor lose
 * the suspicion of one that was killed.
 */
enum queue_verdict
queue_consumer_release(const struct queue_consumer *c,
    const struct queue_id *id, size_t n)
{
	struct queue_command cmd;

	if (n == 0)
		return QUEUE_OK;
	queue_command_script(&cmd, release_script, 1);
	queue_command_str(&cmd, c->stream.name);
	queue_command_str(&cmd, c->group);
	queue_command_str(&cmd, c->name);
	queue_command_num(&cmd, LONG_IDLE_MS);
	add_ids(&cmd, id, n);
	return queue_reply_end(queue_command_run(&cmd, c->stream.redis), "n",
	    "releasing");
}

/*
 * The rest keeps the names and values of its submission, so that it is told and
 * counted as a part of it.  It is for this group only: others may be done with
 * all of it.
 */
enum queue_verdict
queue_consumer_requeue(const struct queue_consumer *c,
    const struct queue_entry *e, uint32_t count, const char *payload,
    size_t len)
{
	struct queue_entry rest = *e;
	struct queue_command cmd;

	rest.group = c->group;
	rest.count = count;
	rest.payload = payload;
	rest.len = len;
	queue_command_script(&cmd, requeue_script, 1);
	queue_command_str(&cmd, c->stream.name);
	queue_command_str(&cmd, c->group);
	queue_command_id(&cmd, &e->id);
	queue_entry_add(&cmd, &rest);
	return queue_reply_end(queue_command_run(&cmd, c->stream.redis), "n",
	    "requeueing");
}

/*
 * Redis drops what is pending for a consumer that it forgets, so one that has
 * something in flight stays known; queue_group_tidy() forgets it later.
 */
enum queue_verdict
queue_consumer_leave(const struct queue_consumer *c)
{
	const struct queue_stream *s = &c->stream;
	const struct queue_reply *p;
	struct queue_reply *list;
	const char *name;
	size_t i, len;
	int busy = 0;

	list = queue_redis_run(s->redis, "XINFO", "CONSUMERS", s->name,
	    c->group, NULL);
	if (!queue_reply_has_shape(list, "*{.}")) {
		queue_reply_free(list);	/* or the group is gone */
		return list == NULL ? QUEUE_LOST : QUEUE_OK;
	}
	for (i = 0; i < queue_reply_count(list); i++) {
		p = queue_reply_at(list, i);
		name = queue_reply_text(queue_reply_member(p, "name"), &len);
		if (name != NULL && strcmp(name, c->name) == 0)
			busy = queue_reply_num(queue_reply_member(p,
			    "pending")) > 0;
	}
	queue_reply_free(list);
	return busy ? QUEUE_OK : queue_reply_end(queue_redis_run(s->redis,
	    "XGROUP", "DELCONSUMER", s->name, c->group, c->name, NULL), "i",
	    "XGROUP DELCONSUMER");
}
