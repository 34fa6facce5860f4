/* SPDX-License-Identifier: ISC */
#include "queue/gcra.h"
#include "tap.h"

#define S	1000000

/* One after another, by somebody with 3 calls in 30 s: a step is 10 s. */
static void
table(void)
{
	static const struct {
		const char	*what;
		int64_t		now_s, remaining, reset_s, retry_s;
	} cases[] = {
		{ "the first", 1000, 2, 10, 0 },
		{ "the second", 1000, 1, 20, 0 },
		{ "the third", 1000, 0, 30, 0 },
		{ "one too many", 1000, 0, 30, 10 },
		{ "which cost nothing", 1004, 0, 26, 6 },
		{ "one came back", 1010, 0, 30, 0 },
		{ "and no second one", 1010, 0, 30, 10 },
		{ "two came back", 1030, 1, 20, 0 },
		{ "all came back", 9999, 2, 10, 0 },
		{ "the clock was set back", 500, 0, 30, 10 },
		{ "which is forgotten after a step", 510, 0, 30, 0 }
	};
	const struct queue_gcra g = { 3, 30 * S };
	struct queue_gcra_answer a;
	int64_t due = 0;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		due = queue_gcra_call(&g, due, cases[i].now_s * S, 1, &a);
		ok(a.remaining == cases[i].remaining &&
		    a.reset_us == cases[i].reset_s * S &&
		    a.retry_us == cases[i].retry_s * S, "%s", cases[i].what);
	}
}

/* Calls as fast as they can be made pass at the even rate, after a burst. */
static void
rate(int64_t limit, int64_t window_s, int64_t for_s)
{
	const struct queue_gcra g = { limit, window_s * S };
	struct queue_gcra_answer a, last = { limit, 0, 0 };
	int64_t due = 0, now, passed = 0, odd = 0;
	int64_t want = limit + for_s * limit / window_s;

	for (now = S; now < (1 + for_s) * S; now += 997) {
		due = queue_gcra_call(&g, due, now, 1, &a);
		passed += a.retry_us == 0;
		odd += a.retry_us > queue_gcra_step_us(&g) ||
		    (a.retry_us > 0 && a.remaining > 0) ||
		    (last.remaining == 0 && a.remaining > 1);
		last = a;
	}
	ok(passed <= want + 1 && passed >= want * 99 / 100 - 1,
	    "%lld in %lld s: about %lld calls pass", (long long)limit,
	    (long long)window_s, (long long)want);
	is_int(odd, 0, "and headers never jump");
}

/* Calls that cost more than one, and what is charged afterwards. */
static void
costs(void)
{
	const struct queue_gcra g = { 10, 10 * S };
	struct queue_gcra_answer a;
	int64_t due, now = 1000LL * S;

	due = queue_gcra_call(&g, 0, now, 4, &a);
	ok(a.remaining == 6 && a.reset_us == 4 * S && a.retry_us == 0,
	    "a call that costs four");
	due = queue_gcra_call(&g, due, now, 8, &a);
	ok(a.remaining == 6 && a.retry_us == 2 * S, "eight are too many");
	due = queue_gcra_call(&g, due, now + 2 * S, 8, &a);
	ok(a.remaining == 0 && a.retry_us == 0, "but not for long");
	due = queue_gcra_call(&g, 0, now, 1000, &a);
	ok(a.remaining == 0 && a.retry_us == 0, "no call costs more than all");
	due = queue_gcra_call(&g, due, now + 9 * S, 1000, &a);
	is_int(a.retry_us, 1 * S, "which have to be there");
	due = queue_gcra_charge(&g, 0, now, 3);
	due = queue_gcra_call(&g, due, now, 1, &a);
	is_int(a.remaining, 6, "what is charged is missing");
	due = queue_gcra_charge(&g, due, now, 20);
	due = queue_gcra_call(&g, due, now, 1, &a);
	ok(a.remaining == 0 && a.retry_us == 1 * S && a.reset_us == 10 * S,
	    "also more than there is, but not for longer than a window");
}

int
main(void)
{
	const struct queue_gcra most = { 1000000, 1 * S };

	table();
	costs();
	rate(10, 1, 5);
	rate(7, 3, 10);
	rate(100, 60, 20);
	is_int(queue_gcra_step_us(&most), 1, "the fastest rate");
	return tap_done();
}
