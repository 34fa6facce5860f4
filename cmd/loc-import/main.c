/* SPDX-License-Identifier: ISC */
/*
 * loc-import - bring cell CSV into the database.
 *
 * Reads files (or stdin) in the format of OpenCellID and the Mozilla
 * Location Service, or near it, or fetches OpenCellID's; writes cells and
 * their areas, and a summary line for each file.  A bad row costs itself, but
 * a file none of whose first lines is a header or a row is refused whole.
 * Rows are committed in batches, so when it is stopped the batches so far
 * stay; running it again goes on.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/num.h"
#include "check/cli.h"
#include "check/database.h"
#include "check/path.h"
#include "conf/file.h"
#include "io/cli.h"
#include "io/infile.h"
#include "io/sandbox.h"
#include "io/scratch.h"
#include "station/row.h"
#include "store/db.h"
#include "store/load.h"
#include "store/mark.h"
#include "store/stats.h"
#include "store/version.h"
#include "import.h"

#define SYNOPSIS	"[-hnqvV] [-c config] [-m percent] [-r refused] " \
			"[-s source] [file ...]\n" \
			"-O [-hnqvV] [-c config] [-m percent] [-r refused] " \
			"[-s source]\n" \
			CHECK_CLI_SYNOPSIS
#define BAD_PERCENT	1.0
#define LABEL_MAX	40

/*
 * Kinds of reports that a position may be from, with the numbers that the
 * column "source" has for them.  A name that is none of these says whose cells
 * they are.
 */
static const struct kind {
	const char	*name;
	int64_t		 source;
} kinds[] = {
	{ "fixed", 0 }, { "gnss", STATION_ROW_GNSS }, { "fused", 6 },
	{ "query", STATION_ROW_QUERY }
};

/* What was asked for. */
struct wish {
	const char	*conf, *refused;
	int		 ocid;		/* -O */
	int64_t		 source;	/* -s, when it is a kind */
	const char	*label;		/* ... and when not, or NULL */
	char *const	*file;		/* up to a NULL */
};

atomic_int import_stopping;

/* A signal is only noted: a batch that is under way is finished. */
static void
note_stop_signal(int sig)
{
	(void)sig;
	import_stopping = 1;
}

/* The argument of -m: a share, with or without the sign. */
static double
percent_of(const char *arg)
{
	size_t len = strlen(arg);
	double v;

	if (len > 0 && arg[len - 1] == '%')
		len--;
	if (!base_num_f64(arg, len, &v) || !(v >= 0 && v <= 100))
		errx(EX_USAGE, "-m %s: expected 0 to 100", arg);
	return v;
}

/*
 * The argument of -s: a kind of reports, or whose cells they are.  Names become
 * a part of the mark's, in a column of ASCII, and so have few letters to be
 * made of.
 */
static void
take_source(struct wish *w, const char *arg)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(arg, kinds[i].name) == 0) {
			w->source = kinds[i].source;
			return;
		}
	if (*arg == '\0' || strlen(arg) > LABEL_MAX || arg[strspn(arg,
	    "abcdefghijklmnopqrstuvwxyz0123456789_-")] != '\0')
		errx(EX_USAGE, "-s %s: expected fixed, gnss, fused, query, "
		    "or a name of up to %d of a-z, 0-9, _ and -", arg,
		    LABEL_MAX);
	w->label = arg;
}

/*
 * Remember that PATH was imported, and when.  File names may have any bytes;
 * the column takes what its character set has, and this is only for people.
 */
