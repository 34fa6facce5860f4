/* SPDX-License-Identifier: ISC */
/*
 * A directory as a store.  The key is the path below it.  An object is written
 * as io/outfile.h says, under a name that begins with a dot until it is whole.
 * Such names are therefore no objects here: they are not listed.
 *
 * Files can be read by everybody (0644), as a web server is to serve them,
 * unless the store is tuned to be private (0640).
 *
 * A verdict tells whether it is worth to try again: a full disk or a lack of
 * descriptors passes, a missing permission does not.  Nothing is tried again
 * here, as a disk does not get better within seconds.
 */
#include <sys/stat.h>

#include <assert.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/outfile.h"
#include "object/kind.h"

#define CHUNK	(256 * 1024)

struct dir {
	char	*why;		/* OBJECT_WHY_LEN */
	mode_t	 mode;		/* of files; directories can be entered, too */
	enum object_verdict began;	/* why the last put did not begin */
	char	 root[PATH_MAX];
};

struct dir_put {
	struct dir		*dir;
	struct io_outfile	 file;
};

/*
 * Say what errno means for PATH.  It must be called before anything else that
 * may change errno.
 */
static enum object_verdict
tell_errno(struct dir *d, const char *path)
{
	int e = errno;

	snprintf(d->why, OBJECT_WHY_LEN, "%s: %s", path, strerror(e));
	if (e == ENOENT || e == ENOTDIR)
		return OBJECT_NONE;
	return e == ENOSPC || e == EDQUOT || e == EIO || e == EMFILE ||
	    e == ENFILE || e == ENOMEM ? OBJECT_LATER : OBJECT_WRONG;
}

/* The directory need not be there: the first object makes it. */
static void *
dir_open(const struct conf_file *cf, const char *place, const char *prefix,
    char why[OBJECT_WHY_LEN])
{
	struct dir *d;
	size_t len = strlen(place);

	(void)cf;
	(void)prefix;
	while (len > 1 && place[len - 1] == '/')
		len--;
	if (len >= PATH_MAX - OBJECT_KEY_MAX - 32 ||
	    (d = calloc(1, sizeof(*d))) == NULL) {
		strlcpy(why, "the name is too long, or memory is short",
		    OBJECT_WHY_LEN);
		return NULL;
	}
	d->why = why;
	d->mode = 0644;
	memcpy(d->root, place, len);
	return d;
}

/* Nothing is waited for here, so there is nothing else to tune. */
static void
dir_tune(void *ctx, const struct object_tuning *t)
{
	struct dir *d = ctx;

	d->mode = t->private ? 0640 : 0644;
}

/* No descriptor is held between calls. */
static void
dir_end(void *ctx)
{
	free(ctx);
}

/*
 * The file of KEY; the root was made short enough for any.  Keys were checked
 * by store.c, so none of them leads out of the root.
 */
static void
path_of(const struct dir *d, char path[PATH_MAX], const char *key)
{
	size_t len;

	strlcpy(path, d->root, PATH_MAX);
	strlcat(path, "/", PATH_MAX);
	len = strlcat(path, key, PATH_MAX);
	assert(len < PATH_MAX);
	(void)len;
}

/* The lock and the random name of io/outfile.h let two writers work at once. */
static void *
dir_put_begin(void *ctx, const char *key, const struct object_type *type)
{
	struct dir *d = ctx;
	struct dir_put *p;
	char path[PATH_MAX];

	(void)type;
	d->began = OBJECT_LATER;
	if ((p = calloc(1, sizeof(*p))) == NULL) {
		strlcpy(d->why, "out of memory", OBJECT_WHY_LEN);
		return NULL;
	}
	p->dir = d;
	path_of(d, path, key);
	if (io_outfile_begin(&p->file, path, d->mode) == -1) {
		d->began = tell_errno(d, path);
		free(p);
		return NULL;
	}
	return p;
}

/* What was written stays in the hidden file, which dir_put_end() removes. */
static enum object_verdict
dir_put_write(void *put, const void *data, size_t len)
{
	struct dir_put *p = put;

	return io_outfile_add(&p->file, data, len) == 0 ? OBJECT_OK :
	    tell_errno(p->dir, p->file.path);
}

