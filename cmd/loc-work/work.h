/* SPDX-License-Identifier: ISC */
/*
 * What the files of loc-work share; main.c says what it does.  The files from
 * the top down, each using those below and beside it:
 *
 *	run.c, pace.c		the loop; how large batches are
 *	chores.c		what is done in between
 *	apply.c			one batch: counted once, whatever happens
 *	item.c			what of one submission is set aside
 *	claims.c		the claims on what is in flight
 *	ahead.c			reading the lines of a batch, mostly of the next
 *	in_flight.c		reading entries, and cutting them into batches
 *	lines.c			lines of one submission become observations
 *	salt.c, exports.c	what a batch needs from the database
 *	open.c			what is made of the configuration
 *	dead.c			-l, -r, -x: dead letters by hand
 *	metrics.c, stats.c, why.c	what is told
 *	pause.c, signals.c	waiting, and what ends it
 *
 * Words.  A turn is what the loop does once: some entries are read or claimed,
 * and counted in a few batches.  A batch, where nothing else is said, is the
 * submissions of one transaction.  A struct queue_batch is the entries of one
 * read from Redis, of which a turn has several; a struct obs_batch is the
 * observations of a batch.  To bury is to set aside as a dead letter.  "With
 * -1" is said of the option, "returns -1" of a failure.
 */
#ifndef WORK_H
#define WORK_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/aside.h"
#include "base/clock.h"
#include "conf/file.h"
#include "obs/batch.h"
#include "queue/batch.h"
#include "queue/consumer.h"
#include "queue/entry.h"
#include "queue/groups.h"
#include "store/area.h"
#include "store/export.h"
#include "store/key.h"
#include "store/trust.h"
#include "store/update.h"

struct net_statsd;
struct store_db;

_Static_assert(QUEUE_ENTRY_SUBMISSION == STORE_UPDATE_ID_LEN,
    "the id of a submission in the stream is that in the ledger");
_Static_assert(STORE_KEY_MAX <= OBS_BATCH_KEY, "API keys fit");

struct work_stats {
	uint64_t	submissions;	/* counted */
	uint64_t	known;		/* found to be counted already */
	uint64_t	buried;		/* set aside as dead letters */
	uint64_t	skipped;	/* not wanted here */
	uint64_t	reports, observations, rows, areas;
};

/*
 * A report line of a submission that cannot be counted.  So many of them
 * condemn it as a whole: it is nothing that our programs made, and each of them
 * costs memory and time.
 */
#define WORK_BAD_MAX	100
struct work_bad {
	struct queue_line	 line;
	int			 buried;	/* it is a dead letter */
	const char		*why;		/* see work_why_tell() */
	char			 reason[128];
};

/* A submission on its way into the database.  It is in flight. */
struct work_item {
	const struct queue_entry	*entry;	/* borrowed */
	struct queue_line		 last;	/* that was read of it */
	int				 skip;	/* nothing of it is left to
						 * count: known, set aside, or
						 * not wanted */
	const char			*why;	/* ... see work_why_tell(), or
						 * NULL */
	struct work_bad			*bad;	/* lines that shall not count */
	size_t				 nbad;
	struct obs_counts		 counts; /* of what was read of it */
};

/* Entries in flight, in the order in which they were read. */
struct work_in_flight {
	struct queue_batch	*read;
	size_t			 nread, capreads;
	struct work_item	*item;	/* of these */
	struct queue_id		*id;	/* of the items, side by side */
	size_t			 n, cap, bytes;
	int64_t			 batch_reports;	/* of each batch, about */
	uint64_t		 reports;
	int			 may_have_more;	/* in the stream: reading
						 * stopped as there was
						 * enough */
	int64_t			 renewed_ms;	/* when the claims on all were
						 * renewed, or the first were
						 * read */
};

/* What is read of the batch after this one, see ahead.c. */
struct work_ahead {
	struct work_item	*planned;	/* to be read; borrowed */
	size_t			 nplanned;	/* 0: those of new entries */
	int			 is_planned;
	struct work_item	*item;		/* N that were begun with */
	size_t			 n;
	const struct store_export *internal;	/* as in struct work */
	struct obs_batch	 batch;
	struct base_aside	 aside;		/* it reads */
	int			 running;	/* it was begun, and not ended */
	int			 good;		/* it has read all there is */
	int			 is_read;	/* that is to be taken */
};

