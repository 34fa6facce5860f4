/* SPDX-License-Identifier: ISC */
/*
 * A letter is known by its submission's id, its line's number and its group.
 * A submission's id is 16 bytes; its report line NUMBER has the id that is
 * larger by NUMBER, as a line becomes a submission of its own when it is
 * replayed (ids are random enough that no other submission has that id).  So
 * it does not matter how often something is set aside, by how many consumers,
 * or whether one of them died in the middle: it is the same letter.
 *
 * Every change is a script, so that nothing is done by halves: an entry is
 * either pending or a letter, a letter is either listed or in the stream.
 * The scripts begin with a write that needs no memory (DEL), after which
 * Redis lets them use more than there is: what cannot be set aside would hold
 * up everything behind it.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "queue/command.h"
#include "queue/consumer.h"
#include "queue/dead.h"
#include "queue/names.h"
#include "queue/redis.h"
#include "queue/stream.h"

/* What the hash of a letter has besides the names of an entry. */
#define REASON	"reason"
#define TIME	"time"

/*
 * KEYS: stream, letters, letter.  ARGV: group, id of the letter, time, its
 * names and values; and last the entry that is done, or "".
 */
static const char bury_script[] =
    "redis.call('DEL', KEYS[3])\n"
    "redis.call('HSET', KEYS[3], unpack(ARGV, 4, #ARGV - 1))\n"
    "redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])\n"
    "if ARGV[#ARGV] ~= '' then\n"
    "  redis.call('XACK', KEYS[1], ARGV[1], ARGV[#ARGV])\n"
    "end\n";

/*
 * KEYS: stream, letters, letter.  ARGV: id of the letter.  What is no name of a
 * letter is one of the entry, and travels on, whoever knows it.
 */
static const char replay_script[] =
    "local all, fields = redis.call('HGETALL', KEYS[3]), {}\n"
    "for i = 1, #all, 2 do\n"
    "  if all[i] ~= '" REASON "' and all[i] ~= '" TIME "' then\n"
    "    table.insert(fields, all[i])\n"
    "    table.insert(fields, all[i + 1])\n"
    "  end\n"
    "end\n"
    "redis.call('DEL', KEYS[3])\n"
    "redis.call('ZREM', KEYS[2], ARGV[1])\n"
    "if #fields == 0 then return 0 end\n"
    "redis.call('XADD', KEYS[1], '*', unpack(fields))\n"
    "return 1\n";

/* KEYS and ARGV as for the replay. */
static const char discard_script[] =
    "redis.call('DEL', KEYS[3])\n"
    "return redis.call('ZREM', KEYS[2], ARGV[1])\n";

/* The keys of the letter ID, and of all. */
struct letter_keys {
	char	all[QUEUE_NAMES_LEN], letter[QUEUE_NAMES_LETTER_LEN];
};

/* ID is "" where only the set is needed. */
static void
set_letter_keys(struct letter_keys *k, const struct queue_stream *s,
    const char *id)
{
	queue_names_dead(k->all, s->name);
	queue_names_letter(k->letter, s->name, id);
}

/* Begin SCRIPT; K must live until it is sent. */
static void
begin_letter(struct queue_command *c, const char *script,
    const struct queue_stream *s, const struct letter_keys *k)
{
	queue_command_script(c, script, 3);
	queue_command_str(c, s->name);
	queue_command_str(c, k->all);
	queue_command_str(c, k->letter);
}

/* The last eight bytes of an id are a number; lines are counted on from it. */
static void
count_on(uint8_t to[QUEUE_ENTRY_SUBMISSION],
    const uint8_t id[QUEUE_ENTRY_SUBMISSION], uint64_t number)
{
	memcpy(to, id, 8);
	base_bytes_put_be(to + 8, base_bytes_get_be(id + 8, 8) + number, 8);
}

/* Lines count from 1: with 0 a line would have the id of its whole. */
void
queue_dead_line_submission(uint8_t id[QUEUE_ENTRY_SUBMISSION],
    const struct queue_entry *e, uint32_t number)
{
	assert(number > 0);
	count_on(id, e->submission, number);
}

/*
 * The way back: the number is taken off again, in arithmetic that wraps around
 * as it did before.
 */
void
queue_dead_whole_submission(uint8_t id[QUEUE_ENTRY_SUBMISSION],
    const struct queue_entry *e)
{
	assert(e->line > 0);
	count_on(id, e->submission, -(uint64_t)e->line);
}

/* The id of the letter that SUBMISSION is for GROUP. */
static void
format_id(char id[QUEUE_DEAD_ID_LEN],
    const uint8_t submission[QUEUE_ENTRY_SUBMISSION], const char *group)
{
	int i;

	for (i = 0; i < QUEUE_ENTRY_SUBMISSION; i++)
		snprintf(id + 2 * i, 3, "%02x", submission[i]);
	snprintf(id + 2 * i, QUEUE_DEAD_ID_LEN - 2 * (size_t)i, ":%s", group);
}

/*
 * The same steps as when it is set aside, so that whoever reports an error can
 * name the letter before there is one.
 */
void
queue_dead_id(char id[QUEUE_DEAD_ID_LEN], const struct queue_consumer *c,
    const struct queue_entry *e, uint32_t number)
{
	uint8_t line[QUEUE_ENTRY_SUBMISSION];

	count_on(line, e->submission, number);
	format_id(id, line, c->group);
}

