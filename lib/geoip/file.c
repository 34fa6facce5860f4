/* SPDX-License-Identifier: ISC */
/*
 * Administrators replace a GeoIP file in any way there is: by rename, by
 * copying over it, by a download that breaks off.  A map of a file that is
 * written to shows a mixture of both, and one that is cut ends the process
 * with SIGBUS.  So long-lived programs take a copy, and look at the file's
 * identity before and after to see that it is one of a single state; those
 * that live for a moment map it, see io/mapped.h.
 */
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "geoip/file.h"

static void
set_id(struct geoip_file_id *id, const struct stat *st)
{
	memset(id, 0, sizeof(*id));
	id->dev = st->st_dev;
	id->ino = st->st_ino;
	id->size = st->st_size;
	id->mtime = st->st_mtim;
	id->ctime = st->st_ctim;
}

int
geoip_file_look(struct geoip_file_id *id, const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return -1;
	set_id(id, &st);
	return 0;
}

int
geoip_file_look_fd(struct geoip_file_id *id, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	set_id(id, &st);
	return 0;
}

/* To the nanosecond; file systems are coarser, see has_settled() of db.c. */
static int
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* A new name for a file changes its ctime only, but so does a new owner. */
int
geoip_file_same(const struct geoip_file_id *a, const struct geoip_file_id *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    same_time(&a->mtime, &b->mtime) && same_time(&a->ctime, &b->ctime);
}

/*
 * Copy all of FROM, which BEFORE describes.  Returns 1, 0 if it was written
 * to meanwhile, or -1 with errno set.
 */
static int
copy_content(int to, int from, const struct geoip_file_id *before)
{
	off_t left = before->size;
	struct geoip_file_id after;
	ssize_t n = 0;

	for (; left > 0; left -= n)
		if ((n = sendfile(to, from, NULL, (size_t)left)) <= 0)
			return (int)n;
	if (geoip_file_look_fd(&after, from) == -1)
		return -1;
	return geoip_file_same(before, &after);
}

int
geoip_file_copy(const char *path)
{
	struct geoip_file_id before;
	int from, rc = -1, to = -1;

	if ((from = open(path, O_RDONLY | O_CLOEXEC)) == -1 ||
	    geoip_file_look_fd(&before, from) == -1 ||
	    (to = memfd_create("geoip", MFD_CLOEXEC)) == -1 ||
	    (rc = copy_content(to, from, &before)) == -1)
		warn("%s", path);
	if (rc == 0)
		warnx("%s: it was written to while it was read", path);
	if (from != -1)
		close(from);
	if (rc == 1)
		return to;
	if (to != -1)
		close(to);
	return -1;
}
