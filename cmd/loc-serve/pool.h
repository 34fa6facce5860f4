/* SPDX-License-Identifier: ISC */
/*
 * Connections to a server, shared by all requests.  When it does not answer
 * nobody queues up for it: for a moment all are told so at once, then one
 * tries again.
 */
#ifndef POOL_H
#define POOL_H

#include <stddef.h>

struct pool;

/* What there can be connections to. */
struct pool_kind {
	/* One that is not connected yet.  NULL after a warning. */
	void	*(*new)(const char *url);
	void	(*free)(void *conn);
	/* 1 if there is no connection after work that returned RC. */
	int	(*lost)(const void *conn, int rc);
	/* The server is away, or back; NULL if the connections say so. */
	void	(*notice)(const void *conn, int away);
};
extern const struct pool_kind pool_database, pool_redis;

/* At most N connections of KIND to URL.  Returns NULL after a warning. */
struct pool *pool_new(const struct pool_kind *kind, const char *url,
	    size_t n);
void	pool_free(struct pool *p);

/*
 * Call WORK(CONN, ARG) with a connection, a struct store_db or queue_redis;
 * again if it turned out to be stale.  Returns what WORK returned, -1 being
 * a failure; or -1 if there is no connection, or P is NULL.
 */
int	pool_run(struct pool *p, int (*work)(void *conn, void *arg),
	    void *arg);

#endif
