/* SPDX-License-Identifier: ISC */
/*
 * A few connections that many threads share.  Each is either idle, in the
 * pool, or in use by the one thread that took it.
 *
 * When the server does not answer, nobody queues up for it.  The pool is then
 * "down": whoever asks for a connection gets none at once, until a pause is
 * over and one thread is let through to try again, or until somebody who
 * looks after the server says that it is back.
 *
 * Connections may go to several servers: then each is marked with the tag it
 * was last used for, and is preferred for that.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

struct base_outage;
struct base_pool;

/* What there can be connections to. */
struct base_pool_kind {
	/* A connection that need not be open yet.  NULL after a warning. */
	void	*(*new)(const void *arg);
	void	(*free)(void *conn);
	/* 1 if work that returned RC has lost the connection. */
	int	(*lost)(const void *conn, int rc);
	/*
	 * 1 if CONN was lost after TOOK_MS, as its server hung, but leads to
	 * another by now.  May be NULL.
	 */
	int	(*moved)(void *conn, int64_t took_ms);
	/*
	 * The connection was lost (DOWN), or it was not after others were: O
	 * is for what is to be told of that.  Called with the pool's lock held.
	 * May be NULL.
	 */
	void	(*notice)(const void *conn, struct base_outage *o, int down);
};

/* Never let a thread try a server that is down; see base_pool_set_down(). */
#define BASE_POOL_UNTIL_TOLD	(-1)

struct base_pool_options {
	const struct base_pool_kind *kind;
	const void	*arg;		/* for kind->new, during _new() only */
	size_t		 n;		/* connections, 1 or more */
	size_t		 tag_max;	/* in use for one tag; 0: no bound */
	int		 wait_ms;	/* for a connection that others use */
	int		 pause_ms;	/* of a pool that is down */
	int		 stale_ms;	/* see base_pool_run() */
};

/* Returns NULL after a warning. */
struct base_pool *base_pool_new(const struct base_pool_options *o);

/* No connection may be in use. */
void	base_pool_free(struct base_pool *p);

/*
 * Call WORK(CONN, ARG) with a connection.  Work that loses its connection
 * within stale_ms is called once more, as the server had probably hung up on
 * an idle connection; so is work whose connection has moved.  Returns what WORK
 * returned; or -1 if there is no connection, or P is NULL.
 */
int	base_pool_run(struct base_pool *p, int (*work)(void *conn, void *arg),
	    void *arg);

/* The server is down, or not, says somebody who has looked. */
void	base_pool_set_down(struct base_pool *p, int down);
int	base_pool_is_down(struct base_pool *p);

/*
 * Take a connection, preferably one last used for TAG (or NULL).  Returns
 * NULL if there is none.  The caller owes base_pool_give(), with LOST if the
 * connection turned out to be.
 */
void	*base_pool_take(struct base_pool *p, const char *tag);
void	base_pool_give(struct base_pool *p, void *conn, int lost);

#endif
