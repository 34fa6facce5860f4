/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/outfile.h"

/* What is in the directory of PATH, LEN bytes of it, is to stay there. */
static int
sync_dir(const char *path, size_t len)
{
	char dir[PATH_MAX];
	int fd, rc = -1;

	snprintf(dir, sizeof(dir), "%.*s", len == 0 ? 1 : (int)len,
	    len == 0 ? "/" : path);
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

/* Where the last part of the first LEN bytes of PATH ends its directory. */
static size_t
dir_len(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] != '/')
		len--;
	while (len > 0 && path[len - 1] == '/')
		len--;
	return len;
}

/*
 * Make the directory that the first LEN bytes of PATH name.  An existing one
 * is left as it is, with its mode and owner.
 */
static int
make_dir(const char *path, size_t len)
{
	char dir[PATH_MAX];
	size_t parent = dir_len(path, len);

	if (len == 0)
		return 0;
	snprintf(dir, sizeof(dir), "%.*s", (int)len, path);
	if (mkdir(dir, 0750) == 0)
		return sync_dir(path, parent);
	if (errno == EEXIST)
		return 0;
	if (errno != ENOENT || make_dir(path, parent) == -1)
		return -1;
	return mkdir(dir, 0750) == -1 && errno != EEXIST ? -1 :
	    sync_dir(path, parent);
}

/*
 * All LEN bytes, and to the disk.  Some file systems tell only by fsync() that
 * the disk is full.
 */
static int
write_and_sync(int fd, const char *p, size_t len)
{
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n)
		if ((n = write(fd, p, len)) == -1) {
			if (errno != EINTR)
				return -1;
			n = 0;
		}
	return fsync(fd);
}

/*
 * The data goes to a file beside PATH, whose name begins with a dot, and is on
 * disk before that is renamed.  So PATH is the old file or the new one, whole,
 * whatever stops us at whatever moment; what a crash leaves is the file with
 * the dot, which the next writer of PATH overwrites.  The directories are
 * synced as well, or the new names might be gone with the power.
 */
int
io_outfile_write(const char *path, const void *data, size_t len)
{
	size_t dir = dir_len(path, strlen(path));
	char tmp[PATH_MAX];
	int fd = -1, rc = -1;

	if (snprintf(tmp, sizeof(tmp), "%.*s/.%s", (int)dir, path,
	    strrchr(path, '/') + 1) >= (int)sizeof(tmp)) {
		errno = ENAMETOOLONG;
		goto out;
	}
	if (make_dir(path, dir) == -1 || (fd = open(tmp, O_CREAT | O_TRUNC |
	    O_WRONLY | O_CLOEXEC, 0640)) == -1)
		goto out;
	if (write_and_sync(fd, data, len) == 0 && rename(tmp, path) == 0 &&
	    sync_dir(path, dir) == 0)
		rc = 0;
out:
	if (rc == -1)
		warn("%s", path);
	if (fd != -1) {
		close(fd);
		if (rc == -1)
			unlink(tmp);
	}
	return rc;
}
