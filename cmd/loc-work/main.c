/* SPDX-License-Identifier: ISC */
/*
 * loc-work - count the submissions of the stream in the database.
 *
 * Reads the stream as a consumer of its group; a batch becomes rows in one
 * transaction, together with the ids of its submissions, and is acknowledged
 * after the commit.  Killed before that, the entries stay pending and are
 * taken over by another worker; killed after it, they are found in the
 * ledger and skipped.  Between batches cell areas are brought up to date.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/clock.h"
#include "io/cli.h"
#include "net/statsd.h"
#include "queue/group.h"
#include "queue/redis.h"
#include "store/area.h"
#include "store/db.h"
#include "store/update.h"
#include "work.h"

#define SYNOPSIS	"[-1hvV] [-c config]\n" \
	"-l [-v] [-c config]\n" \
	"-r | -x [-c config] id ..."
#define REDIS_MS	10000		/* longest wait for an answer */
#define BLOCK_MS	1000		/* ... for the first entry */
#define LINGER_MS	50		/* ... for more of them */
#define READ_MAX	64		/* entries of one read */
#define MAX_READS	1024		/* of one batch */
#define ONCE_MS		200		/* between looks for others' entries */
#define PAUSE_MIN_MS	100
#define PAUSE_MAX_MS	10000
#define AREAS_EVERY_MS	1000
#define AREAS_FOR_MS	100		/* while reports are waiting */
#define FORGET_EVERY_MS	3600000
#define FORGET_ROWS	1000		/* of one statement */
#define OLD_MS		3600000		/* a worker that is gone */

volatile sig_atomic_t work_stopping, work_asked, work_reread;

static void
on_signal(int sig)
{
	if (sig == SIGUSR1)
		work_asked = 1;
	else if (sig == SIGHUP)
		work_reread = 1;
	else
		work_stopping = 1;
}

static void
answer(const struct work *w)
{
	const struct work_stats *s = &w->stats;

	work_asked = 0;
	warnx("%llu submissions, %llu reports, %llu observations, %llu rows, "
	    "%llu areas, %llu known, %llu set aside, %llu skipped",
	    (unsigned long long)s->submissions,
	    (unsigned long long)s->reports,
	    (unsigned long long)s->observations,
	    (unsigned long long)s->rows, (unsigned long long)s->areas,
	    (unsigned long long)s->known, (unsigned long long)s->buried,
	    (unsigned long long)s->skipped);
}

/* Sleep, but not longer than until a signal to stop. */
static void
nap(struct work *w, int64_t ms)
{
	int64_t end = base_clock_mono_ms() + ms, left;
	struct timespec ts = { 0, 0 };

	while (!work_stopping &&
	    (left = end - base_clock_mono_ms()) > 0) {
		ts.tv_nsec = (left < 100 ? left : 100) * 1000000;
		nanosleep(&ts, NULL);
		if (work_asked)
			answer(w);
	}
}

int
work_pause(struct work *w, int n)
{
	int64_t ms = PAUSE_MAX_MS;

	if (w->once || work_stopping)
		return -1;
	if (n < 8)
		ms = PAUSE_MIN_MS << (n - 1);
	if (ms > PAUSE_MAX_MS)
		ms = PAUSE_MAX_MS;
	nap(w, ms / 2 + arc4random_uniform((uint32_t)ms / 2 + 1));
	return work_stopping ? -1 : 0;
}

/* Entries in hand, as they were read. */
struct hand {
	struct queue_batch	*read;
	size_t			 nread;
	size_t			 n;		/* entries in all */
	uint64_t		 reports;
};

static void
hand_add(struct hand *h, const struct queue_batch *b)
{
	size_t i;

	h->read[h->nread++] = *b;
	h->n += b->n;
	for (i = 0; i < b->n; i++)
		h->reports += b->entry[i].count;
}

static void
hand_done(struct hand *h)
{
	size_t i;

	for (i = 0; i < h->nread; i++)
		queue_batch_done(&h->read[i]);
	h->nread = h->n = 0;
	h->reports = 0;
}

/* How many entries more make a batch, as large as those in hand. */
static size_t
room(const struct work *w, const struct hand *h)
{
	uint64_t want = (uint64_t)w->cf.work_batch_reports;

	if (h->n > 0) {
		if (h->reports >= want)
			return 0;
		want = (want - h->reports) * h->n / (h->reports + 1);
	}
	return want < READ_MAX ? (size_t)want : READ_MAX;
}

/* V of reading; without the group Redis was emptied, and it is made. */
static enum queue_verdict
with_group(struct work *w, enum queue_verdict v)
{
	return v == QUEUE_NONE ? queue_group_make(&w->consumer.stream,
	    w->consumer.group, 0) : v;
}

