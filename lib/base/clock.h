/* SPDX-License-Identifier: ISC */
/*
 * Clocks, sleeping, and pauses that grow.  The wall clock tells what time it
 * is and may be set forwards and back; the monotonic clock never is, so
 * whatever measures how long something takes, or when it is due, asks that
 * one.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

/* The wall clock: seconds and milliseconds since 1970-01-01T00:00:00Z. */
int64_t	base_clock_now_s(void);
int64_t	base_clock_now_ms(void);

/* The monotonic clock, whose zero means nothing, in milli- and microseconds. */
int64_t	base_clock_mono_ms(void);
int64_t	base_clock_mono_us(void);

/* As the monotonic clock, but it also goes on while the system is suspended. */
int64_t	base_clock_boot_ms(void);

/* MS >= 0 as the system's functions want it, for either clock. */
struct timespec	base_clock_timespec(int64_t ms);

/*
 * Sleep for MS milliseconds, or until *STOP is set, by a signal handler, say.
 * A signal that comes just before the sleep is noticed BASE_CLOCK_NAP_MS
 * later at most.  STOP may be NULL.
 */
#define BASE_CLOCK_NAP_MS	100
void	base_clock_nap(int64_t ms, const atomic_int *stop);

/*
 * How long to wait before something that failed is tried again: FIRST_MS
 * after the first failure, twice as long after each further one, and never
 * longer than MAX_MS.  All zero but FIRST_MS and MAX_MS is a new one.
 */
struct base_clock_backoff {
	int64_t	first_ms, max_ms;
	int64_t	last_ms;	/* what the last call returned; 0: none yet */
};

/* It failed once more: returns for how many milliseconds to wait. */
int64_t	base_clock_backoff_next(struct base_clock_backoff *b);

/* It succeeded: the next failure is a first one again. */
void	base_clock_backoff_reset(struct base_clock_backoff *b);

#endif
