/* SPDX-License-Identifier: ISC */
/*
 * A segment is a row of records, each directly behind the one before, and
 * nothing else.  spool/record.h shows the layout of a record.
 *
 * The bytes at some offset are a valid record if and only if
 *
 *  (1) they begin with the magic of a version that record.c knows,
 *  (2) the length they announce has room for the head of that version and the
 *	key, and is SPOOL_RECORD_MAX at most,
 *  (3) the file has all of it,
 *  (4) the CRC is right,
 *  (5) no writer holds a lock on any of these bytes, and
 *  (6) the offset is the start of the file, or the end of a valid record, or
 *	follows bytes that were passed over as below.
 *
 * Only one writer appends to a segment, which it holds with flock(2).  Before
 * it writes it locks the bytes from there on (a lock of the open file
 * description), and unlocks them when fdatasync(2) has returned, just before
 * it tells its clients.  If writing or syncing fails it cuts the file back
 * to where the lock begins.  That is what (5) is for: a reader that asks for
 * the size of the file first and for the lock then knows that what is below
 * both was acknowledged, or is gone.  Bytes that were acknowledged never
 * change and never go, but for the deletion of the whole file.
 *
 * So if there is no valid record at the place that was read up to:
 *
 *  - At the end of the file, there is none yet; and if nobody holds the
 *    segment, there will be none.
 *  - If a valid record follows somewhere behind, what lies between is damage:
 *    whoever wrote the later record had acknowledged the earlier bytes.  They
 *    are copied to bad/, and reading goes on behind them.  The record that is
 *    found may be an accident, a report line that quotes a record, say; then
 *    it counts as a submission that never was one.  That takes a right CRC,
 *    and damage in front of it.
 *  - If none follows and somebody holds the segment, it may be unfinished.
 *    It is looked at again when the file has grown.
 *  - If none follows and nobody holds the segment, a record that its file is
 *    too short for, or zeros, is what a crash leaves: nobody was told that it
 *    is there.  Everything else is damage.
 *
 * A bad block of a disk gives EIO each time it is read, but a cable that was
 * pulled may be put back.  So the segment is set aside, and tried again.
 * When the same place has failed PATCH_AFTER times, blocks that cannot be read
 * are taken for zeros, which makes damage of the records they hit, and what
 * lies behind is read.  Trying a block may take a disk seconds: of a row of
 * bad ones, 1, 2, 4 ... are passed over at once, so that a region of any size
 * costs some tries only, and at most as many good blocks behind it as it had
 * bad ones.  But where the file's last block is bad there is nothing to win
 * by giving up the rest: then, as with a file that cannot be opened, the
 * segment stays aside and is tried again for as long as it takes.
 *
 * The file is read, not mapped, since its writer may cut it.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spool/record.h"
#include "spool/segment.h"
#include "spool/writer.h"

#define CHUNK		(1024 * 1024)	/* read at once */
#define BLOCK		4096		/* what a disk loses, at least */
#define PATCH_AFTER	2		/* failures */
#define PAUSE_MS	1000		/* after a failure ... */
#define PAUSE_MAX_MS	60000		/* ... and at most */

/* What is at the place that was read up to. */
enum finding {
	FOUND_RECORD,		/* a valid record */
	FOUND_NOTHING,		/* no more than before, but it may grow */
	FOUND_UNFINISHED,	/* bytes that may become a record */
	FOUND_END,		/* the end, and nobody writes */
	FOUND_TORN,		/* what a crash left, up to the end */
	FOUND_DAMAGE,		/* damage up to a record */
	FOUND_BAD_END,		/* damage up to the end */
	FOUND_NO_FILE,		/* it is gone */
	FOUND_FAILURE		/* S->error: it cannot be read */
};

void
spool_segment_init(struct spool_segment_file *f)
{
	memset(f, 0, sizeof(*f));
	f->fd = f->dirfd = -1;
}

void
spool_segment_done(struct spool_segment_file *f)
{
	spool_segment_close(f, 0);
	free(f->buf);
	f->buf = NULL;
	f->cap = 0;
}

