/* SPDX-License-Identifier: ISC */
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

static int
row_csv(void *state, struct export_out *o, const struct station_row *r)
{
	(void)state;
	export_out_took(o, station_csv_line(export_out_room(o),
	    STATION_CSV_PUBLIC, r));
	return 0;
}

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
