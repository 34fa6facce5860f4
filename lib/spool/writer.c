/* SPDX-License-Identifier: ISC */
/*
 * Appending to a segment.  spool/segment.c tells how one looks and which of
 * its bytes count; this file keeps what it relies on.
 *
 * Group commit: records that gather while one thread writes go to disk
 * together, in one write and one fdatasync(2).  That thread alone has the
 * struct then; the others go on, or sleep until theirs is done.  An append is:
 *
 *  1. See that the spool has room.  Its size is counted anew once a second,
 *     as other writers fill it and the reader empties it.  If there is none
 *     the segment is left, so that it can be deleted when it is done with.
 *  2. Have a segment: the one that is held, unless it is full or old, or not
 *     what it was; else one that a writer left; else a new one.  All of it that
 *     is not acknowledged, up to any length, is under a lock on those bytes.
 *  3. Write, and fdatasync.
 *  4. Unlock what was written.  From here on a reader may pass it on.
 *  5. Tell those who own the records, who say that they were accepted.
 *
 * After a failure in 3 the segment is cut back to what was acknowledged and
 * left for good.  After a failed fdatasync the kernel may have dropped the
 * pages and would report success next time.  And nothing may ever stand where
 * other bytes stood: a reader may be behind them.
 *
 * A process that is killed leaves, behind its last acknowledged record, part
 * of what it was writing: some whole records, maybe, and a torn one.  Whole
 * ones count though nobody was told; that is allowed, as their senders do not
 * know either.  A machine that crashes leaves, of what fdatasync had not
 * finished, anything in any order, and a name of a segment only if the
 * directory was synced; that comes before the first record.
 *
 * A submission of more than PART bytes becomes several records, cut between
 * reports, so that nobody behind ever has to hold all of it.  They are one
 * append.  Their ids follow from that of the submission, and where it is cut
 * from its bytes alone: the same submission under the same id always becomes
 * the same records.
 */
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>

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

#include "base/clock.h"
#include "base/group.h"
#include "base/uuid.h"
#include "spool/record.h"
#include "spool/segment.h"
#include "spool/writer.h"

#define SEGMENT_AGE_MS	(600 * 1000)	/* then a new one, for cleaning up */
#define SEGMENT_MODE	0640
#define RECOUNT_MS	1000	/* how long the size of the spool is trusted */
#define FULL_MS		100	/* the same when it is full */

#define PART		(1024 * 1024)	/* of a payload in one record */
#define IOVS		(2 * BASE_GROUP_MAX)	/* written at once */

_Static_assert(IOVS <= IOV_MAX, "the kernel takes so many");
_Static_assert(PART + SPOOL_RECORD_HEAD_MAX <= SPOOL_RECORD_MAX,
    "a part is a record");
_Static_assert(SPOOL_RECORD_ID_LEN == BASE_UUID_LEN, "ids are UUIDs");
_Static_assert(offsetof(struct spool_writer_job, base) == 0,
    "a job of the group is the beginning of one of ours");

struct spool_writer {
	struct base_group *group;
	/* Of the thread that runs write_jobs(); there is one at a time. */
	int		 dirfd;
	char		*dir;
	int		 fd;		/* segment, -1: none */
	int64_t		 size;		/* good bytes in it */
	int64_t		 born_ms;	/* on the monotonic clock */
	int64_t		 named_ms;	/* in the newest name it gave */
	int64_t		 max_bytes, segment_bytes;
	int64_t		 total;		/* bytes in the directory, about */
	int64_t		 total_ms;	/* when they were counted; 0: never */
	char		 name[SPOOL_SEGMENT_NAME];
	int		 error;		/* of the last write */
};

static void	write_jobs(void *writer, struct base_group_job *const *job,
		    size_t n);

/*
 * Whether files can be made is tested at the start, where somebody reads the
 * warning; the first segment is made with the first record, so that a program
 * that writes none leaves no file.
 */
