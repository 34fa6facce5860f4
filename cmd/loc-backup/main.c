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
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "check/cli.h"
#include "check/database.h"
#include "check/path.h"
#include "check/objects.h"
#include "io/cli.h"
#include "io/privs.h"
#include "io/signals.h"

#include "backup.h"

/* By name, as help shows them. */
static const struct named {
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
	base_buf_str(b, "\n" CHECK_CLI_SYNOPSIS);
	return base_buf_ok(b) ? b->data : "command ...";
}

/* The identity of -i, and places of backups. */
static int
check_backup_options(struct check_cli_asked *a)
{
	int one, rc = check_path_input(a->arg['i']);
	char *const *word;

	for (word = a->word; *word != NULL; word++)
		if ((one = check_objects(a, *word)) != EX_OK)
			rc = one;
	return rc;
}

static const struct check_cli checked = {
	.options = "+c:i:",
	.synopsis = CHECK_CLI_SYNOPSIS,
	.needs = CHECK_CLI_IF(CHECK_CLI_RO) | CHECK_CLI_WORDS,
	.database = check_database,
	.given = check_backup_options
};

/*
 * Options before the subcommand are only those that ask for help.  No core is
 * left behind, as it would hold reports or keys.  The first signal ends it at
 * the next good moment, a second one at once: so a command that hangs in a
 * library can be ended without SIGKILL.
 */
int
main(int argc, char *argv[])
{
	struct base_buf help;
	const struct named *what;
	const char *synopsis;
	int rc;

	check_cli(NULL, argc, argv, &checked);
	io_signals_hold(NULL);
	io_privs_no_cores();
	synopsis = all_synopses(&help);
	while (io_cli_next(argc, argv, "+", synopsis) != -1)
		;
	if (optind == argc)
		io_cli_usage(synopsis, 0);
	what = IO_CLI_FIND(argv[optind], commands);
	base_buf_done(&help);
	argc -= optind;
	argv[optind] = argv[0];	/* as getopt() names us by it */
	argv += optind;
	optind = 0;		/* getopt() is to begin anew */
	io_signals_until_stop(1);
	rc = what->command->run(argc, argv);
	io_cli_flush();
	return rc;
}
