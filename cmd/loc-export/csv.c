/* SPDX-License-Identifier: ISC */
/*
 * Cells as CSV, byte for byte as Ichnaea and OpenCellID publish them.  What a
 * line looks like is said in station/csv.c, which dumps use, too; here is only
 * how lines get into an export, so that this format has no state of its own.
 */
#include <string.h>

#include "export.h"

static int
head_csv(void **state, struct export_out *o)
{
	const char *head = station_csv_header(STATION_CSV_PUBLIC);

	*state = NULL;
	export_out_put(o, head, strlen(head));
	return 0;
}

/*
 * The line is made where it is going to be, in the buffer of the output: nearly
 * all exports are CSV, and a copy of each of millions of lines would be felt.
 */
static int
row_csv(void *state, struct export_out *o, const struct station_row *r)
{
	(void)state;
	export_out_took(o, station_csv_line(export_out_room(o),
	    STATION_CSV_PUBLIC, r));
	return 0;
}

/*
 * A file of CSV ends with its last line.  One that was cut off at the end of a
 * line looks whole, which is why files appear only when they are.
 */
static int
tail_csv(void *state, struct export_out *o)
{
	(void)state;
	(void)o;
	return 0;
}

static void
done_csv(void *state)
{
	(void)state;
}

const struct export_format export_csv = { "csv", head_csv, row_csv, tail_csv,
	done_csv };
