/* SPDX-License-Identifier: ISC */
/*
 * Putting accepted submissions on disk.  A spool is a directory of segment
 * files; every writer has one of its own, which it holds locked (flock) and
 * only appends to.  Names sort by age.
 *
 * A segment that nobody holds is complete, unless it has the mode bit
 * SPOOL_WRITER_LEFT: its writer ended well and left it to the next, who
 * locks it, takes the bit away and goes on.  So programs that write little
 * and end do not leave a file each.
 */
#ifndef SPOOL_WRITER_H
#define SPOOL_WRITER_H

#include <sys/stat.h>

#include <stddef.h>
#include <stdint.h>

#include "base/group.h"
#include "spool/record.h"

struct spool_writer;

/*
 * Names of segments end in this; before one is begun it has a dot in front
 * and NEW behind.
 */
#define SPOOL_WRITER_SUFFIX	".seg"
#define SPOOL_WRITER_NEW	".new"

#define SPOOL_WRITER_LEFT	S_ISVTX

/*
 * Open the spool DIR, which is made if it is missing.  An append that would
 * make all its files larger than MAX_BYTES fails; a segment that has reached
 * SEGMENT_BYTES, or ten minutes, is not appended to any more.  Both numbers are
 * keys of [spool] (conf/table.c).  A segment is deleted as a whole, when all of
 * it is done with, so that smaller ones make room earlier; the last append, of
 * any length, may make one longer.  Returns NULL after a warning.
 */
struct spool_writer *spool_writer_open(const char *dir, int64_t max_bytes,
	    int64_t segment_bytes);

/* Leave the segment to the next writer.  All that was appended is done. */
void	spool_writer_end(struct spool_writer *w);

/*
 * Append R; any thread may call this.  R of more than 1 MiB becomes several
 * records, whose ids follow from that of R.  Returns 0 when R is on disk; or
 * -1 with errno set: ENOSPC when the spool is full, EFBIG when R is too large
 * for a record, or what the disk says.  After -1 R counts as not accepted, and
 * later appends may work again.  The first of a row of failures of the spool is
 * warned of.
 */
int	spool_writer_append(struct spool_writer *w,
	    const struct spool_record *r);

/* An append that nobody waits for: a part of what its owner knows of it. */
struct spool_writer_job {
	/* Of spool/writer.c: */
	struct base_group_job	 base;
	struct spool_writer_part {
		uint8_t		 head[SPOOL_RECORD_HEAD_MAX];
		size_t		 headlen;
		const char	*payload;
		size_t		 len;
	}			 one, *part;	/* ONE, or several */
	size_t			 n;		/* parts */
	/* For the owner, who sets DONE: */
	int			 error;		/* 0, or an errno, as above */
	void			(*done)(struct spool_writer_job *j);
};

/*
 * Append R, from any thread, and call done() of J when it is on disk, or when J
 * says why not: before this returns, or later, in any thread that appends.  The
 * payload of R and J have to be there until then.  done() must not wait, as
 * that thread writes what has gathered meanwhile.
 */
void	spool_writer_add(struct spool_writer *w, struct spool_writer_job *j,
	    const struct spool_record *r);

/*
 * The same for a thread that may not wait now: nothing is written before
 * spool_writer_go(), which it owes, or some other thread appends.
 */
void	spool_writer_put(struct spool_writer *w, struct spool_writer_job *j,
	    const struct spool_record *r);
void	spool_writer_go(struct spool_writer *w);

#endif
