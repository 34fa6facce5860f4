/* SPDX-License-Identifier: ISC */
/*
 * Reading a spool while others write to it.  Of every segment two places are
 * remembered: how far its records were passed on, and how far those are done
 * with.  Both survive in a state file, with a few words of the caller's.
 *
 * A segment that cannot be opened or read costs itself only: it is tried
 * again, more and more slowly, and warned of once a minute at most.  Damage
 * costs the records it hits, whose bytes are copied to SPOOL_SEGMENT_BAD in the
 * spool.
 */
#ifndef SPOOL_READER_H
#define SPOOL_READER_H

#include <stdint.h>

#include "spool/record.h"

struct spool_dir;
struct spool_reader;

/* A place in a segment, just behind a record. */
struct spool_place {
	uint64_t	segment;	/* a number within this process */
	int64_t		offset;
};

struct spool_reader_stats {
	uint64_t	records;
	uint64_t	torn_bytes;	/* of unfinished last records */
	uint64_t	bad_bytes;	/* damaged, copied to bad/ */
};

/*
 * Read the spool DIR, which is made if it is missing; one reader at a time:
 * with another reader there, *BUSY is 1 and NULL returned.  The state of an
 * earlier reader is taken up.  Returns NULL after a warning.
 */
struct spool_reader *spool_reader_open(const char *dir, int *busy);
void	spool_reader_end(struct spool_reader *r);

/*
 * The next record, borrowed until the next call, and the place behind it.
 * Returns 1, 0 if there is none now, or -1 if the directory cannot be read,
 * which is warned of once a minute.
 */
int	spool_reader_next(struct spool_reader *r, struct spool_record *rec,
	    struct spool_place *place);

/*
 * 1 if there may be more soon: a block of some segment cannot be read, and
 * what lies behind it is not given up yet.
 */
int	spool_reader_is_undecided(const struct spool_reader *r);

/*
 * All up to PLACE in its segment was passed on.  What was only read is read
 * again by the next reader.
 */
void	spool_reader_sent(struct spool_reader *r,
	    const struct spool_place *place);

/* All up to PLACE in its segment was passed on, and is done with. */
void	spool_reader_done(struct spool_reader *r,
	    const struct spool_place *place);

/*
 * How far the segments were passed on: the place of segment I, counting from
 * 0, and how many bytes before it are not done with.  Returns 1, or 0 if
 * there are no more.
 */
int	spool_reader_place(const struct spool_reader *r, size_t i,
	    struct spool_place *place, int64_t *undone);

/* Read again from where all is done. */
void	spool_reader_rewind(struct spool_reader *r);

/*
 * Delete segments that are done with, nobody writes, and were last written
 * KEEP_S seconds ago; the oldest at once while all hold more than KEEP_BYTES
 * or the disk is nearly full.  Damaged bytes go KEEP_BAD_S seconds after they
 * were put aside, a minute later at most.
 */
void	spool_reader_clean(struct spool_reader *r, int64_t keep_s,
	    int64_t keep_bytes, int64_t keep_bad_s);

/* Bytes not read yet, about, and bytes in all, of so many segments. */
int64_t	spool_reader_waiting(const struct spool_reader *r);
int64_t	spool_reader_bytes(const struct spool_reader *r);
size_t	spool_reader_segments(const struct spool_reader *r);

/* Everything was not done yet, after all: see spool_reader_rewind(). */
void	spool_reader_undo(struct spool_reader *r);

/*
 * A reader that takes no lock, tells nothing, and is to change nothing: for
 * spool/look.h.  Returns 1 with it in *READER, 0 if there is no such directory,
 * or -1 after a warning.
 */
int	spool_reader_look(const char *dir, struct spool_reader **reader);

/* The segments it knows. */
const struct spool_dir *spool_reader_dir(const struct spool_reader *r);

const struct spool_reader_stats *spool_reader_stats(
	    const struct spool_reader *r);

/*
 * Words the caller keeps with the state: a line without line end; "" at
 * first.  Valid until they are set, which returns 0, or -1 after a warning.
 */
const char *spool_reader_note(const struct spool_reader *r);
int	spool_reader_set_note(struct spool_reader *r, const char *note);

/*
 * Write the state; a crash leaves the old or the new one.  Returns 0, or -1
 * after a warning (the first of a row of failures only).
 */
int	spool_reader_save(struct spool_reader *r);

#endif
