/* SPDX-License-Identifier: ISC */
/*
 * Dead letters by hand: list, replay, discard.  What is done to one letter is
 * one script in Redis (queue/dead.h), so this may be killed at any moment, and
 * several may be at it at once.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/civil.h"
#include "io/cli.h"
#include "json/write.h"
#include "queue/dead.h"
#include "queue/group.h"
#include "queue/redis.h"
#include "work.h"

#define YEAR_10000	INT64_C(253402300800)

/* The report lines of a letter, as strings: they need not be JSON. */
static void
write_lines(struct json_write *w, const struct queue_entry *e)
{
	struct queue_line l = { 0 };

	json_write_array(w, "lines");
	while (queue_entry_line(e, &l)) {
		json_write_value(w, NULL);
		json_write_str(w->b, l.text, l.len);
	}
	json_write_end(w);
}

/* One line of -l; LINES: with its report lines, which may be personal. */
static void
print_letter(struct base_buf *b, const char *id, const struct queue_dead *d,
    int lines)
{
	const struct queue_entry *e = &d->entry;
	char time[BASE_CIVIL_TIME_LEN + 1];
	struct json_write w;

	json_write_begin(&w, b);
	json_write_text(&w, "id", id);
	json_write_text(&w, "group", e->group == NULL ? "" : e->group);
	json_write_text(&w, "reason", d->reason == NULL ? "" : d->reason);
	if (d->time_ms >= 0 && d->time_ms / 1000 < YEAR_10000) {
		base_civil_format_time(time, d->time_ms / 1000, 'T');
		strlcat(time, "Z", sizeof(time));
		json_write_text(&w, "time", time);
	}
	json_write_i64(&w, "time_ms", d->time_ms);
	json_write_i64(&w, "accepted_ms", e->time_ms);
	if (e->keylen > 0) {
		json_write_value(&w, "key");
		json_write_str(b, e->key, e->keylen);
	}
	json_write_i64(&w, "reports", e->count);
	if (e->line > 0)
		json_write_i64(&w, "line", e->line);
	if (lines)
		write_lines(&w, e);
	json_write_end(&w);
	io_cli_line(b);
}

/*
 * What is done to a letter.  These return QUEUE_OK; QUEUE_NONE after a warning
 * if it could not be done to this one; or a failure, after which the others
 * need not be tried.
 */
typedef enum queue_verdict letter_action(struct work *w, const char *id,
	    const struct queue_groups *g);

static enum queue_verdict
list_letter(struct work *w, const char *id, const struct queue_groups *g)
{
	enum queue_verdict v;
	struct queue_dead d;
	struct base_buf b;

	(void)g;
	v = queue_dead_get(&w->consumer.stream, id, &d);
	if (v != QUEUE_OK)
		return v == QUEUE_NONE ? QUEUE_OK : v;	/* gone meanwhile */
	base_buf_init(&b);
	print_letter(&b, id, &d, w->verbose);
	base_buf_done(&b);
	queue_dead_done(&d);
	return QUEUE_OK;
}

/* Pass on V, how something was done to letter ID; warn if there is none. */
static enum queue_verdict
warn_if_none(enum queue_verdict v, const char *id)
{
	if (v == QUEUE_NONE)
		warnx("%s: no such dead letter", id);
	return v;
}

/* Without its group nobody would ever take the letter from the stream. */
static enum queue_verdict
replay_letter(struct work *w, const char *id, const struct queue_groups *g)
{
	const char *group = strchr(id, ':');

	if (group != NULL && queue_groups_find(g, group + 1) == NULL) {
		warnx("%s: there is no group %s to replay it for", id,
		    group + 1);
		return QUEUE_NONE;
	}
	return warn_if_none(queue_dead_replay(&w->consumer.stream, id), id);
}

static enum queue_verdict
discard_letter(struct work *w, const char *id, const struct queue_groups *g)
{
	(void)g;
	return warn_if_none(queue_dead_discard(&w->consumer.stream, id), id);
}

/* Do ACTION to every letter: QUEUE_NONE if that failed for some of them. */
static enum queue_verdict
do_all(struct work *w, const struct queue_groups *g, letter_action *action)
{
	enum queue_verdict all = QUEUE_OK, v;
	struct queue_reply *ids;
	const char *id;
	size_t i, len;

	v = queue_dead_list(&w->consumer.stream, &ids);
	if (v != QUEUE_OK)
		return v;
	for (i = 0; all >= 0 && i < queue_reply_count(ids); i++) {
		id = queue_reply_text(queue_reply_at(ids, i), &len);
		if (id != NULL && (v = action(w, id, g)) != QUEUE_OK)
			all = v;
	}
	queue_reply_free(ids);
	return all;
}

int
work_dead(struct work *w, int what, char *const *id, int n)
{
	enum queue_verdict all = QUEUE_OK, v;
	letter_action *action;
	struct queue_groups g;
	int i;

	action = what == 'l' ? list_letter : what == 'r' ? replay_letter :
	    discard_letter;
	if (queue_groups_read(&w->consumer.stream, &g) != QUEUE_OK)
		return EX_TEMPFAIL;
	for (i = 0; all >= 0 && i < n; i++) {
		v = strcmp(id[i], "all") == 0 ? do_all(w, &g, action) :
		    action(w, id[i], &g);
		if (v != QUEUE_OK)
			all = v;
	}
	queue_groups_done(&g);
	io_cli_flush();
	return all < 0 ? EX_TEMPFAIL : all == QUEUE_NONE ? 1 : EX_OK;
}
