/* SPDX-License-Identifier: ISC */
/* What the files of loc-forward share. */
#ifndef FORWARD_H
#define FORWARD_H

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "backup/manifest.h"
#include "backup/place.h"
#include "base/arena.h"
#include "base/buf.h"
#include "conf/file.h"
#include "object/store.h"
#include "queue/batch.h"
#include "queue/consumer.h"
#include "seal/key.h"
#include "store/export.h"

struct net_post;
struct net_statsd;
struct store_db;

/* What a child tells its parent, in memory that both see. */
struct forward_stats {
	_Atomic uint64_t	reports, batches;	/* delivered */
	_Atomic uint64_t	bytes;			/* of objects */
	_Atomic uint64_t	dead;			/* set aside */
	_Atomic uint64_t	in_flight;		/* reports */
	_Atomic int		failing;		/* it is tried again */
};

/* An entry of which reports are in flight. */
struct forward_entry {
	struct forward_entry	*next;
	struct queue_entry	 entry;		/* without its payload */
	char			*key;		/* what it borrows */
	uint32_t		 reports, left;	/* wanted; not dealt with */
	uint32_t		 last;		/* line of these */
	int			 is_part;	/* of what was delivered before */
};

struct forward_report {
	struct forward_entry	*of;
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
};

/* Of a target of schema s3: the object in the making, and the manifest. */
struct forward_object {
	struct backup_place	 place;
	struct object_store	*store;
	struct seal_key_list	 to;		/* none: not encrypted */
	/* reports of an object that is made and not stored yet */
	const struct forward_part *part;	/* NULL: there is none */
	size_t			 first, end;
	char			*key;
	struct base_buf		 bytes;
	int			 listed;	/* it is in the manifest */
	struct backup_manifest	 manifest;
	char			 manifest_key[80];
	int64_t			 day;		/* that it is of */
	int			 unsettled;	/* it knows more than stored */
	int64_t			 settled_ms;
	struct base_buf		 text;
};

/* One target, in its own process. */
struct forward {
	const struct conf_file	*cf;
	const struct store_export *row;
	struct forward_stats	*stats;
	struct queue_consumer	 consumer;	/* of the row's group */
	struct net_statsd	*statsd;	/* or NULL */
	struct net_post		*post;		/* one of these, */
	struct forward_object	 object;	/* ... or neither */
	int			 once, verbose;
	int64_t			 wait_ms;	/* before a smaller batch */
	size_t			 batch_bytes;	/* at most, about */
	/* in flight */
	struct forward_part	*parts;
	struct forward_entry	*entries, **entries_end;
	size_t			 nentries, bytes;
	int64_t			 renewed_ms;	/* last sign of life */
	int			 no_group;	/* its group is not there */
	/* to be acknowledged */
	struct queue_id		*acks;
	size_t			 nacks, capacks;
	/* of sending */
	int			 fails;		/* in a row */
	unsigned		 refusals;	/* of single reports */
	struct base_buf		 body;
	struct base_arena	 line;		/* for one line */
};

struct forward_child {
	struct forward_child		*next;
	struct store_export	 row;
	struct forward_stats	*stats;
	pid_t			 pid;		/* 0: none */
	int			 gone;		/* it is not wanted any more */
	int			 told;		/* to stop; how often */
	int			 deaths;	/* in a row */
	int64_t			 started_ms, due_ms;
	int			 status;	/* of the last exit, with -1 */
};

struct forward_parent {
	const char		*conf;		/* -c, or NULL */
	struct conf_file	 cf;
	struct store_db		*db;
	struct store_export_list rows;
	struct forward_child		*children;
	char *const		*name;		/* operands */
	int			 nnames, once, quiet, verbose, json;
	int64_t			 read_ms;	/* the rows; 0: never */
	int			 changed;	/* children are to start anew */
};

/*
 * Signals that the parent caught: how often TERM or INT (2: at least twice),
 * USR1, HUP.  In a child the first says that its parent wants it to stop.
 */
