/* SPDX-License-Identifier: ISC */
/*
 * Files that appear whole or not at all.
 *
 * Until it is whole a file has a name that begins with a dot, in the directory
 * where it is going to be.  A crash may leave that; the next writer of the same
 * file takes it over.  Two writers of the same file do not disturb each other:
 * the last one to end it wins.
 */
#ifndef IO_OUTFILE_H
#define IO_OUTFILE_H

#include <sys/types.h>

#include <limits.h>
#include <stddef.h>

struct io_outfile {
	int	fd;			/* the caller may write here, too */
	char	path[PATH_MAX];		/* the name that it gets */
	char	tmp[PATH_MAX];		/* the name that it has */
};

/*
 * Begin PATH, whose mode will be MODE, whatever the umask.  Missing
 * directories are made, which whoever may read the file may enter; those that
 * exist are left as they are.  Only a file gives way to a file: what is a
 * directory, a device or a pipe stays.  Returns 0, and the caller owes one
 * _end(), or -1 with errno set.
 */
int	io_outfile_begin(struct io_outfile *of, const char *path, mode_t mode);

/* The next LEN bytes.  Returns 0, or -1 with errno set. */
int	io_outfile_add(struct io_outfile *of, const void *data, size_t len);

/*
 * End OF.  If KEEP, its bytes, its name and its directory are on the disk when
 * this returns 0; -1 with errno set leaves what was there, but if only the last
 * step failed.  Without KEEP what was written is removed.
 */
int	io_outfile_end(struct io_outfile *of, int keep);

#endif
