/* SPDX-License-Identifier: ISC */
/*
 * The state file, feed.state, is text: "loc-spool 1", the note, then a line
 * "NAME READ DONE" for each segment.  A segment without a line is new.
 */
#include <sys/file.h>
#include <sys/stat.h>

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
#include "base/civil.h"
#include "spool/reader.h"
#include "spool/writer.h"

#define STATE		"feed.state"
#define STATE_TMP	".feed.state.new"
#define LOCK		"feed.lock"
#define FIRST_LINE	"loc-spool 1\n"
#define NAME_LEN	64
#define CHUNK		(1024 * 1024)
#define SCAN_MS		20		/* between looks at the directory */
#define TURN		1000		/* records, then the next segment */

struct segment {
	char		 name[NAME_LEN];
	uint64_t	 number;
	int		 fd;		/* -1: not open */
	int		 sealed;	/* nobody writes it any more */
	int64_t		 read, done;	/* bytes */
	int64_t		 end;		/* of the last record read */
};

struct spool_reader {
	char		*dir;
	int		 dirfd, lockfd;
	struct segment	*seg;		/* by name */
	size_t		 nseg, capseg;
	size_t		 at;		/* segment being read */
	uint64_t	 numbers;
	int64_t		 scanned_ms;
	/* bytes of segment bufseg from bufoff on */
	uint64_t	 bufseg;
	int64_t		 bufoff;
	struct base_buf	 buf;
	char		 note[512];
	struct spool_reader_stats stats;
};

static int
is_segment(const char *name)
{
	size_t len = strlen(name), n = sizeof(SPOOL_WRITER_SUFFIX) - 1;

	return name[0] != '.' && len > n && len < NAME_LEN &&
	    strcmp(name + len - n, SPOOL_WRITER_SUFFIX) == 0;
}

static struct segment *
find(struct spool_reader *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->nseg; i++)
		if (strcmp(r->seg[i].name, name) == 0)
			return &r->seg[i];
	return NULL;
}

/* Add a segment in its place; those behind move. */
static int
add(struct spool_reader *r, const char *name, int64_t read, int64_t done)
{
	struct segment *p;
	size_t i;

	if (r->nseg == r->capseg) {
		p = reallocarray(r->seg, r->capseg + 64, sizeof(*p));
		if (p == NULL) {
			warn("%s", r->dir);
			return -1;
		}
		r->seg = p;
		r->capseg += 64;
	}
	for (i = r->nseg; i > 0 && strcmp(r->seg[i - 1].name, name) > 0; i--)
		r->seg[i] = r->seg[i - 1];
	memset(&r->seg[i], 0, sizeof(r->seg[i]));
	strlcpy(r->seg[i].name, name, NAME_LEN);
	r->seg[i].number = ++r->numbers;
	r->seg[i].fd = -1;
	r->seg[i].read = r->seg[i].end = read;
	r->seg[i].done = done;
	r->nseg++;
	if (i <= r->at && r->nseg > 1)
		r->at = 0;
	return 0;
}

