/* SPDX-License-Identifier: ISC */
/* The limits of calls. */
#ifndef SERVE_LIMIT_H
#define SERVE_LIMIT_H

#include "base/group.h"
#include "queue/limit.h"

struct serve;
struct serve_call;
struct serve_limit;

/* A call, a part of what its owner knows of it; his until DONE. */
struct serve_limit_job {
	struct base_group_job	 base;		/* of limit.c */
	struct queue_limit_ask	 ask;		/* likewise */
	/* For the owner, who sets these: */
	struct serve_call	*call;
	void			(*done)(struct serve_call *c, int passed);
};

enum serve_limit_verdict {
	SERVE_LIMIT_REFUSED,	/* the refusal is in the reply */
	SERVE_LIMIT_PASSED,
	SERVE_LIMIT_LATER	/* done() is called */
};

/*
 * The limits that the configuration of S names.  What calls that have asked
 * Redis wait for next, S->lookup and S->spool, may be made later, but has to
 * be there until serve_limit_free() returns.  Returns NULL after a warning.
 */
struct serve_limit *serve_limit_new(struct serve *s);
void	serve_limit_free(struct serve_limit *l);

/*
 * May the call of J go on?  It is limited to its client network, and if it is
 * COUNTED to the calls of its key.  If Redis has to be asked, done() is called
 * with the answer in any thread, before this returns or later.  It should not
 * wait for anything, as others wait for that thread, but put what it asks of
 * S->lookup or S->spool there: these are seen to afterwards.
 */
enum serve_limit_verdict serve_limit_call(struct serve_limit_job *j,
	    int counted);

/*
 * The question C, which was answered, named known networks that nobody hears at
 * one place: it costs the client's network as many calls as the facts in its
 * summary say, see api/facts.h.
 */
void	serve_limit_scattered(const struct serve_call *c);

/* The same for a heartbeat, which trusted proxies may ask for always. */
int	serve_limit_heartbeat(const struct serve_call *c);

#endif
