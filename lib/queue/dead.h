/* SPDX-License-Identifier: ISC */
/*
 * Dead letters: submissions, or single reports of them, that a group could do
 * nothing with.  They stay until they are replayed or discarded.  The sorted
 * set NAME:dead has their ids by the time they were set aside; NAME:dead:ID
 * is a hash of the names and values of the entry, and some more.
 */
#ifndef QUEUE_DEAD_H
#define QUEUE_DEAD_H

#include <stddef.h>
#include <stdint.h>

#include "queue/entry.h"

struct queue_reply;
struct queue_stream;

struct queue_dead {
	struct queue_entry	 entry;		/* of the group it is for */
	const char		*reason;
	int64_t			 time_ms;	/* when it was set aside */
	struct queue_reply	*reply;		/* what is borrowed */
};

/* Results: 0 or more done, -1 the connection is lost, -2 the server refused. */

/*
 * Set entry E aside for GROUP, and it is done.  To do so twice is the same as
 * once.  Works also when Redis has no memory left.
 */
int	queue_dead_bury(const struct queue_stream *s, const char *group,
	    const struct queue_entry *e, const char *reason);

/*
 * Set aside only its report line NUMBER, from 1, TEXT of LEN bytes without
 * line end; E is not done.
 */
int	queue_dead_bury_line(const struct queue_stream *s, const char *group,
	    const struct queue_entry *e, uint32_t number, const char *text,
	    size_t len, const char *reason);

/* The id of report line NUMBER of E as a submission of its own. */
void	queue_dead_line_sub(uint8_t sub[QUEUE_ENTRY_SUB_LEN],
	    const struct queue_entry *e, uint32_t number);

/* The id of the submission of which E was a line. */
void	queue_dead_whole_sub(uint8_t sub[QUEUE_ENTRY_SUB_LEN],
	    const struct queue_entry *e);

/* How many there are. */
int	queue_dead_count(const struct queue_stream *s, int64_t *n);

/* Their ids as texts, the oldest first; to be freed by queue_reply_free(). */
int	queue_dead_list(const struct queue_stream *s,
	    struct queue_reply **ids);

/*
 * The letter ID: returns 1, and the caller owes a queue_dead_done(); or 0,
 * there is none.
 */
int	queue_dead_get(const struct queue_stream *s, const char *id,
	    struct queue_dead *d);
void	queue_dead_done(struct queue_dead *d);

/*
 * Put the letter ID back into the stream, for its group, or discard it.
 * Returns 1, or 0: there is none.
 */
int	queue_dead_replay(const struct queue_stream *s, const char *id);
int	queue_dead_discard(const struct queue_stream *s, const char *id);

#endif
