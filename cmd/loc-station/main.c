/* SPDX-License-Identifier: ISC */
/*
 * loc-station - look at single networks, and forget or block them.
 *
 * Reads and writes the rows of stations that the pipeline keeps.  Questions go
 * to the read-only database, changes to the other, each network in its own
 * transaction; what was changed is printed as it was, to be put back.
 */
#include <err.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/clock.h"
#include "check/cli.h"
#include "check/database.h"
#include "check/index.h"
#include "index/file.h"
#include "io/cli.h"
#include "store/db.h"

#include "station.h"

#define SYNOPSIS \
	"[-hnV] [-c config] [-d days] block kind network ...\n" \
	"[-hV] [-c config] code kind network ...\n" \
	"[-hnV] [-c config] forget kind network ...\n" \
	"[-hjV] [-c config] [-m max] list place [kind ...]\n" \
	"[-hnV] [-c config] restore [file]\n" \
	"[-hjV] [-c config] [-i index] show kind network ...\n" \
	"[-hV] [-c config] tag witness date\n" \
	"[-hnV] [-c config] unblock kind network ...\n" \
	"[-hnV] [-c config] undo what ...\n" \
	"[-hnV] [-c config] unforget kind network ...\n" \
	CHECK_CLI_SYNOPSIS

#define LIST_MAX	10000

/* What each command takes, in the order of the synopsis. */
enum takes { FILE_NAME, NETWORKS, PLACE, WITNESS, WISH };
static const struct command {
	const char	*name;
	int		(*run)(struct run *, char *const *);
	enum takes	 takes;
	int		 changes;
} commands[] = {
	{ "block", block_networks, NETWORKS, 1 },
	{ "code", print_codes, NETWORKS, 0 },
	{ "forget", forget_networks, NETWORKS, 1 },
	{ "list", list_networks, PLACE, 0 },
	{ "restore", restore_networks, FILE_NAME, 1 },
	{ "show", show_networks, NETWORKS, 0 },
	{ "tag", tag_witness, WITNESS, 0 },
	{ "unblock", unblock_networks, NETWORKS, 1 },
	{ "undo", undo_networks, WISH, 1 },
	{ "unforget", unforget_networks, NETWORKS, 1 }
};

int
tell_failure(const struct store_db *db)
{
	if (store_db_retry(db) != STORE_ERROR_FATAL)
		warnx("%s: %s", store_db_where(db), store_db_error(db));
	return store_db_status(db);
}

static void
check_networks(const struct command *c, char *const *arg)
{
	const char *expected;
	struct network n;
	enum kind kind;

	kind = kind_of(*arg++);
	if (kind == AREA && c->changes)
		errx(EX_USAGE, "%s area: areas are made of their cells",
		    c->name);
	if (*arg == NULL) {
		warnx("%s: expected networks", c->name);
		io_cli_usage(SYNOPSIS, 0);
	}
	for (; *arg != NULL; arg++)
		if (network_parse(&n, kind, *arg, &expected) == -1)
			errx(EX_USAGE, "%s: expected %s", *arg, expected);
}

/* Ends the program before anything is read if ARG is nothing for C. */
static void
check_arguments(const struct command *c, char *const *arg)
{
	static const char *const expected[] = { [NETWORKS] =
	    "a kind and networks", [PLACE] = "a place", [WITNESS] =
	    "an address or key, and a date", [WISH] = "what to take back" };

	if (c->takes != FILE_NAME && *arg == NULL) {
		warnx("%s: expected %s", c->name, expected[c->takes]);
		io_cli_usage(SYNOPSIS, 0);
	}
	if (c->takes == NETWORKS)
		check_networks(c, arg);
	if (c->takes == WISH)
		undo_check(arg);
	if (c->takes == FILE_NAME && arg[0] != NULL && arg[1] != NULL) {
		warnx("%s: unexpected %s", c->name, arg[1]);
		io_cli_usage(SYNOPSIS, 0);
	}
}

/* Changes need the account that may write; its clock is the one that counts. */
static int
run_command(struct run *r, const struct command *c, char *const *arg)
{
	char **url = c->changes ? &r->cf.rw_url : &r->cf.ro_url;
	int rc = EX_CONFIG;

	if (r->index_path != NULL) {
		if ((r->index = index_file_open(r->index_path)) == NULL)
			return EX_NOINPUT;
		r->now_s = base_clock_now_s();
		r->today = base_civil_day_of(r->now_s);
		rc = c->run(r, arg);
		return index_file_check(r->index) == -1 ? EX_IOERR : rc;
	}

	if (conf_file_need(&r->cf, url) == -1 ||
	    (r->db = store_db_open(c->changes ? "rw_url" : "ro_url", *url,
	    c->changes ? STORE_DB_CAUSAL : STORE_DB_STALE, &rc)) == NULL)
		return rc;
	if (store_db_now(r->db, &r->now_s) == -1)
		return tell_failure(r->db);
	r->today = base_civil_day_of(r->now_s);
	return c->run(r, arg);
}

/* With -i nothing but the index is looked at. */
static int
check_station_options(struct check_cli_asked *a)
{
	if (a->arg['i'] == NULL)
		return EX_OK;
	a->needs = 0;
	return check_index(a->arg['i'], 0);
}

static const struct check_cli checked = {
	.options = "+c:d:i:jm:n",
	.synopsis = SYNOPSIS,
	.needs = CHECK_CLI_RW | CHECK_CLI_RO,
	.database = check_database,
	.given = check_station_options
};

/* All arguments are checked before the settings or an index are read. */
int
main(int argc, char *argv[])
{
	const struct command *c;
	struct run r = { 0 };
	struct io_cli cli;
	int rc;

	check_cli(&cli, argc, argv, &checked);
	r.days = io_cli_num_or(&cli, 'd', 1, 36500, 0);
	r.index_path = cli.arg['i'];
	r.json = cli.arg['j'] != NULL;
	r.max = io_cli_num_or(&cli, 'm', 1, 10000000, LIST_MAX);
	r.dry = cli.arg['n'] != NULL;
	if (cli.words == 0)
		io_cli_usage(SYNOPSIS, 0);
	c = IO_CLI_FIND(cli.word[0], commands);
	check_arguments(c, cli.word + 1);
	if (r.days != 0 && c->run != block_networks)
		errx(EX_USAGE, "-d: goes with block only");
	if (r.index_path != NULL && c->run != show_networks)
		errx(EX_USAGE, "-i: goes with show only");
	if (conf_file_open(&r.cf, cli.arg['c']) == -1)
		return EX_CONFIG;
	rc = run_command(&r, c, cli.word + 1);
	io_cli_flush();
	index_file_free(r.index);
	store_db_free(r.db);
	conf_file_end(&r.cf);
	return rc;
}
