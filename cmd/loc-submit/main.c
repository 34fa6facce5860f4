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

#include "check/cli.h"
#include "check/path.h"
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
	"[-hvV] [-b batch] [-c config] [-k key] [-u url] [file ...]\n" \
	CHECK_CLI_SYNOPSIS
#define BATCH		100
#define TRY_S		10
#define BATCH_MAX	10000

atomic_int submit_stopping;

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
 * Who writes into the spool is the operator, or acts for him.  A run is one
 * witness, told apart from others by chance.
 */
static struct obs_witness
draw_witness(void)
{
	return (struct obs_witness){ .class = OBS_WITNESS_TRUSTED,
	    .tag = (uint16_t)arc4random(), .source = arc4random() };
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
	if (!s->rules->believe_all)
		s->who = draw_witness();
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

/* Does anything answer at URL?  No report is made up for this. */
static int
try_url(const struct check_cli_asked *a, const char *url)
{
	struct net_client_answer answer = { 0 };
	struct net_client *c;
	struct net_post *p;
	int status = EX_OK;

	if ((p = net_post_new(url, NULL)) == NULL)
		return EX_USAGE;
	if (a->only_files || (c = net_client_new()) == NULL) {
		net_post_free(p);
		return EX_OK;
	}
	net_client_limits(c, TRY_S, TRY_S, TRY_S);
	if (net_client_send(c, "GET", url, NULL, 0, &answer) == 0) {
		warnx("%s: %s", net_post_name(p), answer.why);
		status = EX_UNAVAILABLE;
	}
	net_client_free(c);
	net_post_free(p);
	return status;
}

/* With -u nothing goes into the spool. */
static int
check_submit_options(struct check_cli_asked *a)
{
	int one, rc = EX_OK;

	if (a->arg['k'] != NULL)
		check_key(a->arg['k']);
	if (a->arg['u'] != NULL) {
		a->needs = 0;
		rc = try_url(a, a->arg['u']);
	}
	one = check_path_inputs(a->word);
	return one != EX_OK ? one : rc;
}

static const struct check_cli checked = {
	.options = "b:c:k:u:v",
	.alone = "u",
	.synopsis = SYNOPSIS,
	.needs = CHECK_CLI_SPOOL | CHECK_CLI_WORDS,
	.given = check_submit_options
};

/* No signal may kill it before it can say, or keep, how far it is. */
int
main(int argc, char *argv[])
{
	struct submit s = { .rules = ichnaea_rules(0) };
	int *fd = NULL, status;
	struct io_cli cli;
	const char *url;

	io_signals_hold(NULL);
	check_cli(&cli, argc, argv, &checked);
	s.batch = (size_t)io_cli_num_or(&cli, 'b', 1, BATCH_MAX, BATCH);
	if (cli.arg['k'] != NULL)
		s.key = check_key(cli.arg['k']);
	url = cli.arg['u'];
	io_cli_files(&cli);
	io_signals_catch(SIGTERM, stop_after_line);
	io_signals_catch(SIGINT, stop_after_line);
	catch_hangup();
	io_signals_release();
	base_arena_init(&s.arena);
	base_buf_init(&s.lines);
	base_buf_init(&s.body);
	base_buf_init(&s.details);
	if (url == NULL && geteuid() == 0 &&
	    (fd = open_files(cli.word, cli.words)) == NULL)
		return EX_OSERR;
	if ((status = open_way(&s, cli.arg['c'], url)) == EX_OK)
		status = submit_files(&s, cli.word, fd, cli.words);
	if (cli.arg['v'] != NULL && (s.spool != NULL || s.post != NULL))
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
