/* SPDX-License-Identifier: ISC */
/*
 * A scan of the directory costs a system call for each file in it, and there
 * may be thousands.  So it is scanned only when its time of change (st_mtim)
 * is another one than at the last scan.  That clock is coarse: a file that is
 * made just after a scan, within the same tick, does not change it.  So the
 * directory is scanned once more after it has been quiet for SETTLE_MS.
 *
 * Segments are kept sorted by name, and so by age.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "spool/dir.h"
#include "spool/segment.h"
#include "spool/writer.h"

#define STALE_S		3600		/* of a segment that never began */
#define SETTLE_MS	1000
#define TELL_MS		60000		/* between warnings of the same */

void
spool_dir_init(struct spool_dir *d, const char *path)
{
	memset(d, 0, sizeof(*d));
	d->path = path;
	d->fd = -1;
}

void
spool_dir_done(struct spool_dir *d)
{
	if (d->fd != -1)
		close(d->fd);
	free(d->seg);
	spool_dir_init(d, NULL);
}

int
spool_dir_is_segment(const char *name, size_t len)
{
	const size_t n = sizeof(SPOOL_WRITER_SUFFIX) - 1;

	return name[0] != '.' && len > n && len < SPOOL_SEGMENT_NAME &&
	    memcmp(name + len - n, SPOOL_WRITER_SUFFIX, n) == 0;
}

/*
 * Where the segment NAME is in the list, or where it belongs.  There may be
 * thousands, and each is looked for with every scan.
 */