struct spool_writer *
spool_writer_open(const char *dir, int64_t max_bytes, int64_t segment_bytes)
{
	struct base_group_options o = { .turns = 1, .max_size = SIZE_MAX,
	    .work = write_jobs };
	struct spool_writer *w;

	if ((o.ctx = w = calloc(1, sizeof(*w))) == NULL) {
		warn("%s", dir);
		return NULL;
	}
	w->fd = w->dirfd = -1;
	if ((w->group = base_group_new(&o)) == NULL ||
	    (w->dir = strdup(dir)) == NULL) {
		warn("%s", dir);
		goto fail;
	}
	w->max_bytes = max_bytes;
	w->segment_bytes = segment_bytes;
	if ((mkdir(dir, 0750) == -1 && errno != EEXIST) ||
	    (w->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1 ||
	    faccessat(w->dirfd, ".", W_OK | X_OK, AT_EACCESS) == -1) {
		warn("%s", dir);
		goto fail;
	}
	return w;
fail:
	spool_writer_end(w);
	return NULL;
}

/*
 * Without the lock readers take the segment for complete, unless it was left to
 * the next writer.
 */
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

/*
 * Is the segment as it was left here?  Somebody may have removed it, to make
 * room: what is written behind would be gone with it.  Or he has cut it: what
 * is written behind would not be read, and nobody may go on in it.
 */
static int
is_untouched(const struct spool_writer *w)
{
	struct stat st;

	return fstat(w->fd, &st) == 0 && st.st_nlink > 0 &&
	    st.st_size == w->size;
}

/*
 * Only a segment in good order is left to the next writer: one that failed was
 * abandoned, and there is none then.
 */
void
spool_writer_end(struct spool_writer *w)
{
	if (w == NULL)
		return;
	base_group_free(w->group);
	if (w->fd != -1 && is_untouched(w))
		fchmod(w->fd, SEGMENT_MODE | SPOOL_WRITER_LEFT);
	leave_segment(w);
	if (w->dirfd != -1)
		close(w->dirfd);
	free(w->dir);
	free(w);
}

/* Set the lock TYPE from byte AT on, for LEN bytes or (0) all there will be. */
static int
lock_bytes(const struct spool_writer *w, short type, int64_t at, int64_t len)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET,
	    .l_start = at, .l_len = len };

	return fcntl(w->fd, F_OFD_SETLK, &l);
}

/*
 * The time for the name of a new segment.  Names sort by age, so none has the
 * time of the one before, which may be of the same millisecond or, if the
 * clock was set back, of a later one.
 */
static int64_t
next_name_ms(struct spool_writer *w)
{
	int64_t now = base_clock_now_ms();

	w->named_ms = now > w->named_ms ? now : w->named_ms + 1;
	return w->named_ms;
}

/*
 * The name appears only when the lock is held: a reader that finds a segment
 * without holder may delete it.
 */
