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
 *
 * With -g it brings one object back.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "check/cli.h"
#include "check/objects.h"
#include "check/path.h"
#include "conf/file.h"
#include "io/cli.h"
#include "io/signals.h"
#include "json/write.h"

#include "sync.h"

#define THREADS		8
#define DELETE_PERCENT	25
#define CACHE_S		3600
#define OPTIONS		"a:c:D:gnP:qv"

static const char synopsis[] =
    "[-hnqvV] [-a seconds] [-c config] [-D percent] [-P threads] directory "
    "url\n"
    "-g [-c config] url file\n"
    CHECK_CLI_SYNOPSIS;

/* Where everybody finds what is below assets:, if the settings tell. */
static void
add_public(const struct sync *s, struct json_write *w)
{
	const char *base = s->cf->assets_url, *rest = s->to + 7;
	struct base_buf b;

	if (base == NULL || strncmp(s->to, "assets:", 7) != 0)
		return;
	rest += strspn(rest, "/");
	base_buf_init(&b);
	base_buf_fmt(&b, "%s%s%s", base,
	    base[strlen(base) - 1] == '/' ? "" : "/", rest);
	if (base_buf_ok(&b))
		json_write_text(w, "public", b.data);
	base_buf_done(&b);
}

/*
 * The line of results.  It is printed also when something failed, as what was
 * stored until then stays, and scripts read here how much did not.
 */
static void
print_sync_results(const struct sync *s)
{
	struct json_write w;
	struct base_buf b;

	base_buf_init(&b);
	json_write_begin(&w, &b);
	json_write_text(&w, "url", s->to);
	add_public(s, &w);
	json_write_i64(&w, "unchanged",
	    (int64_t)atomic_load(&s->unchanged));
	json_write_i64(&w, "new", (int64_t)atomic_load(&s->added));
	json_write_i64(&w, "changed", (int64_t)atomic_load(&s->changed));
	json_write_i64(&w, "deleted", (int64_t)s->deleted);
	json_write_i64(&w, "failed", (int64_t)atomic_load(&s->failed));
	json_write_i64(&w, "left_out", (int64_t)s->left_out);
	json_write_i64(&w, "bytes", atomic_load(&s->bytes));
	json_write_end(&w);
	io_cli_last(&b);
}

/*
 * May so many of the target's objects go?  It is asked before anything is
 * stored, so that a mistake in the directory's name changes nothing at all.  1,
 * or 0 after a warning.
 */
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

/*
 * What cannot be an object is told, and makes the exit status EX_DATAERR.  In
 * the target it is none of our business: it is not deleted.
 */
static void
tell_left_out(struct sync *s, const struct object_store *from)
{
	const char *name;

	s->left_out = object_store_left_out(from, &name);
	if (s->left_out > 0)
		warnx("%s: left out are %zu that cannot be objects, as %s",
		    s->from, s->left_out, name);
}

/*
 * Deleting comes last, and only if everything else went well: whoever reads the
 * target would otherwise miss an object whose successor could not be stored.
 * Who runs it by a timer learns by EX_TEMPFAIL that the next run may mend it.
 * Returns an exit status.
 */
static int
do_plan(struct sync *s)
{
	sync_run(s);
	if (atomic_load(&s->failed) == 0 && !io_signals_stop)
		sync_run_delete(s);
	else if (s->plan.norphan > 0)
		warnx("%s: nothing is deleted now", s->to);
	print_sync_results(s);
	if (io_signals_stop)
		warnx("%s: stopped", s->to);
	return io_signals_stop || atomic_load(&s->failed) > 0 ? EX_TEMPFAIL :
	    s->left_out > 0 ? EX_DATAERR : EX_OK;
}

/*
 * The name of PATH without links, allocated, or NULL.  What is behind its last
 * directory that exists is yet to be made, and realpath() knows no names of
 * such things.
 */
static char *
real_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = realpath(path, NULL), *parent, *up;

	if (name != NULL || errno != ENOENT || slash == path)
		return name;
	parent = slash == NULL ? strdup(".") :
	    strndup(path, (size_t)(slash - path));
	up = parent == NULL ? NULL : real_name(parent);
	if (up != NULL && asprintf(&name, "%s/%s",
	    strcmp(up, "/") == 0 ? "" : up,
	    slash == NULL ? path : slash + 1) == -1)
		name = NULL;
	free(parent);
	free(up);
	return name;
}

/*
 * Is one of two directories within the other, but not the same?  Each run would
 * copy what the last one has copied, or delete the one that is within.
 */
