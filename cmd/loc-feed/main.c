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
 * on where it was, or from what is done.  HUP makes it read its configuration
 * anew.
 */
#include <err.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "feed.h"
#include "check/cli.h"
#include "check/redis.h"
#include "io/cli.h"
#include "io/notify.h"
#include "io/privs.h"
#include "io/signals.h"
#include "net/statsd.h"
#include "queue/redis.h"

#define SYNOPSIS	"[-1ahvV] [-c config]\n-l [-c config]\n" \
			CHECK_CLI_SYNOPSIS
#define POLL_MS		20		/* while there is nothing to do */
#define PAUSE_MAX_MS	1000		/* while nothing can be done */
#define ONCE_TRIES	25		/* of -1, without any progress */
#define LOOK_MS		1000		/* between looks at the groups */
#define FULL_LOOK_MS	100		/* ... while the stream is full */
#define CLEAN_MS	1000

/* When something was done last, on the monotonic clock. */
struct done {
	int64_t	look_ms, clean_ms;
};

struct options {
	const char	*conf;		/* -c, or NULL */
	int		 again;		/* -a */
	int		 list;		/* -l */
	int		 once;		/* -1 */
	int		 verbose;	/* -v */
};

static atomic_int stopping, want_reload, want_status;

/* Handlers only note what the loop is to do; it looks 10 times a second. */
static void
ask_to_stop(int sig)
{
	(void)sig;
	stopping = 1;
}

static void
ask_to_reload(int sig)
{
	(void)sig;
	want_reload = 1;
}

static void
ask_for_status(int sig)
{
	(void)sig;
	want_status = 1;
}

/* One line for whoever sent USR1. */
static void
print_status(struct feed *f)
{
	const struct spool_reader_stats *st = spool_reader_stats(f->spool);

	warnx("shipped %llu, not done %zu of %lld bytes, waiting %lld bytes, "
	    "torn %llu, damaged %llu bytes", (unsigned long long)f->count,
	    f->ring.len, (long long)feed_ring_bytes(&f->ring),
	    (long long)feed_waiting(f),
	    (unsigned long long)st->torn_bytes,
	    (unsigned long long)st->bad_bytes);
}

/* What is done must not fill the spool, nor what others are slow with. */
static void
clean_spool(struct feed *f)
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

/*
 * One round: 1 something was shipped, 0 nothing to do, -1 try later.  The
 * groups are looked at once a second, more often while the stream is full, and
 * always before anything is shipped through a new connection.
 */
static int
do_round(struct feed *f, struct done *d)
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
		clean_spool(f);
		d->clean_ms = now;
	}
	if (is_full(f))
		return 0;
	if (f->n == 0 && feed_gather(f) == -1)
		return -1;
	if (f->n == 0)
		return 0;
	return feed_ship(f) == -1 ? -1 : 1;
}

/*
 * What a signal asked for since the last round.  Only between two rounds may a
 * reload replace everything that a round works with.
 */
static void
obey_signals(struct feed **f, const struct options *o)
{
	if (want_status) {
		want_status = 0;
		print_status(*f);
	}
	if (want_reload) {
		want_reload = 0;
		if (!o->once) {
			io_notify_reloading();
			*f = feed_reload(*f, o->conf);
			io_notify_ready();
		}
	}
}

/* Work until a signal comes, or (-1) all is done.  Returns an exit status. */
static int
run_rounds(struct feed **feed, const struct options *o)
{
	struct base_clock_backoff pause = { .first_ms = POLL_MS,
	    .max_ms = PAUSE_MAX_MS };
	struct done d = { 0 };
	struct feed *f;
	int idle = 0, rc;

	while (!stopping) {
		obey_signals(feed, o);
		f = *feed;
		f->gave_up = 0;
		/* There may be another one, for whoever is started next. */
		if (spool_reader_is_removed(f->spool)) {
			warnx("%s: was removed", f->cf->spool_dir);
			return EX_CANTCREAT;
		}
		if ((rc = do_round(f, &d)) == 1 || f->gave_up) {
			base_clock_backoff_reset(&pause);
			idle = 0;
		}
		if (rc == 1)
			continue;
		if (o->once && rc == 0 && feed_waiting(f) == 0)
			break;
		if (o->once && !spool_reader_is_undecided(f->spool) &&
		    ++idle > ONCE_TRIES) {
			warnx("%lld bytes of the spool cannot be shipped now",
			    (long long)feed_waiting(f));
			return EX_TEMPFAIL;
		}
		/* Failures are repeated more and more slowly. */
		if (rc == 0 || o->once)
			base_clock_backoff_reset(&pause);
		base_clock_nap(rc == 0 || o->once ? POLL_MS :
		    base_clock_backoff_next(&pause), &stopping);
	}
	f = *feed;
	if (o->once)
		clean_spool(f);
	feed_tell(f, 1);
	return feed_save(f) == -1 ? EX_IOERR : EX_OK;
}

/* Whoever lists the spool needs no Redis. */
static int
check_feed_options(struct check_cli_asked *a)
{
	if (a->arg['l'] != NULL)
		a->needs = CHECK_CLI_SPOOL;
	return EX_OK;
}

static const struct check_cli checked = {
	.options = "1ac:lv",
	.synopsis = SYNOPSIS,
	.needs = CHECK_CLI_REDIS | CHECK_CLI_SPOOL,
	.redis = check_redis,
	.given = check_feed_options
};

/* No signal may kill it before it can say, or keep, how far it is. */
int
main(int argc, char *argv[])
{
	struct options o = { 0 };
	struct feed *f;
	struct io_cli cli;
	int status;

	io_signals_hold(NULL);
	check_cli(&cli, argc, argv, &checked);
	io_privs_no_cores();
	o.once = cli.arg['1'] != NULL;
	o.again = cli.arg['a'] != NULL;
	o.conf = cli.arg['c'];
	o.list = cli.arg['l'] != NULL;
	o.verbose = cli.arg['v'] != NULL;
	if (cli.words > 0 || (o.list && (o.again || o.once || o.verbose)))
		io_cli_usage(SYNOPSIS, 0);
	if (o.list) {
		io_signals_release();
		return feed_list(o.conf);
	}
	signal(SIGPIPE, SIG_IGN);
	io_signals_catch(SIGTERM, ask_to_stop);
	io_signals_catch(SIGINT, ask_to_stop);
	io_signals_catch(SIGHUP, ask_to_reload);
	io_signals_catch(SIGUSR1, ask_for_status);
	io_signals_release();
	if ((f = feed_open(o.conf, o.verbose, &status)) == NULL)
		return status;
	if (o.again)
		feed_ship_again(f);
	io_notify_ready();
	status = run_rounds(&f, &o);
	io_notify_stopping();
	feed_close(f);
	return status;
}
