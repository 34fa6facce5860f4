/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/scratch.h"

const char *
io_scratch_dir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir == NULL || *dir == '\0' ? "/var/tmp" : dir;
}

/*
 * Where O_TMPFILE is not known, on some network file systems, the file has a
 * name for a moment.
 */
int
io_scratch_open(const char *dir)
{
	char path[PATH_MAX];
	int fd;

	if (dir == NULL)
		dir = io_scratch_dir();
	fd = open(dir, O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0600);
	if (fd != -1)
		return fd;
	if (snprintf(path, sizeof(path), "%s/loc.XXXXXX", dir) >=
	    (int)sizeof(path))
		errno = ENAMETOOLONG;
	else if ((fd = mkostemp(path, O_APPEND | O_CLOEXEC)) != -1)
		unlink(path);
	if (fd == -1)
		warn("temporary file in %s", dir);
	return fd;
}

/* A disk that is full takes a part of a write and fails at the next. */
int
io_scratch_add(int fd, const char *dir, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n)
		if ((n = write(fd, p, len)) == -1) {
			if (errno != EINTR) {
				warn("temporary file in %s", dir != NULL ? dir :
				    io_scratch_dir());
				return -1;
			}
			n = 0;
		}
	return 0;
}
