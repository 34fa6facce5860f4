/* SPDX-License-Identifier: ISC */
/* What the members of a consumer group do with entries of a stream. */
#ifndef QUEUE_CONSUMER_H
#define QUEUE_CONSUMER_H

#include <stddef.h>
#include <stdint.h>

struct queue_batch;
struct queue_entry;
struct queue_stream;

/* Make up a name for this process as a consumer. */
#define QUEUE_CONSUMER_NAME	128
void	queue_consumer_name(char name[QUEUE_CONSUMER_NAME]);

/* Results: 0 done, -1 the connection is lost, -2 the server refused. */

/*
 * Up to MAX new entries of GROUP for CONSUMER, waiting up to BLOCK_MS for
 * the first.  The caller owes a queue_batch_done() after 0.  Returns 1 if
 * there is no such group; so does queue_consumer_claim().
 */
int	queue_consumer_read(const struct queue_stream *s, const char *group,
	    const char *consumer, size_t max, int block_ms,
	    struct queue_batch *b);

/*
 * Take over up to MAX entries that others left alone for IDLE_MS.  An entry
 * that was delivered ALONE_AFTER times or more is claimed by itself, so that
 * a crash from then on is its own fault and not a neighbour's.
 */
int	queue_consumer_claim(const struct queue_stream *s, const char *group,
	    const char *consumer, size_t max, int64_t idle_ms,
	    int64_t alone_after, struct queue_batch *b);

/* CONSUMER is still at work on these: nobody should take them over. */
int	queue_consumer_renew(const struct queue_stream *s, const char *group,
	    const char *consumer, const struct queue_entry *e, size_t n);

/*
 * CONSUMER has done nothing with these, and that is not their fault: anybody
 * may take them over at once.
 */
int	queue_consumer_release(const struct queue_stream *s,
	    const char *group, const char *consumer,
	    const struct queue_entry *e, size_t n);

/*
 * Of E only the lines of PAYLOAD are left to be done, COUNT reports in LEN
 * bytes: put them into the stream for GROUP alone, and E is done; nothing
 * happens if somebody has taken E over.
 */
int	queue_consumer_defer(const struct queue_stream *s,
	    const char *group, const struct queue_entry *e, uint32_t count,
	    const char *payload, size_t len);

/* These entries are done. */
int	queue_consumer_ack(const struct queue_stream *s, const char *group,
	    const struct queue_entry *e, size_t n);

/* Forget CONSUMER if nothing is pending for it. */
int	queue_consumer_leave(const struct queue_stream *s, const char *group,
	    const char *consumer);

#endif
