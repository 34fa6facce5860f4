/* SPDX-License-Identifier: ISC */
/*
 * Times are read with the civil calendar of base/civil.h and not by
 * strptime(3), whose names depend on the locale, and which knows neither
 * fractions nor where a text ends.  All of a text has to be a time: half of
 * one would be a wrong one.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "convert/sink.h"
#include "convert/stamp.h"

#define ISO_LEN		19	/* up to the second */
#define CTIME_LEN	24

/* Seconds of a clock on the wall, in UTC. */
static int64_t
wall_ms(struct convert_sink *s, int64_t local_s)
{
	return 1000 * (s == NULL ? local_s : convert_sink_utc(s, local_s));
}

/* isdigit(3) asks the locale, and is undefined for a char below 0. */
static int
is_stamp_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * The three digits behind a point at *P; others are passed over, as UNIT is 0
 * by then.  ISO 8601 allows a comma, too.
 */
static int64_t
take_fraction(const char **p, const char *end)
{
	int64_t ms = 0, unit = 100;

	if (*p == end || (**p != '.' && **p != ','))
		return 0;
	for (++*p; *p < end && is_stamp_digit(**p); ++*p, unit /= 10)
		ms += (**p - '0') * unit;
	return ms;
}

/*
 * The offset at P, all up to END, in seconds: Z, +02, +0200 or +02:00.
 * Returns 1 or 0.
 */
static int
take_offset(const char *p, const char *end, int64_t *s)
{
	int sign = *p == '-' ? -1 : 1, v[4], n = 0;

	assert(p < end);
	if (end - p == 1 && (*p == 'Z' || *p == 'z')) {
		*s = 0;
		return 1;
	}
	if (*p != '+' && *p != '-')
		return 0;
	for (p++; p < end; p++)
		if (is_stamp_digit(*p) && n < 4)
			v[n++] = *p - '0';
		else if (*p != ':' || n != 2)
			return 0;
	if (n != 2 && n != 4)
		return 0;
	*s = sign * (3600 * (10 * v[0] + v[1]) +
	    (n == 4 ? 60 * (10 * v[2] + v[3]) : 0));
	return 1;
}

int
convert_stamp_iso(const char *text, size_t len, struct convert_sink *s,
    int64_t *ms)
{
	const char *end = text + len, *p = text + ISO_LEN;
	int64_t fraction, offset, sec;

	if (len < ISO_LEN || !base_civil_parse(text, ISO_LEN, &sec))
		return 0;
	fraction = take_fraction(&p, end);
	if (p == end)
		*ms = wall_ms(s, sec) + fraction;
	else if (take_offset(p, end, &offset))
		*ms = 1000 * (sec - offset) + fraction;
	else
		return 0;
	return 1;
}

/*
 * The names are those of the C locale.  The text is put together again as the
 * one form that the calendar reads, which then checks every digit.  The name of
 * the weekday is not looked at.
 */
int
convert_stamp_ctime(const char *text, size_t len, struct convert_sink *s,
    int64_t *ms)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char iso[ISO_LEN + 16], t[CTIME_LEN + 1];
	const char *month;
	int64_t sec;

	if (len != CTIME_LEN || memchr(text, '\0', len) != NULL)
		return 0;
	memcpy(t, text, len);
	t[len] = '\0';
	t[7] = '\0';
	month = strstr(months, t + 4);
	if (strlen(t + 4) != 3 || month == NULL || (month - months) % 3 != 0)
		return 0;
	if (t[8] == ' ')
		t[8] = '0';
	snprintf(iso, sizeof(iso), "%.4s-%02d-%.2s %.8s", t + 20,
	    (int)(month - months) / 3 + 1, t + 8, t + 11);
	if (strlen(iso) != ISO_LEN || !base_civil_parse(iso, ISO_LEN, &sec))
		return 0;
	*ms = wall_ms(s, sec);
	return 1;
}

/*
 * As above; a NUL within it would end what snprintf() copies, and make a
 * shorter text.
 */
int
convert_stamp_digits(const char *text, size_t len, struct convert_sink *s,
    int64_t *ms)
{
	char iso[ISO_LEN + 16];
	int64_t sec;

	if (len != 14 || memchr(text, '\0', len) != NULL)
		return 0;
	snprintf(iso, sizeof(iso), "%.4s-%.2s-%.2s %.2s:%.2s:%.2s", text,
	    text + 4, text + 6, text + 8, text + 10, text + 12);
	if (!base_civil_parse(iso, ISO_LEN, &sec))
		return 0;
	*ms = wall_ms(s, sec);
	return 1;
}
