/* SPDX-License-Identifier: ISC */
/* Report lines as the body of a geosubmit request. */
#ifndef OBS_ITEMS_H
#define OBS_ITEMS_H

#include <stddef.h>

struct base_buf;

/*
 * Append LEN bytes of LINES, of one report each, to B, which is empty or has
 * only such reports.  Unless WHOLE, a position of null is left out: Ichnaea
 * refuses it.
 */
void	obs_items_add(struct base_buf *b, const char *lines, size_t len,
	    int whole);

/* That was all: B is the body. */
void	obs_items_end(struct base_buf *b);

#endif
