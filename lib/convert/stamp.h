/* SPDX-License-Identifier: ISC */
/* The times of day that recordings have, as text. */
#ifndef CONVERT_STAMP_H
#define CONVERT_STAMP_H

#include <stddef.h>
#include <stdint.h>

struct convert_sink;

/*
 * LEN bytes of TEXT as milliseconds since 1970 in UTC: "2026-03-14 09:26:53",
 * with a blank or 'T', perhaps with a fraction of a second and Z or an offset
 * behind.  Without these it is a local time of the zone of S or, if S is
 * NULL, UTC.  Returns 1, or 0 if it is none.
 */
int	convert_stamp_iso(const char *text, size_t len, struct convert_sink *s,
	    int64_t *ms);

/* The same for "Mon Oct 17 18:01:27 2022", as ctime(3) has it. */
int	convert_stamp_ctime(const char *text, size_t len,
	    struct convert_sink *s, int64_t *ms);

/* The same for "20221017180127". */
int	convert_stamp_digits(const char *text, size_t len,
	    struct convert_sink *s, int64_t *ms);

#endif
