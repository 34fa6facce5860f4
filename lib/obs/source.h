/* SPDX-License-Identifier: ISC */
/* Where the position of a report comes from. */
#ifndef OBS_SOURCE_H
#define OBS_SOURCE_H

#include <stddef.h>

struct base_arena;

/*
 * The source in the position of a report line of LEN bytes, "gnss" if it
 * names none: a C string of *N bytes, in A if need be.  Returns NULL when
 * memory is short.
 */
const char *obs_source_get(const char *line, size_t len,
	    struct base_arena *a, size_t *n);

#endif
