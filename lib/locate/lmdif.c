/* SPDX-License-Identifier: ISC */
/*
 * J. J. Moré, "The Levenberg-Marquardt algorithm: implementation and
 * theory", Numerical Analysis, Lecture Notes in Mathematics 630 (1978), as
 * in MINPACK (J. J. Moré, B. S. Garbow, K. E. Hillstrom, ANL-80-74, 1980):
 * lmdif with fdjac2, qrfac, lmpar and qrsolv, for two unknowns, with scaling
 * by the columns of the Jacobian (mode 1) and SciPy's tolerances.  Sums run
 * in MINPACK's order.  Its guards against overflow in norms are left out:
 * residuals are metres, divided by signals.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "locate/lmdif.h"

#define N		2
#define TOLERANCE	1.49012e-8	/* ftol and xtol; gtol is 0 */
#define FACTOR		100.0		/* of the first step bound */
#define MAX_CALLS	600
#define MAX_NEWTON	10		/* iterations for the parameter */
#define ACCEPT		1e-4		/* a step that reduces so much */

/* An upper triangle: its diagonal, and the element beside the first. */
struct triangle {
	double		 d[N], off;
};

struct lmdif {
	void		(*residuals)(const void *ctx, const double x[2],
			    double *r);
	const void	*ctx;
	size_t		 m;
	int		 calls;
	double		 a[N][LOCATE_LMDIF_MAX]; /* Jacobian by columns, QR */
	int		 pivot[N];
	double		 rdiag[N];	/* diagonal of R */
	double		 norm[N];	/* of the columns */
	struct triangle	 r;
	double		 diag[N];	/* scaling */
	double		 qtf[N];	/* Q transposed times residuals */
	double		 delta;		/* step bound */
	double		 xnorm;		/* of the point reached, scaled */
	double		 par;		/* Levenberg-Marquardt parameter */
	double		 step[N];
};

static double
norm(const double *v, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += v[i] * v[i];
	return sqrt(sum);
}

static double
norm_scaled(const double *d, const double *v)
{
	double s[N] = { d[0] * v[0], d[1] * v[1] };

	return norm(s, N);
}

static void
call(struct lmdif *l, const double *x, double *f)
{
	l->residuals(l->ctx, x, f);
	l->calls++;
}

/* The Jacobian at X, where the residuals are F, by forward differences. */
static void
jacobian(struct lmdif *l, double *x, const double *f)
{
	const double eps = sqrt(DBL_EPSILON);
	double h, keep, moved[LOCATE_LMDIF_MAX];
	size_t i;
	int j;

	for (j = 0; j < N; j++) {
		keep = x[j];
		h = eps * fabs(keep);
		if (h == 0)
			h = eps;
		x[j] = keep + h;
		call(l, x, moved);
		x[j] = keep;
		for (i = 0; i < l->m; i++)
			l->a[j][i] = (moved[i] - f[i]) / h;
	}
}

static void
swap_columns(struct lmdif *l)
{
	double tmp;
	size_t i;

	for (i = 0; i < l->m; i++) {
		tmp = l->a[0][i];
		l->a[0][i] = l->a[1][i];
		l->a[1][i] = tmp;
	}
	l->pivot[0] = 1;
	l->pivot[1] = 0;
}

/* Householder's QR with column pivoting; the reflections stay in A. */
static void
factor(struct lmdif *l)
{
	double ajnorm, sum, t;
	size_t i;
	int j;

	for (j = 0; j < N; j++) {
		l->norm[j] = norm(l->a[j], l->m);
		l->pivot[j] = j;
	}
	if (l->norm[1] > l->norm[0])
		swap_columns(l);
	for (j = 0; j < N; j++) {
		ajnorm = norm(&l->a[j][j], l->m - (size_t)j);
		if (ajnorm != 0) {
			if (l->a[j][j] < 0)
				ajnorm = -ajnorm;
			for (i = (size_t)j; i < l->m; i++)
				l->a[j][i] /= ajnorm;
			l->a[j][j] += 1.0;
		}
		if (ajnorm != 0 && j == 0) {
			for (sum = 0, i = 0; i < l->m; i++)
				sum += l->a[0][i] * l->a[1][i];
			t = sum / l->a[0][0];
			for (i = 0; i < l->m; i++)
				l->a[1][i] -= t * l->a[0][i];
		}
		l->rdiag[j] = -ajnorm;
	}
}

/* Apply the reflections to residuals F, and take R out of A. */
static void
project(struct lmdif *l, const double *f)
{
	double sum, t, w[LOCATE_LMDIF_MAX];
	size_t i;
	int j;

	memcpy(w, f, l->m * sizeof(*w));
	for (j = 0; j < N; j++) {
		if (l->a[j][j] != 0) {
			for (sum = 0, i = (size_t)j; i < l->m; i++)
				sum += l->a[j][i] * w[i];
			t = -sum / l->a[j][j];
			for (i = (size_t)j; i < l->m; i++)
				w[i] += l->a[j][i] * t;
		}
		l->qtf[j] = w[j];
	}
	l->r.d[0] = l->rdiag[0];
	l->r.d[1] = l->rdiag[1];
	l->r.off = l->a[1][0];
}

