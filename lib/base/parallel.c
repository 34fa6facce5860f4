/* SPDX-License-Identifier: ISC */
/*
 * The next job is a counter that the threads share, so that none of them
 * waits while there is work, however much longer one job takes than another.
 * Threads that cannot be made are done without: the caller is always there.
 */
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "base/parallel.h"

struct shared {
	atomic_size_t	 next;
	size_t		 n;
	atomic_int	 failed;
	int		(*work)(void *arg, unsigned thread, size_t job);
	void		*arg;
};

struct helper {
	struct shared	*shared;
	unsigned	 number;
	pthread_t	 thread;
};

/*
 * What each thread does: it takes the next job until there is none, or one
 * has failed.
 */
static void *
do_jobs(void *arg)
{
	struct helper *h = arg;
	struct shared *s = h->shared;
	size_t job;

	while (!atomic_load(&s->failed) &&
	    (job = atomic_fetch_add(&s->next, 1)) < s->n)
		if (s->work(s->arg, h->number, job) != 0)
			atomic_store(&s->failed, 1);
	return NULL;
}

/* The caller's own thread is number 0 and works as the others do. */
int
base_parallel_run(unsigned threads, size_t n,
    int (*work)(void *arg, unsigned thread, size_t job), void *arg)
{
	struct shared s = { .n = n, .work = work, .arg = arg };
	struct helper helper[BASE_PARALLEL_MAX];
	unsigned i, started = 1;
	sigset_t all, old;

	assert(threads >= 1 && threads <= BASE_PARALLEL_MAX);
	if (threads > n)
		threads = n > 0 ? (unsigned)n : 1;
	helper[0] = (struct helper){ .shared = &s };
	/* Signals are for the caller, which knows what they mean. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (; started < threads; started++) {
		helper[started] = (struct helper){ .shared = &s,
		    .number = started };
		if (pthread_create(&helper[started].thread, NULL, do_jobs,
		    &helper[started]) != 0)
			break;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	do_jobs(&helper[0]);
	for (i = 1; i < started; i++)
		pthread_join(helper[i].thread, NULL);
	return atomic_load(&s.failed) ? -1 : 0;
}
