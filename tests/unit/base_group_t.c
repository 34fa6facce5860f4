/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/group.h"

#include "tap.h"

#define THREADS	24
#define JOBS	500

struct job {
	struct base_group_job	base;
	int			n;	/* how often it was done */
	struct shop		*told;	/* of that */
};

struct shop {
	atomic_int	turns, most;	/* under way; at the most */
	atomic_int	told, odd;	/* owners; of what was not done once */
	atomic_int	late, done;
	size_t		max_size, largest;
	int		hang_us;	/* the first turn */
};

static struct base_group *group;

static void
work(void *ctx, struct base_group_job *const *job, size_t n)
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
		j = (struct job *)job[i];
		/* The last one may exceed the size. */
		if (i > 0 && size >= s->max_size)
			atomic_fetch_add(&s->late, 1);
		size += j->base.size;
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
		j = (struct job){ .base.size = (size_t)(i % 7) };
		base_group_do(group, &j.base);
		*missed += j.n != 1;
	}
	return NULL;
}

/* The owner of a job that nobody waits for. */
static void
on_done(struct base_group_job *base)
{
	struct job *j = (struct job *)base;

	atomic_fetch_add(&j->told->odd, j->n != 1);
	atomic_fetch_add(&j->told->told, 1);
	free(j);
}

static struct job *
new_job(struct shop *s, size_t size)
{
	struct job *j = calloc(1, sizeof(*j));

	if (j == NULL)
		abort();
	j->base.size = size;
	j->base.done = on_done;
	j->told = s;
	return j;
}

/* Hands its jobs in and goes away; some it waits for. */
static void *
passer_by(void *arg)
{
	struct shop *s = arg;
	struct job j;
	int i;

	for (i = 0; i < JOBS; i++) {
		base_group_add(group, &new_job(s, (size_t)(i % 7))->base);
		if (i % 50 == 0) {
			j = (struct job){ .told = s };
			base_group_do(group, &j.base);
			atomic_fetch_add(&s->odd, j.n != 1);
		}
	}
	return NULL;
}

/* Those who hand in jobs, at once, until all jobs have been done. */
static void
pass_by(struct shop *s, size_t turns, size_t most, int patience_ms)
{
	const struct base_group_options o = { .turns = turns, .most = most,
	    .patience_ms = patience_ms, .max_size = s->max_size,
	    .work = work, .ctx = s };
	pthread_t t[THREADS];
	int i;

	group = base_group_new(&o);
	for (i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, passer_by, s);
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	while (atomic_load(&s->told) < THREADS * JOBS)
		usleep(1000);
	base_group_free(group);
}

/* One who adds a single job. */
static void *
add_one(void *arg)
{
	base_group_add(group, &new_job(arg, 1)->base);
	return NULL;
}

/* Do the jobs; the first batch takes until UNTIL is not 0. */
static void
work_until(struct shop *s, struct base_group_job *const *job, size_t n,
    atomic_int *until)
{
	size_t i;

	for (i = 0; i < n; i++)
		((struct job *)job[i])->n++;
	if (atomic_fetch_add(&s->turns, 1) == 0)
		while (atomic_load(until) == 0)
			usleep(1000);
}

/*
 * A batch hangs until the job behind it, which comes from another thread and
 * which no thread waits for, has been done.
 */
static void
work_or_hang(void *ctx, struct base_group_job *const *job, size_t n)
{
	struct shop *s = ctx;

	work_until(s, job, n, &s->told);
}

static void
overtake(struct shop *s)
{
	const struct base_group_options o = { .turns = 1, .most = 2,
	    .patience_ms = 5, .max_size = 1, .work = work_or_hang, .ctx = s };
	pthread_t first, second;

	group = base_group_new(&o);
	pthread_create(&first, NULL, add_one, s);
	while (atomic_load(&s->turns) == 0)
		usleep(1000);
	pthread_create(&second, NULL, add_one, s);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
	base_group_free(group);
}

/* Jobs that are put into the list are done by base_group_go(), together. */
static void
put_together(struct shop *s)
{
	const struct base_group_options o = { .turns = 1, .max_size = 100,
	    .work = work, .ctx = s };
	int i;

	group = base_group_new(&o);
	for (i = 0; i < 10; i++)
		base_group_put(group, &new_job(s, 1)->base);
	is_int(s->done, 0, "what is only put there is not done");
	base_group_go(group);
	is_int(s->told, 10, "but all of it when it is seen to");
	base_group_go(group);
	is_int(s->told, 10, "once");
	base_group_free(group);
}

