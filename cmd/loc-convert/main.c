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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "convert/format.h"
#include "convert/kismetxml.h"
#include "convert/zone.h"
#include "io/cli.h"
#include "io/signals.h"

#include "convert.h"

static const char synopsis[] = "[-hvV] [-f format] [-z zone] [file ...]";

/*
 * The loops of all parsers look at it between two rows, and so does whatever
 * waits for input.
 */
volatile sig_atomic_t convert_stopping;

/*
 * The first signal ends the run between two rows, so that output ends with a
 * whole line.  Another of its kind kills us, for whoever does not want to wait
 * for what a file makes us do.
 */
static void
stop_converting(int sig)
{
	signal(sig, SIG_DFL);
	convert_stopping = 1;
}

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
 * Signals are held until their handlers stand, so that one that comes early
 * ends the run in the same way as any other.  The zone is set once, before the
 * first file, because it becomes that of the whole process.
 *
 * A file that fails does not keep the others from being converted; its status
 * is what remains.  Whoever stops us gets a status of its own, as the reports
 * that were written are good but not all there are.
 */
int
main(int argc, char *argv[])
{
	static char *const from_stdin[] = { "-" };
	struct converting c = { .status = EX_OK };
	struct convert_zone zone;
	char *const *path = from_stdin;
	const char *why;
	int ch, i, n = 1;

	io_signals_hold(NULL);
	while ((ch = io_cli_next(argc, argv, "f:vz:", synopsis)) != -1)
		switch (ch) {
		case 'f':
			c.forced = io_cli_find(optarg, convert_format_table,
			    convert_format_count,
			    sizeof(convert_format_table[0]));
			break;
		case 'v':
			c.verbose = 1;
			break;
		case 'z':
			if ((why = convert_zone_init(&zone, optarg)) != NULL)
				errx(EX_USAGE, "-z %s: %s", optarg, why);
			c.zone = &zone;
			break;
		}
	if (argc > optind) {
		path = argv + optind;
		n = argc - optind;
	}
	io_signals_catch(SIGHUP, stop_converting);
	io_signals_catch(SIGINT, stop_converting);
	io_signals_catch(SIGTERM, stop_converting);
	io_signals_release();
	for (i = 0; i < n && !convert_stopping; i++)
		convert_one(&c, path, n, i);
	io_cli_flush();
	if (convert_stopping) {
		warnx("%s: stopped", c.name);
		return EX_TEMPFAIL;
	}
	return c.status;
}
