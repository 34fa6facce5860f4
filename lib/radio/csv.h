/* SPDX-License-Identifier: ISC */
/*
 * Rows of cell CSV as OpenCellID and the Mozilla Location Service export
 * them:
 *
 *	radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,
 *	created,updated,averageSignal
 */
#ifndef RADIO_CSV_H
#define RADIO_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "radio/cell.h"

#define RADIO_CSV_HEADER	"radio,mcc,net,area,cell,unit,lon,lat," \
				"range,samples,changeable,created,updated," \
				"averageSignal"

/* A time that the file leaves empty. */
#define RADIO_CSV_NO_TIME	INT64_MIN

#define RADIO_CSV_RANGE_MAX_M	100000

struct radio_csv_row {
	struct radio_cell cell;		/* checked; the PSC may be unknown */
	double		 lat, lon;	/* degrees */
	int64_t		 range_m;	/* at most RADIO_CSV_RANGE_MAX_M */
	int64_t		 samples;
	int64_t		 created, updated; /* s since 1970 */
};

enum radio_csv_verdict {
	RADIO_CSV_OK,
	RADIO_CSV_HEAD,		/* the header line */
	RADIO_CSV_FIELDS,	/* fewer than 13 fields */
	RADIO_CSV_QUOTED,	/* holds a quotation mark */
	RADIO_CSV_RADIO,	/* a radio that is not stored: CDMA */
	RADIO_CSV_UNKNOWN,	/* no radio at all */
	RADIO_CSV_NUMBER,	/* a field that should be a number is none */
	RADIO_CSV_MCC,		/* out of range from here on */
	RADIO_CSV_NET,
	RADIO_CSV_AREA,
	RADIO_CSV_CELL,
	RADIO_CSV_POSITION,
	RADIO_CSV_RANGE,
	RADIO_CSV_SAMPLES,
	RADIO_CSV_TIME,
	RADIO_CSV_VERDICTS
};

/*
 * Read one line of LEN bytes.  MCC_VALID says whether an MCC is in use.
 * Fields beyond the 14th are ignored.
 */
enum radio_csv_verdict radio_csv_parse(struct radio_csv_row *row,
	    const char *line, size_t len, int (*mcc_valid)(int mcc));

/* A word for a verdict, as counters are named: "radio", "area", ... */
const char *radio_csv_name(enum radio_csv_verdict v);

/* What was expected instead, for a message. */
const char *radio_csv_why(enum radio_csv_verdict v);

/*
 * 1 if a line looks like a row of such a file at all, good or bad: 13
 * fields or more of which the first names a radio and the next four are
 * numbers or empty.
 */
int	radio_csv_plausible(const char *line, size_t len);

#endif
