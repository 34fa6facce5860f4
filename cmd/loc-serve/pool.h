/* SPDX-License-Identifier: ISC */
/*
 * Connections to the read-only database, shared by all requests.  When it
 * does not answer nobody queues up for it: for a moment all are told so at
 * once, then one tries again.
 */
#ifndef POOL_H
#define POOL_H

#include <stddef.h>

struct pool;
struct store_db;

/* At most N connections to URL.  Returns NULL after a warning. */
struct pool *pool_new(const char *url, size_t n);
void	pool_free(struct pool *p);

/*
 * Call WORK(DB, ARG) with a connection; again if it turned out to be stale.
 * WORK returns 0, or -1 as the functions of store/db.h do.  Returns what it
 * returned, or -1 if there is no connection; there was a warning.
 */
int	pool_run(struct pool *p, int (*work)(struct store_db *db, void *arg),
	    void *arg);

#endif
