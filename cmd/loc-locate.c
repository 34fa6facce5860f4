/* SPDX-License-Identifier: ISC */
/*
 * loc-locate - answer geolocate queries without a server.
 *
 * Reads one request body per line, prints one response body for each, as
 * loc-serve would send it, from the database or from an index.  Keys, limits
 * and counters play no part.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "api/answer.h"
#include "api/error.h"
#include "base/addr.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "check/cli.h"
#include "check/database.h"
#include "check/geoip.h"
#include "check/index.h"
#include "conf/file.h"
#include "geo/ip.h"
#include "geoip/db.h"
#include "ichnaea/rules.h"
#include "index/file.h"
#include "index/lookup.h"
#include "io/cli.h"
#include "io/infile.h"
#include "locate/confidence.h"
#include "locate/found.h"
#include "locate/query.h"
#include "store/db.h"
#include "store/lookup.h"

#define SYNOPSIS	"[-ehrsV] [-a address] [-c config] [-i index] " \
			"[-p percent] [file ...]\n" CHECK_CLI_SYNOPSIS

/*
 * What all questions share.  The arena and both buffers are emptied for each,
 * so their memory is bounded by the largest question.
 */
struct run {
	struct api_answer	 how;		/* what it says of the caller */
	struct store_db		*db;		/* or: */
	struct index_file	*index;
	const char		*index_path;
	int			 broken;	/* it was cut, or written to */
	struct base_arena	 arena;
	struct base_buf		 out, explain;
	size_t			 located, missed, refused, lost;
};

/*
 * Ask the index.  -1 if that failed, as it always does once the file is not
 * what it was; that is told once.
 */
static int
find_in_index(struct run *r, struct api_answer *w)
{
	int rc;

	if (r->broken)
		return -1;
	rc = index_lookup(r->index, &w->need, w->now_s, &w->found, w->arena);
	r->broken = rc == -2 || index_file_check(r->index) == -1;
	if (rc == -2)
		warnx("%s: it was cut while it was read, or its disk fails",
		    r->index_path);
	return r->broken ? -1 : rc;
}

/*
 * Ask the database or the index for what the query needs.  A lookup that fails
 * is noted, so that the answer says so where nothing else is known; the next
 * query tries again.
 */
