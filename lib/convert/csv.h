/* SPDX-License-Identifier: ISC */
/* A record of separated values, taken apart. */
#ifndef CONVERT_CSV_H
#define CONVERT_CSV_H

#include <stddef.h>

struct base_buf;

#define CONVERT_CSV_FIELDS	128	/* of a record; more are no fields */

struct convert_csv_field {
	const char	*text;	/* not NUL-terminated */
	size_t		 len;
};

/*
 * Split LEN bytes of TEXT at SEPARATOR into FIELD, and return how many there
 * are, or -1 if there are too many, or -2 if a quotation mark is open.
 *
 * If QUOTES, a field may stand in quotation marks, with those in it doubled;
 * one within that is followed by something else than a separator stands for
 * itself, as some writers do not double them.  Fields point into TEXT or, if
 * a mark was left out, into SCRATCH, which is emptied first.
 */
int	convert_csv_split(struct convert_csv_field field[CONVERT_CSV_FIELDS],
	    const char *text, size_t len, char separator, int quotes,
	    struct base_buf *scratch);

/* F without the blanks around it. */
struct convert_csv_field convert_csv_trim(struct convert_csv_field f);

/* Is F the word WORD, in any case of letters? */
int	convert_csv_is(const struct convert_csv_field *f, const char *word);

/*
 * F as a number.  Returns 1, 0 if it is none, or -1 if it is empty or one of
 * the ways to say so ("null", "NaN" ...); *V is set for 1 only.
 */
int	convert_csv_i64(const struct convert_csv_field *f, long long *v);
int	convert_csv_f64(const struct convert_csv_field *f, double *v);

#endif
