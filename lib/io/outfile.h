/* SPDX-License-Identifier: ISC */
/* Files that appear whole or not at all. */
#ifndef IO_OUTFILE_H
#define IO_OUTFILE_H

#include <stddef.h>

/*
 * Write LEN bytes of DATA to PATH, an absolute one; missing directories are
 * made.  Its group may read it and nobody else, as it may hold reports.  After
 * 0 all of it is on the disk; -1 after a warning leaves what was there.  Until
 * it is whole its name begins with a dot; a crash may leave that.
 */
int	io_outfile_write(const char *path, const void *data, size_t len);

#endif
