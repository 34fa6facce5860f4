/* SPDX-License-Identifier: ISC */
/*
 * loc-import - bring cell CSV into the database.
 *
 * Reads files (or stdin) in the format of OpenCellID and the Mozilla
 * Location Service, or near it; writes cells and their areas, and a summary
 * line for each file.  A bad row costs itself, but a file none of whose
 * first lines is a header or a row is refused whole.  Rows are committed in
 * batches, so when it is stopped the batches so far stay; running it again
 * goes on.
 */
#include <assert.h>
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/num.h"
#include "conf/file.h"
#include "geo/region.h"
#include "io/cli.h"
#include "io/infile.h"
#include "io/progress.h"
#include "json/write.h"
#include "radio/csv.h"
#include "station/row.h"
#include "store/load.h"

#define SYNOPSIS	"[-hnqvV] [-c config] [-m percent] [-r refused] " \
			"[file ...]"
#define ODD_MAX		100	/* lines before the first header or row */
#define OPEN_MAX	65536	/* bytes of a record of several lines */
#define BAD_PERCENT	1.0

struct import {
	struct store_load	*load;		/* NULL: -n */
	FILE			*refused;	/* -r, or NULL */
	int			 quiet, verbose;
	double			 bad_percent;	/* -m */
	struct io_progress	 progress;
	struct radio_csv_row	 row;		/* read last */
	/* of the file being read */
	const struct io_infile	*file;
	struct radio_csv_form	 form;
	int			 known;		/* it is cell CSV */
	int			 odd;		/* lines before we knew */
	struct base_buf		 open;		/* record with an open quote */
	uint64_t		 open_line;
	uint64_t		 line;		/* read last */
	uint64_t		 read;
	uint64_t		 accepted;
	uint64_t		 reason[RADIO_CSV_VERDICTS];
	struct store_import_counts counts;
};

/* A record: a line, what is glued to a header, or several quoted lines. */
struct record {
	const char	*text;
	size_t		 len;
	uint64_t	 line;
};

static volatile sig_atomic_t stopping;

static void
note_stop_signal(int sig)
{
	(void)sig;
	stopping = 1;
}

/* Is MCC that of any region? */
static int
mcc_valid(int mcc)
{
	const int16_t *list;

	return geo_region_of_mcc(mcc, &list) > 0;
}

/* Count R as refused, and tell and keep it as the options want. */
static void
refuse_record(struct import *im, const struct record *r,
    enum radio_csv_verdict v)
{
	assert(v != RADIO_CSV_OK);
	im->read++;
	im->reason[v == RADIO_CSV_OPEN ? RADIO_CSV_QUOTED : v]++;
	if (im->refused != NULL) {
		fwrite(r->text, 1, r->len, im->refused);
		fputc('\n', im->refused);
	}
	if (im->verbose)
		warnx("%s:%ju: expected %s", io_infile_name(im->file),
		    (uintmax_t)r->line, radio_csv_why(v));
}

/* Nothing was committed, as no row was taken.  Returns an exit status. */
static int
is_no_cell_csv(const struct import *im)
{
	warnx("%s: not cell CSV, nothing imported: expected \"%s\" or a row "
	    "of such a file", io_infile_name(im->file), RADIO_CSV_HEADER);
	return EX_DATAERR;
}

static int import_record(struct import *im, const struct record *r);

/* R is no good row, by verdict V.  Returns an exit status: EX_OK to go on. */
static int
import_odd_record(struct import *im, const struct record *r,
    enum radio_csv_verdict v)
{
	const char *missing;
	struct record glued = *r;
	size_t rest;

	/* A header, or a line that says nothing, is no row anywhere. */
	switch (radio_csv_look(&im->form, r->text, r->len, &rest, &missing)) {
	case RADIO_CSV_NOTHING:
		return EX_OK;
	case RADIO_CSV_HEAD:
		im->known = 1;
		glued.text += rest;
		glued.len -= rest;
		return glued.len > 0 ? import_record(im, &glued) : EX_OK;
	case RADIO_CSV_LACKING:
		warnx("%s:%ju: the header lacks %s: nothing imported%s",
		    io_infile_name(im->file), (uintmax_t)r->line, missing,
		    im->known ? " from here on" : "");
		return EX_DATAERR;
	case RADIO_CSV_ROW:
		break;
	}
	/* The first row of a file without a header tells what parts fields. */
	if (!im->known) {
		if (radio_csv_guess(&im->form, r->text, r->len)) {
			im->known = 1;
			return import_record(im, r);
		}
		if (++im->odd > ODD_MAX)
			return is_no_cell_csv(im);
	}
	refuse_record(im, r, v);
	return EX_OK;
}

/* Returns an exit status: EX_OK to go on. */
static int
import_record(struct import *im, const struct record *r)
{
	enum radio_csv_verdict v;

	v = radio_csv_parse(&im->form, &im->row, r->text, r->len, mcc_valid);
	if (v == RADIO_CSV_OK) {
		im->known = 1;
		im->read++;
		im->accepted++;
		return im->load == NULL || store_load_add(im->load, &im->row,
		    r->line) == 0 ? EX_OK : EX_UNAVAILABLE;
	}
	/* What has fields and a radio is a row, though a bad one. */
	if (v <= RADIO_CSV_UNKNOWN && v != RADIO_CSV_RADIO)
		return import_odd_record(im, r, v);
	im->known = 1;
	refuse_record(im, r, v);
	return EX_OK;
}

