/* SPDX-License-Identifier: ISC */
/*
 * loc-convert - turn recordings of stumbling apps into reports.
 *
 * Reads files of any of the formats in convert/format.h, or stdin, and writes
 * a report a line for loc-submit.  A bad row costs itself, a damaged file what
 * stands behind the damage; both are told and give status 65.  It keeps no
 * state: when stopped it has written whole lines.
 */
#include <assert.h>
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "convert/format.h"
#include "convert/kismetxml.h"
#include "convert/zone.h"
#include "io/cli.h"
#include "io/sandbox.h"
#include "io/signals.h"

#include "convert.h"

static const char synopsis[] = "[-hvV] [-f format] [-z zone] [file ...]";

/*
 * Does PATH end in EXTENSION, perhaps with .gz behind?  *STEM becomes the
 * length of what is before it.
 */
static int
has_extension(const char *path, const char *extension, size_t *stem)
{
	size_t len = strlen(path), n = strlen(extension);

	if (len > 3 && strcmp(path + len - 3, ".gz") == 0)
		len -= 3;
	if (len <= n || strncmp(path + len - n, extension, n) != 0)
		return 0;
	*stem = len - n;
	return 1;
}

/*
 * Which of the N files at PATH is the one of EXTENSION to STEM?  Or -1.  Only
 * files that were named are looked at: a run that reads what stands beside
 * them would surprise whoever took a file out on purpose.
 */
static int
find_pair(char *const *path, int n, const char *stem, size_t len,
    const char *extension)
{
	size_t other;
	int i;

	for (i = 0; i < n; i++)
		if (has_extension(path[i], extension, &other) &&
		    other == len && strncmp(path[i], stem, len) == 0)
			return i;
	return -1;
}

/*
 * Kismet's files of one run: with the points of a gpsxml the netxml of the
 * same name only tells what networks there are, whichever of them was named
 * first.  On its own each is converted as it is.
 *
 * The table of networks lives for one pair.  The same address may be another
 * network in the next run, or one whose owner has opted out since.
 */
static void
convert_one(struct converting *c, char *const *path, int n, int i)
{
	size_t stem;
	int net;

	assert(c->networks == NULL && !c->only_networks);
	if (has_extension(path[i], ".netxml", &stem) &&
	    find_pair(path, n, path[i], stem, ".gpsxml") != -1)
		return;
	net = has_extension(path[i], ".gpsxml", &stem) ?
	    find_pair(path, n, path[i], stem, ".netxml") : -1;
	if (net != -1) {
		c->networks = convert_kismetxml_table_new();
		if (c->networks == NULL)
			err(EX_OSERR, NULL);
		c->only_networks = 1;
		convert_file(c, path[net]);
		c->only_networks = 0;
	}
	convert_file(c, path[i]);
	convert_kismetxml_table_free(c->networks);
	c->networks = NULL;
}

/*
 * Files are parsed with next to no rights.  Only for a database with a log
 * beside it does SQLite want to make files there.
 */
static void
enter_sandbox(char *const *path, int n)
{
	const char *dir = getenv("TMPDIR");
	char wal[PATH_MAX];
	int i, may = 0;

	for (i = 0; i < n; i++) {
		snprintf(wal, sizeof(wal), "%s-wal", path[i]);
		if (access(wal, F_OK) == 0)
			may = IO_SANDBOX_FILES;
	}
	io_sandbox_enter(may, dir == NULL ? "/tmp" : dir);
}

/*
 * Signals are held until their handlers are set, and the sandbox is entered
 * before any file is read.  The first signal ends the run between two rows, so
 * that output ends with a whole line; another of its kind kills us, for whoever
 * does not want to wait for what a file makes us do.  The zone is set once, as
 * it becomes that of the whole process.
 *
 * A file that fails does not keep the others from being converted; its status
 * is what remains.  Whoever stops us gets a status of its own, as the reports
 * that were written are good but not all there are.
 */
int
main(int argc, char *argv[])
{
	struct converting c = { .status = EX_OK };
	struct convert_zone zone;
	struct io_cli cli;
	const char *why;
	int i;

	io_signals_hold(NULL);
	io_cli_read(&cli, argc, argv, "f:vz:(tz)", synopsis);
	if (cli.arg['f'] != NULL)
		c.forced = io_cli_find(cli.arg['f'], convert_format_table,
		    convert_format_count, sizeof(convert_format_table[0]));
	c.verbose = cli.arg['v'] != NULL;
	if (cli.arg['z'] != NULL) {
		if ((why = convert_zone_init(&zone, cli.arg['z'])) != NULL)
			errx(EX_USAGE, "-z %s: %s", cli.arg['z'], why);
		c.zone = &zone;
	}
	io_cli_files(&cli);
	io_signals_until_stop(1);
	enter_sandbox(cli.word, cli.words);
	for (i = 0; i < cli.words && !io_signals_stop; i++)
		convert_one(&c, cli.word, cli.words, i);
	io_cli_flush();
	if (io_signals_stop) {
		warnx("%s: stopped", c.name);
		return EX_TEMPFAIL;
	}
	return c.status;
}
