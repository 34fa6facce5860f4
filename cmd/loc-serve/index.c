/* SPDX-License-Identifier: ISC */
/*
 * Requests hold a lock for reading while they look something up, which is some
 * microseconds; what they find is copied.  A new file is opened without the
 * lock and put in place under it, so that they wait for an exchange of pointers
 * and no request ever sees a file that has gone.
 *
 * Another file is told by its inode, its length and the time of its last
 * change, as the inode of a file that was refused may be that of the next one.
 * Indexes are not written in place, see index/file.h; should somebody do that
 * to one that is not used, it is opened when it was the same at two looks in a
 * row.
 */
#include <sys/stat.h>

#include <err.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "index/file.h"
#include "index/lookup.h"
#include "io/mapped.h"
#include "store/key_text.h"

#include "index.h"

struct serve_index {
	const char		*path;
	pthread_rwlock_t	 lock;		/* for: */
	struct index_file	*file;
	struct index_file_about	 about;
	_Atomic unsigned	 generation;	/* of it; see index.h */
	atomic_int		 told_cut;	/* it was, and that was told */
	/* of the thread that looks */
	int			 whole;		/* records are needed */
	struct stat		 tried;		/* opened last, or refused */
	struct stat		 seen;		/* at the last look */
};

/* Has the file at PATH what is needed?  0 after a warning. */
static int
has_needed(const struct index_file_about *about, const char *path, int whole)
{
	if (!whole || about->flags & INDEX_FORMAT_WHOLE)
		return 1;
	warnx("%s: was built without -s, so it has no answers as Ichnaea's",
	    path);
	return 0;
}

static int
is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Has nobody written to it, or let others read it, either? */
static int
is_unchanged(const struct stat *a, const struct stat *b)
{
	return is_same_file(a, b) && a->st_size == b->st_size &&
	    a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	    a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* A new file does not wait until nobody asks any more. */
static void
init_lock(pthread_rwlock_t *lock)
{
	pthread_rwlockattr_t attr;

	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr,
	    PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(lock, &attr);
	pthread_rwlockattr_destroy(&attr);
}

struct serve_index *
serve_index_new(const char *path)
{
	struct serve_index *x;

	if ((x = calloc(1, sizeof(*x))) == NULL) {
		warn(NULL);
		return NULL;
	}
	x->path = path;
	if (stat(path, &x->tried) == -1)
		memset(&x->tried, 0, sizeof(x->tried));
	x->seen = x->tried;
	if ((x->file = index_file_open(path)) == NULL) {
		free(x);
		return NULL;
	}
	index_file_about(x->file, &x->about);
	init_lock(&x->lock);
	atomic_init(&x->generation, 1);
	return x;
}

void
serve_index_free(struct serve_index *x)
{
	if (x == NULL)
		return;
	index_file_free(x->file);
	pthread_rwlock_destroy(&x->lock);
	free(x);
}

void
serve_index_look(struct serve_index *x)
{
	struct index_file_about about;
	struct index_file *f, *old;
	struct stat st;
	int settled;

	if (stat(x->path, &st) == -1)
		return;
	settled = is_unchanged(&st, &x->seen);
	x->seen = st;
	if (is_unchanged(&st, &x->tried) ||
	    (!settled && is_same_file(&st, &x->tried)))
		return;
	x->tried = st;
	if ((f = index_file_open(x->path)) != NULL)
		index_file_about(f, &about);
	if (f == NULL || !has_needed(&about, x->path, x->whole)) {
		index_file_free(f);
		warnx("going on with the old index");
		return;
	}
	pthread_rwlock_wrlock(&x->lock);
	old = x->file;
	x->file = f;
	x->about = about;
	atomic_store(&x->told_cut, 0);
	if (atomic_fetch_add(&x->generation, 1) + 1 == 0)
		atomic_store(&x->generation, 1);
	pthread_rwlock_unlock(&x->lock);
	index_file_free(old);
	warnx("%s: read anew", x->path);
}

int
serve_index_need(struct serve_index *x, int whole)
{
	if (!has_needed(&x->about, x->path, whole))
		return -1;
	x->whole = whole;
	return 0;
}

/* Somebody has cut the file, and nothing can be read of it any more. */
static void
tell_cut(struct serve_index *x)
{
	if (!atomic_exchange(&x->told_cut, 1))
		warnx("%s: it was cut while it is in use", x->path);
}

int
serve_index_find(struct serve_index *x, const struct locate_query *q,
    struct locate_found *f, struct base_arena *a)
{
	int64_t now_s = base_clock_now_s();
	int rc;

	pthread_rwlock_rdlock(&x->lock);
	rc = index_lookup(x->file, q, now_s, f, a);
	pthread_rwlock_unlock(&x->lock);
	if (rc == -1)
		warnx("lookup: out of memory");
	else if (rc == -2)
		tell_cut(x);
	return rc == 0 ? 0 : -1;
}

struct key_job {
	const struct index_file	*file;
	const char		*name;
	struct store_key	*key;
	int			 found;
};

static void
read_key(void *arg)
{
	struct key_job *j = arg;
	const char *text;
	size_t len;

	j->found = index_file_key(j->file, j->name, &text, &len);
	if (j->found)
		store_key_text_parse(j->key, j->name, text, len);
}

enum serve_index_verdict
serve_index_key(struct serve_index *x, const char *name, struct store_key *k)
{
	enum serve_index_verdict v = SERVE_INDEX_NO_KEYS;
	struct key_job j = { .name = name, .key = k };

	pthread_rwlock_rdlock(&x->lock);
	if (x->about.flags & INDEX_FORMAT_KEYS) {
		j.file = x->file;
		v = io_mapped_guard(read_key, &j) == -1 ? SERVE_INDEX_CUT :
		    j.found ? SERVE_INDEX_KNOWN : SERVE_INDEX_UNKNOWN;
	}
	pthread_rwlock_unlock(&x->lock);
	if (v == SERVE_INDEX_CUT)
		tell_cut(x);
	return v;
}

unsigned
serve_index_generation(struct serve_index *x)
{
	return atomic_load(&x->generation);
}

int64_t
serve_index_built_s(struct serve_index *x)
{
	int64_t built_s;

	pthread_rwlock_rdlock(&x->lock);
	built_s = x->about.built_s;
	pthread_rwlock_unlock(&x->lock);
	return built_s;
}
