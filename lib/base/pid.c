/* SPDX-License-Identifier: ISC */
/*
 * A controller with proportional, integral and derivative terms (K. Astrom,
 * R. Murray, "Feedback Systems", chapter 11), where the derivative is that of
 * the input, not of the error, so that a new target causes no kick, and the
 * integral is kept within what the output can be, so that it cannot wind up.
 */
#include <assert.h>

#include "base/pid.h"

#define NO_TIME_S	1e-16		/* the length of a first step */
/*
 * Of two steps at nearly the same time the second would see any change as
 * enormously fast: its derivative is over this time at least.
 */
#define SHORTEST_S	1.0

/* V from 0 to MAX. */
static double
clamp_to(double v, double max)
{
	return v < 0 ? 0 : v > max ? max : v;
}

/*
 * After a gap, or the first time, there is no earlier input to compare with:
 * the step has no length and no derivative.
 */
double
base_pid_step(struct base_pid *p, double input, double now_s)
{
	double change, dt, error = p->target - input;

	assert(p->target > 0);
	dt = now_s - p->time_s;
	if (!p->running || !(dt > 0 && dt <= BASE_PID_GAP_S)) {
		dt = NO_TIME_S;
		change = 0;
		p->i_term = 0;
	} else {
		change = input - p->input;
		p->i_term = clamp_to(p->i_term, p->target);
	}
	p->p_term = p->kp * error;
	p->i_term = clamp_to(p->i_term + p->ki * error * dt, p->target);
	p->d_term = -p->kd * change /
	    (p->running && dt < SHORTEST_S ? SHORTEST_S : dt);
	p->output = clamp_to(p->p_term + p->i_term + p->d_term, p->target);
	p->input = input;
	p->time_s = now_s;
	p->running = 1;
	return 100 * clamp_to(p->output / p->target, 1);
}
