/* SPDX-License-Identifier: ISC */
/* What the files of loc-work share. */
#ifndef WORK_H
#define WORK_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "conf/file.h"
#include "obs/batch.h"
#include "queue/batch.h"
#include "queue/consumer.h"
#include "queue/groups.h"
#include "store/area.h"
#include "store/export.h"

struct net_statsd;
struct store_db;
struct store_update_result;

struct work_stats {
	uint64_t	submissions;	/* counted */
	uint64_t	known;		/* ... long before */
	uint64_t	buried;		/* set aside */
	uint64_t	skipped;	/* not wanted here */
	uint64_t	reports, observations, rows, areas;
};

struct work {
	const char		*conf;		/* -c, or NULL */
	struct conf_file	 cf;
	struct store_db		*db;
	struct net_statsd	*statsd;	/* or NULL */
	struct queue_consumer	 consumer;	/* of the group internal */
	struct store_export_list exports;	/* where reports go */
	const struct store_export *internal;	/* that row, or NULL */
	int64_t			 exports_ms;	/* when they were read */
	struct obs_batch	 batch;
	struct base_arena	 line;		/* for one line */
	int64_t			 now;	/* by the database's clock */
	int64_t			 remembers_s;	/* when it was asked for */
	int			 remembers;	/* see apply.c */
	struct work_stats	 stats;
	int			 once, verbose, letters; /* -1, -v, -lrx */
};

/* A report line of a submission that cannot be counted. */
struct work_bad {
	uint32_t	line;
	int		buried;
	char		reason[128];
};

/* A submission on its way into the database. */
struct work_item {
	const struct queue_entry	*entry;
	int				 skip;	/* counted, or buried */
	struct work_bad			*bad;	/* what shall not count */
	size_t				 nbad;
	struct obs_counts		 counts; /* of what was read of it */
};

/* Entries in flight, as they were read. */
struct work_in_flight {
	struct queue_batch	*read;		/* room for READS + 1 */
	size_t			 nread;
	size_t			 n, bytes;	/* entries in all */
	uint64_t		 reports;
};
#define WORK_IN_FLIGHT_READS	1024

/*
 * A batch is not larger than this unless it is a single submission.  What it
 * becomes, observations and statements, is larger by some small factor.
 */
#define WORK_BATCH_BYTES	(8 * 1024 * 1024)

/* When something is due next, on the monotonic clock. */
struct work_due {
	int64_t			claim, areas, forget;
	struct store_area_key	after;	/* areas done in this round */
};

/*
 * Signals that were caught: TERM or INT, USR1, HUP.  The program ends, tells
 * its counts, or reads its configuration anew when it gets to it.
 */
extern volatile sig_atomic_t work_signals_stop, work_signals_tell,
	    work_signals_reload;
void	work_signals_catch(void);

/*
 * Make everything in W that its configuration, the file W->conf, says; or of
 * dead letters only what they need.  Returns EX_OK or, after a warning,
 * EX_CONFIG.  The caller owes a work_close() either way.
 */
int	work_open(struct work *w);
void	work_close(struct work *w);

/*
 * See that the servers are there and fit to be used, for as long as it takes.
 * Returns an exit status; EX_OK also after a signal.
 */
int	work_open_check(struct work *w);

/* What to exit with if a server fails with -1: 77, or 75 for later. */
int	work_open_status(const struct work *w);

/*
 * With nothing in flight: read the configuration anew.  If it is bad or of no
 * use, all stays as it is.
 */
void	work_reopen(struct work *w);

/* Take leave of Redis: this process will not read any more. */
void	work_leave(struct work *w);

/*
 * Count N submissions, and acknowledge them; those that can never be counted
 * are set aside.  Returns 0; or -1 when this has to be tried again, after a
 * signal that ends a pause or, with -1, because a server is away.
 */
int	work_apply(struct work *w, struct work_item *item, size_t n);

/* Release what IT holds besides the entry. */
void	work_item_done(struct work_item *it);

/*
 * Read the lines of IT that are not bad, as far as they are wanted, into the
 * batch; what is not JSON becomes bad.  Returns 0, or -1 after a warning when
 * memory is short, with the batch as it was.
 */
int	work_item_read(struct work *w, struct work_item *it);

/*
 * Set IT aside, or only its bad lines: all of it if it has no others.  These
 * return 0, or -1 as work_apply().
 */
int	work_item_bury(struct work *w, struct work_item *it,
	    const char *reason);
int	work_item_bury_lines(struct work *w, struct work_item *it);

/*
 * IT is known, so it is skipped.  One report of a submission that has not been
 * counted yet only seems to be: it is set aside again.
 */
int	work_item_known(struct work *w, struct work_item *it);

/*
 * The database has refused IT, as R tells: find the lines to blame, which
 * become bad; if none is, set it aside.  The batch is used for that.
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
 * Read new entries, about a batch of them, or claim what dead workers left
 * unless it could only fail again.  0, or -1 without any.
 */
int	work_in_flight_read(struct work *w, struct work_in_flight *h);
int	work_in_flight_claim(struct work *w, struct work_in_flight *h);
void	work_in_flight_done(struct work_in_flight *h);

/* Give back what is in flight: anybody may claim it at once. */
void	work_in_flight_release(const struct work *w,
	    const struct work_in_flight *h);

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
 * To statsd: N submissions are in the database.  R is what they made of the
 * stations, and MS how long that took.
 */
void	work_metrics_batch(struct work *w, struct work_item *const *item,
	    size_t n, const struct store_update_result *r, int64_t ms);

/* A task is done that began at START_MS of the monotonic clock. */
void	work_metrics_task(struct work *w, const char *task, int64_t start_ms);

/* Have conflicts in the database counted. */
void	work_metrics_watch(struct work *w);

#endif
