/* SPDX-License-Identifier: ISC */
/*
 * One file: its lines become records, these rows of cells or refusals, and
 * rows are loaded.  Nearly all lines are good rows, so each is first read as
 * one; what is none may be a header, a part of a record of several lines, or
 * bad.
 */
#include <assert.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "geo/region.h"
#include "io/cli.h"
#include "io/infile.h"
#include "json/write.h"
#include "radio/csv.h"
#include "store/load.h"
#include "import.h"

#define ODD_MAX		100	/* lines before the first header or row */
#define OPEN_MAX	65536	/* bytes of a record of several lines */

/* A record: a line, what is glued to a header, or several quoted lines. */
struct record {
	const char	*text;
	size_t		 len;
	uint64_t	 line;
};

/* Is MCC that of any region? */
static int
mcc_valid(int mcc)
{
	const int16_t *list;

	return geo_region_of_mcc(mcc, &list) > 0;
}

/* Say what was expected in place of R. */
static void
tell_record(const struct import *im, const struct record *r,
    enum radio_csv_verdict v)
{
	const char *field, *name = io_infile_name(im->file);
	int whole;

	if (v != RADIO_CSV_NUMBER) {
		warnx("%s:%ju: expected %s", name, (uintmax_t)r->line,
		    radio_csv_why(v));
		return;
	}
	field = radio_csv_no_number(&im->form, r->text, r->len, &whole);
	warnx("%s:%ju: expected %s to be a %snumber", name,
	    (uintmax_t)r->line, field, whole ? "whole " : "");
}

/* Count R as refused, and tell and keep it as the options want. */
static void
refuse_record(struct import *im, const struct record *r,
    enum radio_csv_verdict v)
{
	assert(v != RADIO_CSV_OK);
	im->read++;
	im->reason[v == RADIO_CSV_OPEN ? RADIO_CSV_QUOTED : v]++;
	if (im->refused != NULL &&
	    (fwrite(r->text, 1, r->len, im->refused) != r->len ||
	    fputc('\n', im->refused) == EOF) && im->refused_errno == 0)
		im->refused_errno = errno;
	if (im->verbose)
		tell_record(im, r, v);
}

/* Nothing was committed, as no row was taken.  Returns an exit status. */
static int
is_no_cell_csv(const struct import *im)
{
	warnx("%s: not cell CSV, nothing imported: expected \"%s\" or a row "
	    "of such a file", io_infile_name(im->file), RADIO_CSV_HEADER);
	return EX_DATAERR;
}

static int take_csv_record(struct import *im, const struct record *r);

/*
 * R is no good row, by verdict V.  Returns an exit status: EX_OK to go on.
 * Files are glued together by hand, so that a header may come anywhere, and
 * what stands behind it in its line is a record; each header says anew which
 * columns there are.
 */
static int
take_odd_record(struct import *im, const struct record *r,
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
		return glued.len > 0 ? take_csv_record(im, &glued) : EX_OK;
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
			return take_csv_record(im, r);
		}
		if (++im->odd > ODD_MAX)
			return is_no_cell_csv(im);
	}
	refuse_record(im, r, v);
	return EX_OK;
}

/*
 * Nearly all records are good rows, so nothing is asked of one before it has
 * been read as such.  Returns an exit status: EX_OK to go on.
 */
static int
take_csv_record(struct import *im, const struct record *r)
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
		return take_odd_record(im, r, v);
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
	status = take_csv_record(im, &r);
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

	assert(im->open.len > len);
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

/*
 * A line that is too long comes cut, and without its end nothing can be said of
 * its quotation marks: what was open before ends there.  Returns an exit
 * status: EX_OK to go on.
 */
static int
take_csv_line(struct import *im, const struct io_infile_line *line)
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
	return take_csv_record(im, &r);
}

/*
 * The database's status outranks any other, since only it says that rows are
 * missing which were good.  Returns an exit status.
 */
static int
take_csv_rows(struct import *im, struct io_infile *f)
{
	struct io_infile_line line;
	int end = 0, status = EX_OK;

	while (status == EX_OK && !import_stopping &&
	    (end = io_infile_next(f, &line)) == 1) {
		im->line = line.number;
		status = take_csv_line(im, &line);
		io_progress_show(&im->progress, im->read, io_infile_done(f));
	}
	if (status == EX_OK)
		status = end_open(im);
	if (status == EX_OK && end == 0 && !import_stopping && !im->known &&
	    im->read > 0)
		status = is_no_cell_csv(im);
	/* Whatever ended it: rows that were taken are committed. */
	if (im->load != NULL) {
		if (store_load_flush(im->load) == -1)
			status = EX_UNAVAILABLE;
		store_load_counts(im->load, &im->counts);
	}
	if (status == EX_OK && end == -1 && !import_stopping) {
		warnx("%s:%ju: what is behind this line was not imported",
		    io_infile_name(f), (uintmax_t)im->line);
		status = EX_DATAERR;
	}
	return status == EX_OK && import_stopping ? EX_TEMPFAIL : status;
}

