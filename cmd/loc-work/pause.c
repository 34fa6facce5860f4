/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "work.h"

#define PAUSE_MIN_MS	100
#define PAUSE_MAX_MS	10000

/* Sleep, but not longer than until a signal to stop. */
void
work_pause_for(struct work *w, int64_t ms)
{
	int64_t end = base_clock_mono_ms() + ms, left;
	struct timespec ts = { 0, 0 };

	while (!work_stopping &&
	    (left = end - base_clock_mono_ms()) > 0) {
		ts.tv_nsec = (left < 100 ? left : 100) * 1000000;
		nanosleep(&ts, NULL);
		if (work_asked)
			work_stats_tell(w);
	}
}

int
work_pause(struct work *w, int n)
{
	int64_t ms = PAUSE_MAX_MS;

	if (w->once || work_stopping)
		return -1;
	if (n < 8)
		ms = PAUSE_MIN_MS << (n - 1);
	if (ms > PAUSE_MAX_MS)
		ms = PAUSE_MAX_MS;
	work_pause_for(w, ms / 2 + arc4random_uniform((uint32_t)ms / 2 + 1));
	return work_stopping ? -1 : 0;
}