static int
remember_file(struct import *im, const struct wish *w, const char *path)
{
	char name[STORE_MARK_NAME_MAX + 1], value[STORE_MARK_MAX + 1], *p;

	snprintf(name, sizeof(name), "import%s%s",
	    w->label != NULL ? "." : "", w->label != NULL ? w->label : "");
	strlcpy(value, path, sizeof(value));
	for (p = value; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	return store_mark_set(store_load_db(im->load), name, value);
}

/*
 * Only a file that was read to its end is remembered, as half a file should not
 * look like an import to whoever asks for the mark's age.  One that has too
 * many bad rows is remembered: its good rows are in.  Returns an exit status.
 */
static int
import_file(struct import *im, const struct wish *w, const char *path)
{
	struct io_infile *f;
	int status;

	if ((f = io_infile_open(path)) == NULL)
		return EX_NOINPUT;
	status = import_take(im, f);
	if (im->good && im->load != NULL && !im->dry &&
	    remember_file(im, w, path) == -1)
		return EX_UNAVAILABLE;
	return status;
}

/*
 * Import all files, or standard input if none is named.  A file that cannot be
 * read does not keep the others back, but a database that is away does: each of
 * them would wait for it in vain.  Returns the last exit status that was not
 * EX_OK.
 */
static int
import_files(struct import *im, const struct wish *w)
{
	int i, rc, status = EX_OK;

	for (i = 0; w->file[i] != NULL && !import_stopping; i++) {
		rc = import_file(im, w, w->file[i]);
		if (rc != EX_OK)
			status = rc;
		if (rc == EX_UNAVAILABLE)
			return rc;
	}
	return status;
}

/*
 * What is computed from cells.  This is done also after a signal, and when
 * nothing changed: another run may have been killed before it came so far.
 */
static int
finish(struct import *im)
{
	struct store_stats_regions regions;

	if (store_load_areas(im->load) == -1)
		return EX_UNAVAILABLE;
	return im->files > 0 && store_stats_region(store_load_db(im->load),
	    0, &regions) == -1 ? EX_UNAVAILABLE : EX_OK;
}

/*
 * Connect; to look is for an account that may only read.  Returns an exit
 * status.
 */
static int
open_load(struct import *im, const struct conf_file *cf,
    const struct wish *w)
{
	struct store_load_options o = { "rw_url", cf->rw_url, STORE_DB_CAUSAL,
	    w->source, im->dry };
	int status = EX_UNAVAILABLE;

	if (im->dry && !w->ocid && cf->ro_url != NULL) {
		o.key = "ro_url";
		o.url = cf->ro_url;
		o.reads = STORE_DB_STALE;
	} else if (conf_file_need(cf, &cf->rw_url) == -1)
		return EX_CONFIG;
	if ((im->load = store_load_new(&o, &status)) == NULL)
		return status;
	switch (store_version_check(store_load_db(im->load))) {
	case STORE_VERSION_OK:
		return EX_OK;
	case STORE_VERSION_WRONG:
		return EX_CONFIG;
	default:
		return EX_UNAVAILABLE;
	}
}

/*
 * What follows from cells is computed even when files were bad, as the rows
 * before are committed; but not without a database.  Returns an exit status.
 */
static int
run_with_database(struct import *im, const struct wish *w)
{
	struct conf_file cf;
	int rc, status;

	if (conf_file_open(&cf, w->conf) == -1)
		return EX_CONFIG;
	if ((status = open_load(im, &cf, w)) == EX_OK) {
		io_sandbox_enter(IO_SANDBOX_NET, io_scratch_dir());
		status = w->ocid ? import_ocid(im, &cf) :
		    import_files(im, w);
		if (!im->dry && status != EX_UNAVAILABLE &&
		    (rc = finish(im)) != EX_OK)
			status = rc;
	}
	if (status == EX_UNAVAILABLE && im->load != NULL)
		status = store_db_status(store_load_db(im->load));
	store_load_free(im->load);
	conf_file_end(&cf);
	return status;
}

/*
 * Without settings there is no database, and a look at files can only tell
 * how many of their rows are good.
 */
static int
run(struct import *im, const struct wish *w)
{
	int status;

	if (w->refused != NULL &&
	    (im->refused = fopen(w->refused, "w")) == NULL)
		err(EX_CANTCREAT, "%s", w->refused);
	if (im->dry && !w->ocid && access(conf_file_path(w->conf), F_OK) ==
	    -1 && errno == ENOENT) {
		io_sandbox_enter(0, NULL);
		status = import_files(im, w);
	} else
		status = run_with_database(im, w);
	if (im->refused != NULL && fclose(im->refused) != 0 &&
	    im->refused_errno == 0)
		im->refused_errno = errno;
	if (im->refused_errno != 0)
		errc(EX_IOERR, im->refused_errno, "%s", w->refused);
	return status;
}

/*
 * Signals are only noted: batches that are being committed are finished, and
 * the line that was reached is told.
 */
static void
catch_signals(void)
{
	struct sigaction sa = { .sa_handler = note_stop_signal }, was;

	/* Whoever started us with nohup(1) wants no end at a hang-up. */
	if (sigaction(SIGHUP, NULL, &was) == 0 && was.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

/* A dry run looks with the account that may only read, if there is one. */
static int
check_import_options(struct check_cli_asked *a)
{
	int one, rc;

	if (a->arg['n'] != NULL && a->arg['O'] == NULL &&
	    a->cf->ro_url != NULL)
		a->needs = CHECK_CLI_RO;
	if (a->arg['O'] != NULL && *a->word != NULL)
		io_cli_usage(SYNOPSIS, 0);
	rc = check_path_output(a->arg['r']);
	one = check_path_inputs(a->word);
	return one != EX_OK ? one : rc;
}

static const struct check_cli checked = {
	.options = "c:m:nOqr:s:v",
	.synopsis = SYNOPSIS,
	.needs = CHECK_CLI_RW | CHECK_CLI_WORDS,
	.database = check_database,
	.given = check_import_options
};

/*
 * Output is flushed last, as its failure ends the program: by then all is
 * committed.
 */
int
main(int argc, char *argv[])
{
	static struct import im = { .bad_percent = BAD_PERCENT };
	struct wish w = { .source = STATION_ROW_NULL };
	struct io_cli cli;
	int status;

	check_cli(&cli, argc, argv, &checked);
	w.conf = cli.arg['c'];
	if (cli.arg['m'] != NULL)
		im.bad_percent = percent_of(cli.arg['m']);
	im.dry = cli.arg['n'] != NULL;
	w.ocid = cli.arg['O'] != NULL;
	im.quiet = cli.arg['q'] != NULL;
	w.refused = cli.arg['r'];
	if (cli.arg['s'] != NULL)
		take_source(&w, cli.arg['s']);
	im.verbose = cli.arg['v'] != NULL;
	if (w.ocid && cli.words > 0)
		io_cli_usage(SYNOPSIS, 0);
	io_cli_files(&cli);
	w.file = cli.word;
	catch_signals();
	status = run(&im, &w);
	io_cli_flush();
	return status;
}
