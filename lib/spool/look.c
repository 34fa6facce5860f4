/* SPDX-License-Identifier: ISC */
/*
 * What was passed on and done is taken from the state that the reader saved
 * last, which is some milliseconds old while the reader is at work.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <string.h>

#include "spool/dir.h"
#include "spool/look.h"
#include "spool/reader.h"
#include "spool/segment.h"

/* Sizes are asked for by name, so this is cheap however much waits. */
int
spool_look_size(const char *dir, struct spool_look *size)
{
	struct spool_reader *r;
	int rc;

	memset(size, 0, sizeof(*size));
	if ((rc = spool_reader_look(dir, &r)) != 1)
		return rc;
	size->bytes = spool_reader_bytes(r);
	size->waiting = spool_reader_waiting(r);
	spool_dir_look_at_bad(spool_reader_dir(r), INT64_MAX,
	    &size->bad_files, &size->bad_bytes);
	spool_reader_end(r);
	return 1;
}

/*
 * The words of loc-feed(1).  A segment whose end was not found has a writer
 * that may go on.
 */
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

/*
 * Read all of segment KNOWN by F, and tell of it.  KNOWN itself would be read
 * from where the reader is; so a copy of it is read, from the first byte on.
 */
static void
tell_segment(struct spool_segment_file *f, const struct spool_segment *known,
    void (*tell)(void *, const struct spool_look_segment *), void *arg)
{
	uint64_t bad = f->stats.bad_bytes;
	struct spool_look_segment out = { .name = known->name };
	struct spool_record rec;
	struct spool_segment s;
	struct stat st;

	spool_segment_begin(&s, known->name, known->number, 0, 0);
	if (fstatat(f->dirfd, s.name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		out.bytes = st.st_size;
	while (spool_segment_next(f, &s, &rec)) {
		out.records++;
		out.sent += s.read <= known->sent;
		out.done += s.read <= known->done;
		out.reports += rec.count;
		if (out.first_ms == 0)
			out.first_ms = rec.time_ms;
		out.last_ms = rec.time_ms;
	}
	out.state = state_name(&s);
	out.bad_bytes = (int64_t)(f->stats.bad_bytes - bad);
	tell(arg, &out);
}

/*
 * Damage is neither warned of nor copied to bad/ here: the reader does both
 * when it gets there.
 */
int
spool_look_list(const char *dir, void (*tell)(void *arg,
    const struct spool_look_segment *segment), void *arg)
{
	const struct spool_dir *d;
	struct spool_segment_file f;
	struct spool_reader *r;
	size_t i;
	int rc;

	if ((rc = spool_reader_look(dir, &r)) != 1)
		return rc;
	d = spool_reader_dir(r);
	spool_segment_init(&f);
	f.dir = d->path;
	f.dirfd = d->fd;
	f.silent = 1;
	for (i = 0; i < d->nseg; i++)
		tell_segment(&f, &d->seg[i], tell, arg);
	spool_segment_done(&f);
	spool_reader_end(r);
	return 1;
}
