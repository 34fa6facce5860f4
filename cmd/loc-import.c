/* SPDX-License-Identifier: ISC */
/*
 * loc-import - bring cell CSV into the database.
 *
 * Reads files (or stdin) in the format of OpenCellID and the Mozilla
 * Location Service; writes cells and their areas, and a summary line for
 * each file.  A bad row costs itself.  Rows are committed in batches, so
 * when it is stopped the batches so far stay; running it again goes on.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "conf/file.h"
#include "geo/region.h"
#include "io/cli.h"
#include "io/infile.h"
#include "io/progress.h"
#include "json/write.h"
#include "radio/csv.h"
#include "store/area.h"
#include "store/db.h"
#include "store/import.h"

#define SYNOPSIS	"[-hqvV] [-c config] [-r refused] [file ...]"
#define BATCH		5000

struct import {
	struct store_db		*db;
	FILE			*refused;	/* -r, or NULL */
	int			 quiet, verbose;
	struct io_progress	 progress;
	struct radio_csv_row	 rows[BATCH];
	size_t			 n;
	/* of the file being read */
	uint64_t		 read;
	uint64_t		 reason[RADIO_CSV_VERDICTS];
	struct store_import_counts counts;
};

static volatile sig_atomic_t stopping;

static void
on_stop(int sig)
{
	(void)sig;
	stopping = 1;
}

static int
mcc_valid(int mcc)
{
	const int16_t *list;

	return geo_region_of_mcc(mcc, &list) > 0;
}

static void
refuse(struct import *im, const struct io_infile *f,
    const struct io_infile_line *line, enum radio_csv_verdict v)
{
	im->reason[v]++;
	if (im->refused != NULL)
		fprintf(im->refused, "%.*s\n", (int)line->len, line->text);
	if (im->verbose)
		warnx("%s:%llu: expected %s", io_infile_name(f),
		    (unsigned long long)line->number, radio_csv_why(v));
}

static int
flush(struct import *im)
{
	int rc;

	rc = store_import_apply(im->db, im->rows, im->n, &im->counts);
	im->n = 0;
	return rc;
}

/* Is the file one of cells?  Its first line tells. */
static int
is_cell_csv(const struct io_infile *f, const struct io_infile_line *line)
{
	if (radio_csv_plausible(line->text, line->len) ||
	    (line->len >= sizeof(RADIO_CSV_HEADER) - 1 &&
	    strncmp(line->text, RADIO_CSV_HEADER,
	    sizeof(RADIO_CSV_HEADER) - 1) == 0))
		return 1;
	warnx("%s: not cell CSV, nothing imported: expected \"%s\" or a row "
	    "of such a file in line 1", io_infile_name(f), RADIO_CSV_HEADER);
	return 0;
}

/* Returns an exit status. */
static int
import_rows(struct import *im, struct io_infile *f)
{
	struct io_infile_line line;
	enum radio_csv_verdict v;
	int rc;

	while ((rc = io_infile_next(f, &line)) == 1 && !stopping) {
		if (line.number == 1 && !is_cell_csv(f, &line))
			return EX_DATAERR;
		v = line.cut ? RADIO_CSV_FIELDS : radio_csv_parse(
		    &im->rows[im->n], line.text, line.len, mcc_valid);
		if (v == RADIO_CSV_HEAD && line.number == 1)
			continue;
		im->read++;
		if (v != RADIO_CSV_OK)
			refuse(im, f, &line, v);
		else if (++im->n == BATCH && flush(im) == -1)
			return EX_UNAVAILABLE;
		io_progress_show(&im->progress, im->read, io_infile_done(f));
	}
	if (flush(im) == -1)
		return EX_UNAVAILABLE;
	return rc == -1 ? EX_DATAERR : stopping ? EX_TEMPFAIL : EX_OK;
}