static int
is_within_other(const char *a, const char *b)
{
	char *ra = real_name(a), *rb = real_name(b);
	size_t na, nb;
	int rc = 0;

	if (ra != NULL && rb != NULL) {
		na = strcmp(ra, "/") == 0 ? 0 : strlen(ra);
		nb = strcmp(rb, "/") == 0 ? 0 : strlen(rb);
		rc = na != nb && strncmp(ra, rb, na < nb ? na : nb) == 0 &&
		    (na < nb ? rb[na] : ra[nb]) == '/';
	}
	free(ra);
	free(rb);
	return rc;
}

/*
 * The places are as the settings say; are they such that the one can become
 * equal to the other?  An exit status, after a warning unless it is EX_OK.
 */
static int
check_places(const struct sync *s, const struct object_store *from,
    const struct object_store *to)
{
	const char *dir = object_store_dir(from), *copy = object_store_dir(to);
	int fd;

	if (dir == NULL) {
		warnx("%s: expected a directory", s->from);
		return EX_USAGE;
	}
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) {
		warn("%s", dir);
		return EX_NOINPUT;
	}
	close(fd);
	if (copy != NULL && is_within_other(dir, copy)) {
		warnx("%s: one of the two directories is in the other", s->to);
		return EX_USAGE;
	}
	return EX_OK;
}

/*
 * Look at both sides.  Each failure has the exit status of its side: a
 * directory that cannot be read is EX_NOINPUT, a target what its store says.
 * The lists outlive the plan, which borrows their keys.  Returns an exit
 * status.
 */
static int
sync_sides(struct sync *s, unsigned percent)
{
	struct object_store *from, *to = NULL;
	struct sync_list local = { 0 }, remote = { 0 };
	int rc = EX_CONFIG;

	if ((from = object_store_open(s->cf, s->from)) == NULL ||
	    (to = object_store_open(s->cf, s->to)) == NULL)
		goto out;
	if ((rc = check_places(s, from, to)) != EX_OK)
		goto out;
	if ((rc = sync_plan_read(&local, from, EX_NOINPUT)) != EX_OK)
		goto out;
	tell_left_out(s, from);
	if ((rc = sync_plan_read(&remote, to, EX_OK)) != EX_OK)
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

/* Both sides, if they are given. */
static int
check_sync_sides(struct check_cli_asked *a)
{
	int one, rc;

	if (*a->word == NULL)
		return EX_OK;
	if (a->word[1] == NULL || a->word[2] != NULL)
		io_cli_usage(synopsis, 0);
	if (a->arg['g'] != NULL)
		return EX_OK;		/* it is known when it is fetched */
	rc = check_path_input(a->word[0]);
	one = check_objects(a, a->word[1]);
	return rc != EX_OK ? rc : one;
}

static const struct check_cli checked = {
	.options = OPTIONS,
	.synopsis = synopsis,
	.needs = CHECK_CLI_WORDS,
	.given = check_sync_sides
};

/*
 * Signals are held back until all handlers are there.  Threads look for one
 * between two pieces of a file, so that even a very large one does not keep the
 * program from ending.  The header about caches
 * is made once, as it is the same for all objects.
 */
int
main(int argc, char *argv[])
{
	struct sync s = { 0 };
	struct conf_file cf;
	long long age_s;
	struct io_cli cli;
	unsigned percent;
	int rc;

	check_cli(NULL, argc, argv, &checked);
	io_signals_hold(NULL);
	io_cli_read(&cli, argc, argv, OPTIONS "D:(max-delete)", synopsis);
	age_s = io_cli_num_or(&cli, 'a', 0, 366 * 86400, CACHE_S);
	percent = (unsigned)io_cli_num_or(&cli, 'D', 0, 100, DELETE_PERCENT);
	s.dry = cli.arg['n'] != NULL;
	s.threads = (unsigned)io_cli_num_or(&cli, 'P', 1, SYNC_THREADS_MAX,
	    THREADS);
	s.quiet = cli.arg['q'] != NULL;
	s.verbose = cli.arg['v'] != NULL;
	if (cli.words != 2)
		io_cli_usage(synopsis, 0);
	s.from = cli.word[0];
	s.to = cli.word[1];
	if (conf_file_open(&cf, cli.arg['c']) == -1)
		return EX_CONFIG;
	s.cf = &cf;
	io_signals_until_stop(0);
	if (asprintf(&s.cache, "max-age=%lld, public", age_s) == -1)
		err(EX_OSERR, NULL);
	rc = cli.arg['g'] != NULL ? sync_get(&cf, s.from, s.to) :
	    sync_sides(&s, percent);
	free(s.cache);
	conf_file_end(&cf);
	io_cli_flush();
	return rc;
}
