/* SPDX-License-Identifier: ISC */
/*
 * An object of a directory is written as ".NAME", or with a random end behind
 * that, and renamed.  Its writer holds a lock on it (io/outfile.h), so that a
 * file without one is nobody's.  A bucket has no such thing: what is not stored
 * whole is not there.
 */
#include <sys/file.h>

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/sha256.h"
#include "dump/manifest.h"
#include "dump/tidy.h"
#include "object/store.h"

#define HEX		"0123456789abcdef"

/* Is NAME one that a chunk or a manifest has before it is whole? */
static int
is_unfinished_name(const char *name)
{
	const char *dot;

	if (*name++ != '.')
		return 0;
	if (strlen(name) >= DUMP_MANIFEST_ID_LEN + 4 &&
	    dump_manifest_is_id(name, DUMP_MANIFEST_ID_LEN - 1) &&
	    strncmp(name + DUMP_MANIFEST_ID_LEN - 1, ".json", 5) == 0)
		return 1;
	dot = name + strspn(name, HEX);
	return dot - name == BASE_SHA256_HEX - 1 &&
	    (strncmp(dot, ".zst", 4) == 0 || strncmp(dot, ".age", 4) == 0);
}

/*
 * Remove NAME in DIR, unless somebody writes to it.
 *
 * When the lock can be had, the file's writer is gone, or has renamed it in the
 * meantime, and then there is no such name to be removed.  O_NONBLOCK is for a
 * pipe that has such a name.
 */
static void
remove_left(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK);

	if (fd == -1)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(dir, name, 0);
	close(fd);
}

/*
 * Folders of chunks have two levels; nothing else is entered.
 *
 * Links to directories elsewhere are not told apart from directories here; what
 * is removed below them still has to have a name of ours and no writer.
 */
static int
is_folder(const char *name, int depth)
{
	if (depth == 0)
		return strcmp(name, "chunks") == 0 ||
		    strncmp(name, "sealed-", 7) == 0;
	return depth == 1 && strlen(name) == 2 && strspn(name, HEX) == 2;
}

/*
 * Nothing is reported: a file that stays costs room and no more, and the next
 * run tries again.
 */
static void
tidy_dir(const char *path, int depth)
{
	char below[PATH_MAX];
	struct dirent *e;
	DIR *d;

	assert(depth <= 2);	/* is_folder() lets no deeper one in */
	if ((d = opendir(path)) == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (is_unfinished_name(e->d_name))
			remove_left(dirfd(d), e->d_name);
		else if (is_folder(e->d_name, depth) && snprintf(below,
		    sizeof(below), "%s/%s", path, e->d_name) <
		    (int)sizeof(below))
			tidy_dir(below, depth + 1);
	}
	closedir(d);
}

/*
 * A bucket drops what was not completed by its rule for uploads, which `loc-
 * backup lifecycle' sets.
 */
void
dump_tidy_run(struct object_store *s)
{
	const char *path = object_store_dir(s);

	if (path != NULL)
		tidy_dir(path, 0);
}