static size_t
index_of_name(const struct spool_dir *d, const char *name)
{
	size_t hi = d->nseg, lo = 0, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(d->seg[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/*
 * Segments behind the new one move.  If a clock was set back the name of the
 * new one may be older than that of the one being read.  Then reading begins
 * with the first again, or the new one would wait until all others are read.
 */
int
spool_dir_add(struct spool_dir *d, const char *name, int64_t sent, int64_t done)
{
	size_t i = index_of_name(d, name);
	struct spool_segment *p;

	if (i < d->nseg && strcmp(d->seg[i].name, name) == 0)
		return 0;
	if (d->nseg == d->capseg) {
		p = reallocarray(d->seg, 2 * d->capseg + 64, sizeof(*p));
		if (p == NULL) {
			warn("%s", d->path);
			return -1;
		}
		d->seg = p;
		d->capseg = 2 * d->capseg + 64;
	}
	memmove(d->seg + i + 1, d->seg + i, (d->nseg - i) * sizeof(*p));
	spool_segment_begin(&d->seg[i], name, ++d->numbers, sent, done);
	d->nseg++;
	if (i <= d->at)
		d->at = 0;
	return 0;
}

/*
 * Segments that were left, and in which a writer went on, are read on.  One
 * that is shorter than what was read was cut by somebody, and a writer may
 * still go on in it, before where it was read to.  It is another segment then,
 * of which nothing is known, so that what was shipped of it cannot be mistaken
 * for what comes.
 */
static void
reopen_changed(struct spool_dir *d)
{
	char name[SPOOL_SEGMENT_NAME];
	struct spool_segment *s;
	struct stat st;

	for (s = d->seg; s < d->seg + d->nseg; s++) {
		if (s->state != SPOOL_SEGMENT_LEFT || fstatat(d->fd,
		    s->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		if (st.st_size > s->read)
			spool_segment_reopen(s);
		else if (st.st_size < s->read) {
			strlcpy(name, s->name, sizeof(name));
			spool_segment_begin(s, name, ++d->numbers, 0, 0);
		}
	}
}

/* Remove NAME if it was begun by a writer that was killed long ago. */
static void
remove_unborn(struct spool_dir *d, const char *name)
{
	static const char end[] = SPOOL_WRITER_SUFFIX SPOOL_WRITER_NEW;
	size_t len = strlen(name), n = sizeof(end) - 1;
	struct stat st;

	if (name[0] == '.' && len > n && strcmp(name + len - n, end) == 0 &&
	    fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    base_clock_now_s() - st.st_mtime > STALE_S)
		unlinkat(d->fd, name, 0);
}

/*
 * The directory NAME within the spool, for reading; NULL with errno set.  It is
 * opened anew each time, since a descriptor has one place in its list and the
 * spool's own is shared.
 */
static DIR *
open_list(const struct spool_dir *d, const char *name)
{
	DIR *list;
	int fd;

	if ((fd = openat(d->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC)) == -1)
		return NULL;
	if ((list = fdopendir(fd)) == NULL)
		close(fd);
	return list;
}

/* 1 if the spool may have other files in it than when it was scanned. */
static int
has_spool_changed(struct spool_dir *d)
{
	struct stat st;

	if (fstat(d->fd, &st) == -1)
		return 1;
	if (st.st_mtim.tv_sec != d->time.tv_sec ||
	    st.st_mtim.tv_nsec != d->time.tv_nsec) {
		d->time = st.st_mtim;
		d->time_ms = d->scanned_ms;
		d->settled = 0;
	}
	if (d->settled)
		return 0;
	/* Its clock is coarse: a second change may look like one. */
	d->settled = d->scanned_ms - d->time_ms > SETTLE_MS;
	return 1;
}

/*
 * After a failure some segments may not have been seen.  So the next call scans
 * again even if the directory has not changed: `settled' is reset.
 */
int
spool_dir_scan(struct spool_dir *d)
{
	struct dirent *e;
	int rc = 0;
	DIR *list;

	d->scanned_ms = base_clock_mono_ms();
	reopen_changed(d);
	if (!has_spool_changed(d))
		return 0;
	if ((list = open_list(d, ".")) == NULL) {
		d->settled = 0;
		if (d->blind_ms == 0 || d->scanned_ms - d->blind_ms >=
		    TELL_MS) {
			warn("%s", d->path);
			d->blind_ms = d->scanned_ms;
		}
		return -1;
	}
	d->blind_ms = 0;
	while (rc == 0 && (e = readdir(list)) != NULL)
		if (spool_dir_is_segment(e->d_name, strlen(e->d_name)))
			rc = spool_dir_add(d, e->d_name, 0, 0);
		else if (d->is_mine)
			remove_unborn(d, e->d_name);
	closedir(list);
	if (rc == -1)
		d->settled = 0;
	return rc;
}

/*
 * A segment is named by its number, as its index in the list changes when
 * others are added or deleted.
 */
struct spool_segment *
spool_dir_find(const struct spool_dir *d, uint64_t number)
{
	size_t i;

	for (i = 0; i < d->nseg; i++)
		if (d->seg[i].number == number)
			return &d->seg[i];
	return NULL;
}

/*
 * Nothing else ever deletes these files: people may look at them, and need not
 * care for them.
 */
void
spool_dir_look_at_bad(const struct spool_dir *d, int64_t keep_s,
    int64_t *files, int64_t *bytes)
{
	int64_t now = base_clock_now_s();
	struct dirent *e;
	struct stat st;
	DIR *list;

	*files = *bytes = 0;
	if ((list = open_list(d, SPOOL_SEGMENT_BAD)) == NULL)
		return;
	while ((e = readdir(list)) != NULL) {
		if (fstatat(dirfd(list), e->d_name, &st,
		    AT_SYMLINK_NOFOLLOW) == -1 || !S_ISREG(st.st_mode))
			continue;
		if (now - st.st_mtime > keep_s &&
		    unlinkat(dirfd(list), e->d_name, 0) == 0)
			continue;
		++*files;
		*bytes += st.st_size;
	}
	closedir(list);
}

/*
 * The sizes are read each time, as writers append at any time.  A segment that
 * is gone counts as empty.
 */
int64_t
spool_dir_bytes(const struct spool_dir *d, int unread)
{
	int64_t from, sum = 0;
	struct stat st;
	size_t i;

	for (i = 0; i < d->nseg; i++) {
		from = unread ? d->seg[i].read : 0;
		if (fstatat(d->fd, d->seg[i].name, &st,
		    AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > from)
			sum += st.st_size - from;
	}
	return sum;
}
