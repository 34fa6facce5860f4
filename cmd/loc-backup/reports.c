/* SPDX-License-Identifier: ISC */
/*
 * loc-backup reports: everything that the stream has for targets of schema s3
 * goes out now.
 *
 * That is what loc-forward -1 does, so it is run for these rows: with a
 * service of it at work for the same rows, the two share the entries.  It is
 * taken from beside us, as it must be of the same version.
 *
 * A success is marked in the database, for monitors.  What the child says goes
 * to the same places as what we say, and its exit status is ours.
 */
#include <sys/wait.h>

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "io/cli.h"
#include "io/signals.h"

#include "backup.h"

#define NAME	"loc-forward"

/*
 * The program NAME in the directory that we are in.
 *
 * The path is that of the running file, not of argv[0]: a shell's search path
 * or a link may lead to another version.
 */
static int
find_beside(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	if (n <= 0)
		return -1;
	path[n] = '\0';
	if ((slash = strrchr(path, '/')) == NULL ||
	    (size_t)(slash + 1 - path) + sizeof(NAME) > PATH_MAX)
		return -1;
	strlcpy(slash + 1, NAME, sizeof(NAME));
	return 0;
}

/*
 * Its arguments, each of them and the list to be freed; or NULL.
 *
 * Operands are passed as they were given, and without them all rows of schema
 * s3 are named, as loc-forward without operands would take those of other
 * schemas, too.  Room beside the names is for the program, its options and the
 * NULL at the end, by which the list is read and freed.
 */
static char **
make_arguments(const struct backup_targets *t, const struct io_cli *cli)
{
	const struct store_export *row = t->rows.row;
	size_t i, n = 0, operands = (size_t)cli->words;
	char **arg = calloc(t->rows.n + operands + 8, sizeof(*arg));

	if (arg == NULL) {
		warn(NULL);
		return NULL;
	}
	arg[n++] = strdup(NAME);
	arg[n++] = strdup("-1j");
	if (cli->arg['q'] != NULL)
		arg[n++] = strdup("-q");
	if (cli->arg['v'] != NULL)
		arg[n++] = strdup("-v");
	if (cli->arg['c'] != NULL) {
		arg[n++] = strdup("-c");
		arg[n++] = strdup(cli->arg['c']);
	}
	for (i = 0; i < operands; i++)
		arg[n++] = strdup(cli->word[i]);
	for (i = 0; operands == 0 && i < t->rows.n; i++)
		if (row[i].usable && row[i].schema == STORE_EXPORT_S3)
			arg[n++] = strdup(row[i].name);
	assert(n < t->rows.n + operands + 8);
	return arg;
}

/*
 * Wait for it; a signal that we get is passed on.
 *
 * A signal of the terminal goes to the child as well, one of the supervisor
 * only to us.  The child ends at its own good moment, which is waited for.
 */
static int
await_child(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR) {
			warn(NAME);
			return EX_OSERR;
		}
		if (io_signals_stop)
			kill(pid, SIGTERM);
	}
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	warnx(NAME " was ended by signal %d", WTERMSIG(status));
	return EX_TEMPFAIL;
}

/*
 * Returns an exit status.
 *
 * The connection to the database was closed when the rows were read, so the
 * child does not share one with us.
 */
static int
run_forward(char **arg)
{
	char path[PATH_MAX];
	pid_t pid;

	if (find_beside(path) == -1) {
		warnx(NAME ": is not beside this program");
		return EX_OSERR;
	}
	io_cli_flush();
	if ((pid = fork()) == -1) {
		warn("fork");
		return EX_OSERR;
	}
	if (pid == 0) {
		execv(path, arg);
		warn("%s", path);
		_exit(EX_OSERR);
	}
	return await_child(pid);
}

/*
 * Read the options of "reports" and run loc-forward for the rows.  URLs are
 * refused: what the stream has is for rows, and a place alone has no entries
 * that wait for it.
 */
static int
reports_main(int argc, char *argv[])
{
	struct backup_targets t;
	struct io_cli cli;
	char **arg = NULL;
	int i, rc;

	io_cli_read(&cli, argc, argv, "c:qv", backup_reports.synopsis);
	for (i = 0; i < cli.words; i++)
		if (strchr(cli.word[i], '/') != NULL)
			errx(EX_USAGE, "%s: expected the name of a row",
			    cli.word[i]);
	rc = backup_targets_open(&t, &cli);
	if (t.none) {		/* jobs run where nothing is to be done, too */
		backup_targets_done(&t);
		return EX_OK;
	}
	if (rc == EX_OK && (arg = make_arguments(&t, &cli)) == NULL)
		rc = EX_OSERR;
	if (rc == EX_OK)
		rc = run_forward(arg);
	if (rc == EX_OK)
		backup_mark_set(&t.cf, "reports");
	for (i = 0; arg != NULL && arg[i] != NULL; i++)
		free(arg[i]);
	free(arg);
	backup_targets_done(&t);
	return rc;
}

const struct backup_command backup_reports = {
	"reports", reports_main, "reports [-hqvV] [-c config] [name ...]"
};
