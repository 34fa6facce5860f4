/* SPDX-License-Identifier: ISC */
/*
 * loc-mapgen - draw the map of what was heard, as tiles.
 *
 * It reads the data map from the database, or positions from a file, sorts
 * them, and makes all tiles from the sorted list.  Nothing is written before
 * all was read, and each file appears whole; stopped or killed, it leaves
 * whole files of the old map and the new one, and the next run with -u makes
 * the map whole again.  Without any point it leaves the old map alone: that
 * is more often a mistake than the truth.
 */
#include <sched.h>

#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/parallel.h"
#include "check/cli.h"
#include "check/database.h"
#include "check/path.h"
#include "conf/file.h"
#include "conf/outside.h"
#include "io/cli.h"
#include "io/signals.h"
#include "io/sort.h"
#include "map/key.h"

#include "mapgen.h"

#define ZOOM		11
#define MEMORY_MIB	256
#define DAYS_MAX	36600

static const char synopsis[] =
    "[-ehquvVx] [-a days] [-c config] [-l layer] [-m mebibytes] "
    "[-o directory] [-p archive] [-P threads] [-z zoom] [file]\n"
    CHECK_CLI_SYNOPSIS;

/*
 * The processors that we may use, which are fewer than there are where
 * taskset(1) or a cpuset binds us to some: more threads than these would only
 * be in each other's way.
 */
static unsigned
count_processors(void)
{
	cpu_set_t set;
	int n = 1;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	return n < 1 ? 1 : n > BASE_PARALLEL_MAX ? BASE_PARALLEL_MAX :
	    (unsigned)n;
}

/* The clock never steps, so that no duration in the report is negative. */
static double
seconds_since(int64_t start_us)
{
	return (double)(base_clock_mono_us() - start_us) / 1e6;
}

/*
 * From the points in m->sort to tiles.  A map without points is no failure, but
 * nothing is written either: an old map is worth more than an empty one that
 * some mistake made.  The report comes last, since it says that the map is
 * complete.  An exit status.
 */
static int
make_map(struct mapgen *m)
{
	int64_t start_us = base_clock_mono_us();
	int rc;

	if (io_sort_end(m->sort, &m->keys, &m->n) == -1)
		return EX_IOERR;
	m->sort_s = seconds_since(start_us);
	if (m->external == NULL)
		m->intermediate = io_sort_spills(m->sort);
	if (m->n == 0) {
		warnx("there are no points, and nothing was written");
		return EX_OK;
	}
	start_us = base_clock_mono_us();
	rc = m->external != NULL ? mapgen_external_render(m->external, m) :
	    mapgen_render(m);
	m->render_s = seconds_since(start_us);
	return rc == EX_OK ? mapgen_report(m) : rc;
}

/*
 * The directory is checked first, so that nobody waits for all points to be
 * read only to hear that it cannot be written to.  Reading that was stopped
 * ends like reading that came to the end, with fewer points: hence the look at
 * the signal before anything is drawn.  Bad lines do not keep the others from
 * the map; they show in the exit status only.  EXTERNAL: by the programs of
 * datamaps.  Returns an exit status.
 */
static int
run_mapgen(struct mapgen *m, int external)
{
	int64_t start_us = base_clock_mono_us();
	int rc;

	assert(m->dir != NULL || m->archive != NULL);
	assert((m->file == NULL) == (m->cf != NULL));
	if (m->dir != NULL && (rc = mapgen_tree_check(m)) != EX_OK)
		return rc;
	if ((m->sort = io_sort_new(m->memory, m->tmp, 0)) == NULL)
		return EX_OSERR;
	if (external && (m->external = mapgen_external_open(m)) == NULL) {
		io_sort_free(m->sort);
		return EX_IOERR;
	}
	io_progress_init(&m->progress, m->file != NULL ? "lines" : "points",
	    m->quiet);
	rc = m->file != NULL ? mapgen_input(m) : mapgen_tables(m);
	io_progress_done(&m->progress);
	m->export_s = seconds_since(start_us);
	if (io_signals_stop)
		rc = EX_TEMPFAIL;
	if (rc == EX_OK)
		rc = make_map(m);
	mapgen_external_end(m->external);
	io_sort_free(m->sort);
	if (io_signals_stop)
		warnx("stopped");
	return rc != EX_OK ? rc : m->bad > 0 ? EX_DATAERR : EX_OK;
}

