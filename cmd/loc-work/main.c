/* SPDX-License-Identifier: ISC */
/*
 * loc-work - count the submissions of the stream in the database.
 *
 * Reads the stream as a consumer of its group; a batch becomes rows in one
 * transaction, together with the ids of its submissions, and is acknowledged
 * after the commit.  Killed before that, the entries stay pending and are
 * taken over by another worker; killed after it, they are found in the
 * ledger and skipped.  Between turns, each of a few batches, cell areas are
 * brought up to date.
 */
#include <sysexits.h>
#include <unistd.h>

#include "check/cli.h"
#include "check/database.h"
#include "check/redis.h"
#include "io/cli.h"
#include "io/privs.h"
#include "io/signals.h"
#include "work.h"

#define OPTIONS		"1c:lrvx"
#define SYNOPSIS	"[-1hvV] [-c config]\n" \
	"-l [-v] [-c config]\n" \
	"-r | -x [-c config] id ...\n" \
	CHECK_CLI_SYNOPSIS

static const struct check_cli checked = {
	.options = OPTIONS,
	.synopsis = SYNOPSIS,
	.needs = CHECK_CLI_REDIS | CHECK_CLI_RW | CHECK_CLI_WORDS,
	.database = check_database,
	.redis = check_redis
};

/* Signals are held from the first moment: none may kill by surprise. */
int
main(int argc, char *argv[])
{
	static char *const all[] = { "all" };
	struct work w = { 0 };
	int ch, dead = 0, rc;

	check_cli(NULL, argc, argv, &checked);
	io_signals_hold(NULL);
	io_privs_no_cores();
	signal(SIGPIPE, SIG_IGN);
	while ((ch = io_cli_next(argc, argv, OPTIONS, SYNOPSIS)) != -1)
		switch (ch) {
		case '1':
			w.once = 1;
			break;
		case 'c':
			w.conf = optarg;
			break;
		case 'l':
		case 'r':
		case 'x':
			if (dead != 0)
				io_cli_usage(SYNOPSIS, 0);
			dead = ch;
			break;
		case 'v':
			w.verbose = 1;
			break;
		}
	if ((argc > optind) != (dead == 'r' || dead == 'x'))
		io_cli_usage(SYNOPSIS, 0);
	w.letters = dead != 0;
	if (!w.letters)
		work_signals_catch();
	io_signals_release();
	if ((rc = work_open(&w)) == EX_OK && w.letters)
		rc = dead == 'l' ? work_dead(&w, dead, all, 1) :
		    work_dead(&w, dead, argv + optind, argc - optind);
	else if (rc == EX_OK)
		rc = work_run(&w);
	work_close(&w);
	return rc;
}
