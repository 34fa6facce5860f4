/* SPDX-License-Identifier: ISC */
/*
 * Least squares in two unknowns as lmdif of MINPACK solves them, operation
 * by operation: it does not stop exactly at the optimum, and who wants the
 * digits it yields must go the same way.
 */
#ifndef LOCATE_LMDIF_H
#define LOCATE_LMDIF_H

#include <stddef.h>

/* Residuals at most. */
#define LOCATE_LMDIF_MAX	20

/*
 * Move X to where the sum of squares of M residuals is least; 2 <= M <=
 * LOCATE_LMDIF_MAX.  RESIDUALS sets all M of R for a given X.  Returns 1, or
 * 0 if it did not converge, with in X the best point met.
 */
int	locate_lmdif(double x[2], size_t m,
	    void (*residuals)(const void *ctx, const double x[2], double *r),
	    const void *ctx);

#endif
