/* SPDX-License-Identifier: ISC */
#include <sys/file.h>
#include <sys/stat.h>

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

#define CHUNK		(1024 * 1024)

void
spool_segment_close(struct spool_segment_file *f)
{
	if (f->fd != -1)
		close(f->fd);
	f->fd = -1;
	f->open = 0;
	f->len = 0;
	if (f->cap > CHUNK) {	/* a rare, large record */
		free(f->buf);
		f->buf = NULL;
		f->cap = 0;
	}
}

/* Make S the open segment.  Returns 1, 0 if it is gone, or -1. */
static int
open_segment(struct spool_segment_file *f, const struct spool_segment *s)
{
	if (f->open == s->number)
		return 1;
	spool_segment_close(f);
	if ((f->fd = openat(f->dirfd, s->name, O_RDONLY | O_NOFOLLOW |
	    O_CLOEXEC)) == -1) {
		if (errno == ENOENT)
			return 0;
		warn("%s/%s", f->dir, s->name);
		return -1;
	}
	f->open = s->number;
	return 1;
}

/*
 * As pread() from the open segment, but nothing that its writer has still to
 * acknowledge.  The size comes first: what is below it and not locked then is
 * acknowledged, or gone.
 */
static ssize_t
read_at(const struct spool_segment_file *f, char *buf, size_t len, int64_t offset)
{
	struct flock l = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	struct stat st;
	int64_t end;

	if (fstat(f->fd, &st) == -1 || fcntl(f->fd, F_OFD_GETLK, &l) == -1)
		return -1;
	end = l.l_type != F_UNLCK && l.l_start < st.st_size ? l.l_start :
	    st.st_size;
	if (offset >= end)
		return 0;
	return pread(f->fd, buf, (int64_t)len < end - offset ? len :
	    (size_t)(end - offset), offset);
}

/*
 * Have the bytes of the open segment S from OFFSET on in the buffer: NEED,
 * or all there are.  Returns how many, *P being the first, or -1 after a
 * warning.
 */
static ssize_t
fill(struct spool_segment_file *f, const struct spool_segment *s, int64_t offset,
    size_t need, const char **p)
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
				goto fail;
			f->buf = buf;
			f->cap = cap;
		}
		while (f->len < need) {
			n = read_at(f, f->buf + f->len, f->cap - f->len,
			    f->bufoff + (int64_t)f->len);
			if (n == -1 && errno == EINTR)
				continue;
			if (n == -1)
				goto fail;
			if (n == 0)
				break;
			f->len += (size_t)n;
		}
	}
	*p = f->buf + skip;
	return (ssize_t)(f->len - skip);
fail:
	warn("%s/%s", f->dir, s->name);
	return -1;
}

/*
 * Decode at OFFSET, reading as much as it takes.  Returns how many bytes were
 * there to decode, or -1 after a warning.
 */
static ssize_t
decode(struct spool_segment_file *f, const struct spool_segment *s, int64_t offset,
    struct spool_record *rec, enum spool_record_verdict *v, size_t *size)
{
	ssize_t had = -1, n;
	const char *p;

	*v = SPOOL_RECORD_INCOMPLETE;
	for (*size = 1; (n = fill(f, s, offset, *size, &p)) > had; had = n) {
		*v = spool_record_decode(rec, p, (size_t)n, size);
		if (*v != SPOOL_RECORD_INCOMPLETE)
			break;
	}
	return n;
}

/*
 * Look for a whole record behind *OFFSET.  Returns 1 with *OFFSET at it, 0
 * with *OFFSET at the end, -1 after a warning.
 */
static int
find_record(struct spool_segment_file *f, const struct spool_segment *s, int64_t *offset)
{
	enum spool_record_verdict v;
	struct spool_record rec;
	const char *p;
	size_t size, skip;
	ssize_t n;

	while ((n = fill(f, s, *offset, SPOOL_RECORD_SCAN, &p)) > 0) {
		skip = spool_record_scan(p, (size_t)n);
		if (skip == (size_t)n && n >= SPOOL_RECORD_SCAN)
			skip -= SPOOL_RECORD_SCAN - 2; /* it may begin here */
		*offset += (int64_t)skip;
		if (decode(f, s, *offset, &rec, &v, &size) == -1)
			return -1;
		if (v == SPOOL_RECORD_OK)
			return 1;
	}
	return (int)n;
}

