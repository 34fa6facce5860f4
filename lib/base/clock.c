/* SPDX-License-Identifier: ISC */
/*
 * Two clocks: the real-time one tells dates and may be set at any moment, so
 * nothing that lasts is measured by it; the monotonic one never goes back, and
 * is for deadlines and pauses.  Both are read without a system call on Linux.
 */
#include <assert.h>
#include <stddef.h>

#include "base/clock.h"

int64_t
base_clock_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* time() reads a coarser clock, which may lag behind by some milliseconds. */
int64_t
base_clock_now_s(void)
{
	return (int64_t)time(NULL);
}

int64_t
base_clock_mono_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
base_clock_mono_ms(void)
{
	return base_clock_mono_us() / 1000;
}

int64_t
base_clock_boot_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct timespec
base_clock_timespec(int64_t ms)
{
	assert(ms >= 0);
	return (struct timespec){ .tv_sec = ms / 1000,
	    .tv_nsec = ms % 1000 * 1000000 };
}

/*
 * The flag may be set between the look at it and the sleep, and then no
 * signal interrupts the sleep any more.  So a long one is cut into short
 * ones.
 */
void
base_clock_nap(int64_t ms, const atomic_int *stop)
{
	int64_t due_ms = base_clock_mono_ms() + ms, left_ms;
	struct timespec ts;

	while ((stop == NULL || !*stop) &&
	    (left_ms = due_ms - base_clock_mono_ms()) > 0) {
		ts = base_clock_timespec(left_ms < BASE_CLOCK_NAP_MS ?
		    left_ms : BASE_CLOCK_NAP_MS);
		nanosleep(&ts, NULL);
	}
}

/* The doubling ends before it could wrap, whatever the bounds are. */
int64_t
base_clock_backoff_next(struct base_clock_backoff *b)
{
	assert(b->first_ms > 0 && b->first_ms <= b->max_ms);
	if (b->last_ms == 0)
		b->last_ms = b->first_ms;
	else if (b->last_ms <= b->max_ms / 2)
		b->last_ms *= 2;
	else
		b->last_ms = b->max_ms;
	return b->last_ms;
}

void
base_clock_backoff_reset(struct base_clock_backoff *b)
{
	b->last_ms = 0;
}