static void
print_summary(const struct import *im, const char *name)
{
	struct base_buf b;
	const char *sep = "";
	int v;

	base_buf_init(&b);
	base_buf_str(&b, "{\"file\":");
	json_write_cstr(&b, name);
	base_buf_fmt(&b, ",\"read\":%llu,\"inserted\":%llu,\"updated\":%llu,"
	    "\"unchanged\":%llu,\"refused\":{", (unsigned long long)im->read,
	    (unsigned long long)im->counts.inserted,
	    (unsigned long long)im->counts.updated,
	    (unsigned long long)im->counts.unchanged);
	for (v = RADIO_CSV_HEAD; v < RADIO_CSV_VERDICTS; v++)
		if (im->reason[v] > 0) {
			base_buf_fmt(&b, "%s\"%s\":%llu", sep,
			    radio_csv_name((enum radio_csv_verdict)v),
			    (unsigned long long)im->reason[v]);
			sep = ",";
		}
	base_buf_str(&b, "}}");
	puts(b.data);
	base_buf_done(&b);
}

/* 1 if a row was refused that could have been right. */
static int
any_bad(const struct import *im)
{
	int v;

	for (v = RADIO_CSV_HEAD; v < RADIO_CSV_VERDICTS; v++)
		if (v != RADIO_CSV_RADIO && im->reason[v] > 0)
			return 1;
	return 0;
}

static int
import_file(struct import *im, const char *path)
{
	struct io_infile *f;
	int status;

	im->n = 0;
	im->read = 0;
	memset(im->reason, 0, sizeof(im->reason));
	memset(&im->counts, 0, sizeof(im->counts));
	if ((f = io_infile_open(path)) == NULL)
		return EX_NOINPUT;
	io_progress_init(&im->progress, "rows", im->quiet);
	status = import_rows(im, f);
	io_progress_done(&im->progress);
	if (status == EX_UNAVAILABLE)
		warnx("%s: stopped near line %llu; run again to go on",
		    io_infile_name(f), (unsigned long long)im->read);
	print_summary(im, io_infile_name(f));
	if (status == EX_OK && any_bad(im))
		status = EX_DATAERR;
	io_infile_end(f);
	return status;
}

int
main(int argc, char *argv[])
{
	static struct import im;
	struct sigaction sa = { .sa_handler = on_stop };
	struct conf_file cf;
	const char *conf = NULL, *refused = NULL;
	int ch, i, rc, status = EX_OK;

	while ((ch = getopt(argc, argv, "c:hqr:vV")) != -1)
		switch (ch) {
		case 'c':
			conf = optarg;
			break;
		case 'q':
			im.quiet = 1;
			break;
		case 'r':
			refused = optarg;
			break;
		case 'v':
			im.verbose = 1;
			break;
		case 'V':
			io_cli_version();
		default:
			io_cli_usage(SYNOPSIS, ch == 'h');
		}
	argc -= optind;
	argv += optind;
	if (conf_file_open(&cf, conf) == -1)
		return EX_CONFIG;
	if ((im.db = store_db_open(cf.rw_url)) == NULL) {
		conf_file_end(&cf);
		return EX_UNAVAILABLE;
	}
	if (refused != NULL && (im.refused = fopen(refused, "w")) == NULL)
		err(EX_CANTCREAT, "%s", refused);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	for (i = 0; (i < argc || (argc == 0 && i == 0)) && !stopping; i++) {
		rc = import_file(&im, argc == 0 ? "-" : argv[i]);
		if (rc != EX_OK && status != EX_UNAVAILABLE)
			status = rc;
		if (rc == EX_UNAVAILABLE)
			break;
	}
	if (status != EX_UNAVAILABLE && store_area_refresh_all(im.db,
	    base_clock_now_s()) == -1)
		status = EX_UNAVAILABLE;
	if (im.refused != NULL && (ferror(im.refused) ||
	    fclose(im.refused) != 0))
		err(EX_IOERR, "%s", refused);
	io_cli_flush();
	store_db_free(im.db);
	conf_file_end(&cf);
	return status;
}