/* New entries, about a batch of them.  0, or -1 without any. */
static int
read_new(struct work *w, struct hand *h)
{
	int block = w->once ? 0 : BLOCK_MS;
	struct queue_batch b;
	size_t max;

	while ((max = room(w, h)) > 0 && h->nread < MAX_READS) {
		if (with_group(w, queue_consumer_read(&w->consumer, max,
		    block, &b)) != QUEUE_OK)
			return h->n > 0 ? 0 : -1;
		if (b.n == 0) {
			queue_batch_done(&b);
			break;
		}
		hand_add(h, &b);
		block = w->once ? 0 : LINGER_MS;
	}
	return 0;
}

/* What dead workers left.  Not while it could only fail again. */
static int
claim(struct work *w, struct hand *h)
{
	struct queue_batch b;

	if (store_db_exec(w->db, "DO 0") == -1)
		return w->once ? store_db_connect(w->db, 0) : 0;
	if (with_group(w, queue_consumer_claim(&w->consumer, READ_MAX,
	    w->cf.queue_claim_idle_s * 1000, w->cf.queue_max_deliveries,
	    &b)) != QUEUE_OK)
		return -1;
	hand_add(h, &b);
	return 0;
}

/* Count what is in hand, in transactions of about a batch. */
static int
work_off(struct work *w, const struct hand *h)
{
	uint64_t reports = 0;
	struct work_item *item;
	size_t first = 0, i, k, n = 0;
	int rc = 0;

	if ((item = calloc(h->n, sizeof(*item))) == NULL) {
		warn("batch");
		return -1;
	}
	for (i = 0; i < h->nread; i++)
		for (k = 0; k < h->read[i].n; k++)
			item[n++].entry = &h->read[i].entry[k];
	for (i = 0; i < n && rc == 0; i++) {
		reports += item[i].entry->count;
		if (i + 1 < n && reports + item[i + 1].entry->count <=
		    (uint64_t)w->cf.work_batch_reports)
			continue;
		rc = work_apply(w, item + first, i + 1 - first);
		first = i + 1;
		reports = 0;
	}
	free(item);
	return rc;
}

/* When something is due next, on the clock that never steps. */
struct due {
	int64_t			claim, areas, forget;
	struct store_area_key	after;	/* areas done in this round */
};

/* Bring areas up to date; while BUSY only for a moment. */
static int
do_areas(struct work *w, struct due *due, int busy)
{
	int64_t start = base_clock_mono_ms();
	uint64_t before = w->stats.areas;
	int n;

	do {
		n = store_area_refresh(w->db, base_clock_now_s(),
		    &due->after);
		if (n > 0)
			w->stats.areas += (uint64_t)n;
	} while (n > 0 && !work_stopping && (!busy ||
	    base_clock_mono_ms() - start < AREAS_FOR_MS));
	if (n != -1 && w->stats.areas > before)
		work_metrics_task(w, "data.update_cellarea", start);
	due->areas = base_clock_mono_ms() + AREAS_EVERY_MS;
	return n == -1 ? -1 : 0;
}

/*
 * Ids are kept a day longer than submissions are accepted, for clocks that
 * differ.
 */
static int
do_forget(struct work *w)
{
	int64_t n, now, start = base_clock_mono_ms();

	if (store_db_now(w->db, &now) == -1)
		return -1;
	do
		n = store_update_forget(w->db, now -
		    (w->cf.work_ledger_days + 1) * BASE_CIVIL_DAY_S,
		    FORGET_ROWS);
	while (n == FORGET_ROWS && !work_stopping);
	/* Workers that were killed left their names in Redis. */
	queue_group_tidy(&w->consumer.stream, w->consumer.group, OLD_MS);
	if (n == -1)
		return -1;
	work_metrics_task(w, "data.cleanup_ledger", start);
	return 0;
}

static int
chores(struct work *w, struct due *due, int busy)
{
	int64_t now = base_clock_mono_ms();

	if ((!busy || now >= due->areas) && do_areas(w, due, busy) == -1)
		return -1;
	if (now >= due->forget) {
		if (do_forget(w) == -1)
			return -1;
		due->forget = now + FORGET_EVERY_MS;
	}
	return 0;
}

