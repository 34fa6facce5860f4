/* SPDX-License-Identifier: ISC */
/*
 * loc-export - publish cells, and write out what the database has.
 *
 * It reads the tables as they were at one moment, through the account that may
 * only read, and writes to standard output, to a file that appears whole, or
 * to a bucket or directory with the names that the world knows.  Stopped or
 * killed it leaves what was there before, and the next run makes up for it.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/num.h"
#include "check/cli.h"
#include "check/database.h"
#include "check/objects.h"
#include "conf/file.h"
#include "geo/dist.h"
#include "io/cli.h"
#include "io/signals.h"
#include "store/db.h"
#include "store/snapshot.h"

#include "export.h"

/* Of -p; nothing is published where there is no such place. */
#define PLACE	"assets:export"

static const char synopsis[] =
    "full | diff [-hNqV] [-c config] [-f format] [-t time] [file]\n"
    "full | diff [-FhjNqvV] [-c config] [-t time] -o url | -p\n"
    "dump [-hNqV] [-a lat,lon,radius] [-c config] blue | cell | wifi [file]\n"
    CHECK_CLI_SYNOPSIS;

/*
 * Libraries leave it to the program to tell of errors that could have been
 * repeated.  Nothing is repeated here: cron calls again, and a snapshot that
 * broke off cannot be taken up.
 */
int
export_db_failed(const struct store_db *db)
{
	warnx("%s: %s", store_db_where(db), store_db_error(db));
	return store_db_status(db);
}

/*
 * What the command line asks for beyond struct export, which has what the
 * subcommands share.
 */
struct request {
	const struct export_format	*format;	/* or NULL: CSV */
	struct export_area		 area;
	int				 has_area, publish;
};

static const struct export_format *
format_of(const char *word)
{
	static const struct format_name {
		const char			*name;
		const struct export_format	*format;
	} names[] = { { "csv", &export_csv }, { "geojson", &export_geojson },
	    { "jsonl", &export_jsonl }, { "sqlite", &export_sqlite } };
	const struct format_name *n = IO_CLI_FIND(word, names);

	return n->format;
}

/* The argument of -t, in UTC, which may be copied from a manifest. */
static int64_t
asked_time_of(const char *arg)
{
	int64_t t;

	if (!base_civil_parse_all(arg, &t))
		errx(EX_USAGE, "-t %s: expected YYYY-MM-DD or "
		    "YYYY-MM-DDTHH:MM:SS", arg);
	return t;
}

/* One number of -a, up to the character END; returns what is behind it. */
static const char *
take_number(const char *arg, char end, double *v)
{
	size_t len = strcspn(arg, ",");

	if (arg[len] != end || !base_num_f64(arg, len, v))
		return NULL;
	return arg + len + (end != '\0');
}

/*
 * Whether a number is one is asked so that NaN fails, which compares with
 * nothing.  The latitudes of the poles are none here, as no station is stored
 * there.
 */
static void
area_of(struct export_area *a, const char *arg)
{
	const char *p;

	if ((p = take_number(arg, ',', &a->lat)) == NULL ||
	    (p = take_number(p, ',', &a->lon)) == NULL ||
	    take_number(p, '\0', &a->radius_m) == NULL ||
	    !(a->lat >= -GEO_DIST_MAX_LAT && a->lat <= GEO_DIST_MAX_LAT) ||
	    !(a->lon >= -GEO_DIST_MAX_LON && a->lon <= GEO_DIST_MAX_LON) ||
	    !(a->radius_m >= 0 && a->radius_m <= GEO_DIST_AROUND_MAX_M))
		errx(EX_USAGE, "-a %s: expected latitude,longitude,metres",
		    arg);
}

/*
 * Options stand before or behind the subcommand's word, as getopt_long(3) sorts
 * them; so they are only noted here, and command_of() says which of them make
 * sense together.
 */
static void
take_export_options(const struct io_cli *cli, struct export *e,
    struct request *r)
{
	if (cli->arg['a'] != NULL) {
		area_of(&r->area, cli->arg['a']);
		r->has_area = 1;
	}
	if (cli->arg['f'] != NULL)
		r->format = format_of(cli->arg['f']);
	e->force = cli->arg['F'] != NULL;
	e->json = cli->arg['j'] != NULL;
	e->nr = cli->arg['N'] != NULL;
	e->url = cli->arg['o'];
	r->publish = cli->arg['p'] != NULL;
	e->quiet = cli->arg['q'] != NULL;
	if (cli->arg['t'] != NULL)
		e->time = asked_time_of(cli->arg['t']);
	e->verbose = cli->arg['v'] != NULL;
}

