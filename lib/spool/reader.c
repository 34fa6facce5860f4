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
 *    (spool_look_size), at the state and the records (spool_look_list),
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
#include "spool/dir.h"
#include "spool/reader.h"
#include "spool/segment.h"
#include "spool/state.h"
#include "spool/writer.h"

#define STATE		"feed.state"
#define STATE_TMP	".feed.state.new"
#define LOCK		"feed.lock"
#define STATE_MAX	(256 * 1024 * 1024)	/* bytes of a state */
#define SCAN_MS		20		/* between looks at the directory */
#define TELL_MS		60000		/* between warnings of the same */
#define SWEEP_BAD_MS	60000		/* between looks at bad/ */
#define TURN		1000		/* records, then the next segment */
#define FREE_SHARE	8		/* of the disk that should be free */

struct spool_reader {
	char		*path;
	int		 lockfd;	/* -1: it only looks */
	struct spool_dir dir;
	struct spool_segment_file file;	/* the segment being read */
	char		*note;		/* or NULL */
	int		 unsaved;	/* the last save failed: warned of */
	int64_t		 aside_ms;	/* the last warning of one aside */
	int64_t		 swept_ms;	/* the last look at bad/ */
};

/*
 * All of the file FD, at most STATE_MAX bytes, in B: a file that is larger was
 * not written here, and is not to eat all memory.  0, or -1.
 */
static int
read_state_file(int fd, struct base_buf *b)
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

/*
 * Take up the places and the note of TEXT.  A segment that is gone, or is
 * shorter than what was passed on of it, is not the one that was meant: nothing
 * is believed of it, and if it is there it is read from its beginning.  1, or 0
 * if that is no state.
 */
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
		if (!spool_dir_is_segment(l.name, l.len))
			continue;
		memcpy(name, l.name, l.len);
		name[l.len] = '\0';
		if (fstatat(r->dir.fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    l.sent <= st.st_size)
			spool_dir_add(&r->dir, name, l.sent, l.done);
	}
	return 1;
}

/* Take up the state an earlier reader left: what it lacks is read again. */
static void
load_state(struct spool_reader *r)
{
	struct base_buf text;
	int fd;

	if ((fd = openat(r->dir.fd, STATE, O_RDONLY | O_CLOEXEC)) == -1) {
		if (errno != ENOENT)
			warn("%s/%s", r->path, STATE);
		return;
	}
	base_buf_init(&text);
	if (read_state_file(fd, &text) == -1)
		warn("%s/%s: reading all again", r->path, STATE);
	else if (!use_state(r, text.data, text.len))
		warnx("%s/%s: not a state file, reading all again", r->path,
		    STATE);
	base_buf_done(&text);
	close(fd);
}

/* A reader that has opened nothing yet; NULL after a warning. */
static struct spool_reader *
new_reader(const char *dir)
{
	struct spool_reader *r;

	if ((r = calloc(1, sizeof(*r))) == NULL ||
	    (r->path = strdup(dir)) == NULL) {
		warn("%s", dir);
		free(r);
		return NULL;
	}
	r->lockfd = -1;
	spool_dir_init(&r->dir, r->path);
	spool_segment_init(&r->file);
	r->file.dir = r->path;
	return r;
}

/*
 * The lock comes before the state, which another reader could be writing still.
 * Failing to get it is not warned of, as the caller knows better whether that
 * is a fault.
 */