/*
 * The record with open quotation marks has ended, or nothing can close them.
 * It is still a row if the fields that are wanted stand before the open one.
 * Returns an exit status.
 */
static int
end_open(struct import *im)
{
	struct record r = { im->open.data, im->open.len, im->open_line };
	int status;

	if (im->open.len == 0)
		return EX_OK;
	if (!base_buf_ok(&im->open))
		errx(EX_OSERR, "out of memory");
	status = import_record(im, &r);
	base_buf_reset(&im->open);
	return status;
}

/* What a row this is, of LEN bytes of TEXT; nothing is counted. */
static enum radio_csv_verdict
try_row(struct import *im, const char *text, size_t len)
{
	return radio_csv_parse(&im->form, &im->row, text, len, mcc_valid);
}

/*
 * Does a line belong to the record that is open?  Yes if that makes a good
 * row of both; else not if the line is a row of its own, good or bad: a
 * stray quotation mark must not swallow what follows.  LEN bytes of the
 * record were there without the line.
 */
static int
belongs_to_open(struct import *im, size_t len)
{
	const char *line = im->open.data + len + 1;
	enum radio_csv_verdict v;

	if (im->open.len >= OPEN_MAX)
		return 0;
	if (radio_csv_quotes(&im->form, im->open.data, im->open.len) ==
	    RADIO_CSV_OK && try_row(im, im->open.data, im->open.len) ==
	    RADIO_CSV_OK)
		return 1;
	v = try_row(im, line, im->open.len - len - 1);
	return v != RADIO_CSV_OK && v <= RADIO_CSV_UNKNOWN;
}

/*
 * Quoted fields may hold ends of lines (RFC 4180): a record whose quotation
 * marks are still open goes on in the next line.  Returns 1 if the line was
 * taken for a part of one; *STATUS is an exit status.
 */
static int
continue_open(struct import *im, const struct io_infile_line *line,
    int *status)
{
	size_t len = im->open.len;

	if (len > 0) {
		base_buf_chr(&im->open, '\n');
		base_buf_add(&im->open, line->text, line->len);
		if (base_buf_ok(&im->open) && !belongs_to_open(im, len)) {
			im->open.len = len;
			if ((*status = end_open(im)) != EX_OK)
				return 1;
		}
	}
	if (im->open.len == 0) {
		if (line->len >= OPEN_MAX || radio_csv_quotes(&im->form,
		    line->text, line->len) != RADIO_CSV_OPEN)
			return 0;
		im->open_line = line->number;
		base_buf_add(&im->open, line->text, line->len);
	} else if (!base_buf_ok(&im->open) || radio_csv_quotes(&im->form,
	    im->open.data, im->open.len) != RADIO_CSV_OPEN)
		*status = end_open(im);
	return 1;
}

/* Returns an exit status: EX_OK to go on. */
static int
import_line(struct import *im, const struct io_infile_line *line)
{
	struct record r = { line->text, line->len, line->number };
	int status = EX_OK;

	if (line->cut) {
		if ((status = end_open(im)) != EX_OK)
			return status;
		if (!im->known && ++im->odd > ODD_MAX)
			return is_no_cell_csv(im);
		refuse_record(im, &r, RADIO_CSV_FIELDS);
		return EX_OK;
	}
	/* Nothing is open as long as there are no quotation marks. */
	if ((im->open.len > 0 || memchr(r.text, '"', r.len) != NULL) &&
	    continue_open(im, line, &status))
		return status;
	return import_record(im, &r);
}

/* Returns an exit status. */
static int
import_rows(struct import *im, struct io_infile *f)
{
	struct io_infile_line line;
	int end = 0, status = EX_OK;

	while (status == EX_OK && !stopping &&
	    (end = io_infile_next(f, &line)) == 1) {
		im->line = line.number;
		status = import_line(im, &line);
		io_progress_show(&im->progress, im->read, io_infile_done(f));
	}
	if (status == EX_OK)
		status = end_open(im);
	if (status == EX_OK && end == 0 && !stopping && !im->known &&
	    im->read > 0)
		status = is_no_cell_csv(im);
	/* Whatever ended it: rows that were taken are committed. */
	if (im->load != NULL) {
		if (store_load_flush(im->load) == -1)
			status = EX_UNAVAILABLE;
		store_load_counts(im->load, &im->counts);
	}
	return status != EX_OK ? status : stopping ? EX_TEMPFAIL :
	    end == -1 ? EX_DATAERR : EX_OK;
}