/*
 * Cells to standard output or to a file.  Without -t the server's clock says
 * what day and hour it is: times in its tables are by that clock, and this
 * machine's may differ.  Returns an exit status.
 */
static int
write_cells(const struct export *e, enum export_kind kind,
    const struct export_format *format)
{
	static struct export_counts counts;
	struct store_snapshot *look;
	struct export_window w;
	struct export_out out;
	int end, status;

	if ((look = export_look(e, &status)) == NULL)
		return status;
	export_window(&w, kind, e->time != EXPORT_NOW ? e->time :
	    store_snapshot_time(look));
	status = e->path == NULL ? export_out_stdout(&out) :
	    export_out_file(&out, e->path, 0, 0644);
	if (status == EX_OK) {
		status = export_cells(e, look, &w, format, &out, &counts);
		end = export_out_end(&out, status == EX_OK);
		if (status == EX_OK)
			status = end;
		export_out_done(&out);
	}
	store_snapshot_end(look);
	return status;
}

static const struct command {
	const char	*name;
	int		 kind;		/* enum export_kind, or -1: a dump */
/* In ascending order, in which they are listed to whoever gives a wrong one. */
} commands[] = {
	{ "diff", EXPORT_DIFF }, { "dump", -1 }, { "full", EXPORT_FULL }
};

/*
 * The command that the operands begin with.  Options that mean nothing to it,
 * and a wrong number of operands, end the program: an option that is silently
 * passed over would make somebody believe that he has what he asked for.
 */
static const struct command *
command_of(struct export *e, const struct request *r,
    const struct io_cli *cli)
{
	const struct command *c;
	const int away = e->url != NULL || r->publish, n = cli->words;

	if (n == 0)
		io_cli_usage(synopsis, 0);
	c = IO_CLI_FIND(cli->word[0], commands);
	if (c->kind == -1 ? n < 2 || n > 3 || away || r->format != NULL ||
	    e->time != EXPORT_NOW : n > (away ? 1 : 2) || r->has_area)
		io_cli_usage(synopsis, 0);
	if (away ? r->format != NULL || (e->url != NULL && r->publish) :
	    e->force || e->json || e->verbose)
		io_cli_usage(synopsis, 0);
	return c;
}

/*
 * Where no bucket is configured -p does nothing and is content with it: the
 * same crontab is installed everywhere, and a mail each hour would tell an
 * administrator who publishes nothing of something he did not want.  Returns an
 * exit status.
 */
static int
do_command(struct export *e, const struct request *r, const struct command *c,
    const char *dumped)
{
	if (c->kind == -1)
		return export_dump(e, dumped, r->has_area ? &r->area : NULL);
	if (r->publish && e->cf->assets_bucket == NULL)
		return EX_OK;
	if (r->publish)
		e->url = PLACE;
	if (e->url != NULL)
		return export_publish(e, (enum export_kind)c->kind);
	return write_cells(e, (enum export_kind)c->kind,
	    r->format == NULL ? &export_csv : r->format);
}

/* Where it goes, if that is an option. */
static int
check_export_options(struct check_cli_asked *a)
{
	if (a->arg['o'] != NULL)
		return check_objects(a, a->arg['o']);
	if (a->arg['p'] != NULL && a->cf->assets_bucket != NULL)
		return check_objects(a, PLACE);
	return EX_OK;
}

static const struct check_cli checked = {
	.options = "a:c:f:FjNo:pqt:v",
	.synopsis = synopsis,
	.needs = CHECK_CLI_RO,
	.database = check_database,
	.given = check_export_options
};

/*
 * Signals are noted, and looked at between two rows; what is being stored is
 * given up.  To end at once would leave a half-written file under its temporary
 * name, or parts of an object in a bucket.
 */
int
main(int argc, char *argv[])
{
	struct export e = { .time = EXPORT_NOW };
	struct request r = { 0 };
	const struct command *c;
	struct conf_file cf;
	struct io_cli cli;
	int rc;

	io_signals_hold(NULL);
	check_cli(&cli, argc, argv, &checked);
	take_export_options(&cli, &e, &r);
	c = command_of(&e, &r, &cli);
	if (c->kind == -1)
		export_dump_check(cli.word[1]);
	if (cli.words > (c->kind == -1 ? 2 : 1) &&
	    strcmp(cli.word[cli.words - 1], "-") != 0)
		e.path = cli.word[cli.words - 1];
	if (conf_file_open(&cf, cli.arg['c']) == -1)
		return EX_CONFIG;
	e.cf = &cf;
	io_signals_until_stop(0);
	rc = do_command(&e, &r, c, cli.word[1]);
	conf_file_end(&cf);
	return rc;
}
