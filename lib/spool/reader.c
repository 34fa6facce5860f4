/* SPDX-License-Identifier: ISC */
/*
 * The state file, feed.state, is text: "loc-spool 1", the note, then a line
 * "NAME SENT DONE" for each segment.  A segment without a line is new.
 *
 * Only the segment being read is open: there may be thousands, each left by
 * a program that wrote one record.  It is read, not mapped, since its writer
 * may cut it.
 */
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

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
#include "spool/reader.h"
#include "spool/segment.h"
#include "spool/writer.h"

#define STATE		"feed.state"
#define STATE_TMP	".feed.state.new"
#define LOCK		"feed.lock"
#define FIRST_LINE	"loc-spool 1\n"
#define SCAN_MS		20		/* between looks at the directory */
#define STALE_S		3600		/* of a segment that never began */
#define SETTLE_MS	1000
#define TURN		1000		/* records, then the next segment */
#define FREE_SHARE	8		/* of the disk that should be free */

struct spool_reader {
	char		*dir;
	int		 dirfd, lockfd;
	struct spool_segment *seg;		/* by name */
	size_t		 nseg, capseg;
	size_t		 at;		/* segment being read */
	uint64_t	 numbers;
	int64_t		 scanned_ms;
	struct timespec	 dir_time;	/* of the directory as scanned ... */
	int64_t		 dir_ms;	/* ... first seen then */
	int		 settled;	/* ... and scanned later */
	struct spool_segment_file file;	/* the segment being read */
	char		*note;		/* or NULL */
	int		 unsaved;	/* has warned of that */
};

static int
is_segment(const char *name)
{
	size_t len = strlen(name), n = sizeof(SPOOL_WRITER_SUFFIX) - 1;

	return name[0] != '.' && len > n && len < SPOOL_SEGMENT_NAME &&
	    strcmp(name + len - n, SPOOL_WRITER_SUFFIX) == 0;
}

/* Where NAME is, or where it belongs. */
static size_t
place_of(const struct spool_reader *r, const char *name)
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

/* Add a segment in its place, unless it is known; those behind move. */
static int
add(struct spool_reader *r, const char *name, int64_t sent, int64_t done)
{
	size_t i = place_of(r, name);
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
	memset(&r->seg[i], 0, sizeof(r->seg[i]));
	strlcpy(r->seg[i].name, name, SPOOL_SEGMENT_NAME);
	r->seg[i].number = ++r->numbers;
	r->seg[i].read = r->seg[i].end = r->seg[i].sent = sent;
	r->seg[i].done = done;
	r->nseg++;
	if (i <= r->at)
		r->at = 0;
	return 0;
}

