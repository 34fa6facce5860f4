/* SPDX-License-Identifier: ISC */
/*
 * Group commit: who appends while nobody writes becomes the leader and
 * writes what has gathered with one write and one fdatasync; the others
 * wait for it, and the first of those who came meanwhile leads next.
 *
 * After any failure the segment is cut back to what was acknowledged and left
 * for good.  After a failed fdatasync the kernel may have dropped the pages
 * and would report success next time; and a reader may have seen, and be
 * behind, what is cut off, so nothing may take its place.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/civil.h"
#include "spool/record.h"
#include "spool/writer.h"

#define SEGMENT_AGE_MS	(600 * 1000)	/* then a new one, for cleaning up */
#define RECOUNT_MS	1000	/* how long the size of the spool is trusted */
#define FULL_MS		100	/* the same when it is full */

struct waiter {
	struct waiter	*next;
	int		 done, error;
};

struct spool_writer {
	pthread_mutex_t	 lock;
	pthread_cond_t	 written;
	/* under the lock */
	struct base_buf	 pending;	/* encoded records ... */
	struct waiter	*waiters;	/* ... and who waits for them */
	int		 leading;
	/* of the leader */
	struct base_buf	 writing;
	int		 dirfd;
	char		*dir;
	int		 fd;		/* segment, -1: none */
	int64_t		 size;		/* good bytes in it */
	int64_t		 born_ms;
	unsigned	 serial;
	int64_t		 max_bytes, segment_bytes;
	int64_t		 total;		/* bytes in the directory ... */
	int64_t		 total_ms;	/* ... counted then */
	char		 name[64];
	int		 error;		/* of the last write */
};

struct spool_writer *
spool_writer_open(const char *dir, int64_t max_bytes, int64_t segment_bytes)
{
	struct spool_writer *w;

	if ((w = calloc(1, sizeof(*w))) == NULL ||
	    (w->dir = strdup(dir)) == NULL) {
		warn("%s", dir);
		free(w);
		return NULL;
	}
	w->fd = -1;
	w->max_bytes = max_bytes;
	w->segment_bytes = segment_bytes;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->written, NULL);
	base_buf_init(&w->pending);
	base_buf_init(&w->writing);
	if ((mkdir(dir, 0750) == -1 && errno != EEXIST) ||
	    (w->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1 ||
	    faccessat(w->dirfd, ".", W_OK | X_OK, AT_EACCESS) == -1) {
		warn("%s", dir);
		spool_writer_end(w);
		return NULL;
	}
	return w;
}

static void
leave_segment(struct spool_writer *w)
{
	if (w->fd != -1)
		close(w->fd);	/* and the lock with it */
	w->fd = -1;
}

/* Leave the segment with what was acknowledged, after a failure. */
static void
abandon_segment(struct spool_writer *w)
{
	if (w->size == 0)
		unlinkat(w->dirfd, w->name, 0);
	else if (ftruncate(w->fd, w->size) == -1)
		warn("%s/%s", w->dir, w->name);
	leave_segment(w);
}

void
spool_writer_end(struct spool_writer *w)
{
	if (w == NULL)
		return;
	leave_segment(w);
	if (w->dirfd > 0)
		close(w->dirfd);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->written);
	base_buf_done(&w->pending);
	base_buf_done(&w->writing);
	free(w->dir);
	free(w);
}

/*
 * The name appears only when the lock is held: a reader that finds a segment
 * without holder may delete it.
 */
static int
new_segment(struct spool_writer *w)
{
	char tmp[80];

	leave_segment(w);
	w->born_ms = base_civil_now_ms();
	snprintf(w->name, sizeof(w->name), "%012llx-%08x-%04x%s",
	    (unsigned long long)w->born_ms, (unsigned)getpid(),
	    w->serial++ & 0xffff, SPOOL_WRITER_SUFFIX);
	snprintf(tmp, sizeof(tmp), ".%s.new", w->name);
	w->size = 0;
	if ((w->fd = openat(w->dirfd, tmp, O_CREAT | O_EXCL | O_RDWR |
	    O_CLOEXEC, 0640)) == -1)
		return -1;
	if (flock(w->fd, LOCK_EX | LOCK_NB) == -1 ||
	    renameat(w->dirfd, tmp, w->dirfd, w->name) == -1 ||
	    fsync(w->dirfd) == -1) {
		int e = errno;

		unlinkat(w->dirfd, tmp, 0);
		abandon_segment(w);
		errno = e;
		return -1;
	}
	return 0;
}

