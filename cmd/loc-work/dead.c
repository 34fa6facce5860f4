/* SPDX-License-Identifier: ISC */
/* Dead letters by hand: list, replay, discard. */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "io/cli.h"
#include "json/write.h"
#include "queue/dead.h"
#include "queue/group.h"
#include "queue/redis.h"
#include "work.h"

#define AWAY	(-1)	/* Redis has warned */

/* The report lines of a letter, as strings: they need not be JSON. */
static void
add_lines(struct base_buf *b, const struct queue_entry *e)
{
	const char *end = e->payload + e->len, *lf, *p, *sep = "";

	base_buf_str(b, ", \"lines\": [");
	for (p = e->payload; p < end; p = lf + 1) {
		if ((lf = memchr(p, '\n', (size_t)(end - p))) == NULL)
			lf = end;
		base_buf_str(b, sep);
		json_write_str(b, p, (size_t)(lf - p));
		sep = ", ";
	}
	base_buf_chr(b, ']');
}

static void
add_text(struct base_buf *b, const char *name, const char *text)
{
	base_buf_fmt(b, ", \"%s\": ", name);
	json_write_cstr(b, text == NULL ? "" : text);
}

static void
print(struct base_buf *b, const char *id, const struct queue_dead *d,
    int lines)
{
	const struct queue_entry *e = &d->entry;

	base_buf_reset(b);
	base_buf_str(b, "{\"id\": ");
	json_write_cstr(b, id);
	add_text(b, "group", e->group);
	add_text(b, "reason", d->reason);
	base_buf_fmt(b, ", \"time_ms\": %lld, \"accepted_ms\": %lld",
	    (long long)d->time_ms, (long long)e->time_ms);
	if (e->keylen > 0) {
		base_buf_str(b, ", \"key\": ");
		json_write_str(b, e->key, e->keylen);
	}
	base_buf_fmt(b, ", \"reports\": %u", (unsigned)e->count);
	if (e->line > 0)
		base_buf_fmt(b, ", \"line\": %u", (unsigned)e->line);
	if (lines)
		add_lines(b, e);
	base_buf_str(b, "}\n");
	if (base_buf_ok(b))
		fwrite(b->data, 1, b->len, stdout);
	else
		warnx("%s: out of memory", id);
}

/* Results of these: 1 done, 0 it could not be, AWAY. */

static int
list(struct work *w, const char *id, const struct queue_groups *g)
{
	struct queue_dead d;
	struct base_buf b;
	int rc;

	(void)g;
	if ((rc = queue_dead_get(&w->stream, id, &d)) != 1)
		return rc == 0 ? 1 : AWAY;	/* gone meanwhile */
	base_buf_init(&b);
	print(&b, id, &d, w->verbose);
	base_buf_done(&b);
	queue_dead_done(&d);
	return 1;
}

static int
replay(struct work *w, const char *id, const struct queue_groups *g)
{
	const char *group = strchr(id, ':');

	int rc;

	if (group != NULL && queue_groups_find(g, group + 1) == NULL) {
		warnx("%s: there is no group %s to replay it for", id,
		    group + 1);
		return 0;
	}
	if ((rc = queue_dead_replay(&w->stream, id)) == 0)
		warnx("%s: no such dead letter", id);
	return rc;
}

static int
discard(struct work *w, const char *id, const struct queue_groups *g)
{
	int rc;

	(void)g;
	if ((rc = queue_dead_discard(&w->stream, id)) == 0)
		warnx("%s: no such dead letter", id);
	return rc;
}

static int
all(struct work *w, const struct queue_groups *g,
    int (*one)(struct work *, const char *, const struct queue_groups *))
{
	struct queue_reply *ids;
	const char *id;
	size_t i, len;
	int done = 1, rc = 1;

	if (queue_dead_list(&w->stream, &ids) != 0)
		return AWAY;
	for (i = 0; rc >= 0 && i < queue_reply_count(ids); i++) {
		id = queue_reply_text(queue_reply_at(ids, i), &len);
		if (id != NULL && (rc = one(w, id, g)) == 0)
			done = 0;
	}
	queue_reply_free(ids);
	return rc < 0 ? AWAY : done;
}

int
work_dead(struct work *w, int what, char *const *id, int n)
{
	int (*one)(struct work *, const char *, const struct queue_groups *);
	struct queue_groups g;
	int done = 1, i, rc = 1;

	one = what == 'l' ? list : what == 'r' ? replay : discard;
	if (queue_groups_read(&w->stream, &g) != 0)
		return EX_TEMPFAIL;
	for (i = 0; rc >= 0 && i < n; i++) {
		rc = strcmp(id[i], "all") == 0 ? all(w, &g, one) :
		    one(w, id[i], &g);
		done &= rc;
	}
	queue_groups_done(&g);
	io_cli_flush();
	return rc < 0 ? EX_TEMPFAIL : done ? EX_OK : 1;
}
