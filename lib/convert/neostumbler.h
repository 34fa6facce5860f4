/* SPDX-License-Identifier: ISC */
/* NeoStumbler's export: three tables, which begin alike. */
#ifndef CONVERT_NEOSTUMBLER_H
#define CONVERT_NEOSTUMBLER_H

#include <stddef.h>
#include <stdint.h>

struct convert_obs;
struct convert_rows_format;

extern const struct convert_rows_format convert_neostumbler_format;

/*
 * Take what the phone does not know out of O, and set its radio from the LEN
 * bytes of WORD if it is a cell.  Returns 1, or 0 if the word is none that
 * can be used.
 */
int	convert_neostumbler_clean(struct convert_obs *o, const char *word,
	    size_t len);

/*
 * The time at the beginning of LEN bytes of a line, by which the tables are
 * sorted; 0 if it is a header or the like.
 */
int64_t	convert_neostumbler_time(const char *line, size_t len);

#endif
