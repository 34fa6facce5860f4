/* SPDX-License-Identifier: ISC */
/*
 * Networks looked up in the database for all requests: while some lookups
 * are under way the others gather, and go together in one round trip.
 */
#ifndef SERVE_LOOKUP_H
#define SERVE_LOOKUP_H

#include <stddef.h>

#include "base/group.h"
#include "store/lookup.h"

struct base_pool;
struct serve_lookup;

/* A question, a part of what whoever asks it knows of it; his until DONE. */
struct serve_lookup_job {
	struct base_group_job	 base;		/* of lookup.c */
	struct store_lookup	 ask;
	int			 rc;		/* 0; -1: see below */
	void			(*done)(struct serve_lookup_job *j);
};

/* At most N round trips at once, through POOL.  NULL after a warning. */
struct serve_lookup *serve_lookup_new(struct base_pool *pool, size_t n);
void	serve_lookup_free(struct serve_lookup *l);

/*
 * Find what is stored of the networks that J asks for, and call its done(),
 * before this returns or later, in any thread that asks.  If J->rc is -1 then,
 * there was a warning and only a part may have been found.  done() should not
 * wait for anything: others wait for that thread.
 */
void	serve_lookup_add(struct serve_lookup *l, struct serve_lookup_job *j);

/*
 * The same for a thread that may not wait now: nothing is asked for before
 * serve_lookup_go(), which it owes, or some other thread asks.
 */
void	serve_lookup_put(struct serve_lookup *l, struct serve_lookup_job *j);
void	serve_lookup_go(struct serve_lookup *l);

#endif
