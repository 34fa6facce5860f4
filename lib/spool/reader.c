/* SPDX-License-Identifier: ISC */
/*
 * A spool is a directory of
 *
 *	TIME-PID-RANDOM.seg	segments, whose names sort by age
 *	.TIME-PID-RANDOM.seg.new	segments that are just being begun
 *	feed.state, feed.lock	of the one reader
 *	bad/NAME.OFFSET		bytes of a segment that are no record
 *
 * spool/segment.c tells what is in a segment, and how it is known which of
 * it was acknowledged.  This file is about all of them, and about who may do
 * what when:
 *
 *  - A writer makes a segment under its other name, locks it (flock), and
 *    gives it its name.  So a segment that nobody holds is complete, or was
 *    left by a writer that was killed; either way it is only read from then
 *    on, and deleted one day.  One exception: a writer that ends well sets
 *    the mode bit SPOOL_WRITER_LEFT.  The next one, which finds that, takes
 *    the lock, then the bit away, and goes on.
 *  - The reader holds feed.lock while it lives.  Others may look at sizes
 *    (spool_reader_peek), at the state and the records (spool_reader_list),
 *    but change nothing.
 *  - Only the reader deletes segments, and only with the segment's lock
 *    held: a writer that is about to go on in it has the lock, or comes too
 *    late, sees that the file has no name any more, and leaves it.
 *
 * Of each segment the reader knows three places, 0 <= done <= sent <= read.
 * Before READ all was returned by spool_reader_next(); before SENT all was
 * passed on, as the caller said; before DONE the caller has no more use for
 * it.  To delete a segment all of it must be done.
 *
 * SENT and DONE are written to feed.state, under another name first, so that
 * a crash leaves the old state or the new one; the caller's note, which
 * belongs to these places, stands in the same file.  It is not synced: when
 * the machine crashes the state may be old, or no state at all, and then
 * records are read a second time.  That is safe, because each carries the id
 * under which whoever counts it knows it again.  It would not be safe to read
 * a record too little, and no state can cause that: SENT is set after what it
 * says is true, and a state whose checksum is wrong is not used.
 *
 * There may be thousands of segments, each left by a program that wrote one
 * record, so one of them is open at a time.  One that cannot be opened or
 * read waits on its own and the others go on; somebody is told, once a minute
 * for all of them.
 */
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

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

#include "base/buf.h"
#include "base/clock.h"
#include "spool/reader.h"
#include "spool/segment.h"
#include "spool/state.h"
#include "spool/writer.h"

#define STATE		"feed.state"
#define STATE_TMP	".feed.state.new"
#define LOCK		"feed.lock"
#define STATE_MAX	(256 * 1024 * 1024)	/* bytes of a state */
#define SCAN_MS		20		/* between looks at the directory */
#define STALE_S		3600		/* of a segment that never began */
#define SETTLE_MS	1000
#define TELL_MS		60000		/* between warnings of the same */
#define SWEEP_BAD_MS	60000		/* between looks at bad/ */
#define TURN		1000		/* records, then the next segment */
#define FREE_SHARE	8		/* of the disk that should be free */

struct spool_reader {
	char		*dir;
	int		 dirfd, lockfd;
	struct spool_segment *seg;	/* by name */
	size_t		 nseg, capseg;
	size_t		 at;		/* segment being read */
	uint64_t	 numbers;
	int64_t		 scanned_ms;
	struct timespec	 dir_time;	/* of the directory when scanned */
	int64_t		 dir_ms;	/* when that was seen first */
	int		 settled;	/* it was scanned again later */
	struct spool_segment_file file;	/* the segment being read */
	char		*note;		/* or NULL */
	int		 unsaved;	/* has warned of that */
	int64_t		 aside_ms;	/* when it told of segments aside */
	int64_t		 blind_ms;	/* ... of a directory it cannot read */
	int64_t		 swept_ms;	/* when it looked at bad/ */
};

static int
is_segment_name(const char *name, size_t len)
{
	const size_t n = sizeof(SPOOL_WRITER_SUFFIX) - 1;

	return name[0] != '.' && len > n && len < SPOOL_SEGMENT_NAME &&
	    memcmp(name + len - n, SPOOL_WRITER_SUFFIX, n) == 0;
}

