/* SPDX-License-Identifier: ISC */
/*
 * The cells of an export, from all tables as they were at one moment, in the
 * order of their keys: GSM, UMTS, LTE and, if asked for, NR.
 *
 * NR is left out unless the caller wants it, since readers of these files that
 * were written for Ichnaea's know three radios only and may refuse a file that
 * has a fourth.  Tables are read one after another on one connection, which is
 * the snapshot's: two connections would be two moments unless writers were kept
 * out.
 */
#include <assert.h>
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <sysexits.h>

#include "base/civil.h"
#include "conf/file.h"
#include "io/progress.h"
#include "io/signals.h"
#include "store/row.h"
#include "store/scan.h"
#include "store/snapshot.h"

#include "export.h"

/* Cells that nothing changed for longer may be gone from where they were. */
#define FULL_DAYS	365
#define HOUR_S		3600

/* Whoever draws cells wants no more of them than what is published. */
#define COLUMNS		"cellid,lat,lon,radius,samples,created,modified,psc"

/*
 * The window of a full export is named after the beginning of its day, so that
 * one made later the same day takes the place of the first; it has no upper
 * end, and what came in since midnight is in it.  An hour begins at FROM and
 * ends before TO: windows of neighbours touch and never overlap, so that a
 * cell's last change is in one of them only.  C's remainder has the sign of the
 * time, hence the second one: times before 1970 are rounded to the past, too.
 */
void
export_window(struct export_window *w, enum export_kind kind, int64_t now)
{
	w->kind = kind;
	if (kind == EXPORT_FULL) {
		w->time = base_civil_day_of(now) * BASE_CIVIL_DAY_S;
		w->from = w->time - FULL_DAYS * BASE_CIVIL_DAY_S;
		w->to = INT64_MAX;
	} else {
		w->time = now - (now % HOUR_S + HOUR_S) % HOUR_S;
		w->from = w->time - HOUR_S;
		w->to = w->time;
	}
	assert(w->from <= w->time && w->from < w->to);
}

/* The tables of one reading, and who gets the rows. */
struct reading {
	int			(*each)(void *, const struct station_row *);
	void			*arg;
	struct io_progress	 progress;
	uint64_t		 n;
	int			 stopped;	/* EACH, or a signal */
};

/*
 * The clock is not asked for each of millions of rows.  A signal is heeded
 * between two rows, so that what went out ends with a whole line; that EACH or
 * a signal ended the reading is noted, since the caller cannot tell it from a
 * failure of the database otherwise.
 */
static int
on_scanned_row(void *arg, const struct station_row *row)
{
	struct reading *r = arg;

	if (++r->n % 1024 == 0)
		io_progress_show(&r->progress, r->n, -1);
	if (io_signals_stop || r->each(r->arg, row) != 0)
		r->stopped = 1;
	return r->stopped ? -1 : 0;
}

/*
 * The account that only reads is used, also where another is configured: an
 * export should be able to run against a replica, and needs no right to write
 * to anything that it reads.
 */
struct store_snapshot *
export_look(const struct export *e, int *status)
{
	*status = EX_CONFIG;
	return conf_file_need(e->cf, &e->cf->ro_url) == -1 ? NULL :
	    store_snapshot_open("ro_url", e->cf->ro_url, 1, status);
}

/*
 * When EACH or a signal ends the rows the connection ends with them, which
 * looks like a failure of the database from here; it is one only when nobody
 * asked for that end.  Progress is ended before any message, which would stand
 * in its line.
 */
int
export_scan(const struct export *e, struct store_snapshot *look,
    const struct store_scan *scan, size_t n,
    int (*each)(void *arg, const struct station_row *row), void *arg)
{
	struct store_db *db = store_snapshot_db(look, 0);
	struct reading r = { .each = each, .arg = arg };
	size_t i;
	int rc = 0;

	io_progress_init(&r.progress, "rows", e->quiet);
	for (i = 0; i < n && rc == 0; i++)
		rc = store_scan_rows(db, &scan[i], on_scanned_row, &r);
	io_progress_done(&r.progress);
	if (rc == -1 && !r.stopped)
		return export_db_failed(db);
	if (!io_signals_stop)
		return r.stopped ? EX_IOERR : EX_OK;
	warnx("stopped; nothing was stored");
	return EX_TEMPFAIL;
}

