/* SPDX-License-Identifier: ISC */
/* Positions as people write them down: numbers parted by commas or blanks. */
#ifndef GEO_FIELDS_H
#define GEO_FIELDS_H

#include <stddef.h>

/*
 * The numbers of LEN bytes of TEXT, at most MAX, into V.  Commas, blanks and
 * tabs part them, in any row.  Returns how many there are, or -1 if something
 * is no number, or one too many.
 */
int	geo_fields_parse(const char *text, size_t len, double *v, int max);

#endif