/*
 * Compressed data that are damaged may give rows that look good, up to where
 * the damage shows, and a cell with a wrong position would not be renewed by
 * the same file when that is whole.  So nothing is taken of such a file.  To
 * read it twice takes some seconds of an import that takes minutes.  Returns
 * an exit status.
 */
static int
take_whole_file(struct import *im, struct io_infile *f)
{
	if (io_infile_is_whole(f))
		return take_csv_rows(im, f);
	warnx("%s: nothing of it was imported", io_infile_name(f));
	return EX_DATAERR;
}

/* The same members stand in the whole and in each radio. */
static void
write_count(struct json_write *w, const struct store_import_count *c)
{
	json_write_i64(w, "inserted", (int64_t)c->inserted);
	json_write_i64(w, "updated", (int64_t)c->updated);
	json_write_i64(w, "unchanged", (int64_t)c->unchanged);
}

/* The same by radio, of radios that the file has. */
static void
write_radios(struct json_write *w, const struct store_import_counts *c)
{
	const struct store_import_count *n;
	int i;

	json_write_object(w, "radio");
	for (i = 0; i < RADIO_CELL_TYPES; i++) {
		n = &c->radio[i];
		if (n->inserted + n->updated + n->unchanged == 0)
			continue;
		json_write_object(w,
		    radio_cell_type_name((enum radio_cell_type)i));
		write_count(w, n);
		json_write_end(w);
	}
	json_write_end(w);
}

/*
 * One line of JSON for a file; reasons that did not occur are left out.  It is
 * printed also for a file that broke off: counts are what was committed, so
 * that sums over several runs are right.
 */
static void
print_file_summary(const struct import *im)
{
	struct json_write w;
	struct base_buf b;
	int v;

	assert(im->file != NULL);
	base_buf_init(&b);
	json_write_begin(&w, &b);
	json_write_text(&w, "file", io_infile_name(im->file));
	if (im->dry && im->load != NULL) {
		write_count(&w, &im->counts.all);
		write_radios(&w, &im->counts);
	}
	json_write_i64(&w, "read", (int64_t)im->read);
	if (im->dry)
		json_write_i64(&w, "accepted", (int64_t)im->accepted);
	else
		write_count(&w, &im->counts.all);
	json_write_object(&w, "refused");
	for (v = RADIO_CSV_OK + 1; v < RADIO_CSV_VERDICTS; v++)
		if (im->reason[v] > 0)
			json_write_i64(&w,
			    radio_csv_name((enum radio_csv_verdict)v),
			    (int64_t)im->reason[v]);
	json_write_end(&w);
	json_write_end(&w);
	io_cli_last(&b);
}

/*
 * 1 if too many rows were refused that could have been right.  Radios that are
 * never stored, such as CDMA's, are in all of the world's files and say nothing
 * of this one's quality.
 */
static int
too_many_bad(const struct import *im)
{
	uint64_t bad;

	assert(im->accepted <= im->read);
	bad = im->read - im->accepted - im->reason[RADIO_CSV_RADIO];
	return (double)bad * 100 > im->bad_percent * (double)im->read;
}

/*
 * Forget the file before: neither its columns nor its separator say anything of
 * this one.
 */
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

/*
 * Rows that are in stay in whatever the verdict on the file is.  The line up to
 * which they are committed is told, as it may be well before the one that was
 * read last: batches are on their way in threads.
 */
int
import_take(struct import *im, struct io_infile *f)
{
	int status;

	io_infile_stop_on(f, &import_stopping);
	begin_file(im, f);
	im->files++;
	io_progress_init(&im->progress, "rows", im->quiet);
	status = take_whole_file(im, f);
	io_progress_done(&im->progress);
	if (im->load != NULL && !im->dry &&
	    (status == EX_UNAVAILABLE || status == EX_TEMPFAIL))
		warnx("%s:%ju: stopped after this line; run again to go on",
		    io_infile_name(f), (uintmax_t)store_load_line(im->load,
		    im->line));
	print_file_summary(im);
	im->good = status == EX_OK;
	if (status == EX_OK && too_many_bad(im))
		status = EX_DATAERR;
	base_buf_done(&im->open);
	io_infile_end(f);
	return status;
}