/* The first batch takes until another job is in the list. */
static void
work_until_next(void *ctx, struct base_group_job *const *job, size_t n)
{
	struct shop *s = ctx;

	work_until(s, job, n, &s->late);
}

/* What comes after the first batch takes until the next has been done. */
static void
after_hangs(void *ctx)
{
	struct shop *s = ctx;
	int i;

	if (atomic_fetch_add(&s->done, 1) == 0)
		for (i = 0; i < 5000 && atomic_load(&s->told) < 2; i++)
			usleep(1000);
	if (atomic_load(&s->told) < 2)
		atomic_fetch_add(&s->odd, 1);
}

/*
 * The second job comes while the first is under way, and waits much longer than
 * this test, unless its thread is woken.
 */
static void
come_after(struct shop *s)
{
	const struct base_group_options o = { .turns = 1, .most = 1,
	    .patience_ms = 60000, .max_size = 1, .work = work_until_next,
	    .after = after_hangs, .ctx = s };
	pthread_t first, second;

	group = base_group_new(&o);
	pthread_create(&first, NULL, add_one, s);
	while (atomic_load(&s->turns) == 0)
		usleep(1000);
	pthread_create(&second, NULL, add_one, s);
	usleep(50000);		/* until it watches */
	atomic_store(&s->late, 1);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
	base_group_free(group);
}

/* What comes after the batches of one who leads goes on in another group. */
static void
go_on(void *ctx)
{
	base_group_go(ctx);
}

static struct base_group *next_group;

/* The owner of a job that has been done hands in the next one. */
static void
on_first(struct base_group_job *base)
{
	struct job *j = (struct job *)base;

	j->base.done = on_done;
	base_group_put(next_group, &j->base);
}

static void *
passer_through(void *arg)
{
	struct job *j;
	int i;

	for (i = 0; i < JOBS; i++) {
		j = new_job(arg, 1);
		j->n = -1;	/* it is done twice */
		j->base.done = on_first;
		base_group_add(group, &j->base);
	}
	return NULL;
}

static void
count_work(void *ctx, struct base_group_job *const *job, size_t n)
{
	(void)ctx;
	while (n-- > 0)
		((struct job *)job[n])->n++;
}

/* Two groups, one behind the other. */
static void
pass_through(struct shop *s)
{
	struct base_group_options o = { .turns = 1, .most = 2,
	    .patience_ms = 5, .max_size = s->max_size, .work = work, .ctx = s };
	pthread_t t[THREADS];
	int i;

	next_group = base_group_new(&o);
	o.work = count_work;
	o.after = go_on;
	o.ctx = next_group;
	group = base_group_new(&o);
	for (i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, passer_through, s);
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	while (atomic_load(&s->told) < THREADS * JOBS)
		usleep(1000);
	base_group_free(group);
	base_group_free(next_group);
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
	struct shop open = { .max_size = 10 }, patient = { .max_size = 10 };
	struct shop hung = { .max_size = 1 }, put = { .max_size = 100 };
	struct shop after = { .max_size = 1 }, through = { .max_size = 10 };

	is_int(open_shop(&one, 1, 1, 0), 0, "every job is done once");
	is_int(one.done, THREADS * JOBS, "all of them");
	is_int(one.most, 1, "one turn at a time");
	is_int(one.late, 0, "not too many jobs in it");
	is_int(open_shop(&two, 2, 2, 0), 0, "two turns at once");
	ok(two.most <= 2, "no more");
	is_int(two.late, 0, "nor too large ones");
	is_int(open_shop(&slow, 1, 3, 1), 0, "the first turn takes long");
	ok(slow.most >= 2 && slow.most <= 3, "others have gone on meanwhile");
	pass_by(&open, 1, 1, 0);
	is_int(open.odd, 0, "what nobody waits for is done once");
	is_int(open.most, 1, "one turn at a time");
	is_int(open.late, 0, "batches are as large as they may be");
	pass_by(&patient, 2, 3, 1);
	is_int(patient.odd, 0, "with a watcher, too");
	ok(patient.most <= 3, "no more turns than may be");
	overtake(&hung);
	is_int(hung.odd, 0, "a batch that hangs holds up no job");
	is_int(hung.told, 2, "and ends");
	put_together(&put);
	come_after(&after);
	is_int(after.odd, 0, "what comes after a batch holds up no job");
	is_int(after.told, 2, "all are told");
	pass_through(&through);
	is_int(through.odd, 0, "through two groups every job goes once");
	is_int(through.late, 0, "in batches that are not too large");
	return tap_done();
}
