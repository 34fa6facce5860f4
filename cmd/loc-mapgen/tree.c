/* SPDX-License-Identifier: ISC */
/*
 * A directory of tiles, z/x/y.png.
 *
 * A tile is written under a name that begins with a dot and then renamed, so
 * that whoever reads meanwhile finds the old one or the new one.  Syncing
 * each of a hundred thousand small files would take longer than all the rest;
 * instead the whole file system is synced once, before the report is written
 * that says when the map was made.  Until then a crash of the machine may
 * leave tiles that are empty: they differ from what they should be, and the
 * next run with -u writes them again.
 *
 * Tiles come column by column (z/x), most of them many in a row, so each
 * thread keeps the directory of the column that it was in last.
 */
#include <sys/stat.h>

#include <assert.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/num.h"
#include "map/key.h"
#include "map/walk.h"

#include "mapgen.h"

#define DOUBLED		"@2x"
#define NAME_LEN	32

/*
 * Make DIR and what is above it.  Something else of that name counts as there,
 * too; opening it as a directory tells of that.  0, or -1 with errno set.
 */
static int
make_path(const char *dir)
{
	char *path, *p;
	int rc = 0;

	if ((path = strdup(dir)) == NULL)
		return -1;
	for (p = path + 1; rc == 0 && (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		if (mkdir(path, 0755) == -1 && errno != EEXIST)
			rc = -1;
		*p = '/';
	}
	if (rc == 0 && mkdir(path, 0755) == -1 && errno != EEXIST)
		rc = -1;
	free(path);
	return rc;
}

/*
 * NAME, LEN bytes of it, as a number below 2^BITS.  Only the way in which we
 * write numbers counts: "007" and "+7" are names of others, whose files are
 * left alone.  1 or 0.
 */
static int
get_tile_number(const char *name, size_t len, unsigned bits, uint32_t *v)
{
	int64_t n;

	if (len == 0 || name[0] < '0' || name[0] > '9' ||
	    (len > 1 && name[0] == '0') || !base_num_i64(name, len, &n) ||
	    n >> bits != 0)
		return 0;
	*v = (uint32_t)n;
	return 1;
}

/*
 * Only with -u are tiles removed that the new map does not have.  Without it,
 * what is left of another map would be seen as part of this one, so there must
 * be none.
 */
int
mapgen_tree_check(const struct mapgen *m)
{
	struct dirent *e;
	uint32_t z;
	DIR *d;
	int rc = EX_OK;

	if (make_path(m->dir) == -1 || (d = opendir(m->dir)) == NULL) {
		warn("%s", m->dir);
		return EX_CANTCREAT;
	}
	while (rc == EX_OK && !m->update && (e = readdir(d)) != NULL)
		if (get_tile_number(e->d_name, strlen(e->d_name), 5, &z)) {
			warnx("%s/%s: there are tiles already; -u brings "
			    "them up to date", m->dir, e->d_name);
			rc = EX_CANTCREAT;
		}
	closedir(d);
	return rc;
}

/*
 * Each thread has a descriptor and a column of its own, so that none waits for
 * another.
 */
int
mapgen_tree_open(struct mapgen_tree *t, const struct mapgen *m)
{
	*t = (struct mapgen_tree){ .column = -1 };
	t->dir = open(m->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->dir == -1)
		warn("%s", m->dir);
	return t->dir == -1 ? -1 : 0;
}

/* Also of one that never was opened, as long as its descriptors are -1. */
void
mapgen_tree_end(struct mapgen_tree *t)
{
	if (t->column != -1)
		close(t->column);
	if (t->dir != -1)
		close(t->dir);
	free(t->old);
}

/*
 * Be in the column of TILE, which is made if it is missing.  Most are there
 * already, or were entered for the tile before, so opening is tried first.
 * Another thread may make the same directory in between, which is as good.
 */
static int
enter_column(struct mapgen_tree *t, const struct map_walk_tile *tile)
{
	char name[NAME_LEN];

	if (t->column != -1 && t->z == tile->z && t->x == tile->x)
		return 0;
	if (t->column != -1)
		close(t->column);
	snprintf(name, sizeof(name), "%u/%u", tile->z, tile->x);
	t->column = openat(t->dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->column == -1 && errno == ENOENT) {
		*strchr(name, '/') = '\0';
		if (mkdirat(t->dir, name, 0755) == -1 && errno != EEXIST)
			return -1;
		name[strlen(name)] = '/';
		if (mkdirat(t->dir, name, 0755) == -1 && errno != EEXIST)
			return -1;
		t->column = openat(t->dir, name, O_RDONLY | O_DIRECTORY |
		    O_CLOEXEC);
	}
	t->z = tile->z;
	t->x = tile->x;
	return t->column == -1 ? -1 : 0;
}

/*
 * Does the file NAME hold just DATA?  1, 0, or -1: there is none.  One that
 * cannot be read, or a link, is another one, which is replaced.  So is one that
 * there is no memory to look at: writing a tile in vain does no harm.
 */
static int
has_same(struct mapgen_tree *t, const char *name, const void *data, size_t len)
{
	struct stat st;
	char *old;
	int fd, same = 0;

	fd = openat(t->column, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return errno == ENOENT ? -1 : 0;
	if (len > t->cap && (old = realloc(t->old, 2 * len)) != NULL) {
		t->old = old;
		t->cap = 2 * len;
	}
	if (len <= t->cap && fstat(fd, &st) == 0 && st.st_size ==
	    (off_t)len && read(fd, t->old, len) == (ssize_t)len)
		same = memcmp(t->old, data, len) == 0;
	close(fd);
	return same;
}

/*
 * All of DATA into a file TMP that becomes NAME.  TMP may be there, left by a
 * run that was killed, and is then written over; no other thread has the same
 * tile.  Nothing is synced here, see above.  0, or -1 with errno.
 */
static int
write_tile(const struct mapgen_tree *t, const char *tmp, const char *name,
    const char *data, size_t len)
{
	ssize_t n = 0;
	int fd, rc = 0;

	if ((fd = openat(t->column, tmp, O_WRONLY | O_CREAT | O_TRUNC |
	    O_CLOEXEC, MAPGEN_PUBLIC)) == -1)
		return -1;
	for (; rc == 0 && len > 0; data += n, len -= (size_t)n)
		if ((n = write(fd, data, len)) == -1)
			rc = -1;
	if (close(fd) == -1)
		rc = -1;
	if (rc == 0)
		rc = renameat(t->column, tmp, t->column, name);
	if (rc == -1)
		unlinkat(t->column, tmp, 0);
	return rc;
}

/*
 * A tile that is the same is not touched, so that its time stays and those who
 * copy the directory need not copy it again.  That is only looked at with -u;
 * else there is nothing to compare with.
 */
int
mapgen_tree_put(struct mapgen_tree *t, struct mapgen *m,
    const struct map_walk_tile *tile, int doubled, const void *data,
    size_t len)
{
	char tmp[NAME_LEN];
	const char *name = tmp + 1;
	int same = -1;

	snprintf(tmp, sizeof(tmp), ".%u%s.png", tile->y,
	    doubled ? DOUBLED : "");
	if (enter_column(t, tile) == -1)
		goto fail;
	assert(t->column != -1 && t->z == tile->z && t->x == tile->x);
	if (m->update)
		same = has_same(t, name, data, len);
	if (same != 1 && write_tile(t, tmp, name, data, len) == -1)
		goto fail;
	atomic_fetch_add(same == 1 ? &m->unchanged : same == 0 ? &m->changed :
	    &m->added, 1);
	return 0;
fail:
	warn("%s/%u/%u/%s", m->dir, tile->z, tile->x, name);
	return -1;
}

/*
 * Has the map tile Z, X, Y?  All keys of a tile stand together, so the first
 * one from its beginning on tells.
 */
static int
has_tile(const struct mapgen *m, unsigned z, uint32_t x, uint32_t y)
{
	uint64_t first = map_key_of_tile(z, x, y);
	size_t at;

	if (z > m->zoom)
		return 0;
	at = map_key_find(m->keys, 0, m->n, first);
	return at < m->n && m->keys[at] - first < MAP_KEY_TILE(z);
}

/*
 * Is NAME, in column Z, X, one of ours that should be there?  1, 0: it should
 * not, -1: it is none of ours, like an index.html that somebody has put there.
 * Names that begin with a dot are what a killed run was writing.
 */
static int
should_be(const struct mapgen *m, unsigned z, uint32_t x, const char *name)
{
	int hidden = name[0] == '.';
	const char *end = strstr(name, ".png");
	uint32_t y;
	size_t len;

	name += hidden;
	if (end <= name || strcmp(end, ".png") != 0)
		return -1;
	len = (size_t)(end - name);
	if (len > strlen(DOUBLED) &&
	    strncmp(end - strlen(DOUBLED), DOUBLED, strlen(DOUBLED)) == 0) {
		if (!get_tile_number(name, len - strlen(DOUBLED), z, &y))
			return -1;
		return !hidden && z == 0 && y == 0;
	}
	if (!get_tile_number(name, len, z, &y))
		return -1;
	return !hidden && has_tile(m, z, x, y);
}

/* Where the search for what should not be there is. */
struct sweep {
	struct mapgen	*m;
	unsigned	 z;
	uint32_t	 x;
};

static int sweep_column(struct sweep *s, int dir, const char *name);
static int sweep_zoom(struct sweep *s, int dir, const char *name);

/*
 * Call ENTRY for each entry of the directory NAME within DIR; it returns 0, or
 * -1 with errno set.  What is no directory is none of ours, and a link to one
 * is not followed: it could lead anywhere, and files are removed here.
 */
static int
sweep_dir(struct sweep *s, int dir, const char *name,
    int (*entry)(struct sweep *s, int dir, const char *name))
{
	struct dirent *e;
	DIR *d = NULL;
	int fd, rc = 0;

	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC |
	    O_NOFOLLOW);
	if (fd == -1 || (d = fdopendir(fd)) == NULL) {
		if (fd != -1)
			close(fd);
		return fd == -1 && (errno == ENOTDIR || errno == ELOOP) ? 0 :
		    -1;
	}
	while (rc == 0 && (e = readdir(d)) != NULL)
		rc = entry(s, dirfd(d), e->d_name);
	closedir(d);
	/* A directory that became empty is of no use; others stay. */
	if (rc == 0 && entry != sweep_zoom)
		unlinkat(dir, name, AT_REMOVEDIR);
	return rc;
}

/*
 * Remove what should not be there.  Leftovers of a killed run were no tiles, so
 * they do not count as deleted ones.
 */
static int
sweep_tile(struct sweep *s, int dir, const char *name)
{
	if (should_be(s->m, s->z, s->x, name) != 0)
		return 0;
	if (unlinkat(dir, name, 0) == -1)
		return -1;
	if (name[0] != '.')
		atomic_fetch_add(&s->m->deleted, 1);
	return 0;
}

/* A column is a directory whose name is an x of its zoom. */
static int
sweep_column(struct sweep *s, int dir, const char *name)
{
	if (!get_tile_number(name, strlen(name), s->z, &s->x))
		return 0;
	return sweep_dir(s, dir, name, sweep_tile);
}

/*
 * A zoom that we would never draw is not ours, whatever its name looks like;
 * one that was drawn before and now is beyond -z is swept to the last tile.
 */
static int
sweep_zoom(struct sweep *s, int dir, const char *name)
{
	uint32_t z;

	if (!get_tile_number(name, strlen(name), 5, &z) || z > MAP_KEY_ZOOM_MAX)
		return 0;
	s->z = z;
	return sweep_dir(s, dir, name, sweep_column);
}

/*
 * Only where something was written is there anything to sync, and the whole
 * file system at once is faster than its files one by one.  The caller writes
 * the report after that: a report on disk has all of its tiles there.
 */
int
mapgen_tree_finish(struct mapgen *m)
{
	struct sweep s = { .m = m };
	int fd, rc = -1;

	fd = open(m->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1 && (!m->update ||
	    sweep_dir(&s, fd, ".", sweep_zoom) == 0))
		rc = m->added + m->changed > 0 ? syncfs(fd) : 0;
	if (rc == -1)
		warn("%s", m->dir);
	if (fd != -1)
		close(fd);
	return rc;
}