/*
 * The condition of window W; a table has an index for the hour.  It is made of
 * numbers only, none of the user's text, so that nothing needs quoting.  Cells
 * without a position are those that nobody has heard with one: there is nothing
 * to publish of them.
 */
static void
format_where(char out[256], const struct export_window *w)
{
	char from[BASE_CIVIL_TIME_LEN], to[BASE_CIVIL_TIME_LEN];
	int n;

	base_civil_format_time(from, w->from, ' ');
	n = snprintf(out, 256, "lat IS NOT NULL AND lon IS NOT NULL AND "
	    STORE_ROW_SHOWN " AND modified >= '%s'", from);
	assert(n > 0 && n < 256);
	if (w->to == INT64_MAX)
		return;
	base_civil_format_time(to, w->to, ' ');
	snprintf(out + n, 256 - (size_t)n, " AND modified < '%s'", to);
}

/* What the rows of one export go through, and how many of them could not. */
struct cells {
	const struct export_format	*format;
	void				*state;	/* of the format */
	struct export_out		*out;
	struct export_counts		*counts;
	int64_t				 odd;
};

/*
 * Counts go by the bytes of the key, which stand in the order radio, country
 * code (big-endian): to split the whole key of each row only to count it would
 * be work for nothing.  Codes of more than three digits are none of the
 * world's; they share the last counter, so that a row from elsewhere writes
 * past nothing.
 */
static void
count_cell(struct export_counts *c, const uint8_t *key)
{
	unsigned mcc = (unsigned)key[1] << 8 | key[2];

	assert(key[0] < RADIO_CELL_TYPES);
	c->rows++;
	c->radio[key[0]]++;
	c->mcc[mcc < EXPORT_MCCS ? mcc : EXPORT_MCCS - 1]++;
}

/*
 * A position that is off the earth, or not a number, can come from another
 * program that writes the tables.  It is left out instead of ending the export,
 * which would then fail every day because of one row; how many there were is
 * told once at the end.
 */
static int
on_exported_cell(void *arg, const struct station_row *r)
{
	struct cells *c = arg;

	if (!(fabs(r->lat) <= 90 && fabs(r->lon) <= 180)) {
		c->odd++;
		return 0;
	}
	count_cell(c->counts, r->key);
	return c->format->row(c->state, c->out, r) != 0 ||
	    export_out_failed(c->out) ? -1 : 0;
}

/*
 * The state of a format is ended on every path, also when its head failed, so
 * that a format which has a temporary file closes it.  The tail comes only
 * after all rows: without it nobody takes a file of GeoJSON or SQLite for a
 * whole one.
 */
int
export_cells(const struct export *e, struct store_snapshot *look,
    const struct export_window *w, const struct export_format *format,
    struct export_out *o, struct export_counts *counts)
{
	const int last = e->nr ? STORE_ROW_CELL_NR : STORE_ROW_CELL_NR - 1;
	struct store_scan scan[STORE_ROW_AREA - STORE_ROW_CELL];
	struct cells c = { .format = format, .out = o, .counts = counts };
	char where[256];
	size_t n = 0;
	int status, table;

	format_where(where, w);
	for (table = STORE_ROW_CELL; table <= last; table++)
		scan[n++] = (struct store_scan){ table, COLUMNS, where,
		    w->kind == EXPORT_FULL };
	status = EX_IOERR;
	if (format->head(&c.state, o) == 0)
		status = export_scan(e, look, scan, n, on_exported_cell, &c);
	if (status == EX_OK && format->tail(c.state, o) != 0)
		status = EX_IOERR;
	format->done(c.state);
	if (c.odd > 0)
		warnx("%lld cells with no possible position were left out",
		    (long long)c.odd);
	return status;
}
