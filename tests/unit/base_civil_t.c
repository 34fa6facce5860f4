/* SPDX-License-Identifier: ISC */
#include "base/civil.h"

#include <time.h>

#include "tap.h"

static const struct {
	int	year, month, day;
	int64_t	days;
} dates[] = {
	{ 1970, 1, 1, 0 }, { 1969, 12, 31, -1 }, { 1970, 3, 1, 59 },
	{ 2000, 2, 29, 11016 }, { 2000, 3, 1, 11017 },
	{ 1900, 3, 1, -25508 }, { 1900, 2, 28, -25509 },
	{ 2023, 6, 15, 19523 }, { 2100, 3, 1, 47541 },
	{ 9999, 12, 31, 2932896 }, { 1, 1, 1, -719162 },
	{ 0, 3, 1, -719468 }, { -1, 12, 31, -719529 }
};

static void
days(void)
{
	struct base_civil c;
	size_t i;

	for (i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		is_int(base_civil_days(dates[i].year, dates[i].month,
		    dates[i].day), dates[i].days, "days since 1970");
		base_civil_split(&c, dates[i].days * BASE_CIVIL_DAY_S +
		    86399);
		ok(c.year == dates[i].year && c.month == dates[i].month &&
		    c.day == dates[i].day && c.hour == 23 && c.minute == 59 &&
		    c.second == 59, "and back: %d-%d-%d", dates[i].year,
		    dates[i].month, dates[i].day);
	}
}

/* glibc is the judge of every seventh hour from 1902 to 2200. */
static void
as_glibc(void)
{
	const int64_t end = 7258118400;
	struct base_civil c;
	struct tm tm;
	int64_t s;
	time_t t;
	int wrong = 0;

	for (s = -2145916800; s < end; s += 7 * 3600 + 1) {
		t = (time_t)s;
		gmtime_r(&t, &tm);
		base_civil_split(&c, s);
		wrong += c.year != tm.tm_year + 1900 ||
		    c.month != tm.tm_mon + 1 || c.day != tm.tm_mday ||
		    c.hour != tm.tm_hour || c.minute != tm.tm_min ||
		    c.second != tm.tm_sec ||
		    base_civil_days(c.year, c.month, c.day) !=
		    base_civil_day_of(s);
	}
	is_int(wrong, 0, "as gmtime_r() has it, from 1902 to 2200");
}

static void
texts(void)
{
	static const struct {
		const char	*text;
		int64_t		 s;	/* -1: refused */
	} t[] = {
		{ "1970-01-01", 0 }, { "2023-06-15 12:00:00", 1686830400 },
		{ "2023-06-15T12:00:00", 1686830400 },
		{ "2023-06-15 12:00:00.25", 1686830400 },
		{ "2016-12-31 23:59:60", 1483228800 },
		{ "2023-06-15 ", -1 }, { "2023-06-15 12:00", -1 },
		{ "2023-06-15x12:00:00", -1 }, { "2023-13-15", -1 },
		{ "2023-00-15", -1 }, { "2023-06-32", -1 },
		{ "2024-02-29", 1709164800 }, { "2000-02-29", 951782400 },
		{ "2023-02-29", -1 }, { "1900-02-29", -1 },
		{ "2023-04-31", -1 }, { "2023-06-00", -1 }, { "0000-06-15", -1 },
		{ "2023/06/15", -1 }, { "2023-06-15 24:00:00", -1 },
		{ "2023-06-15 12:60:00", -1 }, { "", -1 }, { "2023-6-15", -1 }
	};
	char date[BASE_CIVIL_DATE_LEN], time[BASE_CIVIL_TIME_LEN];
	int64_t s;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		s = -1;
		ok(base_civil_parse(t[i].text, strlen(t[i].text), &s) ==
		    (t[i].s != -1) && s == t[i].s, "read \"%s\"", t[i].text);
	}
	ok(base_civil_parse_all("2023-06-15", &s) && s == 1686787200 &&
	    base_civil_parse_all("2023-06-15 12:00:00", &s) &&
	    s == 1686830400 && base_civil_parse_all("2023-06-15T12:00:00Z",
	    &s) && s == 1686830400, "read all of a day and of times in UTC");
	ok(!base_civil_parse_all("2023-06-15 12:00:00+02:00", &s) &&
	    !base_civil_parse_all("2023-06-15 12:00:00.5", &s) &&
	    !base_civil_parse_all("Z", &s) && !base_civil_parse_all("", &s),
	    "with another zone, a fraction, or nothing, it is none");
	ok(base_civil_parse_end("2023-06-15", &s) && s == 1686873600 &&
	    base_civil_parse_end("2023-06-15Z", &s) && s == 1686873600 &&
	    base_civil_parse_end("2023-06-15T12:00:00Z", &s) &&
	    s == 1686830400 && !base_civil_parse_end("2023-06-1", &s),
	    "as an end a day is meant to its own, and a time is one");
	base_civil_format_time(time, 1686830400, 'T');
	is_str(time, "2023-06-15T12:00:00", "write a time");
	base_civil_format_time(time, -1, ' ');
	is_str(time, "1969-12-31 23:59:59", "write a time before 1970");
	base_civil_format_date(date, 11016);
	is_str(date, "2000-02-29", "write a date");
	is_int(base_civil_day_of(-1), -1, "days round towards the past");
	is_int(base_civil_day_of(86400), 1, "days of a whole day");
}

int
main(void)
{
	days();
	as_glibc();
	texts();
	return tap_done();
}
