/* SPDX-License-Identifier: ISC */
/*
 * Files for what is too large for memory, without a name: nobody else can open
 * them, and they are gone with the process, even if that is killed.
 */
#ifndef IO_SCRATCH_H
#define IO_SCRATCH_H

#include <stddef.h>

/*
 * The directory that TMPDIR names, or /var/tmp: that is on a disk, while /tmp
 * may be in memory.
 */
const char *io_scratch_dir(void);

/*
 * An empty file in DIR (NULL: io_scratch_dir()), to be read and written.
 * Returns its descriptor, or -1 after a warning.
 */
int	io_scratch_open(const char *dir);

/*
 * Write LEN bytes at the end of FD, which was opened in DIR.  Returns 0, or -1
 * after a warning.
 */
int	io_scratch_add(int fd, const char *dir, const void *data, size_t len);

#endif