static int
new_segment(struct spool_writer *w)
{
	char tmp[SPOOL_SEGMENT_NAME + sizeof("." SPOOL_WRITER_NEW)];

	w->born_ms = base_clock_mono_ms();
	snprintf(w->name, sizeof(w->name), "%012llx-%08x-%08x%s",
	    (unsigned long long)next_name_ms(w), (unsigned)getpid(),
	    arc4random(), SPOOL_WRITER_SUFFIX);
	snprintf(tmp, sizeof(tmp), ".%s" SPOOL_WRITER_NEW, w->name);
	w->size = 0;
	if ((w->fd = openat(w->dirfd, tmp, O_CREAT | O_EXCL | O_RDWR |
	    O_CLOEXEC, SEGMENT_MODE)) == -1)
		return -1;
	if (flock(w->fd, LOCK_EX | LOCK_NB) == -1 ||
	    lock_bytes(w, F_WRLCK, 0, 0) == -1 ||
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

/*
 * The directory for reading, to be closed, or NULL with errno set.  A
 * descriptor of its own, as its place in the list is.
 */
static DIR *
open_listing(const struct spool_writer *w)
{
	DIR *d;
	int fd;

	if ((fd = openat(w->dirfd, ".", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) == -1)
		return NULL;
	if ((d = fdopendir(fd)) == NULL)
		close(fd);
	return d;
}

/* When segment NAME was begun, or -1 if that is none of our names. */
static int64_t
born_of(const char *name)
{
	const char *suffix = strrchr(name, '.');
	long long ms;
	char *end;

	if (suffix == NULL || strcmp(suffix, SPOOL_WRITER_SUFFIX) != 0)
		return -1;
	ms = strtoll(name, &end, 16);
	return end > name && *end == '-' ? ms : -1;
}

/*
 * Take up segment NAME if it was left for that and is small enough.  The bit
 * is gone from the disk before anything is appended: after a crash of the
 * machine records may be missing that a reader has seen, and nothing may
 * take their place.
 */
static int
take_up(struct spool_writer *w, const char *name, int64_t age_ms)
{
	struct stat st;
	int fd;

	if ((fd = openat(w->dirfd, name, O_RDWR | O_NOFOLLOW |
	    O_CLOEXEC)) == -1)
		return 0;
	if (flock(fd, LOCK_EX | LOCK_NB) == -1 || fstat(fd, &st) == -1 ||
	    st.st_nlink == 0 || (st.st_mode & SPOOL_WRITER_LEFT) == 0 ||
	    st.st_size >= w->segment_bytes ||
	    fchmod(fd, SEGMENT_MODE) == -1 || fsync(fd) == -1) {
		close(fd);
		return 0;
	}
	w->fd = fd;
	w->size = st.st_size;
	w->born_ms = base_clock_mono_ms() - age_ms;
	strlcpy(w->name, name, sizeof(w->name));
	if (lock_bytes(w, F_WRLCK, w->size, 0) == 0)
		return 1;
	leave_segment(w);
	return 0;
}

/* Take up any segment that is young enough.  Returns 1, or 0 for none. */
static int
take_up_any(struct spool_writer *w)
{
	int64_t age, now = base_clock_now_ms();
	struct dirent *e;
	int taken = 0;
	DIR *d;

	if ((d = open_listing(w)) == NULL)
		return 0;
	while (!taken && (e = readdir(d)) != NULL) {
		age = now - born_of(e->d_name);
		taken = age >= 0 && age < SEGMENT_AGE_MS &&
		    strlen(e->d_name) < sizeof(w->name) &&
		    take_up(w, e->d_name, age);
	}
	closedir(d);
	return taken;
}

/* Go on in another segment. */
static int
change_segment(struct spool_writer *w)
{
	leave_segment(w);
	return take_up_any(w) ? 0 : new_segment(w);
}

/*
 * Is there room for LEN more bytes below the high-water mark?  Counting takes a
 * system call for each file, so a count is trusted for a while; a shorter one
 * when it says no, as whoever was refused asks again soon and the reader may
 * have made room.
 */
static int
has_room(struct spool_writer *w, size_t len)
{
	int64_t age = base_clock_mono_ms() - w->total_ms;
	struct dirent *e;
	struct stat st;
	DIR *d;

	if (w->total_ms == 0 || age >= RECOUNT_MS || (age >= FULL_MS &&
	    w->total + (int64_t)len > w->max_bytes)) {
		if ((d = open_listing(w)) == NULL)
			return 0;
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

/*
 * Write N pieces from *AT on, which moves; they are used up.  A write that was
 * cut short goes on in the middle of a piece.  0 or -1.
 */
static int
write_all(struct spool_writer *w, struct iovec *iov, int n, off_t *at)
{
	ssize_t done;

	assert(*at >= w->size);
	for (;;) {
		for (; n > 0 && iov->iov_len == 0; n--)
			iov++;
		if (n == 0)
			return 0;
		done = pwritev(w->fd, iov, n, *at);
		if (done == -1 && errno != EINTR)
			return -1;
		for (*at += done == -1 ? 0 : done; done > 0; iov++, n--) {
			if ((size_t)done < iov->iov_len) {
				iov->iov_base = (char *)iov->iov_base + done;
				iov->iov_len -= (size_t)done;
				break;
			}
			done -= (ssize_t)iov->iov_len;
		}
	}
}

/* Write the parts of N jobs behind what is acknowledged.  0 or -1. */
static int
write_parts(struct spool_writer *w, struct base_group_job *const *job,
    size_t n)
{
	struct iovec iov[IOVS];
	const struct spool_writer_job *j;
	off_t at = w->size;
	size_t i, k;
	int used = 0;

	for (i = 0; i < n; i++) {
		j = (const struct spool_writer_job *)job[i];
		for (k = 0; k < j->n; k++) {
			if (used == IOVS) {
				if (write_all(w, iov, used, &at) == -1)
					return -1;
				used = 0;
			}
			iov[used++] = (struct iovec){ j->part[k].head,
			    j->part[k].headlen };
			iov[used++] = (struct iovec){
			    (void *)(uintptr_t)j->part[k].payload,
			    j->part[k].len };
		}
	}
	return write_all(w, iov, used, &at);
}

/*
 * Put N jobs, of LEN bytes in all, on disk: steps 1 to 4 above.  Returns 0 or
 * an errno.
 */
static int
write_out(struct spool_writer *w, struct base_group_job *const *job, size_t n,
    size_t len)
{
	int e;

	if (!has_room(w, len)) {
		e = errno;
		/* Nobody deletes what is held, and it may fill the spool. */
		if (e == ENOSPC)
			leave_segment(w);
		return e;
	}
	if ((w->fd == -1 || w->size >= w->segment_bytes ||
	    base_clock_mono_ms() - w->born_ms > SEGMENT_AGE_MS ||
	    !is_untouched(w)) &&
	    change_segment(w) == -1)
		return errno;
	assert(w->fd != -1);
	if (write_parts(w, job, n) == -1 || fdatasync(w->fd) == -1) {
		e = errno;
		abandon_segment(w);
		return e;
	}
	lock_bytes(w, F_UNLCK, w->size, (int64_t)len);
	w->size += (int64_t)len;
	w->total += (int64_t)len;
	return 0;
}

/* The work of one thread for all that have gathered: N jobs. */
static void
write_jobs(void *writer, struct base_group_job *const *job, size_t n)
{
	struct spool_writer *w = writer;
	size_t i, len = 0;
	int error;

	for (i = 0; i < n; i++)
		len += job[i]->size;
	error = write_out(w, job, n, len);
	if (error != 0 && w->error == 0)
		warnc(error, "%s: reports are refused", w->dir);
	else if (error == 0 && w->error != 0)
		warnx("%s: reports are accepted again", w->dir);
	w->error = error;
	for (i = 0; i < n; i++)
		((struct spool_writer_job *)job[i])->error = error;
}

/* How many of LEN bytes of lines go into one record: whole lines. */
static size_t
record_part_len(const char *lines, size_t len)
{
	const char *lf;

	if (len <= PART)
		return len;
	if ((lf = memrchr(lines, '\n', PART)) == NULL)
		lf = memchr(lines + PART, '\n', len - PART);
	return lf == NULL ? len : (size_t)(lf - lines) + 1;
}

/*
 * Each part says how many reports it has, as parts are counted and given up by
 * themselves.
 */
static uint32_t
count_lines(const char *lines, size_t len)
{
	const char *end = lines + len, *lf;
	uint32_t n = 0;

	for (; (lf = memchr(lines, '\n', (size_t)(end - lines))) != NULL;
	    lines = lf + 1)
		n++;
	return n;
}

/* The id of what follows the part with ID: its random end, counted up. */
static void
next_id(uint8_t id[SPOOL_RECORD_ID_LEN])
{
	int i;

	for (i = SPOOL_RECORD_ID_LEN - 1; i > 9 && ++id[i] == 0; i--)
		;
}

/* Make P the part that holds R, and count it in J.  0; -1: too large. */
static int
make_part(struct spool_writer_job *j, struct spool_writer_part *p,
    const struct spool_record *r)
{
	if ((p->headlen = spool_record_head(p->head, r)) == 0)
		return -1;
	p->payload = r->payload;
	p->len = r->len;
	j->base.size += p->headlen + p->len;
	j->n++;
	return 0;
}

/*
 * Make the parts of R, which is larger than one.  Returns 0, or -1 with errno
 * set; end_job() frees J->part either way.
 */
static int
split_record(struct spool_writer_job *j, const struct spool_record *r)
{
	struct spool_record part = *r;
	size_t at, n = 0;

	for (at = 0; at < r->len; n++)
		at += record_part_len(r->payload + at, r->len - at);
	if ((j->part = calloc(n, sizeof(*j->part))) == NULL)
		return -1;
	for (at = 0; at < r->len; at += part.len) {
		part.payload = r->payload + at;
		part.len = record_part_len(part.payload, r->len - at);
		if (n > 1)
			part.count = count_lines(part.payload, part.len);
		if (make_part(j, &j->part[j->n], &part) == -1) {
			errno = EFBIG;
			return -1;
		}
		next_id(part.id);
	}
	assert(j->n == n);
	return 0;
}

/* Prepare J to write R.  Returns 0, or -1 with the error in J. */
static int
begin_job(struct spool_writer_job *j, const struct spool_record *r)
{
	j->base.size = j->n = 0;
	j->error = 0;
	j->part = &j->one;
	if (r->len > PART) {
		j->part = NULL;
		if (split_record(j, r) == -1)
			j->error = errno;
	} else if (make_part(j, &j->one, r) == -1)
		j->error = EFBIG;
	return j->error == 0 ? 0 : -1;
}

static void
end_job(struct spool_writer_job *j)
{
	if (j->part != &j->one)
		free(j->part);
}

int
spool_writer_append(struct spool_writer *w, const struct spool_record *r)
{
	struct spool_writer_job j;

	if (begin_job(&j, r) == 0)
		base_group_do(w->group, &j.base);
	end_job(&j);
	if (j.error == 0)
		return 0;
	errno = j.error;
	return -1;
}

/* A job that no thread waits for has been done. */
static void
tell_owner(struct base_group_job *base)
{
	struct spool_writer_job *j = (struct spool_writer_job *)base;

	end_job(j);
	j->done(j);
}

/* Begin J, and hand it to the group by ADD. */
static void
hand_in(struct spool_writer *w, struct spool_writer_job *j,
    const struct spool_record *r,
    void (*add)(struct base_group *g, struct base_group_job *job))
{
	assert(j->done != NULL);
	j->base.done = tell_owner;
	if (begin_job(j, r) == 0)
		add(w->group, &j->base);
	else
		tell_owner(&j->base);
}

void
spool_writer_add(struct spool_writer *w, struct spool_writer_job *j,
    const struct spool_record *r)
{
	hand_in(w, j, r, base_group_add);
}

void
spool_writer_put(struct spool_writer *w, struct spool_writer_job *j,
    const struct spool_record *r)
{
	hand_in(w, j, r, base_group_put);
}

void
spool_writer_go(struct spool_writer *w)
{
	base_group_go(w->group);
}