void
spool_segment_close(struct spool_segment_file *f, uint64_t number)
{
	if (number != 0 && f->open != number)
		return;
	if (f->fd != -1)
		close(f->fd);
	f->fd = -1;
	f->open = 0;
	f->len = 0;
	f->hurt = 0;
	f->gap = 1;
	if (f->cap > CHUNK) {	/* for one large record, which are rare */
		free(f->buf);
		f->buf = NULL;
		f->cap = 0;
	}
}

/*
 * Reading begins at SENT, not at DONE: what lies between was passed on, and
 * whoever has it will finish it.
 */
void
spool_segment_begin(struct spool_segment *s, const char *name,
    uint64_t number, int64_t sent, int64_t done)
{
	assert(number > 0 && done >= 0 && sent >= done);
	memset(s, 0, sizeof(*s));
	strlcpy(s->name, name, sizeof(s->name));
	s->number = number;
	s->read = s->end = s->sent = sent;
	s->done = done;
	s->failed_at = -1;
	s->pause.first_ms = PAUSE_MS;
	s->pause.max_ms = PAUSE_MAX_MS;
}

/* All changes of state are made here: every way leads through OPEN. */
static void
change_state(struct spool_segment *s, enum spool_segment_state to)
{
	assert(s->state == SPOOL_SEGMENT_OPEN || to == SPOOL_SEGMENT_OPEN);
	s->state = to;
}

void
spool_segment_reopen(struct spool_segment *s)
{
	change_state(s, SPOOL_SEGMENT_OPEN);
}

int
spool_segment_is_read(const struct spool_segment *s)
{
	return s->state == SPOOL_SEGMENT_LEFT ||
	    s->state == SPOOL_SEGMENT_ENDED;
}

/*
 * A pause that is over is ended here, so that nobody else has to look at
 * clocks.
 */
int
spool_segment_is_due(struct spool_segment *s)
{
	if (s->state == SPOOL_SEGMENT_ASIDE &&
	    base_clock_mono_ms() >= s->retry_ms)
		change_state(s, SPOOL_SEGMENT_OPEN);
	return s->state == SPOOL_SEGMENT_OPEN;
}

int
spool_segment_is_undecided(const struct spool_segment *s)
{
	return s->state == SPOOL_SEGMENT_ASIDE && s->error == EIO &&
	    s->failures <= PATCH_AFTER;
}

/* Note that S could not be read at byte AT, or (-1) not be opened. */
static enum finding
note_read_failure(struct spool_segment *s, int64_t at)
{
	s->error = errno;
	s->failures = at == s->failed_at ? s->failures + 1 : 1;
	s->failed_at = at;
	return FOUND_FAILURE;
}

/* Make S the open segment.  Returns 1, or 0 with errno set. */
static int
open_segment(struct spool_segment_file *f, const struct spool_segment *s)
{
	struct stat st;

	if (f->open == s->number)
		return 1;
	spool_segment_close(f, 0);
	/* Without O_NONBLOCK a pipe of that name would be waited for. */
	if ((f->fd = openat(f->dirfd, s->name, O_RDONLY | O_NOFOLLOW |
	    O_NONBLOCK | O_CLOEXEC)) == -1 || fstat(f->fd, &st) == -1)
		return 0;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return 0;
	}
	f->open = s->number;
	return 1;
}

/*
 * Where the acknowledged bytes of the open segment end, or -1 with errno set.
 * The size comes first: what is below it and not locked then is acknowledged,
 * or gone.
 */
static int64_t
acknowledged_end(const struct spool_segment_file *f)
{
	struct flock l = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	struct stat st;

	if (fstat(f->fd, &st) == -1 || fcntl(f->fd, F_OFD_GETLK, &l) == -1)
		return -1;
	return l.l_type != F_UNLCK && l.l_start < st.st_size ? l.l_start :
	    st.st_size;
}

/* pread() that no signal ends. */
static ssize_t
read_whole(int fd, char *buf, size_t len, int64_t offset)
{
	ssize_t n;

	while ((n = pread(fd, buf, len, offset)) == -1 && errno == EINTR)
		;
	return n;
}

/*
 * Set the LEN bytes from OFFSET on, which the disk cannot read, to zeros; or
 * only those up to the end of F->gap blocks, a number that doubles with each
 * bad block in a row.  Returns how many bytes.
 */
