/* SPDX-License-Identifier: ISC */
/*
 * Own arithmetic instead of gmtime_r() and timegm(): these take the lock of
 * glibc's time zone in every thread, and every report needs several dates.
 *
 * The year is taken to begin in March, so that the leap day is its last day
 * and the lengths of the months before it follow one line; 400 years, an era,
 * have 146,097 days, whatever year they begin with.  Day 719,468 before
 * 1970-01-01 is 0000-03-01, the first day of era 0.
 */
#include <assert.h>
#include <string.h>

#include "base/civil.h"

/*
 * The year begins in March here, so January and February are of the year
 * before.
 */
int64_t
base_civil_days(int year, int month, int day)
{
	int64_t era, y = month <= 2 ? year - 1 : year;
	int64_t doe, doy, yoe;

	assert(month >= 1 && month <= 12);
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

/* The inverse of base_civil_days(), with the same eras. */
void
base_civil_split(struct base_civil *c, int64_t s)
{
	int64_t day = base_civil_day_of(s), z = day + 719468;
	int64_t era, doe, yoe, doy, mp, rest = s - day * BASE_CIVIL_DAY_S;

	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	c->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	c->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	c->year = (int)(yoe + era * 400 + (c->month <= 2));
	c->hour = (int)(rest / 3600);
	c->minute = (int)(rest / 60 % 60);
	c->second = (int)(rest % 60);
	assert(c->month >= 1 && c->month <= 12 && c->day >= 1 &&
	    c->day <= 31);
}

/* V as N digits, with zeros in front. */
static void
put_digits(char *p, int v, int n)
{
	while (n-- > 0) {
		p[n] = (char)('0' + v % 10);
		v /= 10;
	}
}

/* Years of four digits; Ichnaea's tables have no others. */
void
base_civil_format_time(char out[BASE_CIVIL_TIME_LEN], int64_t s, char sep)
{
	struct base_civil c;

	base_civil_split(&c, s);
	put_digits(out, c.year, 4);
	put_digits(out + 5, c.month, 2);
	put_digits(out + 8, c.day, 2);
	put_digits(out + 11, c.hour, 2);
	put_digits(out + 14, c.minute, 2);
	put_digits(out + 17, c.second, 2);
	out[4] = out[7] = '-';
	out[10] = sep;
	out[13] = out[16] = ':';
	out[19] = '\0';
}

void
base_civil_format_date(char out[BASE_CIVIL_DATE_LEN], int64_t day)
{
	char tmp[BASE_CIVIL_TIME_LEN];
	int i;

	base_civil_format_time(tmp, day * BASE_CIVIL_DAY_S, '\0');
	for (i = 0; i < BASE_CIVIL_DATE_LEN; i++)
		out[i] = tmp[i];
}

/* The value of two digits; *BAD becomes 1 if they are none. */
static inline int
two_digits(const char *p, int *bad)
{
	unsigned tens = (unsigned)p[0] - '0', ones = (unsigned)p[1] - '0';

	if (tens > 9 || ones > 9) {
		*bad = 1;
		return 0;
	}
	return (int)(tens * 10 + ones);
}

/* Has the year Y a month MO with a day D? */
static int
is_day(int y, int mo, int d)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
	    31 };
	int leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);

	return y >= 1 && mo >= 1 && mo <= 12 && d >= 1 &&
	    d <= days[mo - 1] + (mo == 2 && leap);
}

/* What follows the seconds, as fractions or a zone, is not looked at. */
int
base_civil_parse(const char *t, size_t len, int64_t *s)
{
	int bad = 0, d, h = 0, mi = 0, mo, se = 0, y;

	if (len < 10 || t[4] != '-' || t[7] != '-')
		return 0;
	y = two_digits(t, &bad) * 100 + two_digits(t + 2, &bad);
	mo = two_digits(t + 5, &bad);
	d = two_digits(t + 8, &bad);
	if (bad || !is_day(y, mo, d))
		return 0;
	if (len > 10) {
		if (len < 19 || (t[10] != ' ' && t[10] != 'T') ||
		    t[13] != ':' || t[16] != ':')
			return 0;
		h = two_digits(t + 11, &bad);
		mi = two_digits(t + 14, &bad);
		se = two_digits(t + 17, &bad);
		if (bad || h > 23 || mi > 59 || se > 60)
			return 0;
	}
	*s = base_civil_days(y, mo, d) * BASE_CIVIL_DAY_S + h * 3600 +
	    mi * 60 + se;
	return 1;
}

int
base_civil_parse_all(const char *text, int64_t *s)
{
	size_t len = strlen(text);

	if (len > 0 && text[len - 1] == 'Z')
		len--;
	return (len == BASE_CIVIL_DATE_LEN - 1 ||
	    len == BASE_CIVIL_TIME_LEN - 1) && base_civil_parse(text, len, s);
}

int
base_civil_parse_end(const char *text, int64_t *s)
{
	if (!base_civil_parse_all(text, s))
		return 0;
	if (strlen(text) < BASE_CIVIL_TIME_LEN - 1)
		*s += BASE_CIVIL_DAY_S;
	return 1;
}
