/* SPDX-License-Identifier: ISC */
/*
 * What loc-feed works with: a configuration, what is opened because it says
 * so, and a spool with what is known of it.
 *
 * Reloading makes a second struct feed beside the first.  Until all of it is
 * there the first is whole, so whatever is wrong with a new configuration,
 * the old one goes on.  If both name the same spool, the second takes over
 * everything that is about it, the lock above all; if not, it begins anew
 * with the state of the other spool, as after a start.  Another stream or
 * server needs no care here: its marker is not what was set last, so all that
 * is not done is shipped there.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/tally.h"
#include "feed.h"
#include "io/privs.h"
#include "net/statsd.h"
#include "queue/redis.h"

#define TIMEOUT_MS	5000
#define GROUPS		1000		/* that may be behind at once */

/*
 * Release what is there because of the configuration.  Pointers are cleared:
 * where open_setup() fails it calls this itself, and then whoever closes the
 * feed does so again.
 */
static void
close_setup(struct feed *f)
{
	queue_redis_free(f->stream.redis);
	net_statsd_free(f->statsd);
	if (f->cf != NULL)
		conf_file_end(f->cf);
	free(f->cf);
	f->stream.redis = NULL;
	f->statsd = NULL;
	f->cf = NULL;
}

/*
 * Read the configuration PATH, and open what it names but the spool.  Returns
 * an exit status, with nothing held unless that is EX_OK.
 */
static int
open_setup(struct feed *f, const char *path)
{
	struct conf_file *cf;

	f->stream.redis = NULL;
	f->statsd = NULL;
	f->cf = NULL;
	if ((cf = malloc(sizeof(*cf))) == NULL) {
		warn(NULL);
		return EX_OSERR;
	}
	if (conf_file_open(cf, path) == -1) {
		free(cf);
		return EX_CONFIG;
	}
	f->cf = cf;
	if (conf_file_need(cf, &cf->cache_url) == 0 &&
	    (f->stream.redis = queue_redis_new(cf->cache_url,
	    TIMEOUT_MS)) != NULL &&
	    queue_redis_check(f->stream.redis, cf->queue_allow_eviction) !=
	    QUEUE_REFUSED) {
		f->stream.name = cf->queue_stream;
		f->connected = 0;
		return EX_OK;
	}
	close_setup(f);
	return EX_CONFIG;
}

/* Open the spool, and take up what an earlier run left.  An exit status. */
static int
open_feed_spool(struct feed *f)
{
	const char *dir = f->cf->spool_dir;
	int busy;

	if ((f->spool = spool_reader_open(dir, &busy)) == NULL) {
		if (busy)
			warnx("%s: another loc-feed is at work", dir);
		return busy ? EX_TEMPFAIL : EX_CANTCREAT;
	}
	if (feed_load(f) == -1)
		return EX_IOERR;
	if (f->verbose)
		warnx("%s: %zu segments, %lld bytes to be shipped", dir,
		    spool_reader_segments(f->spool),
		    (long long)spool_reader_waiting(f->spool));
	return EX_OK;
}

/* Release the spool and what is known of it. */
static void
close_spool(struct feed *f)
{
	spool_reader_end(f->spool);
	queue_groups_done(&f->groups);
	base_tally_free(f->lost);
	base_buf_done(&f->bytes);
	feed_ring_done(&f->ring);
}

void
feed_close(struct feed *f)
{
	if (f == NULL)
		return;
	close_spool(f);
	close_setup(f);
	free(f);
}

/* A feed with no spool.  NULL after a warning. */
static struct feed *
new_feed(int verbose)
{
	struct feed *f;

	if ((f = calloc(1, sizeof(*f))) == NULL ||
	    (f->lost = base_tally_new(GROUPS, GROUPS * 40)) == NULL) {
		warnx("out of memory");
		free(f);
		return NULL;
	}
	f->verbose = verbose;
	f->added = -1;
	base_buf_init(&f->bytes);
	return f;
}

/*
 * The user is changed before the spool is opened, so that its lock and state
 * never belong to root; and before there are threads, see io/privs.c.
 */
struct feed *
feed_open(const char *path, int verbose, int *status)
{
	struct feed *f;

	*status = EX_OSERR;
	if ((f = new_feed(verbose)) == NULL)
		return NULL;
	if ((*status = open_setup(f, path)) == EX_OK &&
	    io_privs_enter(f->cf->spool_dir, f->cf->http_user) == -1)
		*status = EX_CANTCREAT;
	if (*status == EX_OK && (*status = open_feed_spool(f)) == EX_OK) {
		/* It has a thread, which had to wait for the above. */
		f->statsd = net_statsd_open(f->cf);
		return f;
	}
	feed_close(f);
	return NULL;
}

/*
 * OLD is about to be left for another spool.  What waits in it is not lost, but
 * nobody ships it now, which somebody has to be told.
 */
static void
leave_spool(struct feed *old)
{
	int64_t waiting = feed_waiting(old);

	feed_tell(old, 1);
	feed_save(old);
	if (waiting > 0)
		warnx("%s: %lld bytes stay there; with the old configuration "
		    "loc-feed -1 ships them", old->cf->spool_dir,
		    (long long)waiting);
}

/* As feed_reload(), with nothing said. */
static struct feed *
change_setup(struct feed *old, const char *path)
{
	struct feed *new;

	if ((new = new_feed(old->verbose)) == NULL)
		return old;
	if (open_setup(new, path) != EX_OK) {
		feed_close(new);
		return old;
	}
	if (strcmp(new->cf->spool_dir, old->cf->spool_dir) != 0) {
		if (open_feed_spool(new) != EX_OK) {
			feed_close(new);
			return old;
		}
		leave_spool(old);
		feed_close(old);
	} else {
		/* All but the setup of NEW is OLD's; nothing of OLD's stays. */
		struct feed setup = *new;

		base_tally_free(new->lost);
		close_setup(old);
		*new = *old;
		new->cf = setup.cf;
		new->stream = setup.stream;
		new->connected = 0;
		feed_name_marker(new);
		free(old);
	}
	new->statsd = net_statsd_open(new->cf);
	return new;
}

struct feed *
feed_reload(struct feed *old, const char *path)
{
	struct feed *new;

	/* What was done meanwhile need not be shipped to another stream. */
	if (old->connected)
		feed_look(old);
	new = change_setup(old, path);
	assert(new != NULL && new->spool != NULL && new->cf != NULL);
	warnx(new == old ? "going on with the old configuration" : "reloaded");
	return new;
}