static ssize_t
patch_over(struct spool_segment_file *f, char *buf, size_t len,
    int64_t offset)
{
	int64_t n = f->gap * BLOCK - offset % BLOCK;

	assert(f->gap > 0 && len > 0);
	if ((int64_t)len < n)
		n = (int64_t)len;
	else
		f->gap *= 2;
	memset(buf, 0, (size_t)n);
	if (f->hurt < offset + n)
		f->hurt = offset + n;
	return (ssize_t)n;
}

/*
 * Read from the open segment as pread() does, but only bytes that its writer
 * has acknowledged.  A bad block ends the read in front of it; one at OFFSET
 * is an error, or is taken for zeros when F->patch says so.
 */
static ssize_t
read_some(struct spool_segment_file *f, char *buf, size_t len, int64_t offset)
{
	size_t rest = (size_t)(BLOCK - offset % BLOCK);
	int64_t end = acknowledged_end(f);
	ssize_t n;

	if (end == -1)
		return -1;
	if (offset >= end)
		return 0;
	if ((int64_t)len > end - offset)
		len = (size_t)(end - offset);
	n = read_whole(f->fd, buf, len, offset);
	if (n == -1 && errno == EIO && len > rest)
		n = read_whole(f->fd, buf, rest, offset);
	if (n == -1 && errno == EIO && f->patch)
		return patch_over(f, buf, len, offset);
	if (n > 0)
		f->gap = 1;
	return n;
}

/*
 * Have NEED bytes of the open segment, from OFFSET on, in the buffer, or all
 * there are.  Returns how many there are, with *P at the first, or -1 with
 * errno set.
 */
static ssize_t
fill_buffer(struct spool_segment_file *f, int64_t offset, size_t need,
    const char **p)
{
	size_t cap, skip;
	ssize_t n;
	char *buf;

	if (offset < f->bufoff || offset > f->bufoff + (int64_t)f->len) {
		f->bufoff = offset;
		f->len = 0;
	}
	skip = (size_t)(offset - f->bufoff);
	if (f->len - skip < need) {
		if (skip > 0)
			memmove(f->buf, f->buf + skip, f->len - skip);
		f->len -= skip;
		f->bufoff = offset;
		skip = 0;
		cap = need > CHUNK ? need : CHUNK;
		if (f->cap < cap) {
			if ((buf = realloc(f->buf, cap)) == NULL)
				return -1;
			f->buf = buf;
			f->cap = cap;
		}
		while (f->len < need) {
			n = read_some(f, f->buf + f->len, f->cap - f->len,
			    f->bufoff + (int64_t)f->len);
			if (n == -1)
				return -1;
			if (n == 0)
				break;
			f->len += (size_t)n;
		}
	}
	*p = f->buf + skip;
	assert(f->len <= f->cap && skip <= f->len);
	return (ssize_t)(f->len - skip);
}

/*
 * Decode at OFFSET, reading as much as it takes.  Returns how many bytes were
 * there to decode, or -1 with errno set.
 */
static ssize_t
decode_at(struct spool_segment_file *f, int64_t offset,
    struct spool_record *rec, enum spool_record_verdict *v, size_t *size)
{
	ssize_t had = -1, n;
	const char *p;

	*v = SPOOL_RECORD_INCOMPLETE;
	for (*size = 1; (n = fill_buffer(f, offset, *size, &p)) > had;
	    had = n) {
		*v = spool_record_decode(rec, p, (size_t)n, size);
		if (*v != SPOOL_RECORD_INCOMPLETE)
			break;
	}
	return n;
}

/*
 * Look for a valid record behind *OFFSET.  Returns 1 with *OFFSET at it, 0
 * with *OFFSET at the end, -1 with errno set.
 */
static int
find_record(struct spool_segment_file *f, int64_t *offset)
{
	enum spool_record_verdict v;
	struct spool_record rec;
	const char *p;
	size_t size, skip;
	ssize_t n;

	while ((n = fill_buffer(f, *offset, SPOOL_RECORD_SCAN, &p)) > 0) {
		skip = spool_record_scan(p, (size_t)n);
		if (skip == (size_t)n && n >= SPOOL_RECORD_SCAN)
			skip -= SPOOL_RECORD_SCAN - 2; /* it may begin here */
		*offset += (int64_t)skip;
		if (decode_at(f, *offset, &rec, &v, &size) == -1)
			return -1;
		if (v == SPOOL_RECORD_OK)
			return 1;
	}
	return (int)n;
}

