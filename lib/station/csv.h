/* SPDX-License-Identifier: ISC */
/*
 * Rows of stations as lines of CSV: of cells as they are published (see
 * radio/csv.h, which reads them), and with all columns, as Ichnaea's dump tool
 * wrote them.
 */
#ifndef STATION_CSV_H
#define STATION_CSV_H

#include <stddef.h>

#include "station/row.h"

enum station_csv_kind {
	STATION_CSV_PUBLIC,	/* lines end with CRLF */
	STATION_CSV_CELL,	/* all columns; lines end with LF */
	STATION_CSV_MAC		/* the same of wifi and Bluetooth */
};

/* Room for any line. */
#define STATION_CSV_MAX	640

/* The header, with its end of line. */
const char *station_csv_header(enum station_csv_kind kind);

/*
 * Write R to OUT, with its end of line and no NUL.  Returns the length.  A
 * coordinate that is NULL, or none at all, leaves its field empty: rows without
 * position are not published.
 */
size_t	station_csv_line(char out[STATION_CSV_MAX],
	    enum station_csv_kind kind, const struct station_row *r);

/* "GSM", "UMTS", "LTE" or "NR": what published files call a radio. */
const char *station_csv_radio(int type);

#endif