struct work {
	const char		*conf;		/* -c, or NULL */
	struct conf_file	 cf;
	struct store_db		*db;
	struct net_statsd	*statsd;	/* or NULL */
	struct queue_consumer	 consumer;	/* of the group internal */
	struct queue_consumer	 reader;	/* the same, for ahead.c */
	struct store_export_list exports;	/* where reports go */
	const struct store_export *internal;	/* that row, or NULL */
	int64_t			 exports_ms;	/* when they were read */
	struct obs_batch	 batch;
	struct store_tally	*tally;		/* of the batch, see apply.c */
	size_t			 tallycap;
	struct store_trust	 how;		/* what [trust] says */
	const struct store_trust *trust;	/* &how; NULL: believe all */
	struct obs_batch_day	 salt[2];	/* of days, see salt.c */
	struct work_ahead	 ahead;
	int64_t			 now;		/* by the database's clock */
	int64_t			 remembers_s;	/* when it was asked last */
	int			 remembers;	/* see remembers_all() */
	struct work_in_flight	 in_flight, coming; /* this turn's, the next's */
	int64_t			 batch_reports;	/* of batches to come */
	struct work_stats	 stats;		/* of this process */
	int			 once, verbose;	/* -1, -v */
	int			 letters;	/* -l, -r or -x */
};

/*
 * A batch has no more reports than [work] batch_reports and pace.h say, unless
 * it is a single submission; and it ends with the submission, which the spool
 * keeps to about 1 MiB, that makes it so many bytes of lines.  What it becomes,
 * observations and statements, is larger by some small factor.  A batch that
 * the database refuses is halved (apply.c).
 *
 * No time ends a batch by itself: a turn ends when no entry has come for a
 * moment (LINGER_MS of in_flight.c), or there are enough.
 */
#define WORK_BATCH_BYTES	(8 * 1024 * 1024)

/*
 * A turn is of so many batches, if there are as many and they are not large, so
 * that one is read while the one before is stored; and as many may be there for
 * the next turn.
 */
#define WORK_BATCHES	2

/* The longest wait for an answer of Redis, also to a read that waits. */
#define WORK_REDIS_MS	10000

/* When something is due next, in ms of the monotonic clock. */
struct work_due {
	int64_t			claim, areas, forget;
	struct store_area_key	after;	/* the last area done in this round */
};

/*
 * Signals that were caught: TERM or INT, USR1, HUP.  The program ends, tells
 * its counts, or reads its configuration anew when it gets to it.
 */
extern atomic_int work_signals_stop, work_signals_tell,
	    work_signals_reload;
void	work_signals_catch(void);

/*
 * Make everything in W that its configuration, the file W->conf, says; or, if
 * W->letters is set, only what dead letters by hand need.  Returns EX_OK or,
 * after a warning, EX_CONFIG.  The caller owes a work_close() either way.
 */
int	work_open(struct work *w);
void	work_close(struct work *w);

/*
 * See that the servers are there and fit to be used, for as long as it takes.
 * Returns an exit status; EX_OK also after a signal.
 */
int	work_open_check(struct work *w);

/*
 * What to exit with if a server fails with -1: 77 (EX_NOPERM) if one does not
 * let us in, or 75 (EX_TEMPFAIL) to be run again later.
 */
int	work_open_status(const struct work *w);

/*
 * With nothing in flight: read the configuration anew.  If it is bad or of no
 * use, all stays as it is.
 */
void	work_reopen(struct work *w);

/* Take leave of Redis: this process will not read any more. */
void	work_leave(struct work *w);

/*
 * Count N submissions in flight, and acknowledge them; those that can never be
 * counted are set aside.  Returns 0; or -1 when this has to be tried again,
 * after a signal that ends a pause or, with -1, because a server is away.
 */
int	work_apply(struct work *w, struct work_item *item, size_t n);

/*
 * Give the days of the batch the salts of their marks; nothing to do where all
 * are believed.  Returns 0, or -1 to try again later.
 */
int	work_salt(struct work *w);

/*
 * The N items at ITEM are the next batch; they are read by a thread when
 * somebody says that it may start.  If N is 0 the next batch is the first of
 * more entries, which are read before, if there may be any.  The items are left
 * alone by others until the thread is waited for, by work_ahead_settle(), or by
 * work_ahead_stop(), which also ends the plan and drops what was read.
 */
void	work_ahead_plan(struct work *w, struct work_item *item, size_t n);
void	work_ahead_start(struct work *w);
void	work_ahead_settle(struct work *w);
void	work_ahead_stop(struct work *w);

/*
 * Have W->batch be the lines of the N items at ITEM that are not skipped: what
 * was read ahead, or else they are read now.  Returns 0, or -1 as work_apply().
 */
int	work_ahead_read(struct work *w, struct work_item *item, size_t n);

/*
 * Read the lines of IT from number FIRST on and before END that are not bad, as
 * far as INTERNAL (NULL: no row) wants them, into B; what is not JSON becomes
 * bad.  If too many are, nothing of IT is in B.  Returns 0, or -1 with nothing
 * of IT in B when memory is short.
 */
int	work_lines_read(struct obs_batch *b,
	    const struct store_export *internal, struct work_item *it,
	    uint32_t first, uint32_t end);

/*
 * Line L of IT becomes bad; it was not, and less than WORK_BAD_MAX are.  REASON
 * is for people, WHY for work_why_tell().  Returns 0, or -1 when memory is
 * short.
 */
int	work_lines_blame(struct work_item *it, const struct queue_line *l,
	    const char *why, const char *reason);