/* Column J of R times V. */
static double
column(const struct lmdif *l, int j, const double *v)
{
	return j == 0 ? l->r.d[0] * v[0] : l->r.off * v[0] + l->r.d[1] * v[1];
}

/* The largest cosine between the residuals and a column of the Jacobian. */
static double
gradient(const struct lmdif *l, double fnorm)
{
	double unit[N] = { l->qtf[0] / fnorm, l->qtf[1] / fnorm };
	double max = 0, size;
	int j;

	for (j = 0; fnorm != 0 && j < N; j++)
		if ((size = l->norm[l->pivot[j]]) != 0)
			max = fmax(max, fabs(column(l, j, unit) / size));
	return max;
}

/* Solve T for B, as far as its diagonal is not 0. */
static void
back(const struct triangle *t, double *b)
{
	b[1] = t->d[0] == 0 || t->d[1] == 0 ? 0 : b[1] / t->d[1];
	b[0] = t->d[0] == 0 ? 0 : (b[0] - t->off * b[1]) / t->d[0];
}

static void
gauss_newton(const struct lmdif *l, double *x)
{
	double b[N] = { l->qtf[0], l->qtf[1] };

	back(&l->r, b);
	x[l->pivot[0]] = b[0];
	x[l->pivot[1]] = b[1];
}

/* Turn row K of T and of WA so that the Kth of EXTRA vanishes. */
static void
rotate(struct triangle *t, double *wa, double *extra, double *rest, int k)
{
	double cosine, sine, q;

	if (extra[k] == 0)
		return;
	if (fabs(t->d[k]) < fabs(extra[k])) {
		q = t->d[k] / extra[k];
		sine = 0.5 / sqrt(0.25 + 0.25 * (q * q));
		cosine = sine * q;
	} else {
		q = extra[k] / t->d[k];
		cosine = 0.5 / sqrt(0.25 + 0.25 * (q * q));
		sine = cosine * q;
	}
	t->d[k] = cosine * t->d[k] + sine * extra[k];
	q = cosine * wa[k] + sine * *rest;
	*rest = -sine * wa[k] + cosine * *rest;
	wa[k] = q;
	if (k == 0) {
		q = cosine * t->off + sine * extra[1];
		extra[1] = -sine * t->off + cosine * extra[1];
		t->off = q;
	}
}

/*
 * X that solves the system with the rows of diagonal D below it.  T becomes
 * the triangle of both.
 */
static void
solve(const struct lmdif *l, const double *d, double *x, struct triangle *t)
{
	double extra[N], rest, wa[N];
	int j, k;

	*t = l->r;
	memcpy(wa, l->qtf, sizeof(wa));
	for (j = 0; j < N; j++) {
		memset(extra, 0, sizeof(extra));
		extra[j] = d[l->pivot[j]];
		rest = 0;
		for (k = j; k < N; k++)
			rotate(t, wa, extra, &rest, k);
	}
	back(t, wa);
	x[l->pivot[0]] = wa[0];
	x[l->pivot[1]] = wa[1];
}

/* Newton's correction of the parameter, with triangle T. */
static double
correction(const struct lmdif *l, const struct triangle *t,
    const double *scaled, double dxnorm, double fp)
{
	double wa[N], n;
	int j, p;

	for (j = 0; j < N; j++) {
		p = l->pivot[j];
		wa[j] = l->diag[p] * (scaled[p] / dxnorm);
	}
	wa[0] /= t->d[0];
	wa[1] = (wa[1] - t->off * wa[0]) / t->d[1];
	n = norm(wa, N);
	return fp / l->delta / n / n;
}

/* Set the step, and the parameter that keeps it within its bound. */
static void
find_step(struct lmdif *l)
{
	double d[N], dxnorm, fp, gnorm, parl = 0, paru, prev, scaled[N];
	double *x = l->step;
	struct triangle t;
	int iter, j;

	gauss_newton(l, x);
	for (j = 0; j < N; j++)
		scaled[j] = l->diag[j] * x[j];
	dxnorm = norm(scaled, N);
	fp = dxnorm - l->delta;
	if (fp <= 0.1 * l->delta) {
		l->par = 0;
		return;
	}
	if (l->r.d[0] != 0 && l->r.d[1] != 0)
		parl = correction(l, &l->r, scaled, dxnorm, fp);
	for (j = 0; j < N; j++)
		d[j] = column(l, j, l->qtf) / l->diag[l->pivot[j]];
	gnorm = norm(d, N);
	paru = gnorm / l->delta;
	if (paru == 0)
		paru = DBL_MIN / fmin(l->delta, 0.1);
	l->par = fmin(fmax(l->par, parl), paru);
	if (l->par == 0)
		l->par = gnorm / dxnorm;
	for (iter = 1;; iter++) {
		if (l->par == 0)
			l->par = fmax(DBL_MIN, 0.001 * paru);
		for (j = 0; j < N; j++)
			d[j] = sqrt(l->par) * l->diag[j];
		solve(l, d, x, &t);
		for (j = 0; j < N; j++)
			scaled[j] = l->diag[j] * x[j];
		dxnorm = norm(scaled, N);
		prev = fp;
		fp = dxnorm - l->delta;
		if (fabs(fp) <= 0.1 * l->delta ||
		    (parl == 0 && fp <= prev && prev < 0) ||
		    iter == MAX_NEWTON)
			return;
		if (fp > 0)
			parl = fmax(parl, l->par);
		else if (fp < 0)
			paru = fmin(paru, l->par);
		l->par = fmax(parl, l->par + correction(l, &t, scaled,
		    dxnorm, fp));
	}
}