/*
 * Copy the bytes from S->read to TO into bad/, for people to look at.  Failing
 * to is warned of only: there is no reason to stop reading the segment.
 */
static void
keep_bad(struct spool_segment_file *f, const struct spool_segment *s,
    int64_t to)
{
	char buf[16384], name[SPOOL_SEGMENT_NAME + 40];
	int64_t at = s->read;
	int fd, patch = f->patch;
	ssize_t n;

	snprintf(name, sizeof(name), SPOOL_SEGMENT_BAD "/%s.%lld", s->name,
	    (long long)at);
	mkdirat(f->dirfd, SPOOL_SEGMENT_BAD, 0750);
	if ((fd = openat(f->dirfd, name, O_CREAT | O_WRONLY | O_TRUNC |
	    O_CLOEXEC, 0640)) == -1) {
		warn("%s/%s", f->dir, name);
		return;
	}
	f->patch = 1;
	for (; at < to; at += n) {
		n = to - at < (int64_t)sizeof(buf) ? (ssize_t)(to - at) :
		    (ssize_t)sizeof(buf);
		if ((n = read_some(f, buf, (size_t)n, at)) <= 0 ||
		    write(fd, buf, (size_t)n) != n)
			break;
	}
	f->patch = patch;
	if (at < to)
		warn("%s/%s", f->dir, name);
	close(fd);
}

/* Go on at TO, behind damage. */
static void
pass_over(struct spool_segment_file *f, struct spool_segment *s, int64_t to)
{
	assert(to > s->read);
	if (!f->silent) {
		warnx("%s/%s: %lld damaged bytes at %lld%s", f->dir, s->name,
		    (long long)(to - s->read), (long long)s->read,
		    f->hurt > s->read ? ", some of which the disk cannot "
		    "read" : "");
		keep_bad(f, s, to);
	}
	f->stats.bad_bytes += (uint64_t)(to - s->read);
	s->read = to;
}

/* 1 if nothing but zeros follows OFFSET, 0 if not, -1 with errno set. */
static int
has_only_zeros(struct spool_segment_file *f, int64_t offset)
{
	const char *p;
	ssize_t i, n;

	for (; (n = fill_buffer(f, offset, 1, &p)) > 0; offset += n)
		for (i = 0; i < n; i++)
			if (p[i] != 0)
				return 0;
	return n == 0 ? 1 : -1;
}

/*
 * 1 if a writer holds the open segment: it may grow.  Otherwise *LEFT is 1
 * if the next writer may go on in it.
 */
static int
is_held(const struct spool_segment_file *f, int *left)
{
	struct stat st;

	if (flock(f->fd, LOCK_SH | LOCK_NB) == -1)
		return 1;
	*left = fstat(f->fd, &st) == -1 ||
	    (st.st_mode & SPOOL_WRITER_LEFT) != 0;
	flock(f->fd, LOCK_UN);
	return 0;
}

/*
 * No record starts where S was read up to, V being why, and no other follows
 * up to the end, which is TO.  Nobody writes any more.
 */
static enum finding
judge_tail(struct spool_segment_file *f, struct spool_segment *s,
    enum spool_record_verdict v, int64_t to)
{
	int zeros;

	if (f->hurt > s->read && f->hurt >= to) {
		errno = EIO;
		return note_read_failure(s, s->failed_at);
	}
	if (f->hurt > s->read)
		return FOUND_BAD_END;
	if (v == SPOOL_RECORD_INCOMPLETE)
		return FOUND_TORN;
	if ((zeros = has_only_zeros(f, s->read)) == -1)
		return note_read_failure(s, f->bufoff + (int64_t)f->len);
	return zeros ? FOUND_TORN : FOUND_BAD_END;
}

/*
 * Find out what is at S->read.  With FOUND_RECORD, REC is the record and *TO
 * its end; with FOUND_TORN, FOUND_DAMAGE and FOUND_BAD_END, *TO is where that
 * ends; with FOUND_UNFINISHED, *TO is the end of the file.  *LEFT is set when
 * no writer holds S, see is_held().
 */
