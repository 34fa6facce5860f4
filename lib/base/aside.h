/* SPDX-License-Identifier: ISC */
/*
 * One thing done beside another: a thread that works while whoever has asked
 * it waits for something else, as for an answer of a server.
 */
#ifndef BASE_ASIDE_H
#define BASE_ASIDE_H

#include <pthread.h>

/* All of it is private. */
struct base_aside {
	pthread_mutex_t	 lock;		/* for all of: */
	pthread_cond_t	 change;
	void		(*work)(void *arg);	/* NULL: nothing to do */
	void		*arg;
	int		 ending;
	pthread_t	 thread;
	int		 started;	/* only the owner looks at it */
};

/* Prepare; the thread starts when there is work for it. */
void	base_aside_init(struct base_aside *a);

/* With nothing under way: end the thread. */
void	base_aside_done(struct base_aside *a);

/*
 * Have WORK(ARG) done, in the thread; or before this returns, if there can be
 * none.  Nothing else may be under way.  What the caller has written before is
 * seen by WORK.  All signals are blocked there.
 */
void	base_aside_begin(struct base_aside *a, void (*work)(void *arg),
	    void *arg);

/*
 * Wait until that is done; what it has written is seen from then on.  With
 * nothing under way this returns at once.
 */
void	base_aside_end(struct base_aside *a);

#endif
