/* SPDX-License-Identifier: ISC */
/*
 * loc-feed - ship accepted submissions from the spool to the stream.
 *
 * Reads the spool; adds its records to the stream in Redis, and deletes
 * segments when all consumer groups are done with them.  Together with the
 * records it sets a marker in Redis to the number shipped so far, and adds
 * nothing unless the marker is what it was set to last.  Whenever it is not,
 * or the stream is older than what was shipped, Redis has forgotten
 * something; then everything that is not done is shipped again, and
 * consumers skip what they counted already.  Stopped at any moment it goes
 * on where it was, or from what is done.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/tally.h"
#include "feed.h"
#include "io/cli.h"
#include "net/statsd.h"
#include "queue/redis.h"

#define SYNOPSIS	"[-1hvV] [-c config]"
#define POLL_US		20000		/* while there is nothing to do */
#define ONCE_TRIES	25		/* of -1, without any progress */
#define LOOK_MS		1000		/* between looks at the groups */
#define FULL_LOOK_MS	100		/* ... while the stream is full */
#define CLEAN_MS	1000
#define TIMEOUT_MS	5000
#define GROUPS		1000		/* that may be behind at once */

/* When something was done last, on the clock that never steps. */
struct done {
	int64_t	look_ms, clean_ms, refused_ms;
};

static volatile sig_atomic_t stopping, want_status;

static void
on_stop(int sig)
{
	(void)sig;
	stopping = 1;
}

static void
on_status(int sig)
{
	(void)sig;
	want_status = 1;
}

static void
print_status(struct feed *f)
{
	const struct spool_reader_stats *st = spool_reader_stats(f->spool);

	want_status = 0;
	warnx("shipped %llu, not done %zu of %lld bytes, waiting %lld bytes, "
	    "torn %llu, damaged %llu bytes", (unsigned long long)f->count,
	    f->ring.len, (long long)feed_ring_bytes(&f->ring),
	    (long long)spool_reader_waiting(f->spool),
	    (unsigned long long)st->torn_bytes,
	    (unsigned long long)st->bad_bytes);
}

/* What is done must not fill the spool, nor what others are slow with. */
static void
clean(struct feed *f)
{
	uint64_t damaged = spool_reader_stats(f->spool)->bad_bytes;
	int64_t max = f->cf->spool_max_bytes;

	spool_reader_clean(f->spool, f->cf->spool_keep_s, max / 2,
	    f->cf->spool_keep_bad_s);
	f->crowded = spool_reader_bytes(f->spool) > max / 4 * 3;
	net_statsd_count(f->statsd, "data.spool.damaged_bytes",
	    (int64_t)(damaged - f->damaged), NULL);
	f->damaged = damaged;
}

/* 1 if Redis has all that it should have of what is not counted yet. */
static int
is_full(const struct feed *f)
{
	return f->behind >= f->cf->queue_max_backlog ||
	    f->behind_bytes >= f->cf->queue_max_backlog_bytes;
}

/* One round: 1 something was shipped, 0 nothing to do, -1 try later. */
static int
turn(struct feed *f, struct done *d)
{
	int64_t now = base_clock_mono_ms();

	if (!queue_redis_connected(f->stream.redis))
		f->connected = 0;
	if (!f->connected || now - d->look_ms >=
	    (is_full(f) ? FULL_LOOK_MS : LOOK_MS)) {
		if (feed_look(f) == -1)
			return -1;
		d->look_ms = now;
	}
	if (now - d->clean_ms >= (f->crowded ? LOOK_MS : CLEAN_MS)) {
		clean(f);
		d->clean_ms = now;
	}
	if (is_full(f))
		return 0;
	if (f->n == 0 && feed_gather(f) == -1)
		return -1;
	if (f->n == 0)
		return 0;
	return feed_ship(f, &d->refused_ms) == -1 ? -1 : 1;
}

static int
run(struct feed *f, int once)
{
	struct done d = { 0 };
	useconds_t pause = POLL_US;
	int idle = 0, rc;

	while (!stopping) {
		if (want_status)
			print_status(f);
		f->gave_up = 0;
		if ((rc = turn(f, &d)) == 1 || f->gave_up) {
			pause = POLL_US;
			idle = 0;
		}
		if (rc == 1)
			continue;
		if (once && rc == 0 && spool_reader_waiting(f->spool) == 0)
			break;
		if (once && !spool_reader_is_undecided(f->spool) &&
		    ++idle > ONCE_TRIES) {
			warnx("%lld bytes of the spool cannot be shipped now",
			    (long long)spool_reader_waiting(f->spool));
			return EX_TEMPFAIL;
		}
		/* Failures are repeated more and more slowly. */
		pause = rc == 0 || once ? POLL_US : pause < 1000000 ?
		    2 * pause : pause;
		usleep(pause);
	}
	if (once)
		clean(f);
	feed_tell(f, 1);
	return feed_save(f) == -1 ? EX_IOERR : EX_OK;
}

int
main(int argc, char *argv[])
{
	static struct feed f;
	struct sigaction sa = { .sa_handler = on_stop };
	struct conf_file cf;
	const char *conf = NULL;
	int busy, ch, once = 0, status = EX_OSERR;

	while ((ch = io_cli_next(argc, argv, "1c:v", SYNOPSIS)) != -1)
		switch (ch) {
		case '1':
			once = 1;
			break;
		case 'c':
			conf = optarg;
			break;
		case 'v':
			f.verbose = 1;
			break;
		}
	if (argc != optind)
		io_cli_usage(SYNOPSIS, 0);
	if (conf_file_open(&cf, conf) == -1 ||
	    conf_file_need(&cf, &cf.cache_url) == -1)
		return EX_CONFIG;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sa.sa_handler = on_status;
	sigaction(SIGUSR1, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	f.cf = &cf;
	f.added = -1;
	f.stream.name = cf.queue_stream;
	f.statsd = net_statsd_open(&cf);
	base_buf_init(&f.bytes);
	if ((f.lost = base_tally_new(GROUPS, GROUPS * 40)) == NULL)
		warnx("out of memory");
	else if ((f.stream.redis = queue_redis_new(cf.cache_url,
	    TIMEOUT_MS)) == NULL)
		status = EX_CONFIG;
	else if ((f.spool = spool_reader_open(cf.spool_dir, &busy)) == NULL) {
		if (busy)
			warnx("%s: another loc-feed is at work", cf.spool_dir);
		status = busy ? EX_TEMPFAIL : EX_CANTCREAT;
	} else if (queue_redis_check(f.stream.redis,
	    cf.queue_allow_eviction) == QUEUE_REFUSED)
		status = EX_CONFIG;
	else if (feed_load(&f) == -1)
		status = EX_IOERR;
	else
		status = run(&f, once);
	spool_reader_end(f.spool);
	queue_redis_free(f.stream.redis);
	queue_groups_done(&f.groups);
	net_statsd_free(f.statsd);
	base_tally_free(f.lost);
	base_buf_done(&f.bytes);
	feed_ring_done(&f.ring);
	conf_file_end(&cf);
	return status;
}
