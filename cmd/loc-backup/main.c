/* SPDX-License-Identifier: ISC */
/*
 * loc-backup - keep, check and bring back what people sent.
 *
 * Every subcommand has a file of its own, with its options and its line of the
 * synopsis.  What all of them promise: whatever they write appears whole or
 * not at all, a signal ends them at a good moment, and to run them again
 * finishes what was begun.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/cli.h"
#include "io/privs.h"
#include "io/signals.h"

#include "backup.h"

/* By name, as help shows them. */
static const struct {
	const char			*name;
	const struct backup_command	*command;
} commands[] = {
	{ "database", &backup_database },
	{ "drill", &backup_drill },
	{ "expire", &backup_expire },
	{ "key", &backup_key },
	{ "lifecycle", &backup_lifecycle },
	{ "list", &backup_list },
	{ "reports", &backup_reports },
	{ "restore", &backup_restore },
	{ "verify", &backup_verify },
};
#define COMMANDS	(sizeof(commands) / sizeof(commands[0]))

volatile sig_atomic_t backup_stopping;

/*
 * The first signal ends it at the next good moment, a second one at once.
 *
 * A command that hangs in a library can thus be ended without SIGKILL.
 */
static void
on_backup_stop(int sig)
{
	signal(sig, SIG_DFL);
	backup_stopping = 1;
}

/*
 * All lines of the synopsis, for who has named no subcommand.
 *
 * Short memory must not keep the usage from being shown.
 */
static const char *
all_synopses(struct base_buf *b)
{
	size_t i;

	base_buf_init(b);
	for (i = 0; i < COMMANDS; i++)
		base_buf_fmt(b, "%s%s", i > 0 ? "\n" : "",
		    commands[i].command->synopsis);
	return base_buf_ok(b) ? b->data : "command ...";
}

/*
 * Options before the subcommand are only those that ask for help.  No core is
 * left behind, as it would hold reports or keys.
 */
int
main(int argc, char *argv[])
{
	struct base_buf help;
	const char *synopsis;
	size_t i;
	int rc;

	io_signals_hold(NULL);
	io_privs_no_cores();
	synopsis = all_synopses(&help);
	while (io_cli_next(argc, argv, "+", synopsis) != -1)
		;
	if (optind == argc)
		io_cli_usage(synopsis, 0);
	io_cli_find(argv[optind], commands, COMMANDS, sizeof(commands[0]));
	for (i = 0; strcmp(commands[i].name, argv[optind]) != 0; i++)
		continue;
	base_buf_done(&help);
	argc -= optind;
	argv[optind] = argv[0];	/* as getopt() names us by it */
	argv += optind;
	optind = 0;		/* getopt() is to begin anew */
	io_signals_catch(SIGHUP, on_backup_stop);
	io_signals_catch(SIGINT, on_backup_stop);
	io_signals_catch(SIGTERM, on_backup_stop);
	io_signals_release();
	rc = commands[i].command->run(argc, argv);
	io_cli_flush();
	return rc;
}
