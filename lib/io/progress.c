/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/progress.h"

#define REDRAW_MS	250

void
io_progress_init(struct io_progress *p, const char *what, int quiet)
{
	p->what = what;
	p->on = !quiet && isatty(STDERR_FILENO);
	p->start_ms = p->last_ms = base_clock_mono_ms();
}

/*
 * The clock is asked each time, which is cheap; the terminal, which is not, is
 * written to a few times a second.
 */
void
io_progress_show(struct io_progress *p, uint64_t count, double done)
{
	int64_t ms;
	double s;

	if (!p->on || (ms = base_clock_mono_ms()) - p->last_ms < REDRAW_MS)
		return;
	p->last_ms = ms;
	s = (double)(ms - p->start_ms) / 1000;
	fprintf(stderr, "\r%llu %s, %.0f/s", (unsigned long long)count,
	    p->what, (double)count / s);
	if (done > 0)
		fprintf(stderr, ", %.0f%%, %.0f s left", 100 * done,
		    s * (1 - done) / done);
	fputs("\033[K", stderr);
	fflush(stderr);
}

void
io_progress_done(struct io_progress *p)
{
	if (p->on) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
	p->on = 0;
}
