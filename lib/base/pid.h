/* SPDX-License-Identifier: ISC */
/*
 * A PID controller that keeps an input, which grows unless it is held back,
 * below a target: its output is the share that may pass.
 */
#ifndef BASE_PID_H
#define BASE_PID_H

/* A step this long after the last one (s) starts afresh. */
#define BASE_PID_GAP_S	600

struct base_pid {
	double	kp, ki, kd;	/* gains, 0 or more */
	double	target;		/* of the input, above 0 */
	int	running;	/* the rest is that of an earlier step */
	double	p_term, i_term, d_term;
	double	output;		/* their sum within 0 and target */
	double	input;
	double	time_s;		/* wall clock */
};

/*
 * One step, with INPUT as it is at NOW_S; returns the output in per cent of
 * the target.  If the clock did not move on, or for BASE_PID_GAP_S there was
 * no step, it forgets what was before.
 */
double	base_pid_step(struct base_pid *p, double input, double now_s);

#endif
