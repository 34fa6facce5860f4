/* SPDX-License-Identifier: ISC */
/*
 * The claims on what is in flight, in this turn and for the next: how they are
 * kept while that waits, and given up.
 *
 * All that is in flight is renewed together, whatever of it is counted just
 * now: while the database is away nobody else shall try any of it in vain.
 */
#include <assert.h>

#include "base/clock.h"
#include "work.h"

/* Nothing is lost where this fails: what is counted twice is known. */
static void
renew_entries(const struct work *w, struct work_in_flight *h)
{
	h->renewed_ms = base_clock_mono_ms();
	queue_consumer_renew(&w->consumer, h->id, h->n);
}

void
work_claims_renew(struct work *w)
{
	work_ahead_settle(w);
	renew_entries(w, &w->in_flight);
	renew_entries(w, &w->coming);
}

/*
 * Three times in claim_idle_s, so that two attempts may fail.  What is there
 * for the next turn was read after what is counted in this one, so that its
 * claims are younger, and are renewed along with the others.
 */
void
work_claims_keep(struct work *w)
{
	const struct work_in_flight *h = &w->in_flight;

	if (h->n == 0) {
		work_ahead_settle(w);
		h = &w->coming;
	}
	if (h->n > 0 && base_clock_mono_ms() - h->renewed_ms >=
	    w->cf.queue_claim_idle_s * 1000 / 3)
		work_claims_renew(w);
}

int
work_claims_ack(struct work *w, const struct work_item *item, size_t n)
{
	const struct work_in_flight *h = &w->in_flight;
	struct base_clock_backoff pause = WORK_PAUSE;
	size_t first = (size_t)(item - h->item);

	assert(first + n <= h->n);
	while (queue_consumer_ack(&w->consumer, h->id + first, n) != QUEUE_OK)
		if (work_pause(w, &pause) == -1)
			return -1;
	return 0;
}

void
work_claims_release(struct work *w)
{
	work_ahead_stop(w);
	queue_consumer_release(&w->consumer, w->in_flight.id, w->in_flight.n);
	queue_consumer_release(&w->consumer, w->coming.id, w->coming.n);
	work_in_flight_reset(&w->in_flight);
	work_in_flight_reset(&w->coming);
}