/* One turn: 1 when something was done, 0 when there is nothing, or -1. */
static int
turn(struct work *w, struct hand *h, struct due *due)
{
	int64_t now = base_clock_mono_ms();

	if (work_exports(w) == -1)
		return -1;
	if (now >= due->claim) {
		if (claim(w, h) == -1)
			return -1;
		if (h->n == 0)
			due->claim = now + w->cf.queue_claim_idle_s * 1000;
	}
	if (h->n == 0 && read_new(w, h) == -1)
		return -1;
	if (h->n == 0) {
		due->claim = 0;		/* idle: look around */
		return 0;
	}
	return work_off(w, h) == -1 ? -1 : 1;
}

static int
run(struct work *w, struct hand *h)
{
	struct due due = { 0 };
	int fails = 0, idle, n;

	while (!work_stopping) {
		if (work_asked)
			answer(w);
		n = turn(w, h, &due);
		hand_done(h);
		if (n != -1 && chores(w, &due, n > 0) == -1)
			n = -1;
		if (n == -1) {
			if (work_pause(w, ++fails) == -1)
				break;
			continue;
		}
		fails = 0;
		if (n > 0 || !w->once)
			continue;
		if (queue_group_idle(&w->consumer.stream, w->consumer.group,
		    &idle) != QUEUE_OK)
			break;
		if (idle)
			/* also the areas others have just marked */
			return do_areas(w, &due, 0) == -1 ? EX_TEMPFAIL :
			    EX_OK;
		nap(w, ONCE_MS);
	}
	return work_stopping ? EX_OK : EX_TEMPFAIL;
}

/* Reach Redis, for as long as it takes. */
static int
begin(struct work *w)
{
	enum queue_verdict v;
	int i;

	for (i = 1; (v = queue_redis_check(w->consumer.stream.redis,
	    w->cf.queue_allow_eviction)) == QUEUE_LOST; i++)
		if (work_pause(w, i) == -1)
			return work_stopping ? EX_OK : EX_TEMPFAIL;
	return v == QUEUE_OK ? EX_OK : EX_CONFIG;
}

/* Work, until a signal or, with -1, until all is done. */
static int
serve(struct work *w)
{
	struct hand h = { 0 };
	int rc = EX_CONFIG;

	w->db = store_db_new(w->cf.rw_url);
	h.read = calloc(MAX_READS + 1, sizeof(*h.read));
	if (w->db != NULL && h.read != NULL && (rc = begin(w)) == EX_OK &&
	    !work_stopping) {
		work_metrics_watch(w);
		rc = run(w, &h);
		if (queue_redis_connected(w->consumer.stream.redis))
			queue_consumer_leave(&w->consumer);
	}
	free(h.read);
	store_db_free(w->db);
	return rc;
}

static void
catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int
main(int argc, char *argv[])
{
	static char *const all[] = { "all" };
	struct queue_stream stream;
	struct work w = { 0 };
	const char *conf = NULL;
	int ch, dead = 0, rc = EX_CONFIG;

	while ((ch = getopt(argc, argv, "1c:hlrvVx")) != -1)
		switch (ch) {
		case '1':
			w.once = 1;
			break;
		case 'c':
			conf = optarg;
			break;
		case 'h':
			io_cli_usage(SYNOPSIS, 1);
		case 'l':
		case 'r':
		case 'x':
			if (dead != 0)
				io_cli_usage(SYNOPSIS, 0);
			dead = ch;
			break;
		case 'v':
			w.verbose = 1;
			break;
		case 'V':
			io_cli_version();
		default:
			io_cli_usage(SYNOPSIS, 0);
		}
	if ((argc > optind) != (dead == 'r' || dead == 'x'))
		io_cli_usage(SYNOPSIS, 0);
	if (conf_file_open(&w.cf, conf) == -1)
		return EX_CONFIG;
	obs_batch_init(&w.batch);
	w.batch.strict = w.cf.http_strict;
	w.batch.forget_after = w.cf.work_optout_reports;
	base_arena_init(&w.line);
	store_export_init(&w.exports);
	w.statsd = dead ? NULL : net_statsd_open(&w.cf);
	stream.name = w.cf.queue_stream;
	stream.redis = queue_redis_new(w.cf.cache_url, REDIS_MS);
	queue_consumer_init(&w.consumer, &stream, QUEUE_GROUP_INTERNAL);
	if (stream.redis != NULL && dead != 0)
		rc = dead == 'l' ? work_dead(&w, dead, all, 1) :
		    work_dead(&w, dead, argv + optind, argc - optind);
	else if (stream.redis != NULL) {
		catch_signals();
		rc = serve(&w);
	}
	queue_redis_free(stream.redis);
	net_statsd_free(w.statsd);
	store_export_done(&w.exports);
	obs_batch_done(&w.batch);
	base_arena_done(&w.line);
	conf_file_end(&w.cf);
	return rc;
}