struct spool_reader *
spool_reader_open(const char *dir, int *busy)
{
	struct spool_reader *r;

	*busy = 0;
	if ((r = new_reader(dir)) == NULL)
		return NULL;
	if ((mkdir(dir, 0750) == -1 && errno != EEXIST) ||
	    (r->dir.fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1 ||
	    (r->lockfd = openat(r->dir.fd, LOCK, O_CREAT | O_RDWR |
	    O_NOFOLLOW | O_CLOEXEC, 0640)) == -1) {
		warn("%s", dir);
		goto fail;
	}
	r->file.dirfd = r->dir.fd;
	if (flock(r->lockfd, LOCK_EX | LOCK_NB) == -1) {
		*busy = errno == EWOULDBLOCK;
		if (!*busy)
			warn("%s/%s", dir, LOCK);
		goto fail;
	}
	r->dir.is_mine = 1;
	load_state(r);
	if (spool_dir_scan(&r->dir) == 0)
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
	spool_dir_done(&r->dir);
	free(r->note);
	free(r->path);
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
	for (i = 0; i < r->dir.nseg; i++)
		others += &r->dir.seg[i] != s &&
		    r->dir.seg[i].state == SPOOL_SEGMENT_ASIDE;
	if (others == 0)
		warnc(s->error, "%s/%s: tried again later", r->path, s->name);
	else
		warnc(s->error, "%s/%s: tried again later, as %zu others are",
		    r->path, s->name, others);
	s->told = 1;
	r->aside_ms = now;
}

/*
 * A segment is left for the next one after TURN records, so that one with
 * millions does not keep those of other writers waiting for hours.
 */
int
spool_reader_next(struct spool_reader *r, struct spool_record *rec,
    struct spool_place *place)
{
	struct spool_segment *s;
	size_t tried;

	if (base_clock_mono_ms() - r->dir.scanned_ms >= SCAN_MS &&
	    spool_dir_scan(&r->dir) == -1)
		return -1;
	if (r->dir.at >= r->dir.nseg)
		r->dir.at = 0;
	for (tried = 0; tried < r->dir.nseg; tried++) {
		s = &r->dir.seg[r->dir.at];
		if (!spool_segment_is_due(s) ||
		    !spool_segment_next(&r->file, s, rec)) {
			if (s->state == SPOOL_SEGMENT_ASIDE)
				tell_aside(r, s);
			r->dir.at = (r->dir.at + 1) % r->dir.nseg;
			continue;
		}
		place->segment = s->number;
		place->offset = s->read;
		if (r->file.stats.records % TURN == 0)
			r->dir.at = (r->dir.at + 1) % r->dir.nseg;
		return 1;
	}
	return 0;
}

int
spool_reader_is_undecided(const struct spool_reader *r)
{
	size_t i;

	for (i = 0; i < r->dir.nseg; i++)
		if (spool_segment_is_undecided(&r->dir.seg[i]))
			return 1;
	return 0;
}

/*
 * A segment may have been deleted meanwhile, and acknowledgements come late;
 * both are no fault.
 */
void
spool_reader_sent(struct spool_reader *r, const struct spool_place *place)
{
	struct spool_segment *s = spool_dir_find(&r->dir, place->segment);

	if (s == NULL || place->offset <= s->sent)
		return;
	assert(place->offset <= s->read);
	assert(s->done <= s->sent);
	s->sent = place->offset;
}

/* What is done was sent, whether that was said before or not. */
void
spool_reader_done(struct spool_reader *r, const struct spool_place *place)
{
	struct spool_segment *s = spool_dir_find(&r->dir, place->segment);

	if (s == NULL || place->offset <= s->done)
		return;
	spool_reader_sent(r, place);
	s->done = place->offset;
}

int
spool_reader_place(const struct spool_reader *r, size_t i,
    struct spool_place *place, int64_t *undone)
{
	if (i >= r->dir.nseg)
		return 0;
	place->segment = r->dir.seg[i].number;
	place->offset = r->dir.seg[i].sent;
	*undone = r->dir.seg[i].sent - r->dir.seg[i].done;
	return 1;
}

/*
 * `end', the end of the last record read, goes back as well: a segment may be
 * deleted when it is done up to there.
 */
void
spool_reader_rewind(struct spool_reader *r)
{
	struct spool_segment *s;

	for (s = r->dir.seg; s < r->dir.seg + r->dir.nseg; s++) {
		s->read = s->end = s->sent = s->done;
		spool_segment_reopen(s);
	}
	r->dir.at = 0;
}

void
spool_reader_undo(struct spool_reader *r)
{
	struct spool_segment *s;

	for (s = r->dir.seg; s < r->dir.seg + r->dir.nseg; s++)
		s->done = 0;
	spool_reader_rewind(r);
}

/* By how many bytes the spool should shrink; maybe none, or less. */
static int64_t
excess_bytes(const struct spool_reader *r, int64_t keep_bytes)
{
	int64_t excess = spool_reader_bytes(r) - keep_bytes, lacking;
	struct statvfs fs;

	if (fstatvfs(r->dir.fd, &fs) == -1)
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
	if ((fd = openat(r->dir.fd, s->name, O_RDONLY | O_NOFOLLOW |
	    O_NONBLOCK | O_CLOEXEC)) == -1 && errno == ENOENT)
		return 1;
	if (fd == -1)
		warn("%s/%s", r->path, s->name);
	else if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0) {
		if (st.st_size > s->read)
			spool_segment_reopen(s);
		else if (unlinkat(r->dir.fd, s->name, 0) == 0)
			gone = 1;
		else
			warn("%s/%s", r->path, s->name);
	}
	if (fd != -1)
		close(fd);
	return gone;
}

