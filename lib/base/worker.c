/* SPDX-License-Identifier: ISC */
/*
 * Who releases the object is decided under the lock, once: the owner if the
 * thread has ended when the owner's patience is over, else the thread.  So
 * neither touches the object after the other has freed it.  The thread gives
 * the lock back before that, and after it has set "ended" it touches nothing
 * unless it was abandoned, since an owner that sees "ended" joins and frees.
 */
#include <assert.h>
#include <errno.h>
#include <signal.h>

#include "base/clock.h"
#include "base/worker.h"

/*
 * The clock of a wait is named with each wait, so conditions have no
 * attributes.
 */
void
base_worker_init(struct base_worker *w)
{
	*w = (struct base_worker){ .stopping = 0 };
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	pthread_cond_init(&w->end, NULL);
}

void
base_worker_done(struct base_worker *w)
{
	pthread_cond_destroy(&w->end);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
}

/* The lock is held whenever the work function runs. */
static void *
worker_thread(void *arg)
{
	struct base_worker *w = arg;
	int abandoned;

	pthread_mutex_lock(&w->lock);
	w->work(w->arg);
	w->ended = 1;
	abandoned = w->abandoned;
	pthread_cond_signal(&w->end);
	pthread_mutex_unlock(&w->lock);
	if (abandoned)
		w->release(w->arg);
	return NULL;
}

/* The mask is inherited by the new thread, and set back here at once. */
int
base_worker_start(struct base_worker *w, void (*work)(void *arg),
    void (*release)(void *arg), void *arg)
{
	sigset_t all, old;

	w->work = work;
	w->release = release;
	w->arg = arg;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	errno = pthread_create(&w->thread, NULL, worker_thread, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return errno == 0 ? 0 : -1;
}

void
base_worker_lock(struct base_worker *w)
{
	pthread_mutex_lock(&w->lock);
}

void
base_worker_unlock(struct base_worker *w)
{
	pthread_mutex_unlock(&w->lock);
}

void
base_worker_wake(struct base_worker *w)
{
	pthread_cond_signal(&w->wake);
}

/*
 * Wait for COND until the monotonic clock shows DUE_MS.  The monotonic clock
 * is used since the other one may be set, and then a wait would last for hours
 * or end at once.
 */
static void
cond_wait_until(struct base_worker *w, pthread_cond_t *cond, int64_t due_ms)
{
	struct timespec ts;

	if (due_ms == BASE_WORKER_FOREVER) {
		pthread_cond_wait(cond, &w->lock);
		return;
	}
	ts = base_clock_timespec(due_ms);
	pthread_cond_clockwait(cond, &w->lock, CLOCK_MONOTONIC, &ts);
}

void
base_worker_wait(struct base_worker *w, int64_t due_ms)
{
	assert(!w->ended);
	cond_wait_until(w, &w->wake, due_ms);
}

/*
 * A wake in between is not lost: what it was about is in the state that the
 * caller looks at afterwards.
 */
void
base_worker_rest(struct base_worker *w, int64_t due_ms)
{
	assert(!w->ended && due_ms != BASE_WORKER_FOREVER);
	while (!w->stopping && base_clock_mono_ms() < due_ms)
		cond_wait_until(w, &w->wake, due_ms);
}

/*
 * The thread's number is copied under the lock: once the worker is abandoned
 * the object may be gone at any moment.
 */
int
base_worker_stop(struct base_worker *w, int64_t wait_ms)
{
	int64_t due_ms = wait_ms == -1 ? BASE_WORKER_FOREVER :
	    base_clock_mono_ms() + wait_ms;
	pthread_t thread;
	int ended;

	pthread_mutex_lock(&w->lock);
	assert(!w->stopping);
	thread = w->thread;
	w->stopping = 1;
	pthread_cond_signal(&w->wake);
	while (!w->ended && base_clock_mono_ms() < due_ms)
		cond_wait_until(w, &w->end, due_ms);
	ended = w->ended;
	w->abandoned = !ended;
	pthread_mutex_unlock(&w->lock);
	if (!ended) {
		pthread_detach(thread);
		return 0;
	}
	pthread_join(thread, NULL);
	w->release(w->arg);
	return 1;
}