static enum finding
look_at_place(struct spool_segment_file *f, struct spool_segment *s,
    struct spool_record *rec, int64_t *to, int *left)
{
	enum spool_record_verdict v;
	int found, held = 1;
	size_t size;
	ssize_t n;

	if (!open_segment(f, s))
		return errno == ENOENT ? FOUND_NO_FILE :
		    note_read_failure(s, -1);
	f->patch = s->failures >= PATCH_AFTER;
	n = decode_at(f, s->read, rec, &v, &size);
	/* Without a writer, what is there now is all there will be. */
	if (n != -1 && v != SPOOL_RECORD_OK && !(held = is_held(f, left)))
		n = decode_at(f, s->read, rec, &v, &size);
	if (n == -1)
		return note_read_failure(s, f->bufoff + (int64_t)f->len);
	*to = s->read + (int64_t)size;
	if (v == SPOOL_RECORD_OK)
		return FOUND_RECORD;
	if (n == 0)
		return held ? FOUND_NOTHING : FOUND_END;
	if (held && acknowledged_end(f) == s->unfinished)
		return FOUND_NOTHING;
	*to = s->read;
	if ((found = find_record(f, to)) == -1)
		return note_read_failure(s, f->bufoff + (int64_t)f->len);
	if (!found)
		return held ? FOUND_UNFINISHED : judge_tail(f, s, v, *to);
	/* It may have been finished since it was read. */
	if (decode_at(f, s->read, rec, &v, &size) == -1)
		return note_read_failure(s, f->bufoff + (int64_t)f->len);
	if (v == SPOOL_RECORD_OK)
		*to = s->read + (int64_t)size;
	return v == SPOOL_RECORD_OK ? FOUND_RECORD : FOUND_DAMAGE;
}

/* What was read shows that S can be read again. */
static void
forget_failure(struct spool_segment_file *f, struct spool_segment *s)
{
	if (s->told && !f->silent)
		warnx("%s/%s: can be read again", f->dir, s->name);
	s->error = s->told = 0;
	s->failures = 0;
	s->failed_at = -1;
	base_clock_backoff_reset(&s->pause);
}

/*
 * Do what follows from FOUND, which reaches from S->read to TO.  LEFT says that
 * no writer holds S and the next one may go on in it.
 */
static void
act_on(struct spool_segment_file *f, struct spool_segment *s,
    enum finding found, int64_t to, int left)
{
	const enum spool_segment_state end = left ? SPOOL_SEGMENT_LEFT :
	    SPOOL_SEGMENT_ENDED;

	if (s->error != 0 && found != FOUND_FAILURE && (s->read >
	    s->failed_at || found == FOUND_END || found == FOUND_RECORD))
		forget_failure(f, s);
	switch (found) {
	case FOUND_RECORD:
		s->read = s->end = to;
		f->stats.records++;
		break;
	case FOUND_NOTHING:
		break;
	case FOUND_UNFINISHED:
		s->unfinished = to;
		break;
	case FOUND_TORN:
		f->stats.torn_bytes += (uint64_t)(to - s->read);
		s->read = to;
		change_state(s, end);
		break;
	case FOUND_DAMAGE:
		pass_over(f, s, to);
		break;
	case FOUND_BAD_END:
		pass_over(f, s, to);
		change_state(s, end);
		break;
	case FOUND_END:
		change_state(s, end);
		break;
	case FOUND_NO_FILE:
		change_state(s, SPOOL_SEGMENT_ENDED);
		break;
	case FOUND_FAILURE:
		spool_segment_close(f, 0);
		s->retry_ms = base_clock_mono_ms() +
		    base_clock_backoff_next(&s->pause);
		change_state(s, SPOOL_SEGMENT_ASIDE);
		break;
	}
}

/*
 * Damage is passed over here, and what follows it looked at, so that a caller
 * never has to ask twice for a record that is there.
 */
int
spool_segment_next(struct spool_segment_file *f, struct spool_segment *s,
    struct spool_record *rec)
{
	enum finding found;
	int64_t to = s->read;
	int left = 0;

	assert(s->state == SPOOL_SEGMENT_OPEN);
	assert(s->done <= s->sent && s->sent <= s->read);
	do {
		found = look_at_place(f, s, rec, &to, &left);
		act_on(f, s, found, to, left);
	} while (found == FOUND_DAMAGE);
	return found == FOUND_RECORD;
}