/* The length of the linear model's answer to the step. */
static double
model(const struct lmdif *l)
{
	double first = l->step[l->pivot[0]], second = l->step[l->pivot[1]];
	double wa[N] = { l->r.d[0] * first + l->r.off * second,
	    l->r.d[1] * second };

	return norm(wa, N);
}

/* Adjust step bound and parameter to how well the model foretold F1. */
static void
adjust(struct lmdif *l, double ratio, double actred, double dirder,
    double pnorm, double f, double f1)
{
	double t = 0.5;

	if (ratio <= 0.25) {
		if (actred < 0)
			t = 0.5 * dirder / (dirder + 0.5 * actred);
		if (0.1 * f1 >= f || t < 0.1)
			t = 0.1;
		l->delta = t * fmin(l->delta, pnorm / 0.1);
		l->par /= t;
	} else if (l->par == 0 || ratio >= 0.75) {
		l->delta = pnorm / 0.5;
		l->par = 0.5 * l->par;
	}
}

/*
 * Try steps from X, where the residuals are F and their length is *FNORM,
 * until one is accepted.  Returns 1 when at the optimum, 0 to go on, -1 when
 * that makes no sense; at once if the gradient, GNORM, is next to nothing.
 */
static int
advance(struct lmdif *l, double *x, double *f, double *fnorm, double gnorm,
    int first)
{
	double actred, dirder, f1, moved[LOCATE_LMDIF_MAX], pnorm, prered;
	double ratio, t1, t2, to[N];
	int j;

	do {
		find_step(l);
		for (j = 0; j < N; j++) {
			l->step[j] = -l->step[j];
			to[j] = x[j] + l->step[j];
		}
		pnorm = norm_scaled(l->diag, l->step);
		if (first)
			l->delta = fmin(l->delta, pnorm);
		call(l, to, moved);
		f1 = norm(moved, l->m);
		t1 = f1 / *fnorm;
		actred = 0.1 * f1 < *fnorm ? 1.0 - t1 * t1 : -1.0;
		t1 = model(l) / *fnorm;
		t2 = sqrt(l->par) * pnorm / *fnorm;
		prered = t1 * t1 + t2 * t2 / 0.5;
		dirder = -(t1 * t1 + t2 * t2);
		ratio = prered != 0 ? actred / prered : 0;
		adjust(l, ratio, actred, dirder, pnorm, *fnorm, f1);
		if (ratio >= ACCEPT) {
			memcpy(x, to, sizeof(to));
			memcpy(f, moved, l->m * sizeof(*f));
			*fnorm = f1;
			l->xnorm = norm_scaled(l->diag, x);
		}
		if ((fabs(actred) <= TOLERANCE && prered <= TOLERANCE &&
		    0.5 * ratio <= 1.0) || l->delta <= TOLERANCE * l->xnorm)
			return 1;
		if (l->calls >= MAX_CALLS || gnorm <= DBL_EPSILON)
			return -1;
	} while (ratio < ACCEPT);
	return 0;
}

int
locate_lmdif(double x[2], size_t m,
    void (*residuals)(const void *ctx, const double x[2], double *r),
    const void *ctx)
{
	struct lmdif l = { .residuals = residuals, .ctx = ctx, .m = m };
	double f[LOCATE_LMDIF_MAX], fnorm, gnorm;
	int first, j, rc = 0;

	call(&l, x, f);
	fnorm = norm(f, m);
	for (first = 1; rc == 0; first = 0) {
		jacobian(&l, x, f);
		factor(&l);
		project(&l, f);
		for (j = 0; first && j < N; j++)
			l.diag[j] = l.norm[j] == 0 ? 1.0 : l.norm[j];
		if (first) {
			l.xnorm = norm_scaled(l.diag, x);
			l.delta = l.xnorm == 0 ? FACTOR : FACTOR * l.xnorm;
		}
		if ((gnorm = gradient(&l, fnorm)) == 0)
			return 1;
		for (j = 0; j < N; j++)
			l.diag[j] = fmax(l.diag[j], l.norm[j]);
		rc = advance(&l, x, f, &fnorm, gnorm, first);
	}
	return rc == 1;
}
