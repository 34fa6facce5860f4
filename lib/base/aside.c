/* SPDX-License-Identifier: ISC */
/*
 * The work itself is the state: who hands it in sets it, and the thread clears
 * it when it is done.  Both directions share one condition, as there is one
 * thread at either end and never both wait.
 */
#include <assert.h>
#include <signal.h>
#include <stddef.h>

#include "base/aside.h"

void
base_aside_init(struct base_aside *a)
{
	*a = (struct base_aside){ .started = 0 };
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->change, NULL);
}

static void *
aside_thread(void *arg)
{
	struct base_aside *a = arg;

	pthread_mutex_lock(&a->lock);
	for (;;) {
		while (a->work == NULL && !a->ending)
			pthread_cond_wait(&a->change, &a->lock);
		if (a->work == NULL)
			break;
		pthread_mutex_unlock(&a->lock);
		a->work(a->arg);
		pthread_mutex_lock(&a->lock);
		a->work = NULL;
		pthread_cond_signal(&a->change);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* Signals are for the caller, which knows what they mean. */
static int
start_aside(struct base_aside *a)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	a->started = pthread_create(&a->thread, NULL, aside_thread, a) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return a->started;
}

void
base_aside_done(struct base_aside *a)
{
	if (a->started) {
		pthread_mutex_lock(&a->lock);
		assert(a->work == NULL);
		a->ending = 1;
		pthread_cond_signal(&a->change);
		pthread_mutex_unlock(&a->lock);
		pthread_join(a->thread, NULL);
	}
	pthread_cond_destroy(&a->change);
	pthread_mutex_destroy(&a->lock);
}

void
base_aside_begin(struct base_aside *a, void (*work)(void *arg), void *arg)
{
	if (!a->started && !start_aside(a)) {
		work(arg);
		return;
	}
	pthread_mutex_lock(&a->lock);
	assert(a->work == NULL);
	a->work = work;
	a->arg = arg;
	pthread_cond_signal(&a->change);
	pthread_mutex_unlock(&a->lock);
}

void
base_aside_end(struct base_aside *a)
{
	if (!a->started)
		return;
	pthread_mutex_lock(&a->lock);
	while (a->work != NULL)
		pthread_cond_wait(&a->change, &a->lock);
	pthread_mutex_unlock(&a->lock);
}