extern atomic_int forward_signals_stop, forward_signals_tell,
	    forward_signals_reload;
#define FORWARD_SIGNALS_STOP	SIGUSR2		/* from the parent */

/* Catch signals, which were held until now. */
void	forward_signals_parent(void);

/* Around fork: both sides release what was held. */
void	forward_signals_hold(void);
void	forward_signals_release(void);

/* In a child, while signals are held: leave all to the parent. */
void	forward_signals_child(void);

/*
 * Make everything in P that its configuration, the file P->conf, says.
 * Returns EX_OK or, after a warning, EX_CONFIG.  The caller owes a
 * forward_close() either way.
 */
int	forward_open(struct forward_parent *p);
void	forward_close(struct forward_parent *p);

/*
 * Read the configuration anew; if it is bad, or of no use, all stays as it is.
 */
void	forward_reopen(struct forward_parent *p);

/*
 * Start and stop children until a signal to stop or, with -1, until all have
 * ended.  Returns an exit status.
 */
int	forward_parent(struct forward_parent *p);

/* Make children follow the rows: a changed row is an old and a new one. */
void	forward_child_follow(struct forward_parent *p);

/* Start and stop what is to be.  Returns how many children run. */
int	forward_child_tend(struct forward_parent *p);
void	forward_child_free(struct forward_child *c);


/*
 * Deliver to ROW until a signal to stop or, with ONCE, until there is
 * nothing left.  Returns an exit status.
 */
int	forward_target(const struct conf_file *cf,
	    const struct store_export *row, struct forward_stats *stats,
	    int once, int verbose);

/*
 * Add entry E to what is in flight, as far as it is wanted: what is not is
 * acknowledged.
 * Returns 0, or -1 after a warning when memory is short.
 */
int	forward_in_flight_add(struct forward *f, const struct queue_entry *e);

/*
 * The reports FIRST to END - 1 of P are done with, and so are entries that
 * have no others; but they keep their places until they are tidied up.
 */
void	forward_in_flight_done(struct forward *f, struct forward_part *p,
	    size_t first, size_t end);
void	forward_in_flight_tidy(struct forward *f,
	    struct forward_part *p);

/*
 * Set aside line L of E, or with NULL all of E, which is then acknowledged.
 * 0, or -1 for later.
 */
int	forward_in_flight_bury(struct forward *f,
	    const struct queue_entry *e, const struct queue_line *l,
	    const char *why);

/* Acknowledge what is done with.  0, or -1 for later. */
int	forward_in_flight_ack(struct forward *f);

/* Tell Redis, now and then, that what is in flight is being worked on. */
void	forward_in_flight_renew(void *f);

/* Give back what is in flight: anybody may take it at once. */
void	forward_in_flight_release(struct forward *f);
void	forward_in_flight_free(struct forward *f);

/*
 * Deliver the first N reports of P, again and again; what the target refuses
 * is set aside.  Returns 0; or -1, when it is asked to stop or, with -1, when
 * that is not possible now: some may have been delivered.
 */
int	forward_deliver(struct forward *f, struct forward_part *p, size_t n);

/* Sleep, but not longer than until a signal to stop. */
void	forward_deliver_nap(struct forward *f, int64_t ms);

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

/*
 * Places for objects: prepare, and release that.  0, or -1 after a warning;
 * the caller owes a forward_object_end() either way.
 */
int	forward_object_open(struct forward *f);
void	forward_object_end(struct forward *f);

/* Store the reports FIRST to END - 1 of P as an object, once. */
enum forward_verdict forward_object_put(struct forward *f,
	    const struct forward_part *p, size_t first, size_t end,
	    char why[FORWARD_WHY_LEN]);

/*
 * Store in the manifest what was stored since; if that may be SOON, only when
 * it was not for a while.
 */
enum object_verdict forward_object_settle(struct forward *f, int soon);

#endif
