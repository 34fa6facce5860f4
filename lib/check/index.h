/* SPDX-License-Identifier: ISC */
/* Whether a file could be used as an index. */
#ifndef CHECK_INDEX_H
#define CHECK_INDEX_H

/*
 * Could PATH be used as an index, which has WHOLE records if these are needed?
 * Returns EX_OK, or 66 or 78 after a warning.
 */
int	check_index(const char *path, int whole);

#endif
