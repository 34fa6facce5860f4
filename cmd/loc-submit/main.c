/* SPDX-License-Identifier: ISC */
/*
 * loc-submit - hand in reports.
 *
 * Reads reports or bodies of them, one a line, from files or stdin and writes
 * them, made regular as loc-serve does, into the spool or to a geosubmit URL,
 * some at a time.  A bad line costs itself.  When it is stopped or fails, it
 * says up to which line all was handed in.
 *
 * Root would leave segments in the spool that the feed of its owner cannot
 * read.  So it opens the files it is given, becomes that owner for good, and
 * only then reads the first byte.
 */
#include <sys/resource.h>

#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "conf/file.h"
#include "ichnaea/rules.h"
#include "io/cli.h"
#include "io/infile.h"
#include "io/privs.h"
#include "io/signals.h"
#include "net/post.h"
#include "spool/record.h"
#include "spool/writer.h"

#include "submit.h"

#define SYNOPSIS \
	"[-hvV] [-b batch] [-c config] [-k key] [-u url] [file ...]"
#define BATCH		100
#define BATCH_MAX	10000

volatile sig_atomic_t submit_stopping;

/* The first signal ends it after the line; a second one does not wait. */
static void
stop_after_line(int sig)
{
	signal(sig, SIG_DFL);
	submit_stopping = 1;
}

/* As SIGTERM, unless somebody who started it wants it to survive (nohup). */
static void
catch_hangup(void)
{
	struct sigaction old;

	if (sigaction(SIGHUP, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
		io_signals_catch(SIGHUP, stop_after_line);
}

/*
 * Open the N files at PATH, for root: the spool's owner, whom it is about to
 * become, may not be able to.  Returns their descriptors, of which -1 could
 * not be opened, or NULL after a warning.
 */
static int *
open_files(char *const *path, int n)
{
	struct rlimit lim;
	int *fd, i;

	if ((fd = calloc((size_t)n, sizeof(*fd))) == NULL) {
		warn(NULL);
		return NULL;
	}
	if (getrlimit(RLIMIT_NOFILE, &lim) == 0) {
		lim.rlim_cur = lim.rlim_max;
		setrlimit(RLIMIT_NOFILE, &lim);
	}
	for (i = 0; i < n; i++)
		fd[i] = io_infile_fd(path[i]);
	return fd;
}

/* Hand in the file PATH, which is open as FD.  Returns an exit status. */
static int
submit_file(struct submit *s, const char *path, int fd)
{
	struct io_infile *f;
	int status;

	if (fd == -1 || (f = io_infile_take(fd, path)) == NULL)
		return EX_NOINPUT;
	io_infile_stop_on(f, &submit_stopping);
	io_progress_init(&s->progress, "reports", io_infile_done(f) < 0);
	status = submit_lines(s, f);
	io_progress_done(&s->progress);
	io_infile_end(f);
	return status;
}

/*
 * Hand in the N files at PATH, which are open as FD unless that is NULL.  One
 * that cannot be read does not keep the next from being read.
 */
static int
submit_files(struct submit *s, char *const *path, const int *fd, int n)
{
	int i, rc, status = EX_OK;

	for (i = 0; i < n && !submit_stopping; i++) {
		rc = submit_file(s, path[i], fd != NULL ? fd[i] :
		    io_infile_fd(path[i]));
		if (rc != EX_OK && rc != EX_NOINPUT && rc != EX_DATAERR)
			return rc;
		if (rc != EX_OK)
			status = rc;
	}
	if (i < n) {
		warnx("%s: stopped before it", path[i]);
		return EX_TEMPFAIL;
	}
	return status == EX_OK && s->bad + s->empty > 0 ? EX_DATAERR : status;
}

/* KEY, if it can be an API key; else a message, exit 64. */
static const char *
check_key(const char *key)
{
	size_t i, len = strlen(key);

	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)key[i]) && key[i] != '-')
			len = 0;
	if (len < 4 || len > SPOOL_RECORD_KEY_MAX)
		errx(EX_USAGE, "-k: expected 4 to %d letters, digits and "
		    "dashes", SPOOL_RECORD_KEY_MAX);
	return key;
}

/*
 * Get ready for handing in, at URL or, if that is NULL, into the spool that
 * the file CONF names.  Returns an exit status.
 */
static int
open_way(struct submit *s, const char *conf, const char *url)
{
	struct conf_file cf;
	int status = EX_OK;

	if (url != NULL) {
		s->post = net_post_new(url, s->key);
		return s->post == NULL ? EX_USAGE : EX_OK;
	}
	if (conf_file_open(&cf, conf) == -1)
		return EX_CONFIG;
	s->rules = ichnaea_rules(cf.http_strict);
	if (io_privs_enter(cf.spool_dir, cf.http_user) == -1)
		status = EX_CANTCREAT;
	else if ((s->spool = spool_writer_open(cf.spool_dir,
	    cf.spool_max_bytes, cf.spool_segment_bytes)) == NULL)
		status = EX_CANTCREAT;
	conf_file_end(&cf);
	return status;
}

/* What became of all reports, for -v. */
static void
print_summary(const struct submit *s)
{
	char more[64] = "";

	if (s->left_out > 0)
		snprintf(more, sizeof(more), "; %llu values left out",
		    (unsigned long long)s->left_out);
	warnx("%llu reports handed in, %llu without networks, %llu refused%s",
	    (unsigned long long)s->done, (unsigned long long)s->empty,
	    (unsigned long long)s->bad, more);
}

/* No signal may kill it before it can say, or keep, how far it is. */
int
main(int argc, char *argv[])
{
	static char *const from_stdin[] = { "-" };
	struct submit s = { .batch = BATCH, .rules = ichnaea_rules(0) };
	const char *conf = NULL, *url = NULL;
	char *const *path = from_stdin;
	int ch, *fd = NULL, n = 1, status, verbose = 0;

	io_signals_hold(NULL);
	while ((ch = io_cli_next(argc, argv, "b:c:k:u:v", SYNOPSIS)) != -1)
		switch (ch) {
		case 'b':
			s.batch = (size_t)io_cli_num(ch, optarg, 1, BATCH_MAX);
			break;
		case 'c':
			conf = optarg;
			break;
		case 'k':
			s.key = check_key(optarg);
			break;
		case 'u':
			url = optarg;
			break;
		case 'v':
			verbose = 1;
			break;
		}
	if (argc > optind) {
		path = argv + optind;
		n = argc - optind;
	}
	io_signals_catch(SIGTERM, stop_after_line);
	io_signals_catch(SIGINT, stop_after_line);
	catch_hangup();
	io_signals_release();
	base_arena_init(&s.arena);
	base_buf_init(&s.lines);
	base_buf_init(&s.body);
	base_buf_init(&s.details);
	if (url == NULL && geteuid() == 0 && (fd = open_files(path, n)) == NULL)
		return EX_OSERR;
	if ((status = open_way(&s, conf, url)) == EX_OK)
		status = submit_files(&s, path, fd, n);
	if (verbose && (s.spool != NULL || s.post != NULL))
		print_summary(&s);
	free(fd);
	base_arena_done(&s.arena);
	base_buf_done(&s.lines);
	base_buf_done(&s.body);
	base_buf_done(&s.details);
	spool_writer_end(s.spool);
	net_post_free(s.post);
	return status;
}
