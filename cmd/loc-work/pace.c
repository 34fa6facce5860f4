/* SPDX-License-Identifier: ISC */
#include "pace.h"

#define FAST_MS		500	/* twice as much is to be had within a second */
#define SLOW_MS		2000

int64_t
work_pace(int64_t base, int64_t now, int64_t took_ms, int more)
{
	if (more && took_ms < FAST_MS)
		now *= 2;
	else if (!more || took_ms > SLOW_MS)
		now /= 2;
	if (now > base * WORK_PACE_GROWTH)
		return base * WORK_PACE_GROWTH;
	return now < base ? base : now;
}
