/* SPDX-License-Identifier: ISC */
/*
 * The way of reports: what waits in the spool of this host, and for each group
 * in the stream; who is at work; and what was set aside.
 */
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/url.h"
#include "queue/batch.h"
#include "queue/dead.h"
#include "queue/group.h"
#include "queue/redis.h"
#include "queue/stream.h"
#include "spool/look.h"

#include "status.h"

/* A spool that has more is not read to learn how old its records are. */
#define READ_MAX	(1LL << 30)

static int64_t
age_s(int64_t time_ms)
{
	int64_t age_ms = base_clock_now_ms() - time_ms;

	return age_ms > 0 ? age_ms / 1000 : 0;
}

/* What is found by reading all segments. */
struct segments {
	int64_t	oldest_ms;	/* of what was not passed on; 0: none */
	int	unreadable;
};

static void
on_segment(void *arg, const struct spool_look_segment *g)
{
	struct segments *all = arg;

	if (g->sent < g->records && g->first_ms > 0 &&
	    (all->oldest_ms == 0 || g->first_ms < all->oldest_ms))
		all->oldest_ms = g->first_ms;
	all->unreadable += strcmp(g->state, "unreadable") == 0;
}

/*
 * The age is that of the first record of the oldest segment that was not all
 * passed on, so it may be too old by what a segment spans.
 */
static void
check_waiting(struct status *s, const struct spool_look *size)
{
	struct segments all = { 0 };
	int64_t age;

	if (size->bytes <= READ_MAX &&
	    spool_look_list(s->cf.spool_dir, on_segment, &all) == 1 &&
	    all.unreadable > 0)
		tell(s, "spool", BROKEN, "look at the disk, and at owners and "
		    "rights", "%d segments cannot be read", all.unreadable);
	if (size->waiting == 0 || all.oldest_ms == 0) {
		tell(s, "spool", FINE, NULL, "%lld of %lld bytes wait",
		    (long long)size->waiting, (long long)size->bytes);
		return;
	}
	age = age_s(all.oldest_ms);
	measure(s, "spool.age", age, "%lld bytes wait, the oldest for %lld s",
	    (long long)size->waiting, (long long)age);
}

/*
 * loc-feed holds feed.lock while it lives.  To ask whether somebody holds it
 * does not take it, so that one which is about to start is not disturbed: the
 * list of locks of the system says it.
 */
static int
is_locked(int dirfd)
{
	struct stat st;
	char line[256], want[64];
	int found = 0;
	FILE *fp;

	if (fstatat(dirfd, "feed.lock", &st, 0) == -1 ||
	    (fp = fopen("/proc/locks", "re")) == NULL)
		return -1;
	snprintf(want, sizeof(want), ":%llu ", (unsigned long long)st.st_ino);
	while (!found && fgets(line, sizeof(line), fp) != NULL)
		found = strstr(line, "FLOCK") != NULL &&
		    strstr(line, want) != NULL;
	fclose(fp);
	return found;
}