/*
 * Segments are gone through from the oldest on, and the list closes up over
 * those that are gone.  What is not done stays, however full the disk is:
 * losing reports is worse than refusing new ones.
 */
void
spool_reader_clean(struct spool_reader *r, int64_t keep_s, int64_t keep_bytes,
    int64_t keep_bad_s)
{
	int64_t excess = excess_bytes(r, keep_bytes), now = base_clock_now_s();
	int64_t bytes, files;
	struct spool_segment *s;
	struct stat st;
	size_t i, n = 0;
	int there;

	for (i = 0; i < r->dir.nseg; i++) {
		s = &r->dir.seg[i];
		there = fstatat(r->dir.fd, s->name, &st,
		    AT_SYMLINK_NOFOLLOW) == 0;
		if (!spool_segment_is_read(s) || s->done < s->end ||
		    (there && excess <= 0 && now - st.st_mtime < keep_s) ||
		    !delete_segment(r, s)) {
			r->dir.seg[n++] = *s;
			continue;
		}
		excess -= there ? st.st_size : 0;
		spool_segment_close(&r->file, s->number);
	}
	if (n < r->dir.nseg)
		r->dir.at = 0;
	r->dir.nseg = n;
	if (r->swept_ms == 0 ||
	    base_clock_mono_ms() - r->swept_ms >= SWEEP_BAD_MS) {
		r->swept_ms = base_clock_mono_ms();
		spool_dir_look_at_bad(&r->dir, keep_bad_s, &files, &bytes);
	}
}

int
spool_reader_is_removed(const struct spool_reader *r)
{
	struct stat st;

	return fstat(r->dir.fd, &st) == 0 && st.st_nlink == 0;
}

int64_t
spool_reader_waiting(const struct spool_reader *r)
{
	return spool_dir_bytes(&r->dir, 1);
}

int64_t
spool_reader_bytes(const struct spool_reader *r)
{
	return spool_dir_bytes(&r->dir, 0);
}

size_t
spool_reader_segments(const struct spool_reader *r)
{
	return r->dir.nseg;
}

/* Without a lock a reader at work is not disturbed. */
int
spool_reader_look(const char *dir, struct spool_reader **reader)
{
	struct spool_reader *r;
	int rc = -1;

	if ((*reader = r = new_reader(dir)) == NULL)
		return -1;
	r->file.silent = 1;
	r->dir.fd = r->file.dirfd = open(dir, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	if (r->dir.fd == -1 && errno == ENOENT)
		rc = 0;
	else if (r->dir.fd == -1)
		warn("%s", dir);
	else {
		load_state(r);
		if (spool_dir_scan(&r->dir) == 0)
			return 1;
	}
	spool_reader_end(r);
	*reader = NULL;
	return rc;
}

const struct spool_dir *
spool_reader_dir(const struct spool_reader *r)
{
	return &r->dir;
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
		warn("%s", r->path);
		return -1;
	}
	free(r->note);
	r->note = copy;
	return 0;
}

/* Write all of B to FD.  Returns 0, or -1 with errno set. */
static int
write_state_file(int fd, const struct base_buf *b)
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

/* Renaming makes it whole for all who read it.  It is not synced, see above. */
int
spool_reader_save(struct spool_reader *r)
{
	struct base_buf text;
	size_t i;
	int fd = -1, rc = -1;

	base_buf_init(&text);
	spool_state_begin(&text, spool_reader_note(r));
	for (i = 0; i < r->dir.nseg; i++)
		spool_state_add(&text, r->dir.seg[i].name, r->dir.seg[i].sent,
		    r->dir.seg[i].done);
	spool_state_end(&text);
	errno = ENOMEM;
	if (base_buf_ok(&text) &&
	    (fd = openat(r->dir.fd, STATE_TMP, O_CREAT | O_TRUNC | O_WRONLY |
	    O_NOFOLLOW | O_CLOEXEC, 0640)) != -1 &&
	    write_state_file(fd, &text) == 0 &&
	    renameat(r->dir.fd, STATE_TMP, r->dir.fd, STATE) == 0)
		rc = 0;
	if (rc == -1 && !r->unsaved)
		warn("%s/%s", r->path, STATE);
	r->unsaved = rc == -1;
	if (fd != -1)
		close(fd);
	base_buf_done(&text);
	return rc;
}
