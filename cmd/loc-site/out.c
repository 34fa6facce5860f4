/* SPDX-License-Identifier: ISC */
/*
 * A directory that appears whole.
 *
 * All is written to ".NAME.new" beside it and is on the disk before the two
 * change their names in one step (renameat2, RENAME_EXCHANGE); then the old one
 * is removed.  Killed at whatever moment, there is the old directory or the new
 * one under the name, and the next run removes what is left beside it.  A lock
 * on ".NAME.lock" keeps two runs apart.
 *
 * Only a directory that we made is replaced: it has a file ".loc-site" in it.
 * Anything else that is not empty may be somebody's home.
 *
 * A file that is what it was keeps its time, so that browsers, and whoever
 * copies the site, see that it is the same.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "net/gzip.h"

#include "site.h"

#define MARK		".loc-site"
#define GZIP_LEAST	512	/* bytes: less is not worth a file */
#define GZIP_LEVEL	9

/* Remove DIR and all in it.  Returns 0, also if there is none, or -1. */
static int
remove_tree(const char *dir)
{
	char *const paths[] = { (char *)(uintptr_t)dir, NULL };
	FTS *f = fts_open(paths, FTS_PHYSICAL | FTS_NOSTAT | FTS_NOCHDIR,
	    NULL);
	int rc = 0;
	FTSENT *e;

	if (f == NULL)
		return -1;
	while ((e = fts_read(f)) != NULL) {
		if (e->fts_info == FTS_D)
			continue;
		if (e->fts_info == FTS_DP ? rmdir(e->fts_accpath) :
		    unlink(e->fts_accpath)) {
			if (errno != ENOENT)
				rc = -1;
		}
	}
	fts_close(f);
	return rc;
}

/* The name ".NAME.END" beside DIR.  Returns 0, or -1 if it is too long. */
static int
name_beside(char out[PATH_MAX], const char *dir, const char *end)
{
	char a[PATH_MAX], b[PATH_MAX];

	if (strlcpy(a, dir, sizeof(a)) >= sizeof(a))
		return -1;
	strlcpy(b, dir, sizeof(b));
	return snprintf(out, PATH_MAX, "%s/.%s.%s", dirname(a), basename(b),
	    end) >= PATH_MAX ? -1 : 0;
}

/* May DIR be replaced?  Returns an exit status, after a warning. */
static int
check_old(const char *dir)
{
	char path[PATH_MAX];
	struct stat st;

	if (lstat(dir, &st) == -1) {
		if (errno == ENOENT)
			return EX_OK;
		warn("%s", dir);
		return EX_CANTCREAT;
	}
	if (!S_ISDIR(st.st_mode)) {
		warnx("%s: expected a directory", dir);
		return EX_CANTCREAT;
	}
	if (snprintf(path, sizeof(path), "%s/" MARK, dir) < PATH_MAX &&
	    access(path, F_OK) == 0)
		return EX_OK;
	/* An empty one is made anew by others who own what is around it. */
	if (rmdir(dir) == 0)
		return EX_OK;
	warnx("%s: this is no site of loc-site; remove it, or name another "
	    "directory", dir);
	return EX_CANTCREAT;
}

int
site_out_begin(struct site_out *o, const char *dir)
{
	char lock[PATH_MAX];
	int rc;

	*o = (struct site_out){ .dir = dir, .lock = -1 };
	if (name_beside(lock, dir, "lock") == -1 ||
	    name_beside(o->tmp, dir, "new") == -1) {
		warnx("%s: the name is too long", dir);
		return EX_CANTCREAT;
	}
	o->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (o->lock == -1) {
		warn("%s", lock);
		return EX_CANTCREAT;
	}
	if (flock(o->lock, LOCK_EX | LOCK_NB) == -1) {
		warnx("%s: another loc-site writes it", dir);
		rc = EX_TEMPFAIL;
	} else if ((rc = check_old(dir)) == EX_OK &&
	    (remove_tree(o->tmp) == -1 || mkdir(o->tmp, 0755) == -1 ||
	    chmod(o->tmp, 0755) == -1)) {
		warn("%s", o->tmp);
		rc = EX_CANTCREAT;
	}
	if (rc != EX_OK)
		close(o->lock);
	return rc;
}