static void
find_networks(struct run *r, struct api_answer *w)
{
	struct store_lookup ask = { &w->need, &w->found, w->arena };
	struct store_lookup *const one = &ask;

	if (!locate_query_has_networks(&w->need))
		return;
	if (r->index != NULL)
		w->lost = find_in_index(r, w) == -1;
	else
		w->lost = store_lookup_run(r->db, &one, 1) == -1;
	r->lost += (size_t)w->lost;
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

/*
 * Append the answer to LINE.  Returns the status it would have as HTTP.  This
 * is the path of loc-serve without key, limit, provider and sampling: the same
 * functions in the same order, so that answers can be compared byte by byte.
 */
static int
answer_line(struct run *r, const struct io_infile_line *line)
{
	struct api_answer w = r->how;

	w.arena = &r->arena;
	w.now_s = base_clock_now_s();
	if (line->cut)
		return api_error_write(&r->out, API_ERROR_TOO_LARGE, NULL);
	if (api_answer_read(&w, line->text, line->len)) {
		find_networks(r, &w);
		if (api_answer_search(&w) && w.explains)
			api_answer_explain(&w, &r->explain);
	}
	return api_answer_write(&w, &r->out);
}

/* Print the answer to LINE, and count of which kind it was. */
static void
print_answer(struct run *r, const struct io_infile_line *line)
{
	int status;

	base_arena_reset(&r->arena);
	base_buf_reset(&r->out);
	base_buf_reset(&r->explain);
	status = answer_line(r, line);
	add_explanation(r);
	base_buf_chr(&r->out, '\n');
	if (!base_buf_ok(&r->out) || !base_buf_ok(&r->explain))
		errx(EX_OSERR, "out of memory");
	io_cli_put(r->out.data, r->out.len);
	r->located += status == 200;
	r->missed += status == 404;
	r->refused += status == 400 || status == 413;
}

/* Answer each line of file NAME.  Returns an exit status. */
static int
answer_file(struct run *r, const char *name)
{
	struct io_infile_line line;
	struct io_infile *f;
	int got;

	if ((f = io_infile_open(name)) == NULL)
		return EX_NOINPUT;
	while ((got = io_infile_next(f, &line)) == 1)
		print_answer(r, &line);
	io_infile_end(f);
	return got == -1 ? EX_DATAERR : EX_OK;
}

/*
 * What the queries' answers add up to, if no file was at fault.  The worst
 * kind decides; that nothing was found is 1 only if no query found anything,
 * as one miss among many is no news.
 */
static int
exit_status(const struct run *r)
{
	if (r->broken)
		return EX_IOERR;
	if (r->lost > 0)
		return EX_UNAVAILABLE;
	if (r->refused > 0)
		return EX_DATAERR;
	return r->missed > 0 && r->located == 0;
}

/*
 * Look ADDRESS up in the database that CF names, once, as all queries come
 * from it. *IP is the caller's and has to live as long as HOW.  Ends the
 * program if the file cannot be used: an answer without it would look like one
 * with it.
 */
static void
set_address(struct api_answer *how, struct geo_ip *ip,
    const char *address, const struct conf_file *cf)
{
	struct base_addr addr;
	struct geoip_db *db;

	if (!base_addr_parse(&addr, address))
		errx(EX_USAGE, "-a %s: expected an IP address", address);
	if (conf_file_need(cf, &cf->geoip_path) == -1)
		exit(EX_CONFIG);
	if ((db = geoip_db_new(cf->geoip_path)) == NULL)
		exit(EX_IOERR);
	how->has_ip = 1;
	if (geoip_db_find(db, &addr, ip))
		how->ip = ip;
	geoip_db_free(db);
}

/*
 * Open the index at PATH, or the database that CF names.  Returns an exit
 * status, after a warning if it is not EX_OK.
 */
static int
open_source(struct run *r, const char *path, const struct conf_file *cf)
{
	struct index_file_about about;

	if (path == NULL) {
		if (conf_file_need(cf, &cf->ro_url) == -1 ||
		    (r->db = store_db_new("ro_url", cf->ro_url,
		    STORE_DB_STALE)) == NULL)
			return EX_CONFIG;
		store_db_fail_fast(r->db);
		return EX_OK;
	}
	r->index_path = path;
	if ((r->index = index_file_open(path)) == NULL)
		return EX_NOINPUT;
	index_file_about(r->index, &about);
	if (!r->how.as_ichnaea || about.flags & INDEX_FORMAT_WHOLE)
		return EX_OK;
	warnx("%s: was built without -s, so it has no answers as Ichnaea's",
	    path);
	return EX_CONFIG;
}

/* With -i the index is asked, and no database; -a needs the GeoIP file. */
static int
check_locate_options(struct check_cli_asked *a)
{
	if (a->arg['a'] != NULL)
		a->needs |= CHECK_CLI_GEOIP;
	if (a->arg['i'] == NULL)
		return EX_OK;
	a->needs &= ~(unsigned)CHECK_CLI_RO;
	return check_index(a->arg['i'], a->arg['s'] != NULL ||
	    a->cf->http_strict || !a->cf->locate_model);
}

static const struct check_cli checked = {
	.options = "a:c:ei:p:rs",
	.synopsis = SYNOPSIS,
	.needs = CHECK_CLI_RO | CHECK_CLI_IF(CHECK_CLI_GEOIP) |
	    CHECK_CLI_WORDS,
	.database = check_database,
	.geoip = check_geoip,
	.given = check_locate_options
};

/*
 * Options and wiring.  The database is opened as loc-serve opens it, so that a
 * lookup that fails is told at once; lines are flushed one by one, as whoever
 * asks may wait for each answer before the next question.
 */
int
main(int argc, char *argv[])
{
	struct run r = { 0 };
	struct conf_file cf;
	struct geo_ip ip;
	struct io_cli cli;
	int i, one, rc = EX_OK, strict;

	check_cli(&cli, argc, argv, &checked);
	r.how.explains = cli.arg['e'] != NULL;
	r.how.confidence = (int)io_cli_num_or(&cli, 'p', LOCATE_CONFIDENCE_MIN,
	    LOCATE_CONFIDENCE_MAX, 0);
	if (cli.arg['r'] != NULL)
		r.how.api = API_ANSWER_COUNTRY;
	io_cli_files(&cli);
	if (conf_file_open(&cf, cli.arg['c']) == -1)
		return EX_CONFIG;
	strict = cli.arg['s'] != NULL || cf.http_strict;
	r.how.rules = ichnaea_rules(strict);
	r.how.as_ichnaea = strict || !cf.locate_model;
	r.how.no_adopted = !cf.trust_adopted;
	r.how.confidence = locate_confidence_or(r.how.confidence,
	    (int)cf.locate_confidence);
	if (cli.arg['a'] != NULL)
		set_address(&r.how, &ip, cli.arg['a'], &cf);
	if ((rc = open_source(&r, cli.arg['i'], &cf)) != EX_OK) {
		index_file_free(r.index);
		conf_file_end(&cf);
		return rc;
	}
	base_arena_init(&r.arena);
	base_buf_init(&r.out);
	base_buf_init(&r.explain);
	setlinebuf(stdout);
	for (i = 0; i < cli.words; i++)
		if ((one = answer_file(&r, cli.word[i])) > rc)
			rc = one;
	if (rc == EX_OK)
		rc = exit_status(&r);
	base_buf_done(&r.explain);
	base_buf_done(&r.out);
	base_arena_done(&r.arena);
	store_db_free(r.db);
	index_file_free(r.index);
	conf_file_end(&cf);
	io_cli_flush();
	return rc;
}
