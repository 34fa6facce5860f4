/* SPDX-License-Identifier: ISC */
/*
 * One set for all programs, so that none forgets a signal that its supervisor
 * sends.  Signals that are not in it keep what they do: to write to a closed
 * pipe ends a filter, as it should.
 */
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

/*
 * There is no SA_RESTART: a wait that a signal interrupts must return, or the
 * program would not see the flag that its handler has set.
 */
void
io_signals_catch(int sig, void (*handler)(int sig))
{
	struct sigaction sa = { .sa_handler = handler };

	sigemptyset(&sa.sa_mask);
	sigaction(sig, &sa, NULL);
}

atomic_int io_signals_stop;

_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "signal handlers set atomic flags");

static void
note_stop(int sig)
{
	(void)sig;
	io_signals_stop = 1;
}

static void
note_first_stop(int sig)
{
	signal(sig, SIG_DFL);
	io_signals_stop = 1;
}

void
io_signals_until_stop(int again)
{
	static const int asks[] = { SIGHUP, SIGINT, SIGTERM };
	size_t i;

	for (i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
		io_signals_catch(asks[i], again ? note_first_stop : note_stop);
	io_signals_release();
}

void
io_signals_release(void)
{
	sigset_t set;

	make_set(&set);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
