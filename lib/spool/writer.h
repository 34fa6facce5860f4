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

#include <stdint.h>

struct spool_record;
struct spool_writer;

/*
 * Names of segments end in this; before one is begun it has a dot in front
 * and NEW behind.
 */
#define SPOOL_WRITER_SUFFIX	".seg"
#define SPOOL_WRITER_NEW	".new"

#define SPOOL_WRITER_LEFT	S_ISVTX

/*
 * Write to the spool DIR, which is made if it is missing.  Beyond MAX_BYTES
 * in the directory appends fail; a segment of SEGMENT_BYTES is left for a
 * new one.  Returns NULL after a warning.
 */
struct spool_writer *spool_writer_open(const char *dir, int64_t max_bytes,
	    int64_t segment_bytes);

/* Leave the segment to the next writer.  Nobody may be appending. */
void	spool_writer_end(struct spool_writer *w);

/*
 * Append R; from any thread.  Of more than 1 MiB it becomes several records,
 * with ids that follow from R's.  Returns 0 when it is on disk, together with
 * all that other threads append at the same time; or -1 with errno set:
 * ENOSPC when the spool is full, or what the disk says.  Then R was not
 * accepted; later appends may work again.  The first of a row of failures
 * is warned of.
 */
int	spool_writer_append(struct spool_writer *w,
	    const struct spool_record *r);

#endif