/*
 * Set IT aside, which is skipped then.  REASON and WHY as with lines.  Returns
 * 0, or -1 as work_apply().
 */
int	work_item_bury(struct work *w, struct work_item *it, const char *why,
	    const char *reason);

/*
 * Set aside the bad lines of IT that were not before; or all of IT, if it is of
 * one report, or has too many of them.  If all lines of several are bad IT
 * still counts, with no report.  Returns 0, or -1 as work_apply().
 */
int	work_item_bury_lines(struct work *w, struct work_item *it);

/*
 * The ledger knows IT, so it is skipped.  If IT is a replayed line of a
 * submission that was not counted yet, it is set aside again.  Returns 0, or
 * -1 as work_apply().
 */
int	work_item_known(struct work *w, struct work_item *it);

/*
 * The database has refused IT, as R tells: find the lines to blame, which
 * become bad; if there are none, set all of IT aside.  W->batch is used for
 * that, and has to be read again.  Returns 0, or -1 as work_apply().
 */
int	work_item_split(struct work *w, struct work_item *it,
	    const struct store_update_result *r);

/*
 * Read the rows of export_config, now and then or when asked to: make sure
 * that every target has its group.  Returns 0, or -1 for later.
 */
int	work_exports(struct work *w);

/*
 * List ('l'), replay ('r') or discard ('x') N dead letters of these ids,
 * "all" being all there are.  Returns an exit status.
 */
int	work_dead(struct work *w, int what, char *const *id, int n);

/*
 * Read new entries, a few batches of them at most, unless some have been read
 * for this turn already; or claim what dead workers left, unless the database
 * is away, so that it could only fail again.  Returns 0, and there may be none
 * in flight; or -1 after a failure, and there are none.
 */
int	work_in_flight_read(struct work *w);
int	work_in_flight_claim(struct work *w);

/* In the thread that reads ahead: read entries for the next turn. */
void	work_in_flight_read_more(struct work *w);

/*
 * Where the batch ends that begins at item FIRST of H: it has as many reports
 * as it should and not too many bytes, but one submission at least, as that
 * cannot be divided.
 */
size_t	work_in_flight_end(const struct work_in_flight *h, size_t first);

/* Nothing is in flight any more; also release all that this needed. */
void	work_in_flight_reset(struct work_in_flight *h);
void	work_in_flight_done(struct work_in_flight *h);

/*
 * Renew the claims on what is in flight, of which some may be acknowledged; or
 * only if that was not done for a while.  This is done between batches, and
 * between attempts to store one, but not during a transaction.  If one takes
 * longer than queue_claim_idle_s another worker claims the entries, too: it
 * waits for the ledger, finds their ids there and skips them.
 */
void	work_claims_renew(struct work *w);
void	work_claims_keep(struct work *w);

/*
 * Acknowledge N items, which are of W->in_flight and side by side, until Redis
 * has taken that.  0, or -1 as work_apply().
 */
int	work_claims_ack(struct work *w, const struct work_item *item,
	    size_t n);

/*
 * Give back what is in flight, also for the next turn: anybody may claim it at
 * once.
 */
void	work_claims_release(struct work *w);

/* Do what is due besides counting; while BUSY only for a moment.  0 or -1. */
int	work_chores(struct work *w, struct work_due *due, int busy);
int	work_chores_areas(struct work *w, struct work_due *due, int busy);

/* Work until a signal or, with -1, until all is done.  An exit status. */
int	work_run(struct work *w);

/* Answer SIGUSR1. */
void	work_stats_tell(const struct work *w);

/* Sleep, but not longer than until a signal that ends a pause. */
void	work_pause_for(struct work *w, int64_t ms);

/*
 * Wait after a failure, longer after each; B is WORK_PAUSE at first.  Returns
 * -1 if there shall be no further attempt: after a signal to stop or to read
 * the configuration anew, or with -1.
 */
#define WORK_PAUSE	((struct base_clock_backoff){ 100, 10000, 0 })
int	work_pause(struct work *w, struct base_clock_backoff *b);

/*
 * To statsd: N submissions, W->batch, are in the database.  R is what they made
 * of the stations, and MS how long that took.
 */
void	work_metrics_batch(struct work *w, struct work_item *const *item,
	    size_t n, const struct store_update_result *r, int64_t ms);

/* A task is done that began at START_MS of the monotonic clock. */
void	work_metrics_task(struct work *w, const char *task, int64_t start_ms);

/*
 * Tell Redis why reports of N items did not count: those of an item that is
 * skipped, and lines that were set aside.  WHY of both is a literal: "report:"
 * and one of the words of loc-stats(1), 39 bytes in all and without a blank, as
 * it becomes a struct queue_keyday.  Words for reports that are of no use by
 * themselves are in obs/batch.c, and counted there.
 */
void	work_why_tell(struct work *w, const struct work_item *item, size_t n);

/* Have conflicts in the database counted. */
void	work_metrics_watch(struct work *w);

#endif
