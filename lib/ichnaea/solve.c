/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <float.h>

#include <cminpack.h>

#include "ichnaea/solve.h"

#define N		2
#define TOLERANCE	1.49012e-8	/* SciPy's ftol and xtol; gtol is 0 */
#define FACTOR		100.0		/* of the first step bound */
#define MAX_CALLS	600		/* SciPy's 200 * (N + 1) */
#define SCALED		1		/* mode: by the Jacobian's columns */

struct problem {
	void		(*residuals)(const void *ctx, const double x[2],
			    double *r);
	const void	*ctx;
};

/* The residuals in the form that MINPACK wants; the flag says what for. */
static int
call_residuals(void *arg, int m, int n, const double *x, double *r, int flag)
{
	const struct problem *p = arg;

	(void)m;
	(void)n;
	(void)flag;
	p->residuals(p->ctx, x, r);
	return 0;
}

/*
 * Verdicts 1 to 4 of lmdif are convergence of one kind or another; the others
 * are that it gave up, with the best point so far.  Only 0 is our own mistake.
 */
int
ichnaea_solve(double x[2], size_t m,
    void (*residuals)(const void *ctx, const double x[2], double *r),
    const void *ctx)
{
	struct problem p = { residuals, ctx };
	double r[ICHNAEA_SOLVE_MAX], jacobian[N * ICHNAEA_SOLVE_MAX];
	double diag[N], qtf[N], wa1[N], wa2[N], wa3[N], wa4[ICHNAEA_SOLVE_MAX];
	int calls, info, pivot[N];

	assert(m >= N && m <= ICHNAEA_SOLVE_MAX);
	info = lmdif(call_residuals, &p, (int)m, N, x, r, TOLERANCE,
	    TOLERANCE, 0, MAX_CALLS, DBL_EPSILON, diag, SCALED, FACTOR, 0,
	    &calls, jacobian, (int)m, pivot, qtf, wa1, wa2, wa3, wa4);
	assert(info != 0);	/* improper input */
	return info >= 1 && info <= 4;
}