/*
 * What options need, once all are known: one file at most, and somewhere to
 * write to.  An option that a file would silently ignore is refused, as whoever
 * gave it expects another map than would be drawn.
 */
static void
check_options(struct mapgen *m, const struct io_cli *cli)
{
	if (cli->words > 1 || (m->dir == NULL && m->archive == NULL))
		io_cli_usage(synopsis, 0);
	m->file = cli->word[0];
	if (m->file == NULL)
		return;
	if (m->layer != NULL || m->days >= 0) {
		warnx("a file has no layers and no days");
		io_cli_usage(synopsis, 0);
	}
}

/* A map of a file needs no database, and any other one does. */
static int
check_mapgen_options(struct check_cli_asked *a)
{
	int one, rc = EX_OK;

	if (*a->word != NULL) {
		a->needs = 0;
		rc = check_path_input(*a->word);
	} else if (a->arg['o'] != NULL || a->arg['p'] != NULL)
		a->needs = CHECK_CLI_RO;
	if (a->arg['o'] != NULL &&
	    (one = check_path_directory(a->arg['o'])) != EX_OK)
		rc = one;
	if ((one = check_path_output(a->arg['p'])) != EX_OK)
		rc = one;
	return rc;
}

static const struct check_cli checked = {
	.options = "a:c:el:m:o:p:P:quvxz:",
	.synopsis = synopsis,
	.needs = CHECK_CLI_IF(CHECK_CLI_RO) | CHECK_CLI_WORDS,
	.database = check_database,
	.given = check_mapgen_options
};

/*
 * Signals are held back until their handlers are there, as a program that is
 * killed before that could not say so.  All threads see one between two tiles,
 * rows or lines, so temporary files are removed then.  These may be larger than
 * memory, so they go to /var/tmp and not to /tmp, which is often held in it.  A
 * map of a file needs no configuration, so that it can be drawn where there is
 * no service.
 */
int
main(int argc, char *argv[])
{
	struct mapgen m = { 0 };
	struct conf_file cf;
	struct io_cli cli;
	int external, rc;

	io_signals_hold(NULL);
	check_cli(&cli, argc, argv, &checked);
	if ((m.tmp = getenv("TMPDIR")) == NULL || *m.tmp == '\0')
		m.tmp = "/var/tmp";
	m.days = io_cli_num_or(&cli, 'a', 0, DAYS_MAX, -1);
	if (cli.arg['l'] != NULL)
		m.layer = mapgen_tables_layer(cli.arg['l']);
	m.memory = (size_t)io_cli_num_or(&cli, 'm', 1, 1 << 20,
	    MEMORY_MIB) << 20;
	m.dir = cli.arg['o'];
	m.archive = cli.arg['p'];
	m.threads = (unsigned)io_cli_num_or(&cli, 'P', 1, BASE_PARALLEL_MAX,
	    count_processors());
	m.quiet = cli.arg['q'] != NULL;
	m.even = cli.arg['e'] != NULL;
	m.update = cli.arg['u'] != NULL;
	m.verbose = cli.arg['v'] != NULL;
	external = cli.arg['x'] != NULL;
	m.zoom = (unsigned)io_cli_num_or(&cli, 'z', 0, MAP_KEY_ZOOM_MAX,
	    ZOOM);
	if (external && m.archive != NULL) {
		warnx("-x makes no archives");
		io_cli_usage(synopsis, 0);
	}
	if (external && m.even) {
		warnx("-x shows the points that it shows: no -e");
		io_cli_usage(synopsis, 0);
	}
	check_options(&m, &cli);
	if (m.file == NULL) {
		if (conf_file_open(&cf, cli.arg['c']) == -1)
			return EX_CONFIG;
		if (conf_file_need(&cf, &cf.ro_url) == -1) {
			conf_file_end(&cf);
			return EX_CONFIG;
		}
		m.cf = &cf;
	}
	io_signals_until_stop(0);
	conf_outside_forget();	/* others draw with -x */
	rc = run_mapgen(&m, external);
	if (m.cf != NULL)
		conf_file_end(&cf);
	io_cli_flush();
	return rc;
}
