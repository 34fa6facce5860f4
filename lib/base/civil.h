/* SPDX-License-Identifier: ISC */
/*
 * Calendar arithmetic in UTC.  A day is a count of days since 1970-01-01, a
 * second or millisecond counts from 1970-01-01T00:00:00Z; leap seconds do
 * not exist.  Formulas: H. Hinnant, "chrono-compatible low-level date
 * algorithms".
 */
#ifndef BASE_CIVIL_H
#define BASE_CIVIL_H

#include <stddef.h>
#include <stdint.h>

#define BASE_CIVIL_DAY_S	86400

struct base_civil {
	int	year, month, day;	/* month and day from 1 */
	int	hour, minute, second;
};

int64_t	base_civil_days(int year, int month, int day);
void	base_civil_split(struct base_civil *c, int64_t s);

/*
 * Whole days of S, rounding towards the past: division rounds towards zero, so
 * a rest below it is one day more.
 */
static inline int64_t
base_civil_day_of(int64_t s)
{
	return s / BASE_CIVIL_DAY_S - (s % BASE_CIVIL_DAY_S < 0);
}

/* "YYYY-MM-DD" and "YYYY-MM-DD HH:MM:SS" (SEP between) with their NUL. */
#define BASE_CIVIL_DATE_LEN	11
#define BASE_CIVIL_TIME_LEN	20
void	base_civil_format_date(char out[BASE_CIVIL_DATE_LEN], int64_t day);
void	base_civil_format_time(char out[BASE_CIVIL_TIME_LEN], int64_t s,
	    char sep);

/*
 * Read "YYYY-MM-DD", optionally followed by one blank or 'T' and
 * "HH:MM:SS", as databases write it.  Returns 1 and sets *S, or 0.
 */
int	base_civil_parse(const char *text, size_t len, int64_t *s);

/*
 * The same of what somebody has typed: behind it nothing may stand but a Z, as
 * any other zone would not be heeded.
 */
int	base_civil_parse_all(const char *text, int64_t *s);

/* The same of an end: a day without a time is meant to its own. */
int	base_civil_parse_end(const char *text, int64_t *s);

#endif