static enum object_verdict
dir_put_end(void *put, int keep)
{
	struct dir_put *p = put;
	enum object_verdict v = OBJECT_OK;

	if (io_outfile_end(&p->file, keep) == -1)
		v = tell_errno(p->dir, p->file.path);
	else if (!keep)
		v = OBJECT_STOPPED;
	free(p);
	return v;
}

/* An object in one piece takes the way of one that comes in pieces. */
static enum object_verdict
dir_put_all(void *ctx, const char *key, const struct object_type *type,
    const void *data, size_t len)
{
	struct dir *d = ctx;
	enum object_verdict v;
	void *put;

	if ((put = dir_put_begin(ctx, key, type)) == NULL)
		return d->began;
	v = dir_put_write(put, data, len);
	if (v != OBJECT_OK) {
		dir_put_end(put, 0);
		return v;
	}
	return dir_put_end(put, 1);
}

/*
 * Has the file in FD changed since BEFORE?  Then what was read may be a part of
 * one state and a part of another, which never were there together.
 */
static int
has_file_changed(int fd, const struct stat *before)
{
	struct stat st;

	return fstat(fd, &st) == -1 || st.st_size != before->st_size ||
	    st.st_mtim.tv_sec != before->st_mtim.tv_sec ||
	    st.st_mtim.tv_nsec != before->st_mtim.tv_nsec;
}

/*
 * Pass on what is in FD, LEN bytes (-1: all).  The end of the file ends it
 * without a complaint, since a range may go beyond it.
 */
static enum object_verdict
read_object_file(struct dir *d, const char *path, int fd, int64_t len,
    int (*sink)(void *arg, const char *data, size_t len), void *arg)
{
	char *buf;
	enum object_verdict v = OBJECT_OK;
	ssize_t n;

	if ((buf = malloc(CHUNK)) == NULL)
		return tell_errno(d, path);
	while (v == OBJECT_OK && len != 0) {
		n = read(fd, buf, len < 0 || len > CHUNK ? CHUNK :
		    (size_t)len);
		if (n == 0)
			break;
		if (n == -1)
			v = errno == EINTR ? OBJECT_OK : tell_errno(d, path);
		else if (sink(arg, buf, (size_t)n) != 0)
			v = OBJECT_STOPPED;
		else if (len > 0)
			len -= n;
	}
	free(buf);
	return v;
}

/*
 * What was opened is read to its end, also when the object is replaced
 * meanwhile: the name then means another file.  But others may write to it in
 * place, which is told.
 */
static enum object_verdict
dir_get(void *ctx, const char *key, int64_t from, int64_t len,
    int (*sink)(void *arg, const char *data, size_t len), void *arg)
{
	struct dir *d = ctx;
	char path[PATH_MAX];
	enum object_verdict v;
	struct stat before;
	int fd;

	path_of(d, path, key);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return tell_errno(d, path);
	if (fstat(fd, &before) == -1 || lseek(fd, from, SEEK_SET) == -1)
		v = tell_errno(d, path);
	else
		v = read_object_file(d, path, fd, len, sink, arg);
	if (v == OBJECT_OK && has_file_changed(fd, &before)) {
		snprintf(d->why, OBJECT_WHY_LEN,
		    "%.200s: changed while it was read", path);
		v = OBJECT_LATER;
	}
	close(fd);
	return v;
}

/* There is no ETag: to read all files for one would make a list slow. */
static void
set_info(struct object_info *info, const struct stat *st)
{
	memset(info, 0, sizeof(*info));
	info->size = st->st_size;
	info->modified_s = st->st_mtim.tv_sec;
}

/* A directory is no object. */
static enum object_verdict
dir_head(void *ctx, const char *key, struct object_info *info)
{
	struct dir *d = ctx;
	char path[PATH_MAX];
	struct stat st;

	path_of(d, path, key);
	if (stat(path, &st) == -1)
		return tell_errno(d, path);
	if (!S_ISREG(st.st_mode)) {
		errno = ENOENT;
		return tell_errno(d, path);
	}
	set_info(info, &st);
	return OBJECT_OK;
}