/* Segments that were taken up again have not ended. */
static void
look_again(struct spool_reader *r)
{
	struct spool_segment *s;
	struct stat st;

	for (s = r->seg; s < r->seg + r->nseg; s++)
		if (s->ended && s->left && fstatat(r->dirfd, s->name, &st,
		    AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > s->read)
			s->ended = 0;
}

/* Remove NAME if it is what a writer left that was killed. */
static void
sweep(struct spool_reader *r, const char *name)
{
	static const char end[] = SPOOL_WRITER_SUFFIX SPOOL_WRITER_NEW;
	size_t len = strlen(name), n = sizeof(end) - 1;
	struct stat st;

	if (name[0] == '.' && len > n && strcmp(name + len - n, end) == 0 &&
	    fstatat(r->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    base_clock_now_s() - st.st_mtime > STALE_S)
		unlinkat(r->dirfd, name, 0);
}

static int
scan_dir(struct spool_reader *r)
{
	struct dirent *e;
	struct stat st;
	DIR *d;
	int fd, rc = 0;

	r->scanned_ms = base_clock_mono_ms();
	look_again(r);
	if (fstat(r->dirfd, &st) == 0) {
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
	}
	if ((fd = openat(r->dirfd, ".", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) == -1 || (d = fdopendir(fd)) == NULL) {
		warn("%s", r->dir);
		if (fd != -1)
			close(fd);
		return -1;
	}
	while (rc == 0 && (e = readdir(d)) != NULL)
		if (is_segment(e->d_name))
			rc = add(r, e->d_name, 0, 0);
		else
			sweep(r, e->d_name);
	closedir(d);
	return rc;
}

static void
load_state(struct spool_reader *r)
{
	char line[sizeof(FIRST_LINE)], name[SPOOL_SEGMENT_NAME];
	long long done, sent;
	size_t cap = 0;
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
	    getline(&r->note, &cap, fp) != -1) {
		r->note[strcspn(r->note, "\n")] = '\0';
		while (fscanf(fp, "%63s %lld %lld\n", name, &sent,
		    &done) == 3)
			if (is_segment(name) && done >= 0 && sent >= done &&
			    faccessat(r->dirfd, name, F_OK, 0) == 0)
				add(r, name, sent, done);
	} else
		warnx("%s/%s: not a state file, reading all again", r->dir,
		    STATE);
	fclose(fp);
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
	r->dirfd = r->lockfd = r->file.fd = -1;
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
	    (r->dirfd = r->file.dirfd = open(dir, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) == -1 ||
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
	if (r == NULL)
		return;
	spool_segment_close(&r->file);
	if (r->lockfd != -1)
		close(r->lockfd);
	if (r->dirfd != -1)
		close(r->dirfd);
	free(r->file.buf);
	free(r->note);
	free(r->seg);
	free(r->dir);
	free(r);
}

int
spool_reader_next(struct spool_reader *r, struct spool_record *rec,
    struct spool_place *place)
{
	size_t tried;
	int rc;

	if (base_clock_mono_ms() - r->scanned_ms >= SCAN_MS &&
	    scan_dir(r) == -1)
		return -1;
	if (r->at >= r->nseg)
		r->at = 0;
	for (tried = 0; tried < r->nseg; tried++) {
		struct spool_segment *s = &r->seg[r->at];

		if (s->ended || (rc = spool_segment_next(&r->file, s, rec)) == 0) {
			r->at = (r->at + 1) % r->nseg;
			continue;
		}
		place->segment = s->number;
		place->offset = s->read;
		if (r->file.stats.records % TURN == 0)
			r->at = (r->at + 1) % r->nseg;
		return rc;
	}
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

	if (s != NULL && place->offset > s->sent)
		s->sent = place->offset;
}

void
spool_reader_done(struct spool_reader *r, const struct spool_place *place)
{
	struct spool_segment *s = segment_at(r, place);

	if (s != NULL && place->offset > s->done)
		s->done = place->offset;
}

int
spool_reader_place(const struct spool_reader *r, size_t i,
    struct spool_place *place)
{
	if (i >= r->nseg)
		return 0;
	place->segment = r->seg[i].number;
	place->offset = r->seg[i].sent;
	return 1;
}

void
spool_reader_rewind(struct spool_reader *r)
{
	size_t i;

	for (i = 0; i < r->nseg; i++) {
		r->seg[i].read = r->seg[i].end = r->seg[i].sent =
		    r->seg[i].done;
		r->seg[i].ended = 0;
	}
	r->at = 0;
}

/* How many bytes the spool should shrink by. */
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

	if ((fd = openat(r->dirfd, s->name, O_RDONLY | O_NOFOLLOW |
	    O_CLOEXEC)) == -1 && errno == ENOENT)
		return 1;
	if (fd == -1)
		warn("%s/%s", r->dir, s->name);
	else if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0) {
		s->ended = st.st_size <= s->read;
		gone = s->ended && unlinkat(r->dirfd, s->name, 0) == 0;
		if (s->ended && !gone)
			warn("%s/%s", r->dir, s->name);
	}
	if (fd != -1)
		close(fd);
	return gone;
}

void
spool_reader_clean(struct spool_reader *r, int64_t keep_s, int64_t keep_bytes)
{
	int64_t excess = excess_bytes(r, keep_bytes), now = base_clock_now_s();
	struct spool_segment *s;
	struct stat st;
	size_t i, n = 0;

	for (i = 0; i < r->nseg; i++) {
		s = &r->seg[i];
		if (!s->ended || s->done < s->end || (fstatat(r->dirfd,
		    s->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && excess <= 0 &&
		    now - st.st_mtime < keep_s)) {
			r->seg[n++] = *s;
			continue;
		}
		if (!delete_segment(r, s)) {
			r->seg[n++] = *s;
			continue;
		}
		excess -= st.st_size;
		if (r->file.open == s->number)
			spool_segment_close(&r->file);
	}
	if (n < r->nseg)
		r->at = 0;
	r->nseg = n;
}

/* Bytes from where segments were read to, or from their beginning. */
static int64_t
add_up(const struct spool_reader *r, int unread)
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
	return add_up(r, 1);
}

int64_t
spool_reader_bytes(const struct spool_reader *r)
{
	return add_up(r, 0);
}

int
spool_reader_peek(const char *dir, int64_t *bytes, int64_t *waiting)
{
	struct spool_reader *r;
	int rc = -1;

	if ((r = new_reader(dir)) == NULL)
		return -1;
	r->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dirfd == -1 && errno == ENOENT)
		rc = 0;
	else if (r->dirfd == -1)
		warn("%s", dir);
	else {
		load_state(r);
		if (scan_dir(r) == 0)
			rc = 1;
		*bytes = spool_reader_bytes(r);
		*waiting = spool_reader_waiting(r);
	}
	spool_reader_end(r);
	return rc;
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

int
spool_reader_save(struct spool_reader *r)
{
	FILE *fp = NULL;
	size_t i;
	int fd, rc = -1;

	if ((fd = openat(r->dirfd, STATE_TMP, O_CREAT | O_TRUNC | O_WRONLY |
	    O_CLOEXEC, 0640)) == -1 || (fp = fdopen(fd, "w")) == NULL)
		goto out;
	fprintf(fp, "%s%s\n", FIRST_LINE, spool_reader_note(r));
	for (i = 0; i < r->nseg; i++)
		fprintf(fp, "%s %lld %lld\n", r->seg[i].name,
		    (long long)r->seg[i].sent, (long long)r->seg[i].done);
	if (fflush(fp) == 0 && !ferror(fp) &&
	    renameat(r->dirfd, STATE_TMP, r->dirfd, STATE) == 0)
		rc = 0;
out:
	if (rc == -1 && !r->unsaved)
		warn("%s/%s", r->dir, STATE);
	r->unsaved = rc == -1;
	if (fp != NULL)
		fclose(fp);
	else if (fd != -1)
		close(fd);
	return rc;
}