/* One line of JSON for a file; reasons that did not occur are left out. */
static void
print_file_summary(const struct import *im)
{
	struct json_write w;
	struct base_buf b;
	int v;

	base_buf_init(&b);
	json_write_init(&w, &b, JSON_WRITE_COMPACT);
	json_write_object(&w, NULL);
	json_write_text(&w, "file", io_infile_name(im->file));
	json_write_i64(&w, "read", (int64_t)im->read);
	if (im->load == NULL)
		json_write_i64(&w, "accepted", (int64_t)im->accepted);
	else {
		json_write_i64(&w, "inserted", (int64_t)im->counts.inserted);
		json_write_i64(&w, "updated", (int64_t)im->counts.updated);
		json_write_i64(&w, "unchanged", (int64_t)im->counts.unchanged);
	}
	json_write_object(&w, "refused");
	for (v = RADIO_CSV_OK + 1; v < RADIO_CSV_VERDICTS; v++)
		if (im->reason[v] > 0)
			json_write_i64(&w,
			    radio_csv_name((enum radio_csv_verdict)v),
			    (int64_t)im->reason[v]);
	json_write_end(&w);
	json_write_end(&w);
	io_cli_line(&b);
	base_buf_done(&b);
}

/* 1 if too many rows were refused that could have been right. */
static int
too_many_bad(const struct import *im)
{
	uint64_t bad;

	assert(im->accepted <= im->read);
	bad = im->read - im->accepted - im->reason[RADIO_CSV_RADIO];
	return (double)bad * 100 > im->bad_percent * (double)im->read;
}

/* Forget the file before. */
static void
begin_file(struct import *im, const struct io_infile *f)
{
	radio_csv_form_init(&im->form);
	memset(im->reason, 0, sizeof(im->reason));
	memset(&im->counts, 0, sizeof(im->counts));
	im->file = f;
	im->known = im->odd = 0;
	im->line = im->read = im->accepted = 0;
	base_buf_init(&im->open);
}

/* Returns an exit status. */
static int
import_file(struct import *im, const char *path)
{
	struct io_infile *f;
	int status;

	if ((f = io_infile_open(path)) == NULL)
		return EX_NOINPUT;
	io_infile_stop_on(f, &stopping);
	begin_file(im, f);
	io_progress_init(&im->progress, "rows", im->quiet);
	status = import_rows(im, f);
	io_progress_done(&im->progress);
	if (im->load != NULL &&
	    (status == EX_UNAVAILABLE || status == EX_TEMPFAIL))
		warnx("%s:%ju: stopped after this line; run again to go on",
		    io_infile_name(f), (uintmax_t)store_load_line(im->load,
		    im->line));
	print_file_summary(im);
	if (status == EX_OK && too_many_bad(im))
		status = EX_DATAERR;
	base_buf_done(&im->open);
	io_infile_end(f);
	return status;
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

/* Import all files.  Returns an exit status. */
static int
import_files(struct import *im, int argc, char *argv[])
{
	int i, rc, status = EX_OK;

	for (i = 0; (i < argc || (argc == 0 && i == 0)) && !stopping; i++) {
		rc = import_file(im, argc == 0 ? "-" : argv[i]);
		if (rc != EX_OK)
			status = rc;
		if (rc == EX_UNAVAILABLE)
			return rc;
	}
	/* Also after a signal, so that no area is left behind its cells. */
	if (im->load != NULL && store_load_areas(im->load) == -1)
		return EX_UNAVAILABLE;
	return status;
}

static struct store_load *
open_load(const struct conf_file *cf, int *status)
{
	struct store_load_options o = { "rw_url", cf->rw_url,
	    STATION_ROW_NULL, 0 };

	return store_load_new(&o, status);
}

/*
 * Signals are only noted: a batch that is being committed is finished, and
 * the line that it reached is told.
 */
int
main(int argc, char *argv[])
{
	static struct import im = { .bad_percent = BAD_PERCENT };
	struct sigaction sa = { .sa_handler = note_stop_signal }, was;
	struct conf_file cf;
	const char *conf = NULL, *refused = NULL;
	int ch, dry = 0, status = EX_CONFIG;

	while ((ch = io_cli_next(argc, argv, "c:m:nqr:v", SYNOPSIS)) != -1)
		switch (ch) {
		case 'c':
			conf = optarg;
			break;
		case 'm':
			im.bad_percent = percent_of(optarg);
			break;
		case 'n':
			dry = 1;
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
		}
	argc -= optind;
	argv += optind;
	if (!dry && conf_file_open(&cf, conf) == -1)
		return EX_CONFIG;
	if (!dry && (conf_file_need(&cf, &cf.rw_url) == -1 || (im.load =
	    open_load(&cf, &status)) == NULL)) {
		conf_file_end(&cf);
		return status;
	}
	if (refused != NULL && (im.refused = fopen(refused, "w")) == NULL)
		err(EX_CANTCREAT, "%s", refused);
	/* Whoever started us with nohup(1) wants no end at a hang-up. */
	if (sigaction(SIGHUP, NULL, &was) == 0 && was.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	status = import_files(&im, argc, argv);
	if (im.refused != NULL && (ferror(im.refused) ||
	    fclose(im.refused) != 0))
		err(EX_IOERR, "%s", refused);
	io_cli_flush();
	if (!dry) {
		store_load_free(im.load);
		conf_file_end(&cf);
	}
	return status;
}
