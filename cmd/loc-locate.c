/* SPDX-License-Identifier: ISC */
/*
 * loc-locate - answer geolocate queries without a server.
 *
 * Reads one request body per line, prints one response body for each, as
 * loc-serve would send it.  Keys, limits and counters play no part.
 */
#include <sys/socket.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "api/answer.h"
#include "api/error.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "conf/file.h"
#include "geo/ip.h"
#include "geoip/db.h"
#include "ichnaea/rules.h"
#include "io/cli.h"
#include "io/infile.h"
#include "locate/found.h"
#include "locate/query.h"
#include "store/db.h"
#include "store/lookup.h"

#define SYNOPSIS	"[-ehrsV] [-a address] [-c config] [file ...]"

struct run {
	struct api_answer_ask ask;
	struct locate_lookup	 lookup;	/* count_lost() around ... */
	struct locate_lookup	 database;
	struct base_arena	 arena;
	struct base_buf		 out, explain;
	size_t			 located, missed, refused, lost;
};

static int
count_lost(void *ctx, const struct locate_query *q, struct locate_found *f,
    struct base_arena *a)
{
	struct run *r = ctx;
	int rc;

	rc = r->database.find(r->database.ctx, q, f, a);
	r->lost += rc == -1;
	return rc;
}

/* Put the explanation, if there is one, into the object at the end of OUT. */
static void
add_explanation(struct run *r)
{
	if (r->explain.len == 0)
		return;
	r->out.len--;		/* its brace */
	base_buf_str(&r->out, ", \"explain\": ");
	base_buf_add(&r->out, r->explain.data, r->explain.len);
	base_buf_chr(&r->out, '}');
}

static void
answer(struct run *r, const struct io_infile_line *line)
{
	int status;

	base_arena_reset(&r->arena);
	base_buf_reset(&r->out);
	base_buf_reset(&r->explain);
	r->ask.now_s = base_clock_now_s();
	if (line->cut)
		status = api_error_write(&r->out, API_ERROR_TOO_LARGE,
		    NULL);
	else
		status = api_answer(line->text, line->len, &r->ask,
		    &r->lookup, &r->out, &r->arena);
	add_explanation(r);
	base_buf_chr(&r->out, '\n');
	if (!base_buf_ok(&r->out) || !base_buf_ok(&r->explain))
		errx(EX_OSERR, "out of memory");
	fwrite(r->out.data, 1, r->out.len, stdout);
	r->located += status == 200;
	r->missed += status == 404;
	r->refused += status == 400 || status == 413;
}

/* Answer each line of file NAME.  Returns an exit status. */
static int
filter(struct run *r, const char *name)
{
	struct io_infile_line line;
	struct io_infile *f;
	int got;

	if ((f = io_infile_open(name)) == NULL)
		return EX_NOINPUT;
	while ((got = io_infile_next(f, &line)) == 1)
		answer(r, &line);
	io_infile_end(f);
	return got == -1 ? EX_DATAERR : EX_OK;
}

/* What the queries' answers add up to, if no file was at fault. */
static int
verdict(const struct run *r)
{
	if (r->lost > 0)
		return EX_UNAVAILABLE;
	if (r->refused > 0)
		return EX_DATAERR;
	return r->missed > 0 && r->located == 0;
}

/* Look ADDRESS up in the database that CF names. */
static void
set_address(struct api_answer_ask *ask, struct geo_ip *ip,
    const char *address, const struct conf_file *cf)
{
	struct sockaddr_storage ss;
	struct geoip_db *db;

	if (!geoip_db_parse(&ss, address))
		errx(EX_USAGE, "-a %s: expected an IP address", address);
	if (conf_file_need(cf, &cf->geoip_path) == -1)
		exit(EX_CONFIG);
	if ((db = geoip_db_new(cf->geoip_path)) == NULL)
		exit(EX_IOERR);
	ask->has_ip = 1;
	if (geoip_db_find(db, (struct sockaddr *)&ss, ip))
		ask->ip = ip;
	geoip_db_free(db);
}

int
main(int argc, char *argv[])
{
	const char *address = NULL, *conf = NULL;
	struct run r = { .lookup = { &r, count_lost } };
	struct conf_file cf;
	struct geo_ip ip;
	struct store_db *db;
	int ch, one, rc = EX_OK, strict = 0;

	while ((ch = getopt(argc, argv, "a:c:ehrsV")) != -1)
		switch (ch) {
		case 'a':
			address = optarg;
			break;
		case 'c':
			conf = optarg;
			break;
		case 'e':
			r.ask.explain = &r.explain;
			break;
		case 'r':
			r.ask.api = API_ANSWER_COUNTRY;
			break;
		case 's':
			strict = 1;
			break;
		case 'V':
			io_cli_version();
		default:
			io_cli_usage(SYNOPSIS, ch == 'h');
		}
	if (conf_file_open(&cf, conf) == -1)
		return EX_CONFIG;
	r.ask.rules = ichnaea_rules(strict || cf.http_strict);
	if (address != NULL)
		set_address(&r.ask, &ip, address, &cf);
	if (conf_file_need(&cf, &cf.ro_url) == -1 ||
	    (db = store_db_new("ro_url", cf.ro_url)) == NULL)
		return EX_CONFIG;
	store_db_impatient(db);
	store_lookup_init(&r.database, db);
	base_arena_init(&r.arena);
	base_buf_init(&r.out);
	base_buf_init(&r.explain);
	setlinebuf(stdout);
	if (optind == argc)
		rc = filter(&r, "-");
	for (; optind < argc; optind++)
		if ((one = filter(&r, argv[optind])) > rc)
			rc = one;
	if (rc == EX_OK)
		rc = verdict(&r);
	base_buf_done(&r.explain);
	base_buf_done(&r.out);
	base_arena_done(&r.arena);
	store_db_free(db);
	conf_file_end(&cf);
	io_cli_flush();
	return rc;
}
