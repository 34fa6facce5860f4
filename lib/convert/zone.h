/* SPDX-License-Identifier: ISC */
/* Local times of files that do not say in which zone they were written. */
#ifndef CONVERT_ZONE_H
#define CONVERT_ZONE_H

#include <stdint.h>

struct convert_zone {
	int	named;		/* by the tz database, set in TZ */
	int64_t	offset_s;	/* else: so much is local time ahead of UTC */
	int64_t	known;		/* offset_s holds for this quarter of an hour */
};

/*
 * The zone TEXT: UTC, an offset as +02:00 or -0330, or a name of the tz
 * database as Europe/Oslo, which becomes that of the process.  Returns NULL,
 * or what was expected.
 */
const char *convert_zone_init(struct convert_zone *z, const char *text);

/*
 * LOCAL_S, seconds since 1970 as a clock on the wall there shows them, in UTC.
 * Of an hour that comes twice it is one of both.
 */
int64_t	convert_zone_utc(struct convert_zone *z, int64_t local_s);

#endif
