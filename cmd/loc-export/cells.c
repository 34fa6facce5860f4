/* SPDX-License-Identifier: ISC */
/*
 * The cells of an export, from all tables as they were at one moment, in the
 * order of their keys: GSM, UMTS, LTE and, if asked for, NR.
 */
#include <assert.h>
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <sysexits.h>

#include "base/civil.h"
#include "conf/file.h"
#include "io/progress.h"
#include "store/row.h"
#include "store/scan.h"
#include "store/snapshot.h"

#include "export.h"

#define FULL_DAYS	365
#define HOUR_S		3600

/* Whoever draws cells wants no more of them than what is published. */
#define COLUMNS		"cellid,lat,lon,radius,samples,created,modified,psc"

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
}

/* The tables of one reading, and who gets the rows. */
struct reading {
	int			(*each)(void *, const struct station_row *);
	void			*arg;
	struct io_progress	 progress;
	uint64_t		 n;
	int			 stopped;	/* EACH, or a signal */
};

/* The clock is not asked for each of millions of rows. */
static int
on_scanned_row(void *arg, const struct station_row *row)
{
	struct reading *r = arg;

	if (++r->n % 1024 == 0)
		io_progress_show(&r->progress, r->n, -1);
	if (export_stopping() || r->each(r->arg, row) != 0)
		r->stopped = 1;
	return r->stopped ? -1 : 0;
}

struct store_snapshot *
export_look(const struct export *e, int *status)
{
	*status = EX_CONFIG;
	return conf_file_need(e->cf, &e->cf->ro_url) == -1 ? NULL :
	    store_snapshot_open("ro_url", e->cf->ro_url, 1, status);
}

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
	if (!export_stopping())
		return r.stopped ? EX_IOERR : EX_OK;
	warnx("stopped; nothing was stored");
	return EX_TEMPFAIL;
}

/* The condition of window W; a table has an index for the hour. */
static void
format_where(char out[160], const struct export_window *w)
{
	char from[BASE_CIVIL_TIME_LEN], to[BASE_CIVIL_TIME_LEN];
	int n;

	base_civil_format_time(from, w->from, ' ');
	n = snprintf(out, 160, "lat IS NOT NULL AND lon IS NOT NULL AND "
	    "modified >= '%s'", from);
	if (w->to == INT64_MAX)
		return;
	base_civil_format_time(to, w->to, ' ');
	snprintf(out + n, 160 - (size_t)n, " AND modified < '%s'", to);
}

/* What the rows of one export go through. */
struct cells {
	const struct export_format	*format;
	void				*state;	/* of the format */
	struct export_out		*out;
	struct export_counts		*counts;
	int64_t				 odd;
};

static void
count_cell(struct export_counts *c, const uint8_t *key)
{
	unsigned mcc = (unsigned)key[1] << 8 | key[2];

	assert(key[0] < RADIO_CELL_TYPES);
	c->rows++;
	c->radio[key[0]]++;
	c->mcc[mcc < EXPORT_MCCS ? mcc : EXPORT_MCCS - 1]++;
}

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

int
export_cells(const struct export *e, struct store_snapshot *look,
    const struct export_window *w, const struct export_format *format,
    struct export_out *o, struct export_counts *counts)
{
	const int last = e->nr ? STORE_ROW_CELL_NR : STORE_ROW_CELL_NR - 1;
	struct store_scan scan[STORE_ROW_AREA - STORE_ROW_CELL];
	struct cells c = { .format = format, .out = o, .counts = counts };
	char where[160];
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
