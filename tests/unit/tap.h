/* SPDX-License-Identifier: ISC */
/* TAP output for the unit tests (https://testanything.org). */
#ifndef TAP_H
#define TAP_H

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int tap_count, tap_bad;

/* One test point: passes when COND holds; the rest names it. */
static inline int __attribute__((format(printf, 2, 3)))
ok(int cond, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", cond ? "" : "not ", ++tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	tap_bad += !cond;
	return cond;
}

/* Equal integers, equal strings, doubles within TOL (NaN equals NaN). */
static inline int
is_int(long long got, long long want, const char *name)
{
	return ok(got == want, "%s", name) ||
	    (printf("# got %lld, want %lld\n", got, want), 0);
}

static inline int
is_str(const char *got, const char *want, const char *name)
{
	return ok(got != NULL && strcmp(got, want) == 0, "%s", name) ||
	    (printf("# got  %s\n# want %s\n", got ? got : "(null)", want), 0);
}

static inline int
is_near(double got, double want, double tol, const char *name)
{
	return ok((isnan(got) && isnan(want)) || fabs(got - want) <= tol,
	    "%s", name) ||
	    (printf("# got %.12g, want %.12g\n", got, want), 0);
}

static char tap_dir[256];
static pid_t tap_pid;

static inline void
tap_tidy(void)
{
	char cmd[sizeof(tap_dir) + 16];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", tap_dir);
	if (getpid() == tap_pid && system(cmd) != 0)
		fprintf(stderr, "%s: not removed\n", tap_dir);
}

/* Go to an empty directory, gone at exit. */
static inline void
tap_scratch(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(tap_dir, sizeof(tap_dir), "%s/tap.XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(tap_dir) == NULL || chdir(tap_dir) == -1) {
		perror("tap_scratch");
		exit(1);
	}
	tap_pid = getpid();
	atexit(tap_tidy);
}

static inline int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_bad > 0;
}

#endif
