/* SPDX-License-Identifier: ISC */
/*
 * ISO 8601 as clients write it: a date alone (to the year, month or day), or
 * with a time of day after 'T' or a blank; with dashes and colons or without;
 * fractions of seconds are dropped; the offset from UTC may be missing.
 */
#ifndef OBS_ISO_H
#define OBS_ISO_H

#include <stddef.h>
#include <stdint.h>

/* LEN bytes of TEXT as seconds since 1970 in UTC.  Returns 1, or 0. */
int	obs_iso_parse(const char *text, size_t len, int64_t *s);

#endif
