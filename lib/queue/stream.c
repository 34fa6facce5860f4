/* SPDX-License-Identifier: ISC */
/*
 * Shipping, and looking at what was shipped.
 *
 * The spool is the record of what was accepted and Redis only transport, so
 * the question that everything here serves is: does Redis still have what was
 * shipped?  Redis may be killed and come back with what it had a second ago,
 * be emptied, or be replaced by a replica that lags behind.  It says nothing
 * of any of these.
 *
 * Therefore every feed has a marker: a string in Redis that counts the records
 * it has shipped.  The marker is changed in the same transaction that adds the
 * entries, so in whatever state of the past Redis comes back, marker and
 * stream fit together: the marker says how many records of this feed that
 * stream has been given.  The feed remembers the number on disk.
 *
 * To ship is
 *
 *	WATCH marker, GET marker	compare it with the number remembered
 *	MULTI
 *	XADD ... (for each record)
 *	SET marker NUMBER + N
 *	EXEC
 *
 * What can happen between any two of these steps:
 *
 *  1. Redis forgets something before the WATCH.  Then GET shows an older
 *     marker, or none: nothing is added, and the feed goes back to what is
 *     not done yet and ships that again.
 *  2. It does so after the WATCH.  WATCH belongs to the connection, which a
 *     restart or failover ends: QUEUE_LOST.  FLUSHALL keeps the connection
 *     but touches the marker, so EXEC does nothing: QUEUE_CHANGED.
 *  3. The connection is lost before EXEC is answered.  Then nobody knows
 *     whether it was done.  The feed reads the marker anew: it is either the
 *     old number (not done) or the new one (done).
 *  4. Two feeds with the same marker (a spool that was copied): the WATCH of
 *     the one fails when the other ships.
 *  5. Redis has no memory for an XADD.  It refuses the command while it is
 *     queued, and EXEC as a whole with EXECABORT: QUEUE_FULL, nothing done.
 *
 * A crash of the feed is the same as 3.  Shipping again what was shipped
 * before costs time only, as consumers skip what they have counted.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/outage.h"
#include "queue/batch.h"
#include "queue/command.h"
#include "queue/redis.h"
#include "queue/stream.h"

/* Append an XADD of E to the stream. */
static int
append_entry(const struct queue_stream *s, const struct queue_entry *e)
{
	struct queue_command c;

	queue_command_init(&c, "XADD");
	queue_command_str(&c, s->name);
	queue_command_str(&c, "*");
	queue_entry_add(&c, e);
	return queue_command_append(&c, s->redis);
}

/* Append a command of up to three words; NULL ends them. */
static int
append_words(const struct queue_stream *s, const char *a, const char *b,
    const char *c)
{
	const char *arg[3] = { a, b, c };
	int n = b == NULL ? 1 : c == NULL ? 2 : 3;

	return queue_redis_append(s->redis, n, arg, NULL);
}

/*
 * Watch MARKER and compare it with EXPECT: QUEUE_OK if it is the same.  If
 * not, it is not watched any more.
 */
static enum queue_verdict
watch_marker(const struct queue_stream *s, const char *marker,
    const char *expect)
{
	struct queue_reply *reply;
	enum queue_verdict v;
	const char *text;
	size_t len;

	if (append_words(s, "WATCH", marker, NULL) == -1 ||
	    append_words(s, "GET", marker, NULL) == -1)
		return QUEUE_LOST;
	if ((v = queue_redis_skip(s->redis, 1)) == QUEUE_LOST ||
	    (reply = queue_redis_get(s->redis)) == NULL)
		return QUEUE_LOST;
	text = queue_reply_text(reply, &len);
	if (v == QUEUE_OK && !queue_reply_has_shape(reply, "n"))
		v = QUEUE_REFUSED;
	else if (v == QUEUE_OK && (text == NULL || len != strlen(expect) ||
	    memcmp(text, expect, len) != 0))
		v = QUEUE_CHANGED;
	queue_reply_free(reply);
	if (v != QUEUE_OK && (append_words(s, "UNWATCH", NULL, NULL) == -1 ||
	    queue_redis_skip(s->redis, 1) == QUEUE_LOST))
		return QUEUE_LOST;
	return v;
}

/* What the error E, or NULL, of a command in a transaction means. */
static enum queue_verdict
error_verdict(const char *e)
{
	if (e == NULL)
		return QUEUE_OK;
	return strncmp(e, "OOM ", 4) == 0 ? QUEUE_FULL : QUEUE_REFUSED;
}

/*
 * Read the N replies to MULTI and to what it queued.  QUEUE_FULL outweighs
 * other refusals: it says why EXEC will fail.
 */
static enum queue_verdict
read_queued(const struct queue_stream *s, size_t n)
{
	enum queue_verdict one, v = QUEUE_OK;
	struct queue_reply *reply;

	for (; n > 0; n--) {
		if ((reply = queue_redis_get(s->redis)) == NULL)
			return QUEUE_LOST;
		one = error_verdict(queue_reply_error(reply));
		if (one != QUEUE_OK && v != QUEUE_FULL)
			v = one;
		queue_reply_free(reply);
	}
	return v;
}

