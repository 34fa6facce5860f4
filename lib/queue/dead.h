/* SPDX-License-Identifier: ISC */
/*
 * Dead letters: submissions, or single reports of them, that a group could do
 * nothing with.  They are set aside in Redis until someone replays or
 * discards them.
 *
 * A sorted set beside the stream has their ids, by the time at which they were
 * set aside; each letter is a hash of the names and values of an entry (see
 * queue/entry.h), with its reason and time.
 */
#ifndef QUEUE_DEAD_H
#define QUEUE_DEAD_H

#include <stddef.h>
#include <stdint.h>

#include "queue/entry.h"
#include "queue/verdict.h"

struct queue_consumer;
struct queue_reply;
struct queue_stream;

struct queue_dead {
	struct queue_entry	 entry;		/* of the group it is for */
	const char		*reason;
	int64_t			 time_ms;	/* when it was set aside */
	struct queue_reply	*reply;		/* what is borrowed */
};

/*
 * The id that E has, or will have, as a letter of C's group; or with NUMBER
 * its report line of that number.  It is longer for long names of groups, and
 * is cut then.
 */
#define QUEUE_DEAD_ID_LEN	(2 * QUEUE_ENTRY_SUBMISSION + 256)
void	queue_dead_id(char id[QUEUE_DEAD_ID_LEN],
	    const struct queue_consumer *c, const struct queue_entry *e,
	    uint32_t number);

/*
 * Set aside for the group of C entry E, which is acknowledged, or only its line
 * L (NULL: all), which leaves E pending.  To do so twice is the same as once,
 * but for the REASON, a text for people, and the time: the last ones stay.
 * This works also when Redis has no memory left.
 */
enum queue_verdict queue_dead_bury(const struct queue_consumer *c,
	    const struct queue_entry *e, const struct queue_line *l,
	    const char *reason);

/* The id of report line NUMBER of E as a submission of its own. */
void	queue_dead_line_submission(uint8_t id[QUEUE_ENTRY_SUBMISSION],
	    const struct queue_entry *e, uint32_t number);

/* The id of the submission of which E was a line. */
void	queue_dead_whole_submission(uint8_t id[QUEUE_ENTRY_SUBMISSION],
	    const struct queue_entry *e);

/* How many letters there are. */
enum queue_verdict queue_dead_count(const struct queue_stream *s,
	    int64_t *n);

/* Their ids as texts, the oldest first; to be freed by queue_reply_free(). */
enum queue_verdict queue_dead_list(const struct queue_stream *s,
	    struct queue_reply **ids);

/*
 * The letter ID; the caller owes a queue_dead_done() after QUEUE_OK.  These
 * return QUEUE_NONE if there is no such letter.
 */
enum queue_verdict queue_dead_get(const struct queue_stream *s,
	    const char *id, struct queue_dead *d);
void	queue_dead_done(struct queue_dead *d);

/* Put the letter ID back into the stream, for its group, or discard it. */
enum queue_verdict queue_dead_replay(const struct queue_stream *s,
	    const char *id);
enum queue_verdict queue_dead_discard(const struct queue_stream *s,
	    const char *id);

#endif
