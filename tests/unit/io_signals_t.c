/* SPDX-License-Identifier: ISC */
#include <sys/wait.h>

#include <unistd.h>

#include "io/signals.h"
#include "tap.h"

static volatile sig_atomic_t hups, terms;

static void
on_signal(int sig)
{
	if (sig == SIGHUP)
		hups++;
	else
		terms++;
}

/* The status of a child that is told to stop twice. */
static int
stop_twice(int again)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		io_signals_hold(NULL);
		kill(getpid(), SIGHUP);
		kill(getpid(), SIGINT);
		io_signals_until_stop(again);
		if (!io_signals_stop)
			_exit(2);
		kill(getpid(), SIGHUP);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status;
}

int
main(void)
{
	static const int sigs[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1 };
	int i, held = 0;
	sigset_t set;

	io_signals_hold(&set);
	for (i = 0; i < 4; i++)
		held += sigismember(&set, sigs[i]) == 1;
	is_int(held, 4, "these four");
	io_signals_hold(NULL);
	kill(getpid(), SIGHUP);
	kill(getpid(), SIGTERM);
	io_signals_catch(SIGHUP, on_signal);
	io_signals_catch(SIGTERM, on_signal);
	ok(hups == 0 && terms == 0, "nothing comes while they are held");
	io_signals_release();
	ok(hups == 1 && terms == 1, "then it does");
	is_int(stop_twice(0), 0, "stopping may be asked for twice");
	is_int(stop_twice(1), SIGHUP, "or the second time kills");
	return tap_done();
}