/* Make the directories on the way to PATH, which is below O->tmp. */
static int
make_parents(const struct site_out *o, char *path)
{
	char *p = path + strlen(o->tmp) + 1;

	for (; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		if (mkdir(path, 0755) == 0 ? chmod(path, 0755) == -1 :
		    errno != EEXIST)
			return -1;
		*p = '/';
	}
	return 0;
}

/* Is the file PATH, of the size in ST, just these LEN bytes? */
static int
is_same(const char *path, const void *data, size_t len, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), same = 0;
	char *old = NULL;

	if (fd == -1)
		return 0;
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode) &&
	    (size_t)st->st_size == len && (old = malloc(len + 1)) != NULL)
		same = read(fd, old, len) == (ssize_t)len &&
		    memcmp(old, data, len) == 0;
	free(old);
	close(fd);
	return same;
}

static int
write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	for (; len > 0; data += n, len -= (size_t)n)
		if ((n = write(fd, data, len)) == -1) {
			if (errno != EINTR)
				return -1;
			n = 0;
		}
	return 0;
}

/* One file, with the time TIMES, or now.  Returns 0, or -1 with errno set. */
static int
write_file(struct site_out *o, const char *name, const void *data, size_t len,
    const struct timespec times[2])
{
	char path[PATH_MAX];
	int e, fd, rc;

	if (snprintf(path, sizeof(path), "%s/%s", o->tmp, name) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (make_parents(o, path) == -1)
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd == -1)
		return -1;
	rc = write_all(fd, data, len) == -1 || fchmod(fd, 0644) == -1 ||
	    (times != NULL && futimens(fd, times) == -1) ? -1 : 0;
	e = errno;
	if (close(fd) == -1 && rc == 0)
		return -1;
	errno = e;
	return rc;
}

/* Is NAME of a kind that becomes smaller, and is worth it? */
static int
is_packed(const char *name, size_t len)
{
	const char *end = strrchr(name, '.');

	return len >= GZIP_LEAST && end != NULL && strcmp(end, ".png") != 0 &&
	    strcmp(end, ".ico") != 0;
}

int
site_out_put(struct site_out *o, const char *name, const void *data,
    size_t len)
{
	struct timespec times[2], *keep = NULL;
	char old[PATH_MAX], packed[PATH_MAX];
	struct base_buf gz;
	struct stat st;
	int rc;

	if (snprintf(old, sizeof(old), "%s/%s", o->dir, name) < PATH_MAX &&
	    is_same(old, data, len, &st)) {
		times[0] = times[1] = st.st_mtim;
		keep = times;
	}
	o->files++;
	o->changed += keep == NULL;
	o->bytes += (int64_t)len;
	rc = write_file(o, name, data, len, keep);
	base_buf_init(&gz);
	if (rc == 0 && is_packed(name, len)) {
		snprintf(packed, sizeof(packed), "%s.gz", name);
		errno = ENOMEM;
		rc = net_gzip(&gz, data, len, GZIP_LEVEL);
		if (rc == 0)
			rc = write_file(o, packed, gz.data, gz.len, keep);
	}
	base_buf_done(&gz);
	if (rc == -1)
		warn("%s/%s", o->tmp, name);
	return rc;
}

/* All that was written is on the disk, and then has its name. */
static int
publish(struct site_out *o)
{
	int fd = open(o->tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (fd == -1)
		return -1;
	rc = syncfs(fd);
	close(fd);
	if (rc == -1)
		return -1;
	if (rename(o->tmp, o->dir) == 0)
		return 0;	/* there was none */
	if (errno != ENOTEMPTY && errno != EEXIST)
		return -1;
	return renameat2(AT_FDCWD, o->tmp, AT_FDCWD, o->dir,
	    RENAME_EXCHANGE);
}

int
site_out_end(struct site_out *o, int keep)
{
	int rc = EX_OK;

	if (keep && (write_file(o, MARK, "", 0, NULL) == -1 ||
	    publish(o) == -1)) {
		warn("%s", o->dir);
		rc = EX_CANTCREAT;
	}
	if (remove_tree(o->tmp) == -1)
		warn("%s", o->tmp);
	close(o->lock);
	return rc;
}
