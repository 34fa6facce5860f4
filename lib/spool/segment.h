/* SPDX-License-Identifier: ISC */
/*
 * Reading one segment of a spool, for spool/reader.c, which has thousands of
 * them and keeps one open at a time.  segment.c tells how a segment looks,
 * which of its bytes are a record, and what becomes of the others.
 */
#ifndef SPOOL_SEGMENT_H
#define SPOOL_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "spool/reader.h"

#define SPOOL_SEGMENT_NAME	64	/* bytes of a name, with its NUL */
#define SPOOL_SEGMENT_BAD	"bad"	/* where damage is kept */

enum spool_segment_state {
	SPOOL_SEGMENT_OPEN,	/* records may follow what was read */
	SPOOL_SEGMENT_LEFT,	/* all was read; the next writer may go on */
	SPOOL_SEGMENT_ENDED,	/* all was read, and nobody will go on */
	SPOOL_SEGMENT_ASIDE	/* it cannot be read until RETRY_MS */
};

struct spool_segment {
	char		 name[SPOOL_SEGMENT_NAME];
	uint64_t	 number;	/* within this process, from 1 */
	enum spool_segment_state state;
	int64_t		 read, sent, done;	/* offsets, see reader.c */
	int64_t		 end;		/* of the last record read */
	int64_t		 unfinished;	/* size of the file when half a record
					 * was at READ; nothing new till then */
	/* After a failure; ERROR is 0 when there was none. */
	int		 error;		/* errno */
	int		 told;		/* somebody was warned of it */
	int64_t		 failed_at;	/* byte that could not be read */
	unsigned	 failures;	/* of that byte, in a row */
	int64_t		 retry_ms;	/* monotonic clock */
	struct base_clock_backoff pause;
};

/* The one segment that is open, and its bytes from BUFOFF on. */
struct spool_segment_file {
	/* For the caller to set: */
	const char	*dir;
	int		 dirfd;
	int		 silent;	/* only look: nothing is told or kept */
	/* of segment.c */
	uint64_t	 open;		/* number, 0: none */
	int		 fd;		/* -1: none */
	int64_t		 bufoff;
	char		*buf;
	size_t		 len, cap;
	int		 patch;		/* take unreadable blocks for zeros */
	int64_t		 gap;		/* ... so many at the next bad one */
	int64_t		 hurt;		/* ... up to this offset so far, or 0 */
	struct spool_reader_stats stats;
};

/* F with nothing open.  The caller owes a spool_segment_done(). */
void	spool_segment_init(struct spool_segment_file *f);
void	spool_segment_done(struct spool_segment_file *f);

/*
 * Make S the segment NAME, which this process gives NUMBER.  All before SENT
 * was passed on, and all before DONE is done with.
 */
void	spool_segment_begin(struct spool_segment *s, const char *name,
	    uint64_t number, int64_t sent, int64_t done);

/*
 * The next record of S, borrowed until the next call.  Returns 1, or 0 if
 * there is none now; S->state tells why.
 */
int	spool_segment_next(struct spool_segment_file *f,
	    struct spool_segment *s, struct spool_record *rec);

/* 1 if S may have a record now: it is open, or its pause is over. */
int	spool_segment_is_due(struct spool_segment *s);

/* Read on in S, whatever its state: it has grown, or READ went back. */
void	spool_segment_reopen(struct spool_segment *s);

/* 1 if all of S was read and no writer has it. */
int	spool_segment_is_read(const struct spool_segment *s);

/*
 * 1 if S is aside for a bad block, and was not tried often enough to know
 * whether what lies behind the block can be read.
 */
int	spool_segment_is_undecided(const struct spool_segment *s);

/* Close F, if it has segment NUMBER open, or (0) any. */
void	spool_segment_close(struct spool_segment_file *f, uint64_t number);

#endif
