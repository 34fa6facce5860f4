/* SPDX-License-Identifier: ISC */
/*
 * loc-submit - hand in reports.
 *
 * Reads report lines (geosubmit v2 items) from files or stdin and writes
 * them, made regular as loc-serve does, into the spool or to a geosubmit URL,
 * some at a time.  A bad line costs itself.  When it is stopped or fails, it
 * says up to which line all was handed in.
 */
#include <ctype.h>
#include <err.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "conf/file.h"
#include "ichnaea/rules.h"
#include "io/cli.h"
#include "io/infile.h"
#include "net/post.h"
#include "spool/record.h"
#include "spool/writer.h"

#include "submit.h"

#define SYNOPSIS \
	"[-hvV] [-b batch] [-c config] [-k key] [-u url] [file ...]"
#define BATCH		100
#define BATCH_MAX	10000

volatile sig_atomic_t submit_stopping;

static void
on_stop(int sig)
{
	(void)sig;
	submit_stopping = 1;
}

static int
submit_file(struct submit *s, const char *path)
{
	struct io_infile *f;
	int status;

	if ((f = io_infile_open(path)) == NULL)
		return EX_NOINPUT;
	io_infile_stop_on(f, &submit_stopping);
	io_progress_init(&s->progress, "reports", io_infile_done(f) < 0);
	status = submit_lines(s, f);
	io_progress_done(&s->progress);
	io_infile_end(f);
	return status;
}

/* A file that cannot be read does not keep the next from being read. */
static int
submit_files(struct submit *s, char *const *path, int n)
{
	int i, rc, status = EX_OK;

	for (i = 0; i < n && !submit_stopping; i++) {
		rc = submit_file(s, path[i]);
		if (rc != EX_OK && rc != EX_NOINPUT && rc != EX_DATAERR)
			return rc;
		if (rc != EX_OK)
			status = rc;
	}
	return status == EX_OK && s->bad > 0 ? EX_DATAERR : status;
}

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

int
main(int argc, char *argv[])
{
	/* A second signal does not wait. */
	struct sigaction sa = { .sa_handler = on_stop,
	    .sa_flags = (int)SA_RESETHAND };
	static char *const from_stdin[] = { "-" };
	struct submit s = { .batch = BATCH, .rules = ichnaea_rules(0) };
	struct conf_file cf;
	const char *conf = NULL, *url = NULL;
	int ch, status, verbose = 0;

	while ((ch = getopt(argc, argv, "b:c:hk:u:vV")) != -1)
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
		case 'V':
			io_cli_version();
		default:
			io_cli_usage(SYNOPSIS, ch == 'h');
		}
	argc -= optind;
	argv += optind;
	if (url != NULL) {
		if ((s.post = net_post_new(url, s.key)) == NULL)
			return EX_USAGE;
	} else {
		if (conf_file_open(&cf, conf) == -1)
			return EX_CONFIG;
		s.spool = spool_writer_open(cf.spool_dir, cf.spool_max_bytes,
		    cf.spool_segment_bytes);
		s.rules = ichnaea_rules(cf.http_strict);
		conf_file_end(&cf);
		if (s.spool == NULL)
			return EX_CANTCREAT;
	}
	base_arena_init(&s.arena);
	base_buf_init(&s.lines);
	base_buf_init(&s.body);
	base_buf_init(&s.details);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	status = argc > 0 ? submit_files(&s, argv, argc) :
	    submit_files(&s, from_stdin, 1);
	if (verbose)
		warnx("%llu reports handed in, %llu without networks, "
		    "%llu refused", (unsigned long long)s.done,
		    (unsigned long long)s.empty, (unsigned long long)s.bad);
	base_arena_done(&s.arena);
	base_buf_done(&s.lines);
	base_buf_done(&s.body);
	base_buf_done(&s.details);
	spool_writer_end(s.spool);
	net_post_free(s.post);
	return status;
}
