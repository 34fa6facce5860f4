/* SPDX-License-Identifier: ISC */
/*
 * Rows of cell CSV as OpenCellID and the Mozilla Location Service export
 * them:
 *
 *	radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,
 *	created,updated,averageSignal
 *
 * and as people have them after other programs had them: a header may name
 * the columns otherwise and in another order, fields may be quoted (RFC
 * 4180) or have blanks around them, semicolons, tabs or bars may part them,
 * and whole numbers may be written as decimal ones.
 *
 * A file is read with a form, which says where its columns are.  Give each
 * line to radio_csv_parse() first; one that is no good row goes to
 * radio_csv_look(), which knows headers and lines that say nothing.
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

/* Columns of a header beyond this many are not looked at. */
#define RADIO_CSV_COLUMNS_MAX	256

struct radio_csv_form {
	char	 sep;		/* parts fields: ',', ';', TAB or '|' */
	int	 width;		/* fields that a row must have */
	int8_t	 column[RADIO_CSV_COLUMNS_MAX];	/* the field there, or -1 */
};

struct radio_csv_row {
	struct radio_cell cell;		/* checked; the PSC may be unknown */
	double		 lat, lon;	/* degrees */
	int64_t		 range_m;	/* at most RADIO_CSV_RANGE_MAX_M */
	int64_t		 samples;
	int64_t		 created, updated; /* s since 1970 */
};

enum radio_csv_verdict {
	RADIO_CSV_OK,
	RADIO_CSV_FIELDS,	/* fewer fields than a row must have */
	RADIO_CSV_OPEN,		/* a quotation mark is not closed */
	RADIO_CSV_QUOTED,	/* one is amiss; counted when it is open, too */
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

enum radio_csv_kind {
	RADIO_CSV_ROW,		/* good or bad */
	RADIO_CSV_NOTHING,	/* empty, a comment, or "sep=;" */
	RADIO_CSV_HEAD,		/* a header, which sets the form */
	RADIO_CSV_LACKING	/* a header without a column that is needed */
};

/* The form of files without a header: that of RADIO_CSV_HEADER. */
void	radio_csv_form_init(struct radio_csv_form *form);

/*
 * Read one line of LEN bytes.  MCC_VALID says whether an MCC is in use.
 * Fields beyond those that FORM names are ignored.
 */
enum radio_csv_verdict radio_csv_parse(const struct radio_csv_form *form,
	    struct radio_csv_row *row, const char *line, size_t len,
	    int (*mcc_valid)(int mcc));

/*
 * Are the quotation marks of a whole line in order: OK, OPEN or QUOTED?
 * Quoted fields may hold ends of lines, so a row may go on in the next one.
 */
enum radio_csv_verdict radio_csv_quotes(const struct radio_csv_form *form,
	    const char *line, size_t len);

/*
 * What is a line that is no good row?  A header sets FORM, and *REST to what
 * is glued to its end, LEN if nothing is: that begins a row.  Of one that
 * lacks a column *MISSING is the name of that.  A line "sep=;" sets what
 * parts fields.
 */
enum radio_csv_kind radio_csv_look(struct radio_csv_form *form,
	    const char *line, size_t len, size_t *rest, const char **missing);

/*
 * 1 if a line looks like a row, good or bad, of a file without a header: it
 * has 13 fields or more, of which the first names a radio and the next four
 * are numbers or empty.  FORM's separator is set to what parts them.
 */
int	radio_csv_guess(struct radio_csv_form *form, const char *line,
	    size_t len);

/*
 * Which field of a line is RADIO_CSV_NUMBER, by the name that it has in
 * RADIO_CSV_HEADER; *WHOLE is 1 if it has to be a whole number.
 */
const char *radio_csv_no_number(const struct radio_csv_form *form,
	    const char *line, size_t len, int *whole);

/* A word for a verdict, as counters are named: "radio", "area", ... */
const char *radio_csv_name(enum radio_csv_verdict v);

/* What was expected instead, for a message. */
const char *radio_csv_why(enum radio_csv_verdict v);

#endif
