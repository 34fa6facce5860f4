/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdatomic.h>

#include "base/group.h"

#include "tap.h"

#define THREADS	24
#define JOBS	500

struct job {
	int	n;		/* how often it was done */
	size_t	size;
};

struct shop {
	atomic_int	turns, most;	/* under way; at the most */
	atomic_int	late, done;
	size_t		max_size, largest;
	int		hang_us;	/* the first turn */
};

static struct base_group *group;

static void
work(void *ctx, void *const *job, size_t n)
{
	struct shop *s = ctx;
	struct job *j;
	size_t i, size = 0;
	int turns = atomic_fetch_add(&s->turns, 1) + 1;

	if (turns > atomic_load(&s->most))
		atomic_store(&s->most, turns);
	if (atomic_fetch_add(&s->done, (int)n) == 0 && s->hang_us > 0)
		usleep((useconds_t)s->hang_us);
	for (i = 0; i < n; i++) {
		j = job[i];
		/* The last one may exceed the size. */
		if (i > 0 && size >= s->max_size)
			atomic_fetch_add(&s->late, 1);
		size += j->size;
		j->n++;
	}
	if (n > BASE_GROUP_MAX)
		atomic_fetch_add(&s->late, 1);
	atomic_fetch_sub(&s->turns, 1);
}

static void *
customer(void *arg)
{
	int *missed = arg, i;
	struct job j;

	for (i = 0; i < JOBS; i++) {
		j = (struct job){ 0, (size_t)(i % 7) };
		base_group_do(group, &j, j.size);
		*missed += j.n != 1;
	}
	return NULL;
}

/* All customers at once; returns how many jobs were not done just once. */
static int
open_shop(struct shop *s, size_t turns, size_t most, int patience_ms)
{
	const struct base_group_options o = { .turns = turns, .most = most,
	    .patience_ms = patience_ms, .max_size = s->max_size,
	    .work = work, .ctx = s };
	int i, missed[THREADS] = { 0 }, sum = 0;
	pthread_t t[THREADS];

	group = base_group_new(&o);
	for (i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, customer, &missed[i]);
	for (i = 0; i < THREADS; i++) {
		pthread_join(t[i], NULL);
		sum += missed[i];
	}
	base_group_free(group);
	return sum;
}

int
main(void)
{
	struct shop one = { .max_size = 1000 }, two = { .max_size = 10 };
	struct shop slow = { .max_size = 10, .hang_us = 200000 };

	is_int(open_shop(&one, 1, 1, 0), 0, "every job is done once");
	is_int(one.done, THREADS * JOBS, "all of them");
	is_int(one.most, 1, "one turn at a time");
	is_int(one.late, 0, "not too many jobs in it");
	is_int(open_shop(&two, 2, 2, 0), 0, "two turns at once");
	ok(two.most <= 2, "no more");
	is_int(two.late, 0, "nor too large ones");
	is_int(open_shop(&slow, 1, 3, 1), 0, "the first turn takes long");
	ok(slow.most >= 2 && slow.most <= 3, "others have gone on meanwhile");
	return tap_done();
}