/* Is there room for LEN more bytes below the high-water mark? */
static int
has_room(struct spool_writer *w, size_t len)
{
	int64_t age = base_civil_mono_ms() - w->total_ms;
	struct dirent *e;
	struct stat st;
	DIR *d;
	int fd;

	if (w->total_ms == 0 || age >= RECOUNT_MS || (age >= FULL_MS &&
	    w->total + (int64_t)len > w->max_bytes)) {
		if ((fd = openat(w->dirfd, ".", O_RDONLY | O_DIRECTORY |
		    O_CLOEXEC)) == -1)
			return 0;
		if ((d = fdopendir(fd)) == NULL) {
			close(fd);
			return 0;
		}
		w->total = 0;
		while ((e = readdir(d)) != NULL)
			if (fstatat(w->dirfd, e->d_name, &st, 0) == 0 &&
			    S_ISREG(st.st_mode))
				w->total += st.st_size;
		closedir(d);
		w->total_ms += age;
	}
	if (w->total + (int64_t)len > w->max_bytes) {
		errno = ENOSPC;
		return 0;
	}
	return 1;
}

static int
write_all(struct spool_writer *w, const char *p, size_t len)
{
	off_t at = w->size;
	ssize_t n;

	while (len > 0) {
		n = pwrite(w->fd, p, len, at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		p += n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The leader's work.  Returns 0 or an errno. */
static int
write_out(struct spool_writer *w)
{
	const struct base_buf *b = &w->writing;
	int e;

	if (!base_buf_ok(b))
		return ENOMEM;
	if (!has_room(w, b->len))
		return errno;
	if ((w->fd == -1 || w->size >= w->segment_bytes ||
	    base_civil_now_ms() - w->born_ms > SEGMENT_AGE_MS) &&
	    new_segment(w) == -1)
		return errno;
	if (write_all(w, b->data, b->len) == -1 || fdatasync(w->fd) == -1) {
		e = errno;
		abandon_segment(w);
		return e;
	}
	w->size += (int64_t)b->len;
	w->total += (int64_t)b->len;
	return 0;
}

static void
lead(struct spool_writer *w)
{
	struct waiter *list = w->waiters, *next;
	struct base_buf swap = w->writing;
	int error;

	w->writing = w->pending;
	w->pending = swap;
	base_buf_reset(&w->pending);
	w->waiters = NULL;
	w->leading = 1;
	pthread_mutex_unlock(&w->lock);
	error = write_out(w);
	if (error != 0 && w->error == 0)
		warnc(error, "%s: reports are refused", w->dir);
	else if (error == 0 && w->error != 0)
		warnx("%s: reports are accepted again", w->dir);
	w->error = error;
	pthread_mutex_lock(&w->lock);
	w->leading = 0;
	for (; list != NULL; list = next) {
		next = list->next;	/* gone once it knows */
		list->error = error;
		list->done = 1;
	}
	pthread_cond_broadcast(&w->written);
}

int
spool_writer_append(struct spool_writer *w, const struct spool_record *r)
{
	struct waiter me = { NULL, 0, 0 };

	pthread_mutex_lock(&w->lock);
	if (spool_record_encode(&w->pending, r) == -1) {
		me.error = EFBIG;
		if (!base_buf_ok(&w->pending) && w->waiters == NULL) {
			base_buf_reset(&w->pending);
			me.error = ENOMEM;
		}
	} else {
		me.next = w->waiters;
		w->waiters = &me;
		while (!me.done) {
			if (!w->leading)
				lead(w);
			else
				pthread_cond_wait(&w->written, &w->lock);
		}
	}
	pthread_mutex_unlock(&w->lock);
	if (me.error == 0)
		return 0;
	errno = me.error;
	return -1;
}
