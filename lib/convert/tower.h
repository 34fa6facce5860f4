/* SPDX-License-Identifier: ISC */
/* Tower Collector's exports, which hold cells. */
#ifndef CONVERT_TOWER_H
#define CONVERT_TOWER_H

#include <stddef.h>

struct convert_obs;
struct convert_rows_format;
struct convert_sink;

extern const struct convert_rows_format convert_tower_format;

/* The table that is uploaded to OpenCellID. */
extern const struct convert_rows_format convert_tower_ocid_format;

/*
 * Add the cells that the name of a point of a track or map tells, all but
 * their place and time, which O has: "(MCC 260, MNC 1, ...), (...)".  Returns
 * how many were found.
 */
size_t	convert_tower_text(struct convert_sink *s, struct convert_obs *o,
	    const char *text, size_t len);

#endif