/* Make a letter of E, and acknowledge the entry DONE unless it is NULL. */
static enum queue_verdict
put_letter(const struct queue_consumer *to, struct queue_entry *e,
    const struct queue_id *done, const char *reason)
{
	int64_t now = base_clock_now_ms();
	struct queue_command c;
	struct letter_keys k;
	char id[QUEUE_DEAD_ID_LEN];

	e->group = to->group;
	format_id(id, e->submission, to->group);
	set_letter_keys(&k, &to->stream, id);
	begin_letter(&c, bury_script, &to->stream, &k);
	queue_command_str(&c, to->group);
	queue_command_str(&c, id);
	queue_command_num(&c, now);
	queue_entry_add(&c, e);
	queue_command_str(&c, REASON);
	queue_command_str(&c, reason);
	queue_command_str(&c, TIME);
	queue_command_num(&c, now);
	if (done != NULL)
		queue_command_id(&c, done);
	else
		queue_command_str(&c, "");
	return queue_reply_end(queue_command_run(&c, to->stream.redis), "n",
	    "setting aside");
}

/*
 * Set aside and acknowledged in one script: were it two, a crash between them
 * would leave an entry that is both, or neither.  Of an entry that loses a line
 * the others are still to be counted.
 */
enum queue_verdict
queue_dead_bury(const struct queue_consumer *c, const struct queue_entry *e,
    const struct queue_line *l, const char *reason)
{
	struct queue_entry letter = *e;

	if (l != NULL) {
		queue_dead_line_submission(letter.submission, e, l->number);
		letter.count = 1;
		letter.payload = l->text;
		letter.len = l->len;
		letter.line = l->number;
	}
	return put_letter(c, &letter, l == NULL ? &e->id : NULL, reason);
}

enum queue_verdict
queue_dead_count(const struct queue_stream *s, int64_t *n)
{
	char all[QUEUE_NAMES_LEN];
	struct queue_reply *reply;

	queue_names_dead(all, s->name);
	reply = queue_redis_run(s->redis, "ZCARD", all, NULL);
	*n = queue_reply_num(reply);
	return queue_reply_end(reply, "i", "ZCARD");
}

/*
 * Ids only: letters may be as large as submissions, and whoever lists them
 * reads one at a time.
 */
enum queue_verdict
queue_dead_list(const struct queue_stream *s, struct queue_reply **ids)
{
	char all[QUEUE_NAMES_LEN];
	enum queue_verdict v;

	queue_names_dead(all, s->name);
	*ids = queue_redis_run(s->redis, "ZRANGE", all, "0", "-1", NULL);
	if ((v = queue_reply_check(*ids, "*s", "ZRANGE")) != QUEUE_OK) {
		queue_reply_free(*ids);
		*ids = NULL;
	}
	return v;
}

/*
 * A hash that is not there is an empty one for Redis: somebody has replayed or
 * discarded the letter meanwhile.
 */
enum queue_verdict
queue_dead_get(const struct queue_stream *s, const char *id,
    struct queue_dead *d)
{
	char letter[QUEUE_NAMES_LETTER_LEN];
	const struct queue_id none = { 0 };
	enum queue_verdict v;
	size_t len;

	memset(d, 0, sizeof(*d));
	queue_names_letter(letter, s->name, id);
	d->reply = queue_redis_run(s->redis, "HGETALL", letter, NULL);
	if (queue_reply_count(d->reply) == 0 ||
	    !queue_reply_has_shape(d->reply, "{s}")) {
		v = queue_reply_end(d->reply, "{s}", "HGETALL");
		d->reply = NULL;
		return v == QUEUE_OK ? QUEUE_NONE : v;
	}
	queue_entry_read(&d->entry, &none, d->reply);
	d->reason = queue_reply_text(queue_reply_member(d->reply, REASON),
	    &len);
	d->time_ms = queue_reply_num(queue_reply_member(d->reply, TIME));
	return QUEUE_OK;
}

/* The texts of the letter go with its reply. */
void
queue_dead_done(struct queue_dead *d)
{
	queue_reply_free(d->reply);
	memset(d, 0, sizeof(*d));
}

/* Run SCRIPT, which tells whether there was the letter ID. */
static enum queue_verdict
run_on_letter(const struct queue_stream *s, const char *script,
    const char *id, const char *what)
{
	struct queue_command c;
	struct queue_reply *reply;
	struct letter_keys k;
	enum queue_verdict v;
	int found;

	set_letter_keys(&k, s, id);
	begin_letter(&c, script, s, &k);
	queue_command_str(&c, id);
	reply = queue_command_run(&c, s->redis);
	found = queue_reply_num(reply) > 0;
	v = queue_reply_end(reply, ".", what);
	return v == QUEUE_OK && !found ? QUEUE_NONE : v;
}

enum queue_verdict
queue_dead_replay(const struct queue_stream *s, const char *id)
{
	return run_on_letter(s, replay_script, id, "replaying");
}

enum queue_verdict
queue_dead_discard(const struct queue_stream *s, const char *id)
{
	return run_on_letter(s, discard_script, id, "discarding");
}
