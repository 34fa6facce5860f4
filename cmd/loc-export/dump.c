/* SPDX-License-Identifier: ISC */
/*
 * Dumps: all columns of all stations of one kind, or of those in an area, as
 * Ichnaea's location_dump wrote them.
 *
 * Unlike an export a dump is not for the world: it has positions of single
 * access points, and so its file is for the owner and the group only and is
 * never published.
 */
#include <assert.h>
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "geo/dist.h"
#include "io/cli.h"
#include "store/row.h"
#include "store/scan.h"
#include "store/snapshot.h"

#include "export.h"

/* Positions tell where people live, so that not everybody may read them. */
#define MODE	0640

/* What can be dumped: the tables, and how their lines look. */
static const struct dumped {
	const char		*name;
	int			 from, to;	/* tables */
	enum station_csv_kind	 kind;
/*
 * What can be dumped: the tables, and how their lines look.  A kind is several
 * tables that follow each other in store/row.h (shards of MACs, radios of
 * cells), FROM the first to before TO; words are in ascending order, in which
 * they are listed to whoever gives a wrong one.
 */
} kinds[] = {
	{ "blue", STORE_ROW_BLUE, STORE_ROW_WIFI, STATION_CSV_MAC },
	{ "cell", STORE_ROW_CELL, STORE_ROW_AREA, STATION_CSV_CELL },
	{ "wifi", STORE_ROW_WIFI, STORE_ROW_CELL, STATION_CSV_MAC }
};

/* What the rows of a dump go through. */
struct dump {
	struct export_out	 out;
	const struct dumped	*kind;
};

/*
 * The line is made in the buffer of the output.  A lost byte ends the dump at
 * once: the rest of some hundred million rows would be read for nothing.
 */
static int
on_dumped_station(void *arg, const struct station_row *r)
{
	struct dump *d = arg;

	export_out_took(&d->out, station_csv_line(export_out_room(&d->out),
	    d->kind->kind, r));
	return export_out_failed(&d->out) ? -1 : 0;
}

/* The bounds have five decimals and belong to the box, as Ichnaea had it. */
static void
format_area(char out[256], const struct export_area *a)
{
	struct geo_dist_box b;

	geo_dist_around(&b, a->lat, a->lon, a->radius_m);
	snprintf(out, 256, "lat >= %.5f AND lat <= %.5f AND lon >= %.5f AND "
	    "lon <= %.5f", b.min_lat, b.max_lat, b.min_lon, b.max_lon);
}

/*
 * All tables of the kind.  Returns an exit status.  Without an area nearly all
 * rows are wanted, and the primary key's order costs nothing; with one the
 * server may use its index of positions and sorts the few rows it finds.
 */
static int
dump_tables(const struct export *e, struct store_snapshot *look,
    struct dump *d, const struct export_area *area)
{
	const char *head = station_csv_header(d->kind->kind);
	struct store_scan scan[STORE_ROW_TABLES];
	char where[256];
	size_t n = 0;
	int table;

	if (area != NULL)
		format_area(where, area);
	for (table = d->kind->from; table < d->kind->to; table++)
		if (table != STORE_ROW_CELL_NR || e->nr)
			scan[n++] = (struct store_scan){ table, NULL,
			    area != NULL ? where : NULL, area == NULL };
	assert(n > 0);
	export_out_put(&d->out, head, strlen(head));
	return export_scan(e, look, scan, n, on_dumped_station, d);
}

/* A wrong word ends the program with a list of the right ones. */
static const struct dumped *
dumped_of(const char *what)
{
	return IO_CLI_FIND(what, kinds);
}

void
export_dump_check(const char *what)
{
	dumped_of(what);
}

/*
 * Dumps may be the last copy of something, so that none is written over:
 * whoever means to remove the old one first.  The name is looked at before the
 * database is, as a dump takes long and should not fail at its end.
 */
int
export_dump(struct export *e, const char *what,
    const struct export_area *area)
{
	struct dump d = { .kind = dumped_of(what) };
	struct store_snapshot *look;
	int end, status;

	if (e->path != NULL && access(e->path, F_OK) == 0) {
		warnx("%s: exists already", e->path);
		return 1;
	}
	if ((look = export_look(e, &status)) == NULL)
		return status;
	status = e->path == NULL ? export_out_stdout(&d.out) :
	    export_out_file(&d.out, e->path, 1, MODE);
	if (status == EX_OK) {
		status = dump_tables(e, look, &d, area);
		end = export_out_end(&d.out, status == EX_OK);
		if (status == EX_OK)
			status = end;
		export_out_done(&d.out);
	}
	store_snapshot_end(look);
	return status;
}
