/* SPDX-License-Identifier: ISC */
/*
 * Who is told what.  A supervisor, or a terminal, signals all processes of a
 * group at once; only the parent listens.  It ends its children in its own
 * time, by SIGUSR2, which nobody else sends.  So a child is never cut off in
 * the middle of a request that its target would then be sent again.
 *
 * A second signal to stop does not wait: the parent passes it on, and the
 * child has no handler any more.
 */
#include "forward.h"
#include "io/signals.h"

atomic_int forward_signals_stop, forward_signals_tell,
    forward_signals_reload;

static int is_child;

/*
 * The handler of all signals, in parent and child.  It only sets flags, which
 * are atomic.  A parent ignores the signal that is meant for children: a
 * supervisor may send anything to the whole group.
 */
static void
note_signal(int sig)
{
	if (sig == SIGUSR1)
		forward_signals_tell = 1;
	else if (sig == SIGHUP)
		forward_signals_reload = 1;
	else if ((sig != FORWARD_SIGNALS_STOP || is_child) &&
	    forward_signals_stop < 2)
		forward_signals_stop++;
}

void
forward_signals_parent(void)
{
	signal(SIGPIPE, SIG_IGN);
	io_signals_catch(FORWARD_SIGNALS_STOP, note_signal);
	io_signals_catch(SIGTERM, note_signal);
	io_signals_catch(SIGINT, note_signal);
	io_signals_catch(SIGHUP, note_signal);
	io_signals_catch(SIGUSR1, note_signal);
	io_signals_release();
}

/*
 * A child is born with all signals blocked.  What its parent has sent it since
 * then comes when it releases them.
 */
void
forward_signals_hold(void)
{
	sigset_t set;

	io_signals_hold(NULL);
	sigemptyset(&set);
	sigaddset(&set, FORWARD_SIGNALS_STOP);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void
forward_signals_release(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, FORWARD_SIGNALS_STOP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	io_signals_release();
}

/*
 * The child calls this between fork and release.  What a terminal sends to the
 * group is ignored here.  The handler for the signal to stop is there for one
 * time only: the second kills, as the default action is, and what was in
 * flight is then taken over by others when it has been idle for long enough.
 */
void
forward_signals_child(void)
{
	struct sigaction sa = {
		.sa_handler = note_signal, .sa_flags = (int)SA_RESETHAND
	};

	is_child = 1;
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	forward_signals_stop = forward_signals_tell = forward_signals_reload =
	    0;
	sigaction(FORWARD_SIGNALS_STOP, &sa, NULL);
}
