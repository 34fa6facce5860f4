/* SPDX-License-Identifier: ISC */
/*
 * loc-forward - deliver reports to the targets of export_config.
 *
 * Every target has a process of its own, so that one that is slow or down
 * delays nobody else.  The parent reads the rows of the table again and
 * again, starts and stops children as they come, change and go, and starts
 * again those that died.  A child acknowledges entries of the stream when
 * they were delivered; killed before that, another delivers them once more.
 */
#include <sysexits.h>

#include "forward.h"
#include "check/cli.h"
#include "check/database.h"
#include "check/redis.h"
#include "io/cli.h"
#include "io/privs.h"
#include "io/signals.h"

#define SYNOPSIS	"[-1hjqvV] [-c config] [name ...]\n" \
			CHECK_CLI_SYNOPSIS

static const struct check_cli checked = {
	.options = "1c:jqv",
	.synopsis = SYNOPSIS,
	.needs = CHECK_CLI_REDIS | CHECK_CLI_RW | CHECK_CLI_WORDS,
	.database = check_database,
	.redis = check_redis
};

/* Signals are held from the first moment: none may kill by surprise. */
int
main(int argc, char *argv[])
{
	struct forward_parent p = { .once = 0 };
	struct io_cli cli;
	int rc;

	io_signals_hold(NULL);
	setproctitle_init(argc, argv, environ);	/* it moves arguments */
	check_cli(&cli, argc, argv, &checked);
	io_privs_no_cores();
	p.once = cli.arg['1'] != NULL;
	p.conf = cli.arg['c'];
	p.json = cli.arg['j'] != NULL;
	p.quiet = cli.arg['q'] != NULL;
	p.verbose = cli.arg['v'] != NULL;
	p.name = cli.word;
	p.nnames = cli.words;
	forward_signals_parent();
	if ((rc = forward_open(&p)) == EX_OK)
		rc = forward_parent(&p);
	forward_close(&p);
	io_cli_flush();
	return rc;
}
