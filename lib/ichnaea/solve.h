/* SPDX-License-Identifier: ISC */
/*
 * Least squares in two unknowns, as the solver that Ichnaea used finds them:
 * lmdif of MINPACK, with the settings of SciPy's leastsq().  It does not stop
 * exactly at the optimum, so whoever wants Ichnaea's digits must use this
 * very algorithm.
 */
#ifndef ICHNAEA_SOLVE_H
#define ICHNAEA_SOLVE_H

#include <stddef.h>

/* Residuals at most: the stations that a position rests on. */
#define ICHNAEA_SOLVE_MAX	20

/*
 * Move X to where the sum of squares of M residuals is least; 2 <= M <=
 * ICHNAEA_SOLVE_MAX.  RESIDUALS sets all M of R for a given X.  Returns 1, or
 * 0 if the solver did not converge, with in X the best point it met.
 */
int	ichnaea_solve(double x[2], size_t m,
	    void (*residuals)(const void *ctx, const double x[2], double *r),
	    const void *ctx);

#endif
