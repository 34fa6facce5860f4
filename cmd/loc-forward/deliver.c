/* SPDX-License-Identifier: ISC */
/*
 * Delivering a batch, however often it has to be tried.  What is refused is
 * halved until a single report is to blame.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "forward.h"

#define ONCE_TRIES	3		/* of -1 */
#define WRONG_S		60		/* first wait for what is wrong */
#define MAX_WAIT_S	300
#define MAX_RETRY_S	3600		/* that a target may ask for */
#define MAX_REFUSALS	100		/* of single reports, in a row */

/*
 * Sleep in slices of 100 ms: a signal that comes between the test and the
 * sleep is noticed after one of them, and what is in flight is renewed all the
 * while, or other processes would take it over during a long wait.
 */
void
forward_deliver_nap(struct forward *f, int64_t ms)
{
	int64_t end = base_clock_mono_ms() + ms, left;
	struct timespec ts = { 0, 0 };

	while (!forward_signals_stop &&
	    (left = end - base_clock_mono_ms()) > 0) {
		ts.tv_nsec = (left < 100 ? left : 100) * 1000000;
		nanosleep(&ts, NULL);
		forward_in_flight_renew(f);
	}
}

/*
 * How long to wait after N failures in a row, of which this is the last: 1, 2,
 * 5, 10 seconds and so on, doubling up to five minutes.  What is wrong, and
 * needs somebody to mend it, begins with a minute.  A target that asks to be
 * left alone for longer gets that, up to an hour.
 */
static int64_t
delay_s(int n, enum forward_verdict v, int64_t retry_s)
{
	static const int64_t first[] = { 1, 2, 5 };
	int64_t s;

	if (v == FORWARD_WRONG)
		s = (int64_t)WRONG_S << (n < 4 ? n - 1 : 3);
	else if (n <= 3)
		s = first[n - 1];
	else
		s = (int64_t)5 << (n < 10 ? n - 3 : 7);
	if (s > MAX_WAIT_S)
		s = MAX_WAIT_S;
	return retry_s > MAX_RETRY_S ? MAX_RETRY_S : retry_s > s ? retry_s :
	    s;
}

/* Wait before the next attempt.  0, or -1 if there shall be none. */
static int
pause_after(struct forward *f, enum forward_verdict v, const char *why,
    int64_t retry_s)
{
	int64_t s = delay_s(++f->fails, v, retry_s);

	f->stats->failing = 1;
	if (forward_signals_stop || (f->once && (f->fails >= ONCE_TRIES ||
	    v == FORWARD_WRONG || retry_s > s))) {
		warnx("%s: %s", f->row->name, why);
		return -1;
	}
	warnx("%s: %s; trying again in %lld s", f->row->name, why,
	    (long long)s);
	forward_deliver_nap(f, s * 1000);
	return forward_signals_stop ? -1 : 0;
}

/*
 * Set report I of P aside.  Returns 0, 1 if a target that refuses so many in a
 * row is rather wrong itself, or -1 if it is not possible now.  The dead
 * letter is written before the report counts as done, so a crash in between
 * loses nothing; the letter that is then written again has the same id.
 */
static int
refuse_report(struct forward *f, struct forward_part *p, size_t i,
    const char *why)
{
	const struct forward_report *r = &p->report[i];
	const struct queue_line l = { .text = p->text.data + r->at,
	    .len = r->len - 1, .number = r->number };

	if (f->refusals >= MAX_REFUSALS)
		return 1;
	while (forward_in_flight_bury(f, &r->of->entry, &l, why) == -1)
		if (pause_after(f, FORWARD_LATER,
		    "a report cannot be set aside now", 0) == -1)
			return -1;
	f->refusals++;
	forward_in_flight_done(f, p, i, i + 1);
	return 0;
}

/* A success ends both rows, of failures and of refusals. */
static void
note_delivered(struct forward *f, struct forward_part *p, size_t first,
    size_t end)
{
	forward_in_flight_done(f, p, first, end);
	f->fails = 0;
	f->refusals = 0;
	f->stats->failing = 0;
	f->stats->batches++;
	f->stats->reports += end - first;
	if (f->verbose)
		warnx("%s: %zu reports delivered", f->row->name, end - first);
}

/*
 * Deliver a range of P; 0 or -1 as forward_deliver().  The first half is done
 * with before the second is tried, so a crash repeats as little as possible.
 */
static int
deliver_range(struct forward *f, struct forward_part *p, size_t first,
    size_t end)
{
	size_t mid = first + (end - first) / 2;
	char why[FORWARD_WHY_LEN];
	enum forward_verdict v;
	int64_t retry_s;
	int rc;

	for (;;) {
		v = forward_send(f, p, first, end, why, &retry_s);
		if (v == FORWARD_OK) {
			note_delivered(f, p, first, end);
			return 0;
		}
		if (v == FORWARD_REFUSED && end - first > 1)
			return deliver_range(f, p, first, mid) == -1 ? -1 :
			    deliver_range(f, p, mid, end);
		if (v == FORWARD_REFUSED) {
			if ((rc = refuse_report(f, p, first, why)) != 1)
				return rc;
			v = FORWARD_WRONG;
		}
		if (pause_after(f, v, why, retry_s) == -1)
			return -1;
	}
}

int
forward_deliver(struct forward *f, struct forward_part *p, size_t n)
{
	int rc = deliver_range(f, p, 0, n);

	forward_in_flight_tidy(f, p);
	return rc;
}
