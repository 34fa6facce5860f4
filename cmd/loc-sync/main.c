/* SPDX-License-Identifier: ISC */
/*
 * loc-sync - make a bucket, or another directory, equal to a directory.
 *
 * It reads both lists, stores what is new or different, and deletes what the
 * directory does not have, in this order: whoever reads the target meanwhile
 * finds old objects and new ones, and none is missing.  Nothing is deleted
 * when storing failed, nor when more than a share of the target would go: an
 * empty directory is more often a mistake than a wish.  Stopped or killed, it
 * leaves whole objects, and the next run goes on.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "conf/file.h"
#include "io/cli.h"
#include "io/signals.h"
#include "json/write.h"

#include "sync.h"

#define THREADS		8
#define DELETE_PERCENT	25
#define CACHE_S		3600

static const char synopsis[] =
    "[-hnqvV] [-a seconds] [-c config] [-D percent] [-P threads] directory "
    "url";

static volatile sig_atomic_t stopping;

/*
 * A second signal changes nothing: what is under way ends soon, or is killed.
 */
static void
on_stop(int sig)
{
	(void)sig;
	stopping = 1;
}

/* Threads ask this between two pieces of a file. */
int
sync_stopping(void)
{
	return stopping;
}

/* The line of results. */
static void
print_results(const struct sync *s)
{
	struct json_write w;
	struct base_buf b;

	base_buf_init(&b);
	json_write_init(&w, &b, JSON_WRITE_COMPACT);
	json_write_object(&w, NULL);
	json_write_text(&w, "url", s->to);
	json_write_i64(&w, "unchanged",
	    (int64_t)atomic_load(&s->unchanged));
	json_write_i64(&w, "new", (int64_t)atomic_load(&s->added));
	json_write_i64(&w, "changed", (int64_t)atomic_load(&s->changed));
	json_write_i64(&w, "deleted", (int64_t)s->deleted);
	json_write_i64(&w, "failed", (int64_t)atomic_load(&s->failed));
	json_write_i64(&w, "bytes", atomic_load(&s->bytes));
	json_write_end(&w);
	io_cli_line(&b);
	base_buf_done(&b);
}

/* May so many of the target's objects go?  1, or 0 after a warning. */
static int
may_delete(const struct sync *s, size_t remote, unsigned percent)
{
	if ((unsigned long long)s->plan.norphan * 100 <=
	    (unsigned long long)remote * percent)
		return 1;
	warnx("%s: %zu of %zu objects would be deleted, more than %u percent; "
	    "nothing was changed, -D allows more", s->to, s->plan.norphan,
	    remote, percent);
	return 0;
}

/* Returns an exit status. */
static int
do_plan(struct sync *s)
{
	sync_run(s);
	if (atomic_load(&s->failed) == 0 && !stopping)
		sync_run_delete(s);
	else if (s->plan.norphan > 0)
		warnx("%s: nothing is deleted now", s->to);
	print_results(s);
	if (stopping)
		warnx("%s: stopped", s->to);
	return stopping || atomic_load(&s->failed) > 0 ? EX_TEMPFAIL : EX_OK;
}

/* Look at both sides.  Returns an exit status. */
static int
sync_sides(struct sync *s, unsigned percent)
{
	struct object_store *from, *to = NULL;
	struct sync_list local = { 0 }, remote = { 0 };
	int rc = EX_CONFIG;

	if ((from = object_store_open(s->cf, s->from)) == NULL ||
	    (to = object_store_open(s->cf, s->to)) == NULL)
		goto out;
	if (!object_store_is_dir(from)) {
		warnx("%s: expected a directory", s->from);
		rc = EX_USAGE;
		goto out;
	}
	if (access(strncmp(s->from, "file://", 7) == 0 ? s->from + 7 :
	    s->from, R_OK | X_OK) == -1) {
		warn("%s", s->from);
		rc = EX_NOINPUT;
		goto out;
	}
	rc = EX_UNAVAILABLE;
	if (sync_plan_read(&local, from) == -1 ||
	    sync_plan_read(&remote, to) == -1)
		goto out;
	rc = EX_OSERR;
	if (sync_plan_make(&s->plan, &local, &remote) == -1)
		warnx("out of memory");
	else
		rc = may_delete(s, remote.n, percent) ? do_plan(s) : 1;
	sync_plan_done(&s->plan);
out:
	object_store_end(from);
	object_store_end(to);
	sync_plan_forget(&local);
	sync_plan_forget(&remote);
	return rc;
}

/*
 * Signals are held back until all handlers are there. The header about caches
 * is made once, as it is the same for all objects.
 */
int
main(int argc, char *argv[])
{
	struct sync s = { .threads = THREADS };
	const char *conf = NULL;
	struct conf_file cf;
	long long age_s = CACHE_S, percent = DELETE_PERCENT;
	int ch, rc;

	io_signals_hold(NULL);
	while ((ch = io_cli_next(argc, argv, "a:c:D:nP:qv", synopsis)) != -1)
		switch (ch) {
		case 'a':
			age_s = io_cli_num(ch, optarg, 0, 366 * 86400);
			break;
		case 'c':
			conf = optarg;
			break;
		case 'D':
			percent = io_cli_num(ch, optarg, 0, 100);
			break;
		case 'n':
			s.dry = 1;
			break;
		case 'P':
			s.threads = (unsigned)io_cli_num(ch, optarg, 1,
			    SYNC_THREADS_MAX);
			break;
		case 'q':
			s.quiet = 1;
			break;
		case 'v':
			s.verbose = 1;
			break;
		}
	if (argc - optind != 2)
		io_cli_usage(synopsis, 0);
	s.from = argv[optind];
	s.to = argv[optind + 1];
	if (conf_file_open(&cf, conf) == -1)
		return EX_CONFIG;
	s.cf = &cf;
	io_signals_catch(SIGHUP, on_stop);
	io_signals_catch(SIGINT, on_stop);
	io_signals_catch(SIGTERM, on_stop);
	io_signals_release();
	if (asprintf(&s.cache, "max-age=%lld, public", age_s) == -1)
		err(EX_OSERR, NULL);
	rc = sync_sides(&s, (unsigned)percent);
	free(s.cache);
	conf_file_end(&cf);
	io_cli_flush();
	return rc;
}
