/* SPDX-License-Identifier: ISC */
/*
 * The text in which a reader of the spool keeps how far it has got:
 *
 *	loc-spool 2
 *	NOTE			words of the reader's caller, maybe none
 *	NAME SENT DONE		for each segment
 *	end CRC			CRC-32C of all lines before, in hexadecimal
 *
 * Half of such a text, or one with a digit changed, would send the reader
 * into the middle of a record, which it would take for damage.  So a text is
 * taken whole or not at all: without one, all is read again, and what was
 * counted already is known by its id.  The same happens to a text of another
 * version, so a change of the format costs one such reading.
 */
#ifndef SPOOL_STATE_H
#define SPOOL_STATE_H

#include <stddef.h>
#include <stdint.h>

struct base_buf;

/*
 * Write a text to B, which is empty: begin, add any number of segments, end.
 * NOTE has no line end, and 0 <= DONE <= SENT.  When memory is short B is not
 * ok (base/buf.h), and has no last line.
 */
void	spool_state_begin(struct base_buf *b, const char *note);
void	spool_state_add(struct base_buf *b, const char *name, int64_t sent,
	    int64_t done);
void	spool_state_end(struct base_buf *b);

/* A text that is being read, and borrowed. */
struct spool_state {
	const char	*note;
	size_t		 notelen;
	const char	*at, *end;	/* the lines still to be read */
};

struct spool_state_line {
	const char	*name;
	size_t		 len;
	int64_t		 sent, done;	/* 0 <= done <= sent */
};

/*
 * Begin to read TEXT of LEN bytes, which is borrowed.  Returns 1, or 0 if that
 * is not a whole state of this version.
 */
int	spool_state_open(struct spool_state *st, const char *text, size_t len);

/* The next segment.  Returns 1, or 0 if there are no more. */
int	spool_state_next(struct spool_state *st, struct spool_state_line *l);

#endif
