/* SPDX-License-Identifier: ISC */
/* What the files of loc-forward share. */
#ifndef FORWARD_H
#define FORWARD_H

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "conf/file.h"
#include "queue/batch.h"
#include "queue/consumer.h"
#include "store/export.h"

struct net_post;
struct net_s3;
struct net_statsd;

/* What a child tells its parent, in memory that both see. */
struct forward_stats {
	_Atomic uint64_t	reports, batches;	/* delivered */
	_Atomic uint64_t	dead;			/* set aside */
	_Atomic uint64_t	in_hand;		/* reports */
	_Atomic int		failing;		/* it is tried again */
};

/* An entry of which reports are in hand. */
struct forward_held {
	struct forward_held	*next;
	struct queue_entry	 entry;		/* without its payload */
	char			*key;		/* what it borrows */
	uint32_t		 reports, left;	/* wanted; not dealt with */
};

struct forward_report {
	struct forward_held	*of;
	uint32_t		 number;	/* line of the entry */
	size_t			 at, len;	/* in the text, with its LF */
	int64_t			 since_ms;	/* when it came */
	int			 done;
};

/* Reports in order of arrival that may go into one batch. */
struct forward_part {
	struct forward_part	*next;
	char			*source, *key;	/* "": all together */
	struct forward_report	*report;
	size_t			 n, cap;
	struct base_buf		 text;
	char			*object;	/* where the next batch goes */
};

/* One target, in its own process. */
struct forward {
	const struct conf_file	*cf;
	const struct store_export *row;
	struct forward_stats	*stats;
	struct queue_consumer	 consumer;	/* of the row's group */
	struct net_statsd	*statsd;	/* or NULL */
	struct net_post		*post;		/* one of these, */
	struct net_s3		*s3;		/* ... or neither */
	int			 once, verbose;
	int64_t			 wait_ms;	/* before a smaller batch */
	size_t			 batch_bytes;	/* at most, about */
	/* in hand */
	struct forward_part	*parts;
	struct forward_held	*held, **held_end;
	size_t			 nheld, bytes;
	int64_t			 kept_ms;	/* last sign of life */
	int			 no_group;	/* its group is not there */
	/* to be acknowledged */
	struct queue_entry	*acks;
	size_t			 nacks, capacks;
	/* of sending */
	int			 fails;		/* in a row */
	unsigned		 refusals;	/* of single reports */
	struct base_buf		 body, packed;
	struct base_arena	 line;		/* for one line */
};

extern volatile sig_atomic_t forward_stopping;

/*
 * Deliver to ROW until a signal to stop or, with ONCE, until there is
 * nothing left.  Returns an exit status.
 */
int	forward_target(const struct conf_file *cf,
	    const struct store_export *row, struct forward_stats *stats,
	    int once, int verbose);

/*
 * Take entry E in hand, as far as it is wanted: what is not is acknowledged.
 * Returns 0, or -1 after a warning when memory is short.
 */
int	forward_hold(struct forward *f, const struct queue_entry *e);

/*
 * The reports FIRST to END - 1 of P are done with, and so are entries that
 * have no others; but they keep their places until forward_tidy() is called.
 */
void	forward_done(struct forward *f, struct forward_part *p, size_t first,
	    size_t end);
void	forward_tidy(struct forward *f, struct forward_part *p);

/* Count a dead letter. */
void	forward_count_dead(struct forward *f);

/* Acknowledge what is done with.  0, or -1 for later. */
int	forward_ack(struct forward *f);

/* Tell Redis, now and then, that what is in hand is being worked on. */
void	forward_keep(void *f);

/* Give back what is in hand: anybody may take it at once. */
void	forward_give_back(struct forward *f);
void	forward_release(struct forward *f);

/* How many reports of P make its next batch. */
size_t	forward_batch_len(const struct forward *f,
	    const struct forward_part *p);

/*
 * Deliver the first N reports of P, again and again; what the target refuses
 * is set aside.  Returns 0; or -1, when it is asked to stop or, with -1, when
 * that is not possible now: some may have been delivered.
 */
int	forward_deliver(struct forward *f, struct forward_part *p, size_t n);

/* Sleep, but not longer than until a signal to stop. */
void	forward_nap(struct forward *f, int64_t ms);

enum forward_verdict {
	FORWARD_OK,
	FORWARD_REFUSED,	/* these reports are */
	FORWARD_LATER,
	FORWARD_WRONG		/* it will not be better soon */
};

#define FORWARD_WHY_LEN	512

/* Prepare to send, and release that.  0, or -1 after a warning. */
int	forward_send_open(struct forward *f);
void	forward_send_end(struct forward *f);

/*
 * Send the reports FIRST to END - 1 of P, once.  WHY says what happened, and
 * *RETRY_S how long the target wants to be left alone.
 */
enum forward_verdict forward_send(struct forward *f, struct forward_part *p,
	    size_t first, size_t end, char why[FORWARD_WHY_LEN],
	    int64_t *retry_s);

#endif