/* Where the segment NAME is in the list, or where it belongs. */
static size_t
index_of_name(const struct spool_reader *r, const char *name)
{
	size_t hi = r->nseg, lo = 0, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(r->seg[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/*
 * Add a segment in its place, unless it is known; those behind move.  0, or
 * -1 after a warning.
 */
static int
add_segment(struct spool_reader *r, const char *name, int64_t sent,
    int64_t done)
{
	size_t i = index_of_name(r, name);
	struct spool_segment *p;

	if (i < r->nseg && strcmp(r->seg[i].name, name) == 0)
		return 0;
	if (r->nseg == r->capseg) {
		p = reallocarray(r->seg, 2 * r->capseg + 64, sizeof(*p));
		if (p == NULL) {
			warn("%s", r->dir);
			return -1;
		}
		r->seg = p;
		r->capseg = 2 * r->capseg + 64;
	}
	memmove(r->seg + i + 1, r->seg + i, (r->nseg - i) * sizeof(*p));
	spool_segment_begin(&r->seg[i], name, ++r->numbers, sent, done);
	r->nseg++;
	if (i <= r->at)
		r->at = 0;
	return 0;
}

/* Segments in which another writer goes on have not ended. */
static void
reopen_grown(struct spool_reader *r)
{
	struct spool_segment *s;
	struct stat st;

	for (s = r->seg; s < r->seg + r->nseg; s++)
		if (s->state == SPOOL_SEGMENT_LEFT && fstatat(r->dirfd,
		    s->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_size > s->read)
			spool_segment_reopen(s);
}

/* Remove NAME if it was begun by a writer that was killed long ago. */
static void
remove_unborn(struct spool_reader *r, const char *name)
{
	static const char end[] = SPOOL_WRITER_SUFFIX SPOOL_WRITER_NEW;
	size_t len = strlen(name), n = sizeof(end) - 1;
	struct stat st;

	if (name[0] == '.' && len > n && strcmp(name + len - n, end) == 0 &&
	    fstatat(r->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    base_clock_now_s() - st.st_mtime > STALE_S)
		unlinkat(r->dirfd, name, 0);
}

/* The directory NAME within the spool, for reading; NULL with errno set. */
static DIR *
open_dir(const struct spool_reader *r, const char *name)
{
	DIR *d;
	int fd;

	if ((fd = openat(r->dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC)) == -1)
		return NULL;
	if ((d = fdopendir(fd)) == NULL)
		close(fd);
	return d;
}

/* 1 if the spool may have other files in it than when it was scanned. */
static int
has_changed(struct spool_reader *r)
{
	struct stat st;

	if (fstat(r->dirfd, &st) == -1)
		return 1;
	if (st.st_mtim.tv_sec != r->dir_time.tv_sec ||
	    st.st_mtim.tv_nsec != r->dir_time.tv_nsec) {
		r->dir_time = st.st_mtim;
		r->dir_ms = r->scanned_ms;
		r->settled = 0;
	}
	if (r->settled)
		return 0;
	/* Its clock is coarse: a second change may look like one. */
	r->settled = r->scanned_ms - r->dir_ms > SETTLE_MS;
	return 1;
}

/* Learn of new segments.  0, or -1 after a warning (once a minute). */
static int
scan_dir(struct spool_reader *r)
{
	struct dirent *e;
	int rc = 0;
	DIR *d;

	r->scanned_ms = base_clock_mono_ms();
	reopen_grown(r);
	if (!has_changed(r))
		return 0;
	if ((d = open_dir(r, ".")) == NULL) {
		r->settled = 0;
		if (r->blind_ms == 0 || r->scanned_ms - r->blind_ms >=
		    TELL_MS) {
			warn("%s", r->dir);
			r->blind_ms = r->scanned_ms;
		}
		return -1;
	}
	r->blind_ms = 0;
	while (rc == 0 && (e = readdir(d)) != NULL)
		if (is_segment_name(e->d_name, strlen(e->d_name)))
			rc = add_segment(r, e->d_name, 0, 0);
		else if (r->lockfd != -1)
			remove_unborn(r, e->d_name);
	closedir(d);
	if (rc == -1)
		r->settled = 0;
	return rc;
}

/* All of the file FD, at most STATE_MAX bytes, in B.  0, or -1. */
static int
read_file(int fd, struct base_buf *b)
{
	ssize_t n;
	char *p;

	do {
		if ((p = base_buf_room(b, 65536)) == NULL || b->len >
		    STATE_MAX)
			return -1;
		if ((n = read(fd, p, 65536)) > 0)
			b->len += (size_t)n;
	} while (n > 0 || (n == -1 && errno == EINTR));
	return n == 0 ? 0 : -1;
}

/* Take up the places and the note of TEXT.  1, or 0 if that is no state. */
static int
use_state(struct spool_reader *r, const char *text, size_t len)
{
	char name[SPOOL_SEGMENT_NAME];
	struct spool_state_line l;
	struct spool_state state;
	struct stat st;

	if (!spool_state_open(&state, text, len) ||
	    (r->note = strndup(state.note, state.notelen)) == NULL)
		return 0;
	while (spool_state_next(&state, &l)) {
		if (!is_segment_name(l.name, l.len))
			continue;
		memcpy(name, l.name, l.len);
		name[l.len] = '\0';
		if (fstatat(r->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    l.sent <= st.st_size)
			add_segment(r, name, l.sent, l.done);
	}
	return 1;
}

/* Take up the state an earlier reader left: what it lacks is read again. */
static void
load_state(struct spool_reader *r)
{
	struct base_buf text;
	int fd;

	if ((fd = openat(r->dirfd, STATE, O_RDONLY | O_CLOEXEC)) == -1) {
		if (errno != ENOENT)
			warn("%s/%s", r->dir, STATE);
		return;
	}
	base_buf_init(&text);
	if (read_file(fd, &text) == -1)
		warn("%s/%s: reading all again", r->dir, STATE);
	else if (!use_state(r, text.data, text.len))
		warnx("%s/%s: not a state file, reading all again", r->dir,
		    STATE);
	base_buf_done(&text);
	close(fd);
}

/* A reader that has opened nothing yet. */
static struct spool_reader *
new_reader(const char *dir)
{
	struct spool_reader *r;

	if ((r = calloc(1, sizeof(*r))) == NULL ||
	    (r->dir = strdup(dir)) == NULL) {
		warn("%s", dir);
		free(r);
		return NULL;
	}
	r->dirfd = r->lockfd = -1;
	spool_segment_init(&r->file);
	r->file.dir = r->dir;
	return r;
}

struct spool_reader *
spool_reader_open(const char *dir, int *busy)
{
	struct spool_reader *r;

	*busy = 0;
	if ((r = new_reader(dir)) == NULL)
		return NULL;
	if ((mkdir(dir, 0750) == -1 && errno != EEXIST) ||
	    (r->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1 ||
	    (r->lockfd = openat(r->dirfd, LOCK, O_CREAT | O_RDWR |
	    O_NOFOLLOW | O_CLOEXEC, 0640)) == -1) {
		warn("%s", dir);
		goto fail;
	}
	r->file.dirfd = r->dirfd;
	if (flock(r->lockfd, LOCK_EX | LOCK_NB) == -1) {
		*busy = errno == EWOULDBLOCK;
		if (!*busy)
			warn("%s/%s", dir, LOCK);
		goto fail;
	}
	load_state(r);
	if (scan_dir(r) == 0)
		return r;
fail:
	spool_reader_end(r);
	return NULL;
}

void
spool_reader_end(struct spool_reader *r)
{
	if (r == NULL)
		return;
	spool_segment_done(&r->file);
	if (r->lockfd != -1)
		close(r->lockfd);
	if (r->dirfd != -1)
		close(r->dirfd);
	free(r->note);
	free(r->seg);
	free(r->dir);
	free(r);
}

/* Tell that S is aside, unless that was told of any a minute ago. */
static void
tell_aside(struct spool_reader *r, struct spool_segment *s)
{
	int64_t now = base_clock_mono_ms();
	size_t i, others = 0;

	if (r->aside_ms != 0 && now - r->aside_ms < TELL_MS)
		return;
	for (i = 0; i < r->nseg; i++)
		others += &r->seg[i] != s &&
		    r->seg[i].state == SPOOL_SEGMENT_ASIDE;
	if (others == 0)
		warnc(s->error, "%s/%s: tried again later", r->dir, s->name);
	else
		warnc(s->error, "%s/%s: tried again later, as %zu others are",
		    r->dir, s->name, others);
	s->told = 1;
	r->aside_ms = now;
}

int
spool_reader_next(struct spool_reader *r, struct spool_record *rec,
    struct spool_place *place)
{
	struct spool_segment *s;
	size_t tried;

	if (base_clock_mono_ms() - r->scanned_ms >= SCAN_MS &&
	    scan_dir(r) == -1)
		return -1;
	if (r->at >= r->nseg)
		r->at = 0;
	for (tried = 0; tried < r->nseg; tried++) {
		s = &r->seg[r->at];
		if (!spool_segment_is_due(s) ||
		    !spool_segment_next(&r->file, s, rec)) {
			if (s->state == SPOOL_SEGMENT_ASIDE)
				tell_aside(r, s);
			r->at = (r->at + 1) % r->nseg;
			continue;
		}
		place->segment = s->number;
		place->offset = s->read;
		if (r->file.stats.records % TURN == 0)
			r->at = (r->at + 1) % r->nseg;
		return 1;
	}
	return 0;
}

int
spool_reader_is_undecided(const struct spool_reader *r)
{
	size_t i;

	for (i = 0; i < r->nseg; i++)
		if (spool_segment_is_undecided(&r->seg[i]))
			return 1;
	return 0;
}

static struct spool_segment *
segment_at(struct spool_reader *r, const struct spool_place *place)
{
	size_t i;

	for (i = 0; i < r->nseg; i++)
		if (r->seg[i].number == place->segment)
			return &r->seg[i];
	return NULL;
}

void
spool_reader_sent(struct spool_reader *r, const struct spool_place *place)
{
	struct spool_segment *s = segment_at(r, place);

	if (s == NULL || place->offset <= s->sent)
		return;
	assert(place->offset <= s->read);
	s->sent = place->offset;
}

void
spool_reader_done(struct spool_reader *r, const struct spool_place *place)
{
	struct spool_segment *s = segment_at(r, place);

	if (s == NULL || place->offset <= s->done)
		return;
	spool_reader_sent(r, place);
	s->done = place->offset;
}

int
spool_reader_place(const struct spool_reader *r, size_t i,
    struct spool_place *place, int64_t *undone)
{
	if (i >= r->nseg)
		return 0;
	place->segment = r->seg[i].number;
	place->offset = r->seg[i].sent;
	*undone = r->seg[i].sent - r->seg[i].done;
	return 1;
}

void
spool_reader_rewind(struct spool_reader *r)
{
	struct spool_segment *s;

	for (s = r->seg; s < r->seg + r->nseg; s++) {
		s->read = s->end = s->sent = s->done;
		spool_segment_reopen(s);
	}
	r->at = 0;
}

void
spool_reader_undo(struct spool_reader *r)
{
	struct spool_segment *s;

	for (s = r->seg; s < r->seg + r->nseg; s++)
		s->done = 0;
	spool_reader_rewind(r);
}

/* By how many bytes the spool should shrink; maybe none, or less. */
static int64_t
excess_bytes(const struct spool_reader *r, int64_t keep_bytes)
{
	int64_t excess = spool_reader_bytes(r) - keep_bytes, lacking;
	struct statvfs fs;

	if (fstatvfs(r->dirfd, &fs) == -1)
		return excess;
	lacking = ((int64_t)(fs.f_blocks / FREE_SHARE) -
	    (int64_t)fs.f_bavail) * (int64_t)fs.f_frsize;
	return lacking > excess ? lacking : excess;
}

/* Delete S, unless somebody goes on in it.  Returns 1 if it is gone. */
static int
delete_segment(struct spool_reader *r, struct spool_segment *s)
{
	struct stat st;
	int fd, gone = 0;

	assert(spool_segment_is_read(s) && s->done >= s->end);
	if ((fd = openat(r->dirfd, s->name, O_RDONLY | O_NOFOLLOW |
	    O_NONBLOCK | O_CLOEXEC)) == -1 && errno == ENOENT)
		return 1;
	if (fd == -1)
		warn("%s/%s", r->dir, s->name);
	else if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0) {
		if (st.st_size > s->read)
			spool_segment_reopen(s);
		else if (unlinkat(r->dirfd, s->name, 0) == 0)
			gone = 1;
		else
			warn("%s/%s", r->dir, s->name);
	}
	if (fd != -1)
		close(fd);
	return gone;
}

/* What is in bad/: remove what is older than KEEP_S, count the rest. */
static void
look_at_bad(const struct spool_reader *r, int64_t keep_s,
    struct spool_reader_size *size)
{
	int64_t now = base_clock_now_s();
	struct dirent *e;
	struct stat st;
	DIR *d;

	size->bad_bytes = size->bad_files = 0;
	if ((d = open_dir(r, SPOOL_READER_BAD)) == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
		    -1 || !S_ISREG(st.st_mode))
			continue;
		if (now - st.st_mtime > keep_s &&
		    unlinkat(dirfd(d), e->d_name, 0) == 0)
			continue;
		size->bad_files++;
		size->bad_bytes += st.st_size;
	}
	closedir(d);
}

void
spool_reader_clean(struct spool_reader *r, int64_t keep_s, int64_t keep_bytes,
    int64_t keep_bad_s)
{
	int64_t excess = excess_bytes(r, keep_bytes), now = base_clock_now_s();
	struct spool_reader_size size;
	struct spool_segment *s;
	struct stat st;
	size_t i, n = 0;
	int there;

	for (i = 0; i < r->nseg; i++) {
		s = &r->seg[i];
		there = fstatat(r->dirfd, s->name, &st,
		    AT_SYMLINK_NOFOLLOW) == 0;
		if (!spool_segment_is_read(s) || s->done < s->end ||
		    (there && excess <= 0 && now - st.st_mtime < keep_s) ||
		    !delete_segment(r, s)) {
			r->seg[n++] = *s;
			continue;
		}
		excess -= there ? st.st_size : 0;
		spool_segment_close(&r->file, s->number);
	}
	if (n < r->nseg)
		r->at = 0;
	r->nseg = n;
	if (r->swept_ms == 0 ||
	    base_clock_mono_ms() - r->swept_ms >= SWEEP_BAD_MS) {
		r->swept_ms = base_clock_mono_ms();
		look_at_bad(r, keep_bad_s, &size);
	}
}

/* Bytes from where segments were read to, or from their beginning. */
static int64_t
add_up_bytes(const struct spool_reader *r, int unread)
{
	int64_t from, sum = 0;
	struct stat st;
	size_t i;

	for (i = 0; i < r->nseg; i++) {
		from = unread ? r->seg[i].read : 0;
		if (fstatat(r->dirfd, r->seg[i].name, &st,
		    AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > from)
			sum += st.st_size - from;
	}
	return sum;
}

int64_t
spool_reader_waiting(const struct spool_reader *r)
{
	return add_up_bytes(r, 1);
}

int64_t
spool_reader_bytes(const struct spool_reader *r)
{
	return add_up_bytes(r, 0);
}

size_t
spool_reader_segments(const struct spool_reader *r)
{
	return r->nseg;
}

/*
 * A reader of DIR that takes no lock and changes nothing, in *READER.
 * Returns 1, 0 if there is no such directory, or -1 after a warning.
 */
static int
open_for_looking(const char *dir, struct spool_reader **reader)
{
	struct spool_reader *r;
	int rc = -1;

	if ((*reader = r = new_reader(dir)) == NULL)
		return -1;
	r->file.silent = 1;
	r->dirfd = r->file.dirfd = open(dir, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	if (r->dirfd == -1 && errno == ENOENT)
		rc = 0;
	else if (r->dirfd == -1)
		warn("%s", dir);
	else {
		load_state(r);
		if (scan_dir(r) == 0)
			return 1;
	}
	spool_reader_end(r);
	return rc;
}

int
spool_reader_peek(const char *dir, struct spool_reader_size *size)
{
	struct spool_reader *r;
	int rc;

	memset(size, 0, sizeof(*size));
	if ((rc = open_for_looking(dir, &r)) != 1)
		return rc;
	size->bytes = spool_reader_bytes(r);
	size->waiting = spool_reader_waiting(r);
	look_at_bad(r, INT64_MAX, size);
	spool_reader_end(r);
	return 1;
}

static const char *
state_name(const struct spool_segment *s)
{
	switch (s->state) {
	case SPOOL_SEGMENT_OPEN:
		return "held";
	case SPOOL_SEGMENT_LEFT:
		return "left";
	case SPOOL_SEGMENT_ENDED:
		return "ended";
	default:
		return "unreadable";
	}
}

/* Read all of segment KNOWN, and tell of it. */
static void
tell_segment(struct spool_reader *r, const struct spool_segment *known,
    void (*tell)(void *, const struct spool_reader_segment *), void *arg)
{
	uint64_t bad = r->file.stats.bad_bytes;
	struct spool_reader_segment out = { .name = known->name };
	struct spool_record rec;
	struct spool_segment s;
	struct stat st;

	spool_segment_begin(&s, known->name, known->number, 0, 0);
	if (fstatat(r->dirfd, s.name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		out.bytes = st.st_size;
	while (spool_segment_next(&r->file, &s, &rec)) {
		out.records++;
		out.sent += s.read <= known->sent;
		out.done += s.read <= known->done;
		out.reports += rec.count;
		if (out.first_ms == 0)
			out.first_ms = rec.time_ms;
		out.last_ms = rec.time_ms;
	}
	out.state = state_name(&s);
	out.bad_bytes = (int64_t)(r->file.stats.bad_bytes - bad);
	tell(arg, &out);
}

int
spool_reader_list(const char *dir, void (*tell)(void *arg,
    const struct spool_reader_segment *segment), void *arg)
{
	struct spool_reader *r;
	size_t i;
	int rc;

	if ((rc = open_for_looking(dir, &r)) != 1)
		return rc;
	for (i = 0; i < r->nseg; i++)
		tell_segment(r, &r->seg[i], tell, arg);
	spool_reader_end(r);
	return 1;
}

const struct spool_reader_stats *
spool_reader_stats(const struct spool_reader *r)
{
	return &r->file.stats;
}

const char *
spool_reader_note(const struct spool_reader *r)
{
	return r->note == NULL ? "" : r->note;
}

int
spool_reader_set_note(struct spool_reader *r, const char *note)
{
	char *copy;

	if ((copy = strdup(note)) == NULL) {
		warn("%s", r->dir);
		return -1;
	}
	free(r->note);
	r->note = copy;
	return 0;
}

/* Write all of B to FD.  Returns 0, or -1 with errno set. */
static int
write_file(int fd, const struct base_buf *b)
{
	size_t done;
	ssize_t n;

	for (done = 0; done < b->len; done += (size_t)n)
		if ((n = write(fd, b->data + done, b->len - done)) == -1) {
			if (errno != EINTR)
				return -1;
			n = 0;
		}
	return 0;
}

int
spool_reader_save(struct spool_reader *r)
{
	struct base_buf text;
	size_t i;
	int fd = -1, rc = -1;

	base_buf_init(&text);
	spool_state_begin(&text, spool_reader_note(r));
	for (i = 0; i < r->nseg; i++)
		spool_state_add(&text, r->seg[i].name, r->seg[i].sent,
		    r->seg[i].done);
	spool_state_end(&text);
	errno = ENOMEM;
	if (base_buf_ok(&text) &&
	    (fd = openat(r->dirfd, STATE_TMP, O_CREAT | O_TRUNC | O_WRONLY |
	    O_NOFOLLOW | O_CLOEXEC, 0640)) != -1 &&
	    write_file(fd, &text) == 0 &&
	    renameat(r->dirfd, STATE_TMP, r->dirfd, STATE) == 0)
		rc = 0;
	if (rc == -1 && !r->unsaved)
		warn("%s/%s", r->dir, STATE);
	r->unsaved = rc == -1;
	if (fd != -1)
		close(fd);
	base_buf_done(&text);
	return rc;
}
