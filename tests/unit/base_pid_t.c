/* SPDX-License-Identifier: ISC */
#include "base/pid.h"

#include "tap.h"

#define T	1700000000.0

/* The rate of a first step. */
static double
first(double kp, double target, double backlog)
{
	struct base_pid p = { .kp = kp, .target = target };

	return base_pid_step(&p, backlog, T);
}

static void
proportional(void)
{
	static const struct {
		double	backlog, rate;
	} t[] = {
		{ 0, 100 }, { 870, 100 }, { 875, 100 }, { 876, 99.2 },
		{ 900, 80 }, { 950, 40 }, { 999, 0.8 }, { 1000, 0 },
		{ 1500, 0 }
	};
	struct base_pid p = { .kp = 8, .target = 1000 };
	char name[64];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(name, sizeof(name), "gain 8, backlog %g of 1000",
		    t[i].backlog);
		is_near(first(8, 1000, t[i].backlog), t[i].rate, 1e-9, name);
	}
	base_pid_step(&p, 1500, T);
	is_near(p.p_term, -4000, 0, "beyond the target P is negative");
	is_near(p.output, 0, 0, "the output is not");
}

static void
all_terms(void)
{
	struct base_pid p = { .kp = 1, .ki = .002, .kd = .2, .target = 1000 };

	is_near(base_pid_step(&p, 0, T), 100, 0, "nothing waits: all pass");
	is_near(p.p_term, 1000, 0, "P");
	is_near(p.i_term, 0, 1e-12, "I");
	ok(p.d_term == 0 && signbit(p.d_term), "D is -0");
	is_near(p.output, 1000, 0, "output");
	is_near(base_pid_step(&p, 10, T + 60), 100, 0, "a little waits");
	is_near(p.p_term, 990, 0, "P");
	is_near(p.i_term, .002 * 990 * 60, 1e-9, "I adds up");
	is_near(p.d_term, -.2 * 10 / 60, 1e-12, "D slows down");
	is_near(p.input, 10, 0, "the input is kept");
	is_near(p.time_s, T + 60, 0, "and the time");
	p.target = 5;
	is_near(base_pid_step(&p, 10, T + 120), 0, 0, "a lower target");
	is_near(p.p_term, -5, 0, "P");
	is_near(p.i_term, 5 - .002 * 5 * 60, 1e-9,
	    "I is cut to the target first");
	is_near(p.output, 0, 0, "output");
}

static void
limits(void)
{
	struct base_pid p = { .ki = 1, .target = 100 };

	base_pid_step(&p, 0, T);
	base_pid_step(&p, 0, T + 60);
	is_near(p.i_term, 100, 0, "I stops at the target");
	base_pid_step(&p, 1000, T + 120);
	is_near(p.i_term, 0, 0, "and at 0");
}

static void
afresh(void)
{
	static const struct {
		double		 dt;
		int		 fresh;
		const char	*name;
	} t[] = {
		{ 60, 0, "a minute later" }, { 600, 0, "600 s later" },
		{ 600.001, 1, "later than that" }, { 0, 1, "at once" },
		{ -60, 1, "the clock was set back" },
		{ NAN, 1, "no time at all" }
	};
	struct base_pid p;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		p = (struct base_pid){ .kp = 1, .ki = 1, .kd = 60,
		    .target = 1000, .running = 1, .i_term = 500,
		    .input = 990, .time_s = T };
		base_pid_step(&p, 999, T + t[i].dt);
		ok((p.i_term < 1) == t[i].fresh &&
		    (p.d_term == 0) == t[i].fresh, "%s", t[i].name);
		is_near(p.p_term, 1, 0, "P does not care");
	}
	p = (struct base_pid){ .kp = 1, .ki = 1, .target = 9, .i_term = 5,
	    .input = 3, .time_s = T - 60 };
	is_near(base_pid_step(&p, 10, T), 0, 0, "not running: afresh");
	is_near(p.p_term, -1, 0, "P");
	is_near(p.i_term, 0, 0, "I");
}

/* Two runs at once, as cron on two machines. */
static void
twice(void)
{
	struct base_pid p = { .kp = 8, .kd = 1, .target = 1000 };

	base_pid_step(&p, 500, T);
	base_pid_step(&p, 510, T + 60);
	is_near(base_pid_step(&p, 520, T + 60.001), 100, 0,
	    "a small change in no time is small");
	is_near(p.d_term, -10, 1e-9, "D is over a second");
	ok(p.i_term >= 0 && p.i_term <= 1000, "I within bounds");
}

int
main(void)
{
	proportional();
	all_terms();
	limits();
	afresh();
	twice();
	return tap_done();
}
