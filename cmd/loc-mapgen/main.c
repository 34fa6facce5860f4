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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/parallel.h"
#include "conf/file.h"
#include "io/cli.h"
#include "io/signals.h"
#include "io/sort.h"
#include "map/key.h"

#include "mapgen.h"

#define ZOOM		11
#define MEMORY_MIB	256
#define DAYS_MAX	36600

static const char synopsis[] =
    "[-hquvVx] [-a days] [-c config] [-l layer] [-m mebibytes] "
    "[-o directory] [-p archive] [-P threads] [-z zoom] [file]";

static volatile sig_atomic_t stopping;

/*
 * All threads see this between two tiles, rows or lines, so what is under way
 * is ended in an orderly way and temporary files are removed.
 */
static void
on_mapgen_stop(int sig)
{
	(void)sig;
	stopping = 1;
}

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
	if (stopping)
		rc = EX_TEMPFAIL;
	if (rc == EX_OK)
		rc = make_map(m);
	mapgen_external_end(m->external);
	io_sort_free(m->sort);
	if (stopping)
		warnx("stopped");
	return rc != EX_OK ? rc : m->bad > 0 ? EX_DATAERR : EX_OK;
}

/*
 * What options need, once all are known: one file at most, and somewhere to
 * write to.  An option that a file would silently ignore is refused, as whoever
 * gave it expects another map than would be drawn.
 */
static void
check_options(struct mapgen *m, int argc, char *argv[])
{
	if (argc - optind > 1 || (m->dir == NULL && m->archive == NULL))
		io_cli_usage(synopsis, 0);
	m->file = argv[optind];
	if (m->file == NULL)
		return;
	if (m->layer != NULL || m->days >= 0) {
		warnx("a file has no layers and no days");
		io_cli_usage(synopsis, 0);
	}
}

/*
 * Signals are held back until their handlers are there, as a program that is
 * killed before that could not say so.  Temporary files may be larger than
 * memory, so they go to /var/tmp and not to /tmp, which is often held in it.  A
 * map of a file needs no configuration, so that it can be drawn where there is
 * no service.
 */
int
main(int argc, char *argv[])
{
	struct mapgen m = { .zoom = ZOOM, .days = -1, .stop = &stopping,
	    .memory = (size_t)MEMORY_MIB << 20 };
	struct conf_file cf;
	const char *conf = NULL;
	int ch, external = 0, rc;

	io_signals_hold(NULL);
	m.threads = count_processors();
	if ((m.tmp = getenv("TMPDIR")) == NULL || *m.tmp == '\0')
		m.tmp = "/var/tmp";
	while ((ch = io_cli_next(argc, argv, "a:c:l:m:o:p:P:quvxz:",
	    synopsis)) != -1)
		switch (ch) {
		case 'a':
			m.days = io_cli_num(ch, optarg, 0, DAYS_MAX);
			break;
		case 'c':
			conf = optarg;
			break;
		case 'l':
			m.layer = mapgen_tables_layer(optarg);
			break;
		case 'm':
			m.memory = (size_t)io_cli_num(ch, optarg, 1,
			    1 << 20) << 20;
			break;
		case 'o':
			m.dir = optarg;
			break;
		case 'p':
			m.archive = optarg;
			break;
		case 'P':
			m.threads = (unsigned)io_cli_num(ch, optarg, 1,
			    BASE_PARALLEL_MAX);
			break;
		case 'q':
			m.quiet = 1;
			break;
		case 'u':
			m.update = 1;
			break;
		case 'v':
			m.verbose = 1;
			break;
		case 'x':
			external = 1;
			break;
		case 'z':
			m.zoom = (unsigned)io_cli_num(ch, optarg, 0,
			    MAP_KEY_ZOOM_MAX);
			break;
		}
	if (external && m.archive != NULL) {
		warnx("-x makes no archives");
		io_cli_usage(synopsis, 0);
	}
	check_options(&m, argc, argv);
	if (m.file == NULL) {
		if (conf_file_open(&cf, conf) == -1)
			return EX_CONFIG;
		if (conf_file_need(&cf, &cf.ro_url) == -1) {
			conf_file_end(&cf);
			return EX_CONFIG;
		}
		m.cf = &cf;
	}
	io_signals_catch(SIGHUP, on_mapgen_stop);
	io_signals_catch(SIGINT, on_mapgen_stop);
	io_signals_catch(SIGTERM, on_mapgen_stop);
	io_signals_release();
	rc = run_mapgen(&m, external);
	if (m.cf != NULL)
		conf_file_end(&cf);
	io_cli_flush();
	return rc;
}
