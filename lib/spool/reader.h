/* SPDX-License-Identifier: ISC */
/*
 * Reading a spool while others write to it.  Of every segment two offsets are
 * remembered: up to where its records were passed on ("sent"), and up to where
 * they are done with, so that they need not be kept ("done").  Both survive in
 * a state file, with a few words of the caller's.
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

/*
 * A place in a segment, just behind a record.  It means nothing to another
 * process.
 */
struct spool_place {
	uint64_t	segment;	/* its number, see segment.h */
	int64_t		offset;
};

struct spool_reader_stats {
	uint64_t	records;
	uint64_t	torn_bytes;	/* of unfinished last records */
	uint64_t	bad_bytes;	/* damaged, copied to bad/ */
};

/*
 * Open the spool DIR, which is made if it is missing, and go on from the state
 * that an earlier reader saved.  A spool has one reader at a time.  Returns
 * NULL after a warning; or without one and with *BUSY 1, if there is another
 * reader.  The caller owes a spool_reader_end(), which does not save the
 * state.
 */
struct spool_reader *spool_reader_open(const char *dir, int *busy);
void	spool_reader_end(struct spool_reader *r);

/*
 * Get the next record, borrowed until the next call, and the place behind it.
 * Records of one segment come in order; segments take turns.  Returns 1, 0 if
 * there is none now, or -1 if the directory cannot be read, which is warned of
 * once a minute.
 */
int	spool_reader_next(struct spool_reader *r, struct spool_record *rec,
	    struct spool_place *place);

/*
 * 1 if there may be more soon: a block of some segment cannot be read, and
 * what lies behind it is not given up yet.
 */
int	spool_reader_is_undecided(const struct spool_reader *r);

/*
 * Say that all up to PLACE in its segment was passed on.  What was read but not
 * passed on is read again by the next reader.
 */
void	spool_reader_sent(struct spool_reader *r,
	    const struct spool_place *place);

/*
 * Say that all up to PLACE in its segment is done with, which implies that it
 * was passed on: the segment may be deleted when all of it is.
 */
void	spool_reader_done(struct spool_reader *r,
	    const struct spool_place *place);

/*
 * How far the segments were passed on: the place of segment I, counting from
 * 0, and how many bytes before it are not done with.  Returns 1, or 0 if
 * there are no more.
 */
int	spool_reader_place(const struct spool_reader *r, size_t i,
	    struct spool_place *place, int64_t *undone);

/* Go back in each segment to where it is done: what was sent is read again. */
void	spool_reader_rewind(struct spool_reader *r);

/*
 * Delete segments that are done with, that no writer holds, and that were last
 * written KEEP_S seconds ago; but the oldest of them at once while all segments
 * together have more than KEEP_BYTES, or the disk is nearly full.  Files in
 * bad/ are deleted when they are KEEP_BAD_S seconds old, within a minute.
 */
void	spool_reader_clean(struct spool_reader *r, int64_t keep_s,
	    int64_t keep_bytes, int64_t keep_bad_s);

/* 1 if the directory was removed, so that nothing will ever come. */
int	spool_reader_is_removed(const struct spool_reader *r);

/* Bytes not read yet, about, and bytes in all, of so many segments. */
int64_t	spool_reader_waiting(const struct spool_reader *r);
int64_t	spool_reader_bytes(const struct spool_reader *r);
size_t	spool_reader_segments(const struct spool_reader *r);

/*
 * Forget that anything is done, and read again all that the spool still holds:
 * for a caller who has lost what it had finished.
 */
void	spool_reader_undo(struct spool_reader *r);

/*
 * For spool/look.c: open a reader that takes no lock and warns of no damage.
 * Its user must not clean or save.  Returns 1 with it in *READER, 0 if there is
 * no such directory, or -1 after a warning.
 */
int	spool_reader_look(const char *dir, struct spool_reader **reader);

/* The list of segments, borrowed. */
const struct spool_dir *spool_reader_dir(const struct spool_reader *r);

const struct spool_reader_stats *spool_reader_stats(
	    const struct spool_reader *r);

/*
 * The caller's words that are saved with the state: one line, without its line
 * end; "" at first.  They are borrowed until they are set, which copies NOTE
 * and returns 0, or -1 after a warning.
 */
const char *spool_reader_note(const struct spool_reader *r);
int	spool_reader_set_note(struct spool_reader *r, const char *note);

/*
 * Write the state; a crash leaves the old or the new one.  Returns 0, or -1
 * after a warning (the first of a row of failures only).
 */
int	spool_reader_save(struct spool_reader *r);

#endif