/* A name that a walk has found: "dir/" sorts among files as it will below. */
static int
cmp_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A list at work: what is wanted, and who is told of it. */
struct walk {
	struct dir	*dir;
	const char	*prefix;
	size_t		 len;		/* of PREFIX */
	int		(*each)(void *arg, const char *key,
			    const struct object_info *info);
	void		*arg;
	struct object_left *left;
};

/* A directory that is being walked, and the one that it is in. */
struct level {
	const struct level	*up;
	dev_t			 dev;
	ino_t			 ino;
	char			**name;		/* in it, sorted */
	size_t			 n, cap;
};

static enum object_verdict walk_dir(const struct walk *w, const char *rel,
    const struct level *up);

/* Are we in the directory of DIR already?  Then a link has led back. */
static int
is_loop(const struct level *dir)
{
	const struct level *l;

	for (l = dir->up; l != NULL; l = l->up)
		if (l->dev == dir->dev && l->ino == dir->ino)
			return 1;
	return 0;
}

/*
 * What kind of file E is, of a link what it leads to: S_IFREG, S_IFDIR, or 0 if
 * it is none of these.  A link that leads nowhere counts as a file, which
 * cannot be read: who makes copies must not take it for one that is gone.
 */
static mode_t
kind_of(DIR *dp, const struct dirent *e)
{
	struct stat st;

	if (e->d_type == DT_REG)
		return S_IFREG;
	if (e->d_type == DT_DIR)
		return S_IFDIR;
	if (fstatat(dirfd(dp), e->d_name, &st, 0) == -1)
		return fstatat(dirfd(dp), e->d_name, &st,
		    AT_SYMLINK_NOFOLLOW) == -1 ? 0 : S_IFREG;
	return S_ISREG(st.st_mode) ? S_IFREG : S_ISDIR(st.st_mode) ?
	    S_IFDIR : 0;
}

/* Add E, which is in the directory REL.  0, or -1: memory is short. */
static int
add_level_name(const struct walk *w, struct level *l, const char *rel, DIR *dp,
    const struct dirent *e)
{
	mode_t kind = kind_of(dp, e);
	char **grown, *name;
	int len;

	if (l->n == l->cap) {
		l->cap = 2 * l->cap + 64;
		grown = reallocarray(l->name, l->cap, sizeof(*grown));
		if (grown == NULL)
			return -1;
		l->name = grown;
	}
	if ((len = asprintf(&name, "%s%s/", rel, e->d_name)) == -1)
		return -1;
	name[len - 1] = '\0';
	if (kind == 0 || !object_store_check_key(name)) {
		object_store_leave_out(w->left, name);
		free(name);
		return 0;
	}
	if (kind == S_IFDIR)
		name[len - 1] = '/';
	l->name[l->n++] = name;
	return 0;
}

/* Fill L with the names in DP, which is REL, sorted. */
static enum object_verdict
fill_level(const struct walk *w, struct level *l, const char *rel, DIR *dp)
{
	struct dirent *e;

	while ((errno = 0, e = readdir(dp)) != NULL)
		if (e->d_name[0] != '.' &&
		    add_level_name(w, l, rel, dp, e) == -1)
			break;
	if (errno != 0)
		return tell_errno(w->dir, rel);
	if (l->n > 0)
		qsort(l->name, l->n, sizeof(*l->name), cmp_name);
	return OBJECT_OK;
}

/*
 * Read the names in REL, directories with a '/' behind.  A whole
 * directory is read before anything of it is passed on, so its descriptor is
 * closed by then and the depth of a tree costs none.
 */
static enum object_verdict
read_names(const struct walk *w, const char *rel, struct level *l)
{
	enum object_verdict v = OBJECT_OK;
	char path[PATH_MAX];
	struct stat st;
	DIR *dp;

	path_of(w->dir, path, rel);
	/* No directory yet is a store without objects. */
	if ((dp = opendir(path)) == NULL)
		return errno == ENOENT ? OBJECT_OK : tell_errno(w->dir, path);
	if (fstat(dirfd(dp), &st) == 0) {
		l->dev = st.st_dev;
		l->ino = st.st_ino;
		if (is_loop(l))
			object_store_leave_out(w->left, rel);
		else
			v = fill_level(w, l, rel, dp);
	} else
		v = tell_errno(w->dir, path);
	closedir(dp);
	return v;
}

