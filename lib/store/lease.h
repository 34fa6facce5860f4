/* SPDX-License-Identifier: ISC */
/*
 * What only one may do at a time, wherever it runs: jobs of cron, dumps.  The
 * lease is a row of loc_lease that its holder renews; it holds between all
 * nodes of a cluster, where GET_LOCK() is of one node.
 *
 * A lease ends with store_lease_end(), or some seconds after the holder's
 * connection is gone if another asks the same server, or a minute after the
 * last renewal.
 *
 * A holder that was stopped, or cut off from the database, may have lost it
 * without knowing.  So whoever changes something by virtue of a lease asks
 * first: a connection to the database does when store_lease_guard() was called
 * for it, and changes nothing once another has the lease; for other places
 * there is store_lease_held().  That it is lost also sends SIGTERM to our own
 * process, which then stops as an administrator would have it stop.
 */
#ifndef STORE_LEASE_H
#define STORE_LEASE_H

#include <stdatomic.h>

struct store_db_guard;
struct store_lease;

/* Longest name, in bytes. */
#define STORE_LEASE_NAME_MAX	64

enum store_lease_verdict {
	STORE_LEASE_TAKEN,
	STORE_LEASE_BUSY,	/* somebody else has it */
	STORE_LEASE_ABSENT,	/* IS_OPTIONAL, and there is no table for it */
	STORE_LEASE_FAILED	/* after a warning */
};

/*
 * What is asked for: the lease NAME in the database of KEY and URL (as in
 * store/db.h); the texts are borrowed until the end, but for NAME.
 */
struct store_lease_wish {
	const char	*key, *url;
	const char	*name;
	int		 is_optional;	/* a database may have no leases */
	const atomic_int *stop;		/* ends what waits; may be NULL */
};

/*
 * Take the lease of WISH.  It has a connection and a thread of its own, which
 * renews it: callers only ask.  Returns it, to be given to store_lease_end(),
 * or NULL with the reason in VERDICT and, for a failure, an exit status in
 * STATUS.  Where it is not sure that the last holder has gone this takes a
 * quarter of a minute.
 */
struct store_lease *store_lease_take(const struct store_lease_wish *wish,
	    enum store_lease_verdict *verdict, int *status);

/*
 * Is L ours now?  While it could not be renewed in time nobody knows, and this
 * waits, ten minutes at most, until it is renewed or another has it.  Returns
 * 1, or 0: then it is not ours, which was warned of, or we are to stop.  Any
 * thread may ask.
 */
int	store_lease_held(struct store_lease *l);

/*
 * What is to guard connections that work by virtue of L, see store/db.h: their
 * owner takes it off before the lease ends.
 */
const struct store_db_guard *store_lease_guard(struct store_lease *l);

/* Give it back, within seconds; NULL is nothing. */
void	store_lease_end(struct store_lease *l);

#endif
