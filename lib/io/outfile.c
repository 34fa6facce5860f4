/* SPDX-License-Identifier: ISC */
/*
 * The bytes go to a file beside the one that is wanted, and are on the disk
 * before that is renamed; then the directory is synced, or the new name might
 * be gone with the power.  So there is the old file or the new one, whole,
 * whatever stops us at whatever moment.
 *
 * That file is ".NAME", and its writer has a lock on it, which ends with the
 * process.  Who finds the file without a lock knows that a crash left it, and
 * writes over it: so a program that is killed every night leaves one file and
 * not one for every night.  Who finds it locked takes a random name.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/outfile.h"

/* Names are cut, so that there is room for what is put around them. */
#define NAME_LEN	200
#define TRIES		4	/* for a directory that others remove */

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
 * The directory that the first LEN bytes of PATH name; none of them: the root,
 * or where we are.
 */
static void
format_dir(char dir[PATH_MAX], const char *path, size_t len)
{
	assert(len < PATH_MAX);
	if (len == 0)
		strlcpy(dir, *path == '/' ? "/" : ".", PATH_MAX);
	else
		snprintf(dir, PATH_MAX, "%.*s", (int)len, path);
}

/* What is in the directory of PATH, LEN bytes of it, is to stay there. */
static int
sync_dir(const char *path, size_t len)
{
	char dir[PATH_MAX];
	int fd, rc;

	format_dir(dir, path, len);
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

/*
 * Make the directory that the first LEN bytes of PATH name.  An existing one
 * is left as it is, with its mode and owner; others may make the same one
 * meanwhile.  Each that is made is synced into its parent, as otherwise a crash
 * could lose it with the files that were promised.
 */
static int
make_synced_dir(const char *path, size_t len, mode_t mode)
{
	char dir[PATH_MAX];
	size_t parent = dir_len(path, len);

	if (len == 0)
		return 0;
	format_dir(dir, path, len);
	if (mkdir(dir, mode) == 0)
		return sync_dir(path, parent);
	if (errno == EEXIST)
		return 0;
	if (errno != ENOENT || make_synced_dir(path, parent, mode) == -1)
		return -1;
	return mkdir(dir, mode) == -1 && errno != EEXIST ? -1 :
	    sync_dir(path, parent);
}

/*
 * Is FD, which is locked by us, still the file of the name TMP?  Its writer
 * may have renamed or removed it between our opening and our locking it.
 */
static int
is_tmp_there(int fd, const char *tmp)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && lstat(tmp, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/*
 * Open OF->tmp unless somebody else writes to it.  Returns a descriptor with a
 * lock, or -1: another name has to be taken.
 */
static int
open_tmp(const struct io_outfile *of)
{
	int fd;

	fd = open(of->tmp, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_tmp_there(fd, of->tmp) &&
	    ftruncate(fd, 0) == 0)
		return fd;
	close(fd);
	return -1;
}

/*
 * A random name is tried after any failure of the usual one; a disk that is
 * full, or a directory that is closed, fails there again and is told of then.
 */
static int
open_any(struct io_outfile *of, size_t dir)
{
	const char *name = strrchr(of->path, '/');
	int len = (int)dir + (of->path[dir] == '/');

	name = name == NULL ? of->path : name + 1;
	if (snprintf(of->tmp, sizeof(of->tmp), "%.*s.%.*s", len, of->path,
	    NAME_LEN, name) >= (int)sizeof(of->tmp) - 8) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if ((of->fd = open_tmp(of)) != -1)
		return 0;
	strlcat(of->tmp, ".XXXXXX", sizeof(of->tmp));
	of->fd = mkostemp(of->tmp, O_CLOEXEC);
	return of->fd == -1 ? -1 : 0;
}

/*
 * May a file take the place of what is at PATH?  A device or a pipe would be
 * lost to everybody by that, and /dev/stdout, a link into /proc, as well.  What
 * cannot be looked at is for whoever opens or renames to tell.
 */
static int
check_place(const char *path)
{
	static const char proc[] = "/proc/";
	char to[sizeof(proc) - 1];
	struct stat st;

	if (lstat(path, &st) == -1)
		return 0;
	if (S_ISLNK(st.st_mode)) {
		if (readlink(path, to, sizeof(to)) == (ssize_t)sizeof(to) &&
		    memcmp(to, proc, sizeof(to)) == 0)
			st.st_mode = S_IFIFO;
		else if (stat(path, &st) == -1)
			return 0;
	}
	if (S_ISREG(st.st_mode))
		return 0;
	errno = S_ISDIR(st.st_mode) ? EISDIR : ENOTSUP;
	return -1;
}

/* Whoever may read the file may enter the directories. */
static mode_t
dir_mode(mode_t mode)
{
	return mode | 0100 | (mode & 0444) >> 2;
}

/*
 * The file gets its mode before its name, so that it is never seen with
 * another one.  Somebody who removes empty directories may be faster than we
 * are with a file in a new one, a few times.
 */
int
io_outfile_begin(struct io_outfile *of, const char *path, mode_t mode)
{
	size_t dir = dir_len(path, strlen(path));
	int tries;

	of->fd = -1;
	if (strlcpy(of->path, path, sizeof(of->path)) >= sizeof(of->path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (check_place(path) == -1)
		return -1;
	for (tries = 0; of->fd == -1; tries++)
		if (make_synced_dir(path, dir, dir_mode(mode)) == -1 ||
		    (open_any(of, dir) == -1 && (errno != ENOENT ||
		    tries == TRIES)))
			return -1;
	if (fchmod(of->fd, mode) == 0)
		return 0;
	io_outfile_end(of, 0);
	return -1;
}

/* A write may be cut short by a signal, or by the last room on the disk. */
int
io_outfile_add(struct io_outfile *of, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	assert(of->fd != -1);
	for (; len > 0; p += n, len -= (size_t)n)
		if ((n = write(of->fd, p, len)) == -1) {
			if (errno != EINTR)
				return -1;
			n = 0;
		}
	return 0;
}

/*
 * Some file systems tell only by fsync() that the disk is full.  If the sync
 * of the directory fails, the file has its name already, and the caller is
 * told of a failure all the same: it may not rely on what a crash could undo.
 *
 * The lock is given up only when the name is gone: otherwise somebody could
 * take the file over that is just being renamed.
 */
int
io_outfile_end(struct io_outfile *of, int keep)
{
	int e, rc = 0;

	if (keep && (fsync(of->fd) == -1 ||
	    rename(of->tmp, of->path) == -1))
		rc = -1;
	e = errno;
	if (!keep || rc == -1)
		unlink(of->tmp);
	close(of->fd);
	of->fd = -1;
	errno = e;
	if (keep && rc == 0)
		rc = sync_dir(of->path, dir_len(of->path, strlen(of->path)));
	return rc;
}