static int
scan_dir(struct spool_reader *r)
{
	struct dirent *e;
	DIR *d;
	int fd, rc = 0;

	r->scanned_ms = base_civil_mono_ms();
	if ((fd = openat(r->dirfd, ".", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) == -1 || (d = fdopendir(fd)) == NULL) {
		warn("%s", r->dir);
		if (fd != -1)
			close(fd);
		return -1;
	}
	while (rc == 0 && (e = readdir(d)) != NULL)
		if (is_segment(e->d_name) && find(r, e->d_name) == NULL)
			rc = add(r, e->d_name, 0, 0);
	closedir(d);
	return rc;
}

static void
load_state(struct spool_reader *r)
{
	char line[640], name[NAME_LEN];
	long long done, rd;
	FILE *fp;
	int fd;

	if ((fd = openat(r->dirfd, STATE, O_RDONLY | O_CLOEXEC)) == -1 ||
	    (fp = fdopen(fd, "r")) == NULL) {
		if (errno != ENOENT)
			warn("%s/%s", r->dir, STATE);
		return;
	}
	/* What cannot be read is read again: nothing is lost by that. */
	if (fgets(line, sizeof(line), fp) != NULL &&
	    strcmp(line, FIRST_LINE) == 0 &&
	    fgets(line, sizeof(line), fp) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		strlcpy(r->note, line, sizeof(r->note));
		while (fscanf(fp, "%63s %lld %lld\n", name, &rd, &done) == 3)
			if (is_segment(name) && done >= 0 && rd >= done &&
			    faccessat(r->dirfd, name, F_OK, 0) == 0 &&
			    find(r, name) == NULL)
				add(r, name, rd, done);
	} else
		warnx("%s/%s: not a state file, reading all again", r->dir,
		    STATE);
	fclose(fp);
}

struct spool_reader *
spool_reader_open(const char *dir, int *busy)
{
	struct spool_reader *r;

	*busy = 0;
	if ((r = calloc(1, sizeof(*r))) == NULL ||
	    (r->dir = strdup(dir)) == NULL) {
		warn("%s", dir);
		free(r);
		return NULL;
	}
	r->dirfd = r->lockfd = -1;
	base_buf_init(&r->buf);
	if ((mkdir(dir, 0750) == -1 && errno != EEXIST) ||
	    (r->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1 ||
	    (r->lockfd = openat(r->dirfd, LOCK, O_CREAT | O_RDWR | O_CLOEXEC,
	    0640)) == -1) {
		warn("%s", dir);
		goto fail;
	}
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
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->nseg; i++)
		if (r->seg[i].fd != -1)
			close(r->seg[i].fd);
	if (r->lockfd != -1)
		close(r->lockfd);
	if (r->dirfd != -1)
		close(r->dirfd);
	base_buf_done(&r->buf);
	free(r->seg);
	free(r->dir);
	free(r);
}

/* Have at least WANT bytes at S->read in the buffer, if they exist. */
static int
fill(struct spool_reader *r, struct segment *s, size_t want)
{
	size_t have = 0, room;
	ssize_t n;
	char *p;

	if (r->bufseg == s->number && s->read >= r->bufoff &&
	    s->read <= r->bufoff + (int64_t)r->buf.len)
		have = (size_t)(r->bufoff + (int64_t)r->buf.len - s->read);
	if (have >= want)
		return 0;
	if (have > 0)
		memmove(r->buf.data, r->buf.data + (s->read - r->bufoff),
		    have);
	r->buf.len = have;
	r->bufseg = s->number;
	r->bufoff = s->read;
	room = want - have > CHUNK ? want - have : CHUNK;
	if ((p = base_buf_room(&r->buf, room)) == NULL) {
		warnx("%s: out of memory", r->dir);
		return -1;
	}
	while (r->buf.len < want) {
		n = pread(s->fd, p + (r->buf.len - have),
		    room - (r->buf.len - have),
		    s->read + (int64_t)r->buf.len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			warn("%s/%s", r->dir, s->name);
			return -1;
		}
		if (n == 0)
			break;
		r->buf.len += (size_t)n;
	}
	return 0;
}

/* The bytes at S->read that are in the buffer. */
static const char *
bytes(const struct spool_reader *r, const struct segment *s, size_t *len)
{
	*len = (size_t)(r->bufoff + (int64_t)r->buf.len - s->read);
	return r->buf.data + (s->read - r->bufoff);
}

/* Copy damaged bytes aside for whoever wants to look at them. */
static void
keep_bad(struct spool_reader *r, const struct segment *s, const char *p,
    size_t len)
{
	char name[NAME_LEN + 40];
	int fd;

	warnx("%s/%s: %zu damaged bytes at %lld", r->dir, s->name, len,
	    (long long)s->read);
	r->stats.bad_bytes += len;
	mkdirat(r->dirfd, "bad", 0750);
	snprintf(name, sizeof(name), "bad/%s.%lld", s->name,
	    (long long)s->read);
	if ((fd = openat(r->dirfd, name, O_CREAT | O_WRONLY | O_TRUNC |
	    O_CLOEXEC, 0640)) == -1 || write(fd, p, len) != (ssize_t)len)
		warn("%s/%s", r->dir, name);
	if (fd != -1)
		close(fd);
}

/* Once nobody holds it, a segment does not grow any more. */
static int
is_sealed(struct segment *s)
{
	if (!s->sealed && flock(s->fd, LOCK_SH | LOCK_NB) == 0) {
		flock(s->fd, LOCK_UN);
		s->sealed = 1;
	}
	return s->sealed;
}

/*
 * Step over LEN bytes at P that are no record: to where one may start.
 * ENDED: they are the last of the segment.
 */
static void
skip_bytes(struct spool_reader *r, struct segment *s, const char *p,
    size_t len, int ended)
{
	struct spool_record rec;
	size_t size, skip = spool_record_scan(p, len);

	if (skip == len && ended &&
	    spool_record_decode(&rec, p, len, &size) ==
	    SPOOL_RECORD_INCOMPLETE) {
		r->stats.torn_bytes += len;	/* nobody was told of it */
		s->read += (int64_t)len;
		return;
	}
	if (skip == len && !ended)	/* a mark may begin at the end */
		skip = len > 3 ? len - 3 : 1;
	keep_bad(r, s, p, skip);
	s->read += (int64_t)skip;
}

/* 1 a record, 0 none now in this segment, -1 error. */
static int
next_in(struct spool_reader *r, struct segment *s, struct spool_record *rec)
{
	size_t len, size, want = 1;
	struct stat st;
	const char *p;
	int sealed;

	if (s->fd == -1 && (s->fd = openat(r->dirfd, s->name, O_RDONLY |
	    O_CLOEXEC)) == -1) {
		if (errno == ENOENT) {	/* was left empty */
			s->sealed = 1;
			return 0;
		}
		warn("%s/%s", r->dir, s->name);
		return -1;
	}
	for (;;) {
		sealed = is_sealed(s);	/* before looking for its end */
		if (fill(r, s, want) == -1)
			return -1;
		p = bytes(r, s, &len);
		if (len == 0)
			return 0;
		switch (spool_record_decode(rec, p, len, &size)) {
		case SPOOL_RECORD_OK:
			s->read += (int64_t)size;
			s->end = s->read;
			r->stats.records++;
			return 1;
		case SPOOL_RECORD_INCOMPLETE:
			if (len >= want) {
				want = size;
				continue;
			}
			if (!sealed)
				return 0;
			break;		/* the rest never comes */
		case SPOOL_RECORD_BROKEN:
			break;
		}
		if (fstat(s->fd, &st) == -1) {
			warn("%s/%s", r->dir, s->name);
			return -1;
		}
		skip_bytes(r, s, p, len, sealed &&
		    s->read + (int64_t)len >= st.st_size);
		want = 1;
	}
}

int
spool_reader_next(struct spool_reader *r, struct spool_record *rec,
    struct spool_place *place)
{
	size_t tried;
	int rc;

	if (base_civil_mono_ms() - r->scanned_ms >= SCAN_MS &&
	    scan_dir(r) == -1)
		return -1;
	if (r->at >= r->nseg)
		r->at = 0;
	for (tried = 0; tried < r->nseg; tried++) {
		struct segment *s = &r->seg[r->at];

		if ((rc = next_in(r, s, rec)) == 0) {
			r->at = (r->at + 1) % r->nseg;
			continue;
		}
		place->segment = s->number;
		place->offset = s->read;
		if (r->stats.records % TURN == 0)
			r->at = (r->at + 1) % r->nseg;
		return rc;
	}
	return 0;
}

void
spool_reader_done(struct spool_reader *r, const struct spool_place *place)
{
	size_t i;

	for (i = 0; i < r->nseg; i++)
		if (r->seg[i].number == place->segment &&
		    place->offset > r->seg[i].done)
			r->seg[i].done = place->offset;
}

void
spool_reader_all_done(struct spool_reader *r)
{
	size_t i;

	for (i = 0; i < r->nseg; i++)
		r->seg[i].done = r->seg[i].end;
}

void
spool_reader_rewind(struct spool_reader *r)
{
	size_t i;

	for (i = 0; i < r->nseg; i++)
		r->seg[i].read = r->seg[i].end = r->seg[i].done;
	r->at = 0;
}

void
spool_reader_clean(struct spool_reader *r, int64_t keep_s)
{
	struct segment *s;
	struct stat st;
	size_t i;

	for (i = 0; i < r->nseg; i++) {
		s = &r->seg[i];
		if (s->fd == -1 && !s->sealed)
			continue;	/* not looked at yet */
		if (s->fd != -1 && (!is_sealed(s) ||
		    fstat(s->fd, &st) == -1 || s->read < st.st_size ||
		    s->done < s->end ||
		    base_civil_now_s() - st.st_mtime < keep_s))
			continue;
		if (unlinkat(r->dirfd, s->name, 0) == -1 && errno != ENOENT)
			warn("%s/%s", r->dir, s->name);
		if (s->fd != -1)
			close(s->fd);
		memmove(s, s + 1, (r->nseg - i - 1) * sizeof(*s));
		r->nseg--;
		i--;
		r->at = 0;
	}
}

int64_t
spool_reader_waiting(struct spool_reader *r)
{
	int64_t sum = 0;
	struct stat st;
	size_t i;

	for (i = 0; i < r->nseg; i++)
		if (fstatat(r->dirfd, r->seg[i].name, &st, 0) == 0 &&
		    st.st_size > r->seg[i].read)
			sum += st.st_size - r->seg[i].read;
	return sum;
}

const struct spool_reader_stats *
spool_reader_stats(const struct spool_reader *r)
{
	return &r->stats;
}

const char *
spool_reader_note(const struct spool_reader *r)
{
	return r->note;
}

void
spool_reader_set_note(struct spool_reader *r, const char *note)
{
	strlcpy(r->note, note, sizeof(r->note));
}

int
spool_reader_save(struct spool_reader *r)
{
	FILE *fp = NULL;
	size_t i;
	int fd, rc = -1;

	if ((fd = openat(r->dirfd, STATE_TMP, O_CREAT | O_TRUNC | O_WRONLY |
	    O_CLOEXEC, 0640)) == -1 || (fp = fdopen(fd, "w")) == NULL)
		goto out;
	fprintf(fp, "%s%s\n", FIRST_LINE, r->note);
	for (i = 0; i < r->nseg; i++)
		fprintf(fp, "%s %lld %lld\n", r->seg[i].name,
		    (long long)r->seg[i].end, (long long)r->seg[i].done);
	if (fflush(fp) == 0 && !ferror(fp) &&
	    renameat(r->dirfd, STATE_TMP, r->dirfd, STATE) == 0)
		rc = 0;
out:
	if (rc == -1)
		warn("%s/%s", r->dir, STATE);
	if (fp != NULL)
		fclose(fp);
	else if (fd != -1)
		close(fd);
	return rc;
}
