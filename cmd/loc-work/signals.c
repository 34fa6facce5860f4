/* SPDX-License-Identifier: ISC */
#include "io/signals.h"
#include "work.h"

atomic_int work_signals_stop, work_signals_tell,
    work_signals_reload;

static void
note_own_signal(int sig)
{
	if (sig == SIGUSR1)
		work_signals_tell = 1;
	else if (sig == SIGHUP)
		work_signals_reload = 1;
	else
		work_signals_stop = 1;
}

void
work_signals_catch(void)
{
	io_signals_catch(SIGTERM, note_own_signal);
	io_signals_catch(SIGINT, note_own_signal);
	io_signals_catch(SIGUSR1, note_own_signal);
	io_signals_catch(SIGHUP, note_own_signal);
}
