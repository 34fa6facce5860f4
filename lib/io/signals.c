/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stddef.h>

#include "io/signals.h"

/* The signals that programs of ours take. */
static void
make_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGUSR1);
}

void
io_signals_hold(sigset_t *set)
{
	sigset_t own;

	if (set == NULL)
		set = &own;
	make_set(set);
	pthread_sigmask(SIG_BLOCK, set, NULL);
}

void
io_signals_catch(int sig, void (*handler)(int sig))
{
	struct sigaction sa = { .sa_handler = handler };

	sigemptyset(&sa.sa_mask);
	sigaction(sig, &sa, NULL);
}

void
io_signals_release(void)
{
	sigset_t set;

	make_set(&set);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
