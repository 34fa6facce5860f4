/* SPDX-License-Identifier: ISC */
#include "base/clock.h"

#include "tap.h"

static void
time_specs(void)
{
	static const struct {
		int64_t	ms, s, ns;
	} t[] = {
		{ 0, 0, 0 }, { 1, 0, 1000000 }, { 999, 0, 999000000 },
		{ 1000, 1, 0 }, { 1795976853152, 1795976853, 152000000 }
	};
	struct timespec ts;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ts = base_clock_timespec(t[i].ms);
		ok(ts.tv_sec == t[i].s && ts.tv_nsec == t[i].ns,
		    "%lld ms as seconds and nanoseconds",
		    (long long)t[i].ms);
	}
}

static void
backing_off(void)
{
	static const int64_t want[] = { 100, 200, 400, 800, 1000, 1000 };
	struct base_clock_backoff b = { .first_ms = 100, .max_ms = 1000 };
	size_t i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		is_int(base_clock_backoff_next(&b), want[i],
		    "pauses double up to the longest");
	base_clock_backoff_reset(&b);
	is_int(base_clock_backoff_next(&b), 100,
	    "after a success the first pause is short again");
	b = (struct base_clock_backoff){ .first_ms = 5, .max_ms = 5 };
	base_clock_backoff_next(&b);
	is_int(base_clock_backoff_next(&b), 5, "a pause need not grow");
}

static void
sleeping(void)
{
	atomic_int stop = 0;
	int64_t before_ms = base_clock_mono_ms();

	base_clock_nap(120, &stop);
	ok(base_clock_mono_ms() - before_ms >= 120,
	    "a sleep is not shorter than asked for");
	stop = 1;
	before_ms = base_clock_mono_ms();
	base_clock_nap(3600 * 1000, &stop);
	ok(base_clock_mono_ms() - before_ms < 60 * 1000,
	    "whoever is to stop does not sleep");
}

int
main(void)
{
	int64_t us = base_clock_mono_us();

	ok(base_clock_mono_us() >= us, "the monotonic clock does not go back");
	ok(base_clock_now_ms() / 1000 - base_clock_now_s() <= 1,
	    "both readings of the wall clock agree");
	time_specs();
	backing_off();
	sleeping();
	return tap_done();
}
