/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/worker.h"

#include "tap.h"

static atomic_int released;

/* Counts what it is given; may be told to hang outside the lock. */
struct counter {
	struct base_worker	 w;
	int			 given, done, signals_blocked;
	_Atomic int		*hang;
};

static void
count_given(void *arg)
{
	struct counter *c = arg;
	sigset_t set;

	pthread_sigmask(SIG_SETMASK, NULL, &set);
	c->signals_blocked = sigismember(&set, SIGTERM) &&
	    sigismember(&set, SIGHUP);
	while (!c->w.stopping || c->given > 0) {
		if (c->given == 0) {
			base_worker_wait(&c->w, BASE_WORKER_FOREVER);
			continue;
		}
		c->done += c->given;
		c->given = 0;
		base_worker_unlock(&c->w);
		while (c->hang != NULL && atomic_load(c->hang))
			base_clock_nap(1, NULL);
		base_worker_lock(&c->w);
	}
}

static void
release_counter(void *arg)
{
	struct counter *c = arg;

	base_worker_done(&c->w);
	free(c);
	atomic_fetch_add(&released, 1);
}

static struct counter *
start_counter(_Atomic int *hang)
{
	struct counter *c = calloc(1, sizeof(*c));

	if (c == NULL)
		exit(1);
	base_worker_init(&c->w);
	c->hang = hang;
	ok(base_worker_start(&c->w, count_given, release_counter, c) == 0,
	    "start");
	return c;
}

static void
give(struct counter *c, int n)
{
	base_worker_lock(&c->w);
	c->given += n;
	base_worker_wake(&c->w);
	base_worker_unlock(&c->w);
}

/* What C has done when N are, or after a minute. */
static int
done_when(struct counter *c, int n)
{
	int64_t late_ms = base_clock_mono_ms() + 60000;
	int done;

	do {
		base_clock_nap(1, NULL);
		base_worker_lock(&c->w);
		done = c->done;
		base_worker_unlock(&c->w);
	} while (done < n && base_clock_mono_ms() < late_ms);
	return done;
}

static void
works(void)
{
	struct counter *c = start_counter(NULL);
	int i;

	for (i = 0; i < 1000; i++)
		give(c, 1);
	is_int(done_when(c, 1000), 1000, "all that was handed in is done");
	ok(c->signals_blocked, "signals are blocked in the thread");
	give(c, 7);
	is_int(base_worker_stop(&c->w, -1), 1, "it ends when asked");
	is_int(atomic_load(&released), 1, "and the object is released once");
}

static void
hangs(void)
{
	_Atomic int hang = 1;
	struct counter *c = start_counter(&hang);
	int i;

	atomic_store(&released, 0);
	give(c, 1);
	done_when(c, 1);
	is_int(base_worker_stop(&c->w, 20), 0,
	    "a thread that hangs is abandoned at the deadline");
	is_int(atomic_load(&released), 0, "its object is still there");
	atomic_store(&hang, 0);
	for (i = 0; i < 60000 && atomic_load(&released) == 0; i++)
		base_clock_nap(1, NULL);
	is_int(atomic_load(&released), 1,
	    "when it goes on it releases the object itself");
}

int
main(void)
{
	works();
	hangs();
	return tap_done();
}
