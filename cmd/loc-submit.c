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
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "conf/file.h"
#include "ichnaea/rules.h"
#include "io/cli.h"
#include "io/infile.h"
#include "io/progress.h"
#include "json/doc.h"
#include "net/post.h"
#include "obs/items.h"
#include "obs/report.h"
#include "spool/record.h"
#include "spool/writer.h"

#define SYNOPSIS \
	"[-hvV] [-b batch] [-c config] [-k key] [-u url] [file ...]"
#define BATCH		100
#define BATCH_MAX	10000
#define BATCH_BYTES	(4 * 1024 * 1024)	/* servers take 10 MiB */
#define PACK_LEVEL	6

struct submit {
	struct spool_writer	*spool;		/* one of these two */
	struct net_post		*post;
	const char		*key;		/* -k, or NULL */
	const struct ichnaea_rules *rules;
	size_t			 batch;		/* -b */
	struct base_arena	 arena;
	struct base_buf		 lines;		/* reports not handed in yet */
	struct base_buf		 body;
	struct base_buf		 details;
	size_t			 n;		/* reports in LINES */
	uint64_t		 first;		/* line of the first of them */
	uint64_t		 last;		/* line read last */
	struct io_progress	 progress;
	uint64_t		 done, empty, bad;	/* of all files */
};

static volatile sig_atomic_t stopping;

static void
on_stop(int sig)
{
	(void)sig;
	stopping = 1;
}

static int
to_spool(struct submit *s)
{
	struct spool_record r = { .count = (uint32_t)s->n, .key = s->key,
	    .keylen = s->key == NULL ? 0 : strlen(s->key),
	    .payload = s->lines.data, .len = s->lines.len };

	r.time_ms = base_clock_now_ms();
	base_uuid_v7(r.id, r.time_ms);
	if (spool_writer_append(s->spool, &r) == 0)
		return EX_OK;
	return errno == ENOSPC || errno == ENOMEM ? EX_TEMPFAIL : EX_IOERR;
}

static int
to_url(struct submit *s)
{
	struct net_client_answer a;
	enum net_post_verdict v;

	base_buf_reset(&s->body);
	obs_items_add(&s->body, s->lines.data, s->lines.len, 0);
	obs_items_end(&s->body);
	if (!base_buf_ok(&s->body)) {
		warnx("out of memory");
		return EX_TEMPFAIL;
	}
	v = net_post_json(s->post, s->body.data, s->body.len, PACK_LEVEL, &a);
	if (v != NET_POST_OK)
		warnx("%s: %s", net_post_name(s->post), a.why);
	switch (v) {
	case NET_POST_OK:
		return EX_OK;
	case NET_POST_REFUSED:
		return EX_DATAERR;
	case NET_POST_LATER:
		return EX_TEMPFAIL;
	default:
		return EX_UNAVAILABLE;
	}
}

/*
 * Hand in what has gathered.  Returns EX_OK also when the server refused it:
 * that is noted, and others may fare better.
 */
static int
flush(struct submit *s, const struct io_infile *f)
{
	int status;

	if (s->n == 0)
		return EX_OK;
	status = s->post != NULL ? to_url(s) : to_spool(s);
	if (status == EX_OK)
		s->done += s->n;
	else if (status == EX_DATAERR) {
		warnx("%s:%llu: the reports of lines %llu to %llu were "
		    "refused", io_infile_name(f), (unsigned long long)s->first,
		    (unsigned long long)s->first,
		    (unsigned long long)s->last);
		s->bad += s->n;
		status = EX_OK;
	} else
		warnx("%s: stopped; line %llu and what follows was not "
		    "handed in", io_infile_name(f),
		    (unsigned long long)s->first);
	s->n = 0;
	base_buf_reset(&s->lines);
	return status;
}

static void __attribute__((format(printf, 4, 5)))
refuse(struct submit *s, const struct io_infile *f,
    const struct io_infile_line *line, const char *fmt, ...)
{
	char why[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	warnx("%s:%llu: %s", io_infile_name(f),
	    (unsigned long long)line->number, why);
	s->bad++;
}

/* Say where it was found to be wrong; with what value is private. */
static void
refuse_report(struct submit *s, const struct io_infile *f,
    const struct io_infile_line *line)
{
	const char *path = s->details.data + strlen("{\"");
	int len = (int)strcspn(path, "\"");

	if (len == 0)
		refuse(s, f, line, "not a report: expected an object");
	else
		refuse(s, f, line, "expected another type of value at %.*s",
		    len, path);
}

/* Returns 0, or -1 when memory is short. */
static int
add_line(struct submit *s, const struct io_infile *f,
    const struct io_infile_line *line)
{
	struct obs_report r = { .api = OBS_REPORT_GEOSUBMIT2,
	    .rules = s->rules, .now_ms = base_clock_now_ms(),
	    .arena = &s->arena, .lines = &s->lines, .details = &s->details };
	struct json_doc d;

	base_arena_reset(&s->arena);
	base_buf_reset(&s->details);
	if (line->cut) {
		refuse(s, f, line, "longer than %d bytes",
		    IO_INFILE_LINE_MAX);
		return 0;
	}
	if (json_doc_parse(&d, line->text, line->len, &s->arena) == -1) {
		if (d.why == json_doc_nomem)
			return -1;
		refuse(s, f, line, "not JSON: %s at byte %zu", d.why,
		    d.where + 1);
		return 0;
	}
	switch (obs_report_item(&r, &d)) {
	case OBS_REPORT_NOMEM:
		return -1;
	case OBS_REPORT_REFUSED:
		refuse_report(s, f, line);
		return 0;
	case OBS_REPORT_OK:
		break;
	}
	if (r.n == 0)
		s->empty++;
	else if (s->n++ == 0)
		s->first = line->number;
	return 0;
}

static int
is_blank(const struct io_infile_line *line)
{
	size_t i;

	for (i = 0; i < line->len; i++)
		if (line->text[i] != ' ' && line->text[i] != '\t')
			return 0;
	return 1;
}

static int
submit_lines(struct submit *s, struct io_infile *f)
{
	struct io_infile_line line;
	int rc, status;

	s->last = 0;
	while ((rc = io_infile_next(f, &line)) == 1 && !stopping) {
		if (!is_blank(&line) && add_line(s, f, &line) == -1) {
			warnx("%s:%llu: out of memory", io_infile_name(f),
			    (unsigned long long)line.number);
			return EX_TEMPFAIL;
		}
		s->last = line.number;
		if ((s->n >= s->batch || s->lines.len >= BATCH_BYTES) &&
		    (status = flush(s, f)) != EX_OK)
			return status;
		io_progress_show(&s->progress, s->done, io_infile_done(f));
	}
	if ((status = flush(s, f)) != EX_OK)
		return status;
	if (stopping) {
		warnx("%s: stopped after line %llu", io_infile_name(f),
		    (unsigned long long)s->last);
		return EX_TEMPFAIL;
	}
	return rc == -1 ? EX_DATAERR : EX_OK;
}

static int
submit_file(struct submit *s, const char *path)
{
	struct io_infile *f;
	int status;

	if ((f = io_infile_open(path)) == NULL)
		return EX_NOINPUT;
	io_infile_stop_on(f, &stopping);
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

	for (i = 0; i < n && !stopping; i++) {
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
