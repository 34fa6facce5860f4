/* SPDX-License-Identifier: ISC */
/*
 * The tables of text: formats whose file is a header of column names and a
 * row for every observation.  A format names the columns it knows and reads
 * one row; everything else is done here.
 */
#ifndef CONVERT_ROWS_H
#define CONVERT_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "convert/csv.h"

#define CONVERT_ROWS_COLUMNS	32	/* that a format may know */

struct convert_rows;
struct convert_sink;

struct convert_rows_format {
	char		 separator;
	int		 quotes;	/* fields may stand in them */
	/*
	 * The columns that are read, ended by NULL, the first of them being
	 * the first of the file, by which headers are recognized.  A column
	 * may have several names: "CurrentLatitude|Latitude".
	 */
	const char	*const *columns;
	uint32_t	 required;	/* bit N: without column N, no file */
	/* Another line than header and rows?  1 if it was one. */
	int		(*other)(struct convert_rows *r, const char *text,
			    size_t len);
	void		(*row)(struct convert_rows *r);
};

struct convert_rows {
	struct convert_sink	*sink;
	const struct convert_rows_format *format;
	int			 variant;	/* for the format */
	/* The row at hand: */
	struct convert_csv_field field[CONVERT_CSV_FIELDS];
	int			 n;
	/* The header: */
	int			 width;		/* columns; 0: none seen yet */
	int			 at[CONVERT_ROWS_COLUMNS];	/* -1: none */
	int			 refused;	/* it lacks a column */
	int			 headless;	/* there was a row before it */
	int			 shift;		/* of all fields from ... */
	int			 shift_from;	/* ... this one on */
	struct base_buf		 name;		/* if it stands in no field */
	/* The record whose quotation mark is open: */
	struct base_buf		 open;
	uint64_t		 open_line;
	unsigned		 open_lines;
	struct base_buf		 scratch;
	/* Of the format, from row to row: */
	uint64_t		 moment;
	double			 last_lat_deg, last_lon_deg;
	int64_t			 last_ms;
};

void	convert_rows_init(struct convert_rows *r, struct convert_sink *s,
	    const struct convert_rows_format *format);
void	convert_rows_done(struct convert_rows *r);

/*
 * The next line, without its end; IS_LAST if the file ended without one.
 * Returns 1, or 0 if there is no sense in reading on, which was told.
 */
int	convert_rows_line(struct convert_rows *r, const char *text, size_t len,
	    uint64_t number, int is_last);

/* There are no more. */
void	convert_rows_end(struct convert_rows *r);

/* The field of COLUMN, empty if there is none. */
struct convert_csv_field convert_rows_get(const struct convert_rows *r,
	    int column);

/*
 * The number in COLUMN; what the field does not tell leaves *V.  Returns 1,
 * or 0 if it is no number, which was told.
 */
int	convert_rows_i64(struct convert_rows *r, int column, int64_t *v);
int	convert_rows_f64(struct convert_rows *r, int column, double *v);

/* COLUMN is not what was EXPECTED.  Returns 0. */
int	convert_rows_bad(struct convert_rows *r, int column,
	    const char *expected);

#endif