/*
 * Visit KEY, which ends in '/' if it is a directory.  Directories that cannot
 * hold a key with the prefix are not entered, so a list of one day does not
 * read all others.
 */
static enum object_verdict
visit(const struct walk *w, const char *key, const struct level *l)
{
	size_t len = strlen(key), common = len < w->len ? len : w->len;
	struct object_info info = { 0 };
	char path[PATH_MAX];
	struct stat st;

	if (strncmp(key, w->prefix, common) != 0)
		return OBJECT_OK;
	if (key[len - 1] == '/')
		return walk_dir(w, key, l);
	if (len < w->len)
		return OBJECT_OK;
	path_of(w->dir, path, key);
	if (stat(path, &st) == 0)
		set_info(&info, &st);
	else if (errno == ENOENT && lstat(path, &st) == -1)
		return OBJECT_OK;	/* it was deleted meanwhile */
	return w->each(w->arg, key, &info) == 0 ? OBJECT_OK : OBJECT_STOPPED;
}

/* Depth first.  A file that vanishes meanwhile is passed over. */
static enum object_verdict
walk_dir(const struct walk *w, const char *rel, const struct level *up)
{
	struct level l = { .up = up };
	enum object_verdict v = read_names(w, rel, &l);
	size_t i;

	for (i = 0; i < l.n; i++) {
		if (v == OBJECT_OK)
			v = visit(w, l.name[i], &l);
		free(l.name[i]);
	}
	free(l.name);
	return v;
}

/*
 * The order is that of the bytes of the keys, as a bucket of Amazon's has it.
 */
static enum object_verdict
dir_list(void *ctx, const char *prefix, int (*each)(void *arg,
    const char *key, const struct object_info *info), void *arg,
    struct object_left *left)
{
	const struct walk w = { ctx, prefix, strlen(prefix), each, arg,
	    left };

	return walk_dir(&w, "", NULL);
}

/*
 * Remove directories that PATH leaves empty, up to the root.  One that is not
 * empty ends it, and so does one in which somebody has just begun a file.
 */
static void
remove_parents(const struct dir *d, char *path)
{
	size_t root = strlen(d->root);
	char *slash;

	while ((slash = strrchr(path, '/')) != NULL &&
	    (size_t)(slash - path) > root) {
		*slash = '\0';
		if (rmdir(path) == -1)
			return;
	}
}

/*
 * Directories go with the last object in them, as in a bucket, which has
 * none.
 */
static enum object_verdict
dir_delete(void *ctx, const char *const *key, size_t n, size_t *failed)
{
	struct dir *d = ctx;
	char path[PATH_MAX];
	enum object_verdict one, v = OBJECT_OK;
	size_t i;

	for (i = 0; i < n; i++) {
		path_of(d, path, key[i]);
		if (unlink(path) == -1) {
			one = tell_errno(d, path);
			if (one == OBJECT_NONE)
				continue;
			v = one;
			++*failed;
		} else
			remove_parents(d, path);
	}
	return v;
}

/*
 * Copying is reading into a file that is being written.  A write that fails
 * stops the reading.
 */
static int
on_copy(void *arg, const char *data, size_t len)
{
	return dir_put_write(arg, data, len) == OBJECT_OK ? 0 : -1;
}

/*
 * The copy is a file of its own: a link would change with what it was made
 * of.
 */
static enum object_verdict
dir_copy(void *ctx, const char *from, const char *to)
{
	struct dir *d = ctx;
	enum object_verdict v;
	void *put;

	if ((put = dir_put_begin(ctx, to, NULL)) == NULL)
		return d->began;
	v = dir_get(ctx, from, 0, -1, on_copy, put);
	if (v != OBJECT_OK) {
		dir_put_end(put, 0);
		return v == OBJECT_STOPPED ? OBJECT_LATER : v;
	}
	return dir_put_end(put, 1);
}

const struct object_kind object_dir = {
	.open = dir_open,
	.end = dir_end,
	.tune = dir_tune,
	.put = dir_put_all,
	.get = dir_get,
	.head = dir_head,
	.list = dir_list,
	.delete = dir_delete,
	.copy = dir_copy,
	.put_begin = dir_put_begin,
	.put_write = dir_put_write,
	.put_end = dir_put_end
};
