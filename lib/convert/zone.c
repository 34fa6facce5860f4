/* SPDX-License-Identifier: ISC */
/*
 * Zones by their names are those of the system, through mktime(3), because
 * only it has the history of each.  A fixed offset needs none of that, and
 * does not change the process.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/civil.h"
#include "convert/zone.h"

#define QUARTER_S	900	/* offsets change at such times only */
#define ZONES		"/usr/share/zoneinfo"

/* The value of N digits, or -1. */
static int
zone_digits(const char *p, int n)
{
	int v = 0;

	for (; n > 0; n--, p++) {
		if (*p < '0' || *p > '9')
			return -1;
		v = 10 * v + *p - '0';
	}
	return v;
}

/*
 * TEXT as +HH, +HHMM or +HH:MM in seconds.  Returns 1 or 0.  No zone has been
 * further from UTC than 14 hours in the years of any recording.
 */
static int
parse_zone_offset(const char *text, int64_t *s)
{
	int h, m = 0;

	if ((*text != '+' && *text != '-') ||
	    (h = zone_digits(text + 1, 2)) == -1)
		return 0;
	if (text[3] != '\0') {
		const char *minutes = text + 3 + (text[3] == ':');

		if ((m = zone_digits(minutes, 2)) == -1 ||
		    minutes[2] != '\0')
			return 0;
	}
	if (h > 14 || m > 59)
		return 0;
	*s = (h * 3600 + m * 60) * (*text == '-' ? -1 : 1);
	return 1;
}

/*
 * Is there such a zone?  glibc takes what it does not find for UTC, without a
 * word.
 */
static int
zone_exists(const char *name)
{
	const char *dir = getenv("TZDIR");
	char magic[4], path[PATH_MAX];
	int fd, ok;

	if (*name == '/' || *name == '\0' || strstr(name, "..") != NULL ||
	    (size_t)snprintf(path, sizeof(path), "%s/%s",
	    dir == NULL ? ZONES : dir, name) >= sizeof(path) ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return 0;
	ok = read(fd, magic, 4) == 4 && memcmp(magic, "TZif", 4) == 0;
	close(fd);
	return ok;
}

/* The zone of a name is set for the process: mktime() has no other way. */
const char *
convert_zone_init(struct convert_zone *z, const char *text)
{
	char tz[PATH_MAX + 1];

	memset(z, 0, sizeof(*z));
	if (strcmp(text, "UTC") == 0 || strcmp(text, "Z") == 0 ||
	    parse_zone_offset(text, &z->offset_s))
		return NULL;
	if (!zone_exists(text))
		return "expected UTC, an offset as +02:00, or a zone as "
		    "Europe/Oslo that " ZONES " has";
	snprintf(tz, sizeof(tz), ":%s", text);
	if (setenv("TZ", tz, 1) == -1)
		return "out of memory";
	tzset();
	z->named = 1;
	z->known = INT64_MIN;
	return NULL;
}

/*
 * mktime() costs a microsecond, and rows of one quarter of an hour, which
 * follow one another, share their offset.  The daylight of a time is left to
 * mktime(), as no recording says it.
 */
int64_t
convert_zone_utc(struct convert_zone *z, int64_t local_s)
{
	struct base_civil c;
	struct tm tm;
	time_t utc;

	if (!z->named)
		return local_s - z->offset_s;
	if (z->known != local_s / QUARTER_S) {
		base_civil_split(&c, local_s);
		memset(&tm, 0, sizeof(tm));
		tm.tm_year = c.year - 1900;
		tm.tm_mon = c.month - 1;
		tm.tm_mday = c.day;
		tm.tm_hour = c.hour;
		tm.tm_min = c.minute;
		tm.tm_sec = c.second;
		tm.tm_isdst = -1;
		utc = mktime(&tm);
		z->offset_s = local_s - (int64_t)utc;
		z->known = local_s / QUARTER_S;
	}
	return local_s - z->offset_s;
}
