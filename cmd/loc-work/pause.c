/* SPDX-License-Identifier: ISC */
/*
 * Waiting.  This file stands below all others of the program that wait for
 * servers, so that none of them has to call up to find out whether to go on.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "work.h"

/* The sleep is of short naps, so that SIGUSR1 is answered meanwhile. */
void
work_pause_for(struct work *w, int64_t ms)
{
	int64_t end = base_clock_mono_ms() + ms, left;

	while (!work_signals_stop && !work_signals_reload &&
	    (left = end - base_clock_mono_ms()) > 0) {
		base_clock_nap(left < BASE_CLOCK_NAP_MS ? left :
		    BASE_CLOCK_NAP_MS, &work_signals_stop);
		if (work_signals_tell)
			work_stats_tell(w);
	}
}

/* Half of each pause is random, so that workers do not all return at once. */
int
work_pause(struct work *w, struct base_clock_backoff *b)
{
	int64_t ms;

	if (w->once || work_signals_stop || work_signals_reload)
		return -1;
	ms = base_clock_backoff_next(b);
	work_pause_for(w, ms / 2 +
	    arc4random_uniform((uint32_t)ms / 2 + 1));
	return work_signals_stop || work_signals_reload ? -1 : 0;
}
