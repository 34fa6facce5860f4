/* SPDX-License-Identifier: ISC */
/*
 * A reader of ISO 8601 by hand, because what clients send is neither one
 * format nor all of the standard.  It goes from left to right through date,
 * time of day and offset, each a function that takes what is its own and
 * leaves the rest.  A text is a time only if all of it was taken, so that no
 * part of a time is ignored.  What it accepts is what the library accepted
 * that Ichnaea used (the tests have the cases): one digit for a month after a
 * dash but two without one, no week dates, no days of the year.
 */
#include <assert.h>

#include "base/civil.h"
#include "obs/iso.h"

struct text {
	const char	*p, *end;
};

/* MIN to MAX digits, or -1. */
static int
take_figures(struct text *t, int min, int max)
{
	int n, v = 0;

	assert(min > 0 && min <= max && max <= 4);	/* it fits */
	for (n = 0; n < max && t->p < t->end && *t->p >= '0' &&
	    *t->p <= '9'; n++)
		v = v * 10 + *t->p++ - '0';
	return n < min ? -1 : v;
}

/* 1 if C came next, which is taken then. */
static int
take_char(struct text *t, char c)
{
	return t->p < t->end && *t->p == c ? t->p++, 1 : 0;
}

/* ASCII digits only, whatever the locale has. */
static int
at_digit(const struct text *t)
{
	return t->p < t->end && *t->p >= '0' && *t->p <= '9';
}

/* Month and day, what is missing being the first. */
static int
parse_date(struct text *t, int *month, int *day)
{
	if (take_char(t, '-'))
		*month = take_figures(t, 1, 2);
	else if (!at_digit(t))
		return 1;
	else if ((*month = take_figures(t, 2, 2)) == -1 || t->p == t->end)
		return 0;	/* YYYYMM could be YYMMDD */
	if (take_char(t, '-'))
		*day = take_figures(t, 1, 2);
	else if (at_digit(t))
		*day = take_figures(t, 2, 2);
	return *month != -1 && *day != -1;
}

/* "hh", "hh:mm" or "hh:mm:ss", in seconds. */
static int
parse_clock(struct text *t, int *s)
{
	int h, m = 0, sec = 0;

	if ((h = take_figures(t, 2, 2)) == -1 || h > 23)
		return 0;
	if (take_char(t, ':') || at_digit(t)) {
		if ((m = take_figures(t, 2, 2)) == -1 || m > 59)
			return 0;
		if (take_char(t, ':') || at_digit(t)) {
			if ((sec = take_figures(t, 1, 2)) == -1 || sec > 59)
				return 0;
			if (take_char(t, '.') || take_char(t, ',')) {
				if (!at_digit(t))
					return 0;
				while (at_digit(t))
					t->p++;
			}
		}
	}
	*s = h * 3600 + m * 60 + sec;
	return 1;
}

/* Nothing, "Z", "+hh", "+hhmm" or "+hh:mm", in seconds. */
static int
parse_iso_offset(struct text *t, int *s)
{
	int h, m = 0, sign = 1;

	if (t->p == t->end || take_char(t, 'Z'))
		return 1;
	if (take_char(t, '-'))
		sign = -1;
	else if (!take_char(t, '+'))
		return 0;
	if ((h = take_figures(t, 2, 2)) == -1 || h > 23)
		return 0;
	take_char(t, ':');
	if (at_digit(t) && ((m = take_figures(t, 2, 2)) == -1 || m > 59))
		return 0;
	*s = sign * (h * 3600 + m * 60);
	return 1;
}

/*
 * The forms are those that Python's library for ISO 8601 took for Ichnaea.
 * Days are checked against their month, as base_civil_days() takes any.
 */
int
obs_iso_parse(const char *text, size_t len, int64_t *s)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	struct text t = { text, text + len };
	int clock = 0, day = 1, month = 1, offset = 0, year, leap;

	/* There is no year 0; the calendar is Gregorian before 1582, too. */
	year = take_figures(&t, 4, 4);
	if (year < 1 || !parse_date(&t, &month, &day))
		return 0;
	leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	if (month < 1 || month > 12 || day < 1 ||
	    day > days[month - 1] + (month == 2 && leap))
		return 0;
	if ((take_char(&t, 'T') || take_char(&t, ' ')) &&
	    (!parse_clock(&t, &clock) || !parse_iso_offset(&t, &offset)))
		return 0;
	*s = base_civil_days(year, month, day) * BASE_CIVIL_DAY_S + clock -
	    offset;
	return t.p == t.end;
}