static void
check_feed(struct status *s)
{
	int fd = open(s->cf.spool_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return;
	if (is_locked(fd) == 1)
		tell(s, "feed", FINE, NULL, "loc-feed is at work");
	else
		tell(s, "feed", BROKEN, "start loc-feed", "no loc-feed is at "
		    "work in %s", s->cf.spool_dir);
	close(fd);
}

void
check_spool(struct status *s)
{
	struct spool_look size;
	struct statvfs fs;
	int64_t pct;

	switch (spool_look_size(s->cf.spool_dir, &size)) {
	case 0:
		return;
	case -1:
		tell(s, "spool", DEGRADED, "run it as the service's user", "%s",
		    said(s));
		return;
	}
	check_feed(s);
	check_waiting(s, &size);
	measure(s, "spool.bad", size.bad_bytes, "%lld bytes were damaged",
	    (long long)size.bad_bytes);
	pct = size.bytes * 100 / s->cf.spool_max_bytes;
	measure(s, "spool.full", pct, "%lld %% of max_bytes", (long long)pct);
	if (statvfs(s->cf.spool_dir, &fs) == 0 && fs.f_blocks > 0) {
		pct = (int64_t)(100 - fs.f_bavail * 100 / fs.f_blocks);
		measure(s, "spool.disk", pct, "%lld %% of its disk is used",
		    (long long)pct);
	}
}

/* What one group has still to do, and how old the oldest of it is. */
static void
check_group(struct status *s, const struct queue_stream *stream,
    const struct queue_group *g, int64_t length)
{
	int64_t age = 0, lag = g->lag == -1 ? length : g->lag;
	struct queue_batch b;

	if (queue_stream_oldest_from(stream, &g->low, &b) != QUEUE_OK) {
		tell(s, "queue.age", BROKEN, "see redis", "%s", said(s));
		return;
	}
	if (b.n > 0 && lag > 0)
		age = age_s(b.entry[0].time_ms);
	queue_batch_done(&b);
	measure(s, "queue.age", age, "%s: %lld submissions wait, the oldest "
	    "for %lld s", g->name, (long long)lag, (long long)age);
	if (strcmp(g->name, QUEUE_GROUP_INTERNAL) == 0)
		measure(s, "queue.waiting", lag, "%lld submissions wait to be "
		    "counted", (long long)lag);
}

void
check_groups(struct status *s)
{
	const struct queue_stream stream = { s->redis, s->cf.queue_stream };
	struct queue_groups g;
	struct queue_state st;
	size_t i;

	if (s->redis == NULL)
		return;
	if (queue_stream_state(&stream, &st) != QUEUE_OK ||
	    queue_groups_read(&stream, &g) != QUEUE_OK) {
		tell(s, "queue", BROKEN, "see redis", "%s", said(s));
		return;
	}
	if (queue_groups_find(&g, QUEUE_GROUP_INTERNAL) == NULL)
		tell(s, "queue", st.length > 0 ? BROKEN : DEGRADED,
		    "start loc-work", "no loc-work has ever run: %lld "
		    "submissions wait", (long long)st.length);
	for (i = 0; i < g.n; i++)
		if (g.at[i].exists) {
			s->about = g.at[i].name;
			check_group(s, &stream, &g.at[i], st.length);
			s->about = NULL;
		} else
			tell(s, "queue", DEGRADED, "start loc-work and "
			    "loc-forward", "%s: Redis has lost its group",
			    g.at[i].name);
	queue_groups_done(&g);
}

/* How many lines of LIST, of LEN bytes, are of clients of this NAME? */
static int64_t
count_clients(const char *list, size_t len, const char *name, unsigned db)
{
	const char *end = list + len, *eol, *p;
	char line[1024], at[32], word[64];
	int64_t n = 0;

	snprintf(word, sizeof(word), " name=%s ", name);
	snprintf(at, sizeof(at), " db=%u ", db);
	for (p = list; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			eol = end;
		snprintf(line, sizeof(line), "%.*s", (int)(eol - p), p);
		n += strstr(line, word) != NULL && strstr(line, at) != NULL;
	}
	return n;
}

/* The number of the database in cache_url. */
static unsigned
redis_db(const struct status *s)
{
	struct conf_url u;
	unsigned db = 0;

	if (conf_url_parse(&u, CONF_URL_REDIS, s->cf.cache_url) == NULL) {
		db = u.db;
		conf_url_done(&u);
	}
	return db;
}

/*
 * Every program tells Redis its name with each connection, and a worker holds
 * one as long as it lives.  A Redis that is used by several services shows the
 * clients of all: those of our database count.
 */
void
check_workers(struct status *s)
{
	struct queue_reply *list;
	const char *text;
	int64_t n, forward;
	size_t len;

	if (s->redis == NULL)
		return;
	list = queue_redis_run(s->redis, "CLIENT", "LIST", NULL);
	if (list == NULL)
		return;		/* see redis */
	if ((text = queue_reply_text(list, &len)) == NULL) {
		tell(s, "workers", DEGRADED, "let the account of cache_url "
		    "use CLIENT LIST", "%s", queue_redis_error(s->redis));
		queue_reply_free(list);
		return;
	}
	n = count_clients(text, len, "loc-work", redis_db(s));
	forward = count_clients(text, len, "loc-forward", redis_db(s));
	queue_reply_free(list);
	if (n == 0)
		tell(s, "workers", BROKEN, "start loc-work",
		    "no loc-work is alive");
	else
		tell(s, "workers", FINE, NULL, "%lld of loc-work, %lld of "
		    "loc-forward", (long long)n, (long long)forward);
}

void
check_dead(struct status *s)
{
	const struct queue_stream stream = { s->redis, s->cf.queue_stream };
	int64_t n;

	if (s->redis == NULL)
		return;
	if (queue_dead_count(&stream, &n) != QUEUE_OK)
		tell(s, "queue.dead", BROKEN, "see redis", "%s", said(s));
	else
		measure(s, "queue.dead", n, "%lld dead letters", (long long)n);
}