/* Copy what is from S->read to TO aside, for whoever wants to look at it. */
static void
keep_bad(struct spool_segment_file *f, const struct spool_segment *s, int64_t to)
{
	char buf[16384], name[SPOOL_SEGMENT_NAME + 40];
	int64_t at = s->read;
	ssize_t n;
	int fd;

	snprintf(name, sizeof(name), "bad/%s.%lld", s->name, (long long)at);
	mkdirat(f->dirfd, "bad", 0750);
	if ((fd = openat(f->dirfd, name, O_CREAT | O_WRONLY | O_TRUNC |
	    O_CLOEXEC, 0640)) == -1) {
		warn("%s/%s", f->dir, name);
		return;
	}
	for (; at < to; at += n) {
		n = to - at < (int64_t)sizeof(buf) ? (ssize_t)(to - at) :
		    (ssize_t)sizeof(buf);
		if ((n = pread(f->fd, buf, (size_t)n, at)) <= 0 ||
		    write(fd, buf, (size_t)n) != n)
			break;
	}
	if (at < to)
		warn("%s/%s", f->dir, name);
	close(fd);
}

static void
pass_over(struct spool_segment_file *f, struct spool_segment *s, int64_t to)
{
	warnx("%s/%s: %lld damaged bytes at %lld", f->dir, s->name,
	    (long long)(to - s->read), (long long)s->read);
	keep_bad(f, s, to);
	f->stats.bad_bytes += (uint64_t)(to - s->read);
	s->read = to;
}

/* 1 if nothing but zeros follows, as a crash of the machine may leave. */
static int
only_zeros(struct spool_segment_file *f, const struct spool_segment *s)
{
	int64_t at = s->read;
	const char *p;
	ssize_t i, n;

	for (; (n = fill(f, s, at, 1, &p)) > 0; at += n)
		for (i = 0; i < n; i++)
			if (p[i] != 0)
				return 0;
	return n == 0;
}

/* 1 if a writer holds the open segment S: it may grow.  Else sets S->left. */
static int
is_held(struct spool_segment_file *f, struct spool_segment *s)
{
	struct stat st;

	if (flock(f->fd, LOCK_SH | LOCK_NB) == -1)
		return 1;
	s->left = fstat(f->fd, &st) == -1 ||
	    (st.st_mode & SPOOL_WRITER_LEFT) != 0;
	flock(f->fd, LOCK_UN);
	return 0;
}

int
spool_segment_next(struct spool_segment_file *f, struct spool_segment *s,
    struct spool_record *rec)
{
	enum spool_record_verdict v;
	int final = 0, found;
	struct stat st;
	int64_t to;
	size_t size;
	ssize_t n;

	if ((found = open_segment(f, s)) != 1) {
		s->ended = found == 0;
		return found;
	}
	for (;;) {
		if ((n = decode(f, s, s->read, rec, &v, &size)) == -1)
			return -1;
		if (v == SPOOL_RECORD_OK) {
			s->read += (int64_t)size;
			s->end = s->read;
			f->stats.records++;
			return 1;
		}
		/* Without a writer, what is there now is all there will be. */
		if (!final && !is_held(f, s)) {
			final = 1;
			continue;
		}
		if (n == 0) {
			s->ended = final;
			return 0;
		}
		if (!final && fstat(f->fd, &st) == 0 &&
		    st.st_size == s->looked)
			return 0;
		to = s->read;
		if ((found = find_record(f, s, &to)) == -1)
			return -1;
		if (found) {
			/* It may have been finished since it was read. */
			if (decode(f, s, s->read, rec, &v, &size) == -1)
				return -1;
			if (v != SPOOL_RECORD_OK)
				pass_over(f, s, to);
			continue;
		}
		if (!final) {		/* it may just be unfinished */
			s->looked = to;
			return 0;
		}
		if (v == SPOOL_RECORD_INCOMPLETE || only_zeros(f, s)) {
			f->stats.torn_bytes += (uint64_t)(to - s->read);
			s->read = to;	/* nobody was told of it */
		} else
			pass_over(f, s, to);
		s->ended = 1;
		return 0;
	}
}
