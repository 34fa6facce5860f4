/* SPDX-License-Identifier: ISC */
/* What the files of loc-feed share. */
#ifndef FEED_H
#define FEED_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "conf/file.h"
#include "queue/group.h"
#include "queue/names.h"
#include "queue/stream.h"
#include "spool/reader.h"

#include "ring.h"

struct base_tally;
struct net_statsd;

#define FEED_BATCH	200		/* records of one transaction */

struct feed {
	struct spool_reader	*spool;
	struct queue_stream	 stream;
	struct conf_file	*cf;
	struct net_statsd	*statsd;	/* or NULL */
	uint64_t		 damaged;	/* bytes it was told of */
	int			 verbose;
	/* kept with the spool's state */
	char			 name[24];	/* of this spool */
	uint64_t		 count;		/* the marker: shipped */
	struct queue_id		 last;		/* ... the last of them */
	struct queue_groups	 groups;	/* names, as last seen */
	/* about the stream */
	char			 marker[QUEUE_NAMES_LEN];
	int64_t			 added;		/* ever, -1: unknown */
	int64_t			 length;	/* entries in it, about */
	int64_t			 behind;	/* of them not counted yet */
	struct queue_id		 trimmed;	/* nothing before is in it */
	int64_t			 behind_bytes;	/* of those of this spool */
	struct feed_ring	 ring;		/* shipped, not done by all */
	/* the batch that is being shipped */
	struct queue_entry	 entry[FEED_BATCH];
	struct spool_place	 place[FEED_BATCH];
	struct base_buf		 bytes;		/* what entries borrow */
	size_t			 n;
	int			 unsure;	/* it may have arrived */
	int			 connected;
	/* why entries may have to be given up */
	int			 starved;	/* Redis has no memory */
	int			 crowded;	/* the spool gets full */
	int			 gave_up;	/* anything, this turn */
	struct base_tally	*lost;		/* by group, not told yet */
	int64_t			 told_ms;
};

/*
 * Get ready to work as the configuration PATH says, as feed_reload() does for
 * a PATH that has changed.  feed_open() returns NULL after a warning, with an
 * exit status in *STATUS.  feed_reload() returns the feed to go on with, in
 * place of OLD; that is OLD itself if anything is wrong with the new one.
 */
struct feed *feed_open(const char *path, int verbose, int *status);
struct feed *feed_reload(struct feed *old, const char *path);
void	feed_close(struct feed *f);

/* Ship everything again that is still in the spool, done or not. */
void	feed_ship_again(struct feed *f);

/*
 * Print what the spool holds that the configuration PATH names, a line of
 * JSON for each segment.  Returns an exit status.
 */
int	feed_list(const char *path);

/* feed_load() takes up what an earlier run left, or begins.  0 or -1. */
int	feed_load(struct feed *f);

/* What the marker is called follows from the stream and the spool. */
void	feed_name_marker(struct feed *f);

/*
 * Write the state.  0, or -1 after a warning: on a full disk it is written
 * later, and what was not noted until a crash is shipped again.
 */
int	feed_save(struct feed *f);

/* Copy records of the spool into the batch, as many as fit.  0 or -1. */
int	feed_gather(struct feed *f);

/*
 * Bytes of the spool that are not shipped: those that were not read, and those
 * of the batch, which has only what is in its records.
 */
int64_t	feed_waiting(const struct feed *f);

/* Ship the batch.  Returns 0, or -1 to look and try again later. */
int	feed_ship(struct feed *f);

/*
 * The batch is in the stream; or it is, its answer was lost, and its ids are
 * not above LAST.  0 or -1.
 */
int	feed_arrived(struct feed *f);
int	feed_arrived_unseen(struct feed *f, const struct queue_id *last);

/*
 * Go back to what is done.  The state must know before the marker does, and
 * the marker must have a new value, lest an older state matches it.
 */
int	feed_start_over(struct feed *f);

/*
 * See whether Redis still knows all that was shipped, learn what the groups
 * are done with and let go of it, and give up what others than the database
 * cannot be waited for.  Returns 0, or -1 for later.
 */
int	feed_look(struct feed *f);

/* Tell what was given up, unless that was done a moment ago. */
void	feed_tell(struct feed *f, int now);

#endif