/* What REPLY to EXEC says of the N entries, whose ids are set. */
static enum queue_verdict
read_exec(const struct queue_reply *reply, struct queue_entry *e, size_t n)
{
	enum queue_verdict v = error_verdict(queue_reply_error(reply));
	size_t i;

	if (v != QUEUE_OK)
		return v;
	if (queue_reply_is_nil(reply))
		return QUEUE_CHANGED;	/* the watched marker was touched */
	if (queue_reply_count(reply) != n + 1)
		return QUEUE_REFUSED;
	for (i = 0; i < n; i++)
		if (!queue_id_read(&e[i].id, queue_reply_at(reply, i)))
			return QUEUE_REFUSED;
	return QUEUE_OK;
}

/* All in two round trips: one to watch and look, one to do it. */
enum queue_verdict
queue_stream_ship(const struct queue_stream *s, struct queue_entry *e,
    size_t n, const char *marker, const char *expect, const char *value)
{
	struct queue_reply *reply;
	enum queue_verdict done, v;
	size_t i;

	assert(n > 0);
	if ((v = watch_marker(s, marker, expect)) != QUEUE_OK)
		return v;
	if (append_words(s, "MULTI", NULL, NULL) == -1)
		return QUEUE_LOST;
	for (i = 0; i < n; i++)
		if (append_entry(s, &e[i]) == -1)
			return QUEUE_LOST;
	if (append_words(s, "SET", marker, value) == -1 ||
	    append_words(s, "EXEC", NULL, NULL) == -1)
		return QUEUE_LOST;
	if ((v = read_queued(s, n + 2)) == QUEUE_LOST ||
	    (reply = queue_redis_get(s->redis)) == NULL)
		return QUEUE_LOST;
	done = read_exec(reply, e, n);
	queue_reply_free(reply);
	return v != QUEUE_OK ? v : done;
}

enum queue_verdict
queue_stream_marker(const struct queue_stream *s, const char *marker,
    char *text, size_t cap)
{
	struct queue_reply *reply;
	enum queue_verdict v;
	const char *value;
	size_t len = 0;
	int found;

	reply = queue_redis_run(s->redis, "GET", marker, NULL);
	value = queue_reply_text(reply, &len);
	if ((found = value != NULL))
		strlcpy(text, value, cap);
	v = queue_reply_end(reply, "n", "GET");
	return v == QUEUE_OK && !found ? QUEUE_NONE : v;
}

enum queue_verdict
queue_stream_set_marker(const struct queue_stream *s, const char *marker,
    const char *value)
{
	return queue_reply_end(queue_redis_run(s->redis, "SET", marker, value,
	    NULL), "s", "SET");
}

/* The last id outlives the entries: an empty stream still has one. */
enum queue_verdict
queue_stream_state(const struct queue_stream *s, struct queue_state *st)
{
	const struct queue_reply *added, *length;
	struct queue_reply *info;
	enum queue_verdict v;
	const char *e;
	int good;

	memset(st, 0, sizeof(*st));
	info = queue_redis_run(s->redis, "XINFO", "STREAM", s->name, NULL);
	if ((e = queue_reply_error(info)) != NULL &&
	    strstr(e, "no such key") != NULL) {
		queue_reply_free(info);
		return QUEUE_OK;
	}
	length = queue_reply_member(info, "length");
	good = queue_id_read(&st->last, queue_reply_member(info,
	    "last-generated-id")) && queue_reply_has_shape(length, "i") &&
	    queue_reply_num(length) >= 0;
	st->length = queue_reply_num(length);
	added = queue_reply_member(info, "entries-added");
	st->added = added == NULL ? -1 : queue_reply_num(added);
	v = queue_reply_end(info, "{.}", "XINFO STREAM");
	if (v == QUEUE_OK && !good) {
		io_outage_shared_fails("an odd reply", "redis: the state of "
		    "the stream");
		v = QUEUE_REFUSED;
	}
	return v;
}

enum queue_verdict
queue_stream_trim(const struct queue_stream *s, const struct queue_id *low,
    int64_t *n)
{
	struct queue_reply *reply;
	char text[QUEUE_ID_TEXT];

	queue_id_format(text, low);
	reply = queue_redis_run(s->redis, "XTRIM", s->name, "MINID", text,
	    NULL);
	*n = queue_reply_num(reply);
	return queue_reply_end(reply, "i", "XTRIM");
}

/* One entry at most, by WORD (a range of entries) from FROM to TO. */
static enum queue_verdict
read_nearest(const struct queue_stream *s, const char *word,
    const char *from, const char *to, struct queue_batch *b)
{
	enum queue_verdict v;

	memset(b, 0, sizeof(*b));
	b->reply = queue_redis_run(s->redis, word, s->name, from, to, "COUNT",
	    "1", NULL);
	if ((v = queue_reply_check(b->reply, "*[s.]", word)) == QUEUE_OK)
		return queue_batch_read(b, b->reply);
	queue_batch_done(b);
	return v;
}

enum queue_verdict
queue_stream_newest_before(const struct queue_stream *s,
    const struct queue_id *id, struct queue_batch *b)
{
	char end[1 + QUEUE_ID_TEXT] = "(";

	queue_id_format(end + 1, id);
	return read_nearest(s, "XREVRANGE", end, "-", b);
}

enum queue_verdict
queue_stream_oldest_from(const struct queue_stream *s,
    const struct queue_id *id, struct queue_batch *b)
{
	char from[QUEUE_ID_TEXT];

	queue_id_format(from, id);
	return read_nearest(s, "XRANGE", from, "+", b);
}
