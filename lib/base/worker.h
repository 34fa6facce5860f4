/* SPDX-License-Identifier: ISC */
/*
 * A thread that works in the background for the object it belongs to, with
 * the lock that both share.
 *
 * The owner embeds a struct base_worker and keeps beside it what the lock
 * protects.  The work function runs in the thread *with the lock held*, loops
 * until the worker is to stop and nothing is left to do, and leaves the lock
 * only in base_worker_wait() and around what takes long.  Whoever hands in
 * work takes the lock, changes the state and wakes the thread.
 *
 * All signals are blocked in the thread, so that they go to the thread that
 * waits for them.
 *
 * A thread may hang where nothing can end it: in a name lookup, or in a write
 * to a pipe that nobody reads.  The end has a deadline for that.  A thread
 * that misses it is abandoned, with the object, which it releases when it
 * gets that far.
 */
#ifndef BASE_WORKER_H
#define BASE_WORKER_H

#include <pthread.h>
#include <stdint.h>

struct base_worker {
	pthread_mutex_t	 lock;		/* for all of: */
	int		 stopping;	/* the owner asks the thread to end */
	int		 ended;		/* the work function has returned */
	int		 abandoned;	/* the thread releases the object */
	/* private */
	pthread_t	 thread;
	pthread_cond_t	 wake, end;
	void		(*work)(void *arg);
	void		(*release)(void *arg);
	void		*arg;
};

/* Prepare the lock.  Whoever never starts the worker calls _done(). */
void	base_worker_init(struct base_worker *w);
void	base_worker_done(struct base_worker *w);

/*
 * Start the thread, which calls WORK(ARG).  RELEASE(ARG) is called once, when
 * both the thread has ended and the owner has stopped it; it frees the object
 * and calls base_worker_done().  Returns 0, or -1 with errno set and nothing
 * started: then the caller releases the object.
 */
int	base_worker_start(struct base_worker *w, void (*work)(void *arg),
	    void (*release)(void *arg), void *arg);

void	base_worker_lock(struct base_worker *w);
void	base_worker_unlock(struct base_worker *w);

/* With the lock: there is something to do, or a reason to look. */
void	base_worker_wake(struct base_worker *w);

/*
 * In the thread, with the lock: wait to be woken, or until the monotonic
 * clock shows DUE_MS (BASE_WORKER_FOREVER: until woken).  It may return
 * without a reason, so callers loop.
 */
#define BASE_WORKER_FOREVER	INT64_MAX
void	base_worker_wait(struct base_worker *w, int64_t due_ms);

/* As base_worker_wait(), until DUE_MS whoever wakes it, or until it stops. */
void	base_worker_rest(struct base_worker *w, int64_t due_ms);

/*
 * Without the lock: ask the thread to end within WAIT_MS milliseconds (-1:
 * however long that takes) and release the object, which is no longer the
 * caller's afterwards.  Returns 1, or 0 if the thread did not end in time and
 * was abandoned.
 */
int	base_worker_stop(struct base_worker *w, int64_t wait_ms);

#endif
